/* test-variants.c: what was made of a model is measured, kept with its project, and found again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "few.h"

static LatheDataset *samples;
static LatheModel *model;
static char *runs, *folder;

static LatheVariant *
new_trained (void)
{
  return lathe_variant_new (&(LatheVariantStep){.kind = LATHE_VARIANT_TRAINED}, model);
}

static LatheVariant *
make_variant (double share)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheModel) pruned = lathe_prune (model, &(LathePruning){.share = share}, &error);

  g_assert_no_error (error);
  return lathe_variant_new (&(LatheVariantStep){LATHE_VARIANT_CHANNELS, share, 3}, pruned);
}

static LatheVariant *
measure (const LatheVariant *variant)
{
  g_autoptr (GError) error = NULL;
  LatheVariant *measured = lathe_variant_measure (variant, samples, 2, NULL, &error);

  g_assert_no_error (error);
  return measured;
}

static LatheVariant *
keep (const LatheVariant *variant)
{
  g_autoptr (GError) error = NULL;
  LatheVariant *kept = lathe_variant_keep (variant, folder, &error);

  g_assert_no_error (error);
  return kept;
}

static GPtrArray *
read_all (LatheDataset *dataset, guint n_problems)
{
  g_autoptr (GPtrArray) problems = NULL;
  GPtrArray *variants = lathe_variants_read (folder, model, dataset, &problems);

  g_assert_cmpuint (problems->len, ==, n_problems);
  return variants;
}

static void
drop_all (void)
{
  g_autoptr (GPtrArray) variants = read_all (NULL, 0);

  for (guint i = 0; i < variants->len; i++)
    g_assert_true (lathe_variant_drop (variants->pdata[i], folder, NULL));
}

static void
test_what_is_measured_is_what_an_evaluation_says (void)
{
  g_autoptr (LatheVariant) variant = make_variant (0.5), measured = measure (variant);
  g_autoptr (LatheEvaluation) evaluation =
      lathe_evaluate (variant->model, samples, LATHE_SPLIT_VALIDATION, 2, NULL, NULL, NULL, NULL);
  LatheInterval interval = lathe_variant_interval (measured);

  g_assert_null (variant->fingerprint);
  g_assert_true (isnan (lathe_variant_accuracy (variant)));
  g_assert_cmpuint (measured->images, ==, lathe_evaluation_get_n (evaluation));
  g_assert_cmpfloat_with_epsilon (lathe_variant_accuracy (measured), lathe_metrics_accuracy (evaluation->metrics),
                                  1e-12);
  g_assert_cmpfloat (interval.low, <=, lathe_variant_accuracy (measured));
  g_assert_cmpfloat (interval.high, >=, lathe_variant_accuracy (measured));
  g_assert_cmpfloat (measured->milliseconds, >, 0);
  g_assert_cmpuint (measured->bytes, >, 4 * measured->cost.parameters);
}

static void
test_variants_come_back_as_they_were (void)
{
  g_autoptr (LatheVariant) small = make_variant (0.5), measured = measure (small), kept = keep (measured);
  g_autoptr (LatheVariant) smaller = make_variant (0.7), other = keep (smaller);
  g_autoptr (LatheVariant) trained = new_trained (), first = measure (trained);
  g_autoptr (LatheVariant) kept_first = keep (first);
  g_autoptr (GPtrArray) variants = read_all (samples, 0);
  const LatheVariant *again;
  g_autofree char *was = lathe_model_weights_sha256 (small->model), *is = NULL;

  g_assert_cmpuint (variants->len, ==, 3);
  g_assert_cmpuint (((LatheVariant *) variants->pdata[0])->images, ==, kept_first->images);
  g_assert_true (((LatheVariant *) variants->pdata[0])->model == model);
  again = variants->pdata[1];
  g_assert_cmpuint (again->id, ==, kept->id);
  g_assert_cmpuint (again->step.kind, ==, LATHE_VARIANT_CHANNELS);
  g_assert_cmpfloat (again->step.share, ==, 0.5);
  g_assert_cmpuint (again->step.epochs, ==, 3);
  g_assert_cmpuint (again->images, ==, measured->images);
  g_assert_cmpuint (again->right, ==, measured->right);
  g_assert_cmpfloat (again->milliseconds, ==, measured->milliseconds);
  is = lathe_model_weights_sha256 (again->model);
  g_assert_cmpstr (is, ==, was);
  g_assert_cmpuint (((LatheVariant *) variants->pdata[2])->id, ==, other->id);
  g_assert_null (((LatheVariant *) variants->pdata[2])->fingerprint);
  drop_all ();
}

static LatheVariant *
make_of (const LatheVariant *of, const LatheVariantRecipe *recipe)
{
  g_autoptr (GError) error = NULL;
  LatheVariant *made = lathe_variant_make (of, samples, recipe, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return made;
}

static LatheVariant *
make_int8 (LatheCalibrate method)
{
  g_autoptr (LatheVariant) trained = new_trained ();
  LatheVariantRecipe recipe = {.kind = LATHE_VARIANT_INT8, .quantising = {.method = method, .n_images = 20}};

  return make_of (trained, &recipe);
}

static void
test_one_in_16_bits_takes_half_the_room_and_answers_as_its_file (void)
{
  g_autoptr (LatheVariant) trained = new_trained ();
  g_autoptr (LatheVariant) made = make_of (trained, &(LatheVariantRecipe){.kind = LATHE_VARIANT_BF16});
  g_autoptr (LatheVariant) kept = keep (made);
  g_autoptr (GPtrArray) variants = read_all (samples, 0);
  g_autofree char *text = lathe_variant_describe (made), *path = lathe_variant_path (kept, folder);
  g_autofree char *was = lathe_model_weights_sha256 (made->model), *is = NULL;

  g_assert_true (made->model->in_bf16);
  g_assert_true (lathe_variant_can_be_rounded (trained));
  g_assert_false (lathe_variant_can_be_rounded (made));
  g_assert_cmpuint (made->bytes, <, trained->bytes * 11 / 20);
  g_assert_cmpuint (made->cost.parameters, ==, trained->cost.parameters);
  g_assert_nonnull (made->fingerprint);
  g_assert_cmpstr (text, ==, "16 bits (bfloat16)");
  g_assert_cmpuint (variants->len, ==, 2);
  is = lathe_model_weights_sha256 (((LatheVariant *) variants->pdata[1])->model);
  g_assert_cmpstr (is, ==, was);

  g_assert_true (lathe_model_save (model, path, NULL));
  g_clear_pointer (&variants, g_ptr_array_unref);
  variants = read_all (samples, 1); /* a model in 32 bits is no variant in 16 */
  g_assert_cmpuint (variants->len, ==, 1);
  g_assert_true (lathe_variant_drop (kept, folder, NULL));
}

