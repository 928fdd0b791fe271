/* lathe-principal.c: principal component analysis.
 *
 * The directions are the leading eigenvectors of the covariance. They are found by subspace iteration with a
 * Rayleigh–Ritz step (Saad 2011, "Numerical methods for large eigenvalue problems", algorithm 5.3), on a few more
 * vectors than are wanted, so that it goes fast (Halko, Martinsson & Tropp 2011, section 4.5). The covariance itself is
 * never made: of the 4,096 features of a large network it would take longer than all the rest.
 *
 * Every sum is one thread's, in the order of the points or of the features.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-principal.h"

#include <math.h>
#include <string.h>

#include "base/lathe-eigen.h"
#include "base/lathe-rng.h"

#define SPARE 8 /* vectors besides those that are wanted */
#define MOST_ROUNDS 300
#define POINTS_A_TILE 64
#define FEATURES_A_TILE 16
#define NOTHING 1e-14 /* of a length: rounding, and no direction */

typedef struct
{
  const float *points; /* n × n_features */
  const double *mean;  /* n_features */
  guint n, n_features, k;
  double *basis; /* n_features × k: orthonormal columns */
  double *along; /* n × k: the points less their mean, times the basis */
  double *image; /* n_features × k: the covariance times the basis, times n - 1 */
  double *spare; /* n_features × k */
  double *small; /* k × k: the covariance as the basis sees it; then its eigenvalues lie on the diagonal */
  double *turn;  /* k × k: eigenvectors of that as rows */
  guint *order;  /* k: of the eigenvalues, the largest first */
} Work;

