/* lathe-tflite-out.c: a trained model as a TensorFlow Lite file: what telephones and small devices run.
 *
 * The graph takes any number of images as Lathe has them, height × width × channels: the numbers that the network sees,
 * or bytes, with the preprocessing as its first operators. It gives the probability of each class. Batch norms are part
 * of the layers in front of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-tflite-out.h"

#include <glib/gi18n-lib.h>

#include "model/lathe-fold.h"
#include "model/lathe-loss.h"

static void
start (LatheTfliteOut *out, LatheProgram *program)
{
  *out = (LatheTfliteOut){
      .program = program,
      .outputs = g_hash_table_new (NULL, NULL),
      .memory = g_ptr_array_new_with_free_func (g_free),
      .tensors = g_array_new (FALSE, TRUE, sizeof (LatheTfliteTensor)),
      .operators = g_array_new (FALSE, TRUE, sizeof (LatheTfliteOperator)),
  };
  g_array_set_clear_func (out->tensors, lathe_tflite_tensor_clear);
}

static void
finish (LatheTfliteOut *out)
{
  g_hash_table_unref (out->outputs);
  g_ptr_array_unref (out->memory);
  g_array_unref (out->tensors);
  g_array_unref (out->operators);
}

/* --- In front --- */

/* From bytes to what the network sees. */
static gint32
add_preprocessing (LatheTfliteOut *out, gint32 bytes)
{
  const LatheModel *model = out->program->export->model;
  const LathePreprocess *preprocess = &model->preprocess;
  gint32 x = lathe_tflite_tensor_of (out, &out->program->nodes[0].output), channels = (gint32) preprocess->channels;

  lathe_tflite_operator (out, LATHE_TFLITE_CAST, x, bytes, G_MININT32);
  x = lathe_tflite_by (out, LATHE_TFLITE_DIV, x, 255);
  if (lathe_preprocess_get_normalisation (preprocess) == LATHE_NORMALISATION_NONE)
    return x;
  x = lathe_tflite_binary (out, LATHE_TFLITE_SUB, x,
                           lathe_tflite_constant (out, LATHE_TFLITE_FLOAT, 1, &channels, preprocess->mean));
  return lathe_tflite_binary (out, LATHE_TFLITE_DIV, x,
                              lathe_tflite_constant (out, LATHE_TFLITE_FLOAT, 1, &channels, preprocess->deviation));
}

/* Returns: the tensor of the images. */
static gint32
begin (LatheTfliteOut *out)
{
  const LatheProgramNode *first = &out->program->nodes[0];
  gboolean bytes = out->program->export->preprocesses;
  gint32 dim[LATHE_TFLITE_MAX_RANK] = {LATHE_TFLITE_BATCH}, images;

  for (guint i = 0; i < first->output.rank; i++)
    dim[i + 1] = (gint32) first->output.dim[i];
  images =
      lathe_tflite_tensor (out, "images", bytes ? LATHE_TFLITE_UINT8 : LATHE_TFLITE_FLOAT, first->output.rank + 1, dim);
  lathe_tflite_give (out, first, bytes ? add_preprocessing (out, images) : images);
  return images;
}

/* --- Behind --- */

/* One unit says how likely the second class is, and is what is left to 1 for the first. */
static gint32
add_both_classes (LatheTfliteOut *out, gint32 x)
{
  const gint32 dim[] = {LATHE_TFLITE_BATCH, 2};
  gint32 yes = lathe_tflite_unary (out, LATHE_TFLITE_LOGISTIC, x);
  gint32 no = lathe_tflite_by (out, LATHE_TFLITE_ADD, lathe_tflite_by (out, LATHE_TFLITE_MUL, yes, -1), 1);
  gint32 both = lathe_tflite_tensor (out, "probabilities", LATHE_TFLITE_FLOAT, 2, dim);

  lathe_tflite_whole (lathe_tflite_operator (out, LATHE_TFLITE_CONCATENATION, both, no, yes, G_MININT32),
                      LATHE_FLAT_INT, 0, 1);
  return both;
}

/* Returns: the tensor of the probabilities. */
static gint32
end (LatheTfliteOut *out)
{
  const LatheProgram *program = out->program;
  const LatheModel *model = program->export->model;
  const gint32 flat[] = {LATHE_TFLITE_BATCH, (gint32) program->n_units};
  gint32 x = lathe_tflite_output (out, program->nodes[program->n_nodes - 1].node);

  if (program->shape.rank > 1)
    x = lathe_tflite_reshape (out, x, G_N_ELEMENTS (flat), flat);
  if (model->temperature != 1)
    x = lathe_tflite_by (out, LATHE_TFLITE_DIV, x, (float) model->temperature);
  if (program->n_units == 1)
    return add_both_classes (out, x);
  x = lathe_tflite_activate (out, lathe_loss_link (program->n_units), 0, x);
  lathe_tflite_call (out, x, "probabilities");
  return x;
}

/* --- The whole --- */

static GBytes *
make_of (const LatheExport *export, GError **error)
{
  static const char *const nothing[] = {NULL};
  g_autoptr (LatheProgram) program = lathe_program_new (export, nothing, NULL, TRUE);
  LatheTfliteOut out;
  GBytes *bytes;
  gint32 images, probabilities;

  for (guint i = 0; i < program->n_nodes; i++)
    {
      const char *obstacle = lathe_tflite_obstacle (&program->nodes[i]);

      if (obstacle != NULL)
        return lathe_program_refuse (&program->nodes[i], obstacle, _ (lathe_export_tflite.title), error);
    }
  start (&out, program);
  images = begin (&out);
  lathe_tflite_note_bytes (&out, &program->nodes[0], 0);
  for (guint i = 1; i < program->n_nodes; i++)
    {
      guint first = out.operators->len;

      lathe_tflite_add (&out, &program->nodes[i]);
      lathe_tflite_note_bytes (&out, &program->nodes[i], first);
    }
  probabilities = end (&out);
  if (export->model->quantisation != NULL)
    lathe_tflite_turn_to_bytes (&out, &images, &probabilities);
  bytes = lathe_tflite_write (&out, images, probabilities, error);
  finish (&out);
  return bytes;
}

static GBytes *
make (const LatheExport *export, GError **error)
{
  g_autoptr (LatheModel) folded = NULL;
  LatheExport whole = *export;

  if (export->model->quantisation != NULL) /* it was folded before it was quantised */
    return make_of (export, error);
  folded = lathe_model_fold (export->model, error);
  if (folded == NULL)
    return NULL;
  whole.model = folded;
  whole.graph = folded->graph;
  return make_of (&whole, error);
}

const LatheExportFormat lathe_export_tflite = {
    .name = "tflite",
    .title = N_ ("TensorFlow Lite model"),
    .help = N_ ("What telephones and small devices run: images in, probabilities out"),
    .suffix = ".tflite",
    .needs_weights = TRUE,
    .in_bytes = TRUE,
    .make = make,
};
