/* lathe-onnx-file.c: the messages of an ONNX file, within bounds.
 *
 * Nearly all of a file are weights, which would take its size again in memory. So it is gone through first, and written
 * anew without them: in their place stands where they are, in fields that are none of ONNX's, and they are read from
 * there when the model is there to take them (lathe-onnx-numbers.c). What is left, which has some room at most, is read
 * by protobuf-c.
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
#define FEW 16384                          /* bytes of numbers that are kept with their tensor */
#define LENGTH_BYTES 5                     /* of any length below 2^35 */

/* Fields of a tensor, as in lathe-onnx.proto; behind the place of numbers is how many bytes they are. */
enum
{
  FLOAT_DATA = 4,
  RAW_DATA = 9,
  RAW_PLACE = 1001,
  FLOAT_PLACE = 1003,
};

/* How a field is written: https://protobuf.dev/programming-guides/encoding */
enum
{
  WIRE_VARINT,
  WIRE_8,
  WIRE_BYTES,
  WIRE_4 = 5,
};

static gboolean
refuse (GError **error, LatheError code, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, (int) code, reason);
  return FALSE;
}

static gboolean
check_status (LatheOnnxFile *file, GError **error)
{
  struct stat status;

  if (fstat (file->span.fd, &status) != 0)
    return refuse (error, LATHE_ERROR_IO, g_strerror (errno));
  if (S_ISDIR (status.st_mode))
    return refuse (error, LATHE_ERROR_IO, g_strerror (EISDIR));
  if (!S_ISREG (status.st_mode))
    return refuse (error, LATHE_ERROR_FORMAT, _ ("it is not a regular file"));
  if (status.st_size == 0)
    return refuse (error, LATHE_ERROR_FORMAT, _ ("it is empty"));
  file->span.size = (guint64) status.st_size;
  return status.st_size <= LARGEST_FILE ||
         refuse (error, LATHE_ERROR_UNSUPPORTED, _ ("it is larger than the 2 GB that one ONNX file can hold"));
}

/* --- What is in it --- */

/* Where in the file it is, and what lies there. */
typedef struct
{
  const LatheSpan *span;
  guint64 at;
  guint64 window_at;
  gsize window_size;
  guint8 window[4096];
} Cursor;

/* The next byte before the end. */
static gboolean
read_byte (Cursor *cursor, guint64 end, guint8 *byte)
{
  if (cursor->at >= end)
    return FALSE;
  if (cursor->at < cursor->window_at || cursor->at - cursor->window_at >= cursor->window_size)
    {
      cursor->window_at = cursor->at;
      cursor->window_size = MIN (sizeof cursor->window, cursor->span->size - cursor->at);
      if (!lathe_span_read (cursor->span, cursor->at, cursor->window, cursor->window_size))
        {
          cursor->window_size = 0;
          return FALSE;
        }
    }
  *byte = cursor->window[cursor->at++ - cursor->window_at];
  return TRUE;
}

/* The next number of seven bits a byte; FALSE at the end. */
static gboolean
read_varint (Cursor *cursor, guint64 end, guint64 *value)
{
  guint8 byte = 128;

  *value = 0;
  for (guint shift = 0; shift < 64 && byte >= 128; shift += 7)
    {
      if (!read_byte (cursor, end, &byte))
        return FALSE;
      *value |= (guint64) (byte & 127) << shift;
    }
  return byte < 128;
}

static void
write_varint (GByteArray *out, guint64 value)
{
  guint8 byte;

  for (; value > 127; value >>= 7)
    {
      byte = (guint8) (value | 128);
      g_byte_array_append (out, &byte, 1);
    }
  byte = (guint8) value;
  g_byte_array_append (out, &byte, 1);
}

/* Copies the next bytes, of which more than have room are none of a network. */
static gboolean
copy (Cursor *cursor, guint64 n, GByteArray *out)
{
  guint begin = out->len;

  if (n > LATHE_ONNX_ROOM)
    return FALSE;
  g_byte_array_set_size (out, begin + (guint) n);
  if (n <= sizeof cursor->window)
    {
      for (guint i = 0; i < n; i++)
        if (!read_byte (cursor, cursor->at + 1, out->data + begin + i))
          return FALSE;
      return TRUE;
    }
  if (!lathe_span_read (cursor->span, cursor->at, out->data + begin, n))
    return FALSE;
  cursor->at += n;
  return TRUE;
}

/* In place of numbers that are many: where they are. */
static void
pass_by (Cursor *cursor, guint64 n, guint field, GByteArray *out)
{
  write_varint (out, (guint64) field << 3);
  write_varint (out, cursor->at);
  write_varint (out, (guint64) (field + 1) << 3);
  write_varint (out, n);
  cursor->at += n;
}

static gboolean condense (Cursor *cursor, const ProtobufCMessageDescriptor *message, guint64 end, GByteArray *out);

