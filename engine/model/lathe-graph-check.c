/* lathe-graph-check.c: whether a network works, layer by layer: its ends, its shapes, and what it costs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-graph-private.h"

#include <inttypes.h>
#include <glib/gi18n-lib.h>

#include "base/lathe-error.h"

#define MAX_SAMPLE_NUMBERS ((guint64) 1 << 28) /* of one layer's output for one sample: 1 GiB */
#define MAX_SIDE (1 << 20)              /* pixels; no layer makes one so much longer that its number wraps round */
#define MAX_WEIGHTS ((guint64) 1 << 32) /* of one network: 16 GiB */
#define MAX_NAMED 5                     /* layers in one message */

/* What a check is about, with what it has found out of order and ends. */
typedef struct
{
  const LatheGraph *graph;
  LatheGraphReport *report;
  LatheReaders readers;
  guint n_ordered; /* of report->order */
} Check;

static const LatheNode *
node_at (const Check *check, guint i)
{
  return check->graph->nodes->pdata[i];
}

static gboolean
is_read (const Check *check, guint i)
{
  return check->readers.first[i + 1] > check->readers.first[i];
}

static void
blame (Check *check, guint i, const char *reason)
{
  LatheNodeReport *own = &check->report->nodes[i];

  if (own->error == NULL)
    own->error = g_error_new_literal (LATHE_ERROR, LATHE_ERROR_SHAPE, reason);
}

/* --- The shape of a layer --- */

/* Sizes are multiplied as real numbers first, where nothing wraps round. */
static gboolean
check_size (const LatheShape *shape, double limit, GError **error)
{
  double size = 1;

  for (guint i = 0; i < shape->rank; i++)
    size *= shape->dim[i];
  if (size <= limit)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("makes %.0f numbers, more than the limit of %.0f"), size,
               limit);
  return FALSE;
}

static gboolean
check_sides (const LatheShape *shape, GError **error)
{
  guint longest = shape->rank == 3 ? MAX (shape->dim[0], shape->dim[1]) : 0;

  if (longest <= MAX_SIDE)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("makes images of %u pixels a side, more than the limit of %u"),
               longest, MAX_SIDE);
  return FALSE;
}

static gboolean
check_n_inputs (const LatheNode *node, GError **error)
{
  if (node->inputs->len >= node->kind->min_inputs && node->inputs->len <= node->kind->max_inputs)
    return TRUE;
  if (node->kind->max_inputs == 0)
    g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("is where images enter: no layer can feed it"));
  else if (node->inputs->len > node->kind->max_inputs && node->kind->max_inputs > 1)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("takes at most %u inputs, has %u"), node->kind->max_inputs,
                 node->inputs->len);
  else
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                 node->kind->max_inputs == 1 ? _ ("needs one input, has %u") : _ ("needs more than one input, has %u"),
                 node->inputs->len);
  return FALSE;
}

static gboolean
check_parameters (const LatheNode *node, LatheNodeReport *own, GError **error)
{
  LatheParameter parameters[LATHE_MAX_PARAMETERS];
  guint n = node->kind->parameters != NULL ? node->kind->parameters (&node->properties, &own->input, parameters) : 0;

  for (guint i = 0; i < n; i++)
    if (!check_size (&parameters[i].shape, MAX_WEIGHTS, error))
      return FALSE;
  for (guint i = 0; i < n; i++)
    {
      own->parameters += lathe_shape_size (&parameters[i].shape);
      own->states += lathe_parameter_is_trained (&parameters[i]) ? 0 : lathe_shape_size (&parameters[i].shape);
    }
  return TRUE;
}

static gboolean
check_node (Check *check, guint index, GError **error)
{
  const LatheNode *node = node_at (check, index);
  LatheNodeReport *own = &check->report->nodes[index];
  LatheShape inputs[LATHE_MAX_INPUTS], output;

  if (!check_n_inputs (node, error))
    return FALSE;
  for (guint i = 0; i < node->inputs->len; i++)
    {
      inputs[i] = check->report->nodes[((LatheNode *) node->inputs->pdata[i])->index].output;
      if (inputs[i].rank == 0)
        return TRUE; /* what feeds it is broken, and says so itself */
    }
  if (node->inputs->len > 0)
    own->input = inputs[0];
  if (!node->kind->shape (&node->properties, inputs, node->inputs->len, &output, error) ||
      !check_size (&output, MAX_SAMPLE_NUMBERS, error) || !check_sides (&output, error) ||
      !check_parameters (node, own, error))
    return FALSE;
  own->output = output;
  own->activations = lathe_shape_size (&output);
  own->multiply_adds = node->kind->cost != NULL ? node->kind->cost (&node->properties, &own->input, &output) : 0;
  return TRUE;
}

/* --- The ends --- */

static void
check_circles (Check *check)
{
  g_autofree gboolean *circles = NULL;

  if (check->n_ordered == check->report->n_nodes)
    return;
  circles = lathe_graph_find_circles (check->graph, &check->readers, check->report->order, check->n_ordered);
  for (guint i = 0; i < check->report->n_nodes; i++)
    if (circles[i])
      blame (check, i, _ ("is in a circle: no layer may feed one before it"));
  g_set_error_literal (&check->report->error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                       _ ("The layers run in a circle: no layer may feed one before it"));
}

