/* lathe-selective.h: what comes of answering only where a model is sure enough: selective classification.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-evaluation.h"

G_BEGIN_DECLS

/* How many of those that are answered are to be right, where nobody says otherwise. */
#define LATHE_SELECTIVE_ACCURACY 0.95

/* Answering where the probability of what is said is the threshold or more, and “I do not know” elsewhere. */
typedef struct
{
  double threshold;
  guint answered, correct; /* images */
} LatheAnswered;

/**
 * lathe_selective_curve:
 *
 * Coverage and accuracy at every threshold that makes a difference: El-Yaniv & Wiener, “On the Foundations of
 * Noise-free Selective Classification”, 2010, section 2; Geifman & El-Yaniv 2017, arXiv 1705.08500, which takes the
 * softmax's largest value for how sure a model is, as is done here.
 *
 * Returns: (transfer full) (element-type LatheAnswered): each threshold is the probability of the image that the model
 * is the least sure of among those still answered, from all of them upwards; there is at least one
 */
GArray *lathe_selective_curve (const LatheEvaluation *evaluation);

/* What comes of any threshold. */
LatheAnswered lathe_selective_at (const GArray *curve, double threshold);

/**
 * lathe_selective_find:
 * @accuracy: share of the answered that is to be right, 0 … 1
 * @found: (out)
 *
 * The smallest threshold that does it; 0 where that answers all. Returns: FALSE, and threshold 0, where none does
 */
gboolean lathe_selective_find (const GArray *curve, double accuracy, LatheAnswered *found);

/* NAN where nothing is answered. */
double lathe_answered_accuracy (const LatheAnswered *answered);

G_END_DECLS
