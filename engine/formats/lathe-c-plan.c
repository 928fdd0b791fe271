/* lathe-c-plan.c: where in one workspace each layer's output lies, so that it is small.
 *
 * An output is needed from the layer that makes it to the last one that reads it; two that are never needed at once may
 * share their place. Layers that only change numbers do so where these lie. The largest buffers are placed first, each
 * at the lowest place that is free as long as it is needed (“greedy by size”: Pisarchyk & Lee 2020, arXiv 2001.03288).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-c-source.h"

/* --- Who reads whom --- */

static void
find_inputs (LatheCPlan *plan, const LatheProgram *program, guint *last_reader)
{
  g_autoptr (GHashTable) places = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < program->n_nodes; i++)
    {
      const LatheProgramNode *node = &program->nodes[i];

      g_hash_table_insert (places, (gpointer) node->node, GUINT_TO_POINTER (i));
      last_reader[i] = program->n_nodes; /* of the last one: whoever called */
      for (guint j = 0; j < node->n_inputs; j++)
        {
          plan->steps[i].input[j] = GPOINTER_TO_UINT (g_hash_table_lookup (places, node->node->inputs->pdata[j]));
          last_reader[plan->steps[i].input[j]] = i;
        }
    }
}

/* A batch norm that alone reads a layer which can take it up. */
static void
find_norms (LatheCPlan *plan, const LatheProgram *program)
{
  g_autofree guint *n_readers = g_new0 (guint, program->n_nodes);

  for (guint i = 0; i < program->n_nodes; i++)
    for (guint j = 0; j < program->nodes[i].n_inputs; j++)
      n_readers[plan->steps[i].input[j]]++;
  for (guint i = 0; i < program->n_nodes; i++)
    {
      guint before = plan->steps[i].input[0];

      plan->steps[i].norm = -1;
      if (!g_str_equal (program->nodes[i].node->kind->name, "batch-norm") || n_readers[before] != 1 ||
          !lathe_c_takes_norm (&program->nodes[before]))
        continue;
      plan->steps[before].norm = (int) i;
      plan->steps[i].in = TRUE;
    }
}

/* --- Buffers --- */

static int
new_buffer (LatheCPlan *plan, gsize size, guint first, guint last)
{
  LatheCBuffer buffer = {.size = size, .first = first, .last = last};

  g_array_append_val (plan->buffers, buffer);
  return (int) plan->buffers->len - 1;
}

static LatheCBuffer *
get_buffer (const LatheCPlan *plan, int index)
{
  return &g_array_index (plan->buffers, LatheCBuffer, (guint) index);
}

/* Which input the step may be written over: one that has the output's size, that is read here for the last time, and
 * only once. */
static int
find_over (const LatheCPlan *plan, const LatheProgramNode *node, guint i)
{
  const LatheCStep *step = &plan->steps[i];

  for (guint j = 0; j < node->n_inputs; j++)
    {
      int home = plan->steps[step->input[j]].home;
      guint times = 0;

      for (guint k = 0; k < node->n_inputs; k++)
        times += plan->steps[step->input[k]].home == home;
      if (home != LATHE_C_INPUT && get_buffer (plan, home)->last == i && times == 1 &&
          lathe_shape_size (&node->input[j]) == lathe_shape_size (&node->output))
        return (int) j;
    }
  return -1;
}

static void
find_home (LatheCPlan *plan, const LatheProgramNode *node, guint i, guint last_reader)
{
  LatheCStep *step = &plan->steps[i];
  gsize scratch = lathe_c_scratch (node);

  step->way = step->in ? LATHE_C_VIEW : lathe_c_way (node);
  step->over = step->way == LATHE_C_IN_PLACE ? find_over (plan, node, i) : -1;
  if (node->n_inputs == 0)
    step->home = LATHE_C_INPUT;
  else if (step->way == LATHE_C_VIEW)
    step->home = plan->steps[step->input[0]].home;
  else if (step->over >= 0)
    step->home = plan->steps[step->input[step->over]].home;
  else
    step->home = new_buffer (plan, lathe_shape_size (&node->output), i, i);
  if (step->home != LATHE_C_INPUT)
    get_buffer (plan, step->home)->last = MAX (get_buffer (plan, step->home)->last, last_reader);
  step->scratch = scratch > 0 ? new_buffer (plan, scratch, i, i) : -1;
}

/* --- Places --- */

static int
compare_sizes (gconstpointer a, gconstpointer b, gpointer data)
{
  const LatheCBuffer *p = get_buffer (data, *(const int *) a), *q = get_buffer (data, *(const int *) b);

  return p->size != q->size ? (p->size < q->size ? 1 : -1) : *(const int *) a - *(const int *) b;
}

static int
compare_offsets (gconstpointer a, gconstpointer b)
{
  const LatheCBuffer *const *p = a, *const *q = b;

  return (*p)->offset != (*q)->offset ? ((*p)->offset < (*q)->offset ? -1 : 1) : 0;
}

/* The lowest place beside those of `placed` that are needed at the same time. */
static gsize
find_offset (const GPtrArray *placed, const LatheCBuffer *buffer)
{
  g_autoptr (GPtrArray) beside = g_ptr_array_new ();
  gsize offset = 0;

  for (guint i = 0; i < placed->len; i++)
    {
      LatheCBuffer *other = placed->pdata[i];

      if (other->first <= buffer->last && buffer->first <= other->last)
        g_ptr_array_add (beside, other);
    }
  g_ptr_array_sort (beside, compare_offsets);
  for (guint i = 0; i < beside->len; i++)
    {
      const LatheCBuffer *other = beside->pdata[i];

      if (offset + buffer->size <= other->offset)
        break;
      offset = MAX (offset, other->offset + other->size);
    }
  return offset;
}

static void
place_all (LatheCPlan *plan)
{
  g_autofree int *order = g_new (int, plan->buffers->len + 1);
  g_autoptr (GPtrArray) placed = g_ptr_array_new ();

  for (guint i = 0; i < plan->buffers->len; i++)
    order[i] = (int) i;
  g_qsort_with_data (order, (int) plan->buffers->len, sizeof *order, compare_sizes, plan);
  for (guint i = 0; i < plan->buffers->len; i++)
    {
      LatheCBuffer *buffer = get_buffer (plan, order[i]);

      buffer->offset = find_offset (placed, buffer);
      plan->size = MAX (plan->size, buffer->offset + buffer->size);
      g_ptr_array_add (placed, buffer);
    }
}

/**
 * lathe_c_plan:
 * @plan: (out caller-allocates): to be cleared
 * @program: of the logits
 */
void
lathe_c_plan (LatheCPlan *plan, const LatheProgram *program)
{
  g_autofree guint *last_reader = g_new0 (guint, program->n_nodes);

  *plan = (LatheCPlan){
      .steps = g_new0 (LatheCStep, program->n_nodes),
      .buffers = g_array_new (FALSE, TRUE, sizeof (LatheCBuffer)),
  };
  find_inputs (plan, program, last_reader);
  find_norms (plan, program);
  for (guint i = 0; i < program->n_nodes; i++)
    find_home (plan, &program->nodes[i], i, last_reader[i]);
  place_all (plan);
}

void
lathe_c_plan_clear (LatheCPlan *plan)
{
  g_clear_pointer (&plan->steps, g_free);
  g_clear_pointer (&plan->buffers, g_array_unref);
}
