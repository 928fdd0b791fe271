/* lathe-import-keras-windows.c: the layers of Keras that move a window over an image, as Lathe's.
 *
 * Zeros that a layer of their own puts around an image become the padding of what takes them, and what a layer of its
 * own cuts off behind a transposed convolution becomes a part of that.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>

#include "layers/lathe-activation.h"
#include "lathe-import-keras.h"

#define MOST_KEPT 16 /* layers in a row that leave a sign as it is */

/* Above, below, left, right: one number for all, one for each direction, or one for each side. */
static gboolean
get_sides (const LatheKerasSource *source, const char *name, double sides[4])
{
  JsonNode *node = json_object_get_member (source->config, name);
  JsonArray *both = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  double pair[2];

  if (lathe_keras_source_get_pair (source, name, pair))
    {
      sides[0] = sides[1] = pair[0];
      sides[2] = sides[3] = pair[1];
      return TRUE;
    }
  if (both == NULL || json_array_get_length (both) != 2)
    return FALSE;
  for (guint i = 0; i < 4; i++)
    {
      JsonNode *inner = json_array_get_element (both, i / 2), *value;
      JsonArray *one = JSON_NODE_HOLDS_ARRAY (inner) ? json_node_get_array (inner) : NULL;

      value = one != NULL && json_array_get_length (one) == 2 ? json_array_get_element (one, i % 2) : NULL;
      if (value == NULL || !JSON_NODE_HOLDS_VALUE (value) || json_node_get_value_type (value) != G_TYPE_INT64)
        return FALSE;
      sides[i] = (double) json_node_get_int (value);
    }
  return TRUE;
}

static void
set_pair (LatheKerasIn *in, LatheKerasSource *source, const char *name, const char *height, const char *width)
{
  double pair[2];

  if (!lathe_keras_source_get_pair (source, name, pair))
    lathe_keras_in_refuse (source, _ ("makes no sense"));
  else
    {
      lathe_keras_in_set (in, source, height, pair[0]);
      lathe_keras_in_set (in, source, width, pair[1]);
    }
}

static void
set_sides (LatheKerasIn *in, LatheKerasSource *source, const double sides[4])
{
  lathe_keras_in_set (in, source, "padding", LATHE_PADDING_EXPLICIT);
  lathe_keras_in_set (in, source, "padding-top", sides[0]);
  lathe_keras_in_set (in, source, "padding-bottom", sides[1]);
  lathe_keras_in_set (in, source, "padding-left", sides[2]);
  lathe_keras_in_set (in, source, "padding-right", sides[3]);
}

/* The layer that puts zeros around what a layer takes. (nullable) */
static LatheKerasSource *
find_padding (const LatheKerasSource *source)
{
  LatheKerasSource *from = source->inputs->len == 1 ? source->inputs->pdata[0] : NULL;

  return from != NULL && g_str_equal (from->class, "ZeroPadding2D") ? from : NULL;
}

static void
set_padding (LatheKerasIn *in, LatheKerasSource *source)
{
  const char *word = lathe_keras_source_get_word (source, "padding");
  const LatheKerasSource *zeros = find_padding (source);
  double sides[4];

  if (g_strcmp0 (word, "same") != 0 && g_strcmp0 (word, "valid") != 0)
    lathe_keras_in_refuse (source, _ ("has a padding that Lathe does not have"));
  else if (zeros == NULL)
    lathe_keras_in_set (in, source, "padding", word[0] == 's' ? LATHE_PADDING_SAME : LATHE_PADDING_VALID);
  else if (word[0] == 's' || !get_sides (zeros, "padding", sides) ||
           (zeros->inputs->len == 1 && find_padding (zeros) != NULL))
    lathe_keras_in_refuse (source, _ ("has padding around padding"));
  else
    set_sides (in, source, sides);
}

/* --- Convolutions --- */

static void
describe (LatheKerasIn *in, LatheKerasSource *source)
{
  set_pair (in, source, "kernel_size", "kernel-height", "kernel-width");
  set_pair (in, source, "strides", "stride-height", "stride-width");
  if (lathe_keras_source_is_set (source, "dilation_rate"))
    set_pair (in, source, "dilation_rate", "dilation-height", "dilation-width");
}

void
lathe_keras_in_add_conv2d (LatheKerasIn *in, LatheKerasSource *source)
{
  double filters = 0, groups = 1;

  lathe_keras_source_get (source, "filters", &filters);
  lathe_keras_source_get (source, "groups", &groups);
  lathe_keras_in_add (in, source, "conv2d");
  lathe_keras_in_set (in, source, "filters", filters);
  lathe_keras_in_set (in, source, "groups", groups);
  describe (in, source);
  set_padding (in, source);
  lathe_keras_in_take_weights (in, source, "kernel");
  lathe_keras_in_activate (in, source);
}

