/* lathe-tsne.c: points laid out in a plane, so that neighbours stay neighbours.
 *
 * van der Maaten & Hinton 2008, "Visualizing data using t-SNE", JMLR 9, with its own way of descending (momentum, and a
 * gain for each number), and what has been found since for many points: the learning rate grows with them, as does all
 * else that Kobak & Berens 2019, "The art of using t-SNE for single-cell transcriptomics", and Belkina et al. 2019
 * recommend: it is n / 12, and the neighbours attract 12 times as much for the first 250 steps.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-tsne.h"

#include <math.h>

#include "base/lathe-math.h"

#define EXAGGERATION 12.0
#define EARLY 250 /* steps with that */
#define EARLY_MOMENTUM 0.5
#define LATE_MOMENTUM 0.8
#define LEAST_RATE 50.0
#define LEAST_GAIN 0.01
#define POINTS_A_TILE 256
#define PROGRESS_INTERVAL (G_USEC_PER_SEC / 30)

/* --- The gradient --- */

typedef struct
{
  const LatheAffinities *affinities;
  const double *places;
  double exaggeration, sum; /* of all pairs' nearness */
  double *gradient;         /* n × 2: the push at first */
  double *costs;            /* a tile each, or NULL */
} Descent;

static void
find_gradient_tile (gpointer data, guint tile, guint thread)
{
  const Descent *descent = data;
  const LatheAffinities *a = descent->affinities;
  const double *at = descent->places;
  double cost = 0;

  for (guint i = tile * POINTS_A_TILE; i < MIN ((tile + 1) * POINTS_A_TILE, a->n); i++)
    {
      double *gradient = descent->gradient + 2 * i, pull_x = 0, pull_y = 0;

      for (gsize j = a->first[i]; j < a->first[i + 1]; j++)
        {
          double dx = at[2 * i] - at[2 * a->column[j]], dy = at[2 * i + 1] - at[2 * a->column[j] + 1];
          double near = 1 / (1 + dx * dx + dy * dy), share = descent->exaggeration * (double) a->share[j];

          pull_x += share * near * dx;
          pull_y += share * near * dy;
          if (descent->costs != NULL && share > 0)
            cost += share * lathe_log (share * descent->sum / near);
        }
      gradient[0] = 4 * (pull_x - gradient[0] / descent->sum);
      gradient[1] = 4 * (pull_y - gradient[1] / descent->sum);
    }
  if (descent->costs != NULL)
    descent->costs[tile] = cost;
}

/**
 * lathe_tsne_gradient:
 * @places: n × 2, finite; n is at least 2
 * @exaggeration: what the affinities are multiplied with: 1, but for the first steps
 * @theta: as in lathe_repulsion_find()
 * @gradient: (out caller-allocates): n × 2: of the cost by the places, van der Maaten & Hinton's equation 5
 * @cost: (out) (nullable): Kullback & Leibler's divergence of the map from the affinities
 *
 * Returns: the longest of the gradients; the same bits on any number of threads
 */
double
lathe_tsne_gradient (const LatheAffinities *affinities, LatheRepulsion *repulsion, const double *places,
                     double exaggeration, double theta, LathePool *pool, double *gradient, double *cost)
{
  guint n_tiles = (affinities->n + POINTS_A_TILE - 1) / POINTS_A_TILE;
  g_autofree double *costs = cost != NULL ? g_new (double, n_tiles) : NULL;
  Descent descent = {affinities, places, exaggeration, 0, gradient, costs};
  double longest = 0;

  descent.sum = lathe_repulsion_find (repulsion, places, theta, pool, gradient);
  lathe_pool_run (pool, n_tiles, find_gradient_tile, &descent);
  for (guint i = 0; i < affinities->n; i++)
    longest = fmax (longest, hypot (gradient[2 * i], gradient[2 * i + 1]));
  if (cost == NULL)
    return longest;
  *cost = 0;
  for (guint i = 0; i < n_tiles; i++)
    *cost += costs[i];
  return longest;
}

/* --- Descending --- */

typedef struct
{
  double *gradient, *step, *gain; /* n × 2 */
} Moves;

static void
moves_clear (Moves *moves)
{
  g_free (moves->gradient);
  g_free (moves->step);
  g_free (moves->gain);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Moves, moves_clear)

/* A number that goes on in its direction is let go faster, and one that turns back more slowly: Jacobs 1988. */
static void
move (const Moves *moves, double *places, guint n, double rate, double momentum)
{
  double middle[2] = {0};

  for (guint i = 0; i < 2 * n; i++)
    {
      gboolean goes_on = (moves->gradient[i] > 0) != (moves->step[i] > 0);

      moves->gain[i] = fmax (goes_on ? moves->gain[i] + 0.2 : moves->gain[i] * 0.8, LEAST_GAIN);
      moves->step[i] = momentum * moves->step[i] - rate * moves->gain[i] * moves->gradient[i];
      places[i] += moves->step[i];
      middle[i % 2] += places[i] / n;
    }
  for (guint i = 0; i < 2 * n; i++)
    places[i] -= middle[i % 2];
}

/**
 * lathe_tsne_lay_out:
 * @affinities: of at least 2 points
 * @places: (inout): n × 2: where to begin (near each other: within some 1e-4), and where they end
 * @progress: (nullable): told of steps
 * @cost: (out): as lathe_tsne_gradient() gives it, in the end
 *
 * Errors: G_IO_ERROR_CANCELLED; the places are of no use then.
 */
gboolean
lathe_tsne_lay_out (const LatheAffinities *affinities, double *places, guint iterations, LathePool *pool,
                    LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable, double *cost,
                    GError **error)
{
  guint n = affinities->n;
  g_autoptr (LatheRepulsion) repulsion = lathe_repulsion_new (n, lathe_pool_get_n_threads (pool));
  g_auto (Moves) moves = {g_new0 (double, 2 * n), g_new0 (double, 2 * n), g_new (double, 2 * n)};
  /* The gradient has the factor 4 that others leave to the rate. */
  double rate = fmax (n / EXAGGERATION / 4, LEAST_RATE);
  gint64 told = 0;

  for (guint i = 0; i < 2 * n; i++)
    moves.gain[i] = 1;
  for (guint i = 0; i < iterations; i++)
    {
      gboolean early = i < EARLY;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (progress != NULL && g_get_monotonic_time () - told >= PROGRESS_INTERVAL)
        {
          told = g_get_monotonic_time ();
          progress (i, iterations, progress_data);
        }
      lathe_tsne_gradient (affinities, repulsion, places, early ? EXAGGERATION : 1, LATHE_TSNE_THETA, pool,
                           moves.gradient, NULL);
      move (&moves, places, n, rate, early ? EARLY_MOMENTUM : LATE_MOMENTUM);
    }
  lathe_tsne_gradient (affinities, repulsion, places, 1, LATHE_TSNE_THETA, pool, moves.gradient, cost);
  return TRUE;
}
