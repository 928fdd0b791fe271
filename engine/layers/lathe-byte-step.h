/* lathe-byte-step.h: a layer as a network in 8 bits runs it: see kernels/lathe-bytes.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-activation.h"
#include "lathe-step.h"

G_BEGIN_DECLS

/* A byte q stands for scale · (q - zero). A scale of 0: numbers are not in bytes. */
typedef struct
{
  float scale;
  gint32 zero;
} LatheByteScale;

typedef struct _LatheByteStep LatheByteStep;

/**
 * LatheByteKind:
 *
 * A kind of layer that there is in 8 bits. Its memory is that of the step: plan() asks for it, and prepare() fills what
 * is prepared, as of a layer in real numbers.
 */
typedef struct
{
  const LatheLayerKind *kind;
  gboolean weighs; /* has weights; its output may be real numbers, where nobody reads it as bytes */
  gboolean same;   /* bytes of the output mean what those of the input do */
  /* (nullable): whether it can, of these shapes; NULL: always, of one input */
  gboolean (*can) (const LatheProperties *properties, const LatheShape *input, guint n_inputs);
  void (*plan) (LatheByteStep *bytes);    /* may be NULL */
  void (*prepare) (LatheByteStep *bytes); /* may be NULL */
  void (*forward) (LatheByteStep *bytes); /* NULL: the output is the input */
} LatheByteKind;

#define LATHE_BYTE_MAX_INPUTS 2

struct _LatheByteStep
{
  const LatheByteKind *kind;
  LatheStep *step;
  LatheByteScale from[LATHE_BYTE_MAX_INPUTS], to;
  const float *weight_scale; /* one an output channel; of a kind that weighs */
  gint32 least, most;        /* of y, as far as the activation lets it */
  const guint8 *x[LATHE_BYTE_MAX_INPUTS];
  guint8 *y;
  gboolean real; /* step->y is written, and not y */
};

const LatheByteKind *lathe_byte_kind_find (const LatheLayerKind *kind);
gboolean lathe_byte_kind_can (const LatheByteKind *kind, const LatheProperties *properties, const LatheShape *input,
                              guint n_inputs);
gboolean lathe_byte_clamps (LatheActivation activation);
LatheActivation lathe_byte_activation (const LatheStep *step);
void lathe_byte_step_init (LatheByteStep *bytes);
gboolean lathe_byte_step_is_identity (const LatheByteStep *bytes);
gint32 lathe_byte_bias (double bias, double scale);

/* --- What layers that weigh have in common --- */

/* How their weights lie: see kernels/lathe-bytes.h. Those of a depthwise convolution are as deep as it has taps, of
 * which each column of the kernel has `down`: its `height`, or some more, which are zeros. */
typedef struct
{
  guint groups, columns; /* of one group */
  guint segments, depth;
  gboolean depthwise;
  guint down, height;
} LatheByteLayout;

/* In the step's prepared memory, in this order; each of all groups. */
typedef struct
{
  gint8 *w;
  gint32 *bias;
  float *factor;
  gsize *at; /* for where segments begin */
} LatheByteWeights;

/* The most products that a sum has, so that it fits into 32 bits. */
#define LATHE_BYTE_MOST_PRODUCTS 32768

guint lathe_byte_unit (const LatheByteLayout *layout);
gsize lathe_byte_group_weights (const LatheByteLayout *layout);
gsize lathe_byte_group_columns (const LatheByteLayout *layout);
gsize lathe_byte_weights_before (const LatheByteLayout *layout, gsize column);
void lathe_byte_weights_plan (LatheByteStep *bytes, const LatheByteLayout *layout, gsize n_at);
LatheByteWeights lathe_byte_weights (const LatheByteStep *bytes, const LatheByteLayout *layout);
void lathe_byte_weights_prepare (LatheByteStep *bytes, const LatheByteLayout *layout);
LatheByteOutput lathe_byte_output (const LatheByteStep *bytes, const LatheByteWeights *weights, gsize column);

/* The rows of the table, each defined by its own file. */
extern const LatheByteKind lathe_byte_conv2d;
extern const LatheByteKind lathe_byte_dense;
extern const LatheByteKind lathe_byte_max_pool;
extern const LatheByteKind lathe_byte_average_pool;
extern const LatheByteKind lathe_byte_global_average_pool;
extern const LatheByteKind lathe_byte_global_max_pool;

G_END_DECLS
