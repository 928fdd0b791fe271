/* wb-layout-around.c: edges that a placed node cuts off go round nodes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "wb-layout-private.h"

/* Canvas units. */
#define MARGIN 12        /* between an edge and the nodes that it goes round, and twice as much as where it must */
#define LEAST_MARGIN 4.0 /* where there is no other way */
#define BETWEEN_RAILS 10
#define TOO_NEAR 6.0 /* edges side by side that are nearer than this look like one */

/* How far, in steps of BETWEEN_RAILS, a part of a route is moved aside to be alone. */
#define MOST_ASIDE 6
/* States of mazes (see there) that a layout may look at, for all its edges: what would take longer is past reading. */
#define PATIENCE 4000000

/* A part of a route, and what it carries. */
typedef struct
{
  double at, start, end;
  guint source;
} Rail;

typedef struct
{
  const WbBox *boxes;
  WbIndex *index; /* of boxes */
  guint n_nodes;
  const WbLayoutEdge *edges;
  double *turns; /* of each node: y where what it feeds first turned aside; NAN: nothing has */
  GArray *points;
  GHashTable *rails; /* of (upright, at / TOO_NEAR) → (element-type Rail) */
  guint patience;    /* states that may still be looked at */
  GArray *way;       /* scratch (element-type WbPoint) */
  GArray *around;    /* scratch (element-type WbBox) */
} Router;

/* --- Hits ------------------------------------------------------------------------------------------------------- */

static gboolean
runs_through (WbPoint a, WbPoint b, WbBox box, double margin)
{
  return MAX (a.x, b.x) > box.x - margin && MIN (a.x, b.x) < box.x + box.width + margin &&
         MAX (a.y, b.y) > box.y - margin && MIN (a.y, b.y) < box.y + box.height + margin;
}

/* Nodes that a part of a route comes too near to are appended to `hits` (element-type WbBox); without, the first will
 * do. It may leave `from`, and enter `to`. */
static gboolean
find_hits (const Router *router, WbPoint a, WbPoint b, WbLayoutEdge edge, double margin, GArray *hits)
{
  WbBox area = {MIN (a.x, b.x) - margin, MIN (a.y, b.y) - margin, fabs (a.x - b.x) + 2 * margin,
                fabs (a.y - b.y) + 2 * margin};
  guint n;
  const guint *near = wb_index_near (router->index, area, &n);
  gboolean is_hit = FALSE;

  for (guint i = 0; i < n && (hits != NULL || !is_hit); i++)
    {
      gboolean is_end = near[i] == edge.from || near[i] == edge.to;

      if (!runs_through (a, b, router->boxes[near[i]], is_end ? -WB_STRAIGHT : margin))
        continue;
      is_hit = TRUE;
      if (hits != NULL)
        g_array_append_val (hits, router->boxes[near[i]]);
    }
  return is_hit;
}

static gboolean
is_clear (const Router *router, const WbPoint *points, guint n, WbLayoutEdge edge, double margin)
{
  for (guint i = 0; i + 1 < n; i++)
    if (find_hits (router, points[i], points[i + 1], edge, margin, NULL))
      return FALSE;
  return TRUE;
}

/* --- Rails ------------------------------------------------------------------------------------------------------ */

static gpointer
key_of (gboolean upright, double at, int neighbour)
{
  return GINT_TO_POINTER (((int) floor (at / TOO_NEAR) + neighbour) * 2 + (upright ? 1 : 0));
}

static gboolean
rail_of (WbPoint a, WbPoint b, guint source, Rail *rail)
{
  gboolean upright = a.x == b.x;

  *rail = upright ? (Rail){a.x, MIN (a.y, b.y), MAX (a.y, b.y), source}
                  : (Rail){a.y, MIN (a.x, b.x), MAX (a.x, b.x), source};
  return upright;
}

static void
lay_rails (Router *router, const WbPoint *points, guint n, guint source)
{
  for (guint i = 0; i + 1 < n; i++)
    {
      Rail rail;
      gboolean upright = rail_of (points[i], points[i + 1], source, &rail);
      gpointer key = key_of (upright, rail.at, 0);
      GArray *rails = g_hash_table_lookup (router->rails, key);

      if (rails == NULL)
        {
          rails = g_array_new (FALSE, FALSE, sizeof (Rail));
          g_hash_table_insert (router->rails, key, rails);
        }
      g_array_append_val (rails, rail);
    }
}

