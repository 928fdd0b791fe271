/* lathe-piece.c: where an image's bytes lie: in a file of their own, or somewhere in a larger one.
 *
 * This is the one way to them. The scan, the decoders and the thumbnails read a piece without asking whether it is a
 * file, a stretch of one, or was unpacked into memory just now.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-piece.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/lathe-error.h"
#include "lathe-decode.h"
#include "lathe-inflate.h"

struct _LatheContainer
{
  gatomicrefcount references;
  int fd; /* -1: in memory */
  GBytes *bytes;
  goffset size;
};

static gboolean
refuse (GError **error, LatheError code, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, code, reason);
  return FALSE;
}

/* A file descriptor of a regular file, or -1. */
static int
open_regular (const char *path, goffset *size, GError **error)
{
  struct stat status;
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

  if (fd < 0 || fstat (fd, &status) != 0)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("cannot be opened: %s"), g_strerror (errno));
  else if (!S_ISREG (status.st_mode))
    refuse (error, LATHE_ERROR_IO, _ ("not a regular file"));
  else
    {
      *size = status.st_size;
      return fd;
    }
  if (fd >= 0)
    close (fd);
  return -1;
}

static gsize
read_from (int fd, goffset at, void *buffer, gsize n)
{
  gsize done = 0;
  while (done < n)
    {
      gssize got = pread (fd, (char *) buffer + done, n - done, at + (goffset) done);
      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        break;
      done += (gsize) got;
    }
  return done;
}

/* --- containers -------------------------------------------------------------------------------------------------- */

static LatheContainer *
container_new (int fd, GBytes *bytes, goffset size)
{
  LatheContainer *container = g_new (LatheContainer, 1);
  *container = (LatheContainer){.fd = fd, .bytes = bytes, .size = size};
  g_atomic_ref_count_init (&container->references);
  return container;
}

LatheContainer *
lathe_container_open (const char *path, GError **error)
{
  goffset size;
  int fd = open_regular (path, &size, error);
  return fd >= 0 ? container_new (fd, NULL, size) : NULL;
}

LatheContainer *
lathe_container_new (GBytes *bytes)
{
  return container_new (-1, g_bytes_ref (bytes), (goffset) g_bytes_get_size (bytes));
}

LatheContainer *
lathe_container_ref (LatheContainer *container)
{
  g_atomic_ref_count_inc (&container->references);
  return container;
}

void
lathe_container_unref (LatheContainer *container)
{
  if (container == NULL || !g_atomic_ref_count_dec (&container->references))
    return;
  if (container->fd >= 0)
    close (container->fd);
  g_clear_pointer (&container->bytes, g_bytes_unref);
  g_free (container);
}

goffset
lathe_container_size (const LatheContainer *container)
{
  return container->size;
}

gboolean
lathe_container_read (const LatheContainer *container, goffset at, void *buffer, gsize n)
{
  if (at < 0 || at > container->size || (goffset) n > container->size - at)
    return FALSE;
  if (container->fd >= 0)
    return read_from (container->fd, at, buffer, n) == n;
  if (n > 0)
    memcpy (buffer, (const guint8 *) g_bytes_get_data (container->bytes, NULL) + at, n);
  return TRUE;
}

/* --- pieces ------------------------------------------------------------------------------------------------------ */

LathePiece
lathe_piece_copy (const LathePiece *piece)
{
  LathePiece copy = *piece;
  if (copy.container != NULL)
    lathe_container_ref (copy.container);
  return copy;
}

void
lathe_piece_clear (LathePiece *piece)
{
  g_clear_pointer (&piece->container, lathe_container_unref);
}

gboolean
lathe_piece_status (const LathePiece *piece, const char *path, struct stat *status)
{
  if (piece->kind == LATHE_PIECE_FILE)
    return stat (path, status) == 0;
  return piece->container->fd >= 0 && fstat (piece->container->fd, status) == 0;
}

static gboolean
is_packed (const LathePiece *piece)
{
  return piece->kind == LATHE_PIECE_CHECKED || piece->kind == LATHE_PIECE_DEFLATED;
}

/* The bytes of a piece that is packed, which must be as the archive says. */
static guint8 *
unpack (const LathePiece *piece, GError **error)
{
  g_autofree guint8 *packed = g_try_malloc (MAX ((gsize) piece->length, 1));
  g_autofree guint8 *bytes = NULL;

  if (packed == NULL)
    refuse (error, LATHE_ERROR_UNSUPPORTED, _ ("needs more memory than there is"));
  else if (!lathe_container_read (piece->container, piece->offset, packed, (gsize) piece->length))
    refuse (error, LATHE_ERROR_FORMAT, _ ("truncated"));
  else if (piece->kind == LATHE_PIECE_CHECKED)
    bytes = g_steal_pointer (&packed);
  else
    bytes = lathe_inflate (packed, (gsize) piece->length, (gsize) piece->size, error);
  if (bytes == NULL)
    return NULL;
  if (crc32_z (0, bytes, (gsize) piece->size) == piece->checksum)
    return g_steal_pointer (&bytes);
  refuse (error, LATHE_ERROR_FORMAT, _ ("damaged: its checksum is not the one that the archive has"));
  return NULL;
}

