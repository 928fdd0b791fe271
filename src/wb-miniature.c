/* wb-miniature.c: a small drawing of a network: a box for each layer that matters, as high as its images and as wide as
 * its channels are many.
 *
 * What has no weights of its own and one input (activations, norms, dropout, reshaping) is passed over: at this size it
 * would only be in the way.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-miniature.h"

#include <math.h>

#include "wb-layout.h"

/* Canvas units. */
#define THIN 8.0
#define LOW 16.0
#define DOUBLING 22.0 /* what twice as many pixels add to the height */
#define WIDER 5.0     /* what twice as many channels add to the width */

typedef struct
{
  const LatheGraph *graph;
  const LatheGraphReport *report;
  GHashTable *places; /* node → its box's place from 1 on; who is passed over has none */
  GArray *nodes;      /* (element-type WbLayoutNode) */
  GArray *edges;      /* (element-type WbLayoutEdge) */
  GArray *kinds;      /* (element-type WbMiniatureKind) */
} Drawing;

static gboolean
matters (const LatheNode *node, WbMiniatureKind *kind)
{
  switch (node->kind->group)
    {
    case LATHE_LAYER_GROUP_INPUT:
      *kind = WB_MINIATURE_INPUT;
      return TRUE;
    case LATHE_LAYER_GROUP_CONVOLUTION:
      *kind = WB_MINIATURE_CONVOLUTION;
      return TRUE;
    case LATHE_LAYER_GROUP_DENSE:
      *kind = WB_MINIATURE_DENSE;
      return TRUE;
    case LATHE_LAYER_GROUP_POOLING:
    case LATHE_LAYER_GROUP_MERGE:
      *kind = WB_MINIATURE_OTHER;
      return TRUE;
    default:
      return FALSE;
    }
}

/* A vector is as high as an image of as many pixels, and thin. */
static WbLayoutNode
measure (const LatheShape *output)
{
  gboolean image = output->rank == 3;
  double side = image ? sqrt ((double) output->dim[0] * output->dim[1]) : sqrt ((double) lathe_shape_size (output));
  double channels = image ? output->dim[2] : 1;

  return (WbLayoutNode){
      .width = THIN + WIDER * log2 (MAX (channels, 1)),
      .height = LOW + DOUBLING * log2 (MAX (side, 1)),
  };
}

static guint
place_of (const Drawing *s, const LatheNode *node)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (s->places, node));
}

/* The place of the box that a layer's numbers come from; 0: none. Steps are counted, as a graph that is broken may run
 * in a circle. */
static guint
find_source (const Drawing *s, const LatheNode *node)
{
  for (guint step = 0; step < s->report->n_nodes && place_of (s, node) == 0; step++)
    {
      if (node->inputs->len == 0)
        return 0;
      node = node->inputs->pdata[0];
    }
  return place_of (s, node);
}

static void
add_nodes (Drawing *s)
{
  for (guint i = 0; i < s->report->n_nodes; i++)
    {
      LatheNode *node = lathe_graph_get_node (s->graph, i);
      WbLayoutNode size = measure (&s->report->nodes[i].output);
      WbMiniatureKind kind;

      if (!matters (node, &kind))
        continue;
      g_array_append_val (s->nodes, size);
      g_array_append_val (s->kinds, kind);
      g_hash_table_insert (s->places, node, GUINT_TO_POINTER (s->nodes->len));
    }
}

static void
add_edges (Drawing *s)
{
  for (guint i = 0; i < s->report->n_nodes; i++)
    {
      const LatheNode *node = lathe_graph_get_node (s->graph, i);
      guint place = place_of (s, node);

      for (guint j = 0; place > 0 && j < node->inputs->len; j++)
        {
          guint source = find_source (s, node->inputs->pdata[j]);
          WbLayoutEdge edge = {source - 1, place - 1};

          if (source > 0)
            g_array_append_val (s->edges, edge);
        }
    }
}

static WbBox
share_of (WbBox box, WbBox all)
{
  return (WbBox){(box.x - all.x) / all.width, (box.y - all.y) / all.height, box.width / all.width,
                 box.height / all.height};
}

static void
add_line (WbMiniature *miniature, WbPoint from, WbPoint to, WbBox all)
{
  WbBox box =
      share_of ((WbBox){MIN (from.x, to.x), MIN (from.y, to.y), fabs (to.x - from.x), fabs (to.y - from.y)}, all);

  g_array_append_val (miniature->lines, box);
}

static void
draw (WbMiniature *miniature, const WbLayout *layout, const GArray *kinds)
{
  WbBox all = wb_layout_get_extent (layout);

  miniature->width = all.width = MAX (all.width, 1);
  miniature->height = all.height = MAX (all.height, 1);
  for (guint i = 0; i < wb_layout_get_n_nodes (layout); i++)
    {
      WbMiniatureBox box = {share_of (wb_layout_get_box (layout, i), all), g_array_index (kinds, WbMiniatureKind, i)};

      g_array_append_val (miniature->boxes, box);
    }
  for (guint i = 0; i < wb_layout_get_n_edges (layout); i++)
    {
      WbRoute route = wb_layout_get_route (layout, i);

      for (guint k = 1; k < route.n; k++)
        add_line (miniature, route.points[k - 1], route.points[k], all);
    }
}

WbMiniature *
wb_miniature_new (const LatheGraph *graph, const LatheGraphReport *report)
{
  WbMiniature *miniature = g_atomic_rc_box_new0 (WbMiniature);
  g_autoptr (GHashTable) places = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) nodes = g_array_new (FALSE, FALSE, sizeof (WbLayoutNode));
  g_autoptr (GArray) edges = g_array_new (FALSE, FALSE, sizeof (WbLayoutEdge));
  g_autoptr (GArray) kinds = g_array_new (FALSE, FALSE, sizeof (WbMiniatureKind));
  Drawing s = {graph, report, places, nodes, edges, kinds};
  g_autoptr (WbLayout) layout = NULL;

  miniature->boxes = g_array_new (FALSE, FALSE, sizeof (WbMiniatureBox));
  miniature->lines = g_array_new (FALSE, FALSE, sizeof (WbBox));
  add_nodes (&s);
  add_edges (&s);
  layout = wb_layout_new ((const WbLayoutNode *) nodes->data, nodes->len, (const WbLayoutEdge *) edges->data,
                          edges->len, WB_LAYOUT_RIGHT);
  draw (miniature, layout, kinds);
  return miniature;
}

WbMiniature *
wb_miniature_ref (WbMiniature *miniature)
{
  return g_atomic_rc_box_acquire (miniature);
}

static void
miniature_clear (gpointer data)
{
  WbMiniature *miniature = data;

  g_array_unref (miniature->boxes);
  g_array_unref (miniature->lines);
}

void
wb_miniature_unref (WbMiniature *miniature)
{
  g_atomic_rc_box_release_full (miniature, miniature_clear);
}
