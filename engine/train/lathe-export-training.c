/* lathe-export-training.c: hyperparameters, as an export tells of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-export-training.h"

/**
 * lathe_export_training:
 *
 * Returns: what formats can say of a training; its texts are never freed
 */
LatheExportTraining
lathe_export_training (const LatheHyperparameters *values)
{
  return (LatheExportTraining){
      .optimizer = lathe_hyperparameter_find ("optimizer")->property.choices[values->optimizer],
      .learning_rate = values->learning_rate,
      .momentum = values->momentum,
      .beta1 = values->beta1,
      .beta2 = values->beta2,
      .epsilon = values->epsilon,
      .weight_decay = values->weight_decay,
      .loss = (LatheLossKind) values->loss,
      .label_smoothing = values->label_smoothing,
      .epochs = values->epochs,
      .batch = values->batch,
  };
}
