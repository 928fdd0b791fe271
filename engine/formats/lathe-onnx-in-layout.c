/* lathe-onnx-in-layout.c: layers, and how the tensors that they give are seen.
 *
 * ONNX moves numbers about where Lathe need not: an image has its channels in front and is flattened so, dimensions of
 * length 1 come and go. So a tensor is seen as a layer's output with its dimensions in some order, some of them taken
 * together; Transpose, Flatten, Reshape, Squeeze and Unsqueeze but change how it is seen. Layers that put numbers in
 * another order come only where what follows cannot take them as they are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-in.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "model/lathe-graph.h"

#define MOST_NUMBERS ((guint64) 1 << 26) /* in one layer's output: no product of sides wraps round */
#define MOST_OF_A_NAME 80                /* bytes */

/* --- Layers --- */

/* What the node is called, without what exporters put in front; NULL where that is nothing. (transfer full) */
static char *
name_of_node (LatheOnnxIn *in)
{
  const char *name = in->node->name != NULL ? in->node->name : "";
  g_autofree char *valid = NULL, *cut = NULL;
  char *unique;

  while (*name == '/')
    name++;
  valid = g_utf8_make_valid (name, -1);
  cut = g_utf8_substring (valid, 0, MIN (g_utf8_strlen (valid, -1), MOST_OF_A_NAME));
  if (*cut == '\0')
    return NULL;
  unique = g_strdup (cut);
  for (guint i = 2; lathe_graph_find (in->network, unique) != NULL; i++)
    {
      g_free (unique);
      unique = g_strdup_printf ("%s-%u", cut, i);
    }
  return unique;
}

/**
 * lathe_onnx_in_layer:
 * @named: whether it is called as the node, unless another layer is
 *
 * Returns: (transfer none) (nullable): NULL after refusing the node
 */
LatheNode *
lathe_onnx_in_layer (LatheOnnxIn *in, const char *kind, gboolean named)
{
  g_autofree char *name = named && !in->named ? name_of_node (in) : NULL;

  in->named |= named;
  if (lathe_graph_get_n_nodes (in->network) < LATHE_GRAPH_MAX_NODES)
    return lathe_graph_add (in->network, lathe_layer_kind_find (kind), name);
  lathe_onnx_in_refuse (in, _ ("it would be more than the %u layers that a network can have"), LATHE_GRAPH_MAX_NODES);
  return NULL;
}

gboolean
lathe_onnx_in_set (LatheOnnxIn *in, LatheNode *node, const char *property, double value)
{
  g_autoptr (GError) error = NULL;

  if (lathe_graph_set (in->network, node, property, value, &error))
    return TRUE;
  lathe_onnx_in_refuse (in, "%s", error->message);
  return FALSE;
}

/* The graph's own first steps, from bytes to what the network sees: (byte / 255 - mean) / deviation. */
static gboolean
settle (LatheOnnxIn *in, const LatheOnnxValue *value)
{
  for (guint c = 0; c < 3; c++)
    {
      float deviation = (float) (1 / (255 * value->scale[c])),
            mean = (float) (-value->offset[c] / (255 * value->scale[c]));
      float *kept_mean = &in->preprocess.mean[c], *kept_deviation = &in->preprocess.deviation[c];
      gboolean same = ABS (mean - *kept_mean) < 1e-5f && ABS (deviation - *kept_deviation) < 1e-5f * *kept_deviation;

      if (!(value->scale[c] > 0) || (in->settled && !same))
        {
          lathe_onnx_in_refuse (in, _ ("images come to it in a way that Lathe cannot prepare them"));
          return FALSE;
        }
      if (same)
        continue;
      *kept_mean = mean;
      *kept_deviation = deviation;
    }
  in->settled = TRUE;
  return TRUE;
}

/* A tensor is what the network sees, and no longer the images as bytes. FALSE: after refusing the node. */
gboolean
lathe_onnx_in_settle (LatheOnnxIn *in, LatheOnnxValue *value)
{
  if (value->bytes && !settle (in, value))
    return FALSE;
  value->bytes = FALSE;
  return TRUE;
}

static gboolean
find_shape (LatheOnnxIn *in, const LatheNode *node, LatheOnnxValue *const *inputs, guint n, LatheShape *shape)
{
  g_autoptr (GError) error = NULL;
  LatheShape shapes[LATHE_MAX_INPUTS];
  guint64 size = 1;

  for (guint i = 0; i < n; i++)
    shapes[i] = inputs[i]->shape;
  if (!node->kind->shape (&node->properties, shapes, n, shape, &error))
    {
      lathe_onnx_in_refuse (in, "%s", error->message);
      return FALSE;
    }
  for (guint i = 0; i < shape->rank; i++)
    if (!g_uint64_checked_mul (&size, size, shape->dim[i]) || size > MOST_NUMBERS)
      {
        lathe_onnx_in_refuse (in, _ ("it would give too many numbers"));
        return FALSE;
      }
  return TRUE;
}

/**
 * lathe_onnx_in_connect:
 * @inputs: may be NULL for a layer that nothing feeds
 * @output: (out): what the layer gives, which is not seen as anything yet; may be one of the inputs
 *
 * Returns: FALSE after refusing the node
 */
