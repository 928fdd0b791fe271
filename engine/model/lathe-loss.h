/* lathe-loss.h: how wrong an answer is, and in which direction it should have been less so.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "layers/lathe-activation.h"

G_BEGIN_DECLS

/* Each works with one unit, which tells two classes apart, and with one unit a class. The numbers are those of the
 * `loss` hyperparameter: new ones go to the end. */
typedef enum
{
  LATHE_LOSS_CROSS_ENTROPY,
  LATHE_LOSS_FOCAL,    /* Lin et al. 2017, eq. 4 */
  LATHE_LOSS_SQUARED,  /* the mean over the units of (probability - truth)² */
  LATHE_LOSS_ABSOLUTE, /* of |probability - truth| */
  LATHE_LOSS_HUBER,    /* Huber 1964: squared / 2 up to delta, then straight */
  LATHE_LOSS_HINGE,    /* on the logits; of several classes, Crammer & Singer 2001 */
  LATHE_N_LOSSES
} LatheLossKind;

/* All zero but `kind` is the plain loss. */
typedef struct
{
  LatheLossKind kind;
  double smoothing;              /* of cross-entropy: this share of the truth is spread over all classes; 0 … 1 */
  double gamma;                  /* of focal: how much what is easy counts less */
  double delta;                  /* of Huber, above 0 */
  const LatheReal *class_weight; /* (nullable): n_classes factors of a sample's loss, by its label */
} LatheLoss;

/* What else a sample is, besides its label: an image that was mixed of two has two. */
typedef struct
{
  guint32 label;
  LatheReal share; /* of the truth, 0 … 1; the rest is the sample's own label's */
} LatheOtherLabel;

/* What a teacher's answers count: Hinton, Vinyals & Dean 2015, section 2. */
typedef struct
{
  double temperature; /* that both answers' logits are divided by, above 0: the higher, the more its doubts count */
  double weight;      /* of the teacher's part of the loss, 0 … 1; the labels have the rest */
} LatheTeaching;

extern const char *const lathe_loss_names[]; /* as in files, NULL-terminated */

LatheActivation lathe_loss_link (guint n_units);
guint lathe_loss_n_classes (guint n_units);
gboolean lathe_loss_takes_two_labels (LatheLossKind kind);

void lathe_loss_run (const LatheLoss *loss, const LatheReal *logits, const guint32 *labels,
                     const LatheOtherLabel *others, guint n, guint n_units, LatheReal *losses, LatheReal *gradient);
void lathe_loss_teach (const LatheTeaching *teaching, const LatheReal *logits, const LatheReal *taught, guint n,
                       guint n_units, LatheReal *losses, LatheReal *gradient);

G_END_DECLS
