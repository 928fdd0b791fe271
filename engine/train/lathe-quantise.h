/* lathe-quantise.h: makes a model in 8 bits of a trained one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-hyperparameters.h"
#include "lathe-ranges.h"

G_BEGIN_DECLS

#define LATHE_QUANTISE_IMAGES 512
#define LATHE_QUANTISE_LOSS 0.01 /* of the accuracy that may be lost */
#define LATHE_QUANTISE_RATE 0.1  /* of a training's learning rate: what does well to fine-tune with, as a share */

typedef struct
{
  LatheCalibrate method;
  guint n_images;                        /* of the training side, at most, by which ranges are measured */
  guint n_threads;                       /* 0: as many as the machine has cores */
  const LatheHyperparameters *fine_tune; /* that it goes on learning with, in 8 bits; NULL: it does not */
  LatheProgressFunc training; /* of that alone, as lathe_fine_tune() calls it; NULL: it is part of the whole */
  gpointer training_data;
} LatheQuantiseOptions;

#define LATHE_QUANTISE_OPTIONS_DEFAULT                                                                                 \
  ((LatheQuantiseOptions){LATHE_CALIBRATE_MINMAX, LATHE_QUANTISE_IMAGES, 0, NULL, NULL, NULL})

/* A layer to blame. */
typedef struct
{
  char *name;
  double accuracy; /* of the model in 8 bits, were this layer alone left in real numbers */
  gboolean left;   /* it was */
} LatheQuantiseBlame;

typedef struct
{
  LatheModel *model;
  guint n_images;                 /* that ranges were measured by */
  guint n_layers, n_quantised;    /* that have weights; and have them in 8 bits */
  double accuracy, accuracy_real; /* on the validation images: of this model, and of the one that it was made of */
  gboolean tuned;                 /* it is what fine-tuning made of it, which was better than without */
  double accuracy_untuned;        /* without fine-tuning … */
  guint n_untuned;                /* … and how many layers were in 8 bits then */
  double accuracy_tuned;          /* with it; NAN: there was none */
  GArray *blame;                  /* (element-type LatheQuantiseBlame), worst first; empty: nothing was lost */
} LatheQuantised;

LatheQuantised *lathe_quantise (LatheModel *model, LatheDataset *dataset, const LatheQuantiseOptions *options,
                                LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable,
                                GError **error);
char **lathe_quantise_list_left (const LatheModel *model);
void lathe_quantised_free (LatheQuantised *quantised);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheQuantised, lathe_quantised_free)

G_END_DECLS
