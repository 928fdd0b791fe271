/* lathe-inflate.c: what was compressed, unpacked up to a limit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-inflate.h"

#include <glib/gi18n-lib.h>
#include <zlib.h>

#include "base/lathe-error.h"

#define GZIP_WINDOW (15 + 16) /* zlib's word for a gzip header */
#define FIRST_ROOM (1u << 20)

static void *
refuse (GError **error, LatheError code, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, code, reason);
  return NULL;
}

guint8 *
lathe_inflate (const guint8 *packed, gsize n_packed, gsize size, GError **error)
{
  g_autofree guint8 *bytes = g_try_malloc (MAX (size, 1));
  z_stream stream = {.next_in = (Bytef *) packed, .avail_in = (uInt) n_packed, .avail_out = (uInt) size};

  if (n_packed > G_MAXUINT || size > G_MAXUINT || bytes == NULL || inflateInit2 (&stream, -15) != Z_OK)
    return refuse (error, LATHE_ERROR_UNSUPPORTED, _ ("needs more memory than there is"));
  stream.next_out = bytes;
  int status = inflate (&stream, Z_FINISH);
  inflateEnd (&stream);
  if (status != Z_STREAM_END || stream.avail_out != 0)
    return refuse (error, LATHE_ERROR_FORMAT, _ ("damaged: it does not unpack to the size that the archive says"));
  return g_steal_pointer (&bytes);
}

gboolean
lathe_is_gzip (const guint8 *bytes, gsize n)
{
  return n >= 3 && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8;
}

/* Until every byte is unpacked, or there is no room left; gives zlib's last word. */
static int
unpack_all (z_stream *stream, GByteArray *out, gsize limit)
{
  int status = Z_OK;

  while (status == Z_OK)
    {
      gsize before = out->len, room = MIN (MAX (before, FIRST_ROOM), limit + 1 - before);
      if (room == 0)
        return Z_BUF_ERROR;
      g_byte_array_set_size (out, (guint) (before + room));
      stream->next_out = out->data + before;
      stream->avail_out = (uInt) room;
      status = inflate (stream, Z_NO_FLUSH);
      g_byte_array_set_size (out, (guint) (before + room - stream->avail_out));
      if (status == Z_STREAM_END && stream->avail_in > 0 && lathe_is_gzip (stream->next_in, stream->avail_in))
        status = inflateReset (stream);
    }
  return status;
}

guint8 *
lathe_gunzip (const guint8 *packed, gsize n_packed, gsize limit, gsize *size, GError **error)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  z_stream stream = {.next_in = (Bytef *) packed, .avail_in = (uInt) n_packed};

  g_assert (limit < G_MAXINT);
  if (n_packed > G_MAXUINT || inflateInit2 (&stream, GZIP_WINDOW) != Z_OK)
    return refuse (error, LATHE_ERROR_UNSUPPORTED, _ ("needs more memory than there is"));
  int status = unpack_all (&stream, out, limit);
  inflateEnd (&stream);
  if (out->len > limit)
    {
      g_autofree char *most = g_format_size (limit);
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED, _ ("more than %s when unpacked"), most);
      return NULL;
    }
  if (status != Z_STREAM_END)
    return refuse (error, LATHE_ERROR_FORMAT,
                   status == Z_BUF_ERROR ? _ ("truncated") : _ ("damaged: it cannot be unpacked"));
  return g_byte_array_steal (g_steal_pointer (&out), size);
}
