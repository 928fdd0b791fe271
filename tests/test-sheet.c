/* test-sheet.c: a drawing on paper: words stay words, and no image grows without bounds.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>

#include "lathe.h"
#include "wb-sheet.h"

static const GdkRGBA black = {0, 0, 0, 1}, blue = {0.2f, 0.5f, 0.9f, 0.5f};

static WbSheet *
make_sheet (double width, double height)
{
  PangoFontDescription *font = pango_font_description_from_string ("Sans 11");
  WbSheet *sheet = wb_sheet_new ((WbBox){-10, -20, width, height}, font, 96);

  pango_font_description_free (font);
  wb_sheet_fill (sheet, (WbBox){0, 0, 100.5, 40}, 10, &blue);
  wb_sheet_outline (sheet, (WbBox){0, 0, 100, 40}, 10, 2, &black);
  wb_sheet_write (sheet, "Dense <128> & so on", (WbBox){12, 10, 80, 20},
                  &(WbSheetText){.bold = TRUE, .ends = TRUE, .size = 1, .color = black});
  wb_sheet_move_to (sheet, (WbPoint){50, 40});
  wb_sheet_line_to (sheet, (WbPoint){50, 60});
  wb_sheet_curve_to (sheet, (WbPoint){50, 65}, (WbPoint){55, 70}, (WbPoint){60, 70});
  wb_sheet_draw_path (sheet, 1.5, &black);
  wb_sheet_move_to (sheet, (WbPoint){60, 70});
  wb_sheet_line_to (sheet, (WbPoint){50, 65});
  wb_sheet_line_to (sheet, (WbPoint){50, 75});
  wb_sheet_draw_path (sheet, 0, &black);
  return sheet;
}

/* (transfer full) What the file holds. */
static char *
save (WbSheet *sheet, WbExportFormat format, gsize *length)
{
  g_autofree char *folder = g_dir_make_tmp ("sheet-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "drawing", NULL);
  g_autoptr (GError) error = NULL;
  char *bytes;

  g_assert_true (wb_sheet_save (sheet, path, format, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &bytes, length, &error));
  g_unlink (path);
  g_rmdir (folder);
  return bytes;
}

static void
on_text (GMarkupParseContext *context, const char *text, gsize length, gpointer words, GError **error)
{
  if (g_str_equal (g_markup_parse_context_get_element (context), "text"))
    g_string_append_len (words, text, (gssize) length);
}

static void
test_words_of_an_svg_are_text (void)
{
  const GMarkupParser parser = {.text = on_text};
  g_autoptr (WbSheet) sheet = make_sheet (200, 120);
  g_autoptr (GString) words = g_string_new (NULL);
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&parser, 0, words, NULL);
  g_autoptr (GError) error = NULL;
  gsize length;
  g_autofree char *svg = save (sheet, WB_EXPORT_SVG, &length);

  g_markup_parse_context_parse (context, svg, (gssize) length, &error);
  g_assert_no_error (error);
  g_assert_true (g_markup_parse_context_end_parse (context, &error));
  g_assert_cmpstr (words->str, ==, "Dense <128> & so on");
  g_assert_nonnull (strstr (svg, "viewBox=\"-10 -20 200 120\""));
  g_assert_nonnull (strstr (svg, "<rect x=\"0\" y=\"0\" width=\"100.5\" height=\"40\" rx=\"10\" fill=\"#3380e6\" "
                                 "fill-opacity=\"0.5\"/>"));
  g_assert_nonnull (strstr (svg, "<text x=\"92\""));
  g_assert_nonnull (strstr (svg, "textLength=\"80\" lengthAdjust=\"spacingAndGlyphs\" text-anchor=\"end\""));
  g_assert_nonnull (strstr (svg, "<path d=\"M50 40L50 60C50 65 55 70 60 70\" fill=\"none\""));
}

static gboolean
has (const char *bytes, gsize length, const char *words)
{
  gsize n = strlen (words);

  for (gsize i = 0; i + n <= length; i++)
    if (memcmp (bytes + i, words, n) == 0)
      return TRUE;
  return FALSE;
}

/* A PDF says which letters its glyphs are; they are embedded. */
static void
test_words_of_a_pdf_can_be_read (void)
{
  g_autoptr (WbSheet) sheet = make_sheet (200, 120);
  gsize length;
  g_autofree char *pdf = save (sheet, WB_EXPORT_PDF, &length);

  g_assert_true (g_str_has_prefix (pdf, "%PDF-"));
  g_assert_true (has (pdf, length, "/ToUnicode"));
  g_assert_true (has (pdf, length, "/MediaBox [ 0 0 150 90 ]"));
}

static guint
number_at (const char *bytes, gsize place)
{
  guint32 number;

  memcpy (&number, bytes + place, sizeof number);
  return GUINT32_FROM_BE (number);
}

static void
test_an_image_has_two_pixels_a_unit (void)
{
  g_autoptr (WbSheet) sheet = make_sheet (200, 120);
  gsize length;
  g_autofree char *png = save (sheet, WB_EXPORT_PNG, &length);

  g_assert_cmpuint (wb_sheet_get_percent (sheet), ==, 100);
  g_assert_cmpuint (number_at (png, 16), ==, 400);
  g_assert_cmpuint (number_at (png, 20), ==, 240);
}

/* As wide as a network of 4,096 layers is long, and as large as one that is both long and wide. */
static void
test_a_large_image_is_scaled_down (void)
{
  g_autoptr (WbSheet) longest = make_sheet (300, 4096 * 78), largest = make_sheet (30000, 30000);
  gsize length;
  g_autofree char *png = save (longest, WB_EXPORT_PNG, &length), *page = NULL;

  g_assert_cmpuint (number_at (png, 20), ==, 32000);
  g_assert_cmpuint (wb_sheet_get_percent (longest), ==, 5);
  g_assert_cmpuint (wb_sheet_get_percent (largest), ==, 11);
  page = save (longest, WB_EXPORT_PDF, &length);
  g_assert_true (has (page, length, " 14400 ]"));
}

static void
test_what_cannot_be_written_says_so (void)
{
  g_autoptr (WbSheet) sheet = make_sheet (200, 120);

  for (WbExportFormat format = WB_EXPORT_PNG; format <= WB_EXPORT_PDF; format++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (wb_sheet_save (sheet, "/nowhere/drawing", format, &error));
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_IO);
      g_assert_nonnull (strstr (error->message, "/nowhere/drawing"));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sheet/words-of-an-svg-are-text", test_words_of_an_svg_are_text);
  g_test_add_func ("/sheet/words-of-a-pdf-can-be-read", test_words_of_a_pdf_can_be_read);
  g_test_add_func ("/sheet/an-image-has-two-pixels-a-unit", test_an_image_has_two_pixels_a_unit);
  g_test_add_func ("/sheet/a-large-image-is-scaled-down", test_a_large_image_is_scaled_down);
  g_test_add_func ("/sheet/what-cannot-be-written-says-so", test_what_cannot_be_written_says_so);
  return g_test_run ();
}
