/* lathe-evaluation.h: what a model said about many images, as every score is worked out of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-metrics.h"

G_BEGIN_DECLS

/* One image. */
typedef struct
{
  guint32 image; /* index into the dataset */
  guint truth, said;
  float confidence; /* probability of what it said */
  float loss;       /* cross-entropy, from the logits */
} LatheOutcome;

/* Filled by who makes it, and immutable from then on (share it by reference between threads). */
typedef struct
{
  guint n_classes;
  GArray *outcomes; /* (element-type LatheOutcome): n images, in the order in which they were asked about */
  float *probabilities, *logits; /* n × n_classes */
  LatheMetrics *metrics;         /* of all outcomes */

  guint capacity;
  gatomicrefcount references;
} LatheEvaluation;

LatheEvaluation *lathe_evaluation_new (guint capacity, guint n_classes, GError **error);
LatheEvaluation *lathe_evaluation_ref (LatheEvaluation *evaluation);
void lathe_evaluation_unref (LatheEvaluation *evaluation);
void lathe_evaluation_add (LatheEvaluation *evaluation, guint32 image, guint truth, float loss,
                           const float *probabilities, const float *logits);

static inline guint
lathe_evaluation_get_n (const LatheEvaluation *evaluation)
{
  return evaluation->outcomes->len;
}

static inline const LatheOutcome *
lathe_evaluation_get (const LatheEvaluation *evaluation, guint i)
{
  return &g_array_index (evaluation->outcomes, LatheOutcome, i);
}

/* n_classes of them. */
static inline const float *
lathe_evaluation_get_probabilities (const LatheEvaluation *evaluation, guint i)
{
  return evaluation->probabilities + (gsize) i * evaluation->n_classes;
}

static inline const float *
lathe_evaluation_get_logits (const LatheEvaluation *evaluation, guint i)
{
  return evaluation->logits + (gsize) i * evaluation->n_classes;
}

guint lathe_evaluation_count_top (const LatheEvaluation *evaluation, guint k);
double lathe_evaluation_log_loss (const LatheEvaluation *evaluation, guint i);
double lathe_evaluation_brier (const LatheEvaluation *evaluation, guint i);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheEvaluation, lathe_evaluation_unref)

G_END_DECLS
