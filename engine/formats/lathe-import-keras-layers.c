/* lathe-import-keras-layers.c: each class of layer that Keras has as a kind of Lathe's.
 *
 * Whatever stands in the way of a layer is said of that layer, and the others are gone through all the same: one error
 * names them all. Layers that run code of their own (“Lambda”) are among what Lathe does not have; nothing in a file is
 * ever run.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-import-keras.h"

#define MAX_NAME 100  /* characters of a layer's name */
#define MOST_NAMED 40 /* layers in one error */

/* --- Nodes --- */

void
lathe_keras_in_refuse (LatheKerasSource *source, const char *why)
{
  if (source->obstacle == NULL)
    source->obstacle = g_strdup (why);
}

/* A name that Lathe can show; one that it cannot is made anew. (nullable) */
static const char *
choose_name (const LatheKerasIn *in, const char *name)
{
  if (*name == '\0' || g_utf8_strlen (name, -1) > MAX_NAME || lathe_graph_find (in->graph, name) != NULL)
    return NULL;
  for (const char *c = name; *c != '\0'; c = g_utf8_next_char (c))
    if (g_unichar_iscntrl (g_utf8_get_char (c)))
      return NULL;
  return name;
}

/**
 * lathe_keras_in_add:
 *
 * A layer that becomes several nodes is a chain of them, of which only the first is called as it is.
 *
 * Returns: (transfer none): a new node of the graph, behind those that the layer has already
 */
LatheNode *
lathe_keras_in_add (LatheKerasIn *in, LatheKerasSource *source, const char *kind)
{
  LatheNode *node = lathe_graph_add (in->graph, lathe_layer_kind_find (kind),
                                     source->first == NULL ? choose_name (in, source->name) : NULL);

  if (source->first == NULL)
    source->first = node;
  else
    lathe_graph_connect (in->graph, source->last, node);
  source->last = node;
  return node;
}

/* Of the layer's last node; what is beyond Lathe's range is an obstacle. */
void
lathe_keras_in_set (LatheKerasIn *in, LatheKerasSource *source, const char *property, double value)
{
  g_autoptr (GError) reason = NULL;

  if (!lathe_graph_set (in->graph, source->last, property, value, &reason))
    lathe_keras_in_refuse (source, reason->message);
}

/* --- Weights --- */

/* What keeps them small, where it is of the kinds that Lathe has; others are left out, as they do not change what the
 * network answers. */
static void
take_penalties (LatheKerasIn *in, LatheKerasSource *source, const char *prefix)
{
  g_autofree char *name = g_strconcat (prefix, "_regularizer", NULL),
                  *bound = g_strconcat (prefix, "_constraint", NULL);
  JsonNode *node = json_object_get_member (source->config, name);
  JsonNode *limit = json_object_get_member (source->config, bound);
  LatheKerasSource inner = {0};

  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node) && json_object_has_member (json_node_get_object (node), "config") &&
      JSON_NODE_HOLDS_OBJECT (json_object_get_member (json_node_get_object (node), "config")))
    {
      inner.config = json_object_get_object_member (json_node_get_object (node), "config");
      lathe_keras_in_set (in, source, "l1", lathe_keras_source_number (&inner, "l1", 0));
      lathe_keras_in_set (in, source, "l2", lathe_keras_source_number (&inner, "l2", 0));
    }
  if (limit != NULL && JSON_NODE_HOLDS_OBJECT (limit) &&
      json_object_has_member (json_node_get_object (limit), "config") &&
      JSON_NODE_HOLDS_OBJECT (json_object_get_member (json_node_get_object (limit), "config")))
    {
      inner.config = json_object_get_object_member (json_node_get_object (limit), "config");
      if (json_object_has_member (inner.config, "max_value"))
        lathe_keras_in_set (in, source, "max-norm", lathe_keras_source_number (&inner, "max_value", 0));
    }
}

/**
 * lathe_keras_in_take_weights:
 * @prefix: what Keras calls the weights in what keeps them small
 */
void
lathe_keras_in_take_weights (LatheKerasIn *in, LatheKerasSource *source, const char *prefix)
{
  gboolean bias = lathe_keras_source_number (source, "use_bias", 1) != 0;

  source->tensor[source->n_tensors++] = "weight";
  if (bias)
    source->tensor[source->n_tensors++] = "bias";
  lathe_keras_in_set (in, source, "bias", bias);
  take_penalties (in, source, prefix);
  if (lathe_keras_source_number (source, "trainable", 1) == 0)
    lathe_keras_in_set (in, source, "frozen", 1);
}

