/* wb-welcome.h: what is there before the first dataset: a place to drop one, and ways to others.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define WB_TYPE_WELCOME (wb_welcome_get_type ())
G_DECLARE_FINAL_TYPE (WbWelcome, wb_welcome, WB, WELCOME, AdwBin)

G_END_DECLS
