/* wb-run-plot.h: many runs by their settings and scores: dots on two axes, or lines across all of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-figure.h"
#include "wb-run-values.h"

G_BEGIN_DECLS

#define WB_TYPE_RUN_PLOT (wb_run_plot_get_type ())
G_DECLARE_FINAL_TYPE (WbRunPlot, wb_run_plot, WB, RUN_PLOT, WbFigure)

/* Signals: "picked" (gint64 id): of the run that was clicked, or chosen by Enter; "filtered": a part of an axis was
 * chosen, by dragging along it, or is no longer. */

/* (transfer full): in the place of those before. Parts of axes that were chosen stay so when the axes are the same. */
void wb_run_plot_take (WbRunPlot *plot, WbRunValues *values);
const WbRunValues *wb_run_plot_get_values (WbRunPlot *plot); /* (nullable) */

/* Dots, with these axes across and up; or lines. The colour is that of a score. */
void wb_run_plot_set_parallel (WbRunPlot *plot, gboolean parallel);
void wb_run_plot_set_axes (WbRunPlot *plot, guint across, guint up, guint colour);
void wb_run_plot_select (WbRunPlot *plot, gint64 id); /* 0: none */
guint wb_run_plot_count (WbRunPlot *plot);            /* runs that are within what was chosen of the axes */
/* What was chosen of an axis: `low` … `high`; NAN: all of it. */
void wb_run_plot_choose (WbRunPlot *plot, guint axis, double low, double high);

G_END_DECLS
