/* lathe-tflite-out.h: a TensorFlow Lite graph while it is written.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-flat.h"
#include "lathe-program.h"
#include "lathe-tflite.h"

G_BEGIN_DECLS

extern const LatheExportFormat lathe_export_tflite;

#define LATHE_TFLITE_MAX_RANK 5
#define LATHE_TFLITE_MAX_OPTIONS 8
#define LATHE_TFLITE_BATCH (-1) /* a dimension that is any number of samples */

typedef struct
{
  char *name;
  LatheTfliteType type;
  guint rank;
  gint32 dim[LATHE_TFLITE_MAX_RANK];
  const void *data; /* of a constant; must outlive the graph */
  gsize size;       /* bytes of it */

  /* What whole numbers stand for: scale · (number - zero), or of weights a scale for each place along an axis. */
  float scale; /* of a tensor of a layer that the model has in bytes; 0: it has it in real numbers */
  gint32 zero;
  const float *scales; /* or NULL; must outlive the graph */
  guint n_scales, axis;
} LatheTfliteTensor;

typedef struct
{
  LatheTfliteOp op;
  guint n_inputs;
  gint32 inputs[LATHE_MAX_INPUTS], output;
  guint n_options;
  LatheFlatField options[LATHE_TFLITE_MAX_OPTIONS];
  const LatheQuantisedNode *quantised; /* of the layer that it belongs to; NULL: the model is not in 8 bits */
} LatheTfliteOperator;

typedef struct
{
  LatheProgram *program;
  GHashTable *outputs; /* (element-type LatheNode gint): the tensor that a layer gives, and 1 */
  GPtrArray *memory;   /* what constants are made of */
  GArray *tensors;     /* (element-type LatheTfliteTensor) */
  GArray *operators;   /* (element-type LatheTfliteOperator), in the order in which they run */
} LatheTfliteOut;

/* --- Parts: lathe-tflite-out-parts.c --- */

void lathe_tflite_tensor_clear (gpointer tensor);
void lathe_tflite_call (LatheTfliteOut *out, gint32 tensor, const char *name);
gpointer lathe_tflite_keep (LatheTfliteOut *out, gpointer memory);
gint32 lathe_tflite_constant (LatheTfliteOut *out, LatheTfliteType type, guint rank, const gint32 *dim,
                              const void *data);
gint32 lathe_tflite_ints (LatheTfliteOut *out, guint n, const gint32 *values);
gint32 lathe_tflite_scalar (LatheTfliteOut *out, float value);
gint32 lathe_tflite_vector (LatheTfliteOut *out, const LatheProgramNode *node, const char *parameter);
gint32 lathe_tflite_tensor (LatheTfliteOut *out, const char *name, LatheTfliteType type, guint rank, const gint32 *dim);
gint32 lathe_tflite_tensor_of (LatheTfliteOut *out, const LatheShape *shape);
gint32 lathe_tflite_like (LatheTfliteOut *out, gint32 tensor);
LatheTfliteOperator *lathe_tflite_operator (LatheTfliteOut *out, LatheTfliteOp op, gint32 output, ...);
void lathe_tflite_whole (LatheTfliteOperator *step, LatheFlatType type, guint slot, gint32 value);
void lathe_tflite_real (LatheTfliteOperator *step, guint slot, float value);
gint32 lathe_tflite_unary (LatheTfliteOut *out, LatheTfliteOp op, gint32 x);
gint32 lathe_tflite_binary (LatheTfliteOut *out, LatheTfliteOp op, gint32 x, gint32 y);
gint32 lathe_tflite_by (LatheTfliteOut *out, LatheTfliteOp op, gint32 x, float value);
gint32 lathe_tflite_mean (LatheTfliteOut *out, LatheTfliteOp op, gint32 x, gint32 output, guint n, const gint32 *axes,
                          gboolean keep);
gint32 lathe_tflite_reshape (LatheTfliteOut *out, gint32 x, guint rank, const gint32 *dim);
gint32 lathe_tflite_activate (LatheTfliteOut *out, LatheActivation activation, double parameter, gint32 x);
LatheTfliteFused lathe_tflite_fuse (LatheActivation *activation);

gint32 lathe_tflite_output (const LatheTfliteOut *out, const LatheNode *node);
gint32 lathe_tflite_input (const LatheTfliteOut *out, const LatheProgramNode *node, guint index);
void lathe_tflite_give (LatheTfliteOut *out, const LatheProgramNode *node, gint32 tensor);

/* --- Layers: lathe-tflite-out-layers.c, lathe-tflite-out-windows.c --- */

const char *lathe_tflite_obstacle (const LatheProgramNode *node);
void lathe_tflite_add (LatheTfliteOut *out, const LatheProgramNode *node);
void lathe_tflite_add_conv2d (LatheTfliteOut *out, const LatheProgramNode *node);
void lathe_tflite_add_transposed_conv2d (LatheTfliteOut *out, const LatheProgramNode *node);
void lathe_tflite_add_max_pool (LatheTfliteOut *out, const LatheProgramNode *node);
void lathe_tflite_add_average_pool (LatheTfliteOut *out, const LatheProgramNode *node);
void lathe_tflite_add_up_sampling (LatheTfliteOut *out, const LatheProgramNode *node);
const char *lathe_tflite_window_obstacle (const LatheProgramNode *node);

/* --- Numbers in 8 bits: lathe-tflite-out-bytes.c --- */

void lathe_tflite_note_bytes (LatheTfliteOut *out, const LatheProgramNode *node, guint first);
void lathe_tflite_turn_to_bytes (LatheTfliteOut *out, gint32 *images, gint32 *probabilities);

/* --- The file: lathe-tflite-file.c --- */

GBytes *lathe_tflite_write (const LatheTfliteOut *out, gint32 input, gint32 output, GError **error);

G_END_DECLS
