/* wb-layout-flow.c: edges become links without cycles, and fall into parts that nothing joins.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-layout-private.h"

static WbFan
fan_new (const WbLayoutEdge *edges, guint n_edges, guint n_nodes, gboolean entering)
{
  WbFan fan = {g_new0 (guint, n_nodes + 2), g_new (guint, n_edges)};

  /* Counted two places on, each count becomes where the next node's edges go, and in the end where they begin. */
  for (guint i = 0; i < n_edges; i++)
    fan.start[(entering ? edges[i].to : edges[i].from) + 2]++;
  for (guint i = 2; i <= n_nodes; i++)
    fan.start[i] += fan.start[i - 1];
  for (guint i = 0; i < n_edges; i++)
    fan.edges[fan.start[(entering ? edges[i].to : edges[i].from) + 1]++] = i;
  return fan;
}

WbFan
wb_fan_leaving (const WbLayoutEdge *edges, guint n_edges, guint n_nodes)
{
  return fan_new (edges, n_edges, n_nodes, FALSE);
}

WbFan
wb_fan_entering (const WbLayoutEdge *edges, guint n_edges, guint n_nodes)
{
  return fan_new (edges, n_edges, n_nodes, TRUE);
}

void
wb_fan_clear (WbFan *fan)
{
  g_clear_pointer (&fan->start, g_free);
  g_clear_pointer (&fan->edges, g_free);
}

/* Walks along the edges from each node in turn; an edge to a node that the walk is still coming from closes a cycle. */
static void
find_backwards (WbFlow *flow, const WbLayoutEdge *edges, guint n_edges, guint n_nodes)
{
  enum
  {
    NEW,
    OPEN,
    DONE
  };
  g_auto (WbFan) leaving = wb_fan_leaving (edges, n_edges, n_nodes);
  g_autofree guint8 *states = g_new0 (guint8, n_nodes);
  g_autofree guint *next = g_memdup2 (leaving.start, n_nodes * sizeof *next);
  g_autofree guint *way = g_new (guint, n_nodes + 1);

  for (guint root = 0; root < n_nodes; root++)
    {
      guint depth = 0;

      if (states[root] == NEW)
        way[depth++] = root;
      while (depth > 0)
        {
          guint node = way[depth - 1];

          states[node] = OPEN;
          if (next[node] == leaving.start[node + 1])
            {
              states[node] = DONE;
              depth--;
              continue;
            }
          guint edge = leaving.edges[next[node]++], to = edges[edge].to;

          flow->backwards[edge] = states[to] == OPEN;
          if (states[to] == NEW)
            way[depth++] = to;
        }
    }
}

static void
find_links (WbFlow *flow, const WbLayoutEdge *edges, guint n_edges, guint n_nodes)
{
  g_autofree WbLayoutEdge *turned = g_new (WbLayoutEdge, n_edges);
  g_autofree guint *link_to = g_new (guint, n_nodes); /* the last link to each node */
  g_auto (WbFan) leaving = {NULL};

  for (guint i = 0; i < n_edges; i++)
    turned[i] = flow->backwards[i] ? (WbLayoutEdge){edges[i].to, edges[i].from} : edges[i];
  for (guint i = 0; i < n_nodes; i++)
    link_to[i] = WB_NONE;
  leaving = wb_fan_leaving (turned, n_edges, n_nodes);

  for (guint i = 0; i < n_edges; i++)
    {
      guint edge = leaving.edges[i];
      WbLayoutEdge link = turned[edge];

      flow->link_of[edge] = WB_NONE;
      if (link.from == link.to)
        continue;
      if (link_to[link.to] == WB_NONE || flow->links[link_to[link.to]].from != link.from)
        {
          link_to[link.to] = flow->n_links;
          flow->links[flow->n_links++] = link;
        }
      flow->link_of[edge] = link_to[link.to];
    }
}

/* The part of a node, as the node that stands for it. */
static guint
part_of (guint *parents, guint node)
{
  while (parents[node] != node)
    node = parents[node] = parents[parents[node]];
  return node;
}

/* Numbers the parts in the order of their first nodes. Returns the part of each node. */
static guint *
number_parts (WbFlow *flow, guint n_nodes)
{
  g_autofree guint *parents = g_new (guint, n_nodes);
  guint *parts = g_new (guint, n_nodes);

  for (guint i = 0; i < n_nodes; i++)
    parents[i] = i;
  for (guint i = 0; i < flow->n_links; i++)
    {
      guint a = part_of (parents, flow->links[i].from), b = part_of (parents, flow->links[i].to);

      parents[MAX (a, b)] = MIN (a, b);
    }
  for (guint i = 0; i < n_nodes; i++)
    parts[i] = part_of (parents, i) == i ? flow->n_parts++ : parts[part_of (parents, i)];
  return parts;
}

static void
split_into_parts (WbFlow *flow, const WbBox *sizes, guint n_nodes)
{
  g_autofree guint *part_of_node = number_parts (flow, n_nodes);
  g_autofree guint *local = g_new (guint, n_nodes);
  guint *nodes = flow->nodes, *link_ids = flow->link_ids;

  flow->parts = g_new0 (WbPart, flow->n_parts);
  for (guint i = 0; i < n_nodes; i++)
    local[i] = flow->parts[part_of_node[i]].n_nodes++;
  for (guint i = 0; i < flow->n_links; i++)
    flow->parts[part_of_node[flow->links[i].from]].n_links++;

  for (guint i = 0; i < flow->n_parts; i++)
    {
      WbPart *part = &flow->parts[i];

      part->nodes = nodes;
      part->link_ids = link_ids;
      nodes += part->n_nodes;
      link_ids += part->n_links;
      part->boxes = g_new (WbBox, part->n_nodes);
      part->links = g_new (WbLayoutEdge, part->n_links);
      part->n_links = 0; /* counted again as they come */
    }
  for (guint i = 0; i < n_nodes; i++)
    {
      flow->parts[part_of_node[i]].nodes[local[i]] = i;
      flow->parts[part_of_node[i]].boxes[local[i]] = sizes[i];
    }
  for (guint i = 0; i < flow->n_links; i++)
    {
      WbPart *part = &flow->parts[part_of_node[flow->links[i].from]];

      part->link_ids[part->n_links] = i;
      part->links[part->n_links++] = (WbLayoutEdge){local[flow->links[i].from], local[flow->links[i].to]};
    }
}

WbFlow *
wb_flow_new (const WbBox *sizes, guint n_nodes, const WbLayoutEdge *edges, guint n_edges)
{
  WbFlow *flow = g_new0 (WbFlow, 1);

  flow->links = g_new (WbLayoutEdge, n_edges);
  flow->link_of = g_new (guint, n_edges);
  flow->backwards = g_new0 (gboolean, n_edges);
  flow->nodes = g_new (guint, n_nodes);
  flow->link_ids = g_new (guint, n_edges);
  find_backwards (flow, edges, n_edges, n_nodes);
  find_links (flow, edges, n_edges, n_nodes);
  split_into_parts (flow, sizes, n_nodes);
  return flow;
}

void
wb_flow_free (WbFlow *flow)
{
  for (guint i = 0; i < flow->n_parts; i++)
    {
      g_free (flow->parts[i].boxes);
      g_free (flow->parts[i].links);
      g_free (flow->parts[i].routes);
      g_clear_pointer (&flow->parts[i].points, g_array_unref);
    }
  g_free (flow->parts);
  g_free (flow->links);
  g_free (flow->link_of);
  g_free (flow->backwards);
  g_free (flow->nodes);
  g_free (flow->link_ids);
  g_free (flow);
}
