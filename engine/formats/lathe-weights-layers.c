/* lathe-weights-layers.c: the layers of a network, and those that the tensors of a file belong to.
 *
 * Lathe's weights have their outputs last, PyTorch's have them first, with a window's height and width at the end; an
 * embedding is the same in both. Of an image in a row PyTorch has channels × height × width, Lathe height × width ×
 * channels.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-weights-layers.h"

#include <string.h>

#define IMAGE 3 /* the rank of an image */

/* --- Theirs --- */

static const char *const slots[LATHE_N_SLOTS] = {
    [LATHE_SLOT_WEIGHT] = "weight",
    [LATHE_SLOT_BIAS] = "bias",
    [LATHE_SLOT_MEAN] = "running_mean",
    [LATHE_SLOT_VARIANCE] = "running_var",
};

#define COUNTER "num_batches_tracked" /* of steps, which mean nothing to an answer */

static void
theirs_free (gpointer theirs)
{
  g_free (((LatheTheirs *) theirs)->name);
  g_free (theirs);
}

static void
add_tensor (LatheTheirs *theirs, const LatheWeightsTensor *tensor, const char *name)
{
  for (guint slot = 0; slot < LATHE_N_SLOTS; slot++)
    if (g_str_equal (slots[slot], name) && lathe_numbers_are_real (tensor->numbers))
      {
        theirs->tensor[slot] = tensor;
        return;
      }
  theirs->n_others += !g_str_equal (name, COUNTER);
}

/* “9” comes before “10”. */
static int
compare_names (gconstpointer a, gconstpointer b)
{
  const char *x = (*(LatheTheirs *const *) a)->name, *y = (*(LatheTheirs *const *) b)->name;

  while (*x != '\0' && *y != '\0')
    if (g_ascii_isdigit (*x) && g_ascii_isdigit (*y))
      {
        guint64 m = g_ascii_strtoull (x, (char **) &x, 10), n = g_ascii_strtoull (y, (char **) &y, 10);

        if (m != n)
          return m < n ? -1 : 1;
      }
    else if (*x != *y)
      return (guchar) *x < (guchar) *y ? -1 : 1;
    else
      x++, y++;
  return (*x != '\0') - (*y != '\0');
}

/**
 * lathe_weights_list_theirs:
 * @weights: must outlive the list
 *
 * Returns: (transfer full) (element-type LatheTheirs): in the order of their first tensors, which is that in which the
 * network was put together; or by name, where the format keeps no order
 */
GPtrArray *
lathe_weights_list_theirs (const LatheWeights *weights)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (theirs_free);
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < weights->tensors->len; i++)
    {
      const LatheWeightsTensor *tensor = &g_array_index (weights->tensors, LatheWeightsTensor, i);
      const char *dot = strrchr (tensor->name, '.');
      g_autofree char *name = g_strndup (tensor->name, dot != NULL ? (gsize) (dot - tensor->name) : 0);
      LatheTheirs *theirs = g_hash_table_lookup (known, name);

      if (theirs == NULL)
        {
          theirs = g_new0 (LatheTheirs, 1);
          theirs->name = g_steal_pointer (&name);
          g_hash_table_insert (known, theirs->name, theirs);
          g_ptr_array_add (all, theirs);
        }
      add_tensor (theirs, tensor, dot != NULL ? dot + 1 : tensor->name);
    }
  if (!weights->in_order)
    g_ptr_array_sort (all, compare_names);
  for (guint i = 0; i < all->len; i++)
    ((LatheTheirs *) all->pdata[i])->index = i;
  return all;
}

gboolean
lathe_theirs_is_norm (const LatheTheirs *theirs)
{
  return theirs->tensor[LATHE_SLOT_MEAN] != NULL && theirs->tensor[LATHE_SLOT_VARIANCE] != NULL &&
         theirs->n_others == 0;
}

/* --- Ours --- */

