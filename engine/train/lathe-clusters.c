/* lathe-clusters.c: images in groups that look alike to a trunk: proposals for classes where there are none yet.
 *
 * k-means, begun as k-means++ begins it (Arthur & Vassilvitskii 2007), several times over, on the principal components
 * of the rows of length 1: what lies across them is noise to a distance. How many clusters there are, where nobody
 * says, is how many give the largest mean silhouette; the silhouette by the distances to the centres, as Hruschka,
 * de Castro & Campello 2004 simplify that of Rousseeuw 1987: (b − a) / max (a, b), with a the distance to the own
 * centre and b that to the nearest other. A group is not to be of fewer than FEWEST_OF_ONE images then: the more
 * centres for the same images, the nearer they come to each by chance.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-clusters.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "base/lathe-rng.h"
#include "lathe-principal.h"

#define LEAST_DIMENSIONS 10
#define DIMENSIONS_OF_ONE 2 /* for each cluster, where these are more */
#define FEWEST_OF_ONE 20    /* images, in the mean */
#define TOLERANCE 1e-3      /* of the axes: as lathe-map.c takes distances */
#define STARTS 10
#define MOST_ROUNDS 100
#define POINTS_A_TILE 256

/* Points, and centres among them. */
typedef struct
{
  const double *points; /* n × stride, of which the first d count */
  guint n, d, stride, k;
  double *centres;    /* k × d */
  guint *nearest;     /* n */
  double *to_nearest; /* n: squared distances, */
  double *to_next;    /* n: and to the nearest other centre */
  LathePool *pool;
} Means;

