/* lathe-confident.h: confident learning: when a model is as sure of another class as it is of images that are that.
 *
 * Northcutt, Jiang & Chuang 2021, "Confident learning: estimating uncertainty in dataset labels", JAIR 70, section 3.1.
 * A model is not as sure of one class as of another. What counts is whether it is as sure that an image shows another
 * class as it is, on average, of the images that are labelled so.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-sum.h"

G_BEGIN_DECLS

/* What is known of the classes, image by image. */
typedef struct _LatheConfidence LatheConfidence;

LatheConfidence *lathe_confidence_new (guint n_classes);
void lathe_confidence_free (LatheConfidence *confidence);
void lathe_confidence_add (LatheConfidence *confidence, const float *probabilities, guint label);
guint lathe_confidence_find_class (const LatheConfidence *confidence, const float *probabilities, guint label);
double lathe_confidence_find_margin (const LatheConfidence *confidence, const float *probabilities, guint label);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheConfidence, lathe_confidence_free)

G_END_DECLS