/* --- Layers that have weights --- */

static void
add_dense (LatheKerasIn *in, LatheKerasSource *source)
{
  lathe_keras_in_add (in, source, "dense");
  lathe_keras_in_set (in, source, "units", lathe_keras_source_number (source, "units", 0));
  lathe_keras_in_take_weights (in, source, "kernel");
  lathe_keras_in_activate (in, source);
}

static void
add_embedding (LatheKerasIn *in, LatheKerasSource *source)
{
  lathe_keras_in_add (in, source, "embedding");
  lathe_keras_in_set (in, source, "vocabulary", lathe_keras_source_number (source, "input_dim", 0));
  lathe_keras_in_set (in, source, "dimension", lathe_keras_source_number (source, "output_dim", 0));
  source->tensor[source->n_tensors++] = "weight";
}

/**
 * lathe_keras_in_take_axis:
 *
 * It may be a list of one, and must be the last one: where it says so, or where it counts that far. 1 does so of a
 * vector alone; what comes in is known when lathe_keras_in_check_axes() is called.
 */
void
lathe_keras_in_take_axis (LatheKerasSource *source)
{
  JsonNode *node = json_object_get_member (source->config, "axis");
  double axis = lathe_keras_source_number (source, "axis", -1);

  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *list = json_node_get_array (node);
      JsonNode *first = json_array_get_length (list) == 1 ? json_array_get_element (list, 0) : NULL;

      axis = first != NULL && JSON_NODE_HOLDS_VALUE (first) && json_node_get_value_type (first) == G_TYPE_INT64
                 ? (double) json_node_get_int (first)
                 : NAN;
    }
  if (axis != -1 && axis != 3 && axis != 1)
    lathe_keras_in_refuse (source, _ ("has an axis other than the last"));
  source->of_vectors = axis == 1;
}

static void
add_norm (LatheKerasIn *in, LatheKerasSource *source, const char *kind)
{
  lathe_keras_in_add (in, source, kind);
  lathe_keras_in_set (in, source, "epsilon", lathe_keras_source_number (source, "epsilon", 1e-3));
  lathe_keras_in_take_axis (source);
  if (lathe_keras_source_number (source, "scale", 1) != 0)
    source->tensor[source->n_tensors++] = "gamma";
  if (lathe_keras_source_number (source, "center", 1) != 0)
    source->tensor[source->n_tensors++] = "beta";
}

static void
add_batch_norm (LatheKerasIn *in, LatheKerasSource *source)
{
  add_norm (in, source, "batch-norm");
  lathe_keras_in_set (in, source, "momentum", lathe_keras_source_number (source, "momentum", 0.99));
  lathe_keras_in_set (in, source, "scale", lathe_keras_source_number (source, "scale", 1) != 0);
  source->tensor[source->n_tensors++] = "running-mean";
  source->tensor[source->n_tensors++] = "running-variance";
  if (lathe_keras_source_number (source, "trainable", 1) == 0)
    lathe_keras_in_set (in, source, "frozen", 1);
}

static void
add_layer_norm (LatheKerasIn *in, LatheKerasSource *source)
{
  add_norm (in, source, "layer-norm");
  if (lathe_keras_source_number (source, "rms_scaling", 0) != 0)
    lathe_keras_in_refuse (source,
                           _ ("divides by the root mean square, where Lathe’s layer takes the mean away first"));
}

static void
add_group_norm (LatheKerasIn *in, LatheKerasSource *source)
{
  add_norm (in, source, "group-norm");
  lathe_keras_in_set (in, source, "groups", lathe_keras_source_number (source, "groups", 32));
}

/* --- Layers that have none --- */

static void
add_dropout (LatheKerasIn *in, LatheKerasSource *source)
{
  lathe_keras_in_add (in, source, g_str_equal (source->class, "Dropout") ? "dropout" : "spatial-dropout");
  lathe_keras_in_set (in, source, "rate", lathe_keras_source_number (source, "rate", 0));
}

