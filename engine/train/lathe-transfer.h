/* lathe-transfer.h: a model for the classes of a dataset, grown on what another model has learned.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-intervals.h"
#include "lathe-kept-features.h"
#include "lathe-minimise.h"

G_BEGIN_DECLS

/* With fewer validation images than this their score says little: folds are made of them and the training images. */
#define LATHE_ENOUGH_TO_VALIDATE 200
#define LATHE_TRANSFER_FOLDS 5

typedef struct
{
  guint64 seed;       /* of the folds */
  gboolean holds_out; /* the validation images, however few: they have another use, too */
  gboolean curve;     /* whether to find out how the accuracy grows with the images */
  guint n_threads;    /* 0 for as many as the machine has cores; changes no bit */
} LatheTransferOptions;

/* Of n images that the head had not learned from. NAN where n is 0. */
typedef struct
{
  guint n;
  double accuracy, loss;
  LatheInterval interval; /* of the accuracy */
} LatheTransferScore;

/* What the accuracy is when there are so many images to learn from. */
typedef struct
{
  guint n_images; /* in the mean of the folds */
  LatheTransferScore score;
} LatheTransferPoint;

/* Immutable once it has its model; reference counted, atomically. One that was read from a list of runs has none. */
typedef struct
{
  gatomicrefcount references;
  LatheModel *model; /* trunk and head: an ordinary one */
  guint n_learned;   /* images */
  guint n_found, n_computed;
  GPtrArray *unreadable; /* (element-type LatheProblem): left out */
  double l2;
  guint n_folds; /* that the validation score is of; 0: it is of the validation images */
  LatheTransferScore validation, test;
  GArray *curve;        /* (element-type LatheTransferPoint), from few images to all; NULL: nobody asked */
  gboolean rising;      /* the last doubling of the images has brought more than chance would */
  LatheMinimum minimum; /* where the search for the head ended */
  double feature_seconds, head_seconds;
} LatheTransfer;

LatheTransfer *lathe_transfer_new (LatheModel *from, LatheDataset *dataset, const LatheTransferOptions *options,
                                   LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable,
                                   GError **error);
LatheTransfer *lathe_transfer_ref (LatheTransfer *transfer);
void lathe_transfer_unref (LatheTransfer *transfer);
void lathe_transfer_set_model (LatheTransfer *transfer, LatheModel *model);

char *lathe_transfer_to_json (const LatheTransfer *transfer);
LatheTransfer *lathe_transfer_from_json (const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheTransfer, lathe_transfer_unref)

G_END_DECLS
