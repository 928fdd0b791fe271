/* wb-thumbnail-file.h: small pictures kept where the whole desktop keeps them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>

#include "lathe.h"

G_BEGIN_DECLS

typedef enum
{
  WB_THUMBNAIL_NORMAL,  /* 128 pixels at most */
  WB_THUMBNAIL_LARGE,   /* 256 */
  WB_THUMBNAIL_X_LARGE, /* 512 */
} WbThumbnailSize;

/* The smallest that is not enlarged when it is drawn at so many pixels. */
WbThumbnailSize wb_thumbnail_size_for (guint pixels);

/**
 * wb_thumbnail_file_load:
 *
 * The thumbnail that is kept of an image, as long as it is newer than the image; otherwise the image is decoded, and
 * its thumbnail kept. On any thread. Errors: as lathe_decode_image_preview(); that it cannot be kept is none.
 *
 * Returns: (transfer full)
 */
GdkPixbuf *wb_thumbnail_file_load (const LatheImage *image, WbThumbnailSize size, GError **error);

G_END_DECLS
