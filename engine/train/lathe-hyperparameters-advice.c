/* lathe-hyperparameters-advice.c: what of a training's settings does not go together, and what would mend it.
 *
 * A table of rules, each about one row: it looks at the other settings and at how many images there are, and says what
 * comes of it, or nothing. Nothing of this forbids a training: what cannot be at all is for
 * lathe_hyperparameters_check(), whose error is one of the rules.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-hyperparameters-advice.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "lathe-balance.h"

#define USUAL_BATCH 32
#define STEPS_PER_EPOCH 8 /* that a batch in place of one that is too large leaves at least */
#define TOO_SMOOTH 0.5    /* of the truth, spread over all classes */
#define SLOW_LION 0.995   /* beta 2, from which on Lion forgets too slowly … */
#define USUAL_LION 0.99   /* … and what its authors take */
#define NEARLY_EQUAL 50   /* classes that differ by one image in so many are of one size */

/* Returns: (transfer full) (nullable): what is to be said; with a value that mends it, or NAN as it was */
typedef char *(*Rule) (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy);

/* --- Steps --- */

static guint
count_steps (const LatheHyperparameters *h, const LatheTrainingSet *set)
{
  return (set->n_train + h->batch - 1) / h->batch;
}

/* The largest power of two that leaves an epoch some steps. */
static guint
smaller_batch (guint n_train)
{
  guint batch = USUAL_BATCH;

  while (batch > 1 && batch * STEPS_PER_EPOCH > n_train)
    batch /= 2;
  return batch;
}

static char *
check_batch (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  gboolean mixes = h->augmentation.mixup > 0 || h->augmentation.cutmix > 0;

  if (mixes && h->batch == 1)
    {
      *remedy = USUAL_BATCH;
      return g_strdup (_ ("Mixup and CutMix take the other image from the batch, and a batch of one has no other: "
                          "nothing is mixed."));
    }
  if (set->n_train < 2 || h->batch < set->n_train)
    return NULL;
  *remedy = smaller_batch (set->n_train);
  return g_strdup_printf (_ ("There are %u training images, so an epoch is a single step, and weights hardly move. "
                             "A smaller batch makes more steps."),
                          set->n_train);
}

static char *
check_lookahead (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  guint64 steps = (guint64) count_steps (h, set) * h->epochs;

  if (h->lookahead == 0 || steps == 0 || h->lookahead < steps)
    return NULL;
  *remedy = 0;
  return g_strdup_printf (
      _ ("The training has %" PRIu64 " steps, and is over before the weights go back for the first time."), steps);
}

/* --- The learning rate --- */

/* Between which rates an optimizer usually learns, and where to begin: what their papers and the manuals of Keras and
 * PyTorch take, with an order of magnitude or two to either side. Lion's rate is three to ten times smaller than
 * AdamW's (Chen et al. 2023, section 5); airbench's Nesterov begins at 1.5 (Jordan 2024). */
static const struct
{
  double least, most, usual;
} rates[] = {
    [LATHE_OPTIMIZER_SGD] = {1e-4, 2, 0.05},       [LATHE_OPTIMIZER_MOMENTUM] = {1e-5, 2, 0.01},
    [LATHE_OPTIMIZER_ADAM] = {1e-6, 0.03, 1e-3},   [LATHE_OPTIMIZER_NESTEROV] = {1e-5, 2, 0.01},
    [LATHE_OPTIMIZER_ADAGRAD] = {1e-4, 0.5, 0.01}, [LATHE_OPTIMIZER_RMSPROP] = {1e-6, 0.03, 1e-3},
    [LATHE_OPTIMIZER_ADAMW] = {1e-6, 0.03, 1e-3},  [LATHE_OPTIMIZER_LION] = {1e-7, 5e-4, 1e-4},
};
G_STATIC_ASSERT (G_N_ELEMENTS (rates) == LATHE_N_OPTIMIZERS);

