/* lathe-keras.h: a network as the layers that Keras makes of it: what its files say, and in which order.
 *
 * Nearly every layer of a network is one layer there, too. What is not, is several, whose names begin with that of the
 * layer that they stand for: all of them are layers that Keras 2 and Keras 3 have, so that a file needs no function of
 * its own, and no code.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <json-glib/json-glib.h>

#include "lathe-program.h"

G_BEGIN_DECLS

extern const LatheExportFormat lathe_export_h5, lathe_export_keras;

typedef struct
{
  const char *name; /* as Keras calls it: “kernel” */
  guint rank;
  guint dim[LATHE_MAX_RANK];
  const float *data; /* the model's, or `own` */
  float *own;
} LatheKerasVariable;

typedef struct _LatheKerasLayer LatheKerasLayer;

struct _LatheKerasLayer
{
  char *name;
  const char *class;  /* “Conv2D” */
  JsonObject *config; /* but for what all layers have */
  guint n_inputs;
  const LatheKerasLayer *inputs[LATHE_MAX_INPUTS];
  LatheShape output;
  guint n_variables;
  LatheKerasVariable variable[LATHE_MAX_PARAMETERS];
  gboolean frozen;
  guint depth, turn; /* see lathe-keras-order.c */
};

typedef struct
{
  LatheProgram *program;
  gboolean legacy;   /* as Keras 2 has it, which Keras 3 takes, too */
  GPtrArray *layers; /* (element-type LatheKerasLayer): once they are sorted, as Keras will have them */
  GHashTable *last;  /* LatheNode → the last of its layers, not owned */
  GHashTable *taken; /* names */
} LatheKerasModel;

LatheKerasModel *lathe_keras_model_new (const LatheExport *export, gboolean legacy, const char *title, GError **error);
void lathe_keras_model_free (LatheKerasModel *model);

/* In lathe-keras-layers.c. Returns: (nullable): why it cannot be, to follow the layer's name; NULL: it has been added
 */
const char *lathe_keras_model_add (LatheKerasModel *model, const LatheProgramNode *node);
LatheKerasLayer *lathe_keras_layer (LatheKerasModel *model, const LatheProgramNode *node, const char *suffix,
                                    const char *class, const LatheKerasLayer *from, const LatheShape *output);
const LatheKerasLayer *lathe_keras_line (LatheKerasModel *model, const LatheProgramNode *node, const char *suffix,
                                         const LatheKerasLayer *from, double scale, double offset);
const LatheKerasLayer *lathe_keras_activate (LatheKerasModel *model, const LatheProgramNode *node,
                                             LatheActivation activation, double parameter, const LatheKerasLayer *from);
const char *lathe_keras_property_word (const LatheKerasModel *model, LatheActivation activation);
void lathe_keras_set_pair (LatheKerasLayer *layer, const char *name, guint height, guint width);
void lathe_keras_set_variable (LatheKerasModel *model, LatheKerasLayer *layer, const LatheProgramNode *node, guint i,
                               const char *name);
void lathe_keras_set_weights (LatheKerasModel *model, LatheKerasLayer *layer, const LatheProgramNode *node,
                              const char *prefix, const char *name);

/* In lathe-keras-windows.c; the same. */
const char *lathe_keras_make_conv2d (LatheKerasModel *model, const LatheProgramNode *node);
const char *lathe_keras_make_transposed_conv2d (LatheKerasModel *model, const LatheProgramNode *node);
const char *lathe_keras_make_max_pool (LatheKerasModel *model, const LatheProgramNode *node);
const char *lathe_keras_make_average_pool (LatheKerasModel *model, const LatheProgramNode *node);

/* In lathe-keras-order.c. */
void lathe_keras_model_sort (LatheKerasModel *model);

/* In lathe-keras-config.c. (transfer full) */
char *lathe_keras_model_to_json (const LatheKerasModel *model);
char *lathe_keras_training_to_json (const LatheKerasModel *model);

/* In lathe-keras-training.c: what programs and files have in common. */
typedef struct
{
  const char *name;
  double value;
} LatheKerasNumber;

#define LATHE_KERAS_MAX_NUMBERS 6

typedef struct
{
  const char *class;
  guint n;
  LatheKerasNumber number[LATHE_KERAS_MAX_NUMBERS];
  gboolean nesterov;
} LatheKerasOptimizer;

LatheKerasOptimizer lathe_keras_optimizer (const LatheExportTraining *training);
const char *lathe_keras_loss (const LatheProgram *program);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheKerasModel, lathe_keras_model_free)

G_END_DECLS
