/* lathe-course.c: what the course of a training shows, and what helps.
 *
 * Each rule looks for one thing, and wants it to be plain: what is within the noise of a healthy training is not spoken
 * of. Losses of one training are compared with each other alone, as their scale is the loss function's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-course.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/lathe-error.h"
#include "lathe-intervals.h"

#define LATE 3          /* epochs that have to agree that the validation loss rises */
#define RISE 1.10       /* how many times its least value their mean is then */
#define FALL 0.95       /* and how far the training loss has gone on falling meanwhile */
#define BLOW_UP 3.0     /* how many times its least value so far the loss becomes */
#define BEGINNING 1.5   /* and how many times its first value, as small losses double by chance */
#define WINDOW 5        /* points over which that is averaged */
#define LEAST_STEPS 100 /* before it is said that nothing is learned */
#define GAIN 0.02       /* of the loss over the last epochs, that makes more of them worth while */
#define RECENT 0.2      /* how many of the epochs these are, as a share */
#define ANNEALED 0.1    /* share of its highest value below which a rate has been brought to rest */
#define WIDE 0.10       /* width of the accuracy's interval from which on it is spoken of */
#define NARROW 0.02     /* half of the width that a set of enough images has */

const char *const lathe_remark_names[LATHE_N_REMARKS] = {"exploding", "not-learning", "overfitting", "still-improving",
                                                         "few-images"};

void
lathe_remark_free (LatheRemark *remark)
{
  g_free (remark->seen);
  g_free (remark->help);
  g_free (remark);
}

static LatheRemark *
remark_new (LatheRemarkKind kind, guint epoch, char *seen, char *help)
{
  LatheRemark *remark = g_new (LatheRemark, 1);

  *remark = (LatheRemark){kind, epoch, seen, help};
  return remark;
}

static const LatheEpoch *
epoch_at (const LatheCourse *course, guint index)
{
  return &g_array_index (course->epochs, LatheEpoch, index);
}

static gboolean
is_validated (const LatheCourse *course)
{
  return course->epochs->len > 0 && isfinite (epoch_at (course, 0)->validation_loss);
}

/* The one whose model is kept; NULL without one. */
static const LatheEpoch *
best_epoch (const LatheCourse *course)
{
  const LatheEpoch *best = NULL;

  for (guint i = 0; i < course->epochs->len; i++)
    if (epoch_at (course, i)->best)
      best = epoch_at (course, i);
  return best;
}

/* --- Exploding --- */

/* Of the last points before `end`: WINDOW of them, or as many as there are. */
static double
mean_loss (const GArray *points, guint end)
{
  guint n = MIN (WINDOW, end);
  double sum = 0;

  for (guint i = end - n; i < end; i++)
    sum += g_array_index (points, LathePoint, i).loss;
  return sum / n;
}

/* Index of the point up to which the mean has risen out of all proportion; 0: it has not. */
static guint
find_blow_up (const GArray *points, double *before, double *after)
{
  double first = points->len > 0 ? mean_loss (points, 1) : NAN, least = first;

  for (guint end = 2; end <= points->len; end++)
    {
      double mean = mean_loss (points, end);

      if (mean > BLOW_UP * least && mean > BEGINNING * first)
        {
          *before = least;
          *after = mean;
          return end - 1;
        }
      least = fmin (least, mean);
    }
  return 0;
}

static char *
help_against_explosion (const LatheCourse *course)
{
  const LatheHyperparameters *h = &course->hyperparameters;

  if (h->clip_norm > 0)
    return g_strdup_printf (_ ("A lower learning rate helps (%g instead of %g), and so does letting it rise over the "
                               "first epochs (warm-up)."),
                            h->learning_rate / 10, h->learning_rate);
  return g_strdup_printf (_ ("A lower learning rate helps (%g instead of %g), and so does limiting the norm of the "
                             "gradient (clip-norm 1)."),
                          h->learning_rate / 10, h->learning_rate);
}

static LatheRemark *
see_explosion (const LatheCourse *course)
{
  double before, after;
  guint at = find_blow_up (course->points, &before, &after);

  if (course->diverged)
    return remark_new (LATHE_REMARK_EXPLODING, course->epochs->len + 1,
                       g_strdup_printf (_ ("The training ran away in epoch %u: its numbers became infinite."),
                                        course->epochs->len + 1),
                       help_against_explosion (course));
  if (at == 0)
    return NULL;
  {
    const LathePoint *point = &g_array_index (course->points, LathePoint, at);
    guint epoch = (guint) ceil (point->epoch);

    return remark_new (LATHE_REMARK_EXPLODING, epoch,
                       g_strdup_printf (_ ("In epoch %u the training loss rose from %.3g to %.3g: the steps are too "
                                           "large, and lead away from what was learned."),
                                        epoch, before, after),
                       help_against_explosion (course));
  }
}

