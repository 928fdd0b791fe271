/* lathe-minimise.c: the lowest point of a smooth function of many numbers.
 *
 * L-BFGS: Nocedal & Wright, "Numerical Optimization", 2nd edition, algorithms 7.4 and 7.5, with a line search that goes
 * back until the value has fallen enough (Armijo), and pairs that would spoil the curvature left out. One thread, and
 * sums in order: the same bits wherever the objective gives the same.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-minimise.h"

#include <math.h>
#include <string.h>

#define MEMORY 12      /* pairs */
#define ENOUGH 1e-4    /* of the fall that the slope promises */
#define SHORTEST 1e-10 /* step of the line search */
#define LEAST_CURVATURE 1e-12

typedef struct
{
  gsize n;
  LatheObjective objective;
  gpointer data;
  double *x, *gradient, *direction, *next, *next_gradient;
  double *s[MEMORY], *y[MEMORY], rho[MEMORY]; /* of the pairs: step, change of the gradient, 1 / s·y */
  guint first, n_pairs;
  LatheMinimum minimum;
} Search;

static double
dot (const double *a, const double *b, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

static void
add (double *a, double factor, const double *b, gsize n)
{
  for (gsize i = 0; i < n; i++)
    a[i] += factor * b[i];
}

/* Algorithm 7.4: minus the inverse Hessian, as the pairs show it, times the gradient. */
static void
find_direction (Search *search)
{
  double alpha[MEMORY], *d = search->direction;

  for (gsize i = 0; i < search->n; i++)
    d[i] = -search->gradient[i];
  for (guint k = search->n_pairs; k-- > 0;)
    {
      guint at = (search->first + k) % MEMORY;

      alpha[k] = search->rho[at] * dot (search->s[at], d, search->n);
      add (d, -alpha[k], search->y[at], search->n);
    }
  if (search->n_pairs > 0)
    {
      guint newest = (search->first + search->n_pairs - 1) % MEMORY;
      double scale = 1 / (search->rho[newest] * dot (search->y[newest], search->y[newest], search->n));

      for (gsize i = 0; i < search->n; i++)
        d[i] *= scale;
    }
  for (guint k = 0; k < search->n_pairs; k++)
    {
      guint at = (search->first + k) % MEMORY;

      add (d, alpha[k] - search->rho[at] * dot (search->y[at], d, search->n), search->s[at], search->n);
    }
}

/* Leaves the next point and its gradient. Returns: FALSE where the value falls no further */
static gboolean
find_step (Search *search, guint most_evaluations, double *value)
{
  double slope = dot (search->gradient, search->direction, search->n);
  double step = search->n_pairs > 0 ? 1 : MIN (1, 1 / search->minimum.gradient_norm);

  for (; step > SHORTEST && search->minimum.n_evaluations < most_evaluations; step /= 2)
    {
      memcpy (search->next, search->x, search->n * sizeof *search->x);
      add (search->next, step, search->direction, search->n);
      *value = search->objective (search->next, search->next_gradient, search->data);
      search->minimum.n_evaluations++;
      if (*value <= search->minimum.value + ENOUGH * step * slope)
        return TRUE;
    }
  return FALSE;
}

static void
remember (Search *search)
{
  guint at;
  double curvature;

  if (search->n_pairs == MEMORY) /* the oldest makes room */
    {
      search->first = (search->first + 1) % MEMORY;
      search->n_pairs--;
    }
  at = (search->first + search->n_pairs) % MEMORY;
  for (gsize i = 0; i < search->n; i++)
    {
      search->s[at][i] = search->next[i] - search->x[i];
      search->y[at][i] = search->next_gradient[i] - search->gradient[i];
    }
  curvature = dot (search->s[at], search->y[at], search->n);
  if (!(curvature > LEAST_CURVATURE * dot (search->y[at], search->y[at], search->n)))
    return;
  search->rho[at] = 1 / curvature;
  search->n_pairs++;
}

static void
run (Search *search, double tolerance, guint most_evaluations)
{
  LatheMinimum *minimum = &search->minimum;
  double value;

  minimum->value = search->objective (search->x, search->gradient, search->data);
  minimum->n_evaluations = 1;
  minimum->gradient_norm = sqrt (dot (search->gradient, search->gradient, search->n));
  while (minimum->gradient_norm > tolerance && minimum->n_evaluations < most_evaluations)
    {
      find_direction (search);
      if (!find_step (search, most_evaluations, &value))
        {
          if (search->n_pairs == 0)
            return;
          search->n_pairs = 0; /* what was remembered leads nowhere: once more, straight down */
          continue;
        }
      remember (search);
      memcpy (search->x, search->next, search->n * sizeof *search->x);
      memcpy (search->gradient, search->next_gradient, search->n * sizeof *search->x);
      minimum->value = value;
      minimum->gradient_norm = sqrt (dot (search->gradient, search->gradient, search->n));
    }
}

/**
 * lathe_minimise:
 * @x: (inout): n numbers: where to begin, and the lowest point that was found
 * @tolerance: of the gradient's norm, at which it is done
 *
 * Ends, too, where the value falls no further within the precision of the objective.
 */
LatheMinimum
lathe_minimise (double *x, gsize n, LatheObjective objective, gpointer data, double tolerance, guint most_evaluations)
{
  g_autofree double *room = g_new (double, n *(4 + 2 * MEMORY));
  Search search = {
      .n = n,
      .objective = objective,
      .data = data,
      .x = x,
      .gradient = room,
      .direction = room + n,
      .next = room + 2 * n,
      .next_gradient = room + 3 * n,
  };

  for (guint k = 0; k < MEMORY; k++)
    {
      search.s[k] = room + (4 + 2 * k) * n;
      search.y[k] = room + (5 + 2 * k) * n;
    }
  run (&search, tolerance, most_evaluations);
  return search.minimum;
}
