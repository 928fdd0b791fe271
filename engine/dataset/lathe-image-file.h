/* lathe-image-file.h: an image file, opened and measured with distrust.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  int fd;
  goffset size; /* bytes */
  gboolean jpeg;
  guint width, height; /* pixels, as stored: before the orientation tag */
  guint orientation;   /* as in EXIF, 1 … 8; 1: upright */
  gboolean grey;       /* the format says that there is no colour */
} LatheImageFile;

/**
 * lathe_image_file_open:
 *
 * Opens a regular file (a FIFO is refused, and never waited for), learns its size from its header, and checks
 * that its end is there. Pixels are not decoded, nothing large is allocated.
 * Errors: as lathe_decode_file(); the message is the reason alone.
 */
gboolean lathe_image_file_open (LatheImageFile *file, const char *path, GError **error);
void lathe_image_file_close (LatheImageFile *file);

/* The file's bytes as a number; 0 is as likely as any other. */
gboolean lathe_image_file_hash (const LatheImageFile *file, guint64 *hash, GError **error);

/**
 * lathe_image_file_load:
 * @width: pixels as stored; where the format can, it is decoded reduced, but to no less than this
 *
 * Returns: (transfer full): the pixels, not yet upright
 */
GdkPixbuf *lathe_image_file_load (const LatheImageFile *file, guint width, guint height, GError **error);

static inline gboolean
lathe_image_file_is_turned (const LatheImageFile *file)
{
  return file->orientation >= 5;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheImageFile, lathe_image_file_close)

G_END_DECLS
