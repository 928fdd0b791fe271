/* test-search.c: networks around a network, tried on a few of the samples.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "few.h"

#define IMAGES 16 /* of each class */
#define EPOCHS 9
#define BRACKET 9

static LatheDataset *few;
static LathePreprocess preprocess;
static LatheGraph *lenet;

static LatheHyperparameters
hyperparameters (guint64 seed, guint threads)
{
  LatheHyperparameters values;

  lathe_hyperparameters_defaults (&values);
  values.batch = 16;
  values.seed = seed;
  values.threads = threads;
  return values;
}

static LatheSearchReport *
search_with (const LatheSearchBounds *bounds, guint threads, LatheSearchObserver observer, gpointer data,
             GCancellable *cancellable)
{
  const LatheHyperparameters values = hyperparameters (1, threads);
  const LatheSearchJob job = {few, lenet, &preprocess, &values, *bounds};
  g_autoptr (GError) error = NULL;
  LatheSearchReport *report = lathe_search (&job, observer, data, cancellable, &error);

  g_assert_no_error (error);
  return report;
}

static LatheSearchReport *
search (const LatheSearchBounds *bounds, guint threads)
{
  return search_with (bounds, threads, NULL, NULL, NULL);
}

static const LatheCandidate *
get (const LatheSearchReport *report, guint id)
{
  return report->candidates->pdata[id];
}

static char *
describe (const LatheSearchReport *report)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < report->candidates->len; i++)
    {
      const LatheCandidate *each = get (report, i);

      g_string_append_printf (text, "%u of %u: %s: %s after %u epochs, %a\n", each->id, each->parent, each->change,
                              lathe_candidate_state_names[each->state], each->epochs, each->accuracy);
    }
  return g_string_free (text, FALSE);
}

static void
test_the_same_seed_tries_the_same_networks_on_any_number_of_threads (void)
{
  const LatheSearchBounds bounds = {.max_candidates = 1 + BRACKET + 4, .epochs = 3};
  g_autoptr (LatheSearchReport) one = search (&bounds, 1), two = search (&bounds, 2);
  g_autofree char *text = describe (one), *same = describe (two);

  g_test_message ("%s", text);
  g_assert_cmpuint (one->candidates->len, ==, bounds.max_candidates);
  g_assert_cmpint (one->state, ==, LATHE_SEARCH_FINISHED);
  g_assert_cmpstr (text, ==, same);
}

static void
test_the_first_network_is_trained_as_it_would_be_alone (void)
{
  const LatheSearchBounds bounds = {.max_candidates = 1, .epochs = EPOCHS};
  g_autoptr (LatheSearchReport) report = search (&bounds, 2);
  LatheHyperparameters values = hyperparameters (1, 2);
  g_autoptr (LatheTrainer) trainer = NULL;
  g_autoptr (LatheSnapshot) end = NULL;
  double best = 0;

  values.epochs = EPOCHS;
  trainer = lathe_trainer_new (few, lenet, &preprocess, &values, NULL, NULL, NULL);
  lathe_trainer_start (trainer);
  end = lathe_trainer_wait (trainer);
  for (guint i = 0; i < end->finished->len; i++)
    best = fmax (best, g_array_index (end->finished, LatheEpoch, i).validation_accuracy);
  g_assert_cmpuint (report->candidates->len, ==, 1);
  g_assert_cmpint (get (report, 0)->state, ==, LATHE_CANDIDATE_FINISHED);
  g_assert_cmpuint (get (report, 0)->epochs, ==, EPOCHS);
  g_assert_true (lathe_graph_equal (get (report, 0)->graph, lenet));
  g_assert_cmpfloat (get (report, 0)->accuracy, ==, best);
  g_assert_cmpuint (get (report, 0)->learned, ==, EPOCHS * lathe_dataset_count (few, -1, LATHE_SPLIT_TRAIN));
  g_assert_cmpfloat (get (report, 0)->low, <, best);
  g_assert_cmpfloat (get (report, 0)->high, >, best);
}

/* One that went on after so many epochs was at least as accurate by then as the median of those that did not; so those
 * that were stopped have few epochs, and most were. */
