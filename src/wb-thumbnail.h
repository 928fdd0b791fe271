/* wb-thumbnail.h: a small picture of an image file, loaded in the background.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_THUMBNAIL (wb_thumbnail_get_type ())
G_DECLARE_FINAL_TYPE (WbThumbnail, wb_thumbnail, WB, THUMBNAIL, GtkWidget)

/* A square of `size` pixels. Small images are drawn with sharp pixels: that is how they are. */
GtkWidget *wb_thumbnail_new (int size);

void wb_thumbnail_set_size (WbThumbnail *thumbnail, int size);
/* A pencil in its corner. */
void wb_thumbnail_set_marked (WbThumbnail *thumbnail, gboolean marked);
GdkPaintable *wb_thumbnail_get_paintable (WbThumbnail *thumbnail); /* (transfer none) (nullable) */

/* NULL: empty. What was asked for before and has not been loaded yet is let go. */
void wb_thumbnail_set_image (WbThumbnail *thumbnail, const LatheImage *image);

G_END_DECLS
