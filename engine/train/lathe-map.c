/* lathe-map.c: images in a plane, so that what looks alike to a network lies together.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-map.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>

#include "base/lathe-error.h"
#include "base/lathe-rng.h"
#include "lathe-principal.h"
#include "lathe-tsne.h"

#define EXACT 1e-10      /* of an axis that is looked at */
#define ROUGH 1e-3       /* of a space that distances are taken in */
#define DIMENSIONS 50    /* of that: van der Maaten & Hinton 2008, section 4.2 */
#define LEAST_POINTS 5   /* fewer have no neighbourhoods */
#define START 1e-4       /* the spread with which t-SNE begins: Kobak & Berens 2019 */
#define START_NOISE 0.01 /* of that, so that what is the same in every feature can part */

const char *const lathe_map_names[] = {"tsne", "pca", NULL};
const char *const lathe_map_titles[] = {N_ ("Neighbourhoods (t-SNE)"), N_ ("Principal components (PCA)"), NULL};

/* --- t-SNE --- */

/* Along the two first components, the first of which then spreads by START. */
static void
begin_places (double *places, const LathePrincipal *principal, guint64 seed)
{
  LatheRng rng = lathe_rng (seed, LATHE_RNG_MAP, 1, 0);
  double spread = sqrt (principal->variances[0]), scale = spread > 0 ? START / spread : 0;

  for (guint i = 0; i < principal->n; i++)
    for (guint j = 0; j < 2; j++)
      {
        double noise = START * START_NOISE * (lathe_rng_uniform (&rng, 2 * i + j) - 0.5);
        gboolean exists = j < principal->n_components;

        places[2 * i + j] = (exists ? scale * principal->places[(gsize) i * principal->n_components + j] : 0) + noise;
      }
}

static float *
copy_places (const LathePrincipal *principal)
{
  gsize size = (gsize) principal->n * principal->n_components;
  float *copy = g_new (float, size);

  for (gsize i = 0; i < size; i++)
    copy[i] = (float) principal->places[i];
  return copy;
}

static gboolean
lay_out_neighbours (LatheMap *map, const LatheFeatures *features, const LatheMapOptions *options, LathePool *pool,
                    LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable, GError **error)
{
  guint n_dimensions = MIN (DIMENSIONS, features->n_features);
  g_autoptr (LathePrincipal) principal = lathe_principal_new (features->values, features->n, features->n_features,
                                                              n_dimensions, ROUGH, pool, cancellable, error);
  g_autoptr (LatheAffinities) affinities = NULL;
  g_autofree float *points = NULL;

  if (principal == NULL)
    return FALSE;
  points = copy_places (principal);
  affinities = lathe_affinities_new (points, features->n, n_dimensions, options->perplexity, pool, cancellable, error);
  if (affinities == NULL)
    return FALSE;
  begin_places (map->places, principal, options->seed);
  return lathe_tsne_lay_out (affinities, map->places, options->iterations, pool, progress, progress_data, cancellable,
                             &map->cost, error);
}

/* --- PCA --- */

static gboolean
lay_out_components (LatheMap *map, const LatheFeatures *features, LathePool *pool, GCancellable *cancellable,
                    GError **error)
{
  g_autoptr (LathePrincipal) principal =
      lathe_principal_new (features->values, features->n, features->n_features, 2, EXACT, pool, cancellable, error);

  if (principal == NULL)
    return FALSE;
  for (gsize i = 0; i < 2 * (gsize) features->n; i++)
    map->places[i] = principal->places[i];
  for (guint j = 0; j < 2 && principal->variance > 0; j++)
    map->shares[j] = principal->variances[j] / principal->variance;
  return TRUE;
}

/* --- Use --- */

/**
 * lathe_map_new:
 * @features: what does not differ has one place
 * @progress: (nullable): told of t-SNE's iterations
 *
 * Of fewer than five images t-SNE is PCA: there are no neighbourhoods.
 * Errors: LATHE_ERROR_DATA when a feature is not finite; LATHE_ERROR_MEMORY; G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): the same, bit for bit, on any number of threads
 */
