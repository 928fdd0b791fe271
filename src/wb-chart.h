/* wb-chart.h: lines over a common axis, drawn to be looked at for an hour.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-figure.h"

G_BEGIN_DECLS

#define WB_TYPE_CHART (wb_chart_get_type ())
G_DECLARE_FINAL_TYPE (WbChart, wb_chart, WB, CHART, WbFigure)

/* Properties, besides the figure's: "x-title" (string: what the horizontal axis counts, in running text: "epoch"),
 * "percent" (gboolean: values are shares, written as percent), "logarithmic" (gboolean: the vertical axis; never with
 * "percent"), "smoothed" (gboolean: series that are to be smoothed are), "settings-name" (string: of the settings'
 * child that remembers these two; nothing is remembered without one). */

/* One line. The chart copies what it is given. */
typedef struct
{
  const char *name;  /* at the line's end: "training"; "" where it is the only one */
  const char *title; /* alone: "Training loss" */
  WbChartColor color;
  gboolean dashed;
  gboolean smoothed; /* a smoothed line is drawn, and the values themselves faintly behind it */
  gsize n;
  const double *x; /* n values, ascending */
  const double *y;
  int mark;              /* index of a value to mark with a dot, or -1 */
  const char *mark_text; /* what the dot says, or NULL */
} WbChartSeries;

GtkWidget *wb_chart_new (void);

/* x0 … x1 is what the horizontal axis shows. */
void wb_chart_set_series (WbChart *chart, const WbChartSeries *series, guint n_series, double x0, double x1);

/* Where something happened: an upright line with a text. Several at one place share it. */
typedef struct
{
  double x;
  const char *text;
} WbChartMark;

/* In the order of x; wb-chart-marks.c draws them. */
void wb_chart_set_marks (WbChart *chart, const WbChartMark *marks, guint n_marks);

G_END_DECLS
