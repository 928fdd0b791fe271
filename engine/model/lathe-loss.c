/* lathe-loss.c: losses, on logits.
 *
 * Taking the logarithm of a probability that has been rounded to 0 or 1 loses everything; so the sigmoid or softmax
 * that ends a network is left to the loss, where it cancels: exponents are shifted by the largest logit, which is kept
 * out of their sum, and what is missing to 1 is added up by itself instead of being taken from 1.
 *
 * One unit z that tells two classes apart is the softmax of the logits 0 and z: sigmoid (z) and 1 - sigmoid (z) are its
 * probabilities, and every loss here, being a mean over the units, is the same number of both. So there is one code.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-loss.h"

#include <glib/gi18n-lib.h>

#include "base/lathe-math.h"

const char *const lathe_loss_names[] = {
    N_ ("cross_entropy"), N_ ("focal"), N_ ("mean_squared_error"), N_ ("mean_absolute_error"), N_ ("huber"),
    N_ ("hinge"),         NULL,
};

G_STATIC_ASSERT (G_N_ELEMENTS (lathe_loss_names) == LATHE_N_LOSSES + 1);

/* The logits of one sample, and what they say of its label. With e_k = exp (z_k - largest): */
typedef struct
{
  const LatheReal *z;
  guint n, label, other;
  double share;   /* of the other label; the rest is the label's */
  guint top;      /* the first largest logit's place */
  double largest; /* logit */
  double sum;     /* of all e */
  double rest;    /* of all e but the top's, which is 1 */
  double wrong;   /* of all e but the label's */
} Answer;

/* What a sample loses, and how that changes with each logit, times scale; no gradient is asked for with NULL. */
typedef double (*Judge) (const LatheLoss *loss, const Answer *answer, LatheReal scale, LatheReal *gradient);

/**
 * lathe_loss_link:
 *
 * Returns: the function that turns so many logits into probabilities
 */
LatheActivation
lathe_loss_link (guint n_units)
{
  return n_units == 1 ? LATHE_ACTIVATION_SIGMOID : LATHE_ACTIVATION_SOFTMAX;
}

guint
lathe_loss_n_classes (guint n_units)
{
  return n_units == 1 ? 2 : n_units;
}

/**
 * lathe_loss_takes_two_labels:
 *
 * Returns: whether a sample may be a part of two classes: the others compare one class with the rest
 */
gboolean
lathe_loss_takes_two_labels (LatheLossKind kind)
{
  return kind != LATHE_LOSS_FOCAL && kind != LATHE_LOSS_HINGE;
}

static inline double
exponential (const Answer *answer, guint k)
{
  return lathe_exp (answer->z[k] - answer->largest);
}

static Answer
read_answer (const LatheReal *z, guint n, guint label, const LatheOtherLabel *other)
{
  Answer answer = {.z = z, .n = n, .label = label, .other = label, .largest = z[0]};

  for (guint k = 1; k < n; k++)
    if (!(z[k] <= answer.largest)) /* so that what is no number comes through */
      {
        answer.largest = z[k];
        answer.top = k;
      }
  if (other != NULL && other->label != label)
    {
      answer.other = other->label;
      answer.share = other->share;
    }
  for (guint k = 0; k < n; k++)
    {
      double e = exponential (&answer, k);

      answer.sum += e;
      answer.rest += k != answer.top ? e : 0;
      answer.wrong += k != label ? e : 0;
    }
  return answer;
}

/* -log p of a class: never negative, and no difference of large numbers. */
static inline double
surprise (const Answer *answer, guint k)
{
  return lathe_log1p (answer->rest) + (answer->largest - answer->z[k]);
}

/* How much of the truth the class is. */
static inline double
truth_of (const Answer *answer, guint k)
{
  return k == answer->label ? 1 - answer->share : k == answer->other ? answer->share : 0;
}

/* p - truth */
static inline double
difference (const Answer *answer, guint k)
{
  double from_label = (k == answer->label ? -answer->wrong : exponential (answer, k)) / answer->sum;

  return from_label + (k == answer->label ? answer->share : k == answer->other ? -answer->share : 0);
}

/* -Σ truth · log p, with 1 - s of the truth the labels' and s spread over all: Szegedy et al. 2016, section 7. */
static double
cross_entropy (const LatheLoss *loss, const Answer *answer, LatheReal scale, LatheReal *gradient)
{
  double share = loss->smoothing / answer->n, certain = 1 - loss->smoothing;
  double loss_sum = certain * truth_of (answer, answer->label) * surprise (answer, answer->label);

  if (answer->share > 0)
    loss_sum += certain * answer->share * surprise (answer, answer->other);
  for (guint k = 0; k < answer->n && share > 0; k++)
    loss_sum += share * surprise (answer, k);
  for (guint k = 0; k < answer->n && gradient != NULL; k++)
    {
      double truth = certain * truth_of (answer, k) + share;

      gradient[k] = (LatheReal) (exponential (answer, k) / answer->sum - truth) * scale;
    }
  return loss_sum;
}

