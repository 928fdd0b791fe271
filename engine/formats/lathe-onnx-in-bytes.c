/* lathe-onnx-in-bytes.c: numbers in 8 bits, as ONNX has them: what is quantised is dequantised at once (“QDQ”).
 *
 * A pair behind a layer says what the bytes of its output stand for, and one behind a constant what its weights do. A
 * layer runs in 8 bits where both are known, as in a model of our own. Bytes from -128 to 127 are seen as those from 0
 * to 255 that stand for the same.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "lathe-onnx-in.h"
#include "model/lathe-graph-readers.h"

#define MOST_CHANNELS 65536   /* that have a scale of their own */
#define MOST_SCALES (1 << 20) /* of all constants, where layers share them */
#define LARGEST_SCALE 1e30f   /* times any byte a number yet */

/* What a node of either operator says. */
typedef struct
{
  const LatheOnnxConstant *scale;
  gint32 zero; /* of all of them */
  gint32 least, most;
} Given;

static gboolean
read_type (LatheOnnxIn *in, gint32 type, Given *given)
{
  if (type != LATHE_ONNX_UINT8 && type != LATHE_ONNX_INT8)
    {
      lathe_onnx_in_refuse (in, _ ("its numbers have other types than 8 bits"));
      return FALSE;
    }
  given->least = type == LATHE_ONNX_INT8 ? -128 : 0;
  given->most = type == LATHE_ONNX_INT8 ? 127 : 255;
  return TRUE;
}

/* One zero for all, or none. */
static gboolean
read_zero (LatheOnnxIn *in, const LatheOnnxConstant *zero, Given *given)
{
  given->zero = zero != NULL && zero->n > 0 ? (gint32) lathe_onnx_constant_int (zero, 0) : 0;
  for (gsize i = 1; zero != NULL && i < zero->n; i++)
    if (lathe_onnx_constant_int (zero, i) != given->zero)
      {
        lathe_onnx_in_refuse (in, _ ("its channels have different zeros"));
        return FALSE;
      }
  return TRUE;
}

static gboolean
read_scales (LatheOnnxIn *in, const LatheOnnxConstant *scale)
{
  gboolean fine = scale != NULL && scale->n > 0 && scale->n <= MOST_CHANNELS && lathe_onnx_constant_is_real (scale);

  in->n_scales += fine ? scale->n : 0;
  if (in->n_scales > MOST_SCALES)
    {
      lathe_onnx_in_refuse (in, _ ("its file has more scales than any network"));
      return FALSE;
    }
  for (gsize i = 0; fine && i < scale->n; i++)
    {
      float value = (float) lathe_onnx_constant_real (scale, i);

      fine = isnormal (value) && value > 0 && value < LARGEST_SCALE;
    }
  if (!fine)
    lathe_onnx_in_refuse (in, _ ("its scales are no numbers above 0 that are known before it runs"));
  return fine;
}

/* @type: of the bytes, where no zero says so */
static gboolean
read_given (LatheOnnxIn *in, gint32 type, Given *given)
{
  const LatheOnnxConstant *zero = lathe_onnx_in_constant (in, 2);

  *given = (Given){.scale = lathe_onnx_in_constant (in, 1)};
  if (in->node->n_input > 2 && *in->node->input[2] != '\0' && zero == NULL)
    {
      lathe_onnx_in_refuse (in, _ ("its zero is worked out while it runs"));
      return FALSE;
    }
  if (lathe_onnx_in_int (in, "block_size", 0) != 0)
    {
      lathe_onnx_in_refuse (in, _ ("its numbers have a scale for each block of them"));
      return FALSE;
    }
  return read_scales (in, given->scale) && read_zero (in, zero, given) &&
         (type == LATHE_ONNX_INT32 || read_type (in, zero != NULL ? zero->tensor->data_type : type, given));
}

/* --- What layers give --- */

static LatheOnnxQuantised *
quantised_of (LatheOnnxIn *in, const LatheNode *node)
{
  LatheOnnxQuantised *quantised = g_hash_table_lookup (in->quantised, node);

  if (quantised == NULL)
    g_hash_table_insert (in->quantised, (gpointer) node, quantised = g_new0 (LatheOnnxQuantised, 1));
  return quantised;
}

/* As bytes from 0 to 255. */
static gboolean
read_scale (LatheOnnxIn *in, const Given *given, LatheByteScale *scale)
{
  *scale = (LatheByteScale){(float) lathe_onnx_constant_real (given->scale, 0), given->zero - given->least};
  if (given->scale->n == 1 && scale->zero >= 0 && scale->zero <= 255)
    return TRUE;
  lathe_onnx_in_refuse (in, given->scale->n > 1 ? _ ("what a layer gives has one scale in Lathe, and not one a channel")
                                                : _ ("its zero is no byte"));
  return FALSE;
}

static void
quantise_layer (LatheOnnxIn *in, LatheOnnxValue *value, const Given *given)
{
  if (!read_scale (in, given, &value->stands_for) || !lathe_onnx_in_settle (in, value))
    return;
  value->rimmed = value->half == LATHE_ONNX_PADDED;
  if (value->rimmed && value->rim_value != 0)
    lathe_onnx_in_refuse (in, _ ("it comes behind a padding with other numbers than 0"));
  value->half = LATHE_ONNX_BYTES;
  lathe_onnx_in_give (in, value);
}

