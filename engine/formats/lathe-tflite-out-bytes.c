/* lathe-tflite-out-bytes.c: a graph in real numbers made one in 8 bits, where its model is one.
 *
 * An operator whose inputs and output the model has in bytes works on bytes; around every other one bytes are turned
 * into real numbers and back. TensorFlow Lite's bytes go from -128 to 127, Lathe's from 0 to 255: what a byte stands
 * for is the same, and its zero is 128 less. (“TensorFlow Lite 8-bit quantization specification”.)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "lathe-tflite-out.h"

#define SHIFT 128
#define UNKNOWN (-1)

/* Which operators know bytes, and what they ask for. */
typedef struct
{
  LatheTfliteOp op;
  guint n_data;    /* inputs that are bytes; the others are constants */
  gboolean weighs; /* the second input is weights, and the third their bias */
  guint axis;      /* of the weights' output channels */
  gboolean passes; /* its output has the scale of its input */
} Row;

static const Row rows[] = {
    {LATHE_TFLITE_CONV, .n_data = 1, .weighs = TRUE, .axis = 0},
    {LATHE_TFLITE_DEPTHWISE_CONV, .n_data = 1, .weighs = TRUE, .axis = 3},
    {LATHE_TFLITE_FULLY_CONNECTED, .n_data = 1, .weighs = TRUE, .axis = 0},
    {LATHE_TFLITE_ADD, .n_data = 2},
    {LATHE_TFLITE_MEAN, .n_data = 1},
    {LATHE_TFLITE_RELU, .n_data = 1},
    {LATHE_TFLITE_RELU6, .n_data = 1},
    {LATHE_TFLITE_MAX_POOL, .n_data = 1, .passes = TRUE},
    {LATHE_TFLITE_AVERAGE_POOL, .n_data = 1, .passes = TRUE},
    {LATHE_TFLITE_RESHAPE, .n_data = 1, .passes = TRUE},
    {LATHE_TFLITE_PAD, .n_data = 1, .passes = TRUE},
};

/* A graph while it is made anew. */
typedef struct
{
  LatheTfliteOut *out;
  GArray *operators; /* (element-type LatheTfliteOperator): the new ones */
  GArray *real;      /* (element-type gint32): where a tensor's real numbers are, as those that come next see them */
  GArray *bytes;     /* (element-type gint32): and its bytes */
} Pass;

static LatheTfliteTensor *
tensor_at (Pass *pass, gint32 index)
{
  return &g_array_index (pass->out->tensors, LatheTfliteTensor, index);
}

static gboolean
is_constant (Pass *pass, gint32 index)
{
  return index == LATHE_TFLITE_NONE || tensor_at (pass, index)->data != NULL;
}

static const Row *
find_row (LatheTfliteOp op)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].op == op)
      return &rows[i];
  return NULL;
}

/* --- From one to the other --- */

static void
convert (Pass *pass, LatheTfliteOp op, gint32 from, gint32 to)
{
  LatheTfliteOperator step = {.op = op, .n_inputs = 1, .inputs = {from}, .output = to};

  g_array_append_val (pass->operators, step);
}

/* A tensor of bytes, of the size of another and of a scale. */
static gint32
add_bytes (Pass *pass, gint32 like, float scale, gint32 zero)
{
  gint32 bytes = lathe_tflite_like (pass->out, like);
  LatheTfliteTensor *tensor = tensor_at (pass, bytes);

  tensor->type = LATHE_TFLITE_INT8;
  tensor->scale = scale;
  tensor->zero = zero;
  return bytes;
}

static gint32
bytes_of (Pass *pass, gint32 index)
{
  gint32 *bytes = &g_array_index (pass->bytes, gint32, index);
  gint32 made;

  if (*bytes != UNKNOWN)
    return *bytes;
  made = add_bytes (pass, index, tensor_at (pass, index)->scale, tensor_at (pass, index)->zero);
  convert (pass, LATHE_TFLITE_QUANTISE, g_array_index (pass->real, gint32, index), made);
  return *bytes = made;
}

static gint32
real_of (Pass *pass, gint32 index)
{
  gint32 *real = &g_array_index (pass->real, gint32, index);
  gint32 made;

  if (*real != UNKNOWN)
    return *real;
  made = lathe_tflite_like (pass->out, index);
  tensor_at (pass, made)->scale = 0;
  convert (pass, LATHE_TFLITE_DEQUANTISE, g_array_index (pass->bytes, gint32, index), made);
  return *real = made;
}

/* --- Weights --- */

