/* test-map.c: images laid out in a plane.
 *
 * fixtures/map.json is the other side of the principal components, made by reference/make-map.py.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "graphs.h"
#include "lathe.h"
#include "train/lathe-principal.h"
#include "train/lathe-tsne.h"

#define FEW 60
#define CLUSTERS 8
#define CLUSTERED 640
#define DIMENSIONS 20

static double
draw (const LatheRng *rng, guint i)
{
  double sum = 0;

  for (guint j = 0; j < 12; j++)
    sum += lathe_rng_uniform (rng, 12 * i + j) - 0.5;
  return sum; /* near enough to normal */
}

static float *
scatter (guint n, guint n_features, guint seed)
{
  LatheRng rng = lathe_rng (seed, LATHE_RNG_NOISE, 0, 0);
  float *points = g_new (float, n *n_features);

  for (guint i = 0; i < n * n_features; i++)
    points[i] = (float) draw (&rng, i);
  return points;
}

/* Point i belongs to cluster i % CLUSTERS. */
static LatheFeatures *
plant_clusters (guint n, double apart)
{
  g_autofree float *middles = scatter (CLUSTERS, DIMENSIONS, 3);
  LatheFeatures *features = g_new0 (LatheFeatures, 1);

  features->n = n;
  features->n_features = DIMENSIONS;
  features->values = scatter (n, DIMENSIONS, 4);
  for (guint i = 0; i < n; i++)
    for (guint d = 0; d < DIMENSIONS; d++)
      features->values[i * DIMENSIONS + d] += (float) (apart * (double) middles[i % CLUSTERS * DIMENSIONS + d]);
  return features;
}

static guint *
planted_labels (guint n)
{
  guint *labels = g_new (guint, n);

  for (guint i = 0; i < n; i++)
    labels[i] = i % CLUSTERS;
  return labels;
}

static double
distance (const double *places, guint i, guint j)
{
  return pow (places[2 * i] - places[2 * j], 2) + pow (places[2 * i + 1] - places[2 * j + 1], 2);
}

/* --- Principal components --- */

static void
read_numbers (JsonObject *object, const char *name, double *numbers)
{
  JsonArray *array = json_object_get_array_member (object, name);

  for (guint i = 0; i < json_array_get_length (array); i++)
    if (JSON_NODE_HOLDS_ARRAY (json_array_get_element (array, i)))
      {
        JsonArray *row = json_array_get_array_element (array, i);
        guint columns = json_array_get_length (row);

        for (guint j = 0; j < columns; j++)
          numbers[i * columns + j] = json_array_get_double_element (row, j);
      }
    else
      {
        numbers[i] = json_array_get_double_element (array, i);
      }
}

static void
assert_near (const double *a, const double *b, guint n, double tolerance)
{
  for (guint i = 0; i < n; i++)
    g_assert_cmpfloat (fabs (a[i] - b[i]), <=, tolerance);
}

static void
check_principal (JsonObject *object, guint n_components)
{
  guint n = (guint) json_object_get_int_member (object, "n");
  guint n_features = (guint) json_object_get_int_member (object, "features");
  g_autofree double *numbers = g_new (double, n *MAX (n_features, n_components));
  g_autofree float *points = g_new (float, n *n_features);
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LathePrincipal) principal = NULL;

  read_numbers (object, "points", numbers);
  for (guint i = 0; i < n * n_features; i++)
    points[i] = (float) numbers[i];
  principal = lathe_principal_new (points, n, n_features, n_components, 1e-10, pool, NULL, NULL);
  g_assert_cmpfloat (fabs (principal->variance / json_object_get_double_member (object, "variance") - 1), <, 1e-12);
  read_numbers (object, "variances", numbers);
  assert_near (principal->variances, numbers, n_components, 1e-9 * numbers[0]);
  read_numbers (object, "axes", numbers);
  assert_near (principal->axes, numbers, n_components * n_features, 1e-8);
  read_numbers (object, "places", numbers);
  assert_near (principal->places, numbers, n * n_components, 1e-7);
}

static void
test_components_are_those_of_numpy (void)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "fixtures", "map.json", NULL);
  g_autoptr (GError) error = NULL;
  JsonObject *fixture;
  JsonArray *cases;

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  fixture = json_node_get_object (json_parser_get_root (parser));
  cases = json_object_get_array_member (fixture, "cases");
  g_assert_cmpuint (json_array_get_length (cases), ==, 2);
  for (guint i = 0; i < json_array_get_length (cases); i++)
    check_principal (json_array_get_object_element (cases, i),
                     (guint) json_object_get_int_member (fixture, "components"));
}

