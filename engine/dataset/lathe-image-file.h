/* lathe-image-file.h: an image file, opened and measured with distrust.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gio/gio.h>

#include "lathe-piece.h"

G_BEGIN_DECLS

typedef struct
{
  LatheBytes bytes;
  guint pixels;        /* the bytes are pixels, of so many channels; 0: a file of some format */
  gboolean jpeg;       /* of one or three components: four are GdkPixbuf's */
  guint width, height; /* pixels, as stored: before the orientation tag */
  guint orientation;   /* as in EXIF, 1 … 8; 1: upright */
  gboolean grey;       /* the format says that there is no colour */
} LatheImageFile;

/**
 * lathe_image_file_open:
 *
 * @piece: (nullable): where the file's bytes lie; it must outlive the image file
 *
 * Opens a regular file (a FIFO is refused, and never waited for), or what is one in an archive, learns its size from
 * its header, and checks that its end is there. Pixels are not decoded.
 * Errors: as lathe_decode_file(); the message is the reason alone.
 */
gboolean lathe_image_file_open (LatheImageFile *file, const char *path, const LathePiece *piece, GError **error);

/* The same without the help of another process: whatever parses the file runs in this one. */
gboolean lathe_image_file_open_here (LatheImageFile *file, const char *path, const LathePiece *piece, GError **error);
gboolean lathe_image_file_measure_here (LatheImageFile *file, GError **error);

void lathe_image_file_close (LatheImageFile *file);

/* The file's bytes as a number; 0 is as likely as any other. */
gboolean lathe_image_file_hash (const LatheImageFile *file, guint64 *hash, GError **error);

/**
 * lathe_image_file_load:
 * @width: pixels as stored; where the format can, it is decoded reduced, but to no less than this
 * @reduction: (out): the denominator, whose last pixel of a row and of a column may be of fewer
 *
 * Returns: (transfer full): the pixels, not yet upright
 */
GdkPixbuf *lathe_image_file_load (const LatheImageFile *file, guint width, guint height, guint *reduction,
                                  GError **error);

static inline gboolean
lathe_image_file_is_turned (const LatheImageFile *file)
{
  return file->orientation >= 5;
}

/* The stored image's last column or row comes to lie left: orientations 2, 3, 6 and 7. */
static inline gboolean
lathe_image_file_is_mirrored (const LatheImageFile *file)
{
  return (file->orientation & 2) != 0;
}

/* It comes to lie on top: orientations 3, 4, 7 and 8. */
static inline gboolean
lathe_image_file_is_upside_down (const LatheImageFile *file)
{
  return ((file->orientation - 1) & 2) != 0;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheImageFile, lathe_image_file_close)

G_END_DECLS