static void
means_clear (Means *means)
{
  g_clear_pointer (&means->centres, g_free);
  g_clear_pointer (&means->nearest, g_free);
  g_clear_pointer (&means->to_nearest, g_free);
  g_clear_pointer (&means->to_next, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Means, means_clear)

/* d: of the principal components; as many as there are, where these are fewer. */
static void
means_init (Means *means, const LathePrincipal *principal, guint k, guint d, LathePool *pool)
{
  d = MIN (d, principal->n_components);
  *means = (Means){
      .points = principal->places,
      .n = principal->n,
      .d = d,
      .stride = principal->n_components,
      .k = k,
      .centres = g_new0 (double, (gsize) k *d),
      .nearest = g_new0 (guint, principal->n),
      .to_nearest = g_new0 (double, principal->n),
      .to_next = g_new0 (double, principal->n),
      .pool = pool,
  };
}

static const double *
get_point (const Means *means, guint i)
{
  return means->points + (gsize) i * means->stride;
}

static double
measure (const double *a, const double *b, guint d)
{
  double sum = 0;

  for (guint i = 0; i < d; i++)
    sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

/* A LatheTileFunc. */
static void
assign_tile (gpointer data, guint tile, guint thread)
{
  Means *means = data;
  guint end = MIN ((tile + 1) * POINTS_A_TILE, means->n);

  for (guint i = tile * POINTS_A_TILE; i < end; i++)
    {
      means->to_nearest[i] = means->to_next[i] = INFINITY;
      for (guint c = 0; c < means->k; c++)
        {
          double distance = measure (get_point (means, i), means->centres + (gsize) c * means->d, means->d);

          if (distance < means->to_nearest[i])
            {
              means->to_next[i] = means->to_nearest[i];
              means->to_nearest[i] = distance;
              means->nearest[i] = c;
            }
          else
            means->to_next[i] = fmin (means->to_next[i], distance);
        }
    }
}

/* Returns: the sum of the squared distances to the nearest centres */
static double
assign (Means *means)
{
  double sum = 0;

  lathe_pool_run (means->pool, (means->n + POINTS_A_TILE - 1) / POINTS_A_TILE, assign_tile, means);
  for (guint i = 0; i < means->n; i++)
    sum += means->to_nearest[i];
  return sum;
}

static void
put_centre (Means *means, guint centre, guint point)
{
  memcpy (means->centres + (gsize) centre * means->d, get_point (means, point), means->d * sizeof (double));
}

/* Each next centre is a point drawn with a chance that grows with the square of its distance to those before it. */
static void
begin (Means *means, const LatheRng *rng)
{
  guint k = means->k;

  put_centre (means, 0, lathe_rng_below (rng, 0, means->n));
  for (guint c = 1; c < k; c++)
    {
      double left;
      guint i = 0;

      means->k = c;
      left = lathe_rng_uniform (rng, 2 * c) * assign (means);
      while (i + 1 < means->n && (left -= means->to_nearest[i]) > 0)
        i++;
      put_centre (means, c, i);
    }
  means->k = k;
}

/* To the mean of its points; one without any goes to the point that is furthest from its own. */
static void
move_centres (Means *means)
{
  g_autofree guint *counts = g_new0 (guint, means->k);

  memset (means->centres, 0, (gsize) means->k * means->d * sizeof (double));
  for (guint i = 0; i < means->n; i++)
    {
      double *centre = means->centres + (gsize) means->nearest[i] * means->d;

      counts[means->nearest[i]]++;
      for (guint j = 0; j < means->d; j++)
        centre[j] += get_point (means, i)[j];
    }
  for (guint c = 0; c < means->k; c++)
    {
      guint furthest = 0;

      for (guint j = 0; j < means->d && counts[c] > 0; j++)
        means->centres[(gsize) c * means->d + j] /= counts[c];
      if (counts[c] > 0)
        continue;
      for (guint i = 1; i < means->n; i++)
        if (means->to_nearest[i] > means->to_nearest[furthest])
          furthest = i;
      put_centre (means, c, furthest);
      means->to_nearest[furthest] = 0;
    }
}

/* Returns: the sum of the squared distances */
static double
settle (Means *means, const LatheRng *rng)
{
  double sum = INFINITY;

  begin (means, rng);
  for (guint round = 0; round < MOST_ROUNDS; round++)
    {
      double now = assign (means);

      if (!(now < sum * (1 - 1e-9)))
        return now;
      sum = now;
      move_centres (means);
    }
  return assign (means);
}

/* The best of several starts. */
static gboolean
find (Means *means, guint64 seed, GCancellable *cancellable, GError **error)
{
  g_autofree double *best = g_new0 (double, (gsize) means->k * means->d);
  double least = INFINITY;

  for (guint start = 0; start < STARTS; start++)
    {
      LatheRng rng = lathe_rng (seed, LATHE_RNG_CLUSTERS, means->k, start);
      double sum;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      sum = settle (means, &rng);
      if (!(sum < least))
        continue;
      least = sum;
      memcpy (best, means->centres, (gsize) means->k * means->d * sizeof (double));
    }
  memcpy (means->centres, best, (gsize) means->k * means->d * sizeof (double));
  assign (means);
  return TRUE;
}

static double
find_silhouette (const Means *means)
{
  double sum = 0;

  for (guint i = 0; i < means->n; i++)
    {
      double a = sqrt (means->to_nearest[i]), b = sqrt (means->to_next[i]);

      sum += b > 0 && isfinite (b) ? (b - a) / b : 0;
    }
  return means->n > 0 ? sum / means->n : 0;
}

/* --- Groups --- */

typedef struct
{
  guint32 image;
  double distance;
} Member;

static int
compare_members (gconstpointer a, gconstpointer b)
{
  const Member *x = a, *y = b;

  if (x->distance != y->distance)
    return x->distance < y->distance ? -1 : 1;
  return (x->image > y->image) - (x->image < y->image);
}

/* The larger one first; of equals the one with the first image. */
static int
compare_groups (gconstpointer a, gconstpointer b)
{
  const GArray *x = *(GArray *const *) a, *y = *(GArray *const *) b;

  if (x->len != y->len)
    return x->len > y->len ? -1 : 1;
  return x->len == 0 || g_array_index (x, guint32, 0) < g_array_index (y, guint32, 0) ? -1 : 1;
}

static void
free_group (gpointer group)
{
  g_array_unref (group);
}

static GArray *
gather (const Means *means, guint centre, const guint32 *images)
{
  g_autoptr (GArray) members = g_array_new (FALSE, FALSE, sizeof (Member));
  GArray *group = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < means->n; i++)
    if (means->nearest[i] == centre)
      g_array_append_val (members, ((Member){images[i], means->to_nearest[i]}));
  g_array_sort (members, compare_members);
  for (guint i = 0; i < members->len; i++)
    g_array_append_val (group, g_array_index (members, Member, i).image);
  return group;
}

static LatheClusters *
make_clusters (const Means *means, const guint32 *images)
{
  LatheClusters *clusters = g_new0 (LatheClusters, 1);

  clusters->silhouette = find_silhouette (means);
  clusters->groups = g_ptr_array_new_with_free_func (free_group);
  for (guint c = 0; c < means->k; c++)
    {
      GArray *group = gather (means, c, images);

      if (group->len > 0)
        g_ptr_array_add (clusters->groups, group);
      else
        g_array_unref (group);
    }
  g_ptr_array_sort (clusters->groups, compare_groups);
  return clusters;
}

void
lathe_clusters_free (LatheClusters *clusters)
{
  g_ptr_array_unref (clusters->groups);
  g_free (clusters);
}

/* --- All of it --- */

/* The rows that are asked about. images: (out): the image of each */
static float *
copy_rows (const LatheDescriptors *descriptors, const GArray *asked, guint32 *images, guint *n)
{
  guint n_asked = asked != NULL ? asked->len : descriptors->n, d = descriptors->n_features;
  float *rows = g_new (float, (gsize) n_asked *d);

  *n = 0;
  for (guint i = 0; i < n_asked; i++)
    {
      guint32 image = asked != NULL ? g_array_index (asked, guint32, i) : descriptors->images[i];
      int row = descriptors->rows[image];

      for (guint j = 0; j < d && row >= 0; j++)
        rows[(gsize) *n * d + j] = (float) descriptors->values[(gsize) row * d + j];
      if (row >= 0)
        images[(*n)++] = image;
    }
  return rows;
}

/* best: (inout): the number, where its silhouette is larger than the one before */
static gboolean
try_number (const LathePrincipal *principal, guint k, guint64 seed, LathePool *pool, guint *best, double *silhouette,
            GCancellable *cancellable, GError **error)
{
  g_auto (Means) means = {0};

  means_init (&means, principal, k, LEAST_DIMENSIONS, pool);
  if (!find (&means, seed, cancellable, error))
    return FALSE;
  if (find_silhouette (&means) > *silhouette)
    {
      *silhouette = find_silhouette (&means);
      *best = k;
    }
  return TRUE;
}

/* The number with the largest silhouette. Returns: 0 with an error */
static guint
choose_number (const LathePrincipal *principal, guint64 seed, LathePool *pool, GCancellable *cancellable,
               GError **error)
{
  guint best = 2, most = CLAMP (principal->n / FEWEST_OF_ONE, 2, LATHE_MOST_TRIED);
  double silhouette = -INFINITY;

  for (guint k = 2; k <= most; k++)
    if (!try_number (principal, k, seed, pool, &best, &silhouette, cancellable, error))
      return 0;
  return best;
}

/* Returns: (transfer full) (nullable) */
static LathePrincipal *
find_components (const LatheDescriptors *descriptors, const float *rows, guint n, guint n_clusters, LathePool *pool,
                 GCancellable *cancellable, GError **error)
{
  guint most = n_clusters > 0 ? n_clusters : LATHE_MOST_TRIED;
  guint n_components = MIN (MAX (LEAST_DIMENSIONS, DIMENSIONS_OF_ONE * most), MIN (n - 1, descriptors->n_features));

  return lathe_principal_new (rows, n, descriptors->n_features, n_components, TOLERANCE, pool, cancellable, error);
}

/**
 * lathe_clusters_new:
 * @images: (nullable) (element-type guint32): indices into the dataset; NULL: all
 * @n_clusters: at most LATHE_MOST_CLUSTERS; 0: the number of 2 … LATHE_MOST_TRIED with the largest silhouette
 *
 * Images without features are in no group.
 * Errors: LATHE_ERROR_DATA where there are no more images than groups; LATHE_ERROR_MEMORY; G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): the same with the same seed, on any number of threads
 */
LatheClusters *
lathe_clusters_new (const LatheDescriptors *descriptors, const GArray *images, guint n_clusters, guint64 seed,
                    LathePool *pool, GCancellable *cancellable, GError **error)
{
  g_autofree guint32 *of_row = g_new (guint32, images != NULL ? images->len : descriptors->n);
  g_autofree float *rows = NULL;
  g_autoptr (LathePrincipal) principal = NULL;
  g_auto (Means) means = {0};
  guint n;

  g_return_val_if_fail (n_clusters <= LATHE_MOST_CLUSTERS, NULL);

  rows = copy_rows (descriptors, images, of_row, &n);
  if (n <= MAX (n_clusters, 2))
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
                   _ ("%u images are too few to be divided into %u groups: add some"), n, MAX (n_clusters, 2));
      return NULL;
    }
  principal = find_components (descriptors, rows, n, n_clusters, pool, cancellable, error);
  if (principal == NULL)
    return NULL;
  if (n_clusters == 0 && (n_clusters = choose_number (principal, seed, pool, cancellable, error)) == 0)
    return NULL;
  means_init (&means, principal, n_clusters, MAX (LEAST_DIMENSIONS, DIMENSIONS_OF_ONE * n_clusters), pool);
  return find (&means, seed, cancellable, error) ? make_clusters (&means, of_row) : NULL;
}