static void
add_up_sampling (LatheKerasIn *in, LatheKerasSource *source)
{
  const char *word = lathe_keras_source_get_word (source, "interpolation");
  double size[2] = {2, 2};

  if (word != NULL && !g_str_equal (word, "nearest") && !g_str_equal (word, "bilinear"))
    lathe_keras_in_refuse (source, _ ("makes images larger in a way that Lathe does not have"));
  lathe_keras_source_get_pair (source, "size", size);
  lathe_keras_in_add (in, source, "up-sampling");
  lathe_keras_in_set (in, source, "scale-height", size[0]);
  lathe_keras_in_set (in, source, "scale-width", size[1]);
  lathe_keras_in_set (in, source, "method", g_strcmp0 (word, "bilinear") == 0);
}

/* Those that keep the dimensions leave an image of one pixel, which Lathe has as a vector: the numbers are the same,
 * and what follows is told. */
static void
add_global_pool (LatheKerasIn *in, LatheKerasSource *source)
{
  gboolean average = g_str_equal (source->class, "GlobalAveragePooling2D");

  lathe_keras_in_add (in, source, average ? "global-average-pool" : "global-max-pool");
  if (lathe_keras_source_number (source, "keepdims", 0) == 0)
    return;
  lathe_keras_in_add (in, source, "reshape");
  lathe_keras_in_set (in, source, "height", 1);
  lathe_keras_in_set (in, source, "width", 1);
  lathe_keras_in_set (in, source, "channels", 0);
}

static void
add_flatten (LatheKerasIn *in, LatheKerasSource *source)
{
  lathe_keras_in_add (in, source, "flatten");
}

/* How many whole numbers a list has; they are in `numbers`, if it has no more than 3. */
static guint
get_list (const LatheKerasSource *source, const char *name, double numbers[3])
{
  JsonNode *node = json_object_get_member (source->config, name);
  JsonArray *list = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = list != NULL ? json_array_get_length (list) : 0;

  for (guint i = 0; i < MIN (n, 3); i++)
    {
      JsonNode *element = json_array_get_element (list, i);

      if (!JSON_NODE_HOLDS_VALUE (element) || json_node_get_value_type (element) != G_TYPE_INT64)
        return 0;
      numbers[i] = (double) json_node_get_int (element);
    }
  return n;
}

static void
add_reshape (LatheKerasIn *in, LatheKerasSource *source)
{
  static const char *const sides[] = {"height", "width", "channels"};
  double dims[3];
  guint n = get_list (source, "target_shape", dims);

  if (n == 1)
    {
      lathe_keras_in_add (in, source, "flatten");
      return;
    }
  lathe_keras_in_add (in, source, "reshape");
  if (n != 3)
    lathe_keras_in_refuse (source, _ ("makes something that is neither an image nor a vector"));
  else
    for (guint i = 0; i < 3; i++)
      lathe_keras_in_set (in, source, sides[i], dims[i] == -1 ? 0 : dims[i]);
}

static void
add_permute (LatheKerasIn *in, LatheKerasSource *source)
{
  static const char *const sides[] = {"height", "width", "channels"};
  const LatheProperty *property = &lathe_layer_kind_find ("permute")->properties[0];
  double dims[3];
  gboolean image = get_list (source, "dims", dims) == 3;

  for (guint i = 0; image && i < 3; i++)
    image = dims[i] >= 1 && dims[i] <= 3;
  lathe_keras_in_add (in, source, "permute");
  if (image)
    {
      g_autofree char *order =
          g_strdup_printf ("%s-%s-%s", sides[(int) dims[0] - 1], sides[(int) dims[1] - 1], sides[(int) dims[2] - 1]);

      for (guint i = 0; property->choices[i] != NULL; i++)
        if (g_str_equal (property->choices[i], order))
          {
            lathe_keras_in_set (in, source, property->name, i);
            return;
          }
    }
  lathe_keras_in_refuse (source, _ ("has an order that is none of an image’s dimensions"));
}

static void
add_rescaling (LatheKerasIn *in, LatheKerasSource *source)
{
  double scale = 0, offset = 0;

  if (!lathe_keras_source_get (source, "scale", &scale) ||
      (lathe_keras_source_is_set (source, "offset") && !lathe_keras_source_get (source, "offset", &offset)))
    lathe_keras_in_refuse (source, _ ("scales channels apart, which Lathe only has in front of a network"));
  lathe_keras_in_add (in, source, "rescale");
  lathe_keras_in_set (in, source, "scale", scale);
  lathe_keras_in_set (in, source, "offset", offset);
}

