/* lathe-model.h: a trained network with all that is needed to use it: what a model file holds.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "lathe-graph.h"
#include "lathe-known.h"
#include "lathe-quantisation.h"
#include "base/lathe-preprocess.h"

G_BEGIN_DECLS

/* Scores that travel with the model. NAN where a set was empty. */
typedef struct
{
  guint best_epoch; /* from 1 */
  double validation_loss, validation_accuracy;
  double test_loss, test_accuracy;
  guint folds; /* that the validation scores are of: the model has learned from those images, too; 0: it has not */
} LatheScores;

/* A tensor of the model: name "conv2d-1.weight", numbers owned by the model's one block. */
typedef struct
{
  char *name;
  LatheShape shape;
  float *data;
  gint8 *bytes;    /* of a file's tensor: the whole numbers that it has in place of the real ones; NULL: it has those */
  guint16 *halves; /* the same of bfloat16 numbers, as the upper halves of real ones */
} LatheWeight;

/* Immutable once made; share it by reference between threads. */
typedef struct
{
  LatheGraph *graph;
  char **labels; /* NULL-terminated, in the order of the network's outputs */
  LathePreprocess preprocess;
  LatheScores scores;
  double temperature; /* that the logits are divided by before they become probabilities; 1: as they were learned */
  GArray *weights;    /* (element-type LatheWeight), in the order of computation */
  float *block;       /* where their numbers lie, one after another */
  LatheQuantisation
      *quantisation; /* of a model in 8 bits, whose numbers are what whole ones stand for; NULL: it is none */
  gboolean in_bf16;  /* what it multiplies by are bfloat16 numbers, which take half the room in a file */
  LatheKnown *known; /* what it has learned from, as its last weights read it; NULL: nothing is kept of that */
  gatomicrefcount references;
} LatheModel;

/**
 * lathe_model_new:
 * @labels: at least two
 *
 * Makes a model with the weights' tensors laid out (zeros) as `graph` wants them.
 *
 * Returns: (transfer full): a model, or NULL with the graph's own error when the graph does not work
 */
LatheModel *lathe_model_new (const LatheGraph *graph, const char *const *labels, const LathePreprocess *preprocess,
                             GError **error);
LatheModel *lathe_model_new_untrained (const LatheGraph *graph, const char *const *labels,
                                       const LathePreprocess *preprocess, guint64 seed, GError **error);
LatheModel *lathe_model_ref (LatheModel *model);
void lathe_model_unref (LatheModel *model);
LatheModel *lathe_model_at_temperature (const LatheModel *model, double temperature, GError **error);
LatheModel *lathe_model_in_bf16 (const LatheModel *model, GError **error);
gboolean lathe_weight_multiplies (const LatheWeight *weight);
guint lathe_model_get_n_labels (const LatheModel *model);
guint64 lathe_model_count_numbers (const LatheModel *model); /* of weights, and of what norms keep with them */
const LatheWeight *lathe_model_find_weight (const LatheModel *model, const char *layer, const char *parameter);
/* SHA-256 of all weights in order, little-endian single precision, as 64 hexadecimal digits. */
char *lathe_model_weights_sha256 (const LatheModel *model);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheModel, lathe_model_unref)

G_END_DECLS
