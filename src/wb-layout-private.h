/* wb-layout-private.h: the stages of a layout in layers, each a file of its own.
 *
 * After Sugiyama, Tagawa & Toda 1981, as Gansner, Koutsofios, North & Vo 1993 ("A Technique for Drawing Directed
 * Graphs") put it into stages: break cycles, give each node a layer, order the layers, give each node a place across
 * the flow, route. The flow goes down throughout: x is across it and y along it, whichever way it is drawn in the end.
 *
 *   wb-layout-flow.c      edges become links without cycles, and fall into parts that nothing joins
 *   wb-layout-layers.c    each node gets a layer, and what skips layers gets a bend in each
 *   wb-layout-order.c     each layer is ordered from left to right, with few crossings
 *   wb-layout-columns.c   each vertex gets its x: paths run straight
 *   wb-layout-channels.c  between the layers edges cross over, each on a track of its own; that gives each layer its y
 *
 * Where a person placed nodes, two more follow:
 *
 *   wb-layout-settle.c    placed nodes go to their places, and the others make room
 *   wb-layout-around.c    edges that this cuts off go round nodes, with the help of wb-layout-maze.c and
 *                         wb-layout-index.c
 *
 * Two need none of these:
 *
 *   wb-layout-meanwhile.c what is shown until a layout is there
 *   wb-layout-frames.c    frames around groups of nodes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-layout.h"

G_BEGIN_DECLS

#define WB_NONE G_MAXUINT

/* Canvas units. */
#define WB_STUB 15       /* an edge runs straight out of a node, and into one, at least so far */
#define WB_STRAIGHT 0.01 /* what is off by less is straight */

struct _WbLayout
{
  WbLayoutDirection direction;
  guint n_nodes, n_edges;
  WbBox *boxes;
  WbLayoutEdge *edges;
  guint *routes; /* n_edges + 1: where in `points` each begins */
  GArray *points;
  WbBox extent;
};

/* With room for what is not known yet. */
WbLayout *wb_layout_new_empty (guint n_nodes, const WbLayoutEdge *edges, guint n_edges, WbLayoutDirection direction);
/* The least box around all of them; empty, at 0, when there are none. */
WbBox wb_extent_of (const WbBox *boxes, guint n_boxes, const WbPoint *points, guint n_points);

/* Of each node the edges that leave it, or those that enter it: edges[start[node]] … edges[start[node + 1] - 1],
 * ascending. */
typedef struct
{
  guint *start, *edges;
} WbFan;

WbFan wb_fan_leaving (const WbLayoutEdge *edges, guint n_edges, guint n_nodes);
WbFan wb_fan_entering (const WbLayoutEdge *edges, guint n_edges, guint n_nodes);
void wb_fan_clear (WbFan *fan);

/* Nodes that links join, and what becomes of them. Its own numbering; `nodes` and `link_ids` lead back. */
typedef struct
{
  guint n_nodes, n_links;
  guint *nodes, *link_ids; /* not owned */
  WbBox *boxes;            /* in: sizes; out: places */
  WbLayoutEdge *links;     /* distinct, without cycles */
  GArray *points;          /* out (element-type WbPoint): the routes of the links, one after the other */
  guint *routes;           /* out, n_links + 1: where in `points` each begins */
  WbBox extent;            /* out */
} WbPart;

/* Edges as links: distinct, and turned round where they would close a cycle. */
typedef struct
{
  WbLayoutEdge *links;
  guint n_links;
  guint *link_of;      /* n_edges: WB_NONE for an edge from a node to itself */
  gboolean *backwards; /* n_edges: its link runs the other way */
  WbPart *parts;
  guint n_parts;
  guint *nodes, *link_ids; /* of the parts, one after the other */
} WbFlow;

/* sizes: n_nodes boxes; x and y are not read. */
WbFlow *wb_flow_new (const WbBox *sizes, guint n_nodes, const WbLayoutEdge *edges, guint n_edges);
void wb_flow_free (WbFlow *flow);

