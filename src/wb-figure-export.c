/* wb-figure-export.c: a figure as a file.
 *
 * The figure is recorded on the main loop, where its values are, and played back into the file on a thread, where
 * compressing may take its time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-figure.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <glib/gi18n.h>
#include <math.h>

#include "wb-thread.h"

#define WIDTH 960.0
#define HEIGHT 480.0
#define PNG_SCALE 2

static const char *const suffixes[] = {"png", "svg", "pdf", "csv"};

typedef struct
{
  char *path;
  WbFigureFormat format;
  cairo_surface_t *recording; /* NULL for CSV */
  char *csv;
} Export;

static void
export_free (gpointer data)
{
  Export *export = data;

  g_clear_pointer (&export->recording, cairo_surface_destroy);
  g_free (export->csv);
  g_free (export->path);
  g_free (export);
}

static cairo_surface_t *
make_surface (const Export *export)
{
  switch (export->format)
    {
    case WB_FIGURE_SVG:
      return cairo_svg_surface_create (export->path, WIDTH, HEIGHT);
    case WB_FIGURE_PDF:
      return cairo_pdf_surface_create (export->path, WIDTH, HEIGHT);
    default:
      return cairo_image_surface_create (CAIRO_FORMAT_RGB24, WIDTH * PNG_SCALE, HEIGHT * PNG_SCALE);
    }
}

static gpointer
export_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Export *export = data;
  cairo_surface_t *surface;
  cairo_status_t status = CAIRO_STATUS_SUCCESS;
  cairo_t *cr;

  if (export->csv)
    {
      g_file_set_contents (export->path, export->csv, -1, error);
      return NULL;
    }

  surface = make_surface (export);
  if (export->format == WB_FIGURE_PNG)
    cairo_surface_set_device_scale (surface, PNG_SCALE, PNG_SCALE);
  cr = cairo_create (surface);
  cairo_set_source_surface (cr, export->recording, 0, 0);
  cairo_paint (cr);
  cairo_destroy (cr);
  if (export->format == WB_FIGURE_PNG)
    status = cairo_surface_write_to_png (surface, export->path);
  cairo_surface_finish (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (status != CAIRO_STATUS_SUCCESS)
    {
      g_autofree char *name = g_filename_display_name (export->path);

      g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("“%s” could not be written: %s. Choose another folder."),
                   name, cairo_status_to_string (status));
    }
  return NULL;
}

static void
on_exported (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  if (error)
    g_signal_emit_by_name (owner, "failed", error->message);
}

static cairo_surface_t *
record (WbFigure *figure)
{
  cairo_rectangle_t extents = {0, 0, WIDTH, HEIGHT};
  cairo_surface_t *surface = cairo_recording_surface_create (CAIRO_CONTENT_COLOR_ALPHA, &extents);
  PangoContext *text = gtk_widget_get_pango_context (GTK_WIDGET (figure));
  WbChartStyle paper = {.foreground = {0, 0, 0, 1},
                        .background = {1, 1, 1, 1},
                        .font = pango_context_get_font_description (text),
                        .resolution = 96};
  cairo_t *cr = cairo_create (surface);

  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  WB_FIGURE_GET_CLASS (figure)->draw (figure, &paper, cr, WIDTH, HEIGHT, TRUE);
  cairo_destroy (cr);
  return surface;
}

static void
on_response (GtkNativeDialog *dialog, int response, WbFigure *figure)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      Export *export = g_new0 (Export, 1);

      export->path = g_file_get_path (file); /* never NULL: the dialog offers local folders only */
      export->format = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (dialog), "format"));
      if (export->format == WB_FIGURE_CSV)
        export->csv = WB_FIGURE_GET_CLASS (figure)->to_csv (figure);
      else
        export->recording = record (figure);
      wb_thread_call (G_OBJECT (figure), export_work, export, export_free, NULL, NULL, on_exported, NULL);
    }
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
}

void
wb_figure_save (WbFigure *figure, WbFigureFormat format)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (figure));
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (_ ("Save Chart"), GTK_WINDOW (root),
                                                              GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  g_autofree char *name = g_strdup_printf ("%s.%s", wb_figure_get_title (figure), suffixes[format]);

  g_object_set_data (G_OBJECT (dialog), "format", GUINT_TO_POINTER (format));
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_response), figure, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}
