/* wb-run-plot-private.h: what the files of the plot of runs share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-axis.h"
#include "wb-point.h"
#include "wb-run-plot.h"

G_BEGIN_DECLS

#define WB_RUN_PLOT_MOST 8 /* axes of the lines, with that of the colours */

/* A part of an axis. */
typedef struct
{
  double low, high; /* values; NAN: all of it */
} WbBrush;

struct _WbRunPlot
{
  WbFigure parent_instance;

  WbRunValues *values; /* or NULL */
  gboolean parallel;
  guint across, up, colour; /* axes */
  WbBrush *brushes;         /* of each axis */
  WbAxis *axes;             /* of each, as last drawn */
  GArray *order;            /* (element-type guint): the axes of the lines, from left to right */
  double top, bottom, left, right;
  int pointed;     /* a run; -1: none */
  gint64 selected; /* its id; 0: none */

  int dragged; /* an axis; -1: none */
  double drag_from;
};

/* wb-run-plot-draw.c */
void wb_run_plot_draw (WbFigure *figure, const WbChartStyle *style, cairo_t *cr, double width, double height,
                       gboolean on_paper);
double wb_run_plot_place (WbRunPlot *self, guint i); /* of the i-th axis of the lines, from the left */
gboolean wb_run_plot_passes (WbRunPlot *self, guint run);
char *wb_run_plot_describe_run (WbRunPlot *self, guint run);

G_END_DECLS
