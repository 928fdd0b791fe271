/* lathe-hyperparameters.c: what a person may choose about a training: one table, and what is drawn from it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-hyperparameters.h"

#include <glib/gi18n-lib.h>

#include "base/lathe-error.h"

#define BELOW_ONE 0.999999

static const char *const optimizers[] = {
    N_ ("sgd"),   N_ ("momentum"), N_ ("adam"), N_ ("nesterov"), N_ ("adagrad"), N_ ("rmsprop"),
    N_ ("adamw"), N_ ("lion"),     NULL,
};
static const char *const schedules[] = {
    N_ ("constant"), N_ ("step"), N_ ("exponential"), N_ ("cosine"), N_ ("one-cycle"), N_ ("plateau"), NULL,
};
static const char *const flips[] = {N_ ("none"), N_ ("random"), N_ ("alternate"), NULL};
static const char *const balances[] = {N_ ("none"), N_ ("weights"), N_ ("resample"), NULL};
static const char *const precisions[] = {N_ ("fp32"), N_ ("bf16"), NULL};
static const char *const best_by[] = {N_ ("accuracy"), N_ ("loss"), N_ ("macro-f1"), NULL};

G_STATIC_ASSERT (G_N_ELEMENTS (optimizers) == LATHE_N_OPTIMIZERS + 1);
G_STATIC_ASSERT (G_N_ELEMENTS (schedules) == LATHE_N_SCHEDULES + 1);
G_STATIC_ASSERT (G_N_ELEMENTS (flips) == LATHE_N_FLIPS + 1);
G_STATIC_ASSERT (G_N_ELEMENTS (balances) == LATHE_N_BALANCES + 1);
G_STATIC_ASSERT (G_N_ELEMENTS (precisions) == LATHE_N_PRECISIONS + 1);
G_STATIC_ASSERT (G_N_ELEMENTS (best_by) == LATHE_N_BEST_BY + 1);

#define AT(member) .offset = G_STRUCT_OFFSET (LatheHyperparameters, member)
#define COUNTS_FOR(member, bits) .of = G_STRUCT_OFFSET (LatheHyperparameters, member), .values = (bits)
#define LOGARITHMIC .logarithmic = TRUE
#define CHOICE(names, first)                                                                                           \
  .type = LATHE_PROPERTY_CHOICE, .minimum = 0, .maximum = G_N_ELEMENTS (names) - 2, .fallback = (first),               \
  .choices = (names)
#define WHOLE(least, most, usual)                                                                                      \
  .type = LATHE_PROPERTY_INTEGER, .minimum = (least), .maximum = (most), .fallback = (usual)
#define REAL(least, most, usual) .type = LATHE_PROPERTY_REAL, .minimum = (least), .maximum = (most), .fallback = (usual)

#define ADAMS (1 << LATHE_OPTIMIZER_ADAM | 1 << LATHE_OPTIMIZER_ADAMW)
#define LION (1 << LATHE_OPTIMIZER_LION)
#define DECAYING (1 << LATHE_SCHEDULE_STEP | 1 << LATHE_SCHEDULE_EXPONENTIAL | 1 << LATHE_SCHEDULE_PLATEAU)

static const LatheHyperparameter rows[] = {
    {{.name = "epochs",
      .title = N_ ("Epochs"),
      .help = N_ ("How often every training image is learned from."),
      WHOLE (1, 1e6, 10)},
     AT (epochs)},
    {{.name = "batch",
      .title = N_ ("Batch"),
      .help = N_ ("How many images a step looks at. Large batches are faster, small ones often learn better."),
      .unit = N_ ("images"),
      WHOLE (1, 65536, 32)},
     AT (batch),
     LOGARITHMIC},

    {{.name = "flip",
      .title = N_ ("Flip"),
      .help = N_ ("Shows images as in a mirror: random, half of them in each epoch; alternate, half of them in the "
                  "first and in each epoch those that were not in the one before."),
      CHOICE (flips, LATHE_FLIP_NONE)},
     AT (augmentation.flip)},
    {{.name = "shift",
      .title = N_ ("Shift"),
      .help = N_ ("Moves images by up to so many pixels each way, at random; what comes in is the image’s own rim, "
                  "reflected."),
      .unit = N_ ("pixels"),
      WHOLE (0, 1024, 0)},
     AT (augmentation.shift)},
    {{.name = "flip-vertical",
      .title = N_ ("Vertical flip"),
      .help =
          N_ ("Turns images upside down, as often as flip does. For pictures that have no top, such as from above."),
      CHOICE (flips, LATHE_FLIP_NONE)},
     AT (augmentation.flip_vertical)},
    {{.name = "rotate",
      .title = N_ ("Rotation"),
      .help = N_ ("Turns images by up to so much, clockwise or against it."),
      .unit = N_ ("degrees"),
      REAL (0, 180, 0)},
     AT (augmentation.rotate)},
    {{.name = "zoom",
      .title = N_ ("Zoom"),
      .help = N_ ("Makes what is seen larger or smaller by up to this share."),
      REAL (0, 0.9, 0)},
     AT (augmentation.zoom)},
    {{.name = "shear",
      .title = N_ ("Shear"),
      .help = N_ ("Lets images lean to the left or right by up to so much."),
      .unit = N_ ("degrees"),
      REAL (0, 60, 0)},
     AT (augmentation.shear)},
    {{.name = "crop",
      .title = N_ ("Random crop"),
      .help = N_ ("Cuts up to this share off both sides, at random where, and brings what is left to full size."),
      REAL (0, 0.9, 0)},
     AT (augmentation.crop)},
    {{.name = "brightness",
      .title = N_ ("Brightness"),
      .help = N_ ("Makes images brighter or darker by up to this share."),
      REAL (0, 1, 0)},
     AT (augmentation.brightness)},
    {{.name = "contrast",
      .title = N_ ("Contrast"),
      .help = N_ ("Moves what is bright and what is dark apart or together by up to this share."),
      REAL (0, 1, 0)},
     AT (augmentation.contrast)},
    {{.name = "saturation",
      .title = N_ ("Saturation"),
      .help = N_ ("Makes colours stronger or weaker by up to this share. It does nothing to grey images."),
      REAL (0, 1, 0)},
     AT (augmentation.saturation)},
    {{.name = "hue",
      .title = N_ ("Hue"),
      .help = N_ ("Turns colours round the colour circle by up to so much. It does nothing to grey images."),
      .unit = N_ ("degrees"),
      REAL (0, 180, 0)},
     AT (augmentation.hue)},
    {{.name = "randaugment",
      .title = N_ ("RandAugment"),
      .help =
          N_ ("Changes each image in two of fourteen ways, at random which, all as strongly as this says: position, "
              "shape, colours and tones. Its usual strength is 5, its greatest 10."),
      REAL (0, LATHE_MAX_STRENGTH, 0)},
     AT (augmentation.randaugment)},
    {{.name = "blur",
      .title = N_ ("Blur"),
      .help = N_ ("Blurs images, by a normal distribution of up to this deviation."),
      .unit = N_ ("pixels"),
      REAL (0, LATHE_MAX_BLUR, 0)},
     AT (augmentation.blur)},
    {{.name = "noise",
      .title = N_ ("Noise"),
      .help = N_ ("Adds noise to every pixel, of up to this deviation, where black is 0 and white is 1."),
      REAL (0, 1, 0)},
     AT (augmentation.noise)},
    {{.name = "cutout",
      .title = N_ ("Cutout"),
      .help = N_ ("Covers a square of this side, at random where, with the image’s mean colour."),
      .unit = N_ ("pixels"),
      WHOLE (0, 1024, 0)},
     AT (augmentation.cutout)},
    {{.name = "mixup",
      .title = N_ ("Mixup"),
      .help = N_ ("Blends each image with another of its batch, and their labels as much; the larger this alpha of the "
                  "beta distribution, the more alike their shares. 0.2 is usual."),
      REAL (0, 100, 0)},
     AT (augmentation.mixup)},
    {{.name = "cutmix",
      .title = N_ ("CutMix"),
      .help = N_ ("Lays a part of another image of the batch over each, and mixes the labels by area; the larger this "
                  "alpha of the beta distribution, the larger the part. 1 is usual."),
      REAL (0, 100, 0)},
     AT (augmentation.cutmix)},

    {{.name = "optimizer",
      .title = N_ ("Optimiser"),
      .help = N_ ("How the gradient moves the weights. Adam suits nearly everything."),
      CHOICE (optimizers, LATHE_OPTIMIZER_ADAM)},
     AT (optimizer)},
    {{.name = "learning-rate",
      .title = N_ ("Learning rate"),
      .help = N_ ("How far each step goes. Too small learns slowly, too large runs away."),
      REAL (1e-12, 1e30, 1e-3)},
     AT (learning_rate),
     LOGARITHMIC},
    {{.name = "shift-rate",
      .title = N_ ("Rate of shifts"),
      .help = N_ ("How many times the learning rate it is by which norm layers learn what they add."),
      REAL (0, 1e6, 1)},
     AT (shift_rate),
     LOGARITHMIC},
    {{.name = "lower-rate",
      .title = N_ ("Rate of lower stages"),
      .help = N_ (
          "What the learning rate is multiplied by at each stage below the last: a dense layer, or all layers whose "
          "images have one size. 1 lets all learn alike; with 0.4 lower layers, which know what is common to all "
          "images, keep more of it."),
      REAL (0.01, 1, 1)},
     AT (lower_rate),
     LOGARITHMIC},
    {{.name = "momentum",
      .title = N_ ("Momentum"),
      .help = N_ ("How much of the last step is kept."),
      REAL (0, BELOW_ONE, 0.9)},
     AT (momentum),
     COUNTS_FOR (optimizer, 1 << LATHE_OPTIMIZER_MOMENTUM | 1 << LATHE_OPTIMIZER_NESTEROV)},
    {{.name = "beta1",
      .title = N_ ("Beta 1"),
      .help = N_ ("How slowly the mean of the gradients forgets."),
      REAL (0, BELOW_ONE, 0.9)},
     AT (beta1),
     COUNTS_FOR (optimizer, ADAMS | LION)},
    {{.name = "beta2",
      .title = N_ ("Beta 2"),
      .help =
          N_ ("How slowly the mean of their squares forgets; for RMSprop 0.99 suits. For Lion it is the mean of the "
              "gradients themselves, and 0.99 suits too."),
      REAL (0, BELOW_ONE, 0.999)},
     AT (beta2),
     COUNTS_FOR (optimizer, ADAMS | LION | 1 << LATHE_OPTIMIZER_RMSPROP)},
    {{.name = "epsilon",
      .title = N_ ("Epsilon"),
      .help = N_ ("Is added to what is divided by, so that it is never 0."),
      REAL (1e-12, 1, 1e-8)},
     AT (epsilon),
     COUNTS_FOR (optimizer, ADAMS | 1 << LATHE_OPTIMIZER_ADAGRAD | 1 << LATHE_OPTIMIZER_RMSPROP),
     LOGARITHMIC},
    {{.name = "weight-decay",
      .title = N_ ("Weight decay"),
      .help = N_ ("Each step makes every weight smaller by this share of itself times the learning rate."),
      REAL (0, 1, 0.01)},
     AT (weight_decay),
     COUNTS_FOR (optimizer, LION | 1 << LATHE_OPTIMIZER_ADAMW),
     LOGARITHMIC},
    {{.name = "clip-value",
      .title = N_ ("Clip values"),
      .help = N_ ("No number of the gradient gets larger than this; 0 leaves them as they are."),
      REAL (0, 1e6, 0)},
     AT (clip_value)},
    {{.name = "clip-norm",
      .title = N_ ("Clip norm"),
      .help = N_ ("The gradient as a whole gets no longer than this, and keeps its direction; 0 leaves it as it is."),
      REAL (0, 1e6, 0)},
     AT (clip_norm)},
    {{.name = "average",
      .title = N_ ("Average of the weights"),
      .help =
          N_ ("How slowly a moving average of the weights forgets: the average is what is kept, and usually answers "
              "better. 0.999 is a good first try; 0 makes none."),
      REAL (0, BELOW_ONE, 0)},
     AT (average)},
    {{.name = "lookahead",
      .title = N_ ("Lookahead"),
      .help =
          N_ ("Every so many steps the weights go back to a slow mean of themselves, which moves the less the nearer "
              "the end is: often a better network. 5 is a good first try; 0 leaves them alone."),
      .unit = N_ ("steps"),
      WHOLE (0, 1000, 0)},
     AT (lookahead)},

    {{.name = "schedule",
      .title = N_ ("Schedule"),
      .help = N_ ("How the learning rate changes while training goes on."),
      CHOICE (schedules, LATHE_SCHEDULE_CONSTANT)},
     AT (schedule)},
    {{.name = "warm-up",
      .title = N_ ("Warm-up"),
      .help = N_ ("How long the learning rate rises before the schedule begins. The one cycle rises that long to its "
                  "peak, and with 0 for three tenths of its time."),
      .unit = N_ ("epochs"),
      REAL (0, 1e6, 0)},
     AT (warm_up)},
    {{.name = "decay",
      .title = N_ ("Decay"),
      .help =
          N_ ("What the learning rate is multiplied by at each step of the schedule: every few epochs, every epoch, "
              "or when training is stuck."),
      REAL (1e-6, 1, 0.5)},
     AT (decay),
     COUNTS_FOR (schedule, DECAYING)},
    {{.name = "decay-epochs",
      .title = N_ ("Decay every"),
      .help = N_ ("How many epochs have the same learning rate."),
      .unit = N_ ("epochs"),
      WHOLE (1, 1e6, 5)},
     AT (decay_epochs),
     COUNTS_FOR (schedule, 1 << LATHE_SCHEDULE_STEP)},
    {{.name = "patience",
      .title = N_ ("Patience"),
      .help = N_ ("After how many epochs without a better one the learning rate is lowered."),
      .unit = N_ ("epochs"),
      WHOLE (1, 1e6, 3)},
     AT (patience),
     COUNTS_FOR (schedule, 1 << LATHE_SCHEDULE_PLATEAU)},
    {{.name = "final-rate",
      .title = N_ ("Final rate"),
      .help = N_ ("Which share of the learning rate is left in the last step."),
      REAL (0, 1, 0)},
     AT (final_rate),
     COUNTS_FOR (schedule, 1 << LATHE_SCHEDULE_COSINE | 1 << LATHE_SCHEDULE_ONE_CYCLE)},

    {{.name = "loss",
      .title = N_ ("Loss"),
      .help = N_ ("How a wrong answer is measured. Cross-entropy suits nearly everything."),
      .type = LATHE_PROPERTY_CHOICE,
      .minimum = 0,
      .maximum = LATHE_N_LOSSES - 1,
      .fallback = LATHE_LOSS_CROSS_ENTROPY,
      .choices = lathe_loss_names},
     AT (loss)},
    {{.name = "label-smoothing",
      .title = N_ ("Label smoothing"),
      .help = N_ ("This share of the truth is spread over all classes, so that no answer must be quite certain."),
      REAL (0, 1, 0)},
     AT (label_smoothing),
     COUNTS_FOR (loss, 1 << LATHE_LOSS_CROSS_ENTROPY)},
    {{.name = "focal-gamma",
      .title = N_ ("Focal gamma"),
      .help = N_ ("How much less an image counts that is answered well already; 0 is plain cross-entropy."),
      REAL (0, 20, 2)},
     AT (focal_gamma),
     COUNTS_FOR (loss, 1 << LATHE_LOSS_FOCAL)},
    {{.name = "huber-delta",
      .title = N_ ("Huber delta"),
      .help =
          N_ ("Up to this difference of probabilities the loss is squared, beyond it straight; from 1 on it is half "
              "the squared error."),
      REAL (1e-6, 1e6, 1)},
     AT (huber_delta),
     COUNTS_FOR (loss, 1 << LATHE_LOSS_HUBER)},
    {{.name = "balance",
      .title = N_ ("Balance of classes"),
      .help =
          N_ ("How classes of unequal size come to count the same: by weights, images of small classes count more in "
              "the loss; resampled, they are seen more often, and those of large classes less."),
      CHOICE (balances, LATHE_BALANCE_NONE)},
     AT (balance)},

    {{.name = "best-by",
      .title = N_ ("Best by"),
      .help = N_ ("What makes one epoch better than another: the best one's model is kept."),
      CHOICE (best_by, LATHE_BEST_BY_ACCURACY)},
     AT (best_by)},
    {{.name = "early-stopping",
      .title = N_ ("Early stopping"),
      .help = N_ ("After how many epochs without a better one training ends; 0 goes on to the last."),
      .unit = N_ ("epochs"),
      WHOLE (0, 1e6, 0)},
     AT (early_stopping)},
    {{.name = "checkpoint-minutes",
      .title = N_ ("Checkpoint every"),
      .help =
          N_ ("How long training may go on inside an epoch before it is saved; after every epoch it is saved anyway."),
      .unit = N_ ("minutes"),
      REAL (0.01, 1440, 10)},
     AT (checkpoint_minutes)},
    {{.name = "precision",
      .title = N_ ("Precision of arithmetic"),
      .help =
          N_ ("In what numbers convolution and dense layers multiply while they learn: bf16 has 8 bits instead of 24 "
              "and is faster on processors with instructions for it. All sums, the weights and every score stay in "
              "single precision."),
      CHOICE (precisions, LATHE_PRECISION_FP32)},
     AT (precision)},
};

/* What `values` may list are the bits of a guint. */
G_STATIC_ASSERT (LATHE_N_OPTIMIZERS <= 32 && LATHE_N_SCHEDULES <= 32 && LATHE_N_LOSSES <= 32);

