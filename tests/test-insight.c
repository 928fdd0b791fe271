/* test-insight.c: what a network that knows many images tells of others: copies, wrong labels, what is like one and
 * what is like none, and groups.
 *
 * The network's trunk hands its input on: what it makes of an image are the image's bytes, and so they are planted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "images.h"
#include "lathe.h"

#define SIDE 4
#define N_BYTES (SIDE * SIDE * 3)
#define N_CLASSES 3
#define N_OF_A_CLASS 40
#define N (N_CLASSES * N_OF_A_CLASS)

static const char *const class_names[] = {"ash", "birch", "cedar"};

/* --- What is planted --- */

/* A number that has its kind, of which those of one kind are near each other, and differ by so much noise. */
static void
paint (guint kind, guint number, double noise, guint8 *bytes)
{
  LatheRng pattern = lathe_rng (kind, LATHE_RNG_NOISE, 1, 0), own = lathe_rng (kind, LATHE_RNG_NOISE, 2, number);

  for (guint i = 0; i < N_BYTES; i++)
    {
      double shade = lathe_rng_uniform (&pattern, i) < 0.5 ? 20 : 200;

      bytes[i] = (guint8) CLAMP (shade + noise * (lathe_rng_uniform (&own, i) - 0.5), 0, 255);
    }
}

static void
put (Fixture *fixture, const char *class_name, const char *name, const guint8 *bytes)
{
  g_autofree char *file = g_strdup_printf ("%s/%s.png", class_name, name), *path = place (fixture, file);
  g_autoptr (GBytes) copy = g_bytes_new (bytes, N_BYTES);
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new_from_bytes (copy, GDK_COLORSPACE_RGB, FALSE, 8, SIDE, SIDE, 3 * SIDE);

  g_assert_true (gdk_pixbuf_save (pixbuf, path, "png", NULL, NULL));
}

static void
plant (Fixture *fixture, const char *class_name, const char *name, guint kind, guint number)
{
  guint8 bytes[N_BYTES];

  paint (kind, number, 120, bytes);
  put (fixture, class_name, name, bytes);
}

static void
plant_classes (Fixture *fixture)
{
  for (guint i = 0; i < N; i++)
    {
      g_autofree char *name = g_strdup_printf ("%02u", i / N_CLASSES);

      plant (fixture, class_names[i % N_CLASSES], name, i % N_CLASSES, i);
    }
}

static LatheModel *
make_model (void)
{
  static const char text[] =
      "{\"nodes\":[{\"name\":\"input\",\"kind\":\"input\",\"inputs\":[],\"height\":4,\"width\":4,\"channels\":3},"
      "{\"name\":\"flatten\",\"kind\":\"flatten\",\"inputs\":[\"input\"]},"
      "{\"name\":\"dense\",\"kind\":\"dense\",\"inputs\":[\"flatten\"],\"units\":3,\"activation\":\"softmax\"}]}";
  const char *const labels[] = {"x", "y", "z", NULL};
  const LathePreprocess preprocess = plain (SIDE, SIDE, 3);
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheGraph) graph = lathe_graph_from_json (text, -1, &error);
  LatheModel *model;

  g_assert_no_error (error);
  model = lathe_model_new (graph, labels, &preprocess, &error);
  g_assert_no_error (error);
  return model;
}

