/* lathe-graph-mend-merge.c: ways out where branches of unequal shapes meet. See lathe-mending.h.
 *
 * One branch stays as it is, and the others are brought to its shape. A shortcut, which leads to the layer that the
 * other branch begins with, is changed first: that is where residual networks have their projections (He et al. 2015,
 * section 3.3).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-mending.h"

#include <glib/gi18n-lib.h>

#include "lathe-graph-edit.h"
#include "lathe-graph-private.h"

#define MAX_BACK 32  /* layers */
#define MOST_ADDED 2 /* to a branch */

static LatheNode *
input_at (const LatheNode *node, guint slot)
{
  return node->inputs->pdata[slot];
}

static const LatheShape *
shape_at (const LatheMending *mending, guint slot)
{
  return lathe_mending_shape (mending, input_at (mending->node, slot));
}

/* --- Bringing one branch to a shape --- */

/* What it takes along one side: windows that lie so far apart, or each pixel so many times. */
static gboolean
find_factor (guint from, guint to, guint *down, guint *up)
{
  *down = *up = 1;
  if (from < to)
    {
      *up = to / from;
      return to % from == 0;
    }
  *down = (from + to - 1) / to;
  return (from + *down - 1) / *down == to;
}

typedef struct
{
  guint down[2], up[2]; /* vertically, horizontally */
} Factors;

static gboolean
find_factors (const LatheShape *from, const LatheShape *to, Factors *factors)
{
  for (guint i = 0; i < 2; i++)
    if (!find_factor (from->dim[i], to->dim[i], &factors->down[i], &factors->up[i]))
      return FALSE;
  return TRUE;
}

/* In front of a slot. Moves the slots of the same source alike. */
static LatheNode *
add_at (LatheGraph *graph, LatheNode *merge, guint slot, const char *kind)
{
  return lathe_graph_add_between (graph, lathe_layer_kind_find (kind), input_at (merge, slot), merge);
}

static void
add_projection (LatheGraph *graph, LatheNode *merge, guint slot, guint filters, const Factors *factors)
{
  LatheNode *node = add_at (graph, merge, slot, "conv2d");

  lathe_node_set_number (node, "filters", filters);
  lathe_node_set_number (node, "kernel-height", 1);
  lathe_node_set_number (node, "kernel-width", 1);
  lathe_node_set_number (node, "stride-height", factors->down[0]);
  lathe_node_set_number (node, "stride-width", factors->down[1]);
  lathe_node_set_choice (node, "padding", "same");
}

static void
add_pooling (LatheGraph *graph, LatheNode *merge, guint slot, const Factors *factors)
{
  LatheNode *node = add_at (graph, merge, slot, "average-pool");

  lathe_node_set_number (node, "pool-height", factors->down[0]);
  lathe_node_set_number (node, "pool-width", factors->down[1]);
  lathe_node_set_number (node, "stride-height", factors->down[0]);
  lathe_node_set_number (node, "stride-width", factors->down[1]);
  lathe_node_set_choice (node, "padding", "same");
}

static void
add_up_sampling (LatheGraph *graph, LatheNode *merge, guint slot, const Factors *factors)
{
  LatheNode *node = add_at (graph, merge, slot, "up-sampling");

  lathe_node_set_number (node, "scale-height", factors->up[0]);
  lathe_node_set_number (node, "scale-width", factors->up[1]);
}

/* Returns the title of the layer that does most of it, or NULL. */
static const char *
match_images (LatheGraph *graph, LatheNode *merge, guint slot, const LatheShape *from, const LatheShape *to)
{
  gboolean any_channels = g_str_equal (merge->kind->name, "concatenate");
  Factors factors;
  gboolean smaller, larger, recoloured = !any_channels && from->dim[2] != to->dim[2];

  if (!find_factors (from, to, &factors))
    return NULL;
  smaller = factors.down[0] > 1 || factors.down[1] > 1;
  larger = factors.up[0] > 1 || factors.up[1] > 1;
  if (recoloured || (smaller && !any_channels))
    add_projection (graph, merge, slot, to->dim[2], &factors);
  else if (smaller)
    add_pooling (graph, merge, slot, &factors);
  if (larger)
    add_up_sampling (graph, merge, slot, &factors);
  return recoloured || (smaller && !any_channels) ? _ ("1×1 Convolution") : smaller ? _ ("Pooling") : _ ("Up-Sampling");
}

