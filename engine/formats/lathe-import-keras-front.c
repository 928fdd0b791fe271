/* lathe-import-keras-front.c: what a model of Keras's takes, and the layers in front that scale it.
 *
 * Lathe brings colours to 0 to 1, takes a mean from them and divides by a deviation before a network sees them. Layers
 * in front that do no more than that become this. Whether they take bytes or colours from 0 to 1 they do not say; what
 * makes a number of less than BYTE of one is meant for bytes: otherwise all there is to see would lie within a fifth of
 * a unit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-import-keras-front.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/lathe-error.h"

#define BYTE 0.2
#define LEAST_ROOT 1e-7 /* what Keras divides by at least */
#define MAX_SIDE 4096

/* --- The input --- */

static gboolean
refuse (GError **error, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED, reason);
  return FALSE;
}

/* Images without channels are grey. */
static gboolean
get_shape (LatheKerasIn *in, guint dim[3], GError **error)
{
  JsonNode *node = json_object_get_member (in->input->config, "batch_shape");
  JsonArray *shape;
  guint n;

  if (node == NULL)
    node = json_object_get_member (in->input->config, "batch_input_shape");
  shape = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  n = shape != NULL ? json_array_get_length (shape) : 0;
  if (n != 3 && n != 4)
    return refuse (error, _ ("what it takes are no images, which are height × width × channels"));
  in->rank = n - 1;
  dim[2] = 1;
  for (guint i = 1; i < n; i++)
    {
      JsonNode *side = json_array_get_element (shape, i);
      gint64 pixels = JSON_NODE_HOLDS_VALUE (side) && json_node_get_value_type (side) == G_TYPE_INT64
                          ? json_node_get_int (side)
                          : 0;

      if (pixels < 1 || pixels > MAX_SIDE)
        return refuse (error, _ ("its images have no fixed size, or too large a one; give it a shape, such as "
                                 "(224, 224, 3), before it is saved"));
      dim[i - 1] = (guint) pixels;
    }
  return TRUE;
}

static gboolean
add_input (LatheKerasIn *in, const guint dim[3])
{
  LatheNode *node = lathe_graph_add (in->graph, lathe_layer_kind_find ("input"), "input");

  in->input->last = node;
  return lathe_graph_set (in->graph, node, "height", dim[0], NULL) &&
         lathe_graph_set (in->graph, node, "width", dim[1], NULL) &&
         lathe_graph_set (in->graph, node, "channels", dim[2], NULL);
}

/* Of images without channels, layers other than these would take the rows for pixels. */
static gboolean
check_rank (const LatheKerasIn *in, GError **error)
{
  static const char *const takers[] = {"Flatten", "Reshape", "InputLayer", "Rescaling", NULL};

  if (in->rank == 3)
    return TRUE;
  for (guint i = 0; i < in->layers->len; i++)
    {
      const LatheKerasSource *source = in->layers->pdata[i];
      gboolean plain = g_strv_contains (takers, source->class);

      for (guint j = 0; j < source->inputs->len; j++)
        if (!plain && source->inputs->pdata[j] == in->input)
          return refuse (error, _ ("its images have no channels, and are not made a vector or an image first"));
    }
  return TRUE;
}

/* --- Scaling --- */

/* One number, or one for each channel, however deep the lists are that it is in. */
static guint
get_numbers (JsonNode *node, double numbers[3])
{
  for (guint depth = 0; depth < 8 && node != NULL && JSON_NODE_HOLDS_ARRAY (node); depth++)
    {
      JsonArray *list = json_node_get_array (node);
      guint n = json_array_get_length (list);
      JsonNode *first = n > 0 ? json_array_get_element (list, 0) : NULL;

      if (n == 0 || n > 3)
        return 0;
      if (n == 1)
        {
          node = first;
          continue;
        }
      for (guint i = 0; i < n; i++)
        {
          double one[3]; /* what should be a number may be a list again, with more of them than there is room left */

          if (get_numbers (json_array_get_element (list, i), one) != 1)
            return 0;
          numbers[i] = one[0];
        }
      return n;
    }
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
      (json_node_get_value_type (node) != G_TYPE_INT64 && json_node_get_value_type (node) != G_TYPE_DOUBLE))
    return 0;
  numbers[0] = json_node_get_double (node);
  return 1;
}

static gboolean
spread (guint n, double numbers[3], guint channels)
{
  for (guint i = n; n == 1 && i < 3; i++)
    numbers[i] = numbers[0];
  return n == 1 || n == channels;
}

/* What it has found out of images that it was shown: an array of one number a channel. */
static guint
read_numbers (LatheKerasIn *in, const LatheKerasSource *source, guint i, double numbers[3])
{
  g_autoptr (LatheHdf5Object) array = lathe_keras_in_open_array (in, source, i, NULL);
  guint64 dim[LATHE_HDF5_MAX_RANK], n;
  float values[3];
  guint rank;

  n = array != NULL ? lathe_hdf5_object_get_shape (array, &rank, dim) : 0;
  if (n < 1 || n > 3 || !lathe_hdf5_object_read (in->file, array, values, NULL))
    return 0;
  for (guint c = 0; c < n; c++)
    numbers[c] = values[c];
  return (guint) n;
}

