/* lathe-loss.c: cross-entropies, on logits.
 *
 * Taking the logarithm of a probability that has been rounded to 0 or 1 loses everything; so the sigmoid or softmax
 * that ends a network is left to the loss, where it cancels: log Σ exp is shifted by its largest term, and the gradient
 * is simply probability - truth.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-loss.h"

#include <math.h>

/**
 * lathe_loss_for:
 *
 * Returns: the loss that suits a network with this many outputs
 */
LatheLoss
lathe_loss_for (guint n_units)
{
  return n_units == 1 ? LATHE_LOSS_BINARY_CROSS_ENTROPY : LATHE_LOSS_CATEGORICAL_CROSS_ENTROPY;
}

/**
 * lathe_loss_link:
 *
 * Returns: the function that turns the logits of this loss into probabilities
 */
LatheActivation
lathe_loss_link (LatheLoss loss)
{
  return loss == LATHE_LOSS_BINARY_CROSS_ENTROPY ? LATHE_ACTIVATION_SIGMOID : LATHE_ACTIVATION_SOFTMAX;
}

guint
lathe_loss_n_classes (LatheLoss loss, guint n_units)
{
  return loss == LATHE_LOSS_BINARY_CROSS_ENTROPY ? 2 : n_units;
}

/* -log p(label) = max(z, 0) - z·t + log(1 + exp(-|z|)) */
static LatheReal
binary (LatheReal z, guint32 label, LatheReal scale, LatheReal *gradient)
{
  double e = exp (-fabs ((double) z));
  double p = z >= 0 ? 1 / (1 + e) : e / (1 + e);

  if (gradient != NULL)
    *gradient = (LatheReal) (p - label) * scale;
  return (LatheReal) (MAX (z, 0) - z * label + log1p (e));
}

static LatheReal
categorical (const LatheReal *z, guint32 label, guint n_units, LatheReal scale, LatheReal *gradient)
{
  double largest = z[0], sum = 0;

  for (guint i = 1; i < n_units; i++)
    largest = MAX (largest, z[i]);
  for (guint i = 0; i < n_units; i++)
    sum += exp (z[i] - largest);
  if (gradient != NULL)
    for (guint i = 0; i < n_units; i++)
      gradient[i] = (LatheReal) (exp (z[i] - largest) / sum - (i == label)) * scale;
  return (LatheReal) (largest + log (sum) - z[label]);
}

/**
 * lathe_loss_run:
 * @logits: n × n_units
 * @labels: n, each below the number of classes
 * @losses: (out caller-allocates): n
 * @gradient: (out caller-allocates) (nullable): n × n_units, of the mean of the losses
 */
void
lathe_loss_run (LatheLoss loss, const LatheReal *logits, const guint32 *labels, guint n, guint n_units,
                LatheReal *losses, LatheReal *gradient)
{
  LatheReal scale = (LatheReal) 1 / n;

  for (guint i = 0; i < n; i++)
    {
      LatheReal *g = gradient != NULL ? gradient + (gsize) i * n_units : NULL;

      losses[i] = loss == LATHE_LOSS_BINARY_CROSS_ENTROPY
                      ? binary (logits[i], labels[i], scale, g)
                      : categorical (logits + (gsize) i * n_units, labels[i], n_units, scale, g);
    }
}
