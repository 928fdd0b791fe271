/* wb-page-train.h: the Train page: hyperparameters, and two charts that grow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-page.h"

G_BEGIN_DECLS

#define WB_TYPE_PAGE_TRAIN (wb_page_train_get_type ())
G_DECLARE_FINAL_TYPE (WbPageTrain, wb_page_train, WB, PAGE_TRAIN, WbPage)

G_END_DECLS