static char *
check_rate (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  double least = rates[h->optimizer].least, most = rates[h->optimizer].most;

  if (h->learning_rate >= least && h->learning_rate <= most)
    return NULL;
  *remedy = rates[h->optimizer].usual;
  if (h->learning_rate > most)
    return g_strdup_printf (_ ("This optimiser usually learns at %g to %g: at a rate this large training mostly runs "
                               "away."),
                            least, most);
  return g_strdup_printf (_ ("This optimiser usually learns at %g to %g: at a rate this small next to nothing is "
                             "learned."),
                          least, most);
}

static char *
check_momentum (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  if (h->momentum > 0)
    return NULL;
  *remedy = 0.9;
  return g_strdup (_ ("Without momentum this optimiser is plain SGD."));
}

static char *
check_beta2 (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  if (h->optimizer != LATHE_OPTIMIZER_LION || h->beta2 <= SLOW_LION)
    return NULL;
  *remedy = USUAL_LION;
  return g_strdup_printf (_ ("Lion’s steps hardly turn any more when it forgets this slowly: %g is usual with it."),
                          USUAL_LION);
}

/* --- The schedule --- */

static char *
check_schedule (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  if (h->schedule != LATHE_SCHEDULE_PLATEAU || set->n_train == 0 || set->n_validation > 0)
    return NULL;
  *remedy = LATHE_SCHEDULE_COSINE;
  return g_strdup (
      _ ("There are no validation images, so the rate falls by the scores of the training images, which go "
         "on rising when nothing new is learned. Give validation a share, or take another schedule."));
}

static char *
check_warm_up (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  if (h->warm_up < h->epochs)
    return NULL;
  *remedy = h->epochs / 10.0;
  return g_strdup_printf (ngettext ("The rate rises until the end of training, which has %u epoch, and the schedule "
                                    "never begins.",
                                    "The rate rises until the end of training, which has %u epochs, and the schedule "
                                    "never begins.",
                                    h->epochs),
                          h->epochs);
}

static char *
check_decay (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  if (h->decay < 1)
    return NULL;
  *remedy = 0.5;
  return g_strdup (_ ("Multiplied by 1 the learning rate stays as it is."));
}

static char *
check_decay_epochs (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  double left = h->epochs - h->warm_up;

  if (left <= 0 || h->decay_epochs < left)
    return NULL;
  if (left > 1)
    *remedy = MAX (1, floor (left / 3));
  return g_strdup (_ ("Training is over before the rate falls for the first time."));
}

/* The first epoch is always the best so far, and what happens after the last one changes nothing. */
static gboolean
waits_too_long (const LatheHyperparameters *h, guint epochs)
{
  return epochs + 1 >= h->epochs;
}

static double
shorter_wait (const LatheHyperparameters *h)
{
  return h->epochs > 2 ? MAX (1, h->epochs / 4) : NAN;
}

static char *
check_patience (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  if (waits_too_long (h, h->patience))
    {
      *remedy = shorter_wait (h);
      return g_strdup (_ ("Training is over before it has waited that long."));
    }
  if (h->early_stopping == 0 || h->patience < h->early_stopping)
    return NULL;
  if (h->early_stopping > 1)
    *remedy = h->early_stopping / 2;
  return g_strdup (_ ("Early stopping ends the training before the rate falls for the first time."));
}

static char *
check_final_rate (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  if (h->final_rate < 1)
    return NULL;
  *remedy = 0;
  return g_strdup (_ ("With the whole rate left at the end it does not fall."));
}

/* --- The loss and the classes --- */

/* What the trainer would refuse. */
static char *
check_loss (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  g_autoptr (GError) error = NULL;

  if (lathe_hyperparameters_check (h, &error))
    return NULL;
  *remedy = LATHE_LOSS_CROSS_ENTROPY;
  return g_strdup_printf (_ ("%s."), error->message);
}

static char *
check_smoothing (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  if (h->label_smoothing < TOO_SMOOTH)
    return NULL;
  *remedy = 0.1;
  return g_strdup (_ ("With so much of the truth spread over all classes, little is left to learn."));
}

