/* wb-layout-layers.c: each node gets a layer, and what skips layers gets a bend in each.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-layout-private.h"

/* As many bends as a part may have: layers times skipping links is more than anyone could read, or wait for. */
#define MOST_BENDS 32768

gboolean
wb_sketch_is_node (const WbSketch *sketch, guint vertex)
{
  return vertex < sketch->part->n_nodes;
}

/* Nodes in an order in which every link leads onwards. */
static guint *
topological_order (const WbPart *part, const WbFan *leaving, const WbFan *entering)
{
  guint *order = g_new (guint, part->n_nodes);
  g_autofree guint *waiting = g_new (guint, part->n_nodes);
  guint n = 0;

  for (guint i = 0; i < part->n_nodes; i++)
    {
      waiting[i] = entering->start[i + 1] - entering->start[i];
      if (waiting[i] == 0)
        order[n++] = i;
    }
  for (guint done = 0; done < n; done++)
    for (guint i = leaving->start[order[done]]; i < leaving->start[order[done] + 1]; i++)
      {
        guint to = part->links[leaving->edges[i]].to;

        if (--waiting[to] == 0)
          order[n++] = to;
      }
  g_assert (n == part->n_nodes);
  return order;
}

/* The longest path from a start to each node; then what feeds more than it is fed by comes down to those it feeds, as
 * that makes links shorter. */
static void
choose_layers (WbSketch *sketch)
{
  const WbPart *part = sketch->part;
  g_auto (WbFan) leaving = wb_fan_leaving (part->links, part->n_links, part->n_nodes);
  g_auto (WbFan) entering = wb_fan_entering (part->links, part->n_links, part->n_nodes);
  g_autofree guint *order = topological_order (part, &leaving, &entering);

  for (guint i = 0; i < part->n_nodes; i++)
    for (guint j = leaving.start[order[i]]; j < leaving.start[order[i] + 1]; j++)
      {
        WbVertex *to = &sketch->vertices[part->links[leaving.edges[j]].to];

        to->layer = MAX (to->layer, sketch->vertices[order[i]].layer + 1);
        sketch->n_layers = MAX (sketch->n_layers, to->layer + 1);
      }

  for (guint i = part->n_nodes; i-- > 0;)
    {
      guint node = order[i], n_leaving = leaving.start[node + 1] - leaving.start[node];
      guint nearest = G_MAXUINT;

      if (n_leaving <= entering.start[node + 1] - entering.start[node])
        continue;
      for (guint j = leaving.start[node]; j < leaving.start[node + 1]; j++)
        nearest = MIN (nearest, sketch->vertices[part->links[leaving.edges[j]].to].layer);
      sketch->vertices[node].layer = nearest - 1;
    }
}

/* How many bends the links of each node need, when those that skip more than `most` layers have none. Returns the sum.
 */
static gsize
count_bends (const WbSketch *sketch, guint most, guint *bends)
{
  const WbPart *part = sketch->part;
  gsize sum = 0;

  for (guint i = 0; i < part->n_nodes; i++)
    bends[i] = 0;
  for (guint i = 0; i < part->n_links; i++)
    {
      WbLayoutEdge link = part->links[i];
      guint skipped = sketch->vertices[link.to].layer - sketch->vertices[link.from].layer - 1;

      if (skipped > most || skipped <= bends[link.from])
        continue;
      sum += skipped - bends[link.from];
      bends[link.from] = skipped;
    }
  return sum;
}

static void
add_strand (WbSketch *sketch, guint upper, guint lower, guint link)
{
  sketch->link_of[sketch->n_strands] = link;
  sketch->strands[sketch->n_strands++] = (WbLayoutEdge){upper, lower};
}

static void
add_bends (WbSketch *sketch)
{
  const WbPart *part = sketch->part;
  g_autofree guint *bends = g_new (guint, part->n_nodes);
  guint most = sketch->n_layers;
  gsize n_bends;

  while ((n_bends = count_bends (sketch, most, bends)) > MOST_BENDS)
    most /= 2;
  sketch->vertices = g_renew (WbVertex, sketch->vertices, part->n_nodes + n_bends);
  sketch->strands = g_new (WbLayoutEdge, part->n_links + n_bends);
  sketch->link_of = g_new (guint, part->n_links + n_bends);

  for (guint i = 0; i < part->n_nodes; i++)
    {
      sketch->first_bend[i] = sketch->n_vertices;
      for (guint j = 0; j < bends[i]; j++)
        {
          guint bend = sketch->n_vertices++;

          sketch->vertices[bend] = (WbVertex){.source = i, .layer = sketch->vertices[i].layer + 1 + j};
          add_strand (sketch, j == 0 ? i : bend - 1, bend, WB_NONE);
        }
    }
  for (guint i = 0; i < part->n_links; i++)
    {
      WbLayoutEdge link = part->links[i];
      guint skipped = sketch->vertices[link.to].layer - sketch->vertices[link.from].layer - 1;

      sketch->loose[i] = skipped > most;
      if (!sketch->loose[i])
        add_strand (sketch, skipped == 0 ? link.from : sketch->first_bend[link.from] + skipped - 1, link.to, i);
    }
}

WbSketch *
wb_sketch_new (WbPart *part)
{
  WbSketch *sketch = g_new0 (WbSketch, 1);

  sketch->part = part;
  sketch->n_vertices = part->n_nodes;
  sketch->n_layers = 1;
  sketch->vertices = g_new0 (WbVertex, part->n_nodes);
  sketch->first_bend = g_new (guint, part->n_nodes);
  sketch->loose = g_new0 (gboolean, part->n_links);
  for (guint i = 0; i < part->n_nodes; i++)
    {
      sketch->vertices[i].source = i;
      sketch->vertices[i].width = part->boxes[i].width;
      sketch->vertices[i].height = part->boxes[i].height;
    }
  choose_layers (sketch);
  add_bends (sketch);
  sketch->below = wb_fan_leaving (sketch->strands, sketch->n_strands, sketch->n_vertices);
  sketch->above = wb_fan_entering (sketch->strands, sketch->n_strands, sketch->n_vertices);
  return sketch;
}

void
wb_sketch_free (WbSketch *sketch)
{
  wb_fan_clear (&sketch->below);
  wb_fan_clear (&sketch->above);
  g_free (sketch->vertices);
  g_free (sketch->first_bend);
  g_free (sketch->strands);
  g_free (sketch->link_of);
  g_free (sketch->loose);
  g_free (sketch->layer_start);
  g_free (sketch->order);
  g_free (sketch->main_below);
  g_free (sketch->main_above);
  g_free (sketch);
}