/* Not those of the model that it was made of; its file's size counts them. */
static void
test_what_is_made_has_the_scores_that_it_gets (void)
{
  g_autoptr (LatheVariant) trained = new_trained ();
  LatheVariantRecipe recipes[] = {{.kind = LATHE_VARIANT_BF16},
                                  {.kind = LATHE_VARIANT_CHANNELS, .pruning = {.share = 0.5}},
                                  {.kind = LATHE_VARIANT_INT8, .quantising = {.n_images = 20}}};
  const LatheScores before = model->scores;

  model->scores = (LatheScores){3, 9, 0.9, 9, 0.9};
  for (guint i = 0; i < G_N_ELEMENTS (recipes); i++)
    {
      g_autoptr (LatheVariant) made = make_of (trained, &recipes[i]);
      g_autoptr (LatheEvaluation) evaluation =
          lathe_evaluate (made->model, samples, LATHE_SPLIT_VALIDATION, 2, NULL, NULL, NULL, NULL);
      g_autoptr (GBytes) bytes = lathe_model_to_bytes (made->model);

      g_assert_cmpfloat_with_epsilon (made->model->scores.validation_loss, lathe_metrics_loss (evaluation->metrics),
                                      1e-6);
      g_assert_cmpfloat_with_epsilon (made->model->scores.validation_accuracy, lathe_variant_accuracy (made), 1e-12);
      g_assert_true (isnan (made->model->scores.test_accuracy));
      g_assert_cmpuint (made->bytes, ==, g_bytes_get_size (bytes));
    }
  model->scores = before;
}