static char *
check_gamma (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  if (h->focal_gamma > 0)
    return NULL;
  *remedy = 2;
  return g_strdup (_ ("With a gamma of 0 the focal loss is plain cross-entropy."));
}

static gboolean
is_unequal (const LatheTrainingSet *set)
{
  return set->least > 0 && set->most >= LATHE_UNEQUAL * set->least;
}

static char *
check_balance (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  if (h->balance == LATHE_BALANCE_NONE && is_unequal (set))
    {
      *remedy = LATHE_BALANCE_RESAMPLE;
      return g_strdup_printf (_ ("The smallest class has %u training images, the largest %u: what is seldom seen is "
                                 "seldom named."),
                              set->least, set->most);
    }
  if (h->balance == LATHE_BALANCE_NONE || set->least == 0 || set->most - set->least > 1 + set->least / NEARLY_EQUAL)
    return NULL;
  *remedy = LATHE_BALANCE_NONE;
  return g_strdup (_ ("The classes are of one size already, so there is nothing to balance."));
}

static char *
check_best_by (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  if (h->best_by == LATHE_BEST_BY_MACRO_F1 && set->n_train > 0 && set->n_validation == 0)
    {
      *remedy = LATHE_BEST_BY_ACCURACY;
      return g_strdup (_ ("There are no validation images to take macro F1 of: the accuracy on the training images "
                          "decides."));
    }
  if (h->best_by != LATHE_BEST_BY_ACCURACY || h->balance == LATHE_BALANCE_NONE || !is_unequal (set) ||
      set->n_validation == 0)
    return NULL;
  *remedy = LATHE_BEST_BY_MACRO_F1;
  return g_strdup (_ ("All classes count the same while they are learned, but in the accuracy by which the best epoch "
                      "is chosen large ones count more."));
}

static char *
check_precision (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  if (lathe_precision_is_fast (h->precision))
    return NULL;
  *remedy = LATHE_PRECISION_FP32;
  return g_strdup (_ ("This processor has no instructions for bf16: training takes longer with it than without."));
}

/* --- The end --- */

static char *
check_early_stopping (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  gboolean falls_to_the_end = h->schedule == LATHE_SCHEDULE_COSINE || h->schedule == LATHE_SCHEDULE_ONE_CYCLE;

  if (h->early_stopping == 0)
    return NULL;
  if (waits_too_long (h, h->early_stopping))
    {
      *remedy = isnan (shorter_wait (h)) ? 0 : shorter_wait (h);
      return g_strdup (_ ("Training is over before it has waited that long, and is never stopped."));
    }
  *remedy = 0;
  if (set->n_train > 0 && set->n_validation == 0)
    return g_strdup (_ ("There are no validation images, so the training images decide, and on those a network goes on "
                        "getting better when it learns nothing new. Give validation a share, or do not stop early."));
  if (falls_to_the_end)
    return g_strdup (_ ("The schedule lets the rate fall until the last epoch, where most is gained: a training that "
                        "is stopped before does not get there."));
  return NULL;
}

/* --- Augmentation --- */

static char *
check_colour (double strength, const LatheTrainingSet *set, double *remedy)
{
  if (strength <= 0 || set->channels != 1)
    return NULL;
  *remedy = 0;
  return g_strdup (_ ("The network gets grey images, on which this does nothing."));
}

static char *
check_saturation (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  return check_colour (h->augmentation.saturation, set, remedy);
}

static char *
check_hue (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  return check_colour (h->augmentation.hue, set, remedy);
}

static char *
check_shift (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  guint side = MIN (set->width, set->height);

  if (side == 0 || h->augmentation.shift * 2 < side)
    return NULL;
  *remedy = MIN (2, (side - 1) / 2);
  return g_strdup_printf (_ ("The network gets %u×%u pixels: moved this far, half an image may be gone."), set->width,
                          set->height);
}

