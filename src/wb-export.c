/* wb-export.c: a drawing as a file: where to is asked, and it is written on a thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-export.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <math.h>

#include "lathe.h"

static const char *const suffixes[] = {"png", "svg", "pdf", "csv"};

/* --- Where to --- */

typedef struct
{
  WbExportFormat format;
  WbExportChosen chosen;
} Question;

static void
on_response (GtkNativeDialog *dialog, int response, GtkWidget *widget)
{
  const Question *question = g_object_get_data (G_OBJECT (dialog), "question");

  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = g_file_get_path (file); /* never NULL: the dialog offers local folders only */

      question->chosen (widget, path, question->format);
    }
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
}

void
wb_export_ask (GtkWidget *widget, const char *title, const char *name, WbExportFormat format, WbExportChosen chosen)
{
  GtkRoot *root = gtk_widget_get_root (widget);
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new (title, GTK_WINDOW (root), GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  g_autofree char *file_name = g_strdup_printf ("%s.%s", name, suffixes[format]);
  Question *question = g_new (Question, 1);

  *question = (Question){format, chosen};
  g_object_set_data_full (G_OBJECT (dialog), "question", question, g_free);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), file_name);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_response), widget, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* --- Writing --- */

static gboolean
fail (const char *path, const char *reason, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("“%s” could not be written: %s. Choose another folder."), name,
               reason);
  return FALSE;
}

static cairo_surface_t *
make_surface (const char *path, WbExportFormat format, double width, double height)
{
  switch (format)
    {
    case WB_EXPORT_SVG:
      return cairo_svg_surface_create (path, width, height);
    case WB_EXPORT_PDF:
      return cairo_pdf_surface_create (path, width, height);
    default:
      return cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) ceil (width), (int) ceil (height));
    }
}

gboolean
wb_export_write (const char *path, WbExportFormat format, double width, double height, double scale, WbExportDraw draw,
                 gconstpointer drawing, GError **error)
{
  cairo_surface_t *surface = make_surface (path, format, width * scale, height * scale);
  cairo_status_t status = CAIRO_STATUS_SUCCESS;
  cairo_t *cr = cairo_create (surface);

  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  cairo_scale (cr, scale, scale);
  draw (cr, drawing);
  cairo_destroy (cr);
  if (format == WB_EXPORT_PNG)
    status = cairo_surface_write_to_png (surface, path);
  cairo_surface_finish (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  return status == CAIRO_STATUS_SUCCESS || fail (path, cairo_status_to_string (status), error);
}

gboolean
wb_export_write_text (const char *path, const char *text, GError **error)
{
  FILE *file = g_fopen (path, "w");
  gboolean written = file != NULL && fputs (text, file) >= 0;
  int reason = errno;

  if (file != NULL && fclose (file) != 0 && written)
    {
      written = FALSE;
      reason = errno;
    }
  return written || fail (path, g_strerror (reason), error);
}