static void
work_clear (Work *work)
{
  g_free (work->basis);
  g_free (work->along);
  g_free (work->image);
  g_free (work->spare);
  g_free (work->small);
  g_free (work->turn);
  g_free (work->order);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

/* --- The covariance times a basis --- */

static void
project_tile (gpointer data, guint tile, guint thread)
{
  const Work *work = data;
  guint end = MIN ((tile + 1) * POINTS_A_TILE, work->n), k = work->k;

  for (guint i = tile * POINTS_A_TILE; i < end; i++)
    {
      const float *point = work->points + (gsize) i * work->n_features;
      double *along = work->along + (gsize) i * k;

      memset (along, 0, k * sizeof *along);
      for (guint d = 0; d < work->n_features; d++)
        {
          double x = (double) point[d] - work->mean[d];
          const double *row = work->basis + (gsize) d * k;

          for (guint j = 0; j < k; j++)
            along[j] += x * row[j];
        }
    }
}

static void
gather_tile (gpointer data, guint tile, guint thread)
{
  const Work *work = data;
  guint first = tile * FEATURES_A_TILE, end = MIN (first + FEATURES_A_TILE, work->n_features), k = work->k;

  memset (work->image + (gsize) first * k, 0, (gsize) (end - first) * k * sizeof (double));
  for (guint i = 0; i < work->n; i++)
    {
      const float *point = work->points + (gsize) i * work->n_features;
      const double *along = work->along + (gsize) i * k;

      for (guint d = first; d < end; d++)
        {
          double x = (double) point[d] - work->mean[d];
          double *row = work->image + (gsize) d * k;

          for (guint j = 0; j < k; j++)
            row[j] += x * along[j];
        }
    }
}

static guint
n_tiles (guint n, guint size)
{
  return (n + size - 1) / size;
}

static void
apply (Work *work, LathePool *pool)
{
  lathe_pool_run (pool, n_tiles (work->n, POINTS_A_TILE), project_tile, work);
  lathe_pool_run (pool, n_tiles (work->n_features, FEATURES_A_TILE), gather_tile, work);
}

/* --- Small matrices --- */

/* Gram and Schmidt's, twice over, so that rounding leaves nothing. A column that the others span becomes zeros. */
static void
orthonormalise (double *columns, guint rows, guint k)
{
  for (guint j = 0; j < k; j++)
    {
      double before = 0, length = 0;

      for (guint r = 0; r < rows; r++)
        before += columns[(gsize) r * k + j] * columns[(gsize) r * k + j];
      for (guint pass = 0; pass < 2; pass++)
        for (guint i = 0; i < j; i++)
          {
            double product = 0;

            for (guint r = 0; r < rows; r++)
              product += columns[(gsize) r * k + i] * columns[(gsize) r * k + j];
            for (guint r = 0; r < rows; r++)
              columns[(gsize) r * k + j] -= product * columns[(gsize) r * k + i];
          }
      for (guint r = 0; r < rows; r++)
        length += columns[(gsize) r * k + j] * columns[(gsize) r * k + j];
      length = length > NOTHING * before ? 1 / sqrt (length) : 0;
      for (guint r = 0; r < rows; r++)
        columns[(gsize) r * k + j] *= length;
    }
}

/* to (rows × k) = from (rows × k) times the eigenvectors, in the order of their eigenvalues. */
static void
turn_columns (const Work *work, double *to, const double *from)
{
  guint k = work->k;

  for (guint r = 0; r < work->n_features; r++)
    for (guint j = 0; j < k; j++)
      {
        double sum = 0;

        for (guint i = 0; i < k; i++)
          sum += from[(gsize) r * k + i] * work->turn[work->order[j] * k + i];
        to[(gsize) r * k + j] = sum;
      }
}

/* --- Rounds --- */

static void
begin_basis (Work *work)
{
  LatheRng rng = lathe_rng (0, LATHE_RNG_MAP, 0, 0);

  for (guint i = 0; i < work->n_features * work->k; i++)
    work->basis[i] = lathe_rng_uniform (&rng, i) - 0.5;
  orthonormalise (work->basis, work->n_features, work->k);
}

static void
sort_eigenvalues (Work *work)
{
  guint k = work->k;

  for (guint j = 0; j < k; j++)
    {
      guint at = j;

      for (; at > 0 && work->small[work->order[at - 1] * (k + 1)] < work->small[j * (k + 1)]; at--)
        work->order[at] = work->order[at - 1];
      work->order[at] = j;
    }
}

/* Turns the basis, and its image, so that each column is as near an eigenvector as the basis allows. */
static void
turn (Work *work)
{
  guint k = work->k;

  for (guint i = 0; i < k; i++)
    for (guint j = i; j < k; j++)
      {
        double sum = 0;

        for (guint r = 0; r < work->n_features; r++)
          sum += work->basis[(gsize) r * k + i] * work->image[(gsize) r * k + j];
        work->small[i * k + j] = work->small[j * k + i] = sum;
      }
  lathe_find_eigenvectors (work->small, work->turn, k);
  sort_eigenvalues (work);
  turn_columns (work, work->spare, work->basis);
  memcpy (work->basis, work->spare, (gsize) work->n_features * k * sizeof (double));
  turn_columns (work, work->spare, work->image);
  memcpy (work->image, work->spare, (gsize) work->n_features * k * sizeof (double));
}

static double
eigenvalue (const Work *work, guint j)
{
  return work->small[work->order[j] * (work->k + 1)];
}

/* How far the first columns are from eigenvectors, as a share of the largest eigenvalue. */
static double
find_residual (const Work *work, guint n_components)
{
  double most = 0;

  for (guint j = 0; j < n_components; j++)
    {
      double sum = 0;

      for (guint r = 0; r < work->n_features; r++)
        {
          gsize at = (gsize) r * work->k + j;
          double off = work->image[at] - eigenvalue (work, j) * work->basis[at];

          sum += off * off;
        }
      most = fmax (most, sqrt (sum));
    }
  return eigenvalue (work, 0) > 0 ? most / eigenvalue (work, 0) : 0;
}

static gboolean
iterate (Work *work, guint n_components, double tolerance, LathePool *pool, GCancellable *cancellable, GError **error)
{
  begin_basis (work);
  for (guint round = 0; round < MOST_ROUNDS; round++)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      apply (work, pool);
      turn (work);
      if (find_residual (work, n_components) <= tolerance)
        break;
      memcpy (work->basis, work->image, (gsize) work->n_features * work->k * sizeof (double));
      orthonormalise (work->basis, work->n_features, work->k);
    }
  return TRUE;
}

/* --- The result --- */

