/* lathe-repulsion.c: how all points of a plane push each other apart.
 *
 * Barnes & Hut 1986: what is far away pushes as if it were all in one place. The points are put in the order of a
 * Z-shaped curve, so that any square of the plane's division into four, and four again, is a run of them; the squares
 * lie in the order in which they are entered, each with where to go on when it is not.
 *
 * Sixteen neighbours on the curve look at the squares together (Barnes 1990, "A modified tree code: don't laugh; it
 * runs"): what is far enough for all of them is listed once, and the list's inner loop is one of vectors.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-repulsion.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOGETHER 16 /* points that look at the squares together */
#define LEAF 8      /* points of a square that is not divided further */
#define LEVELS 16   /* bits of a place, in each direction */

typedef struct
{
  double x, y;  /* of the middle of its points */
  double mass;  /* how many they are */
  double width; /* of the square */
  guint first, n;
  guint after; /* the square that follows when this one is not entered */
  gboolean whole;
} Square;

/* What is looked at: places, and how many points lie there. */
typedef struct
{
  double *x, *y, *mass;
} List;

struct _LatheRepulsion
{
  guint n, n_threads;
  guint64 *order;  /* n: the place on the curve, and the point's number */
  double *x, *y;   /* n: in that order */
  GArray *squares; /* (element-type Square) */
  List *lists;     /* n_threads: n of each */
  double *sums;    /* of each TOGETHER points: of what they are pushed with */
  double width, theta;
  double *push;
};

/* --- The squares --- */

/* A bit is set between any two: 16 bits become 32. */
static guint32
widen (guint32 x)
{
  x = (x | x << 8) & 0x00ff00ff;
  x = (x | x << 4) & 0x0f0f0f0f;
  x = (x | x << 2) & 0x33333333;
  return (x | x << 1) & 0x55555555;
}

static int
compare_order (gconstpointer a, gconstpointer b)
{
  guint64 x = *(const guint64 *) a, y = *(const guint64 *) b;

  return (x > y) - (x < y);
}

static void
put_in_order (LatheRepulsion *r, const double *places)
{
  double left = INFINITY, right = -INFINITY, top = INFINITY, bottom = -INFINITY, scale;

  for (guint i = 0; i < r->n; i++)
    {
      left = fmin (left, places[2 * i]);
      right = fmax (right, places[2 * i]);
      top = fmin (top, places[2 * i + 1]);
      bottom = fmax (bottom, places[2 * i + 1]);
    }
  r->width = fmax (right - left, bottom - top);
  scale = r->width > 0 ? ((1 << LEVELS) - 1) / r->width : 0;
  for (guint i = 0; i < r->n; i++)
    {
      guint32 x = (guint32) ((places[2 * i] - left) * scale), y = (guint32) ((places[2 * i + 1] - top) * scale);

      r->order[i] = (guint64) (widen (x) | widen (y) << 1) << 32 | i;
    }
  qsort (r->order, r->n, sizeof *r->order, compare_order);
  for (guint i = 0; i < r->n; i++)
    {
      r->x[i] = places[2 * (guint32) r->order[i]];
      r->y[i] = places[2 * (guint32) r->order[i] + 1];
    }
}

/* Of the points from `first` to before `end` those that belong to the quarter; they are one run. */
static guint
find_end (const LatheRepulsion *r, guint first, guint end, guint level, guint quarter)
{
  guint shift = 32 + 2 * (LEVELS - 1 - level);

  while (first < end && (r->order[first] >> shift & 3) == quarter)
    first++;
  return first;
}

static void
divide (LatheRepulsion *r, guint first, guint end, guint level)
{
  Square square = {.mass = end - first, .width = ldexp (r->width, -(int) level), .first = first, .n = end - first};
  guint at = r->squares->len;

  for (guint i = first; i < end; i++)
    {
      square.x += r->x[i] / square.mass;
      square.y += r->y[i] / square.mass;
    }
  square.whole = square.n <= LEAF || level == LEVELS;
  g_array_append_val (r->squares, square);
  for (guint quarter = 0; quarter < 4 && !square.whole; quarter++)
    {
      guint next = find_end (r, first, end, level, quarter);

      if (next > first)
        divide (r, first, next, level + 1);
      first = next;
    }
  g_array_index (r->squares, Square, at).after = r->squares->len;
}

/* --- Looking at them --- */

typedef struct
{
  double left, right, top, bottom;
} Bounds;

static Bounds
find_bounds (const LatheRepulsion *r, guint first, guint n)
{
  Bounds bounds = {INFINITY, -INFINITY, INFINITY, -INFINITY};

  for (guint i = first; i < first + n; i++)
    {
      bounds.left = fmin (bounds.left, r->x[i]);
      bounds.right = fmax (bounds.right, r->x[i]);
      bounds.top = fmin (bounds.top, r->y[i]);
      bounds.bottom = fmax (bounds.bottom, r->y[i]);
    }
  return bounds;
}

