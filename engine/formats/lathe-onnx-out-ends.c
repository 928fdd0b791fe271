/* lathe-onnx-out-ends.c: what comes in front of the network's layers and behind them: from an image to what the network
 * sees, and from logits to probabilities.
 *
 *     images ─ Cast ─ Div 255 ─ Sub mean ─ Div deviation ─ [views] ─ layers ─ [mean] ─ [Div temperature] ─ Softmax
 *
 * Several views of an image are so many images of one batch, the first views of all before the second ones.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-out-ends.h"

#include "model/lathe-loss.h"

/* --- In front --- */

static const char *
add_by_channel (LatheOnnxOut *out, const char *op, const char *x, const char *name, const float *values)
{
  gint64 channels = out->program->export->model->preprocess.channels;
  const char *constant =
      lathe_onnx_out_floats (out, lathe_onnx_out_name (out, name, NULL), 1, &channels, values, (gsize) channels);

  return lathe_onnx_out_result (
      lathe_onnx_out_node (out, op, lathe_onnx_out_name (out, "images", name), x, constant, NULL));
}

/* From bytes, channels last, to what the network sees. */
static const char *
add_preprocessing (LatheOnnxOut *out, const char *images)
{
  const LathePreprocess *preprocess = &out->program->export->model->preprocess;
  const char *most = lathe_onnx_out_scalar (out, lathe_onnx_out_name (out, "most", NULL), 255), *x;
  Onnx__NodeProto *cast = lathe_onnx_out_node (out, "Cast", lathe_onnx_out_name (out, images, "float"), images, NULL);

  lathe_onnx_out_int (out, cast, "to", LATHE_ONNX_FLOAT);
  x = lathe_onnx_out_result (cast);
  x = lathe_onnx_out_result (
      lathe_onnx_out_node (out, "Div", lathe_onnx_out_name (out, images, "share"), x, most, NULL));
  if (lathe_preprocess_get_normalisation (preprocess) == LATHE_NORMALISATION_NONE)
    return x;
  x = add_by_channel (out, "Sub", x, "mean", preprocess->mean);
  return add_by_channel (out, "Div", x, "deviation", preprocess->deviation);
}

/* Rows and columns from the first on to before the last, or those of a side backwards. */
static const char *
slice (LatheOnnxOut *out, const char *x, guint n, const gint64 *axes, const gint64 *first, const gint64 *behind,
       gint64 step)
{
  const gint64 steps[] = {step, step};
  const char *name = lathe_onnx_out_name (out, "view", NULL);
  const char *at = lathe_onnx_out_shape (out, lathe_onnx_out_name (out, name, "first"), n, first);
  const char *end = lathe_onnx_out_shape (out, lathe_onnx_out_name (out, name, "behind"), n, behind);
  const char *along = lathe_onnx_out_shape (out, lathe_onnx_out_name (out, name, "axes"), n, axes);
  const char *by = lathe_onnx_out_shape (out, lathe_onnx_out_name (out, name, "steps"), n, steps);

  return lathe_onnx_out_result (lathe_onnx_out_node (out, "Slice", name, x, at, end, along, by, NULL));
}

static const char *
mirror (LatheOnnxOut *out, const char *x)
{
  static const gint64 width = 2, last = -1, all = G_MININT64;

  return slice (out, x, 1, &width, &last, &all, -1);
}

/* The image one pixel up and left, and one down and right; what comes in at the edges is their mirror image. */
static void
move (LatheOnnxOut *out, const char *x, const char *moved[2])
{
  static const gint64 rim[] = {0, 1, 1, 0, 0, 1, 1, 0}, sides[] = {1, 2}, first[2][2] = {{2, 2}, {0, 0}};
  static const gint64 behind[2][2] = {{G_MAXINT64, G_MAXINT64}, {-2, -2}};
  const char *name = lathe_onnx_out_name (out, "rimmed", NULL);
  const char *pads = lathe_onnx_out_shape (out, lathe_onnx_out_name (out, name, "pads"), 8, rim);
  Onnx__NodeProto *pad = lathe_onnx_out_node (out, "Pad", name, x, pads, NULL);

  lathe_onnx_out_string (out, pad, "mode", "reflect");
  for (guint i = 0; i < 2; i++)
    moved[i] = slice (out, name, 2, sides, first[i], behind[i], 1);
}

/* The shares of the views in their mean are those of lathe-views.c. */
static const char *
add_views (LatheOnnxOut *out, const char *x, guint n)
{
  const char *views[LATHE_MOVED_VIEWS] = {x, mirror (out, x)};
  const char *name = lathe_onnx_out_name (out, LATHE_ONNX_VIEWS, NULL);
  Onnx__NodeProto *concat;

  if (n == LATHE_MOVED_VIEWS)
    {
      move (out, views[0], &views[2]);
      move (out, views[1], &views[4]);
    }
  concat = lathe_onnx_out_node_of (out, "Concat", name, views, n);
  lathe_onnx_out_int (out, concat, "axis", 0);
  return name;
}

