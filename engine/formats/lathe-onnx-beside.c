/* lathe-onnx-beside.c: weights that lie in a file beside the model.
 *
 * PyTorch writes them so. The file is taken for what it is called in the model's own folder alone: no path leads out of
 * it, and no link is followed. Tensors may share numbers, but all that is read is no more than the file and some room.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-beside.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lathe-onnx-file.h"

gboolean
lathe_onnx_is_beside (const Onnx__TensorProto *tensor)
{
  return tensor->n_external_data > 0 || (tensor->has_data_location && tensor->data_location != 0);
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

static gboolean
read_all (int fd, guint8 *data, gsize n, guint64 offset)
{
  while (n > 0)
    {
      gssize got = pread (fd, data, MIN (n, 1u << 30), (goffset) offset);

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return FALSE;
      data += got;
      n -= (gsize) got;
      offset += (guint64) got;
    }
  return TRUE;
}

static const guint8 *
read_from (LatheOnnxBeside *beside, int fd, guint64 offset, gsize n, const char **flaw)
{
  struct stat status;
  guint8 *data;

  *flaw = _ ("the file beside the model that should hold its numbers is damaged");
  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode) || offset > (guint64) status.st_size ||
      n > (guint64) status.st_size - offset)
    return NULL;
  if (beside->read + n > (guint64) status.st_size + LATHE_ONNX_ROOM)
    return NULL;
  data = g_try_malloc (n);
  if (data == NULL || !read_all (fd, data, n, offset))
    {
      g_free (data);
      return NULL;
    }
  beside->read += n;
  g_ptr_array_add (beside->memory, data);
  return data;
}

/**
 * lathe_onnx_beside_read:
 * @n: bytes of the tensor
 * @flaw: (out): why not, translated
 *
 * Returns: (transfer none) (nullable): its bytes, as long as `beside` keeps them
 */
const guint8 *
lathe_onnx_beside_read (LatheOnnxBeside *beside, const Onnx__TensorProto *tensor, gsize n, const char **flaw)
{
  const char *location = entry (tensor, "location"), *first = entry (tensor, "offset"),
             *size = entry (tensor, "length");
  guint64 offset = 0, length = n;
  const guint8 *data;
  int fd;

  *flaw = _ ("its numbers are in another file; save the model as one file, with the weights inside");
  if (beside->folder < 0 || !is_name (location) ||
      (first != NULL && !g_ascii_string_to_unsigned (first, 10, 0, G_MAXINT64, &offset, NULL)) ||
      (size != NULL && !g_ascii_string_to_unsigned (size, 10, 0, G_MAXINT64, &length, NULL)) || length != n)
    return NULL;
  fd = openat (beside->folder, location, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0)
    {
      *flaw = _ ("the file beside the model that should hold its numbers cannot be opened");
      return NULL;
    }
  data = read_from (beside, fd, offset, n, flaw);
  close (fd);
  return data;
}
