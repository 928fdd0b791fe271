/* lathe-tflite-in.h: a TensorFlow Lite file while it is read.
 *
 * Each of its operators is said in the words of ONNX, by nodes that are made here and never written: what then becomes
 * of them is told in lathe-onnx-in.c. TensorFlow Lite has the channels of an image behind, ONNX in front. Where an
 * operator needs them in front, a Transpose goes before it and another one behind; to the reader of ONNX those but
 * change how a tensor is seen. Of a tensor that is there in both ways each who reads it takes the one that suits, and
 * nodes that nobody reads are passed over.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-flat-in.h"
#include "lathe-onnx.h"
#include "lathe-tflite.h"

G_BEGIN_DECLS

#define LATHE_TFLITE_IN_RANK 8
#define LATHE_TFLITE_IN_ROOM ((gsize) 24 << 20) /* bytes that nodes may take */

typedef struct
{
  char *name; /* or NULL */
  LatheTfliteType type;
  guint rank;
  gint32 dim[LATHE_TFLITE_IN_RANK];
  const guint8 *data; /* of a constant; NULL: an operator gives it */
  gsize size;         /* bytes of it */
  gboolean sparse;

  /* What whole numbers stand for: see LatheTfliteTensor. */
  LatheFlatVector scales, zeros;
  gint32 axis;

  gint32 maker; /* the operator that gives it; -1: none */
  guint n_readers;
  gint32 reader; /* the last one of them */

  /* What it is called among the nodes, as soon as it is there: as it is, and with its channels in front. */
  const char *behind, *front;
} LatheTfliteInTensor;

typedef struct
{
  LatheTfliteOp op;
  char *custom; /* what one is called that is not of TensorFlow Lite; or NULL */
  LatheFlatVector inputs, outputs;
  LatheFlatTable options;
} LatheTfliteInOperator;

typedef struct
{
  LatheFlat flat;
  GPtrArray *memory; /* blocks, of all that is made here */
  guint8 *free;      /* in the last block */
  gsize n_free;      /* bytes there */
  gsize used;        /* bytes of all blocks */

  LatheTfliteInTensor *tensors;
  LatheTfliteInOperator *operators;
  guint n_tensors, n_operators;
  gint32 input, output;
  char *labels, *preprocessing; /* of the metadata; or NULL */
  guint64 n_numbers;            /* in constants, each counted once */

  const LatheTfliteInOperator *step; /* the one that is said just now */
  guint n_fresh;                     /* names that were made up */
  gsize n_zeros;                     /* that were looked at, of all tensors */
  GPtrArray *nodes;                  /* (element-type Onnx__NodeProto) */
  GPtrArray *constants;              /* (element-type Onnx__TensorProto) */
  GHashTable *called;                /* (element-type Onnx__NodeProto utf8): of which operator a node is */
} LatheTfliteIn;

/* --- The file: lathe-tflite-in-file.c --- */

gpointer lathe_tflite_in_take (LatheTfliteIn *in, gsize size);
gboolean lathe_tflite_in_open (LatheTfliteIn *in, GError **error);
const char *lathe_tflite_in_title (const LatheTfliteInOperator *step);

/* --- Nodes: lathe-tflite-in-nodes.c --- */

Onnx__NodeProto *lathe_tflite_in_node (LatheTfliteIn *in, const char *op, const char *output,
                                       ...) G_GNUC_NULL_TERMINATED;
const char *lathe_tflite_in_fresh (LatheTfliteIn *in);
void lathe_tflite_in_int (LatheTfliteIn *in, Onnx__NodeProto *node, const char *name, gint64 value);
void lathe_tflite_in_float (LatheTfliteIn *in, Onnx__NodeProto *node, const char *name, float value);
void lathe_tflite_in_text (LatheTfliteIn *in, Onnx__NodeProto *node, const char *name, const char *value);
void lathe_tflite_in_ints (LatheTfliteIn *in, Onnx__NodeProto *node, const char *name, guint n, const gint64 *values);
const char *lathe_tflite_in_constant (LatheTfliteIn *in, gint32 type, guint n, const void *data);
const char *lathe_tflite_in_fill (LatheTfliteIn *in, guint n, float value);
void lathe_tflite_in_name (LatheTfliteIn *in, Onnx__NodeProto *node);

gint32 lathe_tflite_in_input (const LatheTfliteInOperator *step, guint index);
LatheTfliteInTensor *lathe_tflite_in_tensor (LatheTfliteIn *in, gint32 index);
LatheTfliteInTensor *lathe_tflite_in_of (LatheTfliteIn *in, guint index);
LatheTfliteInTensor *lathe_tflite_in_result (LatheTfliteIn *in);
const char *lathe_tflite_in_behind (LatheTfliteIn *in, gint32 tensor);
const char *lathe_tflite_in_front (LatheTfliteIn *in, gint32 tensor);
void lathe_tflite_in_give_behind (LatheTfliteIn *in, const char *name, LatheTfliteFused fused);
void lathe_tflite_in_give_front (LatheTfliteIn *in, const char *name, LatheTfliteFused fused);
void lathe_tflite_in_give_as (LatheTfliteIn *in, gint32 tensor);
const char *lathe_tflite_in_round (LatheTfliteIn *in, const LatheTfliteInTensor *tensor, const char *name);
void lathe_tflite_in_refuse (LatheTfliteIn *in);

/* --- What lies in front of an operator: lathe-tflite-in-patterns.c --- */

const LatheTfliteInOperator *lathe_tflite_in_maker (LatheTfliteIn *in, gint32 tensor, LatheTfliteOp op);
gboolean lathe_tflite_in_list (LatheTfliteIn *in, gint32 tensor, guint most, gint64 *values, guint *n);
gboolean lathe_tflite_in_number (LatheTfliteIn *in, gint32 tensor, double *value);
gboolean lathe_tflite_in_with_number (LatheTfliteIn *in, const LatheTfliteInOperator *step, gint32 *x, double *value);
gboolean lathe_tflite_in_find_activation (LatheTfliteIn *in);
gboolean lathe_tflite_in_find_norm (LatheTfliteIn *in);

/* --- Operators: lathe-tflite-in-windows.c, lathe-tflite-in-operators.c --- */

typedef struct
{
  LatheTfliteOp op;
  void (*say) (LatheTfliteIn *in);
} LatheTfliteInRow;

/* Each ends with a row of nothing. */
extern const LatheTfliteInRow lathe_tflite_in_windows[], lathe_tflite_in_operators[];

G_END_DECLS
