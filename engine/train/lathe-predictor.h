/* lathe-predictor.h: asks a model.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>

#include "dataset/lathe-dataset.h"
#include "lathe-metrics.h"
#include "model/lathe-model.h"

G_BEGIN_DECLS

typedef struct
{
  guint n_labels;
  float *probability;  /* n_labels, in the model's order */
  guint label;         /* the likeliest */
  double milliseconds; /* of the forward pass */
  guint8 *seen;        /* height × width × channels: the image as the network gets it */
} LathePrediction;

/* One network laid out for answers. Used by one thread at a time. */
typedef struct _LathePredictor LathePredictor;

LathePredictor *lathe_predictor_new (LatheModel *model, guint n_threads, GError **error);
void lathe_predictor_free (LathePredictor *predictor);
LatheModel *lathe_predictor_get_model (LathePredictor *predictor);
LathePrediction *lathe_predictor_file (LathePredictor *predictor, const char *path, GError **error);
LathePrediction *lathe_predictor_pixbuf (LathePredictor *predictor, GdkPixbuf *pixbuf);
void lathe_prediction_free (LathePrediction *prediction);

/**
 * lathe_evaluate:
 * @split: a side, or -1 for all
 *
 * Runs the model over a dataset. The dataset's classes are matched to the model's labels by name.
 * @outcomes: (out) (optional) (element-type LatheOutcome): one for each image, for a page that shows them
 * Errors: LATHE_ERROR_DATA when a class is not one of the model's labels (both are named) or no image is left;
 * G_IO_ERROR_CANCELLED.
 */
typedef struct
{
  guint32 image; /* index into the dataset */
  guint truth, said;
  float confidence; /* probability of what it said */
} LatheOutcome;

LatheMetrics *lathe_evaluate (LatheModel *model, LatheDataset *dataset, int split, guint n_threads,
                              LatheProgressFunc progress, gpointer progress_data, GArray **outcomes,
                              GCancellable *cancellable, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LathePredictor, lathe_predictor_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LathePrediction, lathe_prediction_free)

G_END_DECLS
