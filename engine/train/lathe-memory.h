/* lathe-memory.h: what a training or an answer takes, before it is taken.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-hyperparameters.h"
#include "model/lathe-graph.h"

G_BEGIN_DECLS

/* Bytes. Decoded images, which are kept while there is room for them, come on top. */
typedef struct
{
  guint64 weights, gradient, activations, scratch; /* of the network */
  guint64 moments;                                 /* of the optimiser */
  guint64 models;                                  /* the best one so far, and the next best while it is made */
  guint64 total;
} LatheMemory;

gboolean lathe_memory_of_training (const LatheGraph *graph, const LatheHyperparameters *hyperparameters,
                                   LatheMemory *memory, GError **error);
gboolean lathe_memory_of_answering (const LatheGraph *graph, guint batch, guint n_threads, LatheMemory *memory,
                                    GError **error);
gboolean lathe_memory_check_training (const LatheGraph *graph, const LatheHyperparameters *hyperparameters,
                                      GError **error);

G_END_DECLS
