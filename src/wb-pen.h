/* wb-pen.h: what all charts draw with: the theme's colours or paper's, and one layout for all texts.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WB_GAP 6.0 /* pixels between things */

/* Okabe & Ito's colours, which people with any kind of colour vision tell apart. */
typedef enum
{
  WB_CHART_ORANGE,
  WB_CHART_BLUE,
  WB_CHART_GREEN,
  WB_CHART_PURPLE,
} WbChartColor;

/* How to draw: the theme's, or paper's. */
typedef struct
{
  GdkRGBA foreground, background;
  gboolean dark;
  const PangoFontDescription *font;
  const cairo_font_options_t *font_options; /* NULL: cairo's own */
  double resolution;                        /* dots an inch of text */
} WbChartStyle;

typedef struct
{
  const WbChartStyle *style;
  cairo_t *cr;
  PangoLayout *layout;
  double text_height;
} WbPen;

void wb_chart_style_of_widget (WbChartStyle *style, GtkWidget *widget); /* the theme's; its font is the widget's */

void wb_pen_init (WbPen *pen, cairo_t *cr, const WbChartStyle *style);
void wb_pen_clear (WbPen *pen);

const GdkRGBA *wb_pen_color (const WbPen *pen, WbChartColor color);
void wb_pen_use (const WbPen *pen, const GdkRGBA *color, double opacity);
double wb_pen_measure (const WbPen *pen, const char *text, gboolean bold); /* how wide it is */
/* `align` 0: the text begins at x; 0.5: is centred on it; 1: ends there. y is the text's middle. Returns its width. */
double wb_pen_write (const WbPen *pen, const char *text, double x, double y, double align);
/* What comes in bold above a chart, from x on. Returns its width. */
double wb_pen_write_title (const WbPen *pen, const char *text, double x, double y);
/* Lines of text in a box beside x, which is on its left in the right half of left … right. A line has the colour of
 * the same place in `colors`, which may be NULL, or the foreground's. */
void wb_pen_write_box (const WbPen *pen, const char *const *lines, const GdkRGBA *const *colors, double x, double top,
                       double left, double right);

/* Hairlines fall between pixels unless they are moved to the middle of one. */
double wb_pen_crisp (double position);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WbPen, wb_pen_clear)

G_END_DECLS
