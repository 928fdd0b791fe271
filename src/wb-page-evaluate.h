/* wb-page-evaluate.h: the page that says how good the model is, and where it is wrong.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-page.h"

G_BEGIN_DECLS

#define WB_TYPE_PAGE_EVALUATE (wb_page_evaluate_get_type ())
G_DECLARE_FINAL_TYPE (WbPageEvaluate, wb_page_evaluate, WB, PAGE_EVALUATE, WbPage)

G_END_DECLS