/* y = scale · x + offset of each channel; FALSE: it is no such thing. */
static gboolean
get_line (LatheKerasIn *in, const LatheKerasSource *source, guint channels, double scale[3], double offset[3])
{
  double mean[3] = {0}, variance[3] = {0};
  gboolean known = lathe_keras_source_is_set (source, "mean");

  if (g_str_equal (source->class, "Rescaling"))
    {
      offset[0] = 0;
      return spread (get_numbers (json_object_get_member (source->config, "scale"), scale), scale, channels) &&
             (!lathe_keras_source_is_set (source, "offset") ||
              spread (get_numbers (json_object_get_member (source->config, "offset"), offset), offset, channels));
    }
  if (lathe_keras_source_get (source, "invert", &mean[0]) && mean[0] != 0)
    return FALSE;
  if (!spread (known ? get_numbers (json_object_get_member (source->config, "mean"), mean)
                     : read_numbers (in, source, 0, mean),
               mean, channels) ||
      !spread (known ? get_numbers (json_object_get_member (source->config, "variance"), variance)
                     : read_numbers (in, source, 1, variance),
               variance, channels))
    return FALSE;
  for (guint c = 0; c < 3; c++)
    {
      scale[c] = 1 / MAX (sqrt (MAX (variance[c], 0)), LEAST_ROOT);
      offset[c] = -mean[c] * scale[c];
    }
  return TRUE;
}

/* The only reader of a layer. (nullable) */
static LatheKerasSource *
find_reader (const LatheKerasIn *in, const LatheKerasSource *source)
{
  if (source->n_readers != 1)
    return NULL;
  for (guint i = 0; i < in->layers->len; i++)
    {
      LatheKerasSource *reader = in->layers->pdata[i];

      if (reader->inputs->len == 1 && reader->inputs->pdata[0] == source)
        return reader;
    }
  return NULL;
}

typedef struct
{
  double scale[3], offset[3];
  gboolean normalises;
  GPtrArray *layers; /* (element-type LatheKerasSource) */
} Front;

/* All in a row behind the input that do no more than scale; those that do nothing when the network answers are passed.
 */
static void
collect (LatheKerasIn *in, guint channels, Front *front)
{
  LatheKerasSource *source = in->input;

  for (guint i = 0; i < in->layers->len && (source = find_reader (in, source)) != NULL; i++)
    {
      gboolean normalises = g_str_equal (source->class, "Normalization");
      double scale[3] = {1, 1, 1}, offset[3] = {0};

      if (g_str_has_prefix (source->class, "Random"))
        continue;
      if ((!normalises && !g_str_equal (source->class, "Rescaling")) || !get_line (in, source, channels, scale, offset))
        return;
      for (guint c = 0; c < 3; c++)
        {
          front->scale[c] *= scale[c];
          front->offset[c] = front->offset[c] * scale[c] + offset[c];
        }
      front->normalises |= normalises;
      g_ptr_array_add (front->layers, source);
    }
}

/* (x · unit · scale + offset) is (x - mean) / deviation, x from 0 to 1. */
static gboolean
convert (const Front *front, LathePreprocess *preprocess)
{
  double unit = MAX (front->scale[0], MAX (front->scale[1], front->scale[2])) < BYTE ? 255 : 1;

  for (guint c = 0; c < 3; c++)
    {
      double deviation = 1 / (front->scale[c] * unit);

      preprocess->mean[c] = (float) (-front->offset[c] * deviation);
      preprocess->deviation[c] = (float) deviation;
      if (!(preprocess->deviation[c] > 0) || !isfinite (preprocess->deviation[c]) || !isfinite (preprocess->mean[c]))
        return FALSE;
    }
  return unit > 1 || front->normalises;
}

static void
leave_open (LatheKerasIn *in, LathePreprocess *preprocess)
{
  for (guint c = 0; c < 3; c++)
    {
      preprocess->mean[c] = 0;
      preprocess->deviation[c] = 1;
    }
  if (in->notes != NULL)
    in->notes->unprepared = TRUE;
}

/**
 * lathe_keras_in_begin:
 *
 * Makes the graph with its input, and finds out how images are prepared for it.
 * Errors: LATHE_ERROR_UNSUPPORTED; a reason.
 */
gboolean
lathe_keras_in_begin (LatheKerasIn *in, LathePreprocess *preprocess, GError **error)
{
  g_autoptr (GPtrArray) layers = g_ptr_array_new ();
  Front front = {.scale = {1, 1, 1}, .layers = layers};
  guint dim[3];

  if (!get_shape (in, dim, error) || !check_rank (in, error))
    return FALSE;
  in->graph = lathe_graph_new ();
  if (!add_input (in, dim))
    return refuse (error, _ ("its images are larger than Lathe’s"));
  *preprocess = (LathePreprocess){
      .height = dim[0], .width = dim[1], .channels = dim[2], .deviation = {1, 1, 1}, .fit = LATHE_FIT_CROP};
  if (dim[2] > 3)
    return TRUE; /* which is told when all is known */
  collect (in, dim[2], &front);
  if (front.layers->len > 0 && convert (&front, preprocess))
    for (guint i = 0; i < front.layers->len; i++)
      ((LatheKerasSource *) front.layers->pdata[i])->last = in->input->last;
  else
    leave_open (in, preprocess);
  return TRUE;
}