static gboolean
check_limit (goffset size, goffset limit, GError **error)
{
  if (size <= limit)
    return TRUE;
  g_autofree char *has = g_format_size ((guint64) size);
  g_autofree char *most = g_format_size ((guint64) limit);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED, _ ("%s is more than the %s that it may have"), has, most);
  return FALSE;
}

static void
hold (LathePiece *held, guint8 *bytes, gsize size)
{
  g_autoptr (GBytes) taken = g_bytes_new_take (bytes, size);
  lathe_piece_clear (held);
  *held = (LathePiece){
      .kind = LATHE_PIECE_STORED,
      .container = lathe_container_new (taken),
      .length = (goffset) size,
      .size = (goffset) size,
  };
}

static gboolean
hold_gunzipped (LathePiece *held, GError **error)
{
  gsize size;

  if (!check_limit (held->size, LATHE_MAX_UNPACKED, error))
    return FALSE;
  g_autofree guint8 *packed = g_try_malloc ((gsize) held->size);
  if (packed == NULL)
    return refuse (error, LATHE_ERROR_UNSUPPORTED, _ ("needs more memory than there is"));
  if (!lathe_container_read (held->container, held->offset, packed, (gsize) held->size))
    return refuse (error, LATHE_ERROR_FORMAT, _ ("truncated"));
  guint8 *bytes = lathe_gunzip (packed, (gsize) held->size, LATHE_MAX_UNPACKED, &size, error);
  if (bytes == NULL)
    return FALSE;
  hold (held, bytes, size);
  return TRUE;
}

gboolean
lathe_piece_hold (const LathePiece *piece, const char *path, LathePiece *held, GError **error)
{
  guint8 head[3];

  *held = lathe_piece_copy (piece);
  if (is_packed (piece))
    {
      guint8 *bytes = check_limit (piece->size, LATHE_MAX_UNPACKED, error) ? unpack (piece, error) : NULL;
      if (bytes == NULL)
        return FALSE;
      hold (held, bytes, (gsize) piece->size);
    }
  else if (piece->kind == LATHE_PIECE_FILE)
    {
      held->container = lathe_container_open (path, error);
      if (held->container == NULL)
        return FALSE;
      held->kind = LATHE_PIECE_STORED;
      held->size = held->length = held->container->size;
    }
  if (held->size >= (goffset) sizeof head && lathe_container_read (held->container, held->offset, head, sizeof head) &&
      lathe_is_gzip (head, sizeof head))
    return hold_gunzipped (held, error);
  return TRUE;
}

/* --- bytes ------------------------------------------------------------------------------------------------------- */

static gboolean
check_image_size (goffset size, GError **error)
{
  if (size == 0)
    return refuse (error, LATHE_ERROR_FORMAT, _ ("empty file"));
  if (size <= LATHE_MAX_IMAGE_BYTES)
    return TRUE;
  g_autofree char *has = g_format_size ((guint64) size);
  g_autofree char *limit = g_format_size (LATHE_MAX_IMAGE_BYTES);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED, _ ("%s is more than the %s that an image may have"), has,
               limit);
  return FALSE;
}

gboolean
lathe_bytes_open (LatheBytes *bytes, const char *path, const LathePiece *piece, GError **error)
{
  *bytes = LATHE_BYTES_CLOSED;
  if (piece == NULL || piece->kind == LATHE_PIECE_FILE)
    {
      bytes->fd = open_regular (path, &bytes->size, error);
      return bytes->fd >= 0 && check_image_size (bytes->size, error);
    }
  bytes->size = piece->size;
  if (!check_image_size (piece->size, error))
    return FALSE;
  if (is_packed (piece))
    {
      bytes->memory = bytes->unpacked = unpack (piece, error);
      return bytes->memory != NULL;
    }
  bytes->offset = piece->offset;
  if (piece->container->fd >= 0)
    bytes->shared = piece->container->fd;
  else
    bytes->memory = (const guint8 *) g_bytes_get_data (piece->container->bytes, NULL) + piece->offset;
  return TRUE;
}

void
lathe_bytes_close (LatheBytes *bytes)
{
  if (bytes->fd >= 0)
    close (bytes->fd);
  g_free (bytes->unpacked);
  *bytes = LATHE_BYTES_CLOSED;
}

gsize
lathe_bytes_read (const LatheBytes *bytes, goffset at, void *buffer, gsize n)
{
  if (at < 0 || at >= bytes->size)
    return 0;
  n = (gsize) MIN ((goffset) n, bytes->size - at);
  if (bytes->memory == NULL)
    return read_from (bytes->fd >= 0 ? bytes->fd : bytes->shared, bytes->offset + at, buffer, n);
  memcpy (buffer, bytes->memory + at, n);
  return n;
}