/* Whether something else runs beside a part of a route, too near to be told apart. */
static gboolean
is_taken (const Router *router, WbPoint a, WbPoint b, guint source)
{
  Rail rail;
  gboolean upright = rail_of (a, b, source, &rail);

  for (int neighbour = -1; neighbour <= 1; neighbour++)
    {
      const GArray *rails = g_hash_table_lookup (router->rails, key_of (upright, rail.at, neighbour));

      for (guint i = 0; rails != NULL && i < rails->len; i++)
        {
          const Rail *other = &g_array_index (rails, Rail, i);

          if (other->source != source && fabs (other->at - rail.at) < TOO_NEAR && other->start < rail.end &&
              rail.start < other->end)
            return TRUE;
        }
    }
  return FALSE;
}

/* --- One edge --------------------------------------------------------------------------------------------------- */

static void
add_point (GArray *way, WbPoint point)
{
  const WbPoint *points = (const WbPoint *) way->data;
  guint n = way->len;

  if (n > 0 && points[n - 1].x == point.x && points[n - 1].y == point.y)
    return;
  /* In line with the last two, and onwards: it takes the place of the last. */
  if (n > 1 && ((points[n - 2].x == points[n - 1].x && points[n - 1].x == point.x &&
                 (points[n - 1].y - points[n - 2].y) * (point.y - points[n - 1].y) >= 0) ||
                (points[n - 2].y == points[n - 1].y && points[n - 1].y == point.y &&
                 (points[n - 1].x - points[n - 2].x) * (point.x - points[n - 1].x) >= 0)))
    g_array_set_size (way, n - 1);
  g_array_append_val (way, point);
}

/* Straight down, or down to `y`, across and down again. */
static void
go_directly (Router *router, WbPoint from, WbPoint to, double y)
{
  g_array_set_size (router->way, 0);
  if (fabs (from.x - to.x) <= WB_STRAIGHT)
    to.x = from.x;
  add_point (router->way, from);
  add_point (router->way, (WbPoint){from.x, y});
  add_point (router->way, (WbPoint){to.x, y});
  add_point (router->way, to);
}

/* How far an edge can run straight out of a node (`sign` 1) or into one (-1): what is near leaves half of the way. */
static double
stub_at (const Router *router, WbPoint port, WbLayoutEdge edge, int sign)
{
  WbBox ahead = {port.x - MARGIN, sign > 0 ? port.y : port.y - 2 * WB_STUB, 2 * MARGIN, 2 * WB_STUB};
  double stub = WB_STUB;
  guint n;
  const guint *near = wb_index_near (router->index, ahead, &n);

  for (guint i = 0; i < n; i++)
    {
      WbBox box = router->boxes[near[i]];
      double way = sign > 0 ? box.y - port.y : port.y - box.y - box.height;

      if (near[i] != (sign > 0 ? edge.from : edge.to) && way >= 0 && port.x + MARGIN > box.x &&
          port.x - MARGIN < box.x + box.width)
        stub = MIN (stub, way / 2);
    }
  return stub;
}

/* Appends to `around` the nodes that the first part of a way that hits any hits: none of them is there yet, as the way
 * goes round those. Returns whether there are any. */
static gboolean
add_obstacles (Router *router, const GArray *found, WbLayoutEdge edge, double margin)
{
  guint n_before = router->around->len;

  for (guint i = 0; i + 1 < found->len && router->around->len == n_before; i++)
    find_hits (router, g_array_index (found, WbPoint, i), g_array_index (found, WbPoint, i + 1), edge,
               margin / 2 - WB_STRAIGHT, router->around);
  return router->around->len > n_before;
}

/* Goes round the two nodes, and then, as long as the way that is found hits others, round those too. */
static gboolean
go_round (Router *router, WbPoint from, WbPoint to, WbLayoutEdge edge, double margin)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (WbPoint));
  WbPoint out = {from.x, from.y + stub_at (router, from, edge, 1)};
  WbPoint in = {to.x, to.y - stub_at (router, to, edge, -1)};

  g_array_set_size (router->around, 0);
  g_array_append_val (router->around, router->boxes[edge.from]);
  g_array_append_val (router->around, router->boxes[edge.to]);
  do
    {
      g_array_set_size (found, 0);
      if (!wb_maze_find_way (out, in, (const WbBox *) router->around->data, router->around->len, margin,
                             &router->patience, found))
        return FALSE;
    }
  while (add_obstacles (router, found, edge, margin));

  g_array_set_size (router->way, 0);
  add_point (router->way, from);
  for (guint i = 0; i < found->len; i++)
    add_point (router->way, g_array_index (found, WbPoint, i));
  add_point (router->way, to);
  return TRUE;
}

/* Moves a part of the way, which is neither its first nor its last, aside by `distance` if that is sound, and leaves it
 * `margin` away from nodes. */