LatheMap *
lathe_map_new (const LatheFeatures *features, const LatheMapOptions *options, LatheProgressFunc progress,
               gpointer progress_data, GCancellable *cancellable, GError **error)
{
  g_autoptr (LathePool) pool = lathe_pool_new (options->n_threads > 0 ? options->n_threads : lathe_default_threads ());
  g_autoptr (LatheMap) map = g_new0 (LatheMap, 1);
  gboolean ok;

  for (gsize i = 0; i < (gsize) features->n * features->n_features; i++)
    if (!isfinite (features->values[i]))
      {
        g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_DATA,
                             _ ("There is no map: what the network makes of an image is not a finite number. Its "
                                "weights are of no use; train it anew, with a lower learning rate"));
        return NULL;
      }
  map->method = features->n >= LEAST_POINTS ? options->method : LATHE_MAP_PCA;
  map->n = features->n;
  map->places = g_new0 (double, 2 * (gsize) features->n);
  map->shares[0] = map->shares[1] = map->cost = NAN;
  if (map->method == LATHE_MAP_PCA)
    ok = lay_out_components (map, features, pool, cancellable, error);
  else
    ok = lay_out_neighbours (map, features, options, pool, progress, progress_data, cancellable, error);
  return ok ? g_steal_pointer (&map) : NULL;
}

void
lathe_map_free (LatheMap *map)
{
  g_free (map->places);
  g_free (map);
}

/* --- Classes --- */

/**
 * lathe_features_get_labels:
 *
 * Returns: (transfer full): of each image its class in the dataset
 */
guint *
lathe_features_get_labels (const LatheFeatures *features, LatheDataset *dataset)
{
  guint *labels = g_new (guint, features->n);

  for (guint i = 0; i < features->n; i++)
    labels[i] = lathe_dataset_get_image (dataset, features->images[i])->label;
  return labels;
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/**
 * lathe_map_find_middle:
 * @labels: n
 * @middle: (out caller-allocates): the median in either direction: a few that have strayed do not move it
 *
 * Returns: FALSE where no image has that label
 */
gboolean
lathe_map_find_middle (const LatheMap *map, const guint *labels, guint label, double middle[2])
{
  g_autofree double *numbers = g_new (double, map->n);

  for (guint j = 0; j < 2; j++)
    {
      guint n = 0;

      for (guint i = 0; i < map->n; i++)
        if (labels[i] == label)
          numbers[n++] = map->places[2 * i + j];
      if (n == 0)
        return FALSE;
      qsort (numbers, n, sizeof (double), compare_numbers);
      middle[j] = numbers[n / 2];
    }
  return TRUE;
}

/* --- How well it keeps together what belongs together --- */

/* Of the k nearest to i, those that have its label. nearest: k: scratch */
static guint
count_alike (const LatheMap *map, const guint *labels, guint i, guint k, guint *nearest, double *distances)
{
  guint n = 0, alike = 0;

  for (guint j = 0; j < map->n; j++)
    {
      double dx = map->places[2 * j] - map->places[2 * i], dy = map->places[2 * j + 1] - map->places[2 * i + 1];
      double distance = dx * dx + dy * dy;
      guint at = n;

      if (j == i || (n == k && distance >= distances[k - 1]))
        continue;
      if (n < k)
        n++;
      else
        at = k - 1;
      for (; at > 0 && distances[at - 1] > distance; at--)
        {
          distances[at] = distances[at - 1];
          nearest[at] = nearest[at - 1];
        }
      distances[at] = distance;
      nearest[at] = j;
    }
  for (guint j = 0; j < n; j++)
    alike += labels[nearest[j]] == labels[i];
  return alike;
}

/**
 * lathe_map_agreement:
 * @labels: n
 * @k: at least 1
 *
 * Returns: the share of the k nearest on the map, of all images, that has the label of the image whose neighbours they
 * are; NAN of fewer than two images, or when it is cancelled
 */
double
lathe_map_agreement (const LatheMap *map, const guint *labels, guint k, GCancellable *cancellable)
{
  guint most = MIN (k, map->n - 1);
  g_autofree guint *nearest = g_new (guint, most + 1);
  g_autofree double *distances = g_new (double, most + 1);
  guint64 alike = 0;

  if (map->n < 2)
    return NAN;
  for (guint i = 0; i < map->n; i++)
    {
      if (g_cancellable_is_cancelled (cancellable))
        return NAN;
      alike += count_alike (map, labels, i, most, nearest, distances);
    }
  return (double) alike / ((double) map->n * most);
}