/* Nothing that comes later may become a part of a layer whose output is rounded here. */
static void
dequantise_layer (LatheOnnxIn *in, LatheOnnxValue *value, const Given *given)
{
  LatheOnnxQuantised *quantised = quantised_of (in, value->node);
  LatheByteScale scale;

  if (!read_scale (in, given, &scale))
    return;
  if (scale.scale != value->stands_for.scale || scale.zero != value->stands_for.zero)
    lathe_onnx_in_refuse (in, _ ("it takes its bytes for other numbers than they were made of"));
  else if (quantised->output.scale != 0 &&
           (quantised->output.scale != scale.scale || quantised->output.zero != scale.zero))
    lathe_onnx_in_refuse (in, _ ("what a layer gives is rounded in two ways"));
  quantised->output = scale;
  value->half = value->rimmed ? LATHE_ONNX_PADDED : LATHE_ONNX_WHOLE; /* 0 is a byte, whatever is around it */
  value->sole = FALSE;
  lathe_onnx_in_give (in, value);
}

/* --- Constants --- */

/* How its numbers become those that they stand for; its scales lie along one dimension. */
static const LatheOnnxRounding *
make_rounding (LatheOnnxIn *in, const LatheOnnxConstant *constant, const Given *given, gboolean rounds)
{
  LatheOnnxRounding *rounding = g_new0 (LatheOnnxRounding, 1);
  float *scale = g_new (float, given->scale->n);
  guint axis = 0;

  g_ptr_array_add (in->memory, rounding);
  g_ptr_array_add (in->memory, scale);
  *rounding = (LatheOnnxRounding){
      .scale = scale,
      .n = given->scale->n,
      .run = 1,
      .zero = given->zero,
      .least = given->least,
      .most = given->most,
      .rounds = rounds,
  };
  for (gsize i = 0; i < rounding->n; i++)
    scale[i] = (float) lathe_onnx_constant_real (given->scale, i);
  if (rounding->n == 1)
    return rounding;
  if (constant->n == 0 || constant->swapped ||
      !lathe_onnx_in_axis (in, lathe_onnx_in_int (in, "axis", 1), constant->rank, &axis) ||
      (gsize) constant->dim[axis] != rounding->n)
    {
      lathe_onnx_in_refuse (in, _ ("it has not one scale for each channel"));
      return NULL;
    }
  for (guint i = axis + 1; i < constant->rank; i++)
    rounding->run *= (gsize) constant->dim[i];
  return rounding;
}

static void
quantise_constant (LatheOnnxIn *in, LatheOnnxValue *value, const Given *given)
{
  value->constant.rounding = make_rounding (in, &value->constant, given, TRUE);
  value->half = LATHE_ONNX_BYTES;
  lathe_onnx_in_give (in, value);
}

/* What was quantised just before is what it was, where nothing else was said in between. */
static void
dequantise_constant (LatheOnnxIn *in, LatheOnnxValue *value, const Given *given)
{
  const LatheOnnxRounding *before = value->constant.rounding, *now;

  now = make_rounding (in, &value->constant, given, FALSE);
  if (now == NULL)
    return;
  if (before == NULL)
    value->constant.rounding = now;
  else if (before->n != now->n || before->run != now->run || before->zero != now->zero ||
           memcmp (before->scale, now->scale, now->n * sizeof (float)) != 0)
    lathe_onnx_in_refuse (in, _ ("it takes its bytes for other numbers than they were made of"));
  value->half = LATHE_ONNX_WHOLE;
  lathe_onnx_in_give (in, value);
}

/* --- The operators --- */

static void
take_quantise (LatheOnnxIn *in)
{
  LatheOnnxValue *value = &g_array_index (in->inputs, LatheOnnxValue, 0);
  gint32 type = (gint32) lathe_onnx_in_int (in, "output_dtype", LATHE_ONNX_UINT8);
  Given given;

  if (!read_given (in, type, &given))
    return;
  if (value->kind == LATHE_ONNX_LAYER)
    quantise_layer (in, value, &given);
  else if (value->kind == LATHE_ONNX_CONSTANT && lathe_onnx_constant_is_real (&value->constant) &&
           value->constant.rounding == NULL)
    quantise_constant (in, value, &given);
  else
    lathe_onnx_in_refuse (in, _ ("what it rounds are no real numbers"));
}

static void
take_dequantise (LatheOnnxIn *in)
{
  LatheOnnxValue *value = &g_array_index (in->inputs, LatheOnnxValue, 0);
  gboolean rounded = value->half == LATHE_ONNX_BYTES, constant = value->kind == LATHE_ONNX_CONSTANT;
  gint32 type = constant && !rounded ? value->constant.tensor->data_type : LATHE_ONNX_UINT8;
  Given given;

  if (!read_given (in, type, &given))
    return;
  if (constant && (rounded || (!lathe_onnx_constant_is_real (&value->constant) && type != LATHE_ONNX_INT64)))
    dequantise_constant (in, value, &given);
  else if (!constant && rounded)
    dequantise_layer (in, value, &given);
  else
    lathe_onnx_in_refuse (in, _ ("what it reads was not quantised"));
}

