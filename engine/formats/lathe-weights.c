/* lathe-weights.c: weights out of files that hold nothing else: PyTorch's, and safetensors of any origin.
 *
 * What the file says is checked when it is opened, and kept: names, shapes, places. Numbers are read one tensor at a
 * time, so that a file costs no more memory than its largest tensor beside what asks for it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-weights.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lathe-error.h"
#include "lathe-safetensors.h"
#include "lathe-weights-private.h"

#define HEAD 64  /* bytes, by which a format is known */
#define LENGTH 8 /* bytes of a safetensors file that come before its header */

static gboolean
refuse (GError **error, int code, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, code, reason);
  return FALSE;
}

void
lathe_weights_tensor_clear (gpointer tensor)
{
  g_free (((LatheWeightsTensor *) tensor)->name);
}

/* --- Opening --- */

static gboolean
is_safetensors (const guint8 *head, gsize n)
{
  return n > LENGTH && head[LENGTH] == '{' && head[LENGTH - 1] == 0 && head[LENGTH - 2] == 0;
}

/**
 * lathe_weights_sniff:
 * @head: the first bytes of a file
 *
 * Returns: whether it may be a file of weights alone
 */
gboolean
lathe_weights_sniff (const guint8 *head, gsize n)
{
  return lathe_weights_is_torch (head, n) || is_safetensors (head, n);
}

static gboolean
list_safetensors (LatheWeights *weights, const char *path, GError **error)
{
  g_auto (LatheSafetensors) file = {.fd = -1};

  if (!lathe_safetensors_open_any (&file, path, error))
    return FALSE;
  if (g_strcmp0 (lathe_safetensors_get (&file, "format"), "lathe") == 0)
    return refuse (error, LATHE_ERROR_FORMAT,
                   _ ("it is a whole model of Lathe’s, which needs no import; to train another network with what it "
                      "learned, begin the training with it"));
  lathe_safetensors_list (&file, weights->tensors);
  return TRUE;
}

static gboolean
list_torch (LatheWeights *weights, GError **error)
{
  const LatheSpan source = {.fd = weights->fd, .size = weights->size};

  return lathe_weights_torch_list (&source, weights->tensors, error);
}