/**
 * lathe_onnx_out_begin:
 * @images: the name of the graph's input
 *
 * Gives the input layer's output.
 */
void
lathe_onnx_out_begin (LatheOnnxOut *out, const char *images)
{
  const LatheExport *export = out->program->export;
  const char *x = export->preprocesses ? add_preprocessing (out, images) : images;

  if (export->model->preprocess.views > 1)
    x = add_views (out, x, export->model->preprocess.views);
  lathe_onnx_out_give (out, &out->program->nodes[0], LATHE_ONNX_CHANNELS_LAST, x);
}

/* --- Behind --- */

static const char *
add_mean (LatheOnnxOut *out, const char *x, guint n_views, guint n_units)
{
  static const float halves[] = {0.5f, 0.5f}, shares[] = {0.25f, 0.25f, 0.125f, 0.125f, 0.125f, 0.125f};
  const gint64 apart[] = {n_views, -1, n_units}, first = 0, dims[] = {n_views, 1, 1};
  const char *name = lathe_onnx_out_name (out, LATHE_ONNX_MEAN, NULL);
  const char *shape = lathe_onnx_out_shape (out, lathe_onnx_out_name (out, name, "shape"), 3, apart);
  const char *axes = lathe_onnx_out_shape (out, lathe_onnx_out_name (out, name, "axes"), 1, &first);
  const char *weights = lathe_onnx_out_floats (out, lathe_onnx_out_name (out, name, "shares"), 3, dims,
                                               n_views == LATHE_MOVED_VIEWS ? shares : halves, n_views);
  Onnx__NodeProto *sum;

  x = lathe_onnx_out_result (
      lathe_onnx_out_node (out, "Reshape", lathe_onnx_out_name (out, name, "views"), x, shape, NULL));
  x = lathe_onnx_out_result (
      lathe_onnx_out_node (out, "Mul", lathe_onnx_out_name (out, name, "weighed"), x, weights, NULL));
  sum = lathe_onnx_out_node (out, "ReduceSum", name, x, axes, NULL);
  lathe_onnx_out_int (out, sum, "keepdims", 0);
  return name;
}

/* One unit says how likely the second class is, and is what is left to 1 for the first. */
static void
add_both_classes (LatheOnnxOut *out, const char *x, const char *probabilities)
{
  const char *yes = lathe_onnx_out_result (
      lathe_onnx_out_node (out, "Sigmoid", lathe_onnx_out_name (out, probabilities, "second"), x, NULL));
  const char *one = lathe_onnx_out_scalar (out, lathe_onnx_out_name (out, "one", NULL), 1);
  const char *no = lathe_onnx_out_result (
      lathe_onnx_out_node (out, "Sub", lathe_onnx_out_name (out, probabilities, "first"), one, yes, NULL));
  Onnx__NodeProto *both = lathe_onnx_out_node (out, "Concat", probabilities, no, yes, NULL);

  lathe_onnx_out_int (out, both, "axis", 1);
}

/**
 * lathe_onnx_out_end:
 * @probabilities: the name of the graph's output, which comes of what the last layer gives
 */
void
lathe_onnx_out_end (LatheOnnxOut *out, const char *probabilities)
{
  const LatheProgram *program = out->program;
  const LatheModel *model = program->export->model;
  LatheOnnxOutput *last = g_hash_table_lookup (out->outputs, program->nodes[program->n_nodes - 1].node);
  const char *x = lathe_onnx_out_in_order (out, last), *temperature;

  if (program->shape.rank > 1)
    x = lathe_onnx_out_result (
        lathe_onnx_out_node (out, "Flatten", lathe_onnx_out_name (out, "logits", NULL), x, NULL));
  if (model->preprocess.views > 1)
    x = add_mean (out, x, model->preprocess.views, program->n_units);
  if (model->temperature != 1)
    {
      temperature =
          lathe_onnx_out_scalar (out, lathe_onnx_out_name (out, "temperature", NULL), (float) model->temperature);
      x = lathe_onnx_out_result (
          lathe_onnx_out_node (out, "Div", lathe_onnx_out_name (out, "cooled", NULL), x, temperature, NULL));
    }
  if (program->n_units == 1)
    add_both_classes (out, x, probabilities);
  else
    lathe_onnx_out_activate (out, lathe_loss_link (program->n_units), 0, x, probabilities, 1);
}
