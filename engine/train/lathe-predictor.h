/* lathe-predictor.h: asks a model.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>

#include "dataset/lathe-dataset.h"
#include "lathe-evaluation.h"
#include "model/lathe-model.h"

G_BEGIN_DECLS

typedef struct
{
  guint n_labels;
  float *probability;  /* n_labels, in the model's order */
  guint label;         /* the likeliest */
  double milliseconds; /* of the forward pass */
  guint8 *seen;        /* height × width × channels: the image as the network gets it */
  double nearness; /* the cosine to the fifth nearest of what the model has learned from; NAN: it keeps none of that */
  gboolean unlike; /* that is further than of 95 % of these: it is unlike all of them, whatever is said of it */
} LathePrediction;

/* One network laid out for answers. Used by one thread at a time. */
typedef struct _LathePredictor LathePredictor;

LathePredictor *lathe_predictor_new (LatheModel *model, guint n_threads, GError **error);
void lathe_predictor_free (LathePredictor *predictor);
LatheModel *lathe_predictor_get_model (LathePredictor *predictor);
LathePrediction *lathe_predictor_file (LathePredictor *predictor, const char *path, GError **error);
LathePrediction *lathe_predictor_bytes (LathePredictor *predictor, const guint8 *bytes);
LathePrediction *lathe_predictor_pixbuf (LathePredictor *predictor, GdkPixbuf *pixbuf);

/* As lathe_predictor_new(), for up to `capacity` images at once. */
LathePredictor *lathe_predictor_new_batch (LatheModel *model, guint capacity, guint n_threads, GError **error);

/**
 * lathe_predictor_batch:
 * @seen: n × height × width × channels bytes: images as the network gets them, from lathe_decode_bytes() or its like
 * @n: at most the predictor's capacity
 * @probability: (out caller-allocates): n × labels
 *
 * Returns: milliseconds of the forward pass
 */
double lathe_predictor_batch (LathePredictor *predictor, const guint8 *seen, guint n, float *probability);
void lathe_prediction_free (LathePrediction *prediction);

/**
 * lathe_evaluate:
 * @split: a side, or -1 for all
 *
 * Runs the model over a dataset. The dataset's classes are matched to the model's labels by name.
 * Errors: LATHE_ERROR_DATA when a class is not one of the model's labels (both are named) or no image is left;
 * LATHE_ERROR_MEMORY; G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): what it said about each image that can be read
 */
LatheEvaluation *lathe_evaluate (LatheModel *model, LatheDataset *dataset, int split, guint n_threads,
                                 LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable,
                                 GError **error);

/**
 * lathe_evaluate_known:
 * @unknown: (out) (transfer full): the dataset's classes that the model has no label for; NULL-terminated
 *
 * As lathe_evaluate(), but images of such classes are left out. Errors: LATHE_ERROR_DATA where no class is known.
 */
LatheEvaluation *lathe_evaluate_known (LatheModel *model, LatheDataset *dataset, int split, guint n_threads,
                                       LatheProgressFunc progress, gpointer progress_data, char ***unknown,
                                       GCancellable *cancellable, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LathePredictor, lathe_predictor_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LathePrediction, lathe_prediction_free)

G_END_DECLS