static void
test_one_in_fewer_bits_is_made_of_a_pruned_one_and_says_so (void)
{
  g_autoptr (LatheVariant) pruned = make_variant (0.5);
  LatheVariantRecipe recipes[] = {{.kind = LATHE_VARIANT_INT8, .quantising = {.n_images = 20}},
                                  {.kind = LATHE_VARIANT_BF16}};
  static const char *const texts[] = {
      "8 bits: calibrated on 20 images (Whole range) – of Pruned: 50 % of the multiply-adds gone, 3 epochs of training",
      "16 bits (bfloat16) – of Pruned: 50 % of the multiply-adds gone, 3 epochs of training"};

  for (guint i = 0; i < G_N_ELEMENTS (recipes); i++)
    {
      g_autoptr (LatheVariant) made = make_of (pruned, &recipes[i]), kept = keep (made);
      g_autoptr (GPtrArray) variants = read_all (samples, 0);
      const LatheVariant *again = variants->pdata[1];
      g_autofree char *text = lathe_variant_describe (again);

      g_assert_cmpuint (made->cost.multiply_adds, ==, pruned->cost.multiply_adds);
      g_assert_cmpuint (made->bytes, <, pruned->bytes * 3 / 5);
      g_assert_cmpuint (again->of.kind, ==, LATHE_VARIANT_CHANNELS);
      g_assert_cmpfloat (again->of.share, ==, 0.5);
      g_assert_cmpstr (text, ==, texts[i]);
      g_assert_true (lathe_variant_drop (kept, folder, NULL));
    }
}

/* Weights that were drawn have all to learn: so training is better than none, at any rate. */
static void
test_one_in_8_bits_learns_in_them (void)
{
  LatheVariantRecipe recipe = {.kind = LATHE_VARIANT_INT8, .quantising = {.n_images = 20}};
  g_autoptr (LatheVariant) trained = new_trained (), without = make_int8 (LATHE_CALIBRATE_MINMAX), with = NULL;
  g_autoptr (LatheVariant) idle = NULL, kept = NULL;
  g_autoptr (GPtrArray) variants = NULL;
  g_autofree char *text = NULL, *text_idle = NULL;

  lathe_hyperparameters_defaults (&recipe.training);
  recipe.training.epochs = 2;
  recipe.training.early_stopping = 0;
  recipe.training.learning_rate = 0.01;
  with = make_of (trained, &recipe);
  text = lathe_variant_describe (with);
  g_assert_false (with->left_out);
  g_assert_cmpuint (with->right, >, without->right);
  g_assert_cmpstr (text, ==, "8 bits: calibrated on 20 images (Whole range), 2 epochs of training");

  recipe.training.learning_rate = 1e-9; /* so that nothing is learned */
  idle = make_of (trained, &recipe);
  kept = keep (idle);
  variants = read_all (samples, 0);
  text_idle = lathe_variant_describe (variants->pdata[1]);
  g_assert_true (idle->left_out);
  g_assert_cmpuint (idle->right, ==, without->right);
  g_assert_cmpstr (
      text_idle, ==,
      "8 bits: calibrated on 20 images (Whole range), 2 epochs of training made it no better and are left out");
  g_assert_true (lathe_variant_drop (kept, folder, NULL));
}

