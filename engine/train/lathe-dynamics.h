/* lathe-dynamics.h: what a network said of each image while it learned.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-dataset.h"
#include "model/lathe-model.h"

G_BEGIN_DECLS

/* Of one image, over the epochs of a training; of a network that learned from it, or that was validated by it. */
typedef struct
{
  guint64 image;    /* hash of its bytes */
  guint32 label;    /* that it had then, and that the margin is of */
  guint32 likelier; /* the class that was mostly the largest of the others */
  guint32 times;    /* that it was looked at */
  guint32 named;    /* of them, how often the label was the likeliest */
  double margin;    /* logit of its label less the largest of the others, the mean over the times */
} LatheDynamic;

GArray *lathe_dynamics_of_model (const LatheModel *model, const char *path);
const LatheDynamic *lathe_dynamics_find (const GArray *dynamics, const LatheImage *image, guint label);
gboolean lathe_dynamic_makes_sense (const LatheDynamic *dynamic, guint n_classes);
int lathe_dynamic_compare (gconstpointer a, gconstpointer b);

G_END_DECLS
