/* lathe-suggest.h: which network suits a dataset and this machine, how to train it, and why.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-dataset.h"
#include "lathe-hyperparameters.h"
#include "model/lathe-preset.h"

G_BEGIN_DECLS

/* All that a suggestion is drawn from: the same facts give the same suggestion. */
typedef struct
{
  guint n_images; /* to train with */
  guint n_classes;
  guint least, most;   /* of those images in the smallest class and in the largest */
  guint width, height; /* pixels: the median of each */
  gboolean grey;       /* all of them */
  guint n_threads;     /* that train */
  guint64 memory;      /* bytes that a training may take */
} LatheFacts;

typedef struct
{
  const LathePreset *preset;
  LatheGraph *graph; /* that preset, for these images and classes */
  LathePreprocess preprocess;
  LatheHyperparameters hyperparameters; /* usual but for what is suggested; no seed, no threads */
  double seconds;                       /* that the training takes, roughly */
  GPtrArray *reasons;                   /* (element-type utf8) translated: sentences, each a fact and what follows */
} LatheSuggestion;

void lathe_facts_of (LatheDataset *dataset, LatheFacts *facts);
LatheSuggestion *lathe_suggest (const LatheFacts *facts);
void lathe_suggestion_free (LatheSuggestion *suggestion);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheSuggestion, lathe_suggestion_free)

G_END_DECLS