static LatheInsight *
ask (LatheDataset *dataset, guint n_threads)
{
  const LatheInsightOptions options = {.seed = 1, .doubts = TRUE, .n_threads = n_threads};
  g_autoptr (LatheModel) model = make_model ();
  g_autoptr (GError) error = NULL;
  LatheInsight *insight = lathe_insight_new (model, dataset, &options, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return insight;
}

/* The image of this name below the source. */
static guint
find (LatheDataset *dataset, const char *name)
{
  for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
    if (g_str_equal (lathe_image_get_name (dataset, lathe_dataset_get_image (dataset, i)), name))
      return i;
  g_assert_not_reached ();
}

/* --- Neighbours --- */

static double
multiply (const LatheDescriptors *descriptors, guint a, guint b)
{
  double sum = 0;

  for (guint i = 0; i < descriptors->n_features; i++)
    sum += (double) descriptors->values[(gsize) a * descriptors->n_features + i] *
           (double) descriptors->values[(gsize) b * descriptors->n_features + i];
  return sum;
}

/* More rows than a tile has, and no multiple of them; each, by looking at all of them. */
static void
test_neighbours_are_the_nearest (Fixture *fixture, gconstpointer data)
{
  const guint k = 4, n = 331;
  g_autofree float *values = g_new (float, n * 7);
  g_autofree gboolean *ok = g_new (gboolean, n);
  const LatheKeptFeatures features = {.n_images = n, .n_features = 7, .values = values, .ok = ok};
  LatheRng rng = lathe_rng (3, LATHE_RNG_NOISE, 0, 0);
  g_autoptr (LathePool) one = lathe_pool_new (1), three = lathe_pool_new (3);
  g_autoptr (LatheDescriptors) descriptors = NULL;
  g_autofree LatheNeighbour *found = NULL, *again = NULL;

  for (guint i = 0; i < n * 7; i++)
    values[i] = (float) lathe_rng_uniform (&rng, i) - 0.3f;
  for (guint i = 0; i < n; i++)
    ok[i] = i % 10 != 3;
  descriptors = lathe_descriptors_new (&features, NULL);
  found = lathe_descriptors_find_neighbours (descriptors, k, one, NULL, NULL);
  again = lathe_descriptors_find_neighbours (descriptors, k, three, NULL, NULL);
  g_assert_cmpuint (descriptors->n, ==, n - 33);
  for (guint i = 0; i < descriptors->n; i++)
    {
      g_autoptr (GArray) slow =
          lathe_descriptors_find_nearest (descriptors, descriptors->values + i * 7, descriptors->images[i], k);

      g_assert_cmpfloat_with_epsilon (multiply (descriptors, i, i), 1, 1e-6);
      for (guint j = 0; j < k; j++)
        {
          const LatheNeighbour *expected = &g_array_index (slow, LatheNeighbour, j);

          g_assert_cmpuint (found[i * k + j].image, ==, expected->image);
          g_assert_cmpfloat_with_epsilon (found[i * k + j].similarity, expected->similarity, 1e-6);
          g_assert_cmpuint (again[i * k + j].image, ==, found[i * k + j].image);
          g_assert_true (again[i * k + j].similarity == found[i * k + j].similarity);
        }
    }
}

/* --- Insight --- */

/* Of one image nearly the same bytes, in another class and in its own. */
static void
test_copies_are_found_and_no_others (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = NULL;
  g_autoptr (LatheInsight) insight = NULL;
  const LatheCopies *copies;
  guint8 bytes[N_BYTES];

  plant_classes (fixture);
  paint (0, 3, 120, bytes);
  for (guint i = 0; i < N_BYTES; i += 3)
    bytes[i] ^= 4;
  put (fixture, "ash", "copy", bytes);
  dataset = scan (fixture);
  insight = ask (dataset, 1);
  g_assert_cmpuint (insight->copies->len, ==, 1);
  copies = &g_array_index (insight->copies, LatheCopies, 0);
  g_assert_cmpuint (copies->first, ==, find (dataset, "ash/01.png"));
  g_assert_cmpuint (copies->second, ==, find (dataset, "ash/copy.png"));
  g_assert_cmpfloat (copies->similarity, >, 0.95);
}

static void
test_wrong_labels_are_doubted_and_no_others (Fixture *fixture, gconstpointer data)
{
  const char *const wrong[] = {"ash/wrong-1.png", "birch/wrong-2.png", "birch/wrong-3.png"};
  g_autoptr (LatheDataset) dataset = NULL;
  g_autoptr (LatheInsight) insight = NULL, again = NULL;

  plant_classes (fixture);
  plant (fixture, "ash", "wrong-1", 1, N + 1);
  plant (fixture, "birch", "wrong-2", 2, N + 2);
  plant (fixture, "birch", "wrong-3", 0, N + 3);
  dataset = scan (fixture);
  insight = ask (dataset, 1);
  again = ask (dataset, 3);
  g_assert_cmpuint (insight->doubts->len, ==, G_N_ELEMENTS (wrong));
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      const LatheDoubt *doubt = &g_array_index (insight->doubts, LatheDoubt, i);
      const char *name = lathe_image_get_name (dataset, lathe_dataset_get_image (dataset, doubt->image));

      g_assert_true (g_strv_contains ((const char *const[]){wrong[0], wrong[1], wrong[2], NULL}, name));
      g_assert_cmpuint (doubt->likelier, ==, g_str_equal (name, wrong[0]) ? 1 : g_str_equal (name, wrong[1]) ? 2 : 0);
      g_assert_cmpfloat (doubt->margin, <, 0);
    }
  g_assert_cmpmem (insight->doubts->data, insight->doubts->len * sizeof (LatheDoubt), again->doubts->data,
                   again->doubts->len * sizeof (LatheDoubt));
}