/* A node, or a bend: where a link passes a layer. All links that leave a node share its bends, as they carry the same.
 */
typedef struct
{
  guint source; /* the node whose output is here: itself, for a node */
  guint layer;
  guint position; /* in its layer, from the left */
  double width, height;
  double x; /* its middle */
} WbVertex;

/* A part while it is worked on. Strands join vertices of neighbouring layers. */
typedef struct
{
  WbPart *part;
  WbVertex *vertices; /* first the nodes, then the bends */
  guint n_vertices;
  guint *first_bend; /* of each node; the others follow, a layer each */

  WbLayoutEdge *strands;
  guint *link_of; /* of each strand that enters a node; WB_NONE for others */
  guint n_strands;
  WbFan below, above; /* strands that leave, and that enter, each vertex */
  gboolean *loose;    /* of each link: has no bends, as it is too long, and goes round the outside */

  guint n_layers;
  guint *layer_start; /* n_layers + 1 */
  guint *order;       /* order[layer_start[layer] + position] is a vertex */

  /* The path on which most nodes lie: of each vertex the next and the one before; WB_NONE: none. */
  guint *main_below, *main_above;
} WbSketch;

WbSketch *wb_sketch_new (WbPart *part);
void wb_sketch_free (WbSketch *sketch);
gboolean wb_sketch_is_node (const WbSketch *sketch, guint vertex);

void wb_sketch_order (WbSketch *sketch);
void wb_sketch_align (WbSketch *sketch);
void wb_sketch_route (WbSketch *sketch);

/* Something that enters a node: where it comes from, and its number among its like. Of several that come straight, the
 * one with the greatest y, which is the nearest, does. */
typedef struct
{
  double x, y;
  guint id;
} WbArrival;

/* Spreads what enters a node over its border, in the order in which it comes: in the middle, what comes straight,
 * and a little off its place, what comes straight to there.  * Sorts `arrivals` from left to right, and sets
 * entrances[id] of each. */
void wb_spread_entrances (WbBox box, WbArrival *arrivals, guint n, double *entrances);

/* Moves `boxes` from where the layers have them to where they go once some nodes are placed. */
void wb_settle (WbBox *boxes, const WbLayoutNode *nodes, guint n_nodes, const WbLayoutEdge *edges, guint n_edges);

/**
 * wb_route_around:
 * @moved: of each node: is not where the layers have it
 * @points: (inout) (element-type WbPoint): the routes of all edges
 * @routes: (inout): n_edges + 1: where in `points` each begins
 *
 * Routes anew, round all nodes, what a moved node cut off, and with it whatever enters the same node.
 */
void wb_route_around (const WbBox *boxes, const gboolean *moved, guint n_nodes, const WbLayoutEdge *edges,
                      guint n_edges, GArray **points, guint *routes);

/* Finds boxes by where they are; keep the boxes as they are meanwhile. */
typedef struct _WbIndex WbIndex;

WbIndex *wb_index_new (const WbBox *boxes, guint n_boxes);
void wb_index_free (WbIndex *index);
/* All boxes that touch an area, and some that do not: indices, owned by the index, until it is asked again.
 */
const guint *wb_index_near (WbIndex *index, WbBox area, guint *n);

/* Appends the points of a best way between two points round boxes that it keeps `margin` away from where it can, and
 * half that where it must. It sets out downwards and arrives downwards. patience: (inout): states that may be looked
 * at, and are left. Returns: FALSE: there is none, or it would take more patience */
gboolean wb_maze_find_way (WbPoint from, WbPoint to, const WbBox *boxes, guint n_boxes, double margin, guint *patience,
                           GArray *points);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WbIndex, wb_index_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WbFlow, wb_flow_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WbSketch, wb_sketch_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WbFan, wb_fan_clear)

G_END_DECLS
