/* lathe-onnx-file.c: the messages of an ONNX file, within bounds.
 *
 * Two bytes of a file can ask for a message of a hundred, so the memory that the messages take is counted, and what
 * would take more than the file and some room beside it is refused. Each block remembers its size in front of it. A
 * message that is there twice would be joined with itself again and again, which takes time by the square of how often:
 * no program writes such a file, and it is refused.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lathe-error.h"

#define LARGEST_FILE ((gint64) G_MAXINT32) /* bytes, of one message of protocol buffers */
#define FRONT 16                           /* bytes before a block, so that it lies as malloc() has it */

static gboolean
refuse (GError **error, LatheError code, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, (int) code, reason);
  return FALSE;
}

static gboolean
check_status (int fd, gsize *n, GError **error)
{
  struct stat status;

  if (fstat (fd, &status) != 0)
    return refuse (error, LATHE_ERROR_IO, g_strerror (errno));
  if (S_ISDIR (status.st_mode))
    return refuse (error, LATHE_ERROR_IO, g_strerror (EISDIR));
  if (!S_ISREG (status.st_mode))
    return refuse (error, LATHE_ERROR_FORMAT, _ ("it is not a regular file"));
  if (status.st_size == 0)
    return refuse (error, LATHE_ERROR_FORMAT, _ ("it is empty"));
  *n = (gsize) status.st_size;
  return status.st_size <= LARGEST_FILE ||
         refuse (error, LATHE_ERROR_UNSUPPORTED, _ ("it is larger than the 2 GB that one ONNX file can hold"));
}

static gboolean
read_all (int fd, guint8 *bytes, gsize n, GError **error)
{
  while (n > 0)
    {
      gssize got = read (fd, bytes, MIN (n, 1u << 30));

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return refuse (error, LATHE_ERROR_IO, g_strerror (errno));
      if (got == 0)
        return refuse (error, LATHE_ERROR_FORMAT, _ ("it ends too early"));
      bytes += got;
      n -= (gsize) got;
    }
  return TRUE;
}

/* All of a file. (transfer full) (nullable) */
static guint8 *
read_file (int fd, gsize *n, GError **error)
{
  g_autofree guint8 *bytes = NULL;

  if (!check_status (fd, n, error))
    return NULL;
  bytes = g_try_malloc (*n);
  if (bytes == NULL)
    {
      refuse (error, LATHE_ERROR_MEMORY, _ ("it does not fit into this machine’s memory"));
      return NULL;
    }
  return read_all (fd, bytes, *n, error) ? g_steal_pointer (&bytes) : NULL;
}

/* --- What is in it --- */

/* The next number of seven bits a byte; FALSE at the end. */
static gboolean
read_varint (const guint8 **at, const guint8 *end, guint64 *value)
{
  *value = 0;
  for (guint shift = 0; shift < 64 && *at < end; shift += 7)
    {
      guint8 byte = *(*at)++;

      *value |= (guint64) (byte & 127) << shift;
      if (byte < 128)
        return TRUE;
    }
  return FALSE;
}

/* How many bytes the field has; FALSE when there are not so many. */
static gboolean
read_length (const guint8 **at, const guint8 *end, guint wire, guint64 *n)
{
  guint64 value;

  *n = wire == 1 ? 8 : wire == 5 ? 4 : 0;
  if (wire == 0)
    return read_varint (at, end, &value);
  if (wire == 2 && !read_varint (at, end, n))
    return FALSE;
  return (wire == 1 || wire == 2 || wire == 5) && *n <= (guint64) (end - *at);
}

/* Whether each message that can be there but once is. They nest as far as the schema does. */
static gboolean
is_plain (const ProtobufCMessageDescriptor *message, const guint8 *at, const guint8 *end)
{
  guint64 seen = 0, tag, n;

  while (at < end)
    {
      const ProtobufCFieldDescriptor *field;

      if (!read_varint (&at, end, &tag) || tag >> 3 > G_MAXINT32 || !read_length (&at, end, tag & 7, &n))
        return FALSE;
      field = protobuf_c_message_descriptor_get_field (message, (unsigned) (tag >> 3));
      if (field != NULL && field->type == PROTOBUF_C_TYPE_MESSAGE && (tag & 7) == 2)
        {
          guint64 bit = (guint64) 1 << (field - message->fields);

          if ((field->label != PROTOBUF_C_LABEL_REPEATED && (seen & bit) != 0) ||
              !is_plain (field->descriptor, at, at + n))
            return FALSE;
          seen |= bit;
        }
      at += n;
    }
  return TRUE;
}

static void *
take (void *data, size_t size)
{
  LatheOnnxFile *file = data;
  gsize *block;

  if (size > file->most - file->used || FRONT > file->most - file->used - size)
    return NULL;
  block = malloc (FRONT + size);
  if (block == NULL)
    return NULL;
  *block = FRONT + size;
  file->used += FRONT + size;
  return (char *) block + FRONT;
}

static void
give_back (void *data, void *memory)
{
  LatheOnnxFile *file = data;
  gsize *block;

  if (memory == NULL)
    return;
  block = (gsize *) ((char *) memory - FRONT);
  file->used -= *block;
  free (block);
}

/**
 * lathe_onnx_file_unpack:
 * @file: (out caller-allocates): to be cleared; must not move
 *
 * Errors: LATHE_ERROR_FORMAT, a reason.
 */
gboolean
lathe_onnx_file_unpack (LatheOnnxFile *file, const guint8 *bytes, gsize n, GError **error)
{
  *file = (LatheOnnxFile){.allocator = {.alloc = take, .free = give_back}, .most = n + LATHE_ONNX_ROOM};
  file->allocator.allocator_data = file;
  if (is_plain (&onnx__model_proto__descriptor, bytes, bytes + n))
    file->model = onnx__model_proto__unpack (&file->allocator, n, bytes);
  return file->model != NULL || refuse (error, LATHE_ERROR_FORMAT, _ ("it is not an ONNX file, or it is damaged"));
}

void
lathe_onnx_file_clear (LatheOnnxFile *file)
{
  if (file->model != NULL)
    onnx__model_proto__free_unpacked (file->model, &file->allocator);
  file->model = NULL;
}

/**
 * lathe_onnx_file_load:
 * @file: (out caller-allocates): to be cleared; must not move
 *
 * Follows no link. Errors: LATHE_ERROR_IO, LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED, LATHE_ERROR_MEMORY; a reason.
 */
gboolean
lathe_onnx_file_load (LatheOnnxFile *file, const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);
  g_autofree guint8 *bytes = NULL;
  gsize n;

  if (fd < 0)
    return refuse (error, LATHE_ERROR_IO, g_strerror (errno));
  bytes = read_file (fd, &n, error);
  close (fd);
  return bytes != NULL && lathe_onnx_file_unpack (file, bytes, n, error);
}