static void
test_points_of_a_line_have_one_component (void)
{
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LathePrincipal) principal = NULL;
  float points[FEW * 3];

  for (guint i = 0; i < FEW; i++)
    for (guint d = 0; d < 3; d++)
      points[3 * i + d] = (float) (i * (d + 1));
  principal = lathe_principal_new (points, FEW, 3, 2, 1e-10, pool, NULL, NULL);
  g_assert_cmpfloat (fabs (principal->variances[0] / principal->variance - 1), <, 1e-9);
  g_assert_cmpfloat (principal->variances[1], <, 1e-9 * principal->variance);
  for (guint i = 0; i < FEW; i++)
    g_assert_cmpfloat (fabs (principal->places[2 * i + 1]), <, 1e-4);
}

/* --- Neighbours --- */

/* Of the neighbours of i as Gaussians of distance would have them, how far the perplexity is from what was asked. */
static void
test_affinities_are_symmetric_and_sum_to_one (void)
{
  g_autofree float *points = scatter (FEW, 5, 1);
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheAffinities) a = lathe_affinities_new (points, FEW, 5, 8, pool, NULL, NULL);
  g_autofree double *whole = g_new0 (double, FEW *FEW);
  double sum = 0;

  for (guint i = 0; i < FEW; i++)
    for (gsize at = a->first[i]; at < a->first[i + 1]; at++)
      {
        g_assert_true (at == a->first[i] || a->column[at] > a->column[at - 1]);
        whole[i * FEW + a->column[at]] = (double) a->share[at];
        sum += (double) a->share[at];
      }
  g_assert_cmpfloat (fabs (sum - 1), <, 1e-6);
  for (guint i = 0; i < FEW; i++)
    {
      g_assert_cmpfloat (whole[i * FEW + i], ==, 0);
      for (guint j = 0; j < i; j++)
        g_assert_cmpfloat (fabs (whole[i * FEW + j] - whole[j * FEW + i]), <, 1e-9);
    }
}

/* What the method's definition says, point by point: its Gaussian found by halving, over all others that are near. */
static void
test_affinities_are_those_of_the_definition (void)
{
  enum
  {
    K = 24
  };
  g_autofree float *points = scatter (FEW, 5, 1);
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheAffinities) a = lathe_affinities_new (points, FEW, 5, 8, pool, NULL, NULL);
  g_autofree double *directed = g_new0 (double, FEW *FEW);

  for (guint i = 0; i < FEW; i++)
    {
      double far[FEW], sorted[FEW], low = 0, high = 1e6;

      for (guint j = 0; j < FEW; j++)
        {
          far[j] = j == i ? INFINITY : 0;
          for (guint d = 0; d < 5; d++)
            far[j] += pow ((double) points[5 * i + d] - (double) points[5 * j + d], 2);
        }
      memcpy (sorted, far, sizeof far);
      for (guint j = 0; j < FEW; j++) /* an insertion at a time */
        for (guint l = j; l > 0 && sorted[l] < sorted[l - 1]; l--)
          {
            double less = sorted[l];

            sorted[l] = sorted[l - 1];
            sorted[l - 1] = less;
          }
      for (guint round = 0; round < 200; round++)
        {
          double precision = (low + high) / 2, sum = 0, entropy = 0;

          for (guint j = 0; j < FEW; j++)
            sum += directed[i * FEW + j] = far[j] <= sorted[K - 1] ? exp (-precision * far[j]) : 0;
          for (guint j = 0; j < FEW; j++)
            {
              directed[i * FEW + j] /= sum;
              entropy -= directed[i * FEW + j] > 0 ? directed[i * FEW + j] * log (directed[i * FEW + j]) : 0;
            }
          if (entropy > log (8))
            low = precision;
          else
            high = precision;
        }
    }
  for (guint i = 0; i < FEW; i++)
    for (gsize at = a->first[i]; at < a->first[i + 1]; at++)
      {
        guint j = a->column[at];
        double meant = (directed[i * FEW + j] + directed[j * FEW + i]) / (2 * FEW);

        g_assert_cmpfloat (fabs ((double) a->share[at] - meant), <, 1e-7);
      }
}