const LatheHyperparameter *
lathe_hyperparameters (guint *n_rows)
{
  if (n_rows != NULL)
    *n_rows = G_N_ELEMENTS (rows);
  return rows;
}

/**
 * lathe_hyperparameter_find:
 *
 * Returns: (nullable): the row of that name
 */
const LatheHyperparameter *
lathe_hyperparameter_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].property.name, name))
      return &rows[i];
  return NULL;
}

double
lathe_hyperparameter_get (const LatheHyperparameter *row, const LatheHyperparameters *values)
{
  return row->property.type == LATHE_PROPERTY_REAL ? G_STRUCT_MEMBER (double, values, row->offset)
                                                   : G_STRUCT_MEMBER (guint, values, row->offset);
}

/**
 * lathe_hyperparameter_set:
 * @value: of a choice its number; one that lathe_property_check() lets through
 */
void
lathe_hyperparameter_set (const LatheHyperparameter *row, LatheHyperparameters *values, double value)
{
  if (row->property.type == LATHE_PROPERTY_REAL)
    G_STRUCT_MEMBER (double, values, row->offset) = value;
  else
    G_STRUCT_MEMBER (guint, values, row->offset) = (guint) value;
}

/**
 * lathe_hyperparameter_counts:
 *
 * Returns: whether the row makes a difference, as the others stand
 */
