/* lathe-graph-mend-edges.c: ways out where an edge is missing, or one too many. See lathe-mending.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-mending.h"

#include <glib/gi18n-lib.h>

#include "lathe-graph-edit.h"
#include "lathe-graph-private.h"

#define MAX_NEAREST 12 /* layers that are tried at the other end */

/* --- Inputs --- */

/* Behind a node, in front of all that reads it; or, where others read it, just so. */
static void
try_source (LatheMending *mending, const LatheNode *from, gboolean in_line)
{
  LatheGraph *graph = lathe_mending_begin (mending);
  LatheNode *node, *source;

  if (graph == NULL)
    return;
  node = lathe_mending_node (graph, mending->node);
  source = lathe_mending_node (graph, from);
  if (in_line)
    lathe_graph_redirect (graph, source, node);
  if (!lathe_graph_link (graph, source, node, NULL))
    lathe_graph_free (graph);
  else if (in_line)
    lathe_mending_offer (mending, graph,
                         g_strdup_printf (_ ("It fits behind “%s”, in front of what reads that."), from->name),
                         g_strdup_printf (_ ("Put Behind “%s”"), from->name));
  else
    lathe_mending_offer (mending, graph,
                         g_strdup_printf (_ ("“%s” is the nearest layer before it whose output fits."), from->name),
                         g_strdup_printf (_ ("Connect to “%s”"), from->name));
}

static gboolean
is_read (const LatheMending *mending, const LatheNode *node)
{
  for (guint i = 0; i < mending->report->n_nodes; i++)
    if (g_ptr_array_find (lathe_graph_get_node (mending->graph, i)->inputs, node, NULL))
      return TRUE;
  return FALSE;
}

static void
mend_missing_input (LatheMending *mending)
{
  const LatheNode *node = mending->node;
  gboolean in_line = node->kind->max_inputs == 1 && !is_read (mending, node);
  guint n_tried = 0;

  if (node->inputs->len >= node->kind->min_inputs)
    return;
  for (guint i = node->index; i-- > 0 && n_tried < MAX_NEAREST && mending->found->len + 1 < LATHE_MAX_ADVICE;)
    {
      const LatheNode *from = lathe_graph_get_node (mending->graph, i);

      if (lathe_mending_shape (mending, from)->rank == 0 || g_ptr_array_find (node->inputs, from, NULL))
        continue;
      n_tried++;
      try_source (mending, from, in_line);
    }
}

static void
mend_many_inputs (LatheMending *mending)
{
  guint most = mending->node->kind->max_inputs;
  LatheGraph *graph = mending->node->inputs->len > most ? lathe_mending_begin (mending) : NULL;

  if (graph == NULL)
    return;
  g_ptr_array_set_size (lathe_mending_node (graph, mending->node)->inputs, (int) most);
  lathe_mending_offer (
      mending, graph,
      g_strdup_printf (ngettext ("It keeps the first of its inputs.", "It keeps the first %u of its inputs.", most),
                       most),
      g_strdup (_ ("Disconnect the Others")));
}

/* Images that enter in a second place enter in the first. */
static void
mend_second_input (LatheMending *mending)
{
  const LatheNode *first = lathe_graph_find_input (mending->graph);
  LatheGraph *graph;
  LatheNode *node;

  if (mending->node->kind->max_inputs > 0 || mending->node == first || (graph = lathe_mending_begin (mending)) == NULL)
    return;
  node = lathe_mending_node (graph, mending->node);
  lathe_graph_redirect (graph, node, lathe_mending_node (graph, first));
  lathe_graph_remove_nodes (graph, &node, 1);
  lathe_mending_offer (mending, graph, g_strdup_printf (_ ("What reads it then reads “%s”."), first->name),
                       g_strdup_printf (_ ("Use “%s” Instead"), first->name));
}

static void
mend_circle (LatheMending *mending)
{
  for (guint i = 0; i < mending->node->inputs->len && lathe_mending_shape (mending, mending->node)->rank == 0; i++)
    {
      const LatheNode *from = mending->node->inputs->pdata[i];
      LatheGraph *graph = lathe_mending_shape (mending, from)->rank == 0 ? lathe_mending_begin (mending) : NULL;

      if (graph == NULL)
        continue;
      lathe_graph_unlink (graph, lathe_mending_node (graph, from), lathe_mending_node (graph, mending->node));
      lathe_mending_offer (mending, graph, g_strdup_printf (_ ("It no longer reads “%s”."), from->name),
                           g_strdup_printf (_ ("Disconnect “%s”"), from->name));
    }
}

/* Too few inputs, or too many; images that enter in two places; a circle. */
void
lathe_mend_inputs (LatheMending *mending)
{
  mend_many_inputs (mending);
  mend_missing_input (mending);
  mend_second_input (mending);
  mend_circle (mending);
}

/* --- Ends --- */

