/* lathe-trainer.h: training, on a thread of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-dataset.h"
#include "lathe-hyperparameters.h"
#include "lathe-unfinished.h"
#include "model/lathe-graph.h"
#include "model/lathe-inherit.h"
#include "model/lathe-model.h"

G_BEGIN_DECLS

typedef enum
{
  LATHE_TRAINER_PREPARING, /* measuring and decoding the first images, laying out memory */
  LATHE_TRAINER_RUNNING,
  LATHE_TRAINER_PAUSED,
  LATHE_TRAINER_FINISHED, /* all epochs done */
  LATHE_TRAINER_STOPPED,  /* by lathe_trainer_stop; the best epoch so far is kept */
  LATHE_TRAINER_FAILED,
} LatheTrainerState;

/* The scores at the end of one epoch. NAN where a set is empty. A loss is the one that is learned by, of every side,
 * with the weights of the classes where they have some: so those of the sides can be compared, but not those of two
 * trainings that are balanced otherwise; accuracy and macro F1 can. */
typedef struct
{
  guint epoch;                                 /* from 1 */
  double loss, accuracy;                       /* mean over the epoch's training samples, as they were learned */
  double validation_loss, validation_accuracy; /* after the epoch */
  double validation_macro_f1;
  double learning_rate;     /* of its last step */
  double seconds;           /* training and validation together */
  double images_per_second; /* training alone */
  gboolean best; /* so far, by what the hyperparameters say; by training scores where there is no validation set */
} LatheEpoch;

/* One point inside an epoch: the mean over the steps since the point before. */
typedef struct
{
  double epoch; /* position in epochs: 1.25 is a quarter into the second */
  double loss, accuracy;
} LathePoint;

/* What a trainer says. Immutable; reference counted, atomically. */
typedef struct
{
  gatomicrefcount references;
  LatheTrainerState state;
  guint measured, to_measure; /* training images, before the first epoch; 0 of 0: they need not be */
  guint epoch;                /* the one going on, from 1 */
  guint epochs;
  guint step, steps;               /* within the epoch; `step` are done */
  double learning_rate;            /* of the last step */
  double images_per_second;        /* of late */
  double seconds_left;             /* to the end of all epochs; NAN while unknown */
  double elapsed;                  /* seconds of training, pauses left out */
  GArray *points;                  /* (element-type LathePoint): those since the snapshot before, oldest first */
  GArray *finished;                /* (element-type LatheEpoch): all finished epochs so far */
  LatheModel *best;                /* the best epoch's model so far, or NULL */
  guint n_unreadable;              /* images left out while decoding */
  GPtrArray *unreadable;           /* (element-type LatheProblem): which, and why */
  char *warning;                   /* what went wrong without ending the training, or NULL */
  GError *error;                   /* when LATHE_TRAINER_FAILED */
  double test_loss, test_accuracy; /* of the best epoch, once finished or stopped; NAN before, or without a test set */
} LatheSnapshot;

LatheSnapshot *lathe_snapshot_ref (LatheSnapshot *snapshot);
void lathe_snapshot_unref (LatheSnapshot *snapshot);

/* Called on the trainer's thread: at most 30 times a second, and at the end of every epoch and at every change of
 * state besides. (transfer none); keep a reference to use it later. */
typedef void (*LatheObserver) (LatheSnapshot *snapshot, gpointer data);

typedef struct _LatheTrainer LatheTrainer;

/**
 * lathe_trainer_new:
 * @graph: is copied; its input must be what `preprocess` makes and its outputs must fit the dataset's classes
 * @preprocess: where its mean and deviation are to be measured, the trainer does so before the first epoch, and the
 *   model has what it found
 *
 * Checks everything and starts nothing.
 * Errors: LATHE_ERROR_SHAPE, LATHE_ERROR_INVALID, LATHE_ERROR_DATA (no training images, one class alone).
 */
LatheTrainer *lathe_trainer_new (LatheDataset *dataset, const LatheGraph *graph, const LathePreprocess *preprocess,
                                 const LatheHyperparameters *hyperparameters, LatheObserver observer,
                                 gpointer observer_data, GError **error);
/* Stops, waits for the thread, and frees. */
void lathe_trainer_free (LatheTrainer *trainer);

/* Before the start: where to keep checkpoints, what was learned before, and the run that is taken up again. */
void lathe_trainer_set_checkpoint (LatheTrainer *trainer, const char *path);
void lathe_trainer_begin_with (LatheTrainer *trainer, const LatheInheritance *inheritance);
gboolean lathe_trainer_take_up (LatheTrainer *trainer, LatheUnfinished *unfinished, GError **error);

/* Commands; none of them blocks. The answer is a snapshot with the new state, within a step. */
void lathe_trainer_start (LatheTrainer *trainer);
void lathe_trainer_pause (LatheTrainer *trainer);
void lathe_trainer_resume (LatheTrainer *trainer);
void lathe_trainer_step (LatheTrainer *trainer); /* one step, then paused */
void lathe_trainer_stop (LatheTrainer *trainer);

/* Waits until the thread has ended. Not for the main loop. */
LatheSnapshot *lathe_trainer_wait (LatheTrainer *trainer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheSnapshot, lathe_snapshot_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheTrainer, lathe_trainer_free)

G_END_DECLS
