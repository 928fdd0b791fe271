/* wb-page-train-live.h: what can be changed of a training while it goes on, on the Train page.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-hyperparameters.h"
#include "wb-more-epochs.h"
#include "wb-page.h"

G_BEGIN_DECLS

/* What of the page this is about; all of it lives as long as the page. */
typedef struct
{
  WbHyperparameters *form;
  WbMoreEpochs *more;
} WbTrainLive;

/* From now on, with the page's project: what cannot be changed is grey while a training goes on, what is changed is
 * told, and a training that has ended is offered more epochs. */
void wb_train_live_attach (WbPage *page, const WbTrainLive *parts);

G_END_DECLS