/* --- t-SNE --- */

static void
test_squares_push_as_their_points_do (void)
{
  g_autofree float *drawn = scatter (CLUSTERED, 2, 2);
  g_autofree double *places = g_new (double, 2 * CLUSTERED), *push = g_new (double, 2 * CLUSTERED);
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheRepulsion) repulsion = lathe_repulsion_new (CLUSTERED, 2);
  double exact_sum = 0, off = 0, size = 0;

  for (guint i = 0; i < 2 * CLUSTERED; i++)
    places[i] = 10 * (double) drawn[i];
  for (guint round = 0; round < 2; round++)
    {
      double sum = lathe_repulsion_find (repulsion, places, round == 0 ? 0 : LATHE_TSNE_THETA, pool, push);

      exact_sum = off = size = 0;
      for (guint i = 0; i < CLUSTERED; i++)
        {
          double x = 0, y = 0;

          for (guint j = 0; j < CLUSTERED; j++)
            {
              double near = 1 / (1 + distance (places, i, j));

              exact_sum += j != i ? near : 0;
              x += near * near * (places[2 * i] - places[2 * j]);
              y += near * near * (places[2 * i + 1] - places[2 * j + 1]);
            }
          off += pow (push[2 * i] - x, 2) + pow (push[2 * i + 1] - y, 2);
          size += x * x + y * y;
        }
      g_assert_cmpfloat (fabs (sum / exact_sum - 1), <, round == 0 ? 1e-12 : 0.01);
      g_assert_cmpfloat (sqrt (off / size), <, round == 0 ? 1e-12 : 0.02);
    }
}

static void
test_gradient_is_the_slope_of_the_cost (void)
{
  const double step = 1e-5;
  g_autofree float *points = scatter (FEW, 5, 1), *drawn = scatter (FEW, 2, 2);
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheAffinities) a = lathe_affinities_new (points, FEW, 5, 8, pool, NULL, NULL);
  g_autoptr (LatheRepulsion) repulsion = lathe_repulsion_new (FEW, 2);
  double places[2 * FEW], gradient[2 * FEW], unused[2 * FEW], cost, longest, found = 0;

  for (guint i = 0; i < 2 * FEW; i++)
    places[i] = (double) drawn[i];
  longest = lathe_tsne_gradient (a, repulsion, places, 1, 0, pool, gradient, &cost);
  for (guint i = 0; i < 2 * FEW; i++)
    {
      double here = places[i], above, below;

      found = fmax (found, hypot (gradient[i / 2 * 2], gradient[i / 2 * 2 + 1]));
      places[i] = here + step;
      lathe_tsne_gradient (a, repulsion, places, 1, 0, pool, unused, &above);
      places[i] = here - step;
      lathe_tsne_gradient (a, repulsion, places, 1, 0, pool, unused, &below);
      places[i] = here;
      g_assert_cmpfloat (fabs ((above - below) / (2 * step) - gradient[i]), <, 1e-7);
    }
  g_assert_cmpfloat (longest, ==, found);
  g_assert_cmpfloat (longest, >, 1e-3); /* there is something to compare */
}

/* --- Maps --- */