/* -(1 - p)^γ · log p of the label: Lin et al. 2017, equation 4. */
static double
focal (const LatheLoss *loss, const Answer *answer, LatheReal scale, LatheReal *gradient)
{
  double missing = answer->wrong / answer->sum, p = exponential (answer, answer->label) / answer->sum;
  double log_loss = surprise (answer, answer->label), weight = lathe_pow (missing, loss->gamma);
  double ratio = missing > 0 ? log_loss / missing : 1; /* -log (1 - x) / x, which goes to 1 with x to 0 */
  double slope = weight * (1 + loss->gamma * p * ratio);

  for (guint k = 0; k < answer->n && gradient != NULL; k++)
    gradient[k] = (LatheReal) (difference (answer, k) * slope) * scale;
  return weight * log_loss;
}

/* What a difference of probability and truth costs, and the slope of that. */
typedef double (*Cost) (const LatheLoss *loss, double difference, double *slope);

static double
squared_cost (const LatheLoss *loss, double difference, double *slope)
{
  *slope = 2 * difference;
  return difference * difference;
}

static double
absolute_cost (const LatheLoss *loss, double difference, double *slope)
{
  *slope = difference < 0 ? -1 : 1;
  return fabs (difference);
}

static double
huber_cost (const LatheLoss *loss, double difference, double *slope)
{
  double size = fabs (difference);

  *slope = CLAMP (difference, -loss->delta, loss->delta);
  return size <= loss->delta ? size * size / 2 : loss->delta * (size - loss->delta / 2);
}

/* The mean of a cost over the units. Through the softmax its slopes s become p_k (s_k - Σ p s): only their differences
 * count, and those from the top's keep their digits where its p is nearly 1. */
static double
mean_cost (const LatheLoss *loss, const Answer *answer, Cost cost, LatheReal scale, LatheReal *gradient)
{
  double sum = 0, mean = 0, slope, top;

  cost (loss, difference (answer, answer->top), &top);
  for (guint k = 0; k < answer->n; k++)
    {
      sum += cost (loss, difference (answer, k), &slope);
      mean += k != answer->top ? exponential (answer, k) / answer->sum * (slope - top) : 0;
    }
  for (guint k = 0; k < answer->n && gradient != NULL; k++)
    {
      double p = exponential (answer, k) / answer->sum;

      cost (loss, difference (answer, k), &slope);
      gradient[k] = (LatheReal) (p * ((slope - top) - mean) / answer->n) * scale;
    }
  return sum / answer->n;
}

static double
squared (const LatheLoss *loss, const Answer *answer, LatheReal scale, LatheReal *gradient)
{
  return mean_cost (loss, answer, squared_cost, scale, gradient);
}

static double
absolute (const LatheLoss *loss, const Answer *answer, LatheReal scale, LatheReal *gradient)
{
  return mean_cost (loss, answer, absolute_cost, scale, gradient);
}

static double
huber (const LatheLoss *loss, const Answer *answer, LatheReal scale, LatheReal *gradient)
{
  return mean_cost (loss, answer, huber_cost, scale, gradient);
}

/* How much the best wrong logit is above the label's less 1: Crammer & Singer 2001; of one unit, max (0, 1 ∓ z). */
static double
hinge (const LatheLoss *loss, const Answer *answer, LatheReal scale, LatheReal *gradient)
{
  guint best = answer->label == 0 ? 1 : 0;
  double margin;

  for (guint k = best + 1; k < answer->n; k++)
    if (k != answer->label && answer->z[k] > answer->z[best])
      best = k;
  margin = 1 + (double) answer->z[best] - answer->z[answer->label];
  for (guint k = 0; k < answer->n && gradient != NULL; k++)
    gradient[k] = margin <= 0 ? 0 : (LatheReal) ((k == best) - (k == answer->label)) * scale;
  return isnan (answer->sum) ? NAN : fmax (0, margin);
}

static const Judge judges[LATHE_N_LOSSES] = {
    [LATHE_LOSS_CROSS_ENTROPY] = cross_entropy, [LATHE_LOSS_FOCAL] = focal, [LATHE_LOSS_SQUARED] = squared,
    [LATHE_LOSS_ABSOLUTE] = absolute,           [LATHE_LOSS_HUBER] = huber, [LATHE_LOSS_HINGE] = hinge,
};

static LatheReal
class_weight (const LatheLoss *loss, guint32 label, const LatheOtherLabel *other)
{
  LatheReal weight = loss->class_weight[label];

  return other == NULL ? weight : weight + other->share * (loss->class_weight[other->label] - weight);
}

