/* lathe-onnx-out.h: an ONNX graph while it is written.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-onnx.h"
#include "lathe-program.h"

G_BEGIN_DECLS

extern const LatheExportFormat lathe_export_onnx;

/* ONNX has the channels of an image in front of its pixels, Lathe has them behind. */
typedef enum
{
  LATHE_ONNX_CHANNELS_LAST,
  LATHE_ONNX_CHANNELS_FIRST,
  LATHE_ONNX_N_LAYOUTS
} LatheOnnxLayout;

/* What a layer gives. An image has a name in each layout that it was asked for in; all else has one name for both. */
typedef struct
{
  const char *name[LATHE_ONNX_N_LAYOUTS];
  LatheShape flattened; /* of rank 3: a vector whose numbers are still in the order of such an image, channels first */
} LatheOnnxOutput;

typedef struct
{
  LatheProgram *program;
  GHashTable *weights;  /* (element-type utf8 LatheWeight) */
  GHashTable *outputs;  /* (element-type LatheNode LatheOnnxOutput) */
  GHashTable *names;    /* of tensors and nodes, each of which is there once */
  GPtrArray *memory;    /* whatever the messages are made of */
  GPtrArray *nodes;     /* (element-type Onnx__NodeProto) */
  GPtrArray *constants; /* (element-type Onnx__TensorProto) */
  gint64 opset;         /* the lowest that has all operators so far */
} LatheOnnxOut;

/* --- Parts: lathe-onnx-out-parts.c --- */

gpointer lathe_onnx_out_keep (LatheOnnxOut *out, gpointer memory);
const char *lathe_onnx_out_name (LatheOnnxOut *out, const char *first, const char *second);
Onnx__NodeProto *lathe_onnx_out_node (LatheOnnxOut *out, const char *op, const char *name, ...) G_GNUC_NULL_TERMINATED;
Onnx__NodeProto *lathe_onnx_out_node_of (LatheOnnxOut *out, const char *op, const char *name, const char *const *inputs,
                                         guint n_inputs);
const char *lathe_onnx_out_result (const Onnx__NodeProto *node);
void lathe_onnx_out_int (LatheOnnxOut *out, Onnx__NodeProto *node, const char *name, gint64 value);
void lathe_onnx_out_float (LatheOnnxOut *out, Onnx__NodeProto *node, const char *name, double value);
void lathe_onnx_out_string (LatheOnnxOut *out, Onnx__NodeProto *node, const char *name, const char *value);
void lathe_onnx_out_ints (LatheOnnxOut *out, Onnx__NodeProto *node, const char *name, guint n, const gint64 *values);
const char *lathe_onnx_out_constant (LatheOnnxOut *out, const char *name, gint32 type, guint rank, const gint64 *dims,
                                     const void *data, gsize bytes);
const char *lathe_onnx_out_floats (LatheOnnxOut *out, const char *name, guint rank, const gint64 *dims,
                                   const float *values, gsize n);
const char *lathe_onnx_out_scalar (LatheOnnxOut *out, const char *name, float value);
const char *lathe_onnx_out_shape (LatheOnnxOut *out, const char *name, guint n, const gint64 *values);

/* --- What layers give and have --- */

LatheOnnxOutput *lathe_onnx_out_input (LatheOnnxOut *out, const LatheProgramNode *node, guint index);
const char *lathe_onnx_out_in (LatheOnnxOut *out, LatheOnnxOutput *output, LatheOnnxLayout layout);
const char *lathe_onnx_out_in_order (LatheOnnxOut *out, LatheOnnxOutput *output);
LatheOnnxLayout lathe_onnx_out_layout (const LatheOnnxOutput *output);
const LatheWeight *lathe_onnx_out_weight (LatheOnnxOut *out, const LatheProgramNode *node, const char *parameter);
const char *lathe_onnx_out_vector (LatheOnnxOut *out, const LatheProgramNode *node, const char *parameter,
                                   const LatheOnnxOutput *along, guint n_behind);
void lathe_onnx_out_give (LatheOnnxOut *out, const LatheProgramNode *node, LatheOnnxLayout layout, const char *name);
const char *lathe_onnx_out_activate (LatheOnnxOut *out, LatheActivation activation, double parameter, const char *x,
                                     const char *name, gint64 channels);

/* --- Numbers in 8 bits: lathe-onnx-out-bytes.c --- */

const char *lathe_onnx_out_weights (LatheOnnxOut *out, const LatheProgramNode *node, const char *name, guint rank,
                                    const gint64 *dims, guint axis, const float *values, gsize n);
const char *lathe_onnx_out_bias (LatheOnnxOut *out, const LatheProgramNode *node, const LatheOnnxOutput *along);
void lathe_onnx_out_round (LatheOnnxOut *out, const LatheProgramNode *node);

/* --- Layers: lathe-onnx-out-layers.c, lathe-onnx-out-windows.c --- */

const char *lathe_onnx_out_obstacle (const LatheProgramNode *node);
void lathe_onnx_out_add (LatheOnnxOut *out, const LatheProgramNode *node);
void lathe_onnx_out_add_conv2d (LatheOnnxOut *out, const LatheProgramNode *node);
void lathe_onnx_out_add_transposed_conv2d (LatheOnnxOut *out, const LatheProgramNode *node);
void lathe_onnx_out_add_max_pool (LatheOnnxOut *out, const LatheProgramNode *node);
void lathe_onnx_out_add_average_pool (LatheOnnxOut *out, const LatheProgramNode *node);
void lathe_onnx_out_add_up_sampling (LatheOnnxOut *out, const LatheProgramNode *node);

G_END_DECLS
