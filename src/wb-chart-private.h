/* wb-chart-private.h: what a chart keeps, shared by its drawing, its words, its gestures and its files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-chart-geometry.h"
#include "wb-chart-pyramid.h"
#include "wb-chart.h"

G_BEGIN_DECLS

typedef struct
{
  char *name, *title, *mark_text;
  WbChartColor color;
  gboolean dashed, smoothed;
  int mark;
  gsize n, room; /* values, and those for which there is memory */
  double *x, *y;
  double *smooth; /* NULL unless `smoothed` */
  WbSmoother smoother;
  WbPyramid *pyramid, *smooth_pyramid; /* of `y` and of `smooth` */
} WbChartLine;

typedef struct
{
  char *x_title;
  gboolean percent;
  gboolean logarithmic; /* never together with `percent` */
  gboolean smoothed;    /* lines that can be are drawn so */
  GArray *lines;        /* (element-type WbChartLine) */
  GArray *marks;        /* of wb-chart-marks.c */
  WbRange whole, range; /* what the horizontal axis can show, and what it shows */
} WbChartData;

/* What the pointer does. */
typedef struct
{
  double cursor;   /* on the horizontal axis; NAN: no crosshair */
  WbRange between; /* is being chosen, to be zoomed into; from == to: nothing is */
} WbChartPointer;

struct _WbChart
{
  WbFigure parent_instance;

  WbChartData data;
  WbChartPointer pointer;
  char *settings_name;
  double plot_left, plot_right; /* pixels, as last drawn */
  double last_x;                /* of the pointer, in pixels */
  WbRange began;                /* what was shown when a pinch or a drag began */
};

/* Takes over the series; what it has more than before is appended. */
void wb_chart_line_set (WbChartLine *line, const WbChartSeries *series);
void wb_chart_line_clear (WbChartLine *line);
void wb_chart_line_set_positive (WbChartLine *line, gboolean positive);

/* The values that are drawn as the line itself, and their pyramid. */
gboolean wb_chart_line_is_smoothed (const WbChartData *data, const WbChartLine *line);
const double *wb_chart_line_values (const WbChartData *data, const WbChartLine *line);
const WbPyramid *wb_chart_line_pyramid (const WbChartData *data, const WbChartLine *line);

/* (transfer full) (element-type WbChartLine): a value of a line each, as a table */
char *wb_chart_lines_to_csv (const GArray *lines);

/* Draws into (0, 0, width, height); `pointer` is NULL on paper. Says in `left` and `right`, either of which may be
 * NULL, where the horizontal axis begins and ends. */
void wb_chart_draw (const WbChartData *data, const char *title, const WbChartStyle *style, cairo_t *cr, double width,
                    double height, const WbChartPointer *pointer, double *left, double *right);

gboolean wb_chart_is_zoomed (const WbChartData *data);
double wb_chart_last_x (const WbChartData *data); /* of all lines; NAN: there is none */
char *wb_chart_format (const WbChartData *data, double value);
/* The chart for those who do not see it: “Training loss 0.201, validation loss 0.412 at epoch 7”, and what of it is
 * shown in another way than usual. */
char *wb_chart_describe (const WbChartData *data, double cursor);

/* wb-chart-zoom.c: the part of the horizontal axis that is shown. */
void wb_chart_set_range (WbChart *chart, WbRange range);
/* After `chart` was given other values, of which the last was `last` until now: what is shown stays so; what showed the
 * newest goes on to show it. */
void wb_chart_follow (WbChart *chart, WbRange whole, double last);
void wb_chart_add_zoom_actions (WbChartClass *klass);
void wb_chart_add_zoom (WbChart *chart);

/* wb-chart-marks.c. Where they are drawn: the plot, in a chart of this width. */
typedef struct
{
  double width, left, top, right, bottom;
} WbChartArea;

GArray *wb_chart_marks_new (void);
gboolean wb_chart_marks_set (GArray *self, const WbChartMark *marks, guint n_marks);
void wb_chart_marks_draw (const WbChartData *data, const WbChartArea *area, const WbPen *pen);
void wb_chart_marks_describe (const WbChartData *data, GString *text);

/* To be called after what is shown has changed. */
void wb_chart_changed (WbChart *chart);
void wb_chart_set_cursor (WbChart *chart, double cursor);

G_END_DECLS
