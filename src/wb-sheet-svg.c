/* wb-sheet-svg.c: a sheet as an SVG whose words are text: cairo writes them as outlines, which nobody can search.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-sheet-private.h"

/* What is written to, and with what words are measured. */
typedef struct
{
  const WbSheet *sheet;
  GString *text;
  PangoLayout *layout;
} Writer;

/* A number, to a hundredth and without zeros at its end; however people here write theirs. */
static void
append_number (GString *text, const char *before, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  gsize length;

  g_ascii_formatd (number, sizeof number, "%.2f", value);
  length = strlen (number);
  while (number[length - 1] == '0')
    length--;
  if (number[length - 1] == '.')
    length--;
  g_string_append (text, before);
  g_string_append_len (text, number, (gssize) length);
}

static void
append_attribute (GString *text, const char *name, double value)
{
  g_string_append_printf (text, " %s=", name);
  append_number (text, "\"", value);
  g_string_append_c (text, '"');
}

static void
append_color (GString *text, const char *name, const GdkRGBA *color)
{
  g_string_append_printf (text, " %s=\"#%02x%02x%02x\"", name, (guint) (color->red * 255 + 0.5f),
                          (guint) (color->green * 255 + 0.5f), (guint) (color->blue * 255 + 0.5f));
  if (color->alpha < 1)
    {
      g_autofree char *opacity = g_strconcat (name, "-opacity", NULL);

      append_attribute (text, opacity, color->alpha);
    }
}

/* How the shape is painted, and the end of its element. */
static void
append_paint (GString *text, const WbShape *shape, gboolean stroked)
{
  if (stroked)
    {
      g_string_append (text, " fill=\"none\"");
      append_color (text, "stroke", &shape->color);
      append_attribute (text, "stroke-width", shape->width);
    }
  else
    append_color (text, "fill", &shape->color);
  g_string_append (text, "/>\n");
}

static void
append_box (GString *text, const WbShape *shape)
{
  g_string_append (text, "<rect");
  append_attribute (text, "x", shape->box.x);
  append_attribute (text, "y", shape->box.y);
  append_attribute (text, "width", shape->box.width);
  append_attribute (text, "height", shape->box.height);
  if (shape->radius > 0)
    append_attribute (text, "rx", MIN (shape->radius, MIN (shape->box.width, shape->box.height) / 2));
  append_paint (text, shape, shape->kind == WB_SHAPE_OUTLINE);
}

static void
append_path (GString *text, const WbSheet *sheet, const WbShape *shape)
{
  static const char *const letters[] = {"M", "L", "C"};

  g_string_append (text, "<path d=\"");
  for (guint i = 0; i < shape->n_steps; i++)
    {
      const WbStep *step = &g_array_index (sheet->steps, WbStep, shape->first + i);

      for (guint j = step->kind == WB_STEP_CURVE ? 0 : 2; j < 3; j++)
        {
          append_number (text, step->kind == WB_STEP_CURVE && j > 0 ? " " : letters[step->kind], step->points[j].x);
          append_number (text, " ", step->points[j].y);
        }
    }
  g_string_append_c (text, '"');
  append_paint (text, shape, shape->width > 0);
}

/* As wide as there is room, whatever fonts there are where it is looked at. */
static void
append_words (const Writer *writer, const WbShape *shape)
{
  g_autofree char *words = g_markup_escape_text (shape->words, -1);
  int height;

  wb_sheet_set_layout (writer->sheet, writer->layout, shape);
  pango_layout_get_size (writer->layout, NULL, &height);
  g_string_append (writer->text, "<text");
  append_attribute (writer->text, "x", shape->box.x + (shape->text.ends ? shape->box.width : 0));
  append_attribute (writer->text, "y",
                    shape->box.y + shape->box.height / 2 +
                        (pango_layout_get_baseline (writer->layout) - height / 2.0) / PANGO_SCALE);
  append_attribute (writer->text, "textLength", shape->box.width);
  g_string_append (writer->text, " lengthAdjust=\"spacingAndGlyphs\"");
  if (shape->text.ends)
    g_string_append (writer->text, " text-anchor=\"end\"");
  if (shape->text.bold)
    g_string_append (writer->text, " font-weight=\"bold\"");
  if (shape->text.size != 1)
    {
      append_number (writer->text, " font-size=\"", shape->text.size);
      g_string_append (writer->text, "em\"");
    }
  append_color (writer->text, "fill", &shape->color);
  g_string_append_printf (writer->text, ">%s</text>\n", words);
}

static void
append_shape (const Writer *writer, const WbShape *shape)
{
  if (shape->kind == WB_SHAPE_WORDS)
    append_words (writer, shape);
  else if (shape->kind == WB_SHAPE_PATH)
    append_path (writer->text, writer->sheet, shape);
  else
    append_box (writer->text, shape);
}

static void
append_head (GString *text, const WbSheet *sheet)
{
  double size = (double) pango_font_description_get_size (sheet->font) / PANGO_SCALE;
  g_autofree char *family = g_markup_escape_text (pango_font_description_get_family (sheet->font), -1);

  if (!pango_font_description_get_size_is_absolute (sheet->font))
    size *= sheet->resolution / 72;
  g_string_append (text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"");
  append_attribute (text, "width", sheet->extent.width);
  append_attribute (text, "height", sheet->extent.height);
  append_number (text, " viewBox=\"", sheet->extent.x);
  append_number (text, " ", sheet->extent.y);
  append_number (text, " ", sheet->extent.width);
  append_number (text, " ", sheet->extent.height);
  g_string_append_printf (text, "\" font-family=\"%s, sans-serif\"", family);
  append_attribute (text, "font-size", size);
  g_string_append (text, " style=\"font-variant-numeric: tabular-nums\">\n");
}

char *
wb_sheet_to_svg (const WbSheet *sheet)
{
  g_autoptr (PangoLayout) layout = wb_sheet_create_layout (sheet);
  GString *text = g_string_new (NULL);
  Writer writer = {sheet, text, layout};
  WbShape paper = {.kind = WB_SHAPE_FILL, .color = {1, 1, 1, 1}, .box = sheet->extent};

  append_head (text, sheet);
  append_box (text, &paper);
  for (guint i = 0; i < sheet->shapes->len; i++)
    append_shape (&writer, &g_array_index (sheet->shapes, WbShape, i));
  g_string_append (text, "</svg>\n");
  return g_string_free (text, FALSE);
}
