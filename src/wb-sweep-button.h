/* wb-sweep-button.h: opens the sweep of settings, and tells how it stands.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_SWEEP_BUTTON (wb_sweep_button_get_type ())
G_DECLARE_FINAL_TYPE (WbSweepButton, wb_sweep_button, WB, SWEEP_BUTTON, AdwBin)

void wb_sweep_button_set_project (WbSweepButton *button, WbProject *project); /* once */
void wb_sweep_button_open (WbSweepButton *button);                            /* as a click does */

G_END_DECLS