static void
test_losers_are_stopped_early (void)
{
  const LatheSearchBounds bounds = {.max_candidates = 1 + BRACKET, .epochs = EPOCHS};
  g_autoptr (LatheSearchReport) report = search (&bounds, 2);
  guint n[LATHE_N_CANDIDATE_STATES] = {0}, n_after_one = 0;
  g_autofree char *text = describe (report);

  g_test_message ("%s", text);
  for (guint i = 1; i < report->candidates->len; i++)
    {
      const LatheCandidate *each = get (report, i);

      n[each->state]++;
      n_after_one += each->epochs == 1;
      if (each->state == LATHE_CANDIDATE_STOPPED)
        g_assert_cmpuint (each->epochs, <, EPOCHS);
      if (each->state == LATHE_CANDIDATE_FINISHED)
        g_assert_cmpuint (each->epochs, ==, EPOCHS);
    }
  g_assert_cmpuint (n[LATHE_CANDIDATE_STOPPED] + n[LATHE_CANDIDATE_FINISHED] + n[LATHE_CANDIDATE_FAILED], ==, BRACKET);
  g_assert_cmpuint (n[LATHE_CANDIDATE_FINISHED], >=, 1);
  g_assert_cmpuint (n[LATHE_CANDIDATE_FINISHED], <=, 3);
  g_assert_cmpuint (n_after_one, >=, 5);
}

static void
test_nothing_that_is_too_large_is_trained (void)
{
  g_autoptr (LatheGraphReport) whole = lathe_graph_check (lenet);
  const LatheSearchBounds bounds = {
      .max_candidates = 4,
      .epochs = 1,
      .max_bytes = whole->parameters * sizeof (float) * 3 / 4,
  };
  g_autoptr (LatheSearchReport) report = search (&bounds, 2);
  guint n_trained = 0;

  g_assert_cmpint (get (report, 0)->state, ==, LATHE_CANDIDATE_TOO_LARGE);
  for (guint i = 0; i < report->candidates->len; i++)
    {
      const LatheCandidate *each = get (report, i);

      g_assert_cmpint (each->state == LATHE_CANDIDATE_TOO_LARGE, ==, each->bytes > bounds.max_bytes);
      g_assert_cmpint (each->state == LATHE_CANDIDATE_TOO_LARGE, ==, each->epochs == 0);
      n_trained += each->epochs > 0;
    }
  g_assert_cmpuint (n_trained, ==, 4);
}

static void
test_nothing_that_is_too_slow_is_trained (void)
{
  const LatheSearchBounds bounds = {.max_candidates = 3, .epochs = 1, .max_milliseconds = 1e-6};
  g_autoptr (LatheSearchReport) report = search (&bounds, 1);
  g_autoptr (GPtrArray) front = lathe_search_report_front (report, LATHE_SEARCH_BY_MILLISECONDS);

  g_assert_cmpuint (report->candidates->len, >, 1);
  for (guint i = 0; i < report->candidates->len; i++)
    {
      g_assert_cmpint (get (report, i)->state, ==, LATHE_CANDIDATE_TOO_SLOW);
      g_assert_cmpfloat (get (report, i)->milliseconds, >, bounds.max_milliseconds);
      g_assert_true (isnan (get (report, i)->accuracy));
    }
  g_assert_cmpuint (front->len, ==, 0);
}

static void
test_nothing_on_the_front_is_beaten (void)
{
  const LatheSearchBounds bounds = {.max_candidates = 12, .epochs = 1};
  g_autoptr (LatheSearchReport) report = search (&bounds, 2);

  for (LatheSearchCost cost = LATHE_SEARCH_BY_MILLISECONDS; cost <= LATHE_SEARCH_BY_BYTES; cost++)
    {
      g_autoptr (GPtrArray) front = lathe_search_report_front (report, cost);

      g_assert_cmpuint (front->len, >, 0);
      for (guint i = 0; i < report->candidates->len; i++)
        {
          const LatheCandidate *each = get (report, i);
          gboolean beaten = FALSE;

          for (guint j = 0; j < report->candidates->len; j++)
            beaten |= (lathe_candidate_cost (get (report, j), cost) < lathe_candidate_cost (each, cost) &&
                       get (report, j)->accuracy >= each->accuracy) ||
                      (lathe_candidate_cost (get (report, j), cost) <= lathe_candidate_cost (each, cost) &&
                       get (report, j)->accuracy > each->accuracy);
          if (g_ptr_array_find (front, each, NULL))
            g_assert_false (beaten);
          for (guint j = 0; j < front->len && beaten; j++)
            g_assert_true (front->pdata[j] != each);
        }
    }
}

typedef struct
{
  GCancellable *cancellable;
  guint n_reports, n_before;
} Watch;

static void
cancel_in_the_second (LatheSearchReport *report, gpointer data)
{
  Watch *watch = data;

  watch->n_reports++;
  g_assert_cmpuint (report->candidates->len, >=, watch->n_before);
  watch->n_before = report->candidates->len;
  if (report->candidates->len > 1 && get (report, 1)->state == LATHE_CANDIDATE_TRAINING)
    g_cancellable_cancel (watch->cancellable);
}