/**
 * lathe_loss_run:
 * @logits: n × n_units
 * @labels: n, each below the number of classes
 * @others: (nullable): n more labels, for a loss that takes two; NULL: each sample is of one class
 * @losses: (out caller-allocates): n
 * @gradient: (out caller-allocates) (nullable): n × n_units, of the mean of the losses
 *
 * With class weights each loss has its label's as a factor, of two labels their mean, and the mean is still one over n,
 * as Keras has it; dividing by the sum of the weights, as PyTorch does, would let a batch of rare classes count no more
 * than others.
 */
void
lathe_loss_run (const LatheLoss *loss, const LatheReal *logits, const guint32 *labels, const LatheOtherLabel *others,
                guint n, guint n_units, LatheReal *losses, LatheReal *gradient)
{
  for (guint i = 0; i < n; i++)
    {
      const LatheReal *z = logits + (gsize) i * n_units;
      LatheReal *g = gradient != NULL ? gradient + (gsize) i * n_units : NULL;
      LatheReal pair[2] = {0, z[0]}, pair_gradient[2] = {0};
      const LatheOtherLabel *other = others != NULL ? &others[i] : NULL;
      LatheReal weight = loss->class_weight != NULL ? class_weight (loss, labels[i], other) : 1;
      LatheReal scale = (LatheReal) 1 / n * weight;
      Answer answer =
          n_units == 1 ? read_answer (pair, 2, labels[i], other) : read_answer (z, n_units, labels[i], other);

      losses[i] =
          weight * (LatheReal) judges[loss->kind](loss, &answer, scale, n_units == 1 && g != NULL ? pair_gradient : g);
      if (n_units == 1 && g != NULL)
        g[0] = pair_gradient[1];
    }
}

/* --- A teacher --- */

/* Of n logits at a temperature: the logarithm of the sum of their exponentials, the largest of which is 1. */
static double
log_sum (const LatheReal *z, guint n, double temperature, double *largest)
{
  double sum = 0;

  *largest = (double) z[0];
  for (guint k = 1; k < n; k++)
    *largest = MAX (*largest, (double) z[k]);
  for (guint k = 0; k < n; k++)
    sum += lathe_exp (((double) z[k] - *largest) / temperature);
  return lathe_log (sum);
}

/* T² Σ q (log q - log p), q and p being the softmax of t / T and z / T; by z its slope is T (p - q). */
static double
divergence (const LatheReal *z, const LatheReal *t, guint n, double temperature, double *slope)
{
  double top, top_taught, rest = log_sum (z, n, temperature, &top);
  double rest_taught = log_sum (t, n, temperature, &top_taught), sum = 0;

  for (guint k = 0; k < n; k++)
    {
      double log_p = ((double) z[k] - top) / temperature - rest;
      double log_q = ((double) t[k] - top_taught) / temperature - rest_taught, q = lathe_exp (log_q);

      sum += q * (log_q - log_p);
      slope[k] = temperature * (lathe_exp (log_p) - q);
    }
  return temperature * temperature * sum;
}

/**
 * lathe_loss_teach:
 * @logits: n × n_units
 * @taught: n × n_units: the teacher's
 * @losses: (inout) (nullable): n, as lathe_loss_run() has found them
 * @gradient: (inout): n × n_units, the same
 *
 * Of each loss, and of its gradient, `weight` becomes the teacher's: T² times the Kullback-Leibler divergence of the
 * answer from the teacher's, both at the temperature T. With the factor T² the gradient stays as large at any T.
 */
void
lathe_loss_teach (const LatheTeaching *teaching, const LatheReal *logits, const LatheReal *taught, guint n,
                  guint n_units, LatheReal *losses, LatheReal *gradient)
{
  double share = teaching->weight, temperature = teaching->temperature;
  guint n_classes = lathe_loss_n_classes (n_units);
  g_autofree double *slope = g_new (double, n_classes);

  for (guint i = 0; i < n; i++)
    {
      const LatheReal *z = logits + (gsize) i * n_units, *t = taught + (gsize) i * n_units;
      LatheReal *g = gradient + (gsize) i * n_units;
      LatheReal pair[2] = {0, z[0]}, taught_pair[2] = {0, t[0]};
      double loss = n_units == 1 ? divergence (pair, taught_pair, 2, temperature, slope)
                                 : divergence (z, t, n_units, temperature, slope);

      for (guint k = 0; k < n_units; k++)
        g[k] = (LatheReal) ((1 - share) * (double) g[k] + share * slope[n_units == 1 ? 1 : k] / n);
      if (losses != NULL)
        losses[i] = (LatheReal) ((1 - share) * (double) losses[i] + share * loss);
    }
}