static void
test_one_in_8_bits_is_made_measured_and_kept_as_such (void)
{
  g_autoptr (LatheVariant) made = make_int8 (LATHE_CALIBRATE_PERCENTILE), kept = keep (made);
  g_autoptr (LatheEvaluation) evaluation =
      lathe_evaluate (made->model, samples, LATHE_SPLIT_VALIDATION, 1, NULL, NULL, NULL, NULL);
  g_autoptr (GPtrArray) variants = read_all (samples, 0);
  const LatheVariant *again = variants->pdata[1];
  g_autofree char *text = lathe_variant_describe (again), *path = lathe_variant_path (kept, folder);

  g_assert_nonnull (made->model->quantisation);
  g_assert_cmpuint (made->images, ==, lathe_evaluation_get_n (evaluation));
  g_assert_cmpfloat_with_epsilon (lathe_variant_accuracy (made), lathe_metrics_accuracy (evaluation->metrics), 1e-12);
  g_assert_cmpuint (made->bytes, <, 2 * made->cost.parameters);
  g_assert_cmpuint (variants->len, ==, 2);
  g_assert_cmpuint (again->step.kind, ==, LATHE_VARIANT_INT8);
  g_assert_cmpuint (again->right, ==, made->right);
  g_assert_cmpstr (again->model->quantisation->method, ==, "percentile");
  g_assert_cmpstr (text, ==, "8 bits: calibrated on 20 images (All but the largest 0.01 %)");

  g_assert_true (lathe_model_save (model, path, NULL));
  g_clear_pointer (&variants, g_ptr_array_unref);
  variants = read_all (samples, 1); /* a model in real numbers is no variant in 8 bits */
  g_assert_cmpuint (variants->len, ==, 1);
  g_assert_true (lathe_variant_drop (kept, folder, NULL));
}

static void
test_one_in_8_bits_is_timed_in_8_bits (void)
{
  g_autoptr (LatheVariant) made = make_int8 (LATHE_CALIBRATE_MINMAX);
  const LatheBenchOptions options = {.batch = 2, .steps = 1, .rounds = 1, .n_threads = 1, .model = made->model};
  g_auto (LatheBench) result = {0};
  guint n_bytes = 0;

  g_assert_true (lathe_bench (made->model->graph, &options, NULL, NULL, NULL, &result, NULL));
  for (guint i = 0; i < lathe_graph_get_n_nodes (made->model->graph); i++)
    {
      n_bytes += g_strcmp0 (result.alone.layers[i].plan.algorithm, "8 bits") == 0;
      g_assert_cmpstr (result.answering.layers[i].plan.algorithm, ==, result.alone.layers[i].plan.algorithm);
      g_assert_cmpstr (result.training.layers[i].plan.algorithm, !=, "8 bits");
    }
  g_assert_cmpuint (n_bytes, >=, lathe_quantisation_count (made->model->quantisation));
}

static void
test_layers_left_in_real_numbers_are_named (void)
{
  g_autoptr (LatheVariant) made = make_int8 (LATHE_CALIBRATE_MINMAX);
  g_autoptr (LatheModel) other = lathe_model_at_temperature (made->model, 1, NULL);
  g_auto (GStrv) none = lathe_quantise_list_left (made->model), one = NULL;
  guint node = 0;

  g_assert_cmpuint (g_strv_length (none), ==, 0);
  while (other->quantisation->nodes[node].weight_scale == NULL)
    node++;
  g_clear_pointer (&other->quantisation->nodes[node].weight_scale, g_free);
  one = lathe_quantise_list_left (other);
  g_assert_cmpuint (g_strv_length (one), ==, 1);
  g_assert_cmpstr (one[0], ==, lathe_graph_get_node (other->graph, node)->name);
}

static void
check_progress (guint done, guint total, gpointer data)
{
  guint *before = data;

  g_assert_cmpuint (done, <=, total);
  g_assert_cmpuint (done, >=, *before);
  *before = done;
}

