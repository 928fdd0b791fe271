/* lathe-suspects.c: images whose label is likely wrong.
 *
 * Of an image that the model learned from, or was validated by, it is known what was said of it over the epochs. A
 * wrong label is learned late, by heart, and in the end may be said with certainty: so the course tells what the answer
 * hides. Such images come by the mean of their margins (the area under the margin: see lathe-observation.c), those of
 * them for which that is below 0 and below the mean of their class, and whose label was the likeliest less than half of
 * the times.
 *
 * Of others there is the answer alone: lathe-confident.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-suspects.h"

#include <math.h>

#include "base/lathe-sum.h"
#include "lathe-confident.h"

const char *const lathe_suspicion_names[] = {"answers", "epochs", "both", NULL};

/* (nullable): what is known of the i-th image's course */
static const LatheDynamic *
find_course (const LatheEvaluation *evaluation, LatheDataset *dataset, const GArray *dynamics, guint i)
{
  const LatheOutcome *outcome = lathe_evaluation_get (evaluation, i);

  return dynamics == NULL || dynamics->len == 0
             ? NULL
             : lathe_dynamics_find (dynamics, lathe_dataset_get_image (dataset, outcome->image), outcome->truth);
}

/* (transfer full): of each image, or NULL */
static const LatheDynamic **
find_courses (const LatheEvaluation *evaluation, LatheDataset *dataset, const GArray *dynamics)
{
  guint n = lathe_evaluation_get_n (evaluation);
  const LatheDynamic **courses = g_new (const LatheDynamic *, n);

  for (guint i = 0; i < n; i++)
    courses[i] = find_course (evaluation, dataset, dynamics, i);
  return courses;
}

/* --- By the course --- */

/* Of each class the mean margin of its own images: of a network that has hardly learned, most are below 0, and those
 * that are below their class's mean stand out still. */
static double *
find_mean_margins (const LatheEvaluation *evaluation, const LatheDynamic *const *courses)
{
  g_autofree LatheSum *sums = g_new0 (LatheSum, evaluation->n_classes);
  g_autofree guint *support = g_new0 (guint, evaluation->n_classes);
  double *means = g_new (double, evaluation->n_classes);

  for (guint i = 0; i < lathe_evaluation_get_n (evaluation); i++)
    if (courses[i] != NULL)
      {
        lathe_sum_add (&sums[courses[i]->label], courses[i]->margin);
        support[courses[i]->label]++;
      }
  for (guint k = 0; k < evaluation->n_classes; k++)
    means[k] = support[k] > 0 ? lathe_sum_get (&sums[k]) / support[k] : NAN;
  return means;
}

static gboolean
is_suspected_by_course (const LatheDynamic *course, guint place, const double *means, LatheSuspect *suspect)
{
  *suspect = (LatheSuspect){place, course->likelier, course->times, course->named, course->margin};
  return course->margin < MIN (0, means[course->label]) && 2 * (guint64) course->named < course->times;
}

/* --- By the answer --- */

/* Of the images whose course is not known. (transfer full) */
static LatheConfidence *
find_confidence (const LatheEvaluation *evaluation, const LatheDynamic *const *courses)
{
  LatheConfidence *confidence = lathe_confidence_new (evaluation->n_classes);

  for (guint i = 0; i < lathe_evaluation_get_n (evaluation); i++)
    if (courses[i] == NULL)
      lathe_confidence_add (confidence, lathe_evaluation_get_probabilities (evaluation, i),
                            lathe_evaluation_get (evaluation, i)->truth);
  return confidence;
}

static gboolean
is_suspected_by_answer (const LatheEvaluation *evaluation, guint place, const LatheConfidence *confidence,
                        LatheSuspect *suspect)
{
  const float *p = lathe_evaluation_get_probabilities (evaluation, place);
  guint label = lathe_evaluation_get (evaluation, place)->truth;

  *suspect = (LatheSuspect){
      .place = place,
      .likelier = lathe_confidence_find_class (confidence, p, label),
      .margin = lathe_confidence_find_margin (confidence, p, label),
  };
  return suspect->likelier != label;
}

/* --- Both --- */

static int
compare_suspects (gconstpointer a, gconstpointer b)
{
  const LatheSuspect *x = a, *y = b;

  if ((x->times > 0) != (y->times > 0))
    return x->times > 0 ? -1 : 1;
  return x->margin != y->margin ? (x->margin > y->margin ? 1 : -1) : (x->place > y->place) - (x->place < y->place);
}

/**
 * lathe_suspects:
 * @dataset: whose images were evaluated
 * @dynamics: (nullable) (element-type LatheDynamic): what is known of the model's training: lathe_dynamics_of_model().
 *   Without it the images should be none that the model learned from: those it has learned to name as they are labelled
 *
 * Returns: (transfer full) (element-type LatheSuspect): first those that the course of the training tells of,
 * then, of images that it does not know, those counted off the diagonal of confident learning's joint; each the
 * furthest from their label first. None where there is but one class
 */
GArray *
lathe_suspects (const LatheEvaluation *evaluation, LatheDataset *dataset, const GArray *dynamics)
{
  GArray *suspects = g_array_new (FALSE, FALSE, sizeof (LatheSuspect));
  g_autofree const LatheDynamic **courses = find_courses (evaluation, dataset, dynamics);
  g_autoptr (LatheConfidence) confidence = find_confidence (evaluation, courses);
  g_autofree double *means = find_mean_margins (evaluation, courses);

  for (guint i = 0; i < lathe_evaluation_get_n (evaluation); i++)
    {
      LatheSuspect suspect;

      if (courses[i] != NULL ? is_suspected_by_course (courses[i], i, means, &suspect)
                             : is_suspected_by_answer (evaluation, i, confidence, &suspect))
        g_array_append_val (suspects, suspect);
    }
  g_array_sort (suspects, compare_suspects);
  return suspects;
}

/**
 * lathe_suspicion:
 *
 * Returns: by what lathe_suspects() goes with these
 */
LatheSuspicion
lathe_suspicion (const LatheEvaluation *evaluation, LatheDataset *dataset, const GArray *dynamics)
{
  g_autofree const LatheDynamic **courses = find_courses (evaluation, dataset, dynamics);
  guint n = lathe_evaluation_get_n (evaluation), n_known = 0;

  for (guint i = 0; i < n; i++)
    n_known += courses[i] != NULL;
  return n_known == 0 ? LATHE_SUSPECTED_BY_ANSWERS : n_known == n ? LATHE_SUSPECTED_BY_EPOCHS : LATHE_SUSPECTED_BY_BOTH;
}
