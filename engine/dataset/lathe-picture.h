/* lathe-picture.h: the decoding itself: from an opened image file to an upright picture of the wanted size.
 *
 * Whoever calls this has the decoders of every format at work in its own process: lathe-decoder does, and
 * lathe-decode.c where there is none.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>

#include "base/lathe-preprocess.h"
#include "lathe-image-file.h"

G_BEGIN_DECLS

/* Large ones are decoded one at a time: whoever is about to waits for the others. */
gboolean lathe_picture_is_large (const LatheImageFile *file);
GMutexLocker *lathe_picture_wait_for_room (void);

/* bytes: (out caller-allocates): height × width × channels, as lathe_decode_file() gives them. */
gboolean lathe_picture_decode (const LatheImageFile *file, const LathePreprocess *preprocess, guint8 *bytes,
                               GError **error);
void lathe_picture_scale (GdkPixbuf *pixbuf, const LathePreprocess *preprocess, guint8 *bytes);

/* The size that the image has with neither side above `limit` (0: its own), and rgb: (out caller-allocates): height ×
 * width × 3 of that. */
void lathe_picture_fit (const LatheImageFile *file, guint limit, guint *width, guint *height);
gboolean lathe_picture_preview (const LatheImageFile *file, guint limit, guint8 *rgb, GError **error);

G_END_DECLS
