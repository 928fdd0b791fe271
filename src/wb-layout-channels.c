/* wb-layout-channels.c: between the layers edges cross over, each on a track of its own; that gives each layer its y.
 *
 * What leaves a vertex is one net, as it carries the same: it goes straight down, or turns on to a track of the channel
 * below its layer, and from there down to each vertex that it feeds. Nets that would touch get different tracks, and
 * which is above which is chosen by how often they cross (as in Schulze, Spönemann & von Hanxleden 2014, "Drawing
 * Layered Graphs with Port Constraints").
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "wb-layout-private.h"

/* Canvas units. */
#define CHANNEL 36 /* the least height of one */
#define BETWEEN_TRACKS 11
#define BETWEEN_ENTRANCES 18
#define CORNER 12 /* entrances keep so far from a node's corners */
#define BETWEEN_LANES 14
#define TOO_NEAR 4.0 /* uprights that are nearer than this look like one */

/* Two nets on one upright line are as bad as so many crossings. */
#define OVERLAP 64
/* Nets of one channel whose order is worth choosing pair by pair. */
#define MOST_CHOSEN 128

typedef struct
{
  double from;      /* x where it comes down */
  gsize first_down; /* where it goes on down: in `downs` */
  guint n_down;
  double start, end; /* of its track */
  guint track;
  guint vertex; /* what it leaves; WB_NONE for the end of a lane */
  guint link;   /* of the end of a lane: the first of its links that end here */
} Net;

typedef struct
{
  WbSketch *sketch;
  WbFan entering;   /* links of each node */
  double *entrance; /* of each link: x at the border of the node that it enters */
  double *lane;     /* of each node: x of the lane outside the layers, for its loose links; NAN: has none */
  double *track;    /* of each vertex: y of what leaves it */
  double *lane_end; /* of each loose link: y where it leaves its lane */
  GArray *nets;     /* of the channel at hand */
  GArray *downs;    /* (element-type double) */
} Channels;

/* --- Lanes and entrances ---------------------------------------------------------------------------------------- */

static void
place_lanes (Channels *channels)
{
  const WbSketch *sketch = channels->sketch;
  const WbPart *part = sketch->part;
  double outside = -G_MAXDOUBLE;

  for (guint i = 0; i < sketch->n_vertices; i++)
    outside = MAX (outside, sketch->vertices[i].x + sketch->vertices[i].width / 2);
  for (guint i = 0; i < part->n_nodes; i++)
    channels->lane[i] = NAN;
  for (guint i = 0; i < part->n_links; i++)
    if (sketch->loose[i] && isnan (channels->lane[part->links[i].from]))
      channels->lane[part->links[i].from] = outside += BETWEEN_LANES;
}

static int
compare_arrivals (gconstpointer a, gconstpointer b)
{
  const WbArrival *left = a, *right = b;

  if (fabs (left->x - right->x) > WB_STRAIGHT)
    return left->x < right->x ? -1 : 1;
  return (left->id > right->id) - (left->id < right->id);
}

void
wb_spread_entrances (WbBox box, WbArrival *arrivals, guint n, double *entrances)
{
  double x = box.x + box.width / 2, middle = (n - 1) / 2.0, nearest = -INFINITY, step;

  qsort (arrivals, n, sizeof *arrivals, compare_arrivals);
  for (guint i = 0; i < n; i++)
    if (fabs (arrivals[i].x - x) <= WB_STRAIGHT && arrivals[i].y > nearest)
      {
        middle = i;
        nearest = arrivals[i].y;
      }
  step = (box.width / 2 - CORNER) / MAX (MAX (middle, n - 1 - middle), 0.5);
  step = CLAMP (step, 0, BETWEEN_ENTRANCES);
  for (guint i = 0; i < n; i++)
    {
      double entrance = x + (i - middle) * step;

      entrances[arrivals[i].id] = fabs (arrivals[i].x - entrance) <= step / 3 ? arrivals[i].x : entrance;
    }
}