static LatheSlot
slot_of (const LatheParameter *parameter)
{
  static const struct
  {
    const char *name;
    LatheSlot slot;
  } rows[] = {
      {"weight", LATHE_SLOT_WEIGHT}, {"bias", LATHE_SLOT_BIAS},         {"gamma", LATHE_SLOT_WEIGHT},
      {"beta", LATHE_SLOT_BIAS},     {"running-mean", LATHE_SLOT_MEAN}, {"running-variance", LATHE_SLOT_VARIANCE},
      {"slope", LATHE_SLOT_WEIGHT},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].name, parameter->name))
      return rows[i].slot;
  g_assert_not_reached ();
}

gboolean
lathe_ours_is_norm (const LatheOurs *ours)
{
  return g_str_equal (ours->node->kind->name, "batch-norm");
}

/* The image that a flatten has put in a row, seen past layers that leave each number in its place. */
static LatheShape
find_row (const LatheGraph *graph, const LatheGraphReport *report, const LatheNode *node)
{
  const LatheShape none = {0};

  while (node->inputs->len == 1)
    {
      const LatheNode *from = node->inputs->pdata[0];
      const LatheNodeReport *facts = &report->nodes[from->index];

      if (facts->output.rank != 1)
        return none;
      if (g_str_equal (from->kind->name, "flatten"))
        return facts->input.rank == IMAGE ? facts->input : none;
      if (!lathe_shape_equal (&facts->input, &facts->output) || g_str_equal (from->kind->name, "dense"))
        return none;
      node = from;
    }
  return none;
}

/**
 * lathe_weights_list_ours:
 * @graph: must outlive the list
 * @report: of it, which works
 *
 * Returns: (transfer full) (element-type LatheOurs): the layers with weights, in the order of computation
 */
GPtrArray *
lathe_weights_list_ours (const LatheGraph *graph, const LatheGraphReport *report)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < report->n_nodes; i++)
    {
      const LatheNode *node = lathe_graph_get_node (graph, report->order[i]);
      const LatheNodeReport *facts = &report->nodes[report->order[i]];
      g_autofree LatheOurs *ours = g_new0 (LatheOurs, 1);

      ours->node = node;
      if (node->kind->parameters != NULL)
        ours->n = node->kind->parameters (&node->properties, &facts->input, ours->parameter);
      if (ours->n == 0)
        continue;
      if (facts->input.rank == 1)
        ours->row = find_row (graph, report, node);
      g_ptr_array_add (all, g_steal_pointer (&ours));
    }
  return all;
}

/* --- Layouts --- */

static void
set_theirs (LatheLayout *layout, guint rank, guint a, guint b, guint c, guint d)
{
  const guint dim[] = {a, b, c, d};

  layout->rank = rank;
  memcpy (layout->theirs, dim, sizeof dim);
}

/* Ours: a dimension, and the step from one of it to the next in theirs. */
static void
set_side (LatheLayout *layout, guint index, guint dim, gsize stride)
{
  layout->dim[index] = dim;
  layout->stride[index] = stride;
}

/* Of outputs × inputs × height × width. */
static void
lay_out_window (LatheLayout *layout, const guint *ours)
{
  gsize window = (gsize) ours[0] * ours[1];

  set_theirs (layout, 4, ours[3], ours[2], ours[0], ours[1]);
  set_side (layout, 0, ours[0], ours[1]);
  set_side (layout, 1, ours[1], 1);
  set_side (layout, 2, ours[2], window);
  set_side (layout, 3, ours[3], window * ours[2]);
}

/* Of inputs × outputs × height × width, where the outputs are those of one group, and the inputs those of all. */
static void
lay_out_transposed (LatheLayout *layout, const guint *ours, guint groups)
{
  gsize window = (gsize) ours[0] * ours[1];
  guint outputs = ours[3] / groups;

  set_theirs (layout, 4, ours[2] * groups, outputs, ours[0], ours[1]);
  set_side (layout, 0, ours[0], ours[1]);
  set_side (layout, 1, ours[1], 1);
  set_side (layout, 2, ours[2], window * outputs);
  set_side (layout, 3, groups, window * outputs * ours[2]);
  set_side (layout, 4, outputs, window);
}

/* The numbers of an image in a row, each with `step` others in theirs. */
static void
lay_out_row (LatheLayout *layout, const LatheShape *row, gsize step)
{
  set_side (layout, 0, row->dim[0], row->dim[1] * step);
  set_side (layout, 1, row->dim[1], step);
  set_side (layout, 2, row->dim[2], (gsize) row->dim[0] * row->dim[1] * step);
}