static void
test_making_8_bits_tells_how_far_it_is (void)
{
  g_autoptr (GError) error = NULL;
  LatheQuantiseOptions options = LATHE_QUANTISE_OPTIONS_DEFAULT;
  guint done = 0, n_validation = lathe_dataset_count (samples, -1, LATHE_SPLIT_VALIDATION);
  g_autoptr (LatheQuantised) quantised = lathe_quantise (model, samples, &options, check_progress, &done, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (quantised->blame->len, ==, 0); /* otherwise it would begin anew */
  g_assert_cmpuint (done, >=, 2 * quantised->n_images + n_validation);
}

typedef struct
{
  guint done, total, told;
} Told;

static void
note_progress (guint done, guint total, gpointer data)
{
  Told *told = data;

  g_assert_cmpuint (done, <=, total);
  g_assert_cmpuint (done, >=, told->done);
  g_assert_true (told->total == 0 || told->total == total);
  *told = (Told){done, total, told->told + (done > told->done)};
}

static void
test_training_in_8_bits_is_told_as_part_of_the_whole (void)
{
  g_autoptr (GError) error = NULL;
  LatheHyperparameters training;
  LatheQuantiseOptions options = LATHE_QUANTISE_OPTIONS_DEFAULT;
  guint n_train = lathe_dataset_count (samples, -1, LATHE_SPLIT_TRAIN);
  g_autoptr (LatheQuantised) quantised = NULL;
  Told told = {0};

  lathe_hyperparameters_defaults (&training);
  training.epochs = 3;
  training.early_stopping = 0;
  options.fine_tune = &training;
  quantised = lathe_quantise (model, samples, &options, note_progress, &told, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (told.done, ==, told.total);
  g_assert_cmpuint (told.total, >, 3 * n_train);
  g_assert_cmpuint (told.told, >, 5);
}

/* Times that no machine is slower than, and none as fast as. */
static void
test_a_time_that_cannot_be_reached_is_refused (void)
{
  const struct
  {
    double milliseconds;
    const char *part;
  } times[] = {{1e6, "as it is"}, {1e-7, "as small as pruning can"}};

  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (LatheVariant) trained = new_trained ();
      LatheVariantRecipe recipe = {.kind = LATHE_VARIANT_CHANNELS, .milliseconds = times[i].milliseconds};

      g_assert_null (lathe_variant_make (trained, samples, &recipe, NULL, NULL, NULL, &error));
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, times[i].part));
    }
}

static void
test_what_other_images_said_counts_no_more (void)
{
  g_autoptr (LatheVariant) small = make_variant (0.5), measured = measure (small), kept = keep (measured);
  LatheDataset *others = few_new (3);
  g_autoptr (GPtrArray) variants = read_all (others, 0);

  g_assert_cmpuint (variants->len, ==, 2);
  g_assert_null (((LatheVariant *) variants->pdata[1])->fingerprint);
  g_assert_cmpuint (((LatheVariant *) variants->pdata[1])->images, ==, 0);
  few_free (others);
  drop_all ();
}

static void
test_one_that_is_dropped_is_gone (void)
{
  g_autoptr (LatheVariant) small = make_variant (0.5), kept = keep (small);
  g_autoptr (GPtrArray) variants = NULL;

  g_assert_true (lathe_variant_drop (kept, folder, NULL));
  variants = read_all (NULL, 0);
  g_assert_cmpuint (variants->len, ==, 1);
}