static void
find_entrances (Channels *channels)
{
  const WbSketch *sketch = channels->sketch;
  const WbPart *part = sketch->part;
  g_autofree WbArrival *arrivals = g_new (WbArrival, part->n_links);

  for (guint i = 0; i < part->n_nodes; i++)
    {
      const WbVertex *self = &sketch->vertices[i];
      guint n = 0;

      for (guint j = sketch->above.start[i]; j < sketch->above.start[i + 1]; j++)
        {
          guint strand = sketch->above.edges[j];

          arrivals[n++] = (WbArrival){sketch->vertices[sketch->strands[strand].from].x, 0, sketch->link_of[strand]};
        }
      for (guint j = channels->entering.start[i]; j < channels->entering.start[i + 1]; j++)
        {
          guint link = channels->entering.edges[j];

          if (sketch->loose[link])
            arrivals[n++] = (WbArrival){channels->lane[part->links[link].from], 0, link};
        }
      if (n > 0)
        wb_spread_entrances ((WbBox){.x = self->x - self->width / 2, .width = self->width}, arrivals, n,
                             channels->entrance);
    }
}

/* --- Nets ------------------------------------------------------------------------------------------------------- */

static void
begin_net (Channels *channels, double from, guint vertex, guint link)
{
  Net net = {
      .from = from, .first_down = channels->downs->len, .start = from, .end = from, .vertex = vertex, .link = link};

  g_array_append_val (channels->nets, net);
}

static void
go_down (Channels *channels, double x)
{
  Net *net = &g_array_index (channels->nets, Net, channels->nets->len - 1);

  net->n_down++;
  net->start = MIN (net->start, x);
  net->end = MAX (net->end, x);
  g_array_append_val (channels->downs, x);
}

/* Forgets a net that needs no track. */
static void
end_net (Channels *channels)
{
  const Net *net = &g_array_index (channels->nets, Net, channels->nets->len - 1);

  if (net->end - net->start > WB_STRAIGHT)
    return;
  g_array_set_size (channels->downs, net->first_down);
  g_array_set_size (channels->nets, channels->nets->len - 1);
}

/* What leaves the layer above a channel. */
static void
collect_departures (Channels *channels, guint layer)
{
  const WbSketch *sketch = channels->sketch;

  for (guint i = sketch->layer_start[layer]; i < sketch->layer_start[layer + 1]; i++)
    {
      guint vertex = sketch->order[i];

      begin_net (channels, sketch->vertices[vertex].x, vertex, WB_NONE);
      for (guint j = sketch->below.start[vertex]; j < sketch->below.start[vertex + 1]; j++)
        {
          guint strand = sketch->below.edges[j], to = sketch->strands[strand].to;

          go_down (channels, wb_sketch_is_node (sketch, to) ? channels->entrance[sketch->link_of[strand]]
                                                            : sketch->vertices[to].x);
        }
      if (wb_sketch_is_node (sketch, vertex) && !isnan (channels->lane[vertex]))
        go_down (channels, channels->lane[vertex]);
      end_net (channels);
    }
}

/* What comes from lanes to the layer below a channel. */
static void
collect_lane_ends (Channels *channels, guint layer)
{
  const WbSketch *sketch = channels->sketch;
  const WbPart *part = sketch->part;

  for (guint i = sketch->layer_start[layer]; i < sketch->layer_start[layer + 1]; i++)
    {
      guint node = sketch->order[i];

      if (!wb_sketch_is_node (sketch, node))
        continue;
      for (guint j = channels->entering.start[node]; j < channels->entering.start[node + 1]; j++)
        {
          guint link = channels->entering.edges[j];

          if (!sketch->loose[link])
            continue;
          begin_net (channels, channels->lane[part->links[link].from], WB_NONE, link);
          go_down (channels, channels->entrance[link]);
          end_net (channels);
        }
    }
}

/* --- Tracks ----------------------------------------------------------------------------------------------------- */

static gboolean
touch (const Net *a, const Net *b)
{
  return a->start < b->end + TOO_NEAR && b->start < a->end + TOO_NEAR;
}