gboolean
lathe_hyperparameter_counts (const LatheHyperparameter *row, const LatheHyperparameters *values)
{
  return row->values == 0 || (row->values & 1u << G_STRUCT_MEMBER (guint, values, row->of)) != 0;
}

/**
 * lathe_hyperparameters_defaults:
 * @values: (out caller-allocates)
 */
void
lathe_hyperparameters_defaults (LatheHyperparameters *values)
{
  *values = (LatheHyperparameters){.seed = 1};
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    lathe_hyperparameter_set (&rows[i], values, rows[i].property.fallback);
}

/**
 * lathe_hyperparameter_check:
 *
 * Errors: LATHE_ERROR_INVALID when the row does not allow the value: what is wrong, and what is usual.
 */
gboolean
lathe_hyperparameter_check (const LatheHyperparameter *row, double value, GError **error)
{
  g_autofree char *usual = NULL;
  g_autoptr (GError) reason = NULL;

  if (lathe_property_check (&row->property, value, &reason))
    return TRUE;
  usual = lathe_property_format (&row->property, row->property.fallback);
  g_set_error (error, reason->domain, reason->code, _ ("%s. The default is %s"), reason->message, usual);
  return FALSE;
}

/* Mixed images have two labels, which not every loss can take. */
static gboolean
check_mixing (const LatheHyperparameters *values, GError **error)
{
  g_autoptr (GString) others = g_string_new (NULL);

  if (lathe_loss_takes_two_labels (values->loss) ||
      (values->augmentation.mixup <= 0 && values->augmentation.cutmix <= 0))
    return TRUE;
  for (guint loss = 0; loss < LATHE_N_LOSSES; loss++)
    if (lathe_loss_takes_two_labels (loss))
      g_string_append_printf (others, "%s%s", others->len > 0 ? ", " : "", lathe_loss_names[loss]);
  g_set_error (
      error, LATHE_ERROR, LATHE_ERROR_INVALID,
      _ ("Mixup and CutMix make images of two classes, which the loss “%s” cannot take. Choose another (%s), or "
         "set both to 0"),
      lathe_loss_names[values->loss], others->str);
  return FALSE;
}

/**
 * lathe_hyperparameters_check:
 *
 * Errors: LATHE_ERROR_INVALID, of the first one that is out of its range, or of two that do not go together.
 */
gboolean
lathe_hyperparameters_check (const LatheHyperparameters *values, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (!lathe_hyperparameter_check (&rows[i], lathe_hyperparameter_get (&rows[i], values), error))
      return FALSE;
  return check_mixing (values, error);
}

gboolean
lathe_hyperparameters_equal (const LatheHyperparameters *a, const LatheHyperparameters *b)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (lathe_hyperparameter_get (&rows[i], a) != lathe_hyperparameter_get (&rows[i], b))
      return FALSE;
  return a->seed == b->seed && a->threads == b->threads;
}
