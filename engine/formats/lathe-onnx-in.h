/* lathe-onnx-in.h: an ONNX graph while it is read.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-onnx-numbers.h"
#include "lathe-onnx-read.h"
#include "lathe-onnx.h"

G_BEGIN_DECLS

#define LATHE_ONNX_MAX_RANK 8

/* What whole numbers stand for: scale · (q - zero), with a scale for all, or one for each step along a dimension. */
typedef struct
{
  const float *scale; /* n of them: number i has that of i ÷ run, and after the last comes the first */
  gsize n, run;
  gint32 zero, least, most;
  gboolean rounds; /* the numbers are real ones yet, and become whole */
} LatheOnnxRounding;

/* A tensor of the file, perhaps seen under another shape, or with its two dimensions swapped. */
typedef struct
{
  const Onnx__TensorProto *tensor;
  const guint8 *raw;    /* its numbers as bytes; NULL: they are at its place, or in one of the tensor's lists */
  LatheOnnxPlace place; /* of no file: none */
  const char *flaw;     /* why its numbers cannot be read, translated; or NULL */
  guint rank;
  gint64 dim[LATHE_ONNX_MAX_RANK];
  gsize n; /* numbers in it */
  gboolean swapped;
  const LatheOnnxRounding *rounding; /* of what was quantised: its numbers are those that whole ones stand for */
} LatheOnnxConstant;

#define LATHE_ONNX_BATCH G_MININT64 /* among whole numbers that make up a shape: however many samples there are */

/* A dimension of an ONNX tensor, made of those of a layer's output, the outermost first. None is of length 1. */
typedef struct
{
  guint n;
  guint8 factor[LATHE_MAX_RANK];
} LatheOnnxAxis;

typedef enum
{
  LATHE_ONNX_UNKNOWN, /* its node was refused */
  LATHE_ONNX_CONSTANT,
  LATHE_ONNX_LAYER,
} LatheOnnxValueKind;

/* Half of something that is one layer when the other half comes. */
typedef enum
{
  LATHE_ONNX_WHOLE,
  LATHE_ONNX_GATE,       /* a sigmoid of this, which will be multiplied by it: SiLU */
  LATHE_ONNX_HARD_GATE,  /* the same of a hard sigmoid: hard swish */
  LATHE_ONNX_COMPLEMENT, /* what is left of it to 1: the first class of two */
  LATHE_ONNX_WORDS,      /* whole numbers, by which rows will be found */
  LATHE_ONNX_PADDED,     /* with a rim, which the next convolution or pooling takes */
  LATHE_ONNX_BYTES,      /* quantised, and to be dequantised */
  LATHE_ONNX_ROW,        /* all the numbers of the one sample in a row, which is about to get a shape again */
} LatheOnnxHalf;

typedef struct
{
  LatheOnnxValueKind kind;
  LatheOnnxConstant constant;

  LatheNode *node;  /* the layer */
  LatheShape shape; /* of its output */
  guint rank;       /* of the tensor, whose first dimension are the samples */
  LatheOnnxAxis axis[LATHE_ONNX_MAX_RANK];
  gboolean sole; /* one node reads it, and nothing else reads the layer */
  LatheOnnxHalf half;
  guint rim[4]; /* of LATHE_ONNX_PADDED: top, left, bottom, right */
  double rim_value;
  double last_word;          /* of LATHE_ONNX_WORDS: what larger ones are cut to; 0: they are not */
  gboolean rimmed;           /* of LATHE_ONNX_BYTES: it is LATHE_ONNX_PADDED as well */
  LatheByteScale stands_for; /* of LATHE_ONNX_BYTES: each byte */
  gboolean bytes;            /* the images as bytes; the tensor is scale · byte + offset, a channel */
  double scale[3], offset[3];
} LatheOnnxValue;

/* Where the numbers of a weight come from: number i₀, i₁, … of `dim` is number Σ i · stride of the constant, times
 * `factor`; without a constant all are `factor`. */
#define LATHE_ONNX_LOAD_RANK 5
typedef struct
{
  char *name;
  LatheOnnxConstant constant;
  gsize dim[LATHE_ONNX_LOAD_RANK], stride[LATHE_ONNX_LOAD_RANK];
  double factor;
} LatheOnnxLoad;

/* What is known of a layer in 8 bits: see LatheQuantisedNode. */
typedef struct
{
  LatheByteScale output;
  const float *weight_scale;
  guint n_channels;
} LatheOnnxQuantised;