static const char *
match_vector (LatheGraph *graph, LatheNode *merge, guint slot, const LatheShape *from, const LatheShape *to)
{
  gboolean any_length = g_str_equal (merge->kind->name, "concatenate");
  gsize n = from->dim[from->rank - 1];
  LatheNode *dense;

  if (from->rank == 3 && add_at (graph, merge, slot, "global-average-pool") == NULL)
    return NULL;
  if (any_length || n == to->dim[0])
    return from->rank == 3 ? _ ("Global Average Pooling") : NULL;
  dense = add_at (graph, merge, slot, "dense");
  lathe_node_set_number (dense, "units", to->dim[0]);
  return _ ("Dense Layer");
}

static const char *
match (LatheGraph *graph, LatheNode *merge, guint slot, const LatheShape *from, const LatheShape *to)
{
  if (from->rank == 3 && to->rank == 3)
    return match_images (graph, merge, slot, from, to);
  if (to->rank == 1 && (from->rank == 1 || from->rank == 3))
    return match_vector (graph, merge, slot, from, to);
  return NULL;
}

/* Whether two branches can meet as they are: joined end to end they may differ in their channels. */
static gboolean
can_meet (const LatheNode *merge, const LatheShape *a, const LatheShape *b)
{
  LatheShape same = *a;

  if (g_str_equal (merge->kind->name, "concatenate") && a->rank == b->rank && a->rank > 0)
    same.dim[a->rank - 1] = b->dim[b->rank - 1];
  return lathe_shape_equal (&same, b);
}

/* What a new layer does to a branch. */
static char *
describe_match (const LatheMending *mending, guint slot, guint reference)
{
  const char *name = input_at (mending->node, slot)->name, *other = input_at (mending->node, reference)->name;
  g_autofree char *from = lathe_shape_to_string (shape_at (mending, slot));
  g_autofree char *to = lathe_shape_to_string (shape_at (mending, reference));

  if (g_str_equal (mending->node->kind->name, "concatenate"))
    return g_strdup_printf (_ ("Put behind “%s”, it makes of %s what can be joined to the %s of “%s”."), name, from, to,
                            other);
  return g_strdup_printf (_ ("Put behind “%s”, it brings %s to the shape of “%s”, %s."), name, from, other, to);
}

/* Brings every branch to the shape of one. */
static void
try_match (LatheMending *mending, guint reference)
{
  LatheGraph *graph = lathe_mending_begin (mending);
  LatheNode *merge = graph != NULL ? lathe_mending_node (graph, mending->node) : NULL;
  const char *title = NULL;
  guint changed = 0;

  for (guint i = 0; merge != NULL && i < mending->node->inputs->len; i++)
    {
      if (can_meet (mending->node, shape_at (mending, i), shape_at (mending, reference)))
        continue;
      title = match (graph, merge, i, shape_at (mending, i), shape_at (mending, reference));
      changed = i;
      if (title == NULL)
        break;
    }
  if (title != NULL)
    lathe_mending_offer (mending, graph, describe_match (mending, changed, reference),
                         /* Translators: a kind of layer: 1×1 Convolution, Pooling, Up-Sampling, Dense Layer */
                         g_strdup_printf (_ ("Add %s"), title));
  else
    g_clear_pointer (&graph, lathe_graph_free);
}

/* --- Changing the branch itself --- */

static void
try_swap (LatheMending *mending)
{
  LatheGraph *graph = g_str_equal (mending->node->kind->name, "multiply") ? lathe_mending_begin (mending) : NULL;
  gpointer *inputs, second;

  if (graph == NULL)
    return;
  inputs = lathe_mending_node (graph, mending->node)->inputs->pdata;
  second = inputs[1];
  inputs[1] = inputs[0];
  inputs[0] = second;
  lathe_mending_offer (mending, graph, g_strdup (_ ("The image comes first, and what weighs its channels second.")),
                       g_strdup (_ ("Swap the Inputs")));
}