/* --- Not learning --- */

/* Whether a share of right answers among so many may be chance; of an unknown number it has to be clearly above. */
static gboolean
may_be_chance (double accuracy, guint n, double chance)
{
  if (isnan (accuracy))
    return TRUE;
  if (n == 0)
    return accuracy < chance + 0.02;
  return lathe_interval_wilson ((guint) (accuracy * n + 0.5), n).low <= chance;
}

static LatheRemark *
see_standstill (const LatheCourse *course)
{
  const LatheEpoch *last = course->epochs->len > 0 ? epoch_at (course, course->epochs->len - 1) : NULL;

  if (last == NULL || (last->step < LEAST_STEPS && !course->ended) ||
      !may_be_chance (last->accuracy, course->n_train, course->chance) ||
      !may_be_chance (last->validation_accuracy, course->n_validation, course->chance))
    return NULL;
  return remark_new (
      LATHE_REMARK_NOT_LEARNING, 0,
      isfinite (last->step)
          ? g_strdup_printf (
                _ ("By the end of epoch %u (step %.0f) the network names %.1f %% of the training images rightly. "
                   "Always saying the commonest class would come to %.1f %%: it has not learned."),
                last->epoch, last->step, 100 * last->accuracy, 100 * course->chance)
          : g_strdup_printf (
                _ ("By the end of epoch %u the network names %.1f %% of the training images rightly. Always saying "
                   "the commonest class would come to %.1f %%: it has not learned."),
                last->epoch, 100 * last->accuracy, 100 * course->chance),
      g_strdup_printf (_ ("Look at the images on the Data page whether their labels are right and their values "
                          "normalised. Then try a learning rate ten times higher or lower than %g, and batch "
                          "normalisation in a deep network."),
                       course->hyperparameters.learning_rate));
}

/* --- Overfitting --- */

static guint
least_validation_loss (const LatheCourse *course)
{
  guint least = 0;

  for (guint i = 1; i < course->epochs->len; i++)
    if (epoch_at (course, i)->validation_loss < epoch_at (course, least)->validation_loss)
      least = i;
  return least;
}

static char *
help_against_overfitting (const LatheCourse *course)
{
  const LatheHyperparameters *h = &course->hyperparameters;
  const LatheEpoch *best = best_epoch (course);
  GString *help = g_string_new (NULL);

  if (!lathe_augmentation_is_wanted (&h->augmentation))
    g_string_append (help, _ ("More images help most, and next to them augmentation, which is off. "));
  else
    g_string_append (help, _ ("More images help most, and next to them stronger augmentation. "));
  g_string_append (help, _ ("Dropout, weight decay or a smaller network help, too. "));
  if (h->early_stopping == 0)
    g_string_append (help, _ ("Early stopping would have spared the epochs that did not help. "));
  g_string_append_printf (help, _ ("The model that is kept is that of epoch %u."), best != NULL ? best->epoch : 1);
  return g_string_free (help, FALSE);
}

static LatheRemark *
see_overfitting (const LatheCourse *course)
{
  guint n = course->epochs->len, least = is_validated (course) ? least_validation_loss (course) : n;
  const LatheEpoch *from = least < n ? epoch_at (course, least) : NULL, *last = n > 0 ? epoch_at (course, n - 1) : NULL;
  double late = 0;

  if (from == NULL || least + LATE >= n || !(last->loss < FALL * from->loss))
    return NULL;
  for (guint i = n - LATE; i < n; i++)
    late += epoch_at (course, i)->validation_loss / LATE;
  if (!(late > RISE * from->validation_loss))
    return NULL;
  return remark_new (
      LATHE_REMARK_OVERFITTING, from->epoch,
      g_strdup_printf (_ ("Since epoch %u the validation loss rises (%.3g to %.3g), while the training "
                          "loss goes on falling (%.3g to %.3g): the network learns its images by heart."),
                       from->epoch, from->validation_loss, late, from->loss, last->loss),
      help_against_overfitting (course));
}

/* --- Still improving --- */

/* Whether the schedule has brought the rate down: what follows would go on at a rate that the curve says nothing of. */
static gboolean
has_come_to_rest (const LatheCourse *course)
{
  double highest = 0;

  for (guint i = 0; i < course->epochs->len; i++)
    highest = fmax (highest, epoch_at (course, i)->learning_rate);
  return epoch_at (course, course->epochs->len - 1)->learning_rate < ANNEALED * highest;
}