static void
add_merge (LatheKerasIn *in, LatheKerasSource *source)
{
  const char *kind = g_str_equal (source->class, "Add")        ? "add"
                     : g_str_equal (source->class, "Multiply") ? "multiply"
                                                               : "concatenate";

  lathe_keras_in_add (in, source, kind);
  if (g_str_equal (kind, "concatenate"))
    lathe_keras_in_take_axis (source);
}

/* What only training knows, and what does nothing. */
static void
pass_by (LatheKerasIn *in, LatheKerasSource *source)
{
}

/* It becomes a part of what follows. */
static void
add_padding (LatheKerasIn *in, LatheKerasSource *source)
{
}

/* --- Which it is --- */

typedef struct
{
  const char *class;
  void (*add) (LatheKerasIn *in, LatheKerasSource *source);
} Row;

static const Row rows[] = {
    {"InputLayer", pass_by},
    {"Conv2D", lathe_keras_in_add_conv2d},
    {"Convolution2D", lathe_keras_in_add_conv2d},
    {"DepthwiseConv2D", lathe_keras_in_add_depthwise},
    {"Conv2DTranspose", lathe_keras_in_add_transposed},
    {"ZeroPadding2D", add_padding},
    {"Cropping2D", lathe_keras_in_add_cropping},
    {"MaxPooling2D", lathe_keras_in_add_max_pool},
    {"AveragePooling2D", lathe_keras_in_add_average_pool},
    {"GlobalAveragePooling2D", add_global_pool},
    {"GlobalMaxPooling2D", add_global_pool},
    {"UpSampling2D", add_up_sampling},
    {"Dense", add_dense},
    {"Embedding", add_embedding},
    {"PReLU", lathe_keras_in_add_prelu},
    {"BatchNormalization", add_batch_norm},
    {"LayerNormalization", add_layer_norm},
    {"GroupNormalization", add_group_norm},
    {"Dropout", add_dropout},
    {"SpatialDropout2D", add_dropout},
    {"Flatten", add_flatten},
    {"Reshape", add_reshape},
    {"Permute", add_permute},
    {"Rescaling", add_rescaling},
    {"Add", add_merge},
    {"Multiply", add_merge},
    {"Concatenate", add_merge},
    {"Activation", lathe_keras_in_add_activation},
    {"ReLU", lathe_keras_in_add_relu},
    {"LeakyReLU", lathe_keras_in_add_leaky_relu},
    {"ELU", lathe_keras_in_add_elu},
    {"Softmax", lathe_keras_in_add_softmax},
    {"ActivityRegularization", pass_by},
    {"GaussianNoise", pass_by},
    {"GaussianDropout", pass_by},
    {"RandomFlip", pass_by},
    {"RandomRotation", pass_by},
    {"RandomZoom", pass_by},
    {"RandomTranslation", pass_by},
    {"RandomContrast", pass_by},
    {"RandomBrightness", pass_by},
};

static void
add_layer (LatheKerasIn *in, LatheKerasSource *source)
{
  const char *format = lathe_keras_source_get_word (source, "data_format");

  if (g_strcmp0 (format, "channels_first") == 0)
    lathe_keras_in_refuse (source, _ ("has its channels first"));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].class, source->class))
      {
        rows[i].add (in, source);
        return;
      }
  if (g_str_equal (source->class, "Lambda"))
    lathe_keras_in_refuse (source, _ ("is code, which is never run"));
  else if (g_str_equal (source->class, "Functional") || g_str_equal (source->class, "Sequential") ||
           g_str_equal (source->class, "Model"))
    lathe_keras_in_refuse (source, _ ("is a network within the network"));
  else
    lathe_keras_in_refuse (source, _ ("is of a class that Lathe does not have"));
}

/* --- Edges --- */

/* Where a layer's output comes from once those are passed by that are nothing in Lathe. (nullable) */
static LatheNode *
find_last (const LatheKerasIn *in, const LatheKerasSource *source)
{
  for (guint i = 0; i < in->layers->len && source->last == NULL && source->inputs->len == 1; i++)
    source = source->inputs->pdata[0];
  return source->last;
}

