/* lathe-variant.c: a model as it was trained, and what was made of it to be smaller, each measured in the same way.
 *
 * Accuracy is that on the validation images, which no variant has learned from; milliseconds are those of one image on
 * all cores. See lathe-variant-file.c for how variants are kept.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-variant.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "formats/lathe-model-file.h"
#include "lathe-bench.h"
#include "lathe-fine-tune.h"
#include "lathe-predictor.h"
#include "lathe-prune-time.h"

static LatheModel *
prune (LatheModel *model, LatheDataset *dataset, const LatheVariantRecipe *recipe, gboolean *left_out,
       LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable, GError **error)
{
  LathePruneTimes times;
  g_autoptr (LatheModel) pruned =
      recipe->milliseconds > 0
          ? lathe_prune_to_time (model, &recipe->pruning, recipe->milliseconds, 0, cancellable, &times, error)
          : lathe_prune (model, &recipe->pruning, error);

  if (pruned == NULL || recipe->training.epochs == 0)
    return g_steal_pointer (&pruned);
  return lathe_fine_tune (pruned, dataset, &recipe->training, progress, progress_data, cancellable, error);
}

static LatheModel *
quantise (LatheModel *model, LatheDataset *dataset, const LatheVariantRecipe *recipe, gboolean *left_out,
          LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable, GError **error)
{
  LatheHyperparameters training = recipe->training;
  LatheQuantiseOptions options = recipe->quantising;
  g_autoptr (LatheQuantised) quantised = NULL;

  training.learning_rate *= LATHE_QUANTISE_RATE;
  options.fine_tune = training.epochs > 0 ? &training : NULL;
  quantised = lathe_quantise (model, dataset, &options, progress, progress_data, cancellable, error);
  if (quantised == NULL)
    return NULL;
  *left_out = options.fine_tune != NULL && !quantised->tuned;
  return lathe_model_ref (quantised->model);
}

static LatheModel *
round_weights (LatheModel *model, LatheDataset *dataset, const LatheVariantRecipe *recipe, gboolean *left_out,
               LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable, GError **error)
{
  return lathe_model_in_bf16 (model, error);
}

const LatheVariantRow lathe_variant_kinds[LATHE_N_VARIANT_KINDS] = {
    [LATHE_VARIANT_TRAINED] = {"trained", N_ ("As trained"), NULL, NULL},
    /* Translators: a share in percent */
    [LATHE_VARIANT_CHANNELS] = {"channels", N_ ("Pruned"), N_ ("%.0f %% of the multiply-adds gone"), prune},
    [LATHE_VARIANT_WEIGHTS] = {"weights", N_ ("Sparse"), N_ ("%.0f %% of the weights are zero"), prune},
    /* Translators: a model whose numbers have 8 bits */
    [LATHE_VARIANT_INT8] = {"int8", N_ ("8 bits"), NULL, quantise},
    /* Translators: a model whose weights have 16 bits; bfloat16 is the name of such numbers */
    [LATHE_VARIANT_BF16] = {"bf16", N_ ("16 bits (bfloat16)"), NULL, round_weights},
};

/**
 * lathe_variant_new:
 * @model: a reference is taken
 *
 * Returns: (transfer full): kept nowhere, and not measured
 */
LatheVariant *
lathe_variant_new (const LatheVariantStep *step, LatheModel *model)
{
  LatheVariant *variant = g_new0 (LatheVariant, 1);

  variant->step = *step;
  variant->model = lathe_model_ref (model);
  variant->bytes = lathe_model_count_bytes (model);
  lathe_model_get_cost (model, &variant->cost);
  g_atomic_ref_count_init (&variant->references);
  return variant;
}

/**
 * lathe_variant_copy:
 *
 * Returns: (transfer full): another one of the same model, to be changed: it is kept where the first is, and measured
 * as it
 */
LatheVariant *
lathe_variant_copy (const LatheVariant *variant)
{
  LatheVariant *copy = g_memdup2 (variant, sizeof *variant);

  lathe_model_ref (copy->model);
  copy->fingerprint = g_strdup (variant->fingerprint);
  g_atomic_ref_count_init (&copy->references);
  return copy;
}

LatheVariant *
lathe_variant_ref (LatheVariant *variant)
{
  g_atomic_ref_count_inc (&variant->references);
  return variant;
}