static void
try_reader (LatheMending *mending, const LatheNode *to)
{
  LatheGraph *graph = lathe_mending_begin (mending);

  if (graph == NULL)
    return;
  if (lathe_graph_link (graph, lathe_mending_node (graph, mending->node), lathe_mending_node (graph, to), NULL))
    lathe_mending_offer (mending, graph, g_strdup_printf (_ ("“%s” then reads it, and leads on."), to->name),
                         g_strdup_printf (_ ("Connect to “%s”"), to->name));
  else
    lathe_graph_free (graph);
}

/* What lacks an input first, then what has room for one. */
static void
try_readers (LatheMending *mending)
{
  for (guint lacking = 2; lacking-- > 0;)
    for (guint i = 0, n_tried = 0; i < mending->report->n_nodes && n_tried < MAX_NEAREST; i++)
      {
        const LatheNode *to = lathe_graph_get_node (mending->graph, i);

        if (to->inputs->len >= to->kind->max_inputs || (to->inputs->len < to->kind->min_inputs) != lacking)
          continue;
        n_tried++;
        try_reader (mending, to);
      }
}

/* Where it reads what another layer reads, that one may read it. */
static void
try_in_line (LatheMending *mending)
{
  LatheNode *const *inputs = (LatheNode *const *) mending->node->inputs->pdata;
  LatheGraph *graph;
  LatheNode *node, *source;

  if (mending->node->inputs->len != 1 || (graph = lathe_mending_begin (mending)) == NULL)
    return;
  node = lathe_mending_node (graph, mending->node);
  source = lathe_mending_node (graph, inputs[0]);
  lathe_graph_redirect (graph, source, node);
  g_ptr_array_set_size (node->inputs, 0);
  lathe_graph_connect (graph, source, node);
  lathe_graph_settle (graph);
  lathe_mending_offer (mending, graph,
                       g_strdup_printf (_ ("What else reads “%s” then reads this layer."), inputs[0]->name),
                       g_strdup_printf (_ ("Put in Line Behind “%s”"), inputs[0]->name));
}

/* All that leads to this node alone. */
static GPtrArray *
list_branch (LatheGraph *graph, LatheNode *node)
{
  GPtrArray *branch = g_ptr_array_new ();
  g_autofree guint *n_left = g_new (guint, graph->nodes->len);
  g_auto (LatheReaders) readers;

  lathe_readers_init (&readers, graph);
  for (guint i = 0; i < graph->nodes->len; i++)
    n_left[i] = readers.first[i + 1] - readers.first[i];
  g_ptr_array_add (branch, node);
  for (guint i = 0; i < branch->len; i++)
    {
      GPtrArray *inputs = ((LatheNode *) branch->pdata[i])->inputs;

      for (guint j = 0; j < inputs->len; j++)
        {
          LatheNode *from = inputs->pdata[j];

          if (--n_left[from->index] == 0 && from->kind->max_inputs > 0)
            g_ptr_array_add (branch, from);
        }
    }
  return branch;
}

static void
try_without_branch (LatheMending *mending)
{
  LatheGraph *graph = lathe_mending_begin (mending);
  g_autoptr (GPtrArray) branch = NULL;

  if (graph == NULL)
    return;
  branch = list_branch (graph, lathe_mending_node (graph, mending->node));
  lathe_graph_remove_nodes (graph, (LatheNode *const *) branch->pdata, branch->len);
  lathe_mending_offer (mending, graph,
                       branch->len > 1
                           ? g_strdup_printf (ngettext ("Nothing is lost: no layer reads it, nor the %u that "
                                                        "leads to it alone.",
                                                        "Nothing is lost: no layer reads it, nor the %u "
                                                        "that lead to it alone.",
                                                        branch->len - 1),
                                              branch->len - 1)
                           : g_strdup (_ ("Nothing is lost: no layer reads it.")),
                       g_strdup (branch->len > 1 ? _ ("Remove the Branch") : _ ("Remove the Layer")));
}

static void
mend_dangling (LatheMending *mending)
{
  if (is_read (mending, mending->node) || (int) mending->node->index == mending->report->output)
    return;
  try_readers (mending);
  try_in_line (mending);
  try_without_branch (mending);
}

static void
mend_by_removal (LatheMending *mending)
{
  LatheGraph *graph = mending->node->kind->max_inputs > 0 ? lathe_mending_begin (mending) : NULL;
  LatheNode *node;

  if (graph == NULL)
    return;
  node = lathe_mending_node (graph, mending->node);
  lathe_graph_remove_nodes (graph, &node, 1);
  lathe_mending_offer (mending, graph, g_strdup (_ ("The others work without it.")), g_strdup (_ ("Remove the Layer")));
}

/* What leads nowhere; and, when nothing else helped, a layer that is better not there. */
void
lathe_mend_ends (LatheMending *mending)
{
  mend_dangling (mending);
  mend_by_removal (mending);
}