/* Squared, from the nearest that a point may be. */
static double
find_distance (const Bounds *bounds, const Square *square)
{
  double x = fmax (0, fmax (bounds->left - square->x, square->x - bounds->right));
  double y = fmax (0, fmax (bounds->top - square->y, square->y - bounds->bottom));

  return x * x + y * y;
}

/* Returns: how many */
static guint
list_squares (const LatheRepulsion *r, const Bounds *bounds, const List *list)
{
  const Square *squares = (const Square *) r->squares->data;
  guint n = 0;

  for (guint at = 0; at < r->squares->len;)
    {
      const Square *square = &squares[at];
      gboolean far = square->width * square->width < r->theta * r->theta * find_distance (bounds, square);

      if (far)
        {
          list->x[n] = square->x;
          list->y[n] = square->y;
          list->mass[n++] = square->mass;
        }
      for (guint i = square->first; !far && square->whole && i < square->first + square->n; i++)
        {
          list->x[n] = r->x[i];
          list->y[n] = r->y[i];
          list->mass[n++] = 1;
        }
      at = far || square->whole ? square->after : at + 1;
    }
  return n;
}

static void
push_together (gpointer data, guint tile, guint thread)
{
  LatheRepulsion *r = data;
  guint first = tile * TOGETHER, n = MIN (TOGETHER, r->n - first);
  Bounds bounds = find_bounds (r, first, n);
  const List *list = &r->lists[thread];
  guint n_listed = list_squares (r, &bounds, list);
  double x[TOGETHER], y[TOGETHER], push_x[TOGETHER] = {0}, push_y[TOGETHER] = {0}, sum[TOGETHER] = {0};

  for (guint i = 0; i < TOGETHER; i++)
    {
      x[i] = r->x[first + MIN (i, n - 1)];
      y[i] = r->y[first + MIN (i, n - 1)];
    }
  for (guint j = 0; j < n_listed; j++)
    {
      double at_x = list->x[j], at_y = list->y[j], mass = list->mass[j];

      for (guint i = 0; i < TOGETHER; i++)
        {
          double dx = x[i] - at_x, dy = y[i] - at_y, near = 1 / (1 + dx * dx + dy * dy), some = mass * near;

          sum[i] += some;
          push_x[i] += some * near * dx;
          push_y[i] += some * near * dy;
        }
    }
  r->sums[tile] = 0;
  for (guint i = 0; i < n; i++)
    {
      guint point = (guint32) r->order[first + i];

      r->sums[tile] += sum[i] - 1; /* it is no neighbour of itself */
      r->push[2 * point] = push_x[i];
      r->push[2 * point + 1] = push_y[i];
    }
}

static guint
n_tiles (const LatheRepulsion *r)
{
  return (r->n + TOGETHER - 1) / TOGETHER;
}

/**
 * lathe_repulsion_find:
 * @places: n × 2, finite
 * @theta: a square pushes as one where it is less wide than this times its distance; 0: none does
 * @push: (out caller-allocates): n × 2: Σ over the others of (1 + d²)⁻² times the way from there to here
 *
 * With theta of 0.5 the pushes are off by about one in a hundred.
 *
 * Returns: Σ over all pairs of 1 / (1 + d²), each pair twice; the same bits on any number of threads
 */
double
lathe_repulsion_find (LatheRepulsion *r, const double *places, double theta, LathePool *pool, double *push)
{
  double sum = 0;

  put_in_order (r, places);
  g_array_set_size (r->squares, 0);
  divide (r, 0, r->n, 0);
  r->theta = theta;
  r->push = push;
  lathe_pool_run (pool, n_tiles (r), push_together, r);
  for (guint i = 0; i < n_tiles (r); i++)
    sum += r->sums[i];
  return sum;
}

/**
 * lathe_repulsion_new:
 * @n: at least 1
 * @n_threads: of the pools that it will be given, at most
 *
 * Returns: (transfer full)
 */
LatheRepulsion *
lathe_repulsion_new (guint n, guint n_threads)
{
  LatheRepulsion *r = g_new0 (LatheRepulsion, 1);

  r->n = n;
  r->n_threads = n_threads;
  r->order = g_new (guint64, n);
  r->x = g_new (double, n);
  r->y = g_new (double, n);
  r->squares = g_array_new (FALSE, FALSE, sizeof (Square));
  r->sums = g_new (double, n_tiles (r));
  r->lists = g_new (List, n_threads);
  for (guint i = 0; i < n_threads; i++)
    r->lists[i] = (List){g_new (double, n), g_new (double, n), g_new (double, n)};
  return r;
}

void
lathe_repulsion_free (LatheRepulsion *r)
{
  for (guint i = 0; i < r->n_threads; i++)
    {
      g_free (r->lists[i].x);
      g_free (r->lists[i].y);
      g_free (r->lists[i].mass);
    }
  g_free (r->lists);
  g_free (r->order);
  g_free (r->x);
  g_free (r->y);
  g_free (r->sums);
  g_array_unref (r->squares);
  g_free (r);
}