gboolean
lathe_onnx_in_connect (LatheOnnxIn *in, LatheNode *node, LatheOnnxValue *const *inputs, guint n, LatheOnnxValue *output)
{
  LatheShape shape;

  for (guint i = 0; i < n; i++)
    if (!lathe_onnx_in_settle (in, inputs[i]))
      return FALSE;
  if (!find_shape (in, node, inputs, n, &shape))
    return FALSE;
  for (guint i = 0; i < n; i++)
    lathe_graph_connect (in->network, inputs[i]->node, node);
  output->kind = LATHE_ONNX_LAYER;
  output->node = node;
  output->shape = shape;
  output->sole = TRUE; /* until it is given */
  output->half = LATHE_ONNX_WHOLE;
  output->bytes = FALSE;
  return TRUE;
}

/* --- How tensors are seen --- */

guint64
lathe_onnx_in_dim (const LatheOnnxValue *value, guint axis)
{
  guint64 n = 1;

  for (guint i = 0; i < value->axis[axis].n; i++)
    n *= value->shape.dim[value->axis[axis].factor[i]];
  return n;
}

static void
drop_units (LatheOnnxValue *value)
{
  for (guint i = 1; i < value->rank; i++)
    {
      LatheOnnxAxis *axis = &value->axis[i], all = *axis;

      axis->n = 0;
      for (guint j = 0; j < all.n; j++)
        if (value->shape.dim[all.factor[j]] != 1)
          axis->factor[axis->n++] = all.factor[j];
    }
}

/**
 * lathe_onnx_in_lay:
 * @rank: one more than that of the shape
 * @channels: the axis that has the channels, which are the last dimension of the shape
 *
 * The tensor is seen with the other dimensions in their order around it.
 */
void
lathe_onnx_in_lay (LatheOnnxValue *value, guint rank, guint channels)
{
  guint8 next = 0;

  value->rank = rank;
  for (guint i = 1; i < rank; i++)
    value->axis[i] = (LatheOnnxAxis){1, {i == channels ? (guint8) (value->shape.rank - 1) : next++}};
  drop_units (value);
}

static gboolean
same_axes (const LatheOnnxValue *a, const LatheOnnxValue *b)
{
  for (guint i = 1; i < a->rank; i++)
    if (a->axis[i].n != b->axis[i].n || memcmp (a->axis[i].factor, b->axis[i].factor, a->axis[i].n) != 0)
      return FALSE;
  return a->rank == b->rank;
}

/* Whether the tensor is seen as lathe_onnx_in_lay() would have it. */
gboolean
lathe_onnx_in_lies (const LatheOnnxValue *value, guint channels)
{
  LatheOnnxValue laid = *value;

  if (value->rank != value->shape.rank + 1 || channels == 0 || channels >= value->rank)
    return FALSE;
  lathe_onnx_in_lay (&laid, value->rank, channels);
  return same_axes (&laid, value);
}

gboolean
lathe_onnx_in_is_alike (const LatheOnnxValue *a, const LatheOnnxValue *b)
{
  return lathe_shape_equal (&a->shape, &b->shape) && same_axes (a, b);
}

/* Whether the axis is that of the layer's channels, and of nothing else. */
gboolean
lathe_onnx_in_is_channels (const LatheOnnxValue *value, guint axis)
{
  return value->axis[axis].n == 1 && value->axis[axis].factor[0] == value->shape.rank - 1;
}

/**
 * lathe_onnx_in_axis:
 * @given: perhaps counted from the end
 * @axis: (out): from 0 to before rank
 *
 * Returns: FALSE after refusing the node
 */
gboolean
lathe_onnx_in_axis (LatheOnnxIn *in, gint64 given, guint rank, guint *axis)
{
  *axis = (guint) (given < 0 ? given + rank : given);
  if (given >= -(gint64) rank && given < (gint64) rank)
    return TRUE;
  lathe_onnx_in_refuse (in, _ ("it has no dimension %" PRId64), given);
  return FALSE;
}

/* --- Bringing numbers into another order --- */

/* The dimensions in the order of the tensor, those of length 1 left out. */
static guint
list_factors (const LatheOnnxValue *value, guint8 factors[LATHE_MAX_RANK])
{
  guint n = 0;

  for (guint i = 1; i < value->rank; i++)
    for (guint j = 0; j < value->axis[i].n; j++)
      factors[n++] = value->axis[i].factor[j];
  return n;
}

/* A layer that has dimension order[i] of its input as its own i. */
static gboolean
permute (LatheOnnxIn *in, LatheOnnxValue *value, const guint8 order[3])
{
  static const guint8 orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  LatheNode *node = lathe_onnx_in_layer (in, "permute", FALSE);
  guint8 at[3];
  guint which = 0;

  while (memcmp (orders[which], order, sizeof orders[which]) != 0)
    which++;
  if (node == NULL || !lathe_onnx_in_set (in, node, "order", which) ||
      !lathe_onnx_in_connect (in, node, &value, 1, value))
    return FALSE;
  for (guint8 i = 0; i < 3; i++)
    at[order[i]] = i;
  for (guint i = 1; i < value->rank; i++)
    for (guint j = 0; j < value->axis[i].n; j++)
      value->axis[i].factor[j] = at[value->axis[i].factor[j]];
  return TRUE;
}