static gboolean
move_aside (Router *router, guint part, double distance, WbLayoutEdge edge, double margin)
{
  WbPoint *points = (WbPoint *) router->way->data;
  gboolean upright = points[part].x == points[part + 1].x;
  WbPoint moved[4] = {points[part - 1], points[part], points[part + 1], points[part + 2]};

  for (guint i = 1; i <= 2; i++)
    {
      moved[i].x += upright ? distance : 0;
      moved[i].y += upright ? 0 : distance;
    }
  /* What comes before and after must not turn round. */
  for (guint i = 0; i < 3; i += 2)
    {
      double was = upright ? points[part + i].x - points[part + i - 1].x : points[part + i].y - points[part + i - 1].y;
      double is = upright ? moved[i + 1].x - moved[i].x : moved[i + 1].y - moved[i].y;

      if (was * is <= 0)
        return FALSE;
    }
  if (is_taken (router, moved[1], moved[2], edge.from) || !is_clear (router, moved, 4, edge, margin))
    return FALSE;
  points[part] = moved[1];
  points[part + 1] = moved[2];
  return TRUE;
}

static gboolean
find_own_line (Router *router, guint part, WbLayoutEdge edge, double margin)
{
  for (int i = 1; i <= MOST_ASIDE; i++)
    if (move_aside (router, part, i * BETWEEN_RAILS, edge, margin) ||
        move_aside (router, part, i * -BETWEEN_RAILS, edge, margin))
      return TRUE;
  return FALSE;
}

/* Gives each part of the way a line of its own, where there is room. */
static void
keep_apart (Router *router, WbLayoutEdge edge)
{
  for (guint part = 1; part + 2 < router->way->len; part++)
    {
      const WbPoint *points = (const WbPoint *) router->way->data;

      if (is_taken (router, points[part], points[part + 1], edge.from) &&
          !find_own_line (router, part, edge, MARGIN / 2.0))
        find_own_line (router, part, edge, LEAST_MARGIN / 2);
    }
}

/* Tries a way with two bends at most. */
static gboolean
is_direct (Router *router, WbPoint from, WbPoint to, double y, WbLayoutEdge edge)
{
  double stub;

  go_directly (router, from, to, y);
  stub = router->way->len == 2 ? 0 : WB_STUB;
  return y - from.y >= stub && to.y - y >= stub &&
         is_clear (router, (const WbPoint *) router->way->data, router->way->len, edge, MARGIN / 2.0);
}

static void
route_edge (Router *router, WbLayoutEdge edge, double entrance)
{
  WbBox source = router->boxes[edge.from], target = router->boxes[edge.to];
  WbPoint from = {source.x + source.width / 2, source.y + source.height}, to = {entrance, target.y};
  double middle = (from.y + to.y) / 2, *turn = &router->turns[edge.from];

  if (!is_direct (router, from, to, *turn, edge) && !is_direct (router, from, to, middle, edge) &&
      !go_round (router, from, to, edge, MARGIN) && !go_round (router, from, to, edge, LEAST_MARGIN))
    go_directly (router, from, to, middle);
  keep_apart (router, edge);
  if (isnan (*turn) && router->way->len > 2)
    *turn = g_array_index (router->way, WbPoint, 1).y;
}

/* --- All edges -------------------------------------------------------------------------------------------------- */

static gboolean
hits_any (const WbPoint *points, guint n_points, const WbBox *boxes, guint n_boxes)
{
  for (guint i = 0; i + 1 < n_points; i++)
    for (guint j = 0; j < n_boxes; j++)
      if (runs_through (points[i], points[i + 1], boxes[j], LEAST_MARGIN / 2))
        return TRUE;
  return FALSE;
}

/* Nodes whose entering edges are routed anew: those that moved, or are fed by one that did, or whose edges hit one. */
static gboolean *
find_cut_off (const Router *router, const gboolean *moved, guint n_edges, const WbPoint *points, const guint *routes)
{
  gboolean *cut_off = g_new0 (gboolean, router->n_nodes);
  g_autofree WbBox *obstacles = g_new (WbBox, router->n_nodes);
  guint n = 0;

  for (guint i = 0; i < router->n_nodes; i++)
    if (moved[i])
      obstacles[n++] = router->boxes[i];
  for (guint i = 0; i < n_edges; i++)
    {
      WbLayoutEdge edge = router->edges[i];

      cut_off[edge.to] = cut_off[edge.to] || moved[edge.from] || moved[edge.to] ||
                         hits_any (points + routes[i], routes[i + 1] - routes[i], obstacles, n);
    }
  return cut_off;
}

typedef struct
{
  guint start, n;
} Stretch;