/* How many channels there are is only known by its weights: window × channels × filters of each. */
void
lathe_keras_in_add_depthwise (LatheKerasIn *in, LatheKerasSource *source)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (LatheHdf5Object) weight = lathe_keras_in_open_array (in, source, 0, &reason);
  guint64 dim[LATHE_HDF5_MAX_RANK] = {0};
  guint rank = 0;

  lathe_keras_in_add (in, source, "conv2d");
  if (weight == NULL)
    lathe_keras_in_refuse (source, reason->message);
  else if (lathe_hdf5_object_get_shape (weight, &rank, dim) == G_MAXUINT64 || rank != 4 || dim[2] > 65536 ||
           dim[3] > 65536)
    lathe_keras_in_refuse (source, _ ("has weights of another shape"));
  else
    {
      lathe_keras_in_set (in, source, "filters", (double) dim[2] * (double) dim[3]);
      lathe_keras_in_set (in, source, "groups", (double) dim[2]);
    }
  describe (in, source);
  set_padding (in, source);
  lathe_keras_in_take_weights (in, source, "depthwise");
  lathe_keras_in_activate (in, source);
}

/* Without padding of its own, a window that is smaller than its step leaves a rest behind it. */
static void
set_more (LatheKerasIn *in, LatheKerasSource *source, gboolean same)
{
  double more[2] = {0, 0}, kernel[2] = {1, 1}, stride[2] = {1, 1};
  gboolean given = lathe_keras_source_is_set (source, "output_padding");

  if (given && (same || !lathe_keras_source_get_pair (source, "output_padding", more)))
    lathe_keras_in_refuse (source, _ ("has a padding that Lathe does not have"));
  lathe_keras_source_get_pair (source, "kernel_size", kernel);
  lathe_keras_source_get_pair (source, "strides", stride);
  for (guint i = 0; i < 2 && !given; i++)
    more[i] = MAX (0, stride[i] - kernel[i]);
  if (!same)
    {
      lathe_keras_in_set (in, source, "output-padding-height", more[0]);
      lathe_keras_in_set (in, source, "output-padding-width", more[1]);
    }
}

void
lathe_keras_in_add_transposed (LatheKerasIn *in, LatheKerasSource *source)
{
  const char *word = lathe_keras_source_get_word (source, "padding");
  gboolean same = g_strcmp0 (word, "same") == 0;
  double filters = 0;

  lathe_keras_source_get (source, "filters", &filters);
  lathe_keras_in_add (in, source, "transposed-conv2d");
  lathe_keras_in_set (in, source, "filters", filters);
  describe (in, source);
  lathe_keras_in_set (in, source, "padding", same ? LATHE_PADDING_SAME : LATHE_PADDING_VALID);
  set_more (in, source, same);
  lathe_keras_in_take_weights (in, source, "kernel");
  lathe_keras_in_activate (in, source);
}

/* Behind a transposed convolution that all of is kept of, and that nothing else takes; the file has that one first. */
void
lathe_keras_in_add_cropping (LatheKerasIn *in, LatheKerasSource *source)
{
  LatheKerasSource *from = source->inputs->len == 1 ? source->inputs->pdata[0] : NULL;
  double sides[4];

  if (from == NULL || !g_str_equal (from->class, "Conv2DTranspose") || from->n_readers != 1 || from->last == NULL ||
      from->first != from->last || g_strcmp0 (lathe_keras_source_get_word (from, "padding"), "valid") != 0)
    lathe_keras_in_refuse (source, _ ("cuts off what no transposed convolution has just made"));
  else if (!get_sides (source, "cropping", sides))
    lathe_keras_in_refuse (source, _ ("makes no sense"));
  else
    set_sides (in, from, sides);
}

/* --- Pooling --- */

static void
add_pool (LatheKerasIn *in, LatheKerasSource *source, const char *kind)
{
  lathe_keras_in_add (in, source, kind);
  set_pair (in, source, "pool_size", "pool-height", "pool-width");
  set_pair (in, source, lathe_keras_source_is_set (source, "strides") ? "strides" : "pool_size", "stride-height",
            "stride-width");
  set_padding (in, source);
}

/* Whether no number that comes out of a layer is below zero, as far as its activation says. */
static gboolean
is_never_negative (const LatheKerasSource *source)
{
  static const char *const words[] = {"relu", "relu6", "sigmoid", "softmax", "softplus", "hard_sigmoid", NULL};
  static const char *const keeps[] = {"Dropout", "SpatialDropout2D", "MaxPooling2D", "AveragePooling2D", NULL};
  const char *word;

  for (guint i = 0; i < MOST_KEPT && g_strv_contains (keeps, source->class) && source->inputs->len == 1; i++)
    source = source->inputs->pdata[0];
  word = lathe_keras_source_get_word (source, "activation");
  return (word != NULL && g_strv_contains (words, word)) || g_str_equal (source->class, "Softmax") ||
         (g_str_equal (source->class, "ReLU") && source->last != NULL &&
          !g_str_equal (source->last->kind->name, "leaky-relu"));
}

/* Lathe has nothing around an image that could be the largest of a window, and so may zeros be nothing. */
void
lathe_keras_in_add_max_pool (LatheKerasIn *in, LatheKerasSource *source)
{
  const LatheKerasSource *zeros = find_padding (source);

  if (zeros != NULL && (zeros->inputs->len != 1 || !is_never_negative (zeros->inputs->pdata[0])))
    lathe_keras_in_refuse (source, _ ("takes zeros around an image that may have less than zero in it"));
  add_pool (in, source, "max-pool");
}

void
lathe_keras_in_add_average_pool (LatheKerasIn *in, LatheKerasSource *source)
{
  add_pool (in, source, "average-pool");
}