/* Windows that may not reach over the edges have made one branch a little smaller than the other. */
static void
try_same_padding (LatheMending *mending, guint slot)
{
  LatheGraph *graph = lathe_mending_begin (mending);
  LatheNode *node = graph != NULL ? input_at (lathe_mending_node (graph, mending->node), slot) : NULL;
  guint n_changed = 0;

  for (guint i = 0; node != NULL && i < MAX_BACK; i++)
    {
      gboolean shared = FALSE;

      if (lathe_node_has_choice (node, "padding", "valid"))
        n_changed += lathe_node_set_choice (node, "padding", "same");
      if (node->inputs->len != 1)
        break;
      node = node->inputs->pdata[0];
      for (guint j = 0; j < mending->node->inputs->len; j++)
        shared |= j != slot && lathe_graph_leads_to (mending->graph, lathe_graph_get_node (mending->graph, node->index),
                                                     input_at (mending->node, j));
      if (shared)
        break;
    }
  if (n_changed > 0)
    lathe_mending_offer (mending, graph,
                         g_strdup_printf (_ ("The branch through “%s” then keeps the image’s size."),
                                          input_at (mending->node, slot)->name),
                         g_strdup (_ ("Pad the Branch with “same”")));
  else
    g_clear_pointer (&graph, lathe_graph_free);
}

static const char *
count_of (const LatheNode *node)
{
  return lathe_layer_kind_property (node->kind, "filters") >= 0 ? "filters"
         : lathe_layer_kind_property (node->kind, "units") >= 0 ? "units"
                                                                : NULL;
}

/* The layer that gives a branch its channels, behind which they stay as many. */
static LatheNode *
find_maker (LatheNode *node)
{
  for (guint i = 0; i < MAX_BACK && count_of (node) == NULL; i++)
    {
      LatheLayerGroup group = node->kind->group;

      if (node->inputs->len != 1 || (group != LATHE_LAYER_GROUP_POOLING && group != LATHE_LAYER_GROUP_ACTIVATION &&
                                     group != LATHE_LAYER_GROUP_REGULARISATION))
        return NULL;
      node = node->inputs->pdata[0];
    }
  return count_of (node) != NULL ? node : NULL;
}

static void
try_maker (LatheMending *mending, guint slot, guint reference)
{
  const LatheShape *to = shape_at (mending, reference);
  guint wanted = to->dim[to->rank - 1];
  LatheGraph *graph = lathe_mending_begin (mending);
  LatheNode *maker = graph != NULL ? find_maker (input_at (lathe_mending_node (graph, mending->node), slot)) : NULL;
  gboolean filters;

  if (maker == NULL || !lathe_node_set_number (maker, count_of (maker), wanted))
    {
      g_clear_pointer (&graph, lathe_graph_free);
      return;
    }
  filters = g_str_equal (count_of (maker), "filters");
  lathe_mending_offer (
      mending, graph,
      g_strdup_printf (_ ("“%s” then makes as many numbers as come from “%s”."), maker->name,
                       input_at (mending->node, reference)->name),
      g_strdup_printf (filters ? _ ("Set Filters of “%s” to %u") : _ ("Set Units of “%s” to %u"), maker->name, wanted));
}

/* --- The whole --- */

/* The branch that the others are brought to first: one that no other leads to. */
static guint
find_reference (const LatheMending *mending)
{
  for (guint i = 0; i < mending->node->inputs->len; i++)
    {
      gboolean shortcut = FALSE;

      for (guint j = 0; j < mending->node->inputs->len; j++)
        shortcut |=
            i != j && lathe_graph_leads_to (mending->graph, input_at (mending->node, i), input_at (mending->node, j));
      if (!shortcut)
        return i;
    }
  return 0;
}

/* Branches of unequal shapes. */
void
lathe_mend_merge (LatheMending *mending)
{
  guint n = mending->node->inputs->len, first;

  if (mending->node->kind->group != LATHE_LAYER_GROUP_MERGE || n < 2 || n > mending->node->kind->max_inputs)
    return;
  if (mending->report->n_nodes + MOST_ADDED * n > LATHE_GRAPH_MAX_NODES)
    return;
  for (guint i = 0; i < n; i++)
    if (shape_at (mending, i)->rank == 0)
      return;
  first = find_reference (mending);
  try_swap (mending);
  for (guint i = 0; i < n; i++)
    try_same_padding (mending, i);
  try_match (mending, first);
  for (guint i = 0; i < n; i++)
    if (i != first && !can_meet (mending->node, shape_at (mending, i), shape_at (mending, first)))
      {
        try_maker (mending, i, first);
        try_maker (mending, first, i);
      }
  for (guint i = 0; i < n; i++)
    if (i != first)
      try_match (mending, i);
}
