/* lathe-import-keras-weights.c: the weights of a model that Keras has saved, into Lathe's.
 *
 * In an .h5 file a layer's weights are in a group of its name, which lists them; in a .keras file they are numbered,
 * and their group is called by the layer's class and how many of that class came before. In both they are in Keras's
 * order, which is that of the layer's tensors in LatheKerasSource.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-import-keras.h"
#include "lathe-keras-archive.h"

/* A layer's group, and what its weights are called there; names: NULL where they are numbered. */
typedef struct
{
  LatheHdf5Object *group;
  char **names;
  guint n_names;
} Weights;

static void
clear (Weights *weights)
{
  g_clear_pointer (&weights->group, lathe_hdf5_object_free);
  g_strfreev (weights->names);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Weights, clear)

/**
 * lathe_keras_in_name_weights:
 *
 * Finds out how the layers' groups are called in a .keras file, where a chain's input is not counted.
 */
void
lathe_keras_in_name_weights (LatheKerasIn *in)
{
  g_autoptr (GHashTable) classes = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < in->layers->len && in->archived; i++)
    {
      LatheKerasSource *source = in->layers->pdata[i];
      g_autofree char *name = lathe_keras_archive_name (classes, source->class);

      source->path = g_strconcat (name, "/vars", NULL);
    }
}

static gboolean
open_weights (LatheKerasIn *in, const LatheKerasSource *source, Weights *weights, GError **error)
{
  *weights =
      (Weights){.group = lathe_hdf5_find (in->file, in->weights, in->archived ? source->path : source->name, error)};
  if (weights->group == NULL || in->archived)
    return weights->group != NULL;
  weights->names = lathe_hdf5_object_get_texts (in->file, weights->group, "weight_names", error);
  weights->n_names = weights->names != NULL ? g_strv_length (weights->names) : 0;
  return weights->names != NULL;
}

static LatheHdf5Object *
open_array (LatheKerasIn *in, const LatheKerasSource *source, const Weights *weights, guint i, GError **error)
{
  g_autofree char *number = g_strdup_printf ("%u", i);

  if (weights->names == NULL || i < weights->n_names)
    return lathe_hdf5_find (in->file, weights->group, weights->names != NULL ? weights->names[i] : number, error);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("it has fewer weights of its layer “%s” than there are"),
               source->name);
  return NULL;
}

/**
 * lathe_keras_in_open_array:
 *
 * Returns: (transfer full) (nullable): one of a layer's weights
 * Errors: LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED; a reason.
 */
LatheHdf5Object *
lathe_keras_in_open_array (LatheKerasIn *in, const LatheKerasSource *source, guint i, GError **error)
{
  g_auto (Weights) weights = {0};

  return open_weights (in, source, &weights, error) ? open_array (in, source, &weights, i, error) : NULL;
}

/* --- Shapes --- */

/* A depthwise convolution has its filters by channel, a transposed one its filters first, and a slope stands for a
 * pixel; others are as Lathe has them. */
static gboolean
fits (const LatheKerasSource *source, const LatheShape *shape, guint rank, const guint64 *dim, guint64 n)
{
  const guint *want = shape->dim;

  if (n != lathe_shape_size (shape))
    return FALSE;
  if (g_str_equal (source->class, "PReLU"))
    return TRUE;
  if (rank != shape->rank)
    return FALSE;
  if (rank == 4 && g_str_equal (source->class, "DepthwiseConv2D"))
    return dim[0] == want[0] && dim[1] == want[1] && want[2] == 1;
  if (rank == 4 && g_str_equal (source->class, "Conv2DTranspose"))
    return dim[0] == want[0] && dim[1] == want[1] && dim[2] == want[3] && dim[3] == want[2];
  for (guint i = 0; i < rank; i++)
    if (dim[i] != want[i])
      return FALSE;
  return TRUE;
}

static void
swap (float *data, const LatheShape *shape)
{
  gsize window = (gsize) shape->dim[0] * shape->dim[1], in = shape->dim[2], out = shape->dim[3];
  g_autofree float *one = g_new (float, in *out);

  for (gsize w = 0; w < window; w++, data += in * out)
    {
      memcpy (one, data, in * out * sizeof *one);
      for (gsize i = 0; i < in; i++)
        for (gsize o = 0; o < out; o++)
          data[i * out + o] = one[o * in + i];
    }
}

/* --- Reading --- */

static LatheWeight *
find_weight (LatheModel *model, const LatheNode *node, const char *tensor)
{
  g_autofree char *name = g_strdup_printf ("%s.%s", node->name, tensor);

  for (guint i = 0; i < model->weights->len; i++)
    if (g_str_equal (g_array_index (model->weights, LatheWeight, i).name, name))
      return &g_array_index (model->weights, LatheWeight, i);
  return NULL;
}

static gboolean
read_weight (LatheKerasIn *in, const LatheKerasSource *source, const Weights *weights, guint i, LatheWeight *weight,
             GError **error)
{
  g_autoptr (LatheHdf5Object) array = open_array (in, source, weights, i, error);
  guint64 dim[LATHE_HDF5_MAX_RANK], n;
  guint rank = 0;

  if (array == NULL)
    return FALSE;
  n = lathe_hdf5_object_get_shape (array, &rank, dim);
  if (weight == NULL || !fits (source, &weight->shape, rank, dim, n))
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT,
                   _ ("the weights of its layer “%s” are of another shape than the layer’s"), source->name);
      return FALSE;
    }
  if (!lathe_hdf5_object_read (in->file, array, weight->data, error))
    return FALSE;
  if (weight->shape.rank == 4 && g_str_equal (source->class, "Conv2DTranspose"))
    swap (weight->data, &weight->shape);
  return TRUE;
}

/* A norm that learns no scale has one of ones. */
static void
fill_scale (LatheModel *model, const LatheKerasSource *source)
{
  LatheWeight *gamma = source->first != NULL ? find_weight (model, source->first, "gamma") : NULL;
  gsize n = gamma != NULL ? lathe_shape_size (&gamma->shape) : 0;

  for (gsize i = 0; i < n; i++)
    gamma->data[i] = 1;
}

/**
 * lathe_keras_in_read_weights:
 * @model: of the network that has been built, all zeros
 *
 * Errors: LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED; a reason.
 */
gboolean
lathe_keras_in_read_weights (LatheKerasIn *in, LatheModel *model, GError **error)
{
  for (guint i = 0; i < in->layers->len; i++)
    {
      const LatheKerasSource *source = in->layers->pdata[i];
      g_auto (Weights) weights = {0};

      fill_scale (model, source);
      if (source->n_tensors > 0 && !open_weights (in, source, &weights, error))
        return FALSE;
      for (guint j = 0; j < source->n_tensors; j++)
        if (!read_weight (in, source, &weights, j, find_weight (model, source->first, source->tensor[j]), error))
          return FALSE;
    }
  return TRUE;
}