/* A name stands for one tensor. */
static gboolean
list_places (LatheWeights *weights, GError **error)
{
  if (weights->tensors->len == 0)
    return refuse (error, LATHE_ERROR_FORMAT, _ ("it holds no weights"));
  if (weights->tensors->len > LATHE_WEIGHTS_MAX_TENSORS)
    return refuse (error, LATHE_ERROR_UNSUPPORTED, _ ("it holds more tensors than a network can have"));
  for (guint i = 0; i < weights->tensors->len; i++)
    {
      char *name = g_array_index (weights->tensors, LatheWeightsTensor, i).name;

      if (!g_hash_table_insert (weights->places, name, GUINT_TO_POINTER (i)))
        {
          g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("it holds two tensors that are called “%s”"), name);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
open_file (LatheWeights *weights, const char *path, GError **error)
{
  guint8 head[HEAD];
  struct stat facts;
  gssize n;

  weights->fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (weights->fd < 0 || fstat (weights->fd, &facts) != 0)
    return refuse (error, LATHE_ERROR_IO, g_strerror (errno));
  if (!S_ISREG (facts.st_mode))
    return refuse (error, LATHE_ERROR_IO, _ ("it is no file"));
  n = pread (weights->fd, head, HEAD, 0);
  if (n < 0)
    return refuse (error, LATHE_ERROR_IO, g_strerror (errno));
  weights->size = (guint64) facts.st_size;
  if (lathe_weights_is_torch (head, (gsize) n))
    {
      weights->format = "pytorch";
      weights->title = N_ ("PyTorch file");
      weights->in_order = TRUE;
      return list_torch (weights, error);
    }
  weights->format = "safetensors";
  weights->title = N_ ("safetensors file");
  return is_safetensors (head, (gsize) n)
             ? list_safetensors (weights, path, error)
             : refuse (error, LATHE_ERROR_FORMAT,
                       _ ("it is no file of weights that Lathe reads: PyTorch’s (.pth, .pt) or safetensors"));
}

/**
 * lathe_weights_open:
 *
 * Reads what the file says that it holds: of PyTorch's the state dictionary, by itself or as “state_dict”,
 * “model_state_dict” or “model” of another dictionary. No code in it is run.
 * Errors: LATHE_ERROR_IO, LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED; each names the file.
 *
 * Returns: (transfer full) (nullable)
 */
LatheWeights *
lathe_weights_open (const char *path, GError **error)
{
  g_return_val_if_fail (path != NULL, NULL);

  g_autoptr (LatheWeights) weights = g_new0 (LatheWeights, 1);
  g_autoptr (GError) reason = NULL;

  weights->path = g_strdup (path);
  weights->fd = -1;
  weights->tensors = g_array_new (FALSE, FALSE, sizeof (LatheWeightsTensor));
  g_array_set_clear_func (weights->tensors, lathe_weights_tensor_clear);
  weights->places = g_hash_table_new (g_str_hash, g_str_equal);
  if (open_file (weights, path, &reason) && list_places (weights, &reason))
    return g_steal_pointer (&weights);
  lathe_error_explain (error, reason, _ ("The weights in “%s” cannot be read: %s."), path);
  return NULL;
}

void
lathe_weights_free (LatheWeights *weights)
{
  g_hash_table_unref (weights->places);
  g_array_unref (weights->tensors);
  if (weights->fd >= 0)
    close (weights->fd);
  g_free (weights->path);
  g_free (weights);
}

/* Returns: (transfer none) (nullable): the tensor of that name */
const LatheWeightsTensor *
lathe_weights_find (const LatheWeights *weights, const char *name)
{
  gpointer place;

  return g_hash_table_lookup_extended (weights->places, name, NULL, &place)
             ? &g_array_index (weights->tensors, LatheWeightsTensor, GPOINTER_TO_UINT (place))
             : NULL;
}

/* Returns: (transfer full): “64×3×7×7”; “1” for a number alone */
char *
lathe_weights_shape (const LatheWeightsTensor *tensor)
{
  GString *text = g_string_new (tensor->rank == 0 ? "1" : NULL);

  for (guint i = 0; i < tensor->rank; i++)
    g_string_append_printf (text, "%s%u", i > 0 ? "×" : "", tensor->dim[i]);
  return g_string_free (text, FALSE);
}

/* --- Numbers --- */

/* Row-major, whatever the file's strides are. */
static void
gather (const LatheWeightsTensor *tensor, const guint8 *bytes, float *numbers)
{
  guint at[LATHE_WEIGHTS_MAX_RANK] = {0};
  guint64 place = 0;

  for (gsize i = 0; i < tensor->n; i++)
    {
      numbers[i] = (float) lathe_numbers_get (tensor->numbers, bytes, place);
      for (guint k = tensor->rank; k-- > 0;)
        {
          place += tensor->stride[k];
          if (++at[k] < tensor->dim[k])
            break;
          place -= tensor->stride[k] * at[k];
          at[k] = 0;
        }
    }
}

/**
 * lathe_weights_read:
 * @tensor: one of the file's
 * @numbers: (out): tensor->n of them, row-major, in single precision
 *
 * Errors: LATHE_ERROR_IO where the file ends earlier than it did, LATHE_ERROR_MEMORY; a reason.
 */
gboolean
lathe_weights_read (const LatheWeights *weights, const LatheWeightsTensor *tensor, float *numbers, GError **error)
{
  const LatheSpan source = {.fd = weights->fd, .size = weights->size};
  guint64 last = 0, size;
  g_autofree guint8 *bytes = NULL;

  if (tensor->n == 0)
    return TRUE;
  for (guint i = 0; i < tensor->rank; i++)
    last += (tensor->dim[i] - 1) * tensor->stride[i];
  size = (last + 1) * lathe_numbers_size (tensor->numbers);
  bytes = g_try_malloc (size);
  if (bytes == NULL)
    return refuse (error, LATHE_ERROR_MEMORY, _ ("its weights do not fit into this machine’s memory"));
  if (!lathe_span_read (&source, tensor->begin, bytes, size))
    return refuse (error, LATHE_ERROR_IO, _ ("it ends too early"));
  gather (tensor, bytes, numbers);
  return TRUE;
}