static void
connect_layer (LatheKerasIn *in, LatheKerasSource *source)
{
  const LatheLayerKind *kind = source->first->kind;

  if (source->inputs->len < kind->min_inputs || source->inputs->len > kind->max_inputs)
    lathe_keras_in_refuse (source, _ ("takes more or fewer inputs than Lathe’s layer does"));
  for (guint i = 0; i < source->inputs->len; i++)
    {
      LatheKerasSource *from = source->inputs->pdata[i];
      LatheNode *last = find_last (in, from);

      if (last == NULL)
        lathe_keras_in_refuse (source, _ ("follows what Lathe does not have"));
      else if (source->first->inputs->len < kind->max_inputs)
        lathe_graph_connect (in->graph, last, source->first);
    }
}

/* Zeros around an image belong to a convolution or a max-pool: whoever else takes them would not see them. */
static void
check_padding (LatheKerasSource *source)
{
  static const char *const takers[] = {"Conv2D", "Convolution2D", "DepthwiseConv2D", "MaxPooling2D", NULL};

  if (g_strv_contains (takers, source->class))
    return;
  for (guint i = 0; i < source->inputs->len; i++)
    if (g_str_equal (((LatheKerasSource *) source->inputs->pdata[i])->class, "ZeroPadding2D"))
      lathe_keras_in_refuse (source, _ ("takes an image with zeros around it, which Lathe only has in a convolution"));
}

/* --- All of them --- */

/* All of them go to the list, and the first of them into the error. */
static gboolean
name_obstacles (const LatheKerasIn *in, GError **error)
{
  GString *text = g_string_new (NULL);
  guint n = 0;

  for (guint i = 0; i < in->layers->len; i++)
    {
      const LatheKerasSource *source = in->layers->pdata[i];
      g_autofree char *sentence = NULL;

      if (source->obstacle == NULL)
        continue;
      /* Translators: a layer’s name, its class, and why Lathe does not have it */
      sentence = g_strdup_printf (_ ("“%s” (%s) %s"), source->name, source->class, source->obstacle);
      if (n++ < MOST_NAMED)
        g_string_append_printf (text, "%s%s", n > 1 ? "; " : "", sentence);
      if (in->notes != NULL)
        g_ptr_array_add (in->notes->problems, g_steal_pointer (&sentence));
    }
  if (n > MOST_NAMED)
    g_string_append_printf (text, "; …");
  if (n > 0)
    g_set_error (
        error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
        ngettext ("it has a layer that Lathe does not have: %s", "it has layers that Lathe does not have: %s", n),
        text->str);
  g_string_free (text, TRUE);
  return n == 0;
}

/**
 * lathe_keras_in_build:
 *
 * Makes the graph's nodes and edges behind its input, which is there already and the input layer's last. Layers with a
 * node already have been dealt with.
 * Errors: LATHE_ERROR_UNSUPPORTED, naming every layer that cannot be; a reason.
 */
gboolean
lathe_keras_in_build (LatheKerasIn *in, GError **error)
{
  for (guint i = 0; i < in->layers->len; i++)
    if (((LatheKerasSource *) in->layers->pdata[i])->last == NULL)
      add_layer (in, in->layers->pdata[i]);
  for (guint i = 0; i < in->layers->len; i++)
    {
      LatheKerasSource *source = in->layers->pdata[i];

      check_padding (source);
      if (source != in->input && source->first != NULL && source->first != in->input->last)
        connect_layer (in, source);
    }
  if (g_str_equal (in->output->class, "ZeroPadding2D"))
    lathe_keras_in_refuse (in->output, _ ("is the last"));
  return name_obstacles (in, error);
}

/**
 * lathe_keras_in_check_axes:
 * @report: of the graph, which works
 *
 * Errors: LATHE_ERROR_UNSUPPORTED, naming every layer whose axis is not the last one of what comes in; a reason.
 */
gboolean
lathe_keras_in_check_axes (LatheKerasIn *in, const LatheGraphReport *report, GError **error)
{
  for (guint i = 0; i < in->layers->len; i++)
    {
      LatheKerasSource *source = in->layers->pdata[i];

      if (source->of_vectors && report->nodes[source->first->index].input.rank > 1)
        lathe_keras_in_refuse (source, _ ("has an axis other than the last"));
    }
  return name_obstacles (in, error);
}