/* How bad it is to have the track of `a` above that of `b`. */
static guint
cost_of (const Channels *channels, const Net *a, const Net *b)
{
  guint cost = 0;

  if (!touch (a, b))
    return 0;
  cost += b->from > a->start && b->from < a->end;
  for (guint i = 0; i < a->n_down; i++)
    {
      double down = g_array_index (channels->downs, double, a->first_down + i);

      cost += down > b->start && down < b->end;
      cost += fabs (down - b->from) < TOO_NEAR ? OVERLAP : 0;
    }
  return cost;
}

/* Puts each net in turn where it costs least among those that are there. order: indices of nets, from the top. */
static void
choose_order (const Channels *channels, guint *order, guint n)
{
  const Net *nets = (const Net *) channels->nets->data;

  for (guint i = 0; i < n; i++)
    {
      gint64 cost = 0, least = 0; /* against being above all others */
      guint best = 0;

      for (guint j = 0; j < i; j++)
        {
          cost += (gint64) cost_of (channels, &nets[order[j]], &nets[i]);
          cost -= (gint64) cost_of (channels, &nets[i], &nets[order[j]]);
          if (cost <= least)
            {
              least = cost;
              best = j + 1;
            }
        }
      memmove (&order[best + 1], &order[best], (i - best) * sizeof *order);
      order[best] = i;
    }
}

/* Gives nets the highest track that is below those that they must be below. Returns how many tracks there are. */
static guint
assign_in_order (Channels *channels)
{
  Net *nets = (Net *) channels->nets->data;
  guint n = channels->nets->len, n_tracks = 0;
  guint order[MOST_CHOSEN];

  choose_order (channels, order, n);
  for (guint i = 0; i < n; i++)
    {
      Net *net = &nets[order[i]];

      for (guint j = 0; j < i; j++)
        if (touch (net, &nets[order[j]]))
          net->track = MAX (net->track, nets[order[j]].track + 1);
      n_tracks = MAX (n_tracks, net->track + 1);
    }
  return n_tracks;
}

static int
compare_starts (gconstpointer a, gconstpointer b)
{
  const Net *left = a, *right = b;

  if (left->start != right->start)
    return left->start < right->start ? -1 : 1;
  return (left->from > right->from) - (left->from < right->from);
}

/* Gives nets the first track that is free, from left to right: as few tracks as there can be. */
static guint
assign_densely (Channels *channels)
{
  Net *nets = (Net *) channels->nets->data;
  guint n = channels->nets->len, n_tracks = 0;
  g_autofree double *ends = g_new (double, n);

  qsort (nets, n, sizeof *nets, compare_starts);
  for (guint i = 0; i < n; i++)
    {
      guint track = 0;

      while (track < n_tracks && ends[track] + TOO_NEAR >= nets[i].start)
        track++;
      ends[track] = nets[i].end;
      nets[i].track = track;
      n_tracks = MAX (n_tracks, track + 1);
    }
  return n_tracks;
}

/* Lays out the channel below a layer, from y = `top` down. Returns where it ends. */
static double
lay_out_channel (Channels *channels, guint layer, double top)
{
  guint n_tracks;
  double height, first;

  g_array_set_size (channels->nets, 0);
  g_array_set_size (channels->downs, 0);
  collect_departures (channels, layer);
  collect_lane_ends (channels, layer + 1);
  n_tracks = channels->nets->len > MOST_CHOSEN ? assign_densely (channels) : assign_in_order (channels);

  height = MAX (CHANNEL, 2 * WB_STUB + (MAX (n_tracks, 1) - 1) * BETWEEN_TRACKS);
  first = top + (height - (MAX (n_tracks, 1) - 1) * BETWEEN_TRACKS) / 2;
  for (guint i = 0; i < channels->nets->len; i++)
    {
      const Net *net = &g_array_index (channels->nets, Net, i);

      if (net->vertex != WB_NONE)
        channels->track[net->vertex] = first + net->track * BETWEEN_TRACKS;
      else
        channels->lane_end[net->link] = first + net->track * BETWEEN_TRACKS;
    }
  return top + height;
}

