/* wb-sheet.c: a drawing as a list of shapes, to be put on paper.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "wb-sheet-private.h"

#define PNG_SCALE 2.0
#define MOST_PIXELS 50e6  /* of a PNG: 200 MB while it is drawn */
#define LONGEST_SIDE 32e3 /* pixels: cairo's images go no further than 32,767 */
#define POINT 0.75        /* points a pixel of 96 an inch */
#define MOST_POINTS 14400 /* of a side of a page, ISO 32000-1, annex C.2 */

WbSheet *
wb_sheet_new (WbBox extent, const PangoFontDescription *font, double resolution)
{
  WbSheet *sheet = g_new0 (WbSheet, 1);

  sheet->extent = extent;
  sheet->font = pango_font_description_copy (font);
  sheet->resolution = resolution;
  sheet->shapes = g_array_new (FALSE, FALSE, sizeof (WbShape));
  sheet->steps = g_array_new (FALSE, FALSE, sizeof (WbStep));
  sheet->words = g_string_chunk_new (4096);
  return sheet;
}

void
wb_sheet_free (WbSheet *sheet)
{
  if (sheet == NULL)
    return;
  pango_font_description_free (sheet->font);
  g_array_unref (sheet->shapes);
  g_array_unref (sheet->steps);
  g_string_chunk_free (sheet->words);
  g_free (sheet);
}

WbBox
wb_sheet_get_extent (const WbSheet *sheet)
{
  return sheet->extent;
}

/* --- Filling it --- */

void
wb_sheet_fill (WbSheet *sheet, WbBox box, double radius, const GdkRGBA *color)
{
  WbShape shape = {.kind = WB_SHAPE_FILL, .color = *color, .box = box, .radius = radius};

  g_array_append_val (sheet->shapes, shape);
}

void
wb_sheet_outline (WbSheet *sheet, WbBox box, double radius, double width, const GdkRGBA *color)
{
  WbShape shape = {.kind = WB_SHAPE_OUTLINE, .color = *color, .width = width, .radius = MAX (radius - width / 2, 0)};

  shape.box = (WbBox){box.x + width / 2, box.y + width / 2, box.width - width, box.height - width};
  g_array_append_val (sheet->shapes, shape);
}

void
wb_sheet_write (WbSheet *sheet, const char *words, WbBox box, const WbSheetText *text)
{
  WbShape shape = {.kind = WB_SHAPE_WORDS, .color = text->color, .box = box, .text = *text};

  shape.words = g_string_chunk_insert_const (sheet->words, words);
  g_array_append_val (sheet->shapes, shape);
}

static void
add_step (WbSheet *sheet, WbStepKind kind, WbPoint first, WbPoint second, WbPoint to)
{
  WbStep step = {kind, {first, second, to}};

  g_array_append_val (sheet->steps, step);
}

void
wb_sheet_move_to (WbSheet *sheet, WbPoint to)
{
  add_step (sheet, WB_STEP_MOVE, to, to, to);
}

void
wb_sheet_line_to (WbSheet *sheet, WbPoint to)
{
  add_step (sheet, WB_STEP_LINE, to, to, to);
}

void
wb_sheet_curve_to (WbSheet *sheet, WbPoint first, WbPoint second, WbPoint to)
{
  add_step (sheet, WB_STEP_CURVE, first, second, to);
}

void
wb_sheet_draw_path (WbSheet *sheet, double width, const GdkRGBA *color)
{
  WbShape shape = {.kind = WB_SHAPE_PATH, .color = *color, .width = width, .first = sheet->begun};

  shape.n_steps = sheet->steps->len - sheet->begun;
  sheet->begun = sheet->steps->len;
  g_array_append_val (sheet->shapes, shape);
}

/* --- Saving it --- */

static double
get_png_scale (const WbSheet *sheet)
{
  double side = MAX (sheet->extent.width, sheet->extent.height), area = sheet->extent.width * sheet->extent.height;

  return MIN (PNG_SCALE, MIN (LONGEST_SIDE / MAX (side, 1), sqrt (MOST_PIXELS / MAX (area, 1))));
}

guint
wb_sheet_get_percent (const WbSheet *sheet)
{
  return (guint) MAX (floor (get_png_scale (sheet) / PNG_SCALE * 100), 1);
}

gboolean
wb_sheet_save (WbSheet *sheet, const char *path, WbExportFormat format, GError **error)
{
  double side = MAX (sheet->extent.width, sheet->extent.height);
  double scale = format == WB_EXPORT_PNG ? get_png_scale (sheet) : MIN (POINT, MOST_POINTS / MAX (side, 1));
  g_autofree char *svg = NULL;

  if (format != WB_EXPORT_SVG)
    return wb_export_write (path, format, sheet->extent.width, sheet->extent.height, scale, wb_sheet_draw, sheet,
                            error);
  svg = wb_sheet_to_svg (sheet);
  return wb_export_write_text (path, svg, error);
}