static gint32
add_weights (Pass *pass, const LatheTfliteOperator *step, const Row *row)
{
  const LatheTfliteTensor weights = *tensor_at (pass, step->inputs[1]);
  const float *real = weights.data, *scales = step->quantised->weight_scale;
  gsize n = weights.size / sizeof *real, channels = (gsize) weights.dim[row->axis];
  gsize run = row->axis == 0 ? n / channels : 1;
  gint8 *bytes = lathe_tflite_keep (pass->out, g_new (gint8, n));
  LatheTfliteTensor *tensor;
  gint32 index;

  for (gsize i = 0; i < n; i++)
    bytes[i] = (gint8) rintf (real[i] / scales[i / run % channels]);
  index = lathe_tflite_constant (pass->out, LATHE_TFLITE_INT8, weights.rank, weights.dim, bytes);
  tensor = tensor_at (pass, index);
  tensor->scales = lathe_tflite_keep (pass->out, g_memdup2 (scales, channels * sizeof *scales));
  tensor->n_scales = (guint) channels;
  tensor->axis = row->axis;
  return index;
}

/* Its scale is that of the sums that it is added to. */
static gint32
add_bias (Pass *pass, const LatheTfliteOperator *step, float input_scale)
{
  const LatheTfliteTensor bias = *tensor_at (pass, step->inputs[2]);
  const float *real = bias.data;
  gint32 *words = lathe_tflite_keep (pass->out, g_new (gint32, bias.dim[0]));
  float *scales = lathe_tflite_keep (pass->out, g_new (float, bias.dim[0]));
  LatheTfliteTensor *tensor;
  gint32 index;

  for (gint32 c = 0; c < bias.dim[0]; c++)
    {
      double product = (double) input_scale * (double) step->quantised->weight_scale[c];

      words[c] = lathe_byte_bias ((double) real[c], product);
      scales[c] = (float) product;
    }
  index = lathe_tflite_constant (pass->out, LATHE_TFLITE_INT32, 1, bias.dim, words);
  tensor = tensor_at (pass, index);
  tensor->scales = scales;
  tensor->n_scales = (guint) bias.dim[0];
  return index;
}

/* --- Operators --- */

/* What lies between two operators of a layer, such as an image that was padded, has the scale of what it came of. */
static void
pass_scale_on (Pass *pass, const LatheTfliteOperator *step)
{
  LatheTfliteTensor *to = tensor_at (pass, step->output);

  if (step->op == LATHE_TFLITE_PAD && to->scale == 0)
    {
      to->scale = tensor_at (pass, step->inputs[0])->scale;
      to->zero = tensor_at (pass, step->inputs[0])->zero;
    }
}

static gboolean
takes_bytes (Pass *pass, const LatheTfliteOperator *step, const Row *row)
{
  if (row == NULL || step->quantised == NULL || tensor_at (pass, step->output)->scale == 0 ||
      (row->weighs && step->quantised->weight_scale == NULL))
    return FALSE;
  for (guint i = 0; i < row->n_data; i++)
    if (is_constant (pass, step->inputs[i]) || tensor_at (pass, step->inputs[i])->scale == 0)
      return FALSE;
  return TRUE;
}

static void
add_in_bytes (Pass *pass, LatheTfliteOperator step, const Row *row)
{
  const LatheTfliteTensor from = *tensor_at (pass, step.inputs[0]), to = *tensor_at (pass, step.output);
  gboolean rescales = row->passes && (from.scale != to.scale || from.zero != to.zero);
  gint32 output = add_bytes (pass, step.output, to.scale, to.zero), index = step.output;

  for (guint i = 0; i < row->n_data; i++)
    step.inputs[i] = bytes_of (pass, step.inputs[i]);
  if (row->weighs)
    {
      step.inputs[1] = add_weights (pass, &step, row);
      if (step.inputs[2] != LATHE_TFLITE_NONE)
        step.inputs[2] = add_bias (pass, &step, from.scale);
    }
  step.output = rescales ? add_bytes (pass, output, from.scale, from.zero) : output;
  g_array_append_val (pass->operators, step);
  if (rescales)
    convert (pass, LATHE_TFLITE_QUANTISE, step.output, output);
  g_array_index (pass->bytes, gint32, index) = output;
  g_array_index (pass->real, gint32, index) = UNKNOWN;
}

/* What comes next sees its output as bytes stand for it, where the model has it so. */
static void
add_in_real (Pass *pass, LatheTfliteOperator step)
{
  for (guint i = 0; i < step.n_inputs; i++)
    if (!is_constant (pass, step.inputs[i]))
      step.inputs[i] = real_of (pass, step.inputs[i]);
  g_array_append_val (pass->operators, step);
  if (tensor_at (pass, step.output)->scale == 0)
    return;
  bytes_of (pass, step.output);
  g_array_index (pass->real, gint32, step.output) = UNKNOWN;
}