void
lathe_variant_unref (LatheVariant *variant)
{
  if (!g_atomic_ref_count_dec (&variant->references))
    return;
  lathe_model_unref (variant->model);
  g_free (variant->fingerprint);
  g_free (variant);
}

/**
 * lathe_variant_accuracy:
 *
 * Returns: 0 … 1; NAN: it was not measured, or there are no validation images
 */
double
lathe_variant_accuracy (const LatheVariant *variant)
{
  return variant->images > 0 ? (double) variant->right / variant->images : NAN;
}

/* In which the accuracy is with 95 %: Wilson 1927. */
LatheInterval
lathe_variant_interval (const LatheVariant *variant)
{
  return variant->images > 0 ? lathe_interval_wilson (variant->right, variant->images) : LATHE_NO_INTERVAL;
}

/* Whether one in fewer bits can be made of it: all of its numbers have 32. */
gboolean
lathe_variant_can_be_rounded (const LatheVariant *variant)
{
  return variant->model->quantisation == NULL && !variant->model->in_bf16;
}

/* As people read it, where it is one that we know. */
static const char *
calibration_title (const char *name)
{
  for (guint i = 0; i < LATHE_N_CALIBRATIONS; i++)
    if (g_str_equal (name, lathe_calibrate_names[i]))
      return _ (lathe_calibrate_titles[i]);
  return name;
}

/* (transfer full): with the training after it */
static char *
describe_trained (char *made, guint epochs, gboolean left_out)
{
  g_autofree char *first = made, *trained = NULL;

  if (epochs == 0)
    return g_steal_pointer (&first);
  trained = g_strdup_printf (left_out ? ngettext ("%u epoch of training made it no better and is left out",
                                                  "%u epochs of training made it no better and are left out", epochs)
                                      : ngettext ("%u epoch of training", "%u epochs of training", epochs),
                             epochs);
  return g_strdup_printf ("%s, %s", first, trained);
}

static char *
describe_int8 (const LatheVariant *variant)
{
  const LatheQuantisation *quantisation = variant->model->quantisation;

  /* Translators: “8 bits”, a number of images, and how the range that 8 bits stand for was chosen: “Whole range” */
  return g_strdup_printf (
      ngettext ("%s: calibrated on %u image (%s)", "%s: calibrated on %u images (%s)", quantisation->n_images),
      _ (lathe_variant_kinds[LATHE_VARIANT_INT8].title), quantisation->n_images,
      calibration_title (quantisation->method));
}

static char *
describe_step (const LatheVariantStep *step)
{
  const LatheVariantRow *row = &lathe_variant_kinds[step->kind];
  g_autofree char *made = NULL;

  if (row->made == NULL)
    return g_strdup (_ (row->title));
  made = g_strdup_printf (_ (row->made), 100 * step->share);
  return describe_trained (g_strdup_printf ("%s: %s", _ (row->title), made), step->epochs, FALSE);
}

/**
 * lathe_variant_describe:
 *
 * Returns: (transfer full): “Pruned: 50 % of the multiply-adds gone, 2 epochs of training”
 */
char *
lathe_variant_describe (const LatheVariant *variant)
{
  g_autofree char *own = variant->step.kind == LATHE_VARIANT_INT8
                             ? describe_trained (describe_int8 (variant), variant->step.epochs, variant->left_out)
                             : describe_step (&variant->step);
  g_autofree char *of = NULL;

  if (variant->of.kind == LATHE_VARIANT_TRAINED)
    return g_steal_pointer (&own);
  of = describe_step (&variant->of);
  /* Translators: how a variant of a model was made, and how the one was made that it was made of: “8 bits: calibrated
   * on 512 images (Whole range) – of Pruned: 50 % of the multiply-adds gone” */
  return g_strdup_printf (_ ("%s – of %s"), own, of);
}

