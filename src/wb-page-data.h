/* wb-page-data.h: the Data page: classes, images, and how they are prepared.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-page.h"

G_BEGIN_DECLS

#define WB_TYPE_PAGE_DATA (wb_page_data_get_type ())
G_DECLARE_FINAL_TYPE (WbPageData, wb_page_data, WB, PAGE_DATA, WbPage)

G_END_DECLS