/* --- Places and routes ------------------------------------------------------------------------------------------ */

static void
place_layers (Channels *channels)
{
  const WbSketch *sketch = channels->sketch;
  double top = 0;

  for (guint layer = 0; layer < sketch->n_layers; layer++)
    {
      double height = 0;

      for (guint i = sketch->layer_start[layer]; i < sketch->layer_start[layer + 1]; i++)
        height = MAX (height, sketch->vertices[sketch->order[i]].height);
      for (guint i = sketch->layer_start[layer]; i < sketch->layer_start[layer + 1]; i++)
        {
          guint vertex = sketch->order[i];

          if (!wb_sketch_is_node (sketch, vertex))
            continue;
          sketch->part->boxes[vertex].x = sketch->vertices[vertex].x - sketch->vertices[vertex].width / 2;
          sketch->part->boxes[vertex].y = top + (height - sketch->vertices[vertex].height) / 2;
        }
      top += height;
      if (layer + 1 < sketch->n_layers)
        top = lay_out_channel (channels, layer, top);
    }
}

/* Appends where a route that came down at the last point's x turns on to the track at `y`, and down again at `x`. */
static void
cross_over (GArray *points, double y, double x)
{
  WbPoint turn = {g_array_index (points, WbPoint, points->len - 1).x, y}, next = {x, y};

  if (fabs (x - turn.x) <= WB_STRAIGHT)
    return;
  g_array_append_val (points, turn);
  g_array_append_val (points, next);
}

static void
route_link (const Channels *channels, guint link)
{
  const WbSketch *sketch = channels->sketch;
  const WbPart *part = sketch->part;
  guint from = part->links[link].from, to = part->links[link].to, at = from;
  WbPoint start = {sketch->vertices[from].x, part->boxes[from].y + part->boxes[from].height};
  WbPoint end = {channels->entrance[link], part->boxes[to].y};

  g_array_append_val (part->points, start);
  if (sketch->loose[link])
    {
      cross_over (part->points, channels->track[from], channels->lane[from]);
      cross_over (part->points, channels->lane_end[link], end.x);
    }
  else
    {
      for (guint bend = sketch->first_bend[from]; sketch->vertices[at].layer + 1 < sketch->vertices[to].layer; bend++)
        {
          cross_over (part->points, channels->track[at], sketch->vertices[bend].x);
          at = bend;
        }
      cross_over (part->points, channels->track[at], end.x);
    }
  end.x = g_array_index (part->points, WbPoint, part->points->len - 1).x;
  g_array_append_val (part->points, end);
}

void
wb_sketch_route (WbSketch *sketch)
{
  WbPart *part = sketch->part;
  gsize n_links = part->n_links, n_nodes = part->n_nodes;
  g_autofree double *numbers = g_new (double, 2 * n_links + n_nodes + sketch->n_vertices);
  g_autoptr (GArray) nets = g_array_new (FALSE, FALSE, sizeof (Net));
  g_autoptr (GArray) downs = g_array_new (FALSE, FALSE, sizeof (double));
  g_auto (WbFan) entering = wb_fan_entering (part->links, part->n_links, part->n_nodes);
  Channels channels = {.sketch = sketch,
                       .entering = entering,
                       .entrance = numbers,
                       .lane_end = numbers + n_links,
                       .lane = numbers + 2 * n_links,
                       .track = numbers + 2 * n_links + n_nodes,
                       .nets = nets,
                       .downs = downs};

  place_lanes (&channels);
  find_entrances (&channels);
  place_layers (&channels);

  part->points = g_array_new (FALSE, FALSE, sizeof (WbPoint));
  part->routes = g_new (guint, n_links + 1);
  for (guint i = 0; i < n_links; i++)
    {
      part->routes[i] = part->points->len;
      route_link (&channels, i);
    }
  part->routes[n_links] = part->points->len;
}