/**
 * lathe_tflite_note_bytes:
 * @first: the operators from this one on are the layer's
 *
 * Notes what the model has of a layer in bytes, after the layer was added.
 */
void
lathe_tflite_note_bytes (LatheTfliteOut *out, const LatheProgramNode *node, guint first)
{
  const LatheQuantisation *quantisation = out->program->export->model->quantisation;
  const LatheQuantisedNode *quantised;
  LatheTfliteTensor *tensor;

  if (quantisation == NULL || node->left_out)
    return;
  quantised = &quantisation->nodes[node->node->index];
  for (guint i = first; i < out->operators->len; i++)
    g_array_index (out->operators, LatheTfliteOperator, i).quantised = quantised;
  tensor = &g_array_index (out->tensors, LatheTfliteTensor, lathe_tflite_output (out, node->node));
  if (tensor->scale != 0)
    return;
  tensor->scale = quantised->output.scale;
  tensor->zero = (gint32) quantised->output.zero - SHIFT;
}

/* Of those that no operator reads or writes any longer none is left, and the others move up. */
static void
drop_unused (LatheTfliteOut *out, gint32 *images, gint32 *probabilities)
{
  guint n = out->tensors->len;
  g_autofree gint32 *moved = g_new (gint32, n);
  GArray *kept = g_array_new (FALSE, TRUE, sizeof (LatheTfliteTensor));

  for (guint i = 0; i < n; i++)
    moved[i] = UNKNOWN;
  moved[*images] = 0;
  for (guint i = 0; i < out->operators->len; i++)
    {
      const LatheTfliteOperator *step = &g_array_index (out->operators, LatheTfliteOperator, i);

      moved[step->output] = 0;
      for (guint j = 0; j < step->n_inputs; j++)
        if (step->inputs[j] != LATHE_TFLITE_NONE)
          moved[step->inputs[j]] = 0;
    }
  for (guint i = 0; i < n; i++)
    {
      LatheTfliteTensor *tensor = &g_array_index (out->tensors, LatheTfliteTensor, i);

      if (moved[i] == UNKNOWN)
        continue;
      moved[i] = (gint32) kept->len;
      g_array_append_val (kept, *tensor);
      tensor->name = NULL;
    }
  for (guint i = 0; i < out->operators->len; i++)
    {
      LatheTfliteOperator *step = &g_array_index (out->operators, LatheTfliteOperator, i);

      step->output = moved[step->output];
      for (guint j = 0; j < step->n_inputs; j++)
        if (step->inputs[j] != LATHE_TFLITE_NONE)
          step->inputs[j] = moved[step->inputs[j]];
    }
  *images = moved[*images];
  *probabilities = moved[*probabilities];
  g_array_set_clear_func (kept, lathe_tflite_tensor_clear);
  g_array_unref (out->tensors);
  out->tensors = kept;
}

/**
 * lathe_tflite_turn_to_bytes:
 * @images: (inout): the graph's input
 * @probabilities: (inout): its output
 *
 * Makes the graph of a model in 8 bits anew, in bytes where they were noted.
 */
void
lathe_tflite_turn_to_bytes (LatheTfliteOut *out, gint32 *images, gint32 *probabilities)
{
  Pass pass = {
      .out = out,
      .operators = g_array_new (FALSE, TRUE, sizeof (LatheTfliteOperator)),
      .real = g_array_new (FALSE, FALSE, sizeof (gint32)),
      .bytes = g_array_new (FALSE, FALSE, sizeof (gint32)),
  };
  const gint32 unknown = UNKNOWN;

  for (gint32 i = 0; i < (gint32) out->tensors->len; i++)
    {
      g_array_append_val (pass.real, i);
      g_array_append_val (pass.bytes, unknown);
    }
  if (tensor_at (&pass, *images)->scale != 0)
    {
      bytes_of (&pass, *images);
      g_array_index (pass.real, gint32, *images) = UNKNOWN;
    }
  for (guint i = 0; i < out->operators->len; i++)
    {
      const LatheTfliteOperator step = g_array_index (out->operators, LatheTfliteOperator, i);
      const Row *row = find_row (step.op);

      pass_scale_on (&pass, &step);
      if (takes_bytes (&pass, &step, row))
        add_in_bytes (&pass, step, row);
      else
        add_in_real (&pass, step);
    }
  g_array_unref (out->operators);
  out->operators = pass.operators;
  g_array_unref (pass.real);
  g_array_unref (pass.bytes);
  drop_unused (out, images, probabilities);
}
