/* wb-page-try.h: the page where images are dropped to hear what the network says.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-page.h"

G_BEGIN_DECLS

#define WB_TYPE_PAGE_TRY (wb_page_try_get_type ())
G_DECLARE_FINAL_TYPE (WbPageTry, wb_page_try, WB, PAGE_TRY, WbPage)

/* Tries an image file; a file that cannot be read becomes a toast. */
void wb_page_try_add_file (WbPageTry *page, GFile *file);

G_END_DECLS