static void
test_what_is_like_none_is_unknown (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = NULL;
  g_autoptr (LatheInsight) insight = NULL;
  g_autoptr (LatheLikeness) like = NULL, unlike = NULL, missing = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *known = NULL, *other = NULL;
  guint n_near = 0;

  plant_classes (fixture);
  plant (fixture, "ash", "stray", 77, 1);
  dataset = scan (fixture);
  plant (fixture, "cedar", "new", 2, N + 9);
  plant (fixture, "cedar", "other", 88, 1);
  known = place (fixture, "cedar/new.png");
  other = place (fixture, "cedar/other.png");
  insight = ask (dataset, 2);
  g_assert_cmpuint (insight->unlike->len, ==, 1);
  g_assert_cmpuint (g_array_index (insight->unlike, guint32, 0), ==, find (dataset, "ash/stray.png"));
  like = lathe_insight_find_like_file (insight, known, 10, &error);
  g_assert_no_error (error);
  unlike = lathe_insight_find_like_file (insight, other, 2, &error);
  g_assert_no_error (error);
  g_assert_true (like->known);
  g_assert_false (unlike->known);
  g_assert_cmpuint (like->nearest->len, ==, 10);
  g_assert_cmpuint (unlike->nearest->len, ==, 2);
  for (guint i = 0; i < 10; i++)
    n_near += lathe_dataset_get_image (dataset, g_array_index (like->nearest, LatheNeighbour, i).image)->label == 2;
  g_assert_cmpuint (n_near, ==, 10);
  missing = lathe_insight_find_like_file (insight, "/nowhere/at-all.png", 2, &error);
  g_assert_null (missing);
  g_assert_nonnull (strstr (error->message, "/nowhere/at-all.png"));
}

static void
test_an_image_is_not_like_itself (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = NULL;
  g_autoptr (LatheInsight) insight = NULL;
  g_autoptr (LatheLikeness) like = NULL;
  guint image;

  plant_classes (fixture);
  dataset = scan (fixture);
  image = find (dataset, "birch/07.png");
  insight = ask (dataset, 2);
  like = lathe_insight_find_like (insight, image, N);
  g_assert_cmpuint (like->nearest->len, ==, N - 1);
  for (guint i = 0; i < like->nearest->len; i++)
    g_assert_cmpuint (g_array_index (like->nearest, LatheNeighbour, i).image, !=, image);
  for (guint i = 0; i < N_OF_A_CLASS - 1; i++)
    g_assert_cmpuint (lathe_dataset_get_image (dataset, g_array_index (like->nearest, LatheNeighbour, i).image)->label,
                      ==, 1);
}

/* --- What is told to a survey --- */

static guint
count (LatheSurvey *survey, LatheFlaw flaw)
{
  g_autoptr (GPtrArray) findings = lathe_survey_find_flaws (survey, 0, 0);
  guint n = 0;

  for (guint i = 0; i < findings->len; i++)
    n += ((LatheFinding *) findings->pdata[i])->flaw == flaw;
  return n;
}

/* The dataset edited, and what is known of the one before told to a survey of it. */
static LatheSurvey *
tell_edited (const LatheInsight *insight, LatheDataset *dataset, const LatheEdits *edits)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheDataset) edited = lathe_dataset_edit (dataset, edits, NULL, &error);
  LatheSurvey *survey;

  g_assert_no_error (error);
  survey = lathe_survey_new_unlooked (edited);
  lathe_insight_tell (insight, survey, edited);
  return survey;
}