const LatheOnnxOperator lathe_onnx_bytes[] = {
    {"QuantizeLinear", take_quantise},
    {"DequantizeLinear", take_dequantise},
    {NULL},
};

/* --- Weights --- */

/* Whether every number of a channel, which is the weight's last dimension, has the scale of that. */
static gboolean
is_along_channels (const LatheOnnxConstant *constant, const gsize *dim, const gsize *stride, guint n)
{
  const LatheOnnxRounding *rounding = constant->rounding;
  gsize period = rounding->run * rounding->n, inside = 0;

  if (rounding->n == 1)
    return TRUE;
  if (rounding->n != dim[n - 1] || lathe_onnx_constant_index (constant, stride[n - 1]) != rounding->run)
    return FALSE;
  for (guint i = 0; i + 1 < n; i++)
    {
      gsize apart = dim[i] > 1 ? lathe_onnx_constant_index (constant, stride[i]) : 0;

      inside += apart % period != 0 ? (dim[i] - 1) * apart : 0;
    }
  return inside < rounding->run;
}

/**
 * lathe_onnx_in_quantise_weights:
 * @dim, @stride: as of lathe_onnx_in_load(): the last dimension is that of the output channels
 *
 * The layer's weights are whole numbers of 8 bits, where the constant has them so, and layers of its kind do.
 */
void
lathe_onnx_in_quantise_weights (LatheOnnxIn *in, const LatheNode *node, const LatheOnnxConstant *constant,
                                const gsize *dim, const gsize *stride, guint n)
{
  const LatheOnnxRounding *rounding = constant->rounding;
  const LatheByteKind *kind = lathe_byte_kind_find (node->kind);
  LatheOnnxQuantised *quantised;
  float *scale;

  if (rounding == NULL || kind == NULL || !kind->weighs || rounding->zero - rounding->least != 128 ||
      !is_along_channels (constant, dim, stride, n))
    return;
  quantised = quantised_of (in, node);
  quantised->n_channels = (guint) dim[n - 1];
  quantised->weight_scale = scale = g_new (float, quantised->n_channels);
  g_ptr_array_add (in->memory, scale);
  for (guint c = 0; c < quantised->n_channels; c++)
    scale[c] = rounding->scale[rounding->n > 1 ? c : 0];
}

/* --- The model --- */

/* What only a ReLU reads is rounded by that, as the layer itself can. */
static void
cut_off (const LatheGraph *graph, LatheQuantisation *quantisation, const LatheNode *node)
{
  LatheByteScale *output = &quantisation->nodes[node->index].output;
  const LatheNode *reader = lathe_graph_only_reader (graph, node);

  if (output->scale == 0 && reader != NULL && reader->kind->limit > 0 &&
      quantisation->nodes[reader->index].output.zero == 0)
    *output = quantisation->nodes[reader->index].output;
}

/* Bytes that are passed on mean what they meant, whether that was said or not. */
static void
pass_on (LatheQuantisation *quantisation, const LatheNode *node, const LatheShape *input)
{
  LatheByteScale *output = &quantisation->nodes[node->index].output;
  const LatheByteKind *kind = lathe_byte_kind_find (node->kind);

  if (output->scale == 0 && lathe_byte_kind_can (kind, &node->properties, input, node->inputs->len) && kind->same)
    *output = quantisation->nodes[((const LatheNode *) node->inputs->pdata[0])->index].output;
}

/**
 * lathe_onnx_in_finish_bytes:
 * @report: of the network
 *
 * Returns: (transfer full) (nullable): what its numbers in 8 bits stand for; NULL: it has none
 */
LatheQuantisation *
lathe_onnx_in_finish_bytes (LatheOnnxIn *in, const LatheGraphReport *report)
{
  LatheQuantisation *quantisation;
  GHashTableIter iter;
  gpointer node, value;

  if (g_hash_table_size (in->quantised) == 0)
    return NULL;
  quantisation = lathe_quantisation_new (report->n_nodes, in->foreign != NULL ? in->foreign->format : "onnx", 0);
  g_hash_table_iter_init (&iter, in->quantised);
  while (g_hash_table_iter_next (&iter, &node, &value))
    {
      const LatheOnnxQuantised *quantised = value;
      LatheQuantisedNode *to = &quantisation->nodes[((const LatheNode *) node)->index];

      to->output = quantised->output;
      to->n_channels = quantised->n_channels;
      to->weight_scale = g_memdup2 (quantised->weight_scale, quantised->n_channels * sizeof (float));
    }
  for (guint i = report->n_nodes; i-- > 0;)
    cut_off (in->network, quantisation, lathe_graph_get_node (in->network, report->order[i]));
  for (guint i = 1; i < report->n_nodes; i++)
    {
      guint at = report->order[i];

      pass_on (quantisation, lathe_graph_get_node (in->network, at), &report->nodes[at].input);
    }
  return quantisation;
}
