/* lathe-confident.c: confident learning: when a model is as sure of another class as it is of images that are that.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-confident.h"

struct _LatheConfidence
{
  guint n_classes;
  LatheSum *sums; /* of each class: the probabilities that its own images are given for it */
  guint *support;
};

LatheConfidence *
lathe_confidence_new (guint n_classes)
{
  LatheConfidence *confidence = g_new (LatheConfidence, 1);

  confidence->n_classes = n_classes;
  confidence->sums = g_new0 (LatheSum, n_classes);
  confidence->support = g_new0 (guint, n_classes);
  return confidence;
}

void
lathe_confidence_free (LatheConfidence *confidence)
{
  g_free (confidence->sums);
  g_free (confidence->support);
  g_free (confidence);
}

/**
 * lathe_confidence_add:
 * @probabilities: n_classes: what the model says of an image
 * @label: that the image has
 */
void
lathe_confidence_add (LatheConfidence *confidence, const float *probabilities, guint label)
{
  lathe_sum_add (&confidence->sums[label], (double) probabilities[label]);
  confidence->support[label]++;
}

/* The mean probability that images of a class are given for it, equation 2; more than any without images. */
static double
find_threshold (const LatheConfidence *confidence, guint label)
{
  return confidence->support[label] > 0 ? lathe_sum_get (&confidence->sums[label]) / confidence->support[label]
                                        : INFINITY;
}

/**
 * lathe_confidence_find_class:
 *
 * Returns: the likeliest of the classes that reach their threshold; the label where there is none. Where it is another
 * than the label, the image is one of those counted off the diagonal of the joint, equation 1
 */
guint
lathe_confidence_find_class (const LatheConfidence *confidence, const float *probabilities, guint label)
{
  guint best = label;
  double most = -1;

  for (guint k = 0; k < confidence->n_classes; k++)
    if ((double) probabilities[k] >= find_threshold (confidence, k) && (double) probabilities[k] > most)
      {
        best = k;
        most = (double) probabilities[k];
      }
  return best;
}

/**
 * lathe_confidence_find_margin:
 *
 * Returns: the probability of the label less the largest of the others: -1 … 1
 */
double
lathe_confidence_find_margin (const LatheConfidence *confidence, const float *probabilities, guint label)
{
  double most = -1;

  for (guint k = 0; k < confidence->n_classes; k++)
    if (k != label)
      most = fmax (most, (double) probabilities[k]);
  return (double) probabilities[label] - most;
}
