/* wb-chart-private.h: what a chart keeps, shared by its drawing, its widget and its files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-chart.h"

G_BEGIN_DECLS

typedef struct
{
  char *name, *title, *mark_text;
  WbChartColor color;
  gboolean dashed, smoothed;
  gsize n;
  double *x, *y;
  double *line; /* what is drawn: `y`, or the smoothed `y`; not owned when it is `y` */
  int mark;
} WbChartLine;

typedef struct
{
  char *x_title;
  gboolean percent;
  GArray *lines; /* (element-type WbChartLine) */
  double x0, x1;
} WbChartData;

/* Draws into (0, 0, width, height), with the crosshair when `cursor` is a number. Says in `left` and `right`, either of
 * which may be NULL, where the horizontal axis begins and ends. */
void wb_chart_draw (const WbChartData *data, const char *title, const WbChartStyle *style, cairo_t *cr, double width,
                    double height, double cursor, double *left, double *right);

char *wb_chart_format (const WbChartData *data, double value);
G_END_DECLS