static LatheRemark *
see_more_to_gain (const LatheCourse *course)
{
  guint n = course->epochs->len, recent = MAX (2, (guint) ceil (RECENT * n));
  const LatheEpoch *last = n > recent ? epoch_at (course, n - 1) : NULL, *before;
  gboolean validated = is_validated (course);
  double was, is;

  if (last == NULL || !course->ended || n < course->hyperparameters.epochs || has_come_to_rest (course))
    return NULL;
  before = epoch_at (course, n - 1 - recent);
  was = validated ? before->validation_loss : before->loss;
  is = validated ? last->validation_loss : last->loss;
  if (!(is < (1 - GAIN) * was) || (validated && least_validation_loss (course) + 1 < n))
    return NULL;
  return remark_new (LATHE_REMARK_STILL_IMPROVING, 0,
                     g_strdup_printf (validated
                                          ? _ ("The validation loss was still falling at the end: by %.1f %% over "
                                               "the last %u epochs.")
                                          : _ ("The training loss was still falling at the end: by %.1f %% over "
                                               "the last %u epochs."),
                                      100 * (1 - is / was), recent),
                     g_strdup_printf (_ ("More epochs are likely to make it better: try %u."), 2 * n));
}

/* --- Too few images --- */

static LatheRemark *
see_few_images (const LatheCourse *course)
{
  const LatheEpoch *best = best_epoch (course);
  guint n = course->n_validation;
  LatheInterval interval;
  double p, enough;

  if (best == NULL || n == 0 || isnan (best->validation_accuracy))
    return NULL;
  p = best->validation_accuracy;
  interval = lathe_interval_wilson ((guint) (p * n + 0.5), n);
  if (!(interval.high - interval.low > WIDE))
    return NULL;
  p = CLAMP (p, 0.05, 0.95);
  enough = ceil (LATHE_Z_95 * LATHE_Z_95 * p * (1 - p) / (NARROW * NARROW) / 100) * 100;
  return remark_new (
      LATHE_REMARK_FEW_IMAGES, 0,
      g_strdup_printf (
          _ ("The validation accuracy of %.1f %% is that of %u images: for all images of their kind it lies "
             "between %.1f %% and %.1f %%, and smaller differences between two trainings mean nothing."),
          100 * best->validation_accuracy, n, 100 * interval.low, 100 * interval.high),
      g_strdup_printf (_ ("Give more images to the validation side, or collect more: %.0f would tell it within two "
                          "percentage points."),
                       enough));
}

/* --- All of it --- */

static double
share_of_commonest (LatheDataset *dataset)
{
  guint most = 0, all = lathe_dataset_count (dataset, -1, LATHE_SPLIT_TRAIN);

  for (guint i = 0; i < lathe_dataset_get_n_classes (dataset); i++)
    most = MAX (most, lathe_dataset_count (dataset, (int) i, LATHE_SPLIT_TRAIN));
  return all > 0 ? (double) most / all : 1;
}

/**
 * lathe_course_init:
 * @course: (out caller-allocates): lives no longer than the snapshot and the points
 * @points: (element-type LathePoint): all so far
 */
void
lathe_course_init (LatheCourse *course, LatheDataset *dataset, const LatheHyperparameters *hyperparameters,
                   const LatheSnapshot *snapshot, const GArray *points)
{
  *course = (LatheCourse){
      .epochs = snapshot->finished,
      .points = points,
      .hyperparameters = *hyperparameters,
      .n_train = lathe_dataset_count (dataset, -1, LATHE_SPLIT_TRAIN),
      .n_validation = lathe_dataset_count (dataset, -1, LATHE_SPLIT_VALIDATION),
      .chance = share_of_commonest (dataset),
      .ended = snapshot->state >= LATHE_TRAINER_FINISHED,
      .diverged = snapshot->error != NULL && g_error_matches (snapshot->error, LATHE_ERROR, LATHE_ERROR_DIVERGED),
  };
}

/**
 * lathe_course_remark:
 *
 * Returns: (transfer full) (element-type LatheRemark): what is to be seen, the gravest first; empty where all is well.
 * What did not learn, or ran away, has nothing to say of the end.
 */
GPtrArray *
lathe_course_remark (const LatheCourse *course)
{
  static LatheRemark *(*const rules[LATHE_N_REMARKS]) (const LatheCourse *course) = {
      see_explosion, see_standstill, see_overfitting, see_more_to_gain, see_few_images,
  };
  GPtrArray *remarks = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_remark_free);

  for (guint i = 0; i < LATHE_N_REMARKS; i++)
    {
      gboolean is_failed = remarks->len > 0 && ((LatheRemark *) remarks->pdata[0])->kind <= LATHE_REMARK_NOT_LEARNING;
      LatheRemark *remark = i == LATHE_REMARK_FEW_IMAGES || !is_failed ? rules[i](course) : NULL;

      if (remark != NULL)
        g_ptr_array_add (remarks, remark);
    }
  return remarks;
}