static void
test_a_survey_says_what_it_is_told (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = NULL;
  g_autoptr (LatheInsight) insight = NULL;
  g_autoptr (LatheSurvey) survey = NULL, moved = NULL, without = NULL;
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  g_autoptr (GPtrArray) findings = NULL;
  guint8 bytes[N_BYTES];

  plant_classes (fixture);
  paint (0, 3, 120, bytes);
  bytes[0] ^= 4;
  put (fixture, "ash", "copy", bytes);
  plant (fixture, "ash", "wrong", 1, N + 1);
  plant (fixture, "ash", "stray", 77, 1);
  dataset = scan (fixture);
  insight = ask (dataset, 2);
  survey = lathe_survey_new_unlooked (dataset);
  lathe_insight_tell (insight, survey, dataset);
  g_assert_cmpuint (count (survey, LATHE_FLAW_NEAR_DUPLICATE), ==, 1);
  g_assert_cmpuint (count (survey, LATHE_FLAW_UNLIKE), ==, 1);
  findings = lathe_survey_find_flaws (survey, 0, 0);
  for (guint i = 0; i < findings->len; i++)
    {
      const LatheFinding *finding = findings->pdata[i];

      g_assert_cmpint (finding->likelier, ==, finding->flaw == LATHE_FLAW_WRONG_LABEL ? 1 : -1);
    }
  lathe_edits_set_label (edits, "ash/wrong.png", "birch");
  moved = tell_edited (insight, dataset, edits);
  g_assert_cmpuint (count (survey, LATHE_FLAW_WRONG_LABEL), ==, 1);
  g_assert_cmpuint (count (moved, LATHE_FLAW_WRONG_LABEL), ==, 0);
  g_assert_cmpuint (count (moved, LATHE_FLAW_NEAR_DUPLICATE), ==, 1);
  lathe_edits_set_excluded (edits, "ash/copy.png", TRUE);
  lathe_edits_set_excluded (edits, "ash/stray.png", TRUE);
  without = tell_edited (insight, dataset, edits);
  g_assert_cmpuint (count (without, LATHE_FLAW_NEAR_DUPLICATE), ==, 0);
  g_assert_cmpuint (count (without, LATHE_FLAW_UNLIKE), ==, 0);
}

/* --- Groups --- */

static LatheClusters *
cluster (const LatheDescriptors *descriptors, const GArray *images, guint n_clusters, guint n_threads)
{
  g_autoptr (LathePool) pool = lathe_pool_new (n_threads);
  g_autoptr (GError) error = NULL;
  LatheClusters *clusters = lathe_clusters_new (descriptors, images, n_clusters, 1, pool, NULL, &error);

  g_assert_no_error (error);
  return clusters;
}

static void
test_groups_are_the_kinds (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = NULL;
  g_autoptr (LatheInsight) insight = NULL;
  g_autoptr (LatheClusters) found = NULL, again = NULL;

  plant_classes (fixture);
  dataset = scan (fixture);
  insight = ask (dataset, 2);
  found = cluster (insight->descriptors, NULL, 0, 1);
  again = cluster (insight->descriptors, NULL, 0, 3);
  g_assert_cmpuint (found->groups->len, ==, N_CLASSES);
  for (guint i = 0; i < N_CLASSES; i++)
    {
      const GArray *group = found->groups->pdata[i], *same = again->groups->pdata[i];
      guint label = lathe_dataset_get_image (dataset, g_array_index (group, guint32, 0))->label;

      g_assert_cmpuint (group->len, ==, N_OF_A_CLASS);
      for (guint j = 0; j < group->len; j++)
        g_assert_cmpuint (lathe_dataset_get_image (dataset, g_array_index (group, guint32, j))->label, ==, label);
      g_assert_cmpmem (group->data, group->len * sizeof (guint32), same->data, same->len * sizeof (guint32));
    }
}

static void
test_some_images_are_grouped_alone (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = NULL;
  g_autoptr (LatheInsight) insight = NULL;
  g_autoptr (LatheClusters) found = NULL, none = NULL;
  g_autoptr (GArray) some = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (GError) error = NULL;
  guint n = 0;

  plant_classes (fixture);
  dataset = scan (fixture);
  insight = ask (dataset, 2);
  for (guint32 i = 0; i < N; i++)
    if (lathe_dataset_get_image (dataset, i)->label != 1)
      g_array_append_val (some, i);
  found = cluster (insight->descriptors, some, 2, 2);
  for (guint i = 0; i < found->groups->len; i++)
    n += ((GArray *) found->groups->pdata[i])->len;
  g_assert_cmpuint (n, ==, some->len);
  g_array_set_size (some, 2);
  none = lathe_clusters_new (insight->descriptors, some, 0, 1, pool, NULL, &error);
  g_assert_null (none);
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_DATA);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/insight/neighbours-are-the-nearest", test_neighbours_are_the_nearest);
  ADD ("/insight/copies-are-found-and-no-others", test_copies_are_found_and_no_others);
  ADD ("/insight/wrong-labels-are-doubted-and-no-others", test_wrong_labels_are_doubted_and_no_others);
  ADD ("/insight/what-is-like-none-is-unknown", test_what_is_like_none_is_unknown);
  ADD ("/insight/an-image-is-not-like-itself", test_an_image_is_not_like_itself);
  ADD ("/insight/a-survey-says-what-it-is-told", test_a_survey_says_what_it_is_told);
  ADD ("/insight/groups-are-the-kinds", test_groups_are_the_kinds);
  ADD ("/insight/some-images-are-grouped-alone", test_some_images_are_grouped_alone);
  return g_test_run ();
}
