/* wb-time-strip.h: what the time of a training goes to, as a strip with its legend.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_TIME_STRIP (wb_time_strip_get_type ())
G_DECLARE_FINAL_TYPE (WbTimeStrip, wb_time_strip, WB, TIME_STRIP, AdwBin)

/* Seconds; where there are none it is not to be seen. */
void wb_time_strip_set (WbTimeStrip *strip, const double phases[LATHE_N_PHASES]);

G_END_DECLS
