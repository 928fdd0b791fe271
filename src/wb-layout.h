/* wb-layout.h: where the cards of a network stand on the canvas, and which way its edges go round them.
 *
 * Pure geometry: no widget, no engine. Lengths are canvas units, which are pixels at a zoom of 1.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-point.h"

G_BEGIN_DECLS

/* Which way data flows over the canvas. */
typedef enum
{
  WB_LAYOUT_DOWN,
  WB_LAYOUT_RIGHT,
} WbLayoutDirection;

typedef struct
{
  double width, height;
  gboolean placed;
  double x, y; /* the middle, where a person placed it; read only when `placed` */
} WbLayoutNode;

/* Indices of nodes: data flows from `from` to `to`. */
typedef struct
{
  guint from, to;
} WbLayoutEdge;

/* A polyline from the border of `from` to the border of `to`, whose parts are level or upright. Owned by the layout.
 * `n` is 0 for an edge from a node to itself. */
typedef struct
{
  guint n;
  const WbPoint *points;
} WbRoute;

typedef enum
{
  WB_LAYOUT_KEY_UP,
  WB_LAYOUT_KEY_DOWN,
  WB_LAYOUT_KEY_LEFT,
  WB_LAYOUT_KEY_RIGHT,
} WbLayoutKey;

/* Immutable. */
typedef struct _WbLayout WbLayout;

/**
 * wb_layout_new:
 * @nodes: n_nodes of them; may be NULL when there are none
 * @edges: n_edges of them; may hold cycles, duplicates and edges from a node to itself
 *
 * Lays a graph out in layers along the flow: the longest path through it runs straight, branches and skipping edges run
 * beside it, and parts that nothing joins stand side by side. The first node of the first layer has its middle at 0
 * across the flow and its near border at 0 along it, so that what is drawn holds still while the rest is edited.
 *
 * Nodes that a person placed stay there, and edges go round them wherever there is a way. While most nodes are not
 * placed, those keep the places that they would have if none were; once most are placed, the others go to where they
 * have their neighbours as the layers would have them. Either way they make room for the placed ones.
 *
 * The same nodes and edges give the same layout.
 *
 * Returns: (transfer full)
 */
WbLayout *wb_layout_new (const WbLayoutNode *nodes, guint n_nodes, const WbLayoutEdge *edges, guint n_edges,
                         WbLayoutDirection direction);
void wb_layout_free (WbLayout *layout);

/**
 * wb_layout_new_meanwhile:
 * @before: (nullable): of the graph as it was before it was edited; of another direction, it is no help
 * @was: of each node: which it was there; G_MAXUINT: none; not read without `before`
 *
 * What is shown until wb_layout_new() is through, which for a large graph takes longer than anyone wants to wait: nodes
 * are where they were, or where a person placed them, or else behind one that they read; edges whose nodes have not
 * moved go as they went, the others bend where they must, through whatever there is.
 *
 * Returns: (transfer full)
 */
WbLayout *wb_layout_new_meanwhile (const WbLayout *before, const guint *was, const WbLayoutNode *nodes, guint n_nodes,
                                   const WbLayoutEdge *edges, guint n_edges, WbLayoutDirection direction);

guint wb_layout_get_n_nodes (const WbLayout *layout);
guint wb_layout_get_n_edges (const WbLayout *layout);
WbBox wb_layout_get_box (const WbLayout *layout, guint node);
WbRoute wb_layout_get_route (const WbLayout *layout, guint edge);
/* The least box around all nodes and edges; empty, at 0, when there are none. */
WbBox wb_layout_get_extent (const WbLayout *layout);

/* Where data leaves and enters a node: the middle of its border. Edges that share an entrance are spread beside it. */
WbPoint wb_layout_get_output_port (const WbLayout *layout, guint node);
WbPoint wb_layout_get_input_port (const WbLayout *layout, guint node);

/* The node under a point, the last of several; -1: none. */
int wb_layout_node_at (const WbLayout *layout, WbPoint point);
/* The edge nearest to a point, at most `reach` away; -1: none. */
int wb_layout_edge_at (const WbLayout *layout, WbPoint point, double reach);
/* The nodes that a rubber band touches, ascending. Returns: (transfer full) (array length=n): NULL when n is 0 */
guint *wb_layout_nodes_in (const WbLayout *layout, WbBox band, guint *n);

/* A frame around nodes of a group. */
typedef struct
{
  guint group;
  WbBox box;
} WbLayoutFrame;

/**
 * wb_layout_frame_groups:
 * @group_of: of each node; G_MAXUINT: it is in none
 * @margin: between a frame and its nodes
 * @head: more of that above them, for a name
 *
 * Frames groups, each as a whole where no other node lies between its own, and otherwise in as many parts as keep
 * others out.
 *
 * Returns: (transfer full) (element-type WbLayoutFrame): group by group
 */
GArray *wb_layout_frame_groups (const WbLayout *layout, const guint *group_of, guint n_groups, double margin,
                                double head);

/* Where an arrow key leads from a node: along the flow to the straightest of those that it feeds or is fed by,
 * otherwise to the nearest node on that side; -1: there is none. */
int wb_layout_neighbour (const WbLayout *layout, guint node, WbLayoutKey key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WbLayout, wb_layout_free)

G_END_DECLS