static gboolean
reshape (LatheOnnxIn *in, LatheOnnxValue *value, guint64 height, guint64 width, guint64 channels)
{
  LatheNode *node = lathe_onnx_in_layer (in, "reshape", FALSE);

  return node != NULL && lathe_onnx_in_set (in, node, "height", (double) height) &&
         lathe_onnx_in_set (in, node, "width", (double) width) &&
         lathe_onnx_in_set (in, node, "channels", (double) channels) &&
         lathe_onnx_in_connect (in, node, &value, 1, value);
}

/* Fills up an order of three dimensions with those that are not in it yet. */
static void
complete (guint8 order[3], guint n)
{
  for (guint8 i = 0; i < 3; i++)
    if (n < 3 && (n < 1 || order[0] != i) && (n < 2 || order[1] != i))
      order[n++] = i;
}

/**
 * lathe_onnx_in_in_order:
 *
 * Brings the numbers of the layer into the order of the tensor.
 *
 * Returns: FALSE after refusing the node
 */
gboolean
lathe_onnx_in_in_order (LatheOnnxIn *in, LatheOnnxValue *value)
{
  guint8 factors[LATHE_MAX_RANK];
  guint n = list_factors (value, factors);
  gboolean ordered = TRUE;

  for (guint i = 1; i < n; i++)
    ordered &= factors[i - 1] < factors[i];
  if (ordered)
    return TRUE;
  if (value->shape.rank == 2) /* a list of vectors, the other way round: dimensions 0 and 1 become 1 and 2 */
    {
      if (!reshape (in, value, 1, value->shape.dim[0], value->shape.dim[1]))
        return FALSE;
      for (guint i = 1; i < value->rank; i++)
        for (guint j = 0; j < value->axis[i].n; j++)
          value->axis[i].factor[j]++;
      n = list_factors (value, factors);
    }
  complete (factors, n);
  return permute (in, value, factors);
}

/* Where each of the last three axes is one dimension, they change places. */
static gboolean
move_channels (LatheOnnxIn *in, LatheOnnxValue *value)
{
  static const guint places[] = {2, 3, 1};
  guint8 order[3];
  gboolean used[3] = {FALSE};

  for (guint i = 0; i < 3; i++)
    {
      order[i] = value->axis[places[i]].n == 1 ? value->axis[places[i]].factor[0] : G_MAXUINT8;
      if (order[i] != G_MAXUINT8)
        used[order[i]] = TRUE;
    }
  for (guint i = 0; i < 3; i++)
    for (guint8 j = 0; j < 3 && order[i] == G_MAXUINT8; j++)
      if (!used[j])
        {
          order[i] = j;
          used[j] = TRUE;
        }
  return permute (in, value, order);
}

/**
 * lathe_onnx_in_to_image:
 *
 * Brings a tensor of samples × channels × height × width to an image of a layer.
 *
 * Returns: FALSE after refusing the node
 */
gboolean
lathe_onnx_in_to_image (LatheOnnxIn *in, LatheOnnxValue *value)
{
  static const guint8 behind[] = {1, 2, 0};
  guint64 channels, height, width;

  if (value->rank != 4)
    {
      lathe_onnx_in_refuse (in, _ ("it is not for images of two dimensions"));
      return FALSE;
    }
  if (lathe_onnx_in_lies (value, 1))
    return TRUE;
  channels = lathe_onnx_in_dim (value, 1);
  height = lathe_onnx_in_dim (value, 2);
  width = lathe_onnx_in_dim (value, 3);
  if (value->shape.rank == 3 && value->axis[1].n <= 1 && value->axis[2].n <= 1 && value->axis[3].n <= 1)
    {
      if (!move_channels (in, value))
        return FALSE;
    }
  else if (!lathe_onnx_in_in_order (in, value))
    return FALSE;
  else if (channels == 1 || height * width == 1)
    {
      if (!reshape (in, value, height, width, channels))
        return FALSE;
    }
  else if (!reshape (in, value, channels, height, width) || !permute (in, value, behind))
    return FALSE;
  lathe_onnx_in_lay (value, 4, 1);
  return TRUE;
}

/**
 * lathe_onnx_in_to_vector:
 *
 * Brings a tensor of any shape to a layer's vector, in the tensor's order.
 *
 * Returns: FALSE after refusing the node
 */
gboolean
lathe_onnx_in_to_vector (LatheOnnxIn *in, LatheOnnxValue *value)
{
  LatheNode *node;

  if (value->shape.rank > 1)
    {
      if (!lathe_onnx_in_in_order (in, value))
        return FALSE;
      node = lathe_onnx_in_layer (in, "flatten", FALSE);
      if (node == NULL || !lathe_onnx_in_connect (in, node, &value, 1, value))
        return FALSE;
    }
  lathe_onnx_in_lay (value, 2, 1);
  return TRUE;
}