static double *
find_mean (const float *points, guint n, guint n_features)
{
  double *mean = g_new0 (double, n_features);

  for (guint i = 0; i < n; i++)
    for (guint d = 0; d < n_features; d++)
      mean[d] += (double) points[(gsize) i * n_features + d];
  for (guint d = 0; d < n_features; d++)
    mean[d] /= n;
  return mean;
}

static double
find_variance (const Work *work)
{
  double sum = 0;

  for (guint i = 0; i < work->n; i++)
    for (guint d = 0; d < work->n_features; d++)
      {
        double x = (double) work->points[(gsize) i * work->n_features + d] - work->mean[d];

        sum += x * x;
      }
  return work->n > 1 ? sum / (work->n - 1) : 0;
}

/* An eigenvector is one as well when it points the other way. */
static double
choose_sign (const double *axis, guint n_features)
{
  double most = 0;

  for (guint d = 0; d < n_features; d++)
    if (fabs (axis[d]) > fabs (most))
      most = axis[d];
  return most < 0 ? -1 : 1;
}

static void
fill (LathePrincipal *principal, Work *work)
{
  double largest = eigenvalue (work, 0);

  principal->variance = find_variance (work);
  for (guint j = 0; j < principal->n_components; j++)
    {
      double *axis = principal->axes + (gsize) j * principal->n_features, sign;
      gboolean exists = j < work->k && largest > 0 && eigenvalue (work, j) > NOTHING * largest;

      for (guint d = 0; d < principal->n_features && exists; d++)
        axis[d] = work->basis[(gsize) d * work->k + j];
      sign = choose_sign (axis, principal->n_features);
      for (guint d = 0; d < principal->n_features; d++)
        axis[d] *= sign;
      for (guint i = 0; i < principal->n && exists; i++)
        principal->places[(gsize) i * principal->n_components + j] = sign * work->along[(gsize) i * work->k + j];
      principal->variances[j] = exists && principal->n > 1 ? eigenvalue (work, j) / (principal->n - 1) : 0;
    }
}

/**
 * lathe_principal_new:
 * @points: n × n_features
 * @n: at least 1
 * @n_components: at least 1; where there are fewer directions, the others are zeros
 * @tolerance: how far an axis may be from an eigenvector, as a share of the largest eigenvalue: 1e-10 for one that is
 * to be looked at, 1e-3 where it is the space that they span that matters
 *
 * Errors: G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): the same, bit for bit, on any number of threads
 */
LathePrincipal *
lathe_principal_new (const float *points, guint n, guint n_features, guint n_components, double tolerance,
                     LathePool *pool, GCancellable *cancellable, GError **error)
{
  g_autoptr (LathePrincipal) principal = g_new0 (LathePrincipal, 1);
  g_auto (Work) work = {.points = points, .n = n, .n_features = n_features};
  guint k = work.k = MIN (n_components + SPARE, n_features);

  principal->n = n;
  principal->n_features = n_features;
  principal->n_components = n_components;
  principal->mean = find_mean (points, n, n_features);
  principal->axes = g_new0 (double, (gsize) n_components *n_features);
  principal->places = g_new0 (double, (gsize) n *n_components);
  principal->variances = g_new0 (double, n_components);
  work.mean = principal->mean;
  work.basis = g_new (double, (gsize) n_features *k);
  work.image = g_new (double, (gsize) n_features *k);
  work.spare = g_new (double, (gsize) n_features *k);
  work.along = g_new (double, (gsize) n *k);
  work.small = g_new (double, (gsize) k *k);
  work.turn = g_new (double, (gsize) k *k);
  work.order = g_new (guint, k);
  if (!iterate (&work, MIN (n_components, k), tolerance, pool, cancellable, error))
    return NULL;
  lathe_pool_run (pool, n_tiles (n, POINTS_A_TILE), project_tile, &work);
  fill (principal, &work);
  return g_steal_pointer (&principal);
}

void
lathe_principal_free (LathePrincipal *principal)
{
  g_free (principal->mean);
  g_free (principal->axes);
  g_free (principal->places);
  g_free (principal->variances);
  g_free (principal);
}
