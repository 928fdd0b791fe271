/* wb-sheet-draw.c: a sheet drawn with cairo, for PNG and PDF.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "wb-sheet-private.h"

/* On paper words fall where they fall, and not on whole pixels. */
PangoLayout *
wb_sheet_create_layout (const WbSheet *sheet)
{
  cairo_font_options_t *options = cairo_font_options_create ();
  PangoContext *context = pango_font_map_create_context (pango_cairo_font_map_get_default ()); /* the thread's own */
  PangoLayout *layout = pango_layout_new (context);

  cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options (context, options);
  pango_cairo_context_set_resolution (context, sheet->resolution);
  pango_context_set_round_glyph_positions (context, FALSE);
  pango_layout_set_font_description (layout, sheet->font);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  cairo_font_options_destroy (options);
  g_object_unref (context);
  return layout;
}

void
wb_sheet_set_layout (const WbSheet *sheet, PangoLayout *layout, const WbShape *shape)
{
  PangoAttrList *attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum"));
  pango_attr_list_insert (attributes, pango_attr_scale_new (shape->text.size));
  if (shape->text.bold)
    pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  pango_layout_set_attributes (layout, attributes);
  pango_layout_set_text (layout, shape->words, -1);
  pango_attr_list_unref (attributes);
}

static void
trace_box (cairo_t *cr, WbBox box, double radius)
{
  double r = MIN (radius, MIN (box.width, box.height) / 2), right = box.x + box.width, bottom = box.y + box.height;

  if (r <= 0)
    {
      cairo_rectangle (cr, box.x, box.y, box.width, box.height);
      return;
    }
  cairo_new_sub_path (cr);
  cairo_arc (cr, right - r, box.y + r, r, -G_PI_2, 0);
  cairo_arc (cr, right - r, bottom - r, r, 0, G_PI_2);
  cairo_arc (cr, box.x + r, bottom - r, r, G_PI_2, G_PI);
  cairo_arc (cr, box.x + r, box.y + r, r, G_PI, 3 * G_PI_2);
  cairo_close_path (cr);
}

static void
trace_path (cairo_t *cr, const WbSheet *sheet, const WbShape *shape)
{
  for (guint i = 0; i < shape->n_steps; i++)
    {
      const WbStep *step = &g_array_index (sheet->steps, WbStep, shape->first + i);
      const WbPoint *p = step->points;

      if (step->kind == WB_STEP_MOVE)
        cairo_move_to (cr, p[2].x, p[2].y);
      else if (step->kind == WB_STEP_LINE)
        cairo_line_to (cr, p[2].x, p[2].y);
      else
        cairo_curve_to (cr, p[0].x, p[0].y, p[1].x, p[1].y, p[2].x, p[2].y);
    }
}

/* As wide as there is room: fonts differ a little on screen and paper. */
static void
write_words (cairo_t *cr, const WbSheet *sheet, const WbShape *shape, PangoLayout *layout)
{
  int width, height;

  wb_sheet_set_layout (sheet, layout, shape);
  pango_layout_get_size (layout, &width, &height);
  if (width == 0)
    return;
  cairo_save (cr);
  cairo_translate (cr, shape->box.x, shape->box.y + (shape->box.height - (double) height / PANGO_SCALE) / 2);
  cairo_scale (cr, shape->box.width * PANGO_SCALE / width, 1);
  pango_cairo_show_layout (cr, layout);
  cairo_restore (cr);
}

static void
draw_shape (cairo_t *cr, const WbSheet *sheet, const WbShape *shape, PangoLayout *layout)
{
  gboolean stroked = shape->kind == WB_SHAPE_OUTLINE || (shape->kind == WB_SHAPE_PATH && shape->width > 0);

  gdk_cairo_set_source_rgba (cr, &shape->color);
  if (shape->kind == WB_SHAPE_WORDS)
    {
      write_words (cr, sheet, shape, layout);
      return;
    }
  if (shape->kind == WB_SHAPE_PATH)
    trace_path (cr, sheet, shape);
  else
    trace_box (cr, shape->box, shape->radius);
  cairo_set_line_width (cr, shape->width);
  if (stroked)
    cairo_stroke (cr);
  else
    cairo_fill (cr);
}

void
wb_sheet_draw (cairo_t *cr, gconstpointer data)
{
  const WbSheet *sheet = data;
  g_autoptr (PangoLayout) layout = wb_sheet_create_layout (sheet);

  cairo_translate (cr, -sheet->extent.x, -sheet->extent.y);
  for (guint i = 0; i < sheet->shapes->len; i++)
    draw_shape (cr, sheet, &g_array_index (sheet->shapes, WbShape, i), layout);
}