static void
test_a_search_that_is_cancelled_ends_with_what_there_is (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  const LatheSearchBounds bounds = {.max_candidates = 100, .epochs = 2};
  Watch watch = {cancellable};
  g_autoptr (LatheSearchReport) report = search_with (&bounds, 2, cancel_in_the_second, &watch, cancellable);

  g_assert_cmpint (report->state, ==, LATHE_SEARCH_STOPPED);
  g_assert_cmpint (get (report, 0)->state, ==, LATHE_CANDIDATE_FINISHED);
  g_assert_cmpint (get (report, 1)->state, ==, LATHE_CANDIDATE_CUT_OFF);
  for (guint i = 0; i < report->candidates->len; i++)
    g_assert_true (lathe_candidate_is_over (get (report, i)));
  g_assert_cmpuint (watch.n_reports, >, 2);
}

static void
test_a_search_keeps_to_its_time (void)
{
  const LatheSearchBounds bounds = {.minutes = 0.05};
  g_autoptr (LatheSearchReport) report = search (&bounds, 1);

  g_assert_cmpint (report->state, ==, LATHE_SEARCH_FINISHED);
  g_assert_cmpuint (report->candidates->len, >, 1);
  g_assert_cmpfloat (report->elapsed, <, 6);
}

static void
test_what_cannot_be_searched_is_refused (void)
{
  const LatheHyperparameters values = hyperparameters (1, 1);
  const LatheDatasetOptions options = {.seed = 1, .share = {0.8, 0, 0.2}};
  LatheSearchJob job = {few, lenet, &preprocess, &values, {0}};
  g_autoptr (GError) error = NULL;

  g_assert_null (lathe_search (&job, NULL, NULL, NULL, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
  g_clear_error (&error);
  job.bounds.max_candidates = 2;
  job.dataset = lathe_dataset_resplit (few, &options, &error);
  g_assert_no_error (error);
  g_assert_null (lathe_search (&job, NULL, NULL, NULL, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_DATA);
  lathe_dataset_unref (job.dataset);
}

/* --- Many images --- */

#define MANY 45000
#define SIDE 4

static void
put_number (FILE *file, guint32 number)
{
  number = GUINT32_TO_BE (number);
  g_assert_cmpuint (fwrite (&number, sizeof number, 1, file), ==, 1);
}

/* Two classes, of which one is brighter, as files of a set. */
static void
write_many (const char *images_path, const char *labels_path)
{
  FILE *images = fopen (images_path, "wb"), *labels = fopen (labels_path, "wb");
  LatheRng rng = lathe_rng (1, LATHE_RNG_NOISE, 0, 0);

  put_number (images, 0x803);
  put_number (images, MANY);
  put_number (images, SIDE);
  put_number (images, SIDE);
  put_number (labels, 0x801);
  put_number (labels, MANY);
  for (guint32 i = 0; i < MANY; i++)
    {
      fputc ((int) (i % 2), labels);
      for (guint32 j = 0; j < SIDE * SIDE; j++)
        fputc ((int) (lathe_rng_below (&rng, i * SIDE * SIDE + j, 128) + 100 * (i % 2)), images);
    }
  g_assert_cmpint (fclose (images), ==, 0);
  g_assert_cmpint (fclose (labels), ==, 0);
}

/* A ninth of 36,000 would be fewer than ten thousand, and so is not taken; a third is. */
static void
test_of_many_images_losers_see_a_share (void)
{
  g_autofree char *folder = g_dir_make_tmp ("lathe-many-XXXXXX", NULL);
  g_autofree char *images = g_build_filename (folder, "train-images-idx3-ubyte", NULL);
  g_autofree char *labels = g_build_filename (folder, "train-labels-idx1-ubyte", NULL);
  const LatheDatasetOptions options = {.seed = 1, .share = {0.8, 0.1, 0.1}};
  LatheHyperparameters values = hyperparameters (1, 2);
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheGraph) mlp = lathe_preset_load ("mlp", NULL);
  g_autoptr (LatheDataset) many = NULL;
  g_autoptr (LatheSearchReport) report = NULL;
  LathePreprocess of_many;
  guint64 n;

  write_many (images, labels);
  many = lathe_dataset_scan (folder, &options, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  n = lathe_dataset_count (many, -1, LATHE_SPLIT_TRAIN);
  lathe_dataset_suggest (many, SIDE, SIDE, &of_many);
  lathe_graph_adapt (mlp, &LATHE_SHAPE_IMAGE (SIDE, SIDE, 1), 2);
  values.batch = 250;
  report = lathe_search (&(LatheSearchJob){many, mlp, &of_many, &values, {.max_candidates = 1, .epochs = EPOCHS}}, NULL,
                         NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n, >, 30000);
  g_assert_cmpuint (get (report, 0)->learned, ==, 10000 + 2 * (n / 3) + 6 * n);
  g_assert_cmpfloat (get (report, 0)->accuracy, >, 0.99);
  g_assert_cmpint (g_unlink (images) + g_unlink (labels) + g_rmdir (folder), ==, 0);
}

/* --- The test side --- */

/* The files that were opened, each with the number of its folder. */
static GHashTable *
list_opened (int watch)
{
  GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  _Alignas(struct inotify_event) char buffer[1 << 16];
  gssize n;

  while ((n = read (watch, buffer, sizeof buffer)) > 0)
    for (char *at = buffer; at < buffer + n;)
      {
        const struct inotify_event *event = (const struct inotify_event *) at;

        if (event->len > 0)
          g_hash_table_add (names, g_strdup_printf ("%d/%s", event->wd, event->name));
        at += sizeof *event + event->len;
      }
  return names;
}

static void
test_the_test_side_is_never_looked_at (void)
{
  const LatheSearchBounds bounds = {.max_candidates = 2, .epochs = 1};
  int watch = inotify_init1 (IN_NONBLOCK);
  guint n_opened[LATHE_N_SPLITS] = {0};
  g_autofree int *folders = g_new (int, lathe_dataset_get_n_classes (few));
  g_autoptr (LatheSearchReport) report = NULL;
  g_autoptr (GHashTable) opened = NULL;

  for (guint i = 0; i < lathe_dataset_get_n_classes (few); i++)
    {
      g_autofree char *folder =
          g_build_filename (lathe_dataset_get_folder (few), lathe_dataset_get_classes (few)[i], NULL);

      folders[i] = inotify_add_watch (watch, folder, IN_OPEN);
      g_assert_cmpint (folders[i], >=, 0);
    }
  report = search (&bounds, 1);
  opened = list_opened (watch);
  close (watch);
  for (guint i = 0; i < lathe_dataset_get_n_images (few); i++)
    {
      const LatheImage *image = lathe_dataset_get_image (few, i);
      g_autofree char *base = g_path_get_basename (image->path);
      g_autofree char *name = g_strdup_printf ("%d/%s", folders[image->label], base);

      n_opened[image->split] += g_hash_table_contains (opened, name);
    }
  g_assert_cmpuint (n_opened[LATHE_SPLIT_TRAIN], ==, lathe_dataset_count (few, -1, LATHE_SPLIT_TRAIN));
  g_assert_cmpuint (n_opened[LATHE_SPLIT_VALIDATION], ==, lathe_dataset_count (few, -1, LATHE_SPLIT_VALIDATION));
  g_assert_cmpuint (n_opened[LATHE_SPLIT_TEST], ==, 0);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  few = few_new (IMAGES);
  lathe_dataset_suggest (few, 0, 0, &preprocess);
  lenet = lathe_preset_load ("lenet", NULL);
  lathe_graph_adapt (lenet, &LATHE_SHAPE_IMAGE (preprocess.height, preprocess.width, preprocess.channels),
                     lathe_dataset_get_n_classes (few));
  g_test_add_func ("/search/test-side", test_the_test_side_is_never_looked_at);
  g_test_add_func ("/search/same", test_the_same_seed_tries_the_same_networks_on_any_number_of_threads);
  g_test_add_func ("/search/first", test_the_first_network_is_trained_as_it_would_be_alone);
  g_test_add_func ("/search/losers", test_losers_are_stopped_early);
  g_test_add_func ("/search/too-large", test_nothing_that_is_too_large_is_trained);
  g_test_add_func ("/search/too-slow", test_nothing_that_is_too_slow_is_trained);
  g_test_add_func ("/search/front", test_nothing_on_the_front_is_beaten);
  g_test_add_func ("/search/cancel", test_a_search_that_is_cancelled_ends_with_what_there_is);
  g_test_add_func ("/search/time", test_a_search_keeps_to_its_time);
  g_test_add_func ("/search/many", test_of_many_images_losers_see_a_share);
  g_test_add_func ("/search/refused", test_what_cannot_be_searched_is_refused);
  status = g_test_run ();
  lathe_graph_free (lenet);
  few_free (few);
  return status;
}
