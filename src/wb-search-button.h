/* wb-search-button.h: opens the search for other networks, and tells how it stands.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_SEARCH_BUTTON (wb_search_button_get_type ())
G_DECLARE_FINAL_TYPE (WbSearchButton, wb_search_button, WB, SEARCH_BUTTON, AdwBin)

void wb_search_button_set_project (WbSearchButton *button, WbProject *project); /* once */
void wb_search_button_open (WbSearchButton *button);                            /* as a click does */

G_END_DECLS