/* A graph that no file of ONNX has: another format's, said in its words. */
typedef struct
{
  const Onnx__ModelProto *model; /* with numbers in memory alone */
  const char *format;            /* “tflite” */
  GHashTable *called;            /* (element-type Onnx__NodeProto utf8): what the format calls the operator of a node */
  gsize n_operators;             /* of the format */
  guint64 n_numbers;             /* in its constants, each counted once */
} LatheOnnxForeign;

/* How the weights of its convolutions lie: an attribute that ONNX does not have. */
#define LATHE_ONNX_FILTERS "filters"
typedef enum
{
  LATHE_ONNX_FILTERS_USUAL,         /* filters × channels × height × width; transposed, channels × filters × … */
  LATHE_ONNX_FILTERS_CHANNELS_LAST, /* filters × height × width × channels, transposed as well */
  LATHE_ONNX_FILTERS_DEPTHWISE,     /* 1 × height × width × filters */
} LatheOnnxFilters;

typedef struct
{
  const Onnx__ModelProto *model;
  const LatheOnnxForeign *foreign; /* or NULL */
  gint64 opset;
  gint64 batch;        /* samples that the graph is made for; 0: any number */
  GHashTable *values;  /* (element-type utf8 LatheOnnxValue) */
  GHashTable *readers; /* (element-type utf8 GPtrArray): the nodes that read a tensor */
  GHashTable *makers;  /* (element-type utf8 Onnx__NodeProto) */
  GHashTable *aliases; /* (element-type utf8 utf8): what stands for the views of an image, and for their mean */
  GHashTable *needed;  /* (element-type Onnx__NodeProto): what the output comes of */
  const char *result;  /* the tensor that the graph ends in */
  LatheGraph *network;
  GArray *loads;         /* (element-type LatheOnnxLoad) */
  GHashTable *quantised; /* (element-type LatheNode LatheOnnxQuantised) */
  GPtrArray *memory;     /* tensors that were made here */
  LatheOnnxNumbers numbers;
  GPtrArray *problems; /* (element-type utf8): what cannot be taken */
  guint64 n_numbers;   /* in the file's constants: layers that share one have more, and how many more is bounded */
  gsize n_scales;      /* of all nodes that have some */
  LathePreprocess preprocess;
  gboolean told;     /* the metadata says how images are prepared */
  gboolean settled;  /* the graph does */
  gboolean labelled; /* the metadata names the classes */
  double temperature;
  const Onnx__NodeProto *node; /* the one that is taken just now */
  GArray *inputs;              /* (element-type LatheOnnxValue): its own copies of what it reads */
  gboolean named;              /* a layer has its name */
  gboolean refused;            /* it was */
} LatheOnnxIn;

LatheModel *lathe_onnx_in_read_foreign (const LatheOnnxForeign *foreign, LatheImportNotes *notes, GError **error);

/* --- Nodes: lathe-onnx-in-nodes.c --- */

void lathe_onnx_in_take (LatheOnnxIn *in, const Onnx__NodeProto *node);
void lathe_onnx_in_know (LatheOnnxIn *in, const char *name, const LatheOnnxValue *value);
gboolean lathe_onnx_in_is_domain (const char *domain);
void lathe_onnx_in_refuse (LatheOnnxIn *in, const char *format, ...) G_GNUC_PRINTF (2, 3);
LatheOnnxValue *lathe_onnx_in_value (LatheOnnxIn *in, guint index);
const LatheOnnxConstant *lathe_onnx_in_constant (LatheOnnxIn *in, guint index);
void lathe_onnx_in_give (LatheOnnxIn *in, const LatheOnnxValue *value);
const Onnx__NodeProto *lathe_onnx_in_reader (LatheOnnxIn *in, const char *name);
gboolean lathe_onnx_in_is_operator (const Onnx__NodeProto *node, const char *op);
const char *lathe_onnx_in_name (LatheOnnxIn *in, const char *name);

/* --- Attributes and constants: lathe-onnx-in-constants.c --- */

