/* wb-export.h: a drawing as a file: where to is asked, and it is written on a thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum
{
  WB_EXPORT_PNG,
  WB_EXPORT_SVG,
  WB_EXPORT_PDF,
  WB_EXPORT_CSV,
} WbExportFormat;

/* path: of a file that a person chose */
typedef void (*WbExportChosen) (GtkWidget *widget, const char *path, WbExportFormat format);
/* Into (0, 0, width, height). */
typedef void (*WbExportDraw) (cairo_t *cr, gconstpointer drawing);

/* Asks where to. name: what the file is called at first, without its suffix. chosen: comes once, or, when nothing is
 * chosen or the widget has gone, never. */
void wb_export_ask (GtkWidget *widget, const char *title, const char *name, WbExportFormat format,
                    WbExportChosen chosen);

/**
 * wb_export_write: (on any thread)
 * @format: anything but CSV
 * @width: units of what is drawn
 * @scale: of a unit: pixels in a PNG, points elsewhere
 * @draw: draws on white
 *
 * Returns: FALSE: the file could not be written: LATHE_ERROR_IO
 */
gboolean wb_export_write (const char *path, WbExportFormat format, double width, double height, double scale,
                          WbExportDraw draw, gconstpointer drawing, GError **error);

/* (on any thread) Returns: as above */
gboolean wb_export_write_text (const char *path, const char *text, GError **error);

G_END_DECLS