/* @scores: (out): what the model got on the validation images; NAN where there are none. (transfer full) */
static LatheVariant *
measure (const LatheVariant *variant, LatheDataset *dataset, guint n_threads, LatheScores *scores,
         GCancellable *cancellable, GError **error)
{
  guint threads = n_threads > 0 ? n_threads : lathe_default_threads ();
  g_autoptr (LathePool) pool = lathe_pool_new (threads);
  g_autoptr (LatheVariant) measured = lathe_variant_copy (variant);
  g_autoptr (LatheEvaluation) evaluation = NULL;
  double seconds;

  *scores = (LatheScores){variant->model->scores.best_epoch, NAN, NAN, NAN, NAN};
  g_clear_pointer (&measured->fingerprint, g_free);
  measured->images = measured->right = 0;
  if (!lathe_bench_model (variant->model, pool, cancellable, &seconds, error))
    return NULL;
  measured->milliseconds = 1e3 * seconds;
  if (lathe_dataset_count (dataset, -1, LATHE_SPLIT_VALIDATION) > 0)
    {
      evaluation =
          lathe_evaluate (variant->model, dataset, LATHE_SPLIT_VALIDATION, threads, NULL, NULL, cancellable, error);
      if (evaluation == NULL)
        return NULL;
      measured->images = lathe_evaluation_get_n (evaluation);
      for (guint i = 0; i < measured->images; i++)
        measured->right += lathe_evaluation_get (evaluation, i)->said == lathe_evaluation_get (evaluation, i)->truth;
      scores->validation_loss = lathe_metrics_loss (evaluation->metrics);
      scores->validation_accuracy = lathe_metrics_accuracy (evaluation->metrics);
    }
  measured->fingerprint = lathe_dataset_fingerprint (dataset);
  return g_steal_pointer (&measured);
}

/**
 * lathe_variant_measure:
 * @n_threads: 0: as many as the machine has cores
 *
 * Takes about as long as to score an epoch.
 * Errors: as lathe_evaluate() and lathe_bench_model().
 *
 * Returns: (transfer full): the same, measured
 */
LatheVariant *
lathe_variant_measure (const LatheVariant *variant, LatheDataset *dataset, guint n_threads, GCancellable *cancellable,
                       GError **error)
{
  LatheScores scores;

  return measure (variant, dataset, n_threads, &scores, cancellable, error);
}

/* That was asked for, or that the time took. */
static double
share_of (const LatheModel *model, const LatheModel *made, const LatheVariantRecipe *recipe)
{
  LatheModelCost before, after;

  if (recipe->milliseconds == 0)
    return recipe->pruning.share;
  lathe_model_get_cost (model, &before);
  lathe_model_get_cost (made, &after);
  return 1 - (double) after.multiply_adds / (double) before.multiply_adds;
}

/**
 * lathe_variant_make:
 * @of: what it is made of: the model as it was trained or, of one in fewer bits, one that was pruned
 * @dataset: that it was trained on
 * @progress: (nullable): may be called on another thread
 *
 * Errors: as lathe_prune(), lathe_fine_tune(), lathe_quantise(), lathe_model_in_bf16() and lathe_variant_measure().
 *
 * Returns: (transfer full): measured, and kept nowhere
 */
LatheVariant *
lathe_variant_make (const LatheVariant *of, LatheDataset *dataset, const LatheVariantRecipe *recipe,
                    LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable, GError **error)
{
  const LatheVariantRow *row = &lathe_variant_kinds[recipe->kind];
  gboolean pruned = row->made != NULL, left_out = FALSE;
  LatheVariantStep step = {.kind = recipe->kind};
  g_autoptr (LatheModel) made = NULL;
  g_autoptr (LatheVariant) variant = NULL, measured = NULL;
  LatheScores scores;

  g_return_val_if_fail (row->make != NULL && of->of.kind == LATHE_VARIANT_TRAINED, NULL);
  g_return_val_if_fail (of->step.kind == LATHE_VARIANT_TRAINED || !pruned, NULL);

  made = row->make (of->model, dataset, recipe, &left_out, progress, progress_data, cancellable, error);
  if (made == NULL)
    return NULL;
  step.share = pruned ? share_of (of->model, made, recipe) : 0;
  step.epochs = recipe->kind != LATHE_VARIANT_BF16 ? recipe->training.epochs : 0;
  variant = lathe_variant_new (&step, made);
  variant->of = of->step;
  variant->left_out = left_out;
  measured = measure (variant, dataset, 0, &scores, cancellable, error);
  if (measured == NULL)
    return NULL;
  if (!isfinite (made->scores.validation_accuracy)) /* nobody has asked it while it was made */
    {
      made->scores = scores;
      measured->bytes = lathe_model_count_bytes (measured->model);
    }
  return g_steal_pointer (&measured);
}