static void
keep_route (Router *router, WbLayoutEdge edge, const WbPoint *points, guint n, Stretch *stretch)
{
  *stretch = (Stretch){router->points->len, n};
  g_array_append_vals (router->points, points, n);
  lay_rails (router, points, n, edge.from);
}

/* Routes what enters a node; of duplicates, one, which the others share. */
static void
route_entering (Router *router, guint node, const WbFan *entering, WbArrival *arrivals, double *entrances,
                guint *edge_from, Stretch *stretches)
{
  guint n = 0;

  for (guint i = entering->start[node]; i < entering->start[node + 1]; i++)
    {
      guint edge = entering->edges[i], from = router->edges[edge].from;
      WbBox source = router->boxes[from];
      double y = source.y + source.height;

      if (from == node || edge_from[from] != WB_NONE)
        continue;
      edge_from[from] = edge;
      arrivals[n++] = (WbArrival){source.x + source.width / 2, y > router->boxes[node].y ? -INFINITY : y, edge};
    }
  if (n > 0)
    wb_spread_entrances (router->boxes[node], arrivals, n, entrances);
  for (guint i = 0; i < n; i++)
    {
      WbLayoutEdge edge = router->edges[arrivals[i].id];

      route_edge (router, edge, entrances[arrivals[i].id]);
      keep_route (router, edge, (const WbPoint *) router->way->data, router->way->len, &stretches[arrivals[i].id]);
    }
  for (guint i = entering->start[node]; i < entering->start[node + 1]; i++)
    if (router->edges[entering->edges[i]].from != node)
      stretches[entering->edges[i]] = stretches[edge_from[router->edges[entering->edges[i]].from]];
  for (guint i = entering->start[node]; i < entering->start[node + 1]; i++)
    edge_from[router->edges[entering->edges[i]].from] = WB_NONE;
}

static void
route_all (Router *router, const gboolean *cut_off, guint n_edges, const WbPoint *points, const guint *routes,
           Stretch *stretches)
{
  g_auto (WbFan) entering = wb_fan_entering (router->edges, n_edges, router->n_nodes);
  g_autofree WbArrival *arrivals = g_new (WbArrival, n_edges);
  g_autofree double *entrances = g_new (double, n_edges);
  g_autofree guint *edge_from = g_new (guint, router->n_nodes);

  for (guint i = 0; i < n_edges; i++)
    if (!cut_off[router->edges[i].to])
      keep_route (router, router->edges[i], points + routes[i], routes[i + 1] - routes[i], &stretches[i]);
  for (guint i = 0; i < router->n_nodes; i++)
    edge_from[i] = WB_NONE;
  for (guint i = 0; i < router->n_nodes; i++)
    if (cut_off[i])
      route_entering (router, i, &entering, arrivals, entrances, edge_from, stretches);
}

void
wb_route_around (const WbBox *boxes, const gboolean *moved, guint n_nodes, const WbLayoutEdge *edges, guint n_edges,
                 GArray **points, guint *routes)
{
  g_autoptr (GArray) routed = g_array_new (FALSE, FALSE, sizeof (WbPoint));
  g_autoptr (GArray) way = g_array_new (FALSE, FALSE, sizeof (WbPoint));
  g_autoptr (GArray) around = g_array_new (FALSE, FALSE, sizeof (WbBox));
  g_autoptr (GHashTable) rails = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_array_unref);
  g_autofree Stretch *stretches = g_new0 (Stretch, n_edges);
  g_autofree gboolean *cut_off = NULL;
  g_autoptr (WbIndex) index = wb_index_new (boxes, n_nodes);
  g_autofree double *turns = g_new (double, n_nodes);
  Router router = {.boxes = boxes,
                   .index = index,
                   .turns = turns,
                   .patience = PATIENCE,
                   .n_nodes = n_nodes,
                   .edges = edges,
                   .points = routed,
                   .rails = rails,
                   .way = way,
                   .around = around};
  GArray *sorted = g_array_new (FALSE, FALSE, sizeof (WbPoint));

  for (guint i = 0; i < n_nodes; i++)
    turns[i] = NAN;
  cut_off = find_cut_off (&router, moved, n_edges, (const WbPoint *) (*points)->data, routes);
  route_all (&router, cut_off, n_edges, (const WbPoint *) (*points)->data, routes, stretches);
  for (guint i = 0; i < n_edges; i++)
    {
      routes[i] = sorted->len;
      if (stretches[i].n > 0)
        g_array_append_vals (sorted, &g_array_index (routed, WbPoint, stretches[i].start), stretches[i].n);
    }
  routes[n_edges] = sorted->len;
  g_array_unref (*points);
  *points = sorted;
}
