/* lathe-onnx-numbers.c: weights that are left in their file until they are wanted.
 *
 * Those of the model's own file were passed by when its messages were read: see lathe-onnx-file.c. Others lie in a file
 * beside the model; PyTorch writes them so. Such a file is taken for what it is called in the model's own folder alone:
 * no path leads out of it, and no link is followed. Tensors may share numbers, but all that they say is theirs is no
 * more than the file and some room.
 *
 * They are looked at through a window, which moves: weights of any size take no memory but the model's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-numbers.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lathe-onnx-file.h"

#define WINDOW (256u << 10) /* bytes */

static gboolean
is_beside (const Onnx__TensorProto *tensor)
{
  return tensor->n_external_data > 0 || (tensor->has_data_location && tensor->data_location != 0);
}

gboolean
lathe_onnx_is_placed (const Onnx__TensorProto *tensor)
{
  return is_beside (tensor) || tensor->has_raw_place ||
         (tensor->has_float_place && !tensor->has_raw_data && tensor->data_type == LATHE_ONNX_FLOAT);
}

static const char *
entry (const Onnx__TensorProto *tensor, const char *key)
{
  for (gsize i = 0; i < tensor->n_external_data; i++)
    if (g_strcmp0 (tensor->external_data[i]->key, key) == 0)
      return tensor->external_data[i]->value;
  return NULL;
}

/* One that names a file of the folder, and leads nowhere else. */
static gboolean
is_name (const char *location)
{
  return location != NULL && *location != '\0' && *location != '.' && strchr (location, '/') == NULL;
}

/* A file beside the model; its descriptor is to be closed. */
static gboolean
open_beside (const LatheOnnxNumbers *numbers, const char *location, LatheSpan *file)
{
  int fd = openat (numbers->folder, location, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);
  struct stat status;

  if (fd < 0)
    return FALSE;
  *file = (LatheSpan){.fd = fd};
  if (fstat (fd, &status) == 0 && S_ISREG (status.st_mode))
    file->size = (guint64) status.st_size;
  return TRUE;
}

static const char *
find_beside (LatheOnnxNumbers *numbers, const Onnx__TensorProto *tensor, gsize n, LatheOnnxPlace *place)
{
  const char *location = entry (tensor, "location"), *first = entry (tensor, "offset"),
             *size = entry (tensor, "length");
  guint64 length = n;
  LatheSpan file;

  if (numbers->folder < 0 || !is_name (location) ||
      (first != NULL && !g_ascii_string_to_unsigned (first, 10, 0, G_MAXINT64, &place->begin, NULL)) ||
      (size != NULL && !g_ascii_string_to_unsigned (size, 10, 0, G_MAXINT64, &length, NULL)) || length != n)
    return _ ("its numbers are in another file; save the model as one file, with the weights inside");
  if (!open_beside (numbers, location, &file))
    return _ ("the file beside the model that should hold its numbers cannot be opened");
  close (file.fd);
  if (place->begin > file.size || n > file.size - place->begin || numbers->claimed + n > file.size + LATHE_ONNX_ROOM)
    return _ ("the file beside the model that should hold its numbers is damaged");
  numbers->claimed += n;
  place->location = location;
  return NULL;
}

/**
 * lathe_onnx_numbers_find:
 * @tensor: that lathe_onnx_is_placed(), and lives as long as the place
 * @n: bytes of it
 * @place: (out)
 *
 * Returns: (nullable): why they cannot be read, translated
 */
const char *
lathe_onnx_numbers_find (LatheOnnxNumbers *numbers, const Onnx__TensorProto *tensor, gsize n, LatheOnnxPlace *place)
{
  *place = (LatheOnnxPlace){.in = numbers};
  if (is_beside (tensor))
    return find_beside (numbers, tensor, n, place);
  place->begin = tensor->has_raw_place ? tensor->raw_place : tensor->float_place;
  return (tensor->has_raw_place ? tensor->raw_bytes : tensor->float_bytes) == n
             ? NULL
             : _ ("it has more or fewer numbers than its shape says");
}

static gboolean
move_window (LatheOnnxNumbers *numbers, const char *location, guint64 at)
{
  LatheSpan file = numbers->own;
  gboolean read;

  numbers->window_size = 0;
  if (location != NULL && !open_beside (numbers, location, &file))
    return FALSE;
  gsize n = at < file.size ? MIN (file.size - at, WINDOW) : 0;
  if (numbers->window == NULL)
    numbers->window = g_malloc (WINDOW);
  read = lathe_span_read (&file, at, numbers->window, n);
  if (location != NULL)
    close (file.fd);
  if (!read)
    return FALSE;
  numbers->window_of = location;
  numbers->window_at = at;
  numbers->window_size = n;
  return TRUE;
}

static gboolean
is_in_window (const LatheOnnxNumbers *numbers, const char *location, guint64 at, gsize n)
{
  return location == numbers->window_of && at >= numbers->window_at &&
         at - numbers->window_at + n <= numbers->window_size;
}

/**
 * lathe_onnx_place_look:
 * @at: bytes behind the first
 * @n: bytes, at most eight
 *
 * Returns: (transfer none): them, until the next call; zeros, and `failed` is set, where they can no longer be read
 */
const guint8 *
lathe_onnx_place_look (const LatheOnnxPlace *place, guint64 at, gsize n)
{
  static const guint8 zeros[8];
  LatheOnnxNumbers *numbers = place->in;

  at += place->begin;
  if (!is_in_window (numbers, place->location, at, n) &&
      (numbers->failed || !move_window (numbers, place->location, at) ||
       !is_in_window (numbers, place->location, at, n)))
    {
      numbers->failed = TRUE;
      return zeros;
    }
  return numbers->window + (at - numbers->window_at);
}

void
lathe_onnx_numbers_clear (LatheOnnxNumbers *numbers)
{
  g_clear_pointer (&numbers->window, g_free);
}
