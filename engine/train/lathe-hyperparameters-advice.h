/* lathe-hyperparameters-advice.h: what of a training's settings does not go together, and what would mend it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-dataset.h"
#include "lathe-hyperparameters.h"

G_BEGIN_DECLS

/* What of the images decides whether settings go together. All 0: nothing is known of them yet. */
typedef struct
{
  guint n_train, n_validation; /* images */
  guint least, most;           /* training images of the smallest class that has some, and of the largest */
  guint width, height;         /* pixels, as the network gets them */
  guint channels;
} LatheTrainingSet;

typedef struct
{
  const LatheHyperparameter *row; /* that it is about */
  char *text;                     /* translated: a sentence or two */
  double remedy;                  /* a value of the row with which it would not be said; NAN: there is none */
} LatheHyperparameterAdvice;

void lathe_training_set_of (LatheDataset *dataset, const LathePreprocess *preprocess, LatheTrainingSet *set);
GArray *lathe_hyperparameters_advise (const LatheHyperparameters *values, const LatheTrainingSet *set);

G_END_DECLS
