/* lathe-fine-tune.h: a model that was changed learns to be right again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "dataset/lathe-dataset.h"
#include "lathe-hyperparameters.h"
#include "model/lathe-model.h"

G_BEGIN_DECLS

LatheModel *lathe_fine_tune (LatheModel *model, LatheDataset *dataset, const LatheHyperparameters *hyperparameters,
                             LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable,
                             GError **error);
LatheModel *lathe_fine_tune_rounded (LatheModel *model, const LatheQuantisation *quantisation, LatheDataset *dataset,
                                     const LatheHyperparameters *hyperparameters, LatheProgressFunc progress,
                                     gpointer progress_data, GCancellable *cancellable, GError **error);

G_END_DECLS
