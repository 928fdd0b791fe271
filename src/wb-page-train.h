/* wb-page-train.h: the Train page: hyperparameters, and two charts that grow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-page.h"

G_BEGIN_DECLS

#define WB_TYPE_PAGE_TRAIN (wb_page_train_get_type ())
G_DECLARE_FINAL_TYPE (WbPageTrain, wb_page_train, WB, PAGE_TRAIN, WbPage)

gboolean wb_page_train_can_take (const char *path); /* by its name: weights that one can begin with */
void wb_page_train_take (WbPageTrain *page, const char *path);

G_END_DECLS