static void
lay_out (LatheLayout *layout, const LatheOurs *ours, const LatheParameter *parameter, gboolean channels_first)
{
  const guint *dim = parameter->shape.dim;
  gboolean row = channels_first && ours->row.rank == IMAGE && dim[0] == lathe_shape_size (&ours->row);
  const char *kind = ours->node->kind->name;
  int groups = lathe_layer_kind_property (ours->node->kind, "groups");

  *layout = (LatheLayout){.slot = slot_of (parameter)};
  for (guint i = 0; i < LATHE_LAYOUT_RANK; i++)
    layout->dim[i] = 1;
  if (parameter->shape.rank == 4 && g_str_equal (kind, "transposed-conv2d"))
    lay_out_transposed (layout, dim, (guint) ours->node->properties.value[groups]);
  else if (parameter->shape.rank == 4)
    lay_out_window (layout, dim);
  else if (parameter->shape.rank == 2 && !g_str_equal (kind, "embedding"))
    {
      set_theirs (layout, 2, dim[1], dim[0], 0, 0);
      set_side (layout, 0, dim[0], 1);
      set_side (layout, 3, dim[1], dim[0]);
      if (row)
        lay_out_row (layout, &ours->row, 1);
    }
  else
    {
      set_theirs (layout, parameter->shape.rank, dim[0], dim[1], 0, 0);
      set_side (layout, 0, (guint) lathe_shape_size (&parameter->shape), 1);
      if (row && parameter->shape.rank == 1 && !g_str_equal (parameter->name, "bias"))
        lay_out_row (layout, &ours->row, 1);
    }
}

/**
 * lathe_ours_lay_out:
 * @channels_first: how an image is in a row
 */
void
lathe_ours_lay_out (LatheOurs *ours, gboolean channels_first)
{
  for (guint i = 0; i < ours->n; i++)
    lay_out (&ours->layout[i], ours, &ours->parameter[i], channels_first);
}

/* --- Whether one is the other --- */

/* Sides of 1 come and go: a dense layer is a convolution of one pixel. */
static gboolean
is_shape (const LatheWeightsTensor *tensor, const LatheLayout *layout)
{
  guint i = 0, k = 0;

  if ((tensor->rank > 1) != (layout->rank > 1))
    return FALSE;
  for (;; i++, k++)
    {
      while (i < tensor->rank && tensor->dim[i] == 1)
        i++;
      while (k < layout->rank && layout->theirs[k] == 1)
        k++;
      if (i == tensor->rank || k == layout->rank)
        return i == tensor->rank && k == layout->rank;
      if (tensor->dim[i] != layout->theirs[k])
        return FALSE;
    }
}

/**
 * lathe_ours_fits:
 *
 * A layer without a bias is one whose bias is 0; a norm without a weight is one of weight 1.
 *
 * Returns: whether theirs has what ours has, of the same shapes, and nothing else
 */
gboolean
lathe_ours_fits (const LatheOurs *ours, const LatheTheirs *theirs)
{
  guint n_found = 0, n_theirs = theirs->n_others;

  for (guint i = 0; i < ours->n; i++)
    {
      const LatheLayout *layout = &ours->layout[i];
      const LatheWeightsTensor *tensor = theirs->tensor[layout->slot];
      gboolean optional =
          layout->slot == LATHE_SLOT_BIAS || (layout->slot == LATHE_SLOT_WEIGHT && lathe_ours_is_norm (ours));

      if (tensor == NULL ? !optional : !is_shape (tensor, layout))
        return FALSE;
      n_found += tensor != NULL;
    }
  for (guint slot = 0; slot < LATHE_N_SLOTS; slot++)
    n_theirs += theirs->tensor[slot] != NULL;
  return n_found > 0 && n_found == n_theirs;
}

/* Whether its counterpart is more than one of the same name. */
gboolean
lathe_ours_is_matched (const LatheOurs *ours)
{
  return ours->theirs != NULL && lathe_ours_fits (ours, ours->theirs);
}
