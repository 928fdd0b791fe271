/* wb-figure-export.c: a figure as a file.
 *
 * The figure is recorded on the main loop, where its values are, and played back into the file on a thread, where
 * compressing may take its time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-figure.h"

#include <glib/gi18n.h>

#include "wb-thread.h"

#define WIDTH 960.0
#define HEIGHT 480.0
#define PNG_SCALE 2

typedef struct
{
  char *path;
  WbExportFormat format;
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

static void
play_back (cairo_t *cr, gconstpointer data)
{
  const Export *export = data;

  cairo_set_source_surface (cr, export->recording, 0, 0);
  cairo_paint (cr);
}

static gpointer
export_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Export *export = data;

  if (export->csv)
    wb_export_write_text (export->path, export->csv, error);
  else
    wb_export_write (export->path, export->format, WIDTH, HEIGHT, export->format == WB_EXPORT_PNG ? PNG_SCALE : 1,
                     play_back, export, error);
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
on_chosen (GtkWidget *widget, const char *path, WbExportFormat format)
{
  WbFigure *figure = WB_FIGURE (widget);
  Export *export = g_new0 (Export, 1);

  export->path = g_strdup (path);
  export->format = format;
  if (format == WB_EXPORT_CSV)
    export->csv = WB_FIGURE_GET_CLASS (figure)->to_csv (figure);
  else
    export->recording = record (figure);
  wb_thread_call (G_OBJECT (figure), export_work, export, export_free, NULL, NULL, on_exported, NULL);
}

void
wb_figure_save (WbFigure *figure, WbExportFormat format)
{
  wb_export_ask (GTK_WIDGET (figure), _ ("Save Chart"), wb_figure_get_title (figure), format, on_chosen);
}
