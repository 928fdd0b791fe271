/* lathe-loss.h: how wrong an answer is, and in which direction it should have been less so.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "layers/lathe-activation.h"

G_BEGIN_DECLS

typedef enum
{
  LATHE_LOSS_BINARY_CROSS_ENTROPY,      /* one unit, two classes */
  LATHE_LOSS_CATEGORICAL_CROSS_ENTROPY, /* one unit a class */
} LatheLoss;

LatheLoss lathe_loss_for (guint n_units);
LatheActivation lathe_loss_link (LatheLoss loss);
guint lathe_loss_n_classes (LatheLoss loss, guint n_units);

void lathe_loss_run (LatheLoss loss, const LatheReal *logits, const guint32 *labels, guint n, guint n_units,
                     LatheReal *losses, LatheReal *gradient);

G_END_DECLS