static LatheMap *
make_map (const LatheFeatures *features, LatheMapMethod method, guint n_threads)
{
  LatheMapOptions options = LATHE_MAP_OPTIONS_DEFAULT;
  g_autoptr (GError) error = NULL;
  LatheMap *map;

  options.method = method;
  options.n_threads = n_threads;
  map = lathe_map_new (features, &options, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return map;
}

static void
test_planted_clusters_come_apart (void)
{
  g_autoptr (LatheFeatures) features = plant_clusters (CLUSTERED, 1.2);
  g_autofree guint *labels = planted_labels (CLUSTERED);
  g_autoptr (LatheMap) tsne = make_map (features, LATHE_MAP_TSNE, 0);
  g_autoptr (LatheMap) pca = make_map (features, LATHE_MAP_PCA, 0);
  double by_tsne = lathe_map_agreement (tsne, labels, 10, NULL);
  double by_pca = lathe_map_agreement (pca, labels, 10, NULL);

  g_test_message ("share of the ten nearest that are of the same cluster: t-SNE %.3f, PCA %.3f", by_tsne, by_pca);
  g_assert_cmpfloat (by_tsne, >, 0.98);
  g_assert_cmpfloat (by_pca, <, 0.9); /* two directions do not hold eight clusters */
  g_assert_cmpfloat (tsne->cost, >, 0);
  g_assert_true (isnan (tsne->shares[0]));
  g_assert_true (isnan (pca->cost));
  g_assert_cmpfloat (pca->shares[0], >=, pca->shares[1]);
  g_assert_cmpfloat (pca->shares[0] + pca->shares[1], <, 1);
}

/* 0 … 1: Venna & Kaski 2001, equation 1: whether those that are near on the map were neighbours before. */
static double
find_trustworthiness (const LatheFeatures *features, const LatheMap *map, guint k)
{
  guint n = map->n;
  double sum = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autofree double *far = g_new0 (double, n), *near = g_new0 (double, n);

      for (guint j = 0; j < n; j++)
        {
          near[j] = distance (map->places, i, j);
          for (guint d = 0; d < DIMENSIONS; d++)
            far[j] +=
                pow ((double) features->values[i * DIMENSIONS + d] - (double) features->values[j * DIMENSIONS + d], 2);
        }
      for (guint j = 0; j < n; j++)
        {
          guint rank = 0, place = 0; /* how many are nearer, with the point itself */

          for (guint l = 0; l < n; l++)
            {
              rank += far[l] < far[j];
              place += near[l] < near[j];
            }
          if (j != i && place <= k && rank > k)
            sum += rank - k;
        }
    }
  return 1 - 2 * sum / ((double) n * k * (2.0 * n - 3.0 * k - 1));
}

static void
test_what_is_near_on_the_map_was_near_before (void)
{
  g_autoptr (LatheFeatures) features = plant_clusters (320, 1.2);
  g_autoptr (LatheMap) tsne = make_map (features, LATHE_MAP_TSNE, 0);
  g_autoptr (LatheMap) pca = make_map (features, LATHE_MAP_PCA, 0);
  double by_tsne = find_trustworthiness (features, tsne, 10), by_pca = find_trustworthiness (features, pca, 10);

  g_test_message ("trustworthiness: t-SNE %.3f, PCA %.3f", by_tsne, by_pca);
  g_assert_cmpfloat (by_tsne, >, 0.85);
  g_assert_cmpfloat (by_tsne, >, by_pca + 0.1);
}

static void
test_same_bits_on_any_number_of_threads (void)
{
  g_autoptr (LatheFeatures) features = plant_clusters (300, 1);

  for (guint method = 0; method < LATHE_N_MAP_METHODS; method++)
    {
      g_autoptr (LatheMap) one = make_map (features, method, 1);

      for (guint n_threads = 2; n_threads <= 4; n_threads *= 2)
        {
          g_autoptr (LatheMap) more = make_map (features, method, n_threads);

          g_assert_cmpmem (one->places, 600 * sizeof (double), more->places, 600 * sizeof (double));
          g_assert_true (isnan (one->cost) ? isnan (more->cost) : one->cost == more->cost);
        }
    }
}

static void
test_another_seed_gives_another_map (void)
{
  g_autoptr (LatheFeatures) features = plant_clusters (100, 1);
  g_autoptr (LatheMap) one = make_map (features, LATHE_MAP_TSNE, 1);
  LatheMapOptions options = LATHE_MAP_OPTIONS_DEFAULT;
  g_autoptr (LatheMap) other = NULL;

  options.seed = 2;
  other = lathe_map_new (features, &options, NULL, NULL, NULL, NULL);
  g_assert_true (memcmp (one->places, other->places, 200 * sizeof (double)) != 0);
}

static void
test_few_or_equal_images_have_a_map (void)
{
  for (guint n = 1; n <= 40; n += n < 8 ? 1 : 16)
    for (guint equal = 0; equal < 2; equal++)
      for (guint method = 0; method < LATHE_N_MAP_METHODS; method++)
        {
          g_autoptr (LatheFeatures) features = plant_clusters (n, 1);
          g_autoptr (LatheMap) map = NULL;

          if (equal)
            memset (features->values, 0, n * DIMENSIONS * sizeof (float));
          map = make_map (features, method, 2);
          g_assert_cmpuint (map->n, ==, n);
          for (guint i = 0; i < 2 * n; i++)
            {
              g_assert_true (isfinite (map->places[i]));
              g_assert_cmpfloat (fabs (map->places[i]), <, 1e4);
            }
        }
}