/* A message of `n` bytes, whose length is written when it is known: in as many bytes as any takes. */
static gboolean
condense_message (Cursor *cursor, const ProtobufCMessageDescriptor *message, guint64 n, GByteArray *out)
{
  guint begin = out->len + LENGTH_BYTES;

  g_byte_array_set_size (out, begin);
  if (!condense (cursor, message, cursor->at + n, out))
    return FALSE;
  for (guint i = 0; i < LENGTH_BYTES; i++)
    out->data[begin - LENGTH_BYTES + i] =
        (guint8) (((out->len - begin) >> 7 * i & 127) | (i + 1 < LENGTH_BYTES ? 128 : 0));
  return TRUE;
}

/* A field of `n` bytes. */
static gboolean
condense_field (Cursor *cursor, const ProtobufCMessageDescriptor *message, const ProtobufCFieldDescriptor *field,
                guint64 n, GByteArray *out)
{
  gboolean numbers = message == &onnx__tensor_proto__descriptor && n > FEW;

  if (numbers && (field->id == RAW_DATA || field->id == FLOAT_DATA))
    {
      pass_by (cursor, n, field->id == RAW_DATA ? RAW_PLACE : FLOAT_PLACE, out);
      return TRUE;
    }
  write_varint (out, (guint64) field->id << 3 | WIRE_BYTES);
  if (field->type == PROTOBUF_C_TYPE_MESSAGE)
    return condense_message (cursor, field->descriptor, n, out);
  write_varint (out, n);
  return copy (cursor, n, out);
}

/* What Lathe knows of a message; NULL: not this. */
static const ProtobufCFieldDescriptor *
find_field (const ProtobufCMessageDescriptor *message, guint64 id)
{
  return id < RAW_PLACE ? protobuf_c_message_descriptor_get_field (message, (unsigned) id) : NULL;
}

/* The number of a field without bytes, and of one with bytes how many. */
static gboolean
read_value (Cursor *cursor, guint64 end, guint wire, guint64 *value)
{
  *value = wire == WIRE_8 ? 8 : 4;
  if (wire == WIRE_VARINT || wire == WIRE_BYTES)
    return read_varint (cursor, end, value) && (wire == WIRE_VARINT || *value <= end - cursor->at);
  return (wire == WIRE_8 || wire == WIRE_4) && *value <= end - cursor->at;
}

/* Writes the message up to `end`, without the numbers of large tensors, and without what Lathe does not know. Messages
 * nest as far as the schema does. Returns: whether it is sound so far, each message that can be there but once is, and
 * what is written has room */
static gboolean
condense (Cursor *cursor, const ProtobufCMessageDescriptor *message, guint64 end, GByteArray *out)
{
  guint64 seen = 0, tag, value;

  while (cursor->at < end)
    {
      if (!read_varint (cursor, end, &tag) || !read_value (cursor, end, tag & 7, &value) || out->len > LATHE_ONNX_ROOM)
        return FALSE;
      const ProtobufCFieldDescriptor *field = find_field (message, tag >> 3);
      guint64 bit = field != NULL && field->label != PROTOBUF_C_LABEL_REPEATED && field->type == PROTOBUF_C_TYPE_MESSAGE
                        ? (guint64) 1 << (field - message->fields)
                        : 0;
      gboolean sound = (seen & bit) == 0;

      seen |= bit;
      if (field == NULL)
        cursor->at += (tag & 7) == WIRE_VARINT ? 0 : value;
      else if ((tag & 7) == WIRE_BYTES)
        sound = sound && condense_field (cursor, message, field, value, out);
      else
        {
          write_varint (out, tag);
          if ((tag & 7) == WIRE_VARINT)
            write_varint (out, value);
          else
            sound = copy (cursor, value, out);
        }
      if (!sound)
        return FALSE;
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
 * @file: with the span in which it lies; to be cleared; must not move
 *
 * Errors: LATHE_ERROR_FORMAT, a reason.
 */
gboolean
lathe_onnx_file_unpack (LatheOnnxFile *file, GError **error)
{
  g_autoptr (GByteArray) condensed = g_byte_array_new ();
  Cursor cursor = {.span = &file->span};

  file->allocator = (ProtobufCAllocator){.alloc = take, .free = give_back, .allocator_data = file};
  file->most = file->span.size + LATHE_ONNX_ROOM;
  if (condense (&cursor, &onnx__model_proto__descriptor, file->span.size, condensed))
    file->model = onnx__model_proto__unpack (&file->allocator, condensed->len, condensed->data);
  return file->model != NULL || refuse (error, LATHE_ERROR_FORMAT, _ ("it is not an ONNX file, or it is damaged"));
}

void
lathe_onnx_file_clear (LatheOnnxFile *file)
{
  if (file->model != NULL)
    onnx__model_proto__free_unpacked (file->model, &file->allocator);
  file->model = NULL;
  if (file->span.fd >= 0)
    close (file->span.fd);
  file->span.fd = -1;
}

/**
 * lathe_onnx_file_load:
 * @file: (out caller-allocates): to be cleared; must not move
 *
 * Follows no link. Errors: LATHE_ERROR_IO, LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED; a reason.
 */
gboolean
lathe_onnx_file_load (LatheOnnxFile *file, const char *path, GError **error)
{
  *file = (LatheOnnxFile){.span = {.fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW)}};
  if (file->span.fd < 0)
    return refuse (error, LATHE_ERROR_IO, g_strerror (errno));
  return check_status (file, error) && lathe_onnx_file_unpack (file, error);
}
