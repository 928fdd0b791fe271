/* lathe-raster.c: a drawing in pixels.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-raster.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gi18n-lib.h>

#include "base/lathe-error.h"

static void
on_size (GdkPixbufLoader *loader, int width, int height, gpointer side)
{
  gdk_pixbuf_loader_set_size (loader, GPOINTER_TO_INT (side), GPOINTER_TO_INT (side));
}

static gboolean
load (GdkPixbufLoader *loader, GBytes *svg, GError **error)
{
  if (gdk_pixbuf_loader_write_bytes (loader, svg, error))
    return gdk_pixbuf_loader_close (loader, error);
  gdk_pixbuf_loader_close (loader, NULL);
  return FALSE;
}

/**
 * lathe_raster_png:
 * @svg: a square drawing of our own
 * @side: pixels
 *
 * GdkPixbuf's loader of SVG files draws it, which knows what words look like in any script, and is not everywhere.
 *
 * Returns: (transfer full): a PNG file; NULL on error, LATHE_ERROR_IO
 */
GBytes *
lathe_raster_png (GBytes *svg, guint side, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new_with_type ("svg", &reason);
  char *png = NULL;
  gsize length;

  if (loader == NULL)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO,
                   _ ("a PNG takes GdkPixbuf’s loader of SVG files: install librsvg2-common, or save it as .svg (%s)"),
                   reason->message);
      return NULL;
    }
  g_signal_connect (loader, "size-prepared", G_CALLBACK (on_size), GUINT_TO_POINTER (side));
  if (load (loader, svg, &reason) &&
      gdk_pixbuf_save_to_buffer (gdk_pixbuf_loader_get_pixbuf (loader), &png, &length, "png", &reason, NULL))
    return g_bytes_new_take (png, length);
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_IO, reason->message);
  return NULL;
}
