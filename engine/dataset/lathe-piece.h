/* lathe-piece.h: where an image's bytes lie: in a file of their own, or somewhere in a larger one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>
#include <sys/stat.h>

G_BEGIN_DECLS

/* What is unpacked into memory, all of an archive together, is no more than this. */
#define LATHE_MAX_UNPACKED ((goffset) 1 << 30)

/* A file that holds many images, open as long as one of them may be asked for. It never changes; any thread may read.
 */
typedef struct _LatheContainer LatheContainer;

typedef enum
{
  LATHE_PIECE_FILE,     /* no container: the file itself */
  LATHE_PIECE_STORED,   /* an image file's bytes, as they are */
  LATHE_PIECE_CHECKED,  /* … with a checksum */
  LATHE_PIECE_DEFLATED, /* … compressed (RFC 1951), with a checksum */
  LATHE_PIECE_PIXELS,   /* one byte a pixel: channels × height × width */
} LathePieceKind;

typedef struct
{
  LathePieceKind kind;
  LatheContainer *container;
  goffset offset, length; /* of the bytes in the container */
  goffset size;           /* bytes when unpacked */
  guint32 checksum;       /* CRC-32 of those */
  guint width, height, channels;
} LathePiece;

/* Errors: LATHE_ERROR_IO; the message is the reason alone. */
LatheContainer *lathe_container_open (const char *path, GError **error);
LatheContainer *lathe_container_new (GBytes *bytes);
LatheContainer *lathe_container_ref (LatheContainer *container);
void lathe_container_unref (LatheContainer *container);
goffset lathe_container_size (const LatheContainer *container);
gboolean lathe_container_read (const LatheContainer *container, goffset at, void *buffer, gsize n);

LathePiece lathe_piece_copy (const LathePiece *piece);
void lathe_piece_clear (LathePiece *piece);

/**
 * lathe_piece_hold:
 * @path: of the file, or its name inside a container
 *
 * What many images lie in, so that each can be reached alone: a piece that is compressed is unpacked into memory,
 * and so is what was compressed with gzip before it was put there.
 * Errors: LATHE_ERROR_IO, LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED (too large); the message is the reason alone.
 */
gboolean lathe_piece_hold (const LathePiece *piece, const char *path, LathePiece *held, GError **error);

/* Of the file that the bytes come from on the disk. FALSE where there is none, as of what was unpacked into
 * memory, or it cannot be asked. */
gboolean lathe_piece_status (const LathePiece *piece, const char *path, struct stat *status);

/* A piece's bytes, at hand. */
typedef struct
{
  int fd;         /* of the file, which is closed with it, or -1 */
  int shared;     /* the container's, or -1 */
  goffset offset; /* in one of the two */
  const guint8 *memory;
  gpointer unpacked; /* owned */
  goffset size;
} LatheBytes;

#define LATHE_BYTES_CLOSED ((LatheBytes){.fd = -1, .shared = -1})

/* Refuses what is no regular file (and never waits for a FIFO), empty, or more than an image may have. The piece must
 * outlive the bytes. Errors: as lathe_piece_hold(). */
gboolean lathe_bytes_open (LatheBytes *bytes, const char *path, const LathePiece *piece, GError **error);
void lathe_bytes_close (LatheBytes *bytes);

/* Up to n bytes from `at` on; fewer only at the end or where they cannot be read. */
gsize lathe_bytes_read (const LatheBytes *bytes, goffset at, void *buffer, gsize n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheContainer, lathe_container_unref)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LathePiece, lathe_piece_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheBytes, lathe_bytes_close)

G_END_DECLS