static void
test_damaged_facts_are_named_and_left_out (void)
{
  static const char *const texts[] = {
      "",
      "{",
      "[]",
      "{\"lathe-variant\":2,\"kind\":\"channels\",\"share\":0.5,\"epochs\":1}",
      "{\"lathe-variant\":1,\"kind\":\"magic\",\"share\":0.5,\"epochs\":1}",
      "{\"lathe-variant\":1,\"kind\":\"trained\",\"share\":0,\"epochs\":0}",
      "{\"lathe-variant\":1,\"kind\":\"channels\",\"share\":1.5,\"epochs\":1}",
      "{\"lathe-variant\":1,\"kind\":\"channels\",\"share\":0.5,\"epochs\":-1}",
      "{\"lathe-variant\":1,\"kind\":\"channels\",\"share\":\"half\",\"epochs\":1}",
      "{\"lathe-variant\":1,\"kind\":\"bf16\",\"share\":0,\"epochs\":0}",
      "{\"lathe-variant\":1,\"kind\":\"channels\",\"share\":0.5,\"epochs\":1,\"of\":{\"kind\":\"channels\",\"share\":0."
      "5,"
      "\"epochs\":1}}",
      "{\"lathe-variant\":1,\"kind\":\"int8\",\"share\":0,\"epochs\":0,\"of\":\"channels\"}",
      "{\"lathe-variant\":1,\"kind\":\"int8\",\"share\":0,\"epochs\":0,\"of\":{\"kind\":\"int8\",\"share\":0,"
      "\"epochs\":0}}",
  };
  g_autoptr (LatheVariant) small = make_variant (0.5), kept = keep (small);
  g_autofree char *name = g_strdup_printf ("%u.json", kept->id), *path = g_build_filename (folder, name, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GPtrArray) variants = NULL;

      g_assert_true (g_file_set_contents (path, texts[i], -1, NULL));
      variants = read_all (samples, 1);
      g_assert_cmpuint (variants->len, ==, 1);
    }
  g_assert_true (lathe_variant_drop (kept, folder, NULL));
}

static void
prepare (void)
{
  samples = few_new (20);
  model = few_model (samples, "lenet");
  runs = g_dir_make_tmp ("lathe-variants-XXXXXX", NULL);
  folder = lathe_variants_folder (runs, model);
}

static void
clean_up (void)
{
  g_autofree char *variants = g_path_get_dirname (folder);
  g_autofree char *first = g_build_filename (folder, "0.json", NULL);

  g_unlink (first);
  g_assert_cmpint (g_rmdir (folder) | g_rmdir (variants) | g_rmdir (runs), ==, 0);
  g_free (folder);
  g_free (runs);
  lathe_model_unref (model);
  few_free (samples);
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  prepare ();
  g_test_add_func ("/variants/measured", test_what_is_measured_is_what_an_evaluation_says);
  g_test_add_func ("/variants/kept", test_variants_come_back_as_they_were);
  g_test_add_func ("/variants/int8", test_one_in_8_bits_is_made_measured_and_kept_as_such);
  g_test_add_func ("/variants/int8-timed", test_one_in_8_bits_is_timed_in_8_bits);
  g_test_add_func ("/variants/int8-left", test_layers_left_in_real_numbers_are_named);
  g_test_add_func ("/variants/int8-progress", test_making_8_bits_tells_how_far_it_is);
  g_test_add_func ("/variants/int8-learns", test_one_in_8_bits_learns_in_them);
  g_test_add_func ("/variants/int8-learns-progress", test_training_in_8_bits_is_told_as_part_of_the_whole);
  g_test_add_func ("/variants/bf16", test_one_in_16_bits_takes_half_the_room_and_answers_as_its_file);
  g_test_add_func ("/variants/scores", test_what_is_made_has_the_scores_that_it_gets);
  g_test_add_func ("/variants/of", test_one_in_fewer_bits_is_made_of_a_pruned_one_and_says_so);
  g_test_add_func ("/variants/time", test_a_time_that_cannot_be_reached_is_refused);
  g_test_add_func ("/variants/others", test_what_other_images_said_counts_no_more);
  g_test_add_func ("/variants/dropped", test_one_that_is_dropped_is_gone);
  g_test_add_func ("/variants/damaged", test_damaged_facts_are_named_and_left_out);
  result = g_test_run ();
  clean_up ();
  return result;
}