static char *
check_cutout (const LatheHyperparameters *h, const LatheTrainingSet *set, double *remedy)
{
  guint side = MIN (set->width, set->height);

  if (side == 0 || h->augmentation.cutout < side)
    return NULL;
  *remedy = side / 4;
  return g_strdup_printf (_ ("The network gets %u×%u pixels: a square of this side may cover all of an image."),
                          set->width, set->height);
}

/* --- All of them --- */

static const struct
{
  const char *name;
  Rule look;
} rules[] = {
    {"batch", check_batch},
    {"learning-rate", check_rate},
    {"schedule", check_schedule},
    {"early-stopping", check_early_stopping},
    {"shift", check_shift},
    {"saturation", check_saturation},
    {"hue", check_hue},
    {"cutout", check_cutout},
    {"momentum", check_momentum},
    {"beta2", check_beta2},
    {"lookahead", check_lookahead},
    {"warm-up", check_warm_up},
    {"decay", check_decay},
    {"decay-epochs", check_decay_epochs},
    {"patience", check_patience},
    {"final-rate", check_final_rate},
    {"loss", check_loss},
    {"label-smoothing", check_smoothing},
    {"focal-gamma", check_gamma},
    {"balance", check_balance},
    {"best-by", check_best_by},
    {"precision", check_precision},
};

static void
advice_clear (gpointer advice)
{
  g_free (((LatheHyperparameterAdvice *) advice)->text);
}

/* What differs from its default as if it mattered. */
static void
add_idle (GArray *found, const LatheHyperparameters *values)
{
  guint n_rows;
  const LatheHyperparameter *rows = lathe_hyperparameters (&n_rows);

  for (guint i = 0; i < n_rows; i++)
    {
      double fallback = rows[i].property.fallback;
      LatheHyperparameterAdvice advice = {&rows[i], NULL, fallback};

      if (lathe_hyperparameter_counts (&rows[i], values) || lathe_hyperparameter_get (&rows[i], values) == fallback)
        continue;
      advice.text = g_strdup (_ ("As the other settings stand it makes no difference."));
      g_array_append_val (found, advice);
    }
}

/**
 * lathe_hyperparameters_advise:
 * @set: what is known of the images
 *
 * Returns: (transfer full) (element-type LatheHyperparameterAdvice): what does not go together, at most one of each
 * row: what matters first, then what was set and makes no difference
 */
GArray *
lathe_hyperparameters_advise (const LatheHyperparameters *values, const LatheTrainingSet *set)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (LatheHyperparameterAdvice));

  g_array_set_clear_func (found, advice_clear);
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      LatheHyperparameterAdvice advice = {lathe_hyperparameter_find (rules[i].name), NULL, NAN};

      if (!lathe_hyperparameter_counts (advice.row, values))
        continue;
      advice.text = rules[i].look (values, set, &advice.remedy);
      if (advice.text != NULL)
        g_array_append_val (found, advice);
    }
  add_idle (found, values);
  return found;
}

/**
 * lathe_training_set_of:
 * @dataset: (nullable): of which nothing is known where there is none
 * @set: (out caller-allocates)
 *
 * Costs as much as the dataset has classes.
 */
void
lathe_training_set_of (LatheDataset *dataset, const LathePreprocess *preprocess, LatheTrainingSet *set)
{
  *set = (LatheTrainingSet){.width = preprocess->width, .height = preprocess->height, .channels = preprocess->channels};
  if (dataset == NULL)
    return;
  set->n_train = lathe_dataset_count (dataset, -1, LATHE_SPLIT_TRAIN);
  set->n_validation = lathe_dataset_count (dataset, -1, LATHE_SPLIT_VALIDATION);
  for (guint label = 0; label < lathe_dataset_get_n_classes (dataset); label++)
    {
      guint n = lathe_dataset_count (dataset, (int) label, LATHE_SPLIT_TRAIN);

      set->most = MAX (set->most, n);
      if (n > 0)
        set->least = set->least > 0 ? MIN (set->least, n) : n;
    }
}
