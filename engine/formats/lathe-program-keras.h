/* lathe-program-keras.h: what a Keras program is put together from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-program.h"

G_BEGIN_DECLS

/* Functions that a program has where a layer asks for them. */
typedef enum
{
  LATHE_KERAS_IDENTITY = 1 << 0,
  LATHE_KERAS_WINDOW_SHARES = 1 << 1,
  LATHE_KERAS_GELU_TANH = 1 << 2,
  LATHE_KERAS_LEAKY_RELU = 1 << 3,
  LATHE_KERAS_OPS = 1 << 4,
  LATHE_KERAS_WHITENING = 1 << 5, /* a remark */
} LatheKerasNeeds;

typedef struct
{
  const LatheProgram *program;
  GString *body;             /* statements of build_model() */
  LatheProgramLoops *frozen; /* … once the model is made */
  guint needs;               /* LatheKerasNeeds, as bits */
} LatheKeras;

/* Returns: (nullable): why Keras has no such layer, to follow its name; NULL: it has */
const char *lathe_keras_obstacle (const LatheProgramNode *node);
/* Adds a layer that has no obstacle. */
void lathe_keras_add (LatheKeras *keras, const LatheProgramNode *node);

/* Statements. “variable = call(from)”, with the name of the layer or without, and “variable = expression”. */
void lathe_keras_assign (LatheKeras *keras, const LatheProgramNode *node, LatheProgramCall *call);
void lathe_keras_assign_from (LatheKeras *keras, const LatheProgramNode *node, LatheProgramCall *call,
                              const char *from);
void lathe_keras_assign_text (LatheKeras *keras, const LatheProgramNode *node, const char *expression);
/* Arguments. */
void lathe_keras_add_name (LatheProgramCall *call, const LatheProgramNode *node);
void lathe_keras_add_activation (LatheKeras *keras, const LatheProgramNode *node, LatheProgramCall *call);
void lathe_keras_add_bias (LatheProgramCall *call, const LatheProgramNode *node);

const char *lathe_keras_activation_word (LatheActivation activation);

/* In lathe-program-keras-windows.c. */
gboolean lathe_keras_strides_afterwards (const LatheAxis *y, const LatheAxis *x);
gboolean lathe_keras_is_depthwise (const LatheProgramNode *node, const LatheAxis *y, const LatheAxis *x);
gboolean lathe_keras_has_padding (const LatheAxis *axis);
guint lathe_keras_cut_behind (const LatheProgramCut *cut);
guint lathe_keras_cut_more (const LatheProgramCut *cut);
void lathe_keras_add_conv2d (LatheKeras *keras, const LatheProgramNode *node);
void lathe_keras_add_transposed_conv2d (LatheKeras *keras, const LatheProgramNode *node);
const char *lathe_keras_transposed_obstacle (const LatheProgramNode *node);
void lathe_keras_add_max_pool (LatheKeras *keras, const LatheProgramNode *node);
void lathe_keras_add_average_pool (LatheKeras *keras, const LatheProgramNode *node);

/* In lathe-program-keras-weights.c: the arguments that say how weights begin and what keeps them small. */
void lathe_keras_add_weights (LatheKeras *keras, const LatheProgramNode *node, LatheProgramCall *call,
                              const char *prefix);
void lathe_keras_freeze (LatheKeras *keras, const LatheProgramNode *node);

#define LATHE_KERAS_BODY 4 /* columns before a statement of a function */

G_END_DECLS
