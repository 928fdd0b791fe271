/* wb-switcher.h: the pages of a stack side by side, each with its name and where it stands.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define WB_TYPE_SWITCHER (wb_switcher_get_type ())
G_DECLARE_FINAL_TYPE (WbSwitcher, wb_switcher, WB, SWITCHER, GtkWidget)

/* Property: "stack" (AdwViewStack, once, with its pages in it). A page that has a string property "status" shows it
 * below its name. */

void wb_switcher_set_stack (WbSwitcher *switcher, AdwViewStack *stack);

G_END_DECLS