gint64 lathe_onnx_in_int (LatheOnnxIn *in, const char *name, gint64 usual);
double lathe_onnx_in_float (LatheOnnxIn *in, const char *name, double usual);
gboolean lathe_onnx_in_string_is (LatheOnnxIn *in, const char *name, const char *value, const char *usual);
gboolean lathe_onnx_in_ints (LatheOnnxIn *in, const char *name, guint n, gint64 usual, gint64 least, gint64 *values);
gboolean lathe_onnx_in_has (LatheOnnxIn *in, const char *name);
gboolean lathe_onnx_in_list (LatheOnnxIn *in, const char *name, guint index, gint64 *values, guint *n);
void lathe_onnx_constant_init (LatheOnnxIn *in, LatheOnnxConstant *constant, const Onnx__TensorProto *tensor);
gsize lathe_onnx_constant_index (const LatheOnnxConstant *constant, gsize index);
gint64 lathe_onnx_constant_int (const LatheOnnxConstant *constant, gsize index);
double lathe_onnx_constant_real (const LatheOnnxConstant *constant, gsize index);
gboolean lathe_onnx_constant_is_real (const LatheOnnxConstant *constant);
void lathe_onnx_in_give_ints (LatheOnnxIn *in, guint rank, const gint64 *dims, const gint64 *values);
void lathe_onnx_in_give_constant (LatheOnnxIn *in, const LatheOnnxConstant *constant);
LatheOnnxConstant lathe_onnx_in_lay_constant (LatheOnnxIn *in, const LatheOnnxConstant *constant, guint rank,
                                              gint64 axis);

/* --- Arithmetic of shapes: lathe-onnx-in-fold.c --- */

#define LATHE_ONNX_MOST_FOLDED 64 /* numbers in a list that is worked out */

void lathe_onnx_in_fold (LatheOnnxIn *in);

/* --- Layers and how their outputs are seen: lathe-onnx-in-layout.c --- */

LatheNode *lathe_onnx_in_layer (LatheOnnxIn *in, const char *kind, gboolean named);
gboolean lathe_onnx_in_set (LatheOnnxIn *in, LatheNode *node, const char *property, double value);
gboolean lathe_onnx_in_settle (LatheOnnxIn *in, LatheOnnxValue *value);
gboolean lathe_onnx_in_connect (LatheOnnxIn *in, LatheNode *node, LatheOnnxValue *const *inputs, guint n,
                                LatheOnnxValue *output);
guint64 lathe_onnx_in_dim (const LatheOnnxValue *value, guint axis);
void lathe_onnx_in_lay (LatheOnnxValue *value, guint rank, guint channels);
gboolean lathe_onnx_in_lies (const LatheOnnxValue *value, guint channels);
gboolean lathe_onnx_in_is_alike (const LatheOnnxValue *a, const LatheOnnxValue *b);
gboolean lathe_onnx_in_is_channels (const LatheOnnxValue *value, guint axis);
gboolean lathe_onnx_in_to_image (LatheOnnxIn *in, LatheOnnxValue *value);
gboolean lathe_onnx_in_to_vector (LatheOnnxIn *in, LatheOnnxValue *value);
gboolean lathe_onnx_in_in_order (LatheOnnxIn *in, LatheOnnxValue *value);
gboolean lathe_onnx_in_axis (LatheOnnxIn *in, gint64 given, guint rank, guint *axis);

/* --- Weights: lathe-onnx-in-weights.c --- */

gboolean lathe_onnx_in_load (LatheOnnxIn *in, const LatheNode *node, const char *parameter,
                             const LatheOnnxConstant *constant, const gsize *dim, const gsize *stride, guint n,
                             double factor);
gboolean lathe_onnx_in_load_vector (LatheOnnxIn *in, const LatheNode *node, const char *parameter,
                                    const LatheOnnxConstant *constant, gsize n, double factor);
void lathe_onnx_in_fill (LatheOnnxIn *in, const LatheNode *node, const char *parameter, double value);
void lathe_onnx_load_clear (gpointer load);
void lathe_onnx_load_run (const LatheOnnxLoad *load, LatheWeight *weight);

/* --- Numbers in 8 bits: lathe-onnx-in-bytes.c --- */

void lathe_onnx_in_quantise_weights (LatheOnnxIn *in, const LatheNode *node, const LatheOnnxConstant *constant,
                                     const gsize *dim, const gsize *stride, guint n);
LatheQuantisation *lathe_onnx_in_finish_bytes (LatheOnnxIn *in, const LatheGraphReport *report);

/* --- Operators --- */

typedef struct
{
  const char *name;
  void (*take) (LatheOnnxIn *in);
} LatheOnnxOperator;

/* Each ends with a row of nothing. The first input of the operators of the first four is of a layer. */
extern const LatheOnnxOperator lathe_onnx_windows[], lathe_onnx_shapes[], lathe_onnx_elements[], lathe_onnx_layers[],
    lathe_onnx_tables[], lathe_onnx_merges[], lathe_onnx_constants[], lathe_onnx_folds[], lathe_onnx_bytes[];

LatheNode *lathe_onnx_in_add_alike (LatheOnnxIn *in, const char *kind, LatheOnnxValue *value, const char *property,
                                    double number);
gboolean lathe_onnx_in_is_by_channel (const LatheOnnxConstant *constant, const LatheOnnxValue *value);

G_END_DECLS