static void
test_features_that_are_no_numbers_are_refused (void)
{
  g_autoptr (LatheFeatures) features = plant_clusters (20, 1);
  LatheMapOptions options = LATHE_MAP_OPTIONS_DEFAULT;
  g_autoptr (GError) error = NULL;

  features->values[33] = NAN;
  g_assert_null (lathe_map_new (features, &options, NULL, NULL, NULL, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_DATA);
}

static void
cancel (guint done, guint total, gpointer cancellable)
{
  g_assert_cmpuint (total, ==, LATHE_MAP_OPTIONS_DEFAULT.iterations);
  g_cancellable_cancel (cancellable);
}

static void
test_a_map_can_be_cancelled (void)
{
  g_autoptr (LatheFeatures) features = plant_clusters (100, 1);
  LatheMapOptions options = LATHE_MAP_OPTIONS_DEFAULT;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (lathe_map_new (features, &options, cancel, cancellable, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* --- Features --- */

static void
test_features_are_those_that_neighbours_are_found_by (void)
{
  LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheDataset) dataset =
      lathe_dataset_scan (g_getenv ("LATHE_SAMPLES"), &options, NULL, NULL, NULL, &error);
  LathePreprocess preprocess = {28, 28, 1, {0}, {1, 1, 1}};
  g_autoptr (LatheGraph) graph = NULL;
  g_autoptr (LatheModel) model = NULL;
  g_autoptr (LatheFeatures) one = NULL, more = NULL;

  g_assert_no_error (error);
  graph = graphs_make ("i input height=28 width=28 channels=1; f flatten i; h dense f units=16 activation=tanh; "
                       "d dense h units=10 activation=softmax");
  model = lathe_model_new (graph, lathe_dataset_get_classes (dataset), &preprocess, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < model->weights->len; i++)
    {
      LatheWeight *weight = &g_array_index (model->weights, LatheWeight, i);
      LatheRng rng = lathe_rng (1, LATHE_RNG_INITIALISE, 0, (guint32) i);

      for (guint j = 0; j < lathe_shape_size (&weight->shape); j++)
        weight->data[j] = (float) (0.2 * (lathe_rng_uniform (&rng, j) - 0.5));
    }
  one = lathe_features_new (model, dataset, LATHE_SPLIT_TEST, 1, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  more = lathe_features_new (model, dataset, LATHE_SPLIT_TEST, 3, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (one->n_features, ==, 16);
  g_assert_cmpuint (one->n, ==, lathe_dataset_count (dataset, -1, LATHE_SPLIT_TEST));
  g_assert_cmpmem (one->values, one->n * one->n_features * sizeof (float), more->values,
                   more->n * more->n_features * sizeof (float));
  for (guint i = 0; i < one->n; i++)
    {
      const LatheImage *image = lathe_dataset_get_image (dataset, one->images[i]);

      g_assert_cmpint (image->split, ==, LATHE_SPLIT_TEST);
      g_assert_cmpint (one->right[i], ==, one->said[i] == image->label);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/map/components", test_components_are_those_of_numpy);
  g_test_add_func ("/map/line", test_points_of_a_line_have_one_component);
  g_test_add_func ("/map/affinities", test_affinities_are_symmetric_and_sum_to_one);
  g_test_add_func ("/map/affinities-defined", test_affinities_are_those_of_the_definition);
  g_test_add_func ("/map/squares", test_squares_push_as_their_points_do);
  g_test_add_func ("/map/gradient", test_gradient_is_the_slope_of_the_cost);
  g_test_add_func ("/map/clusters", test_planted_clusters_come_apart);
  g_test_add_func ("/map/trustworthiness", test_what_is_near_on_the_map_was_near_before);
  g_test_add_func ("/map/threads", test_same_bits_on_any_number_of_threads);
  g_test_add_func ("/map/seed", test_another_seed_gives_another_map);
  g_test_add_func ("/map/few", test_few_or_equal_images_have_a_map);
  g_test_add_func ("/map/no-numbers", test_features_that_are_no_numbers_are_refused);
  g_test_add_func ("/map/cancelled", test_a_map_can_be_cancelled);
  g_test_add_func ("/map/features", test_features_are_those_that_neighbours_are_found_by);
  return g_test_run ();
}
