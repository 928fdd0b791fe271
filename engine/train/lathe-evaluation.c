/* lathe-evaluation.c: what a model said about many images, as every score is worked out of it.
 *
 * Logits are kept beside the probabilities they became: where a probability is rounded to 0 or 1 they still tell one
 * class from another, and a temperature is found from them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-evaluation.h"

#include <float.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-arena.h"
#include "base/lathe-error.h"
#include "base/lathe-math.h"
#include "base/lathe-sum.h"

/**
 * lathe_evaluation_new:
 * @capacity: images that may be added, at most
 *
 * Errors: LATHE_ERROR_MEMORY: it takes 8 bytes an image and class.
 *
 * Returns: (transfer full): of no images yet
 */
LatheEvaluation *
lathe_evaluation_new (guint capacity, guint n_classes, GError **error)
{
  g_autoptr (LatheEvaluation) evaluation = g_new0 (LatheEvaluation, 1);
  gsize bytes = (gsize) capacity * n_classes * sizeof (float);

  evaluation->n_classes = n_classes;
  evaluation->capacity = capacity;
  evaluation->outcomes = g_array_new (FALSE, FALSE, sizeof (LatheOutcome));
  g_atomic_ref_count_init (&evaluation->references);
  evaluation->probabilities = lathe_memory_try_new (bytes);
  evaluation->logits = evaluation->probabilities != NULL ? lathe_memory_try_new (bytes) : NULL;
  if (evaluation->logits != NULL)
    {
      evaluation->metrics = lathe_metrics_new (n_classes);
      return g_steal_pointer (&evaluation);
    }
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_MEMORY,
               _ ("the answers about %u images and %u classes do not fit into this machine’s memory; evaluate fewer "
                  "images at once"),
               capacity, n_classes);
  return NULL;
}

LatheEvaluation *
lathe_evaluation_ref (LatheEvaluation *evaluation)
{
  g_atomic_ref_count_inc (&evaluation->references);
  return evaluation;
}

void
lathe_evaluation_unref (LatheEvaluation *evaluation)
{
  if (!g_atomic_ref_count_dec (&evaluation->references))
    return;
  g_array_unref (evaluation->outcomes);
  lathe_memory_free (evaluation->probabilities);
  lathe_memory_free (evaluation->logits);
  g_clear_pointer (&evaluation->metrics, lathe_metrics_free);
  g_free (evaluation);
}

/**
 * lathe_evaluation_add:
 * @probabilities: n_classes, which add up to 1
 * @logits: n_classes: what they are the softmax of. The first of the largest is what the model says.
 */
void
lathe_evaluation_add (LatheEvaluation *evaluation, guint32 image, guint truth, float loss, const float *probabilities,
                      const float *logits)
{
  guint n = evaluation->n_classes;
  gsize at = (gsize) evaluation->outcomes->len * n;
  LatheOutcome outcome = {.image = image, .truth = truth, .loss = loss};

  g_assert (evaluation->outcomes->len < evaluation->capacity && truth < n);

  for (guint k = 1; k < n; k++)
    if (logits[k] > logits[outcome.said])
      outcome.said = k;
  outcome.confidence = probabilities[outcome.said];
  memcpy (evaluation->probabilities + at, probabilities, n * sizeof (float));
  memcpy (evaluation->logits + at, logits, n * sizeof (float));
  g_array_append_val (evaluation->outcomes, outcome);
  lathe_metrics_add (evaluation->metrics, truth, outcome.said, (double) loss);
}

/**
 * lathe_evaluation_count_top:
 *
 * Of equal logits that of the earlier class is the likelier, as in what the model says: so 1 gives what is right.
 * (scikit-learn's top_k_accuracy_score() takes the later.)
 *
 * Returns: the images whose true class is among the k likeliest
 */
guint
lathe_evaluation_count_top (const LatheEvaluation *evaluation, guint k)
{
  guint n = 0;

  for (guint i = 0; i < lathe_evaluation_get_n (evaluation); i++)
    {
      const float *z = lathe_evaluation_get_logits (evaluation, i);
      guint truth = lathe_evaluation_get (evaluation, i)->truth, before = 0;

      for (guint j = 0; j < evaluation->n_classes; j++)
        before += z[j] > z[truth] || (z[j] == z[truth] && j < truth);
      n += before < k;
    }
  return n;
}

/**
 * lathe_evaluation_log_loss:
 *
 * Returns: of one image, -log of its true class's probability, kept from 2⁻⁵² to 1 - 2⁻⁵² as scikit-learn's log_loss()
 * does: a probability that was rounded to 0 costs 36 and not infinity
 */
double
lathe_evaluation_log_loss (const LatheEvaluation *evaluation, guint i)
{
  guint truth = lathe_evaluation_get (evaluation, i)->truth;
  double p = (double) lathe_evaluation_get_probabilities (evaluation, i)[truth];

  return -lathe_log (CLAMP (p, DBL_EPSILON, 1 - DBL_EPSILON));
}

/**
 * lathe_evaluation_brier:
 *
 * Brier 1950, "Verification of forecasts expressed in terms of probability": Σ (p - truth)² over the classes. Of two
 * classes half of that, the square for one of them, as is the habit and scikit-learn's.
 *
 * Returns: of one image, 0 … 2, of two classes 0 … 1
 */
double
lathe_evaluation_brier (const LatheEvaluation *evaluation, guint i)
{
  const float *p = lathe_evaluation_get_probabilities (evaluation, i);
  guint truth = lathe_evaluation_get (evaluation, i)->truth;
  LatheSum sum = {0};

  for (guint k = 0; k < evaluation->n_classes; k++)
    {
      double off = (double) p[k] - (k == truth);

      lathe_sum_add (&sum, off * off);
    }
  return lathe_sum_get (&sum) / (evaluation->n_classes == 2 ? 2 : 1);
}