/* Of all ends, the network's is the one that most layers in a row lead to from the input; of several, the last drawn.
 * One that the input does not lead to will do where there is no other. */
static int
find_output (const Check *check)
{
  const LatheNode *input = lathe_graph_find_input (check->graph);
  g_autofree guint *depth = g_new0 (guint, check->report->n_nodes); /* 0: the input does not lead here */
  int output = -1;

  for (guint at = 0; at < check->n_ordered; at++)
    {
      guint i = check->report->order[at];
      const LatheNode *node = node_at (check, i);

      depth[i] = node == input;
      for (guint j = 0; j < node->inputs->len; j++)
        {
          guint before = depth[((LatheNode *) node->inputs->pdata[j])->index];

          depth[i] = MAX (depth[i], before > 0 ? before + 1 : 0);
        }
      if (!is_read (check, i) &&
          (output < 0 || depth[i] > depth[output] || (depth[i] == depth[output] && i > (guint) output)))
        output = (int) i;
    }
  return output;
}

static void
name_one_more (GString *names, guint n_before, const char *name)
{
  if (n_before < MAX_NAMED)
    g_string_append_printf (names, n_before > 0 ? ", %s" : "%s", name);
  else if (n_before == MAX_NAMED)
    g_string_append (names, ", …");
}

/* One input, and one output that every other node leads to; as long as circles hide where that is, nothing dangles. */
static void
check_ends (Check *check)
{
  const LatheNode *input = lathe_graph_find_input (check->graph);
  GError **error = &check->report->error;
  guint n_inputs = 0, n_dangling = 0;
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < check->report->n_nodes; i++)
    {
      const LatheNode *node = node_at (check, i);

      n_inputs += node->kind->max_inputs == 0;
      if (node->kind->max_inputs == 0 && node != input)
        blame (check, i, _ ("is one input too many: images enter a network in one place"));
      if (is_read (check, i) || (int) i == check->report->output || check->n_ordered < check->report->n_nodes)
        continue;
      blame (check, i, _ ("leads nowhere: connect it to a layer that leads to the output, or remove it"));
      name_one_more (names, n_dangling++, node->name);
    }
  if (*error != NULL)
    return;
  if (n_inputs != 1)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("A network needs one input layer; this one has %u"),
                 n_inputs);
  else if (n_dangling > 0)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("A network needs one output; these layers lead nowhere: %s"),
                 names->str);
  else if (check->report->n_nodes < 2)
    g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("A network needs a layer after its input"));
}

/* --- The whole --- */

/* Each layer's cost fits its number, but so many of them need not. */
static void
add_up (guint64 *sum, guint64 more)
{
  if (!g_uint64_checked_add (sum, *sum, more))
    *sum = G_MAXUINT64;
}

static void
sum_up (LatheGraphReport *report)
{
  report->works = report->error == NULL;
  for (guint i = 0; i < report->n_nodes; i++)
    {
      const LatheNodeReport *node = &report->nodes[i];

      report->works = report->works && node->error == NULL;
      report->parameters += node->parameters;
      report->states += node->states;
      report->activations += node->activations;
      add_up (&report->multiply_adds, node->multiply_adds);
    }
  if (report->works && report->parameters > MAX_WEIGHTS)
    {
      report->works = FALSE;
      g_set_error (&report->error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   _ ("The network has %" PRIu64 " parameters, more than the limit of %" PRIu64), report->parameters,
                   (guint64) MAX_WEIGHTS);
    }
}

LatheGraphReport *
lathe_graph_check (const LatheGraph *graph)
{
  LatheGraphReport *report = g_new0 (LatheGraphReport, 1);
  Check check = {.graph = graph, .report = report};

  report->n_nodes = graph->nodes->len;
  report->nodes = g_new0 (LatheNodeReport, report->n_nodes);
  report->order = g_new0 (guint, report->n_nodes);
  lathe_readers_init (&check.readers, graph);
  check.n_ordered = lathe_graph_find_order (graph, &check.readers, report->order);
  report->output = find_output (&check);
  for (guint i = 0; i < check.n_ordered; i++)
    check_node (&check, report->order[i], &report->nodes[report->order[i]].error);
  check_circles (&check);
  check_ends (&check);
  sum_up (report);
  lathe_readers_clear (&check.readers);
  return report;
}

void
lathe_graph_report_free (LatheGraphReport *report)
{
  for (guint i = 0; i < report->n_nodes; i++)
    g_clear_error (&report->nodes[i].error);
  g_clear_error (&report->error);
  g_free (report->nodes);
  g_free (report->order);
  g_free (report);
}

gboolean
lathe_graph_report_propagate (const LatheGraphReport *report, const LatheGraph *graph, GError **error)
{
  for (guint i = 0; i < report->n_nodes; i++)
    if (report->nodes[i].error != NULL)
      {
        g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("Layer “%s” %s"),
                     ((LatheNode *) graph->nodes->pdata[i])->name, report->nodes[i].error->message);
        return FALSE;
      }
  if (report->error != NULL)
    g_propagate_error (error, g_error_copy (report->error));
  return report->works;
}
