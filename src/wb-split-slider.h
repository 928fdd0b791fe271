/* wb-split-slider.h: how images are divided, as a bar whose borders can be moved.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_SPLIT_SLIDER (wb_split_slider_get_type ())
G_DECLARE_FINAL_TYPE (WbSplitSlider, wb_split_slider, WB, SPLIT_SLIDER, GtkWidget)

/* Signals: "moved": a border is on its way; "chosen": it was let go, and is elsewhere than it was. */

/* Without a signal. A side that is fixed has its images already: it is not on the bar, and its share is 0. */
void wb_split_slider_show (WbSplitSlider *slider, const double share[LATHE_N_SPLITS],
                           const gboolean fixed[LATHE_N_SPLITS]);
void wb_split_slider_get_share (WbSplitSlider *slider, double share[LATHE_N_SPLITS]);

G_END_DECLS
