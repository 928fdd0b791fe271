/* lathe-decode.h: from a file to the bytes that the network sees; the one preprocessing path.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gio/gio.h>

#include "base/lathe-preprocess.h"
#include "base/lathe-real.h"
#include "lathe-dataset.h"

G_BEGIN_DECLS

/* Larger images are refused unread: 100 megapixels is past any camera, and 300 MB decoded. */
#define LATHE_MAX_PIXELS 100000000u
#define LATHE_MAX_SIDE 65535u
#define LATHE_MAX_IMAGE_BYTES (256u << 20)
#define LATHE_MAX_DECODE_SECONDS 60

/**
 * lathe_decode_file:
 * @bytes: (out caller-allocates): height × width × channels bytes
 *
 * Reads an image file, orients, converts and fits it as `preprocess` says.
 * Errors: LATHE_ERROR_IO, LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED (too large); the message is the reason alone,
 * without the file's name.
 */
gboolean lathe_decode_file (const char *path, const LathePreprocess *preprocess, guint8 *bytes, GError **error);

/* The same for an image of a dataset, wherever its bytes lie. */
gboolean lathe_decode_image (const LatheImage *image, const LathePreprocess *preprocess, guint8 *bytes, GError **error);

/* The same for the bytes of an image file that are in memory. */
gboolean lathe_decode_bytes (GBytes *file, const LathePreprocess *preprocess, guint8 *bytes, GError **error);

/* The same for an image that is in memory already (pasted, dragged from a browser). */
void lathe_decode_pixbuf (GdkPixbuf *pixbuf, const LathePreprocess *preprocess, guint8 *bytes);

/* The image itself, oriented, with neither side above `limit` pixels (0: as it is): thumbnails, the Try page. */
GdkPixbuf *lathe_decode_preview (const char *path, guint limit, GError **error);
GdkPixbuf *lathe_decode_image_preview (const LatheImage *image, guint limit, GError **error);

/**
 * lathe_decode_describe_safety:
 *
 * Where images are decoded, and with what privileges: one sentence for a person.
 *
 * Returns: (transfer full)
 */
char *lathe_decode_describe_safety (void);

/* What a byte of a channel is to the network: (byte / 255 - mean) / deviation. */
typedef LatheReal LatheByteTable[3][256];

void lathe_preprocess_tabulate (const LathePreprocess *preprocess, LatheByteTable table);

/* bytes → numbers. n is in samples. */
void lathe_preprocess_apply (const LathePreprocess *preprocess, LatheByteTable table, const guint8 *bytes, guint n,
                             LatheReal *x);

G_END_DECLS
