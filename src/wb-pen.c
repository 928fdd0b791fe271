/* wb-pen.c: what all charts draw with: the theme's colours or paper's, and one layout for all texts.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-pen.h"

#include <math.h>

static const GdkRGBA on_light[] = {
    {0.902, 0.624, 0.000, 1}, {0.000, 0.447, 0.698, 1}, {0.000, 0.620, 0.451, 1}, {0.800, 0.475, 0.655, 1}};
static const GdkRGBA on_dark[] = {
    {0.902, 0.624, 0.000, 1}, {0.337, 0.706, 0.914, 1}, {0.000, 0.720, 0.530, 1}, {0.870, 0.560, 0.730, 1}};

void
wb_chart_style_of_widget (WbChartStyle *style, GtkWidget *widget)
{
  GtkStyleContext *context = gtk_widget_get_style_context (widget);
  PangoContext *text = gtk_widget_get_pango_context (widget);

  *style = (WbChartStyle){.background = {1, 1, 1, 1},
                          .font = pango_context_get_font_description (text),
                          .font_options = pango_cairo_context_get_font_options (text),
                          .resolution = pango_cairo_context_get_resolution (text)};
  gtk_style_context_get_color (context, &style->foreground);
  gtk_style_context_lookup_color (context, "window_bg_color", &style->background);
  style->dark = style->foreground.red + style->foreground.green + style->foreground.blue > 1.5;
}

void
wb_pen_init (WbPen *pen, cairo_t *cr, const WbChartStyle *style)
{
  PangoContext *context = pango_cairo_create_context (cr);
  int height;

  pango_cairo_context_set_resolution (context, style->resolution);
  pango_cairo_context_set_font_options (context, style->font_options);
  *pen = (WbPen){.style = style, .cr = cr, .layout = pango_layout_new (context)};
  pango_layout_set_font_description (pen->layout, style->font);
  wb_pen_measure (pen, "0", FALSE);
  pango_layout_get_pixel_size (pen->layout, NULL, &height);
  pen->text_height = height;
  g_object_unref (context);
}

void
wb_pen_clear (WbPen *pen)
{
  g_clear_object (&pen->layout);
}

const GdkRGBA *
wb_pen_color (const WbPen *pen, WbChartColor color)
{
  return pen->style->dark ? &on_dark[color] : &on_light[color];
}

void
wb_pen_use (const WbPen *pen, const GdkRGBA *color, double opacity)
{
  cairo_set_source_rgba (pen->cr, color->red, color->green, color->blue, color->alpha * opacity);
}

double
wb_pen_measure (const WbPen *pen, const char *text, gboolean bold)
{
  PangoAttrList *attributes = pango_attr_list_new ();
  int width;

  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum"));
  if (bold)
    pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  pango_layout_set_attributes (pen->layout, attributes);
  pango_attr_list_unref (attributes);
  pango_layout_set_text (pen->layout, text, -1);
  pango_layout_get_pixel_size (pen->layout, &width, NULL);
  return width;
}

double
wb_pen_write (const WbPen *pen, const char *text, double x, double y, double align)
{
  double width = wb_pen_measure (pen, text, FALSE);

  cairo_move_to (pen->cr, floor (x - width * align), floor (y - pen->text_height / 2));
  pango_cairo_show_layout (pen->cr, pen->layout);
  return width;
}

double
wb_pen_write_title (const WbPen *pen, const char *text, double x, double y)
{
  double width = wb_pen_measure (pen, text, TRUE);

  cairo_move_to (pen->cr, x, floor (y - pen->text_height / 2));
  pango_cairo_show_layout (pen->cr, pen->layout);
  return width;
}

static void
rounded_box (cairo_t *cr, double x, double y, double width, double height, double radius)
{
  cairo_new_sub_path (cr);
  cairo_arc (cr, x + width - radius, y + radius, radius, -G_PI_2, 0);
  cairo_arc (cr, x + width - radius, y + height - radius, radius, 0, G_PI_2);
  cairo_arc (cr, x + radius, y + height - radius, radius, G_PI_2, G_PI);
  cairo_arc (cr, x + radius, y + radius, radius, G_PI, 3 * G_PI_2);
  cairo_close_path (cr);
}

void
wb_pen_write_box (const WbPen *pen, const char *const *lines, const GdkRGBA *const *colors, double x, double top,
                  double left, double right)
{
  double width = 0, height, from;
  guint n = g_strv_length ((char **) lines);

  for (guint i = 0; i < n; i++)
    width = MAX (width, wb_pen_measure (pen, lines[i], FALSE));
  width += 2 * WB_GAP;
  height = n * pen->text_height + 2 * WB_GAP;
  from = x > (left + right) / 2 ? x - width - 2 * WB_GAP : x + 2 * WB_GAP;
  rounded_box (pen->cr, from, top, width, height, WB_GAP);
  wb_pen_use (pen, &pen->style->background, 0.92);
  cairo_fill_preserve (pen->cr);
  wb_pen_use (pen, &pen->style->foreground, 0.2);
  cairo_set_line_width (pen->cr, 1);
  cairo_stroke (pen->cr);
  for (guint i = 0; i < n; i++)
    {
      if (colors && colors[i])
        wb_pen_use (pen, colors[i], 1);
      else
        wb_pen_use (pen, &pen->style->foreground, 0.8);
      wb_pen_write (pen, lines[i], from + WB_GAP, top + WB_GAP + pen->text_height * (i + 0.5), 0);
    }
}

double
wb_pen_crisp (double position)
{
  return floor (position) + 0.5;
}
