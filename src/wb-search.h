/* wb-search.h: the search for other networks, as the window sees it. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-study.h"

G_BEGIN_DECLS

#define WB_TYPE_SEARCH (wb_search_get_type ())
G_DECLARE_FINAL_TYPE (WbSearch, wb_search, WB, SEARCH, WbStudy)

/* Its reports are LatheSearchReport. */

WbSearch *wb_search_new (void);
/* In the background. What an earlier search has found is forgotten. All but the dataset is copied. */
void wb_search_start (WbSearch *search, const LatheSearchJob *job);

G_END_DECLS
