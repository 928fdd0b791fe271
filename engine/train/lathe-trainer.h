/* lathe-trainer.h: training, on a thread of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-dataset.h"
#include "lathe-change.h"
#include "lathe-epochs.h"
#include "lathe-hyperparameters.h"
#include "lathe-transfer.h"
#include "lathe-unfinished.h"
#include "lathe-watch.h"
#include "model/lathe-graph.h"
#include "model/lathe-inherit.h"
#include "model/lathe-layer-look.h"
#include "model/lathe-model.h"
#include "model/lathe-trunk.h"

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

/* One point inside an epoch: the mean over the steps since the point before. */
typedef struct
{
  double epoch; /* position in epochs: 1.25 is a quarter into the second */
  double loss, accuracy;
  double step;          /* steps done since the start; this and what follows is NAN where an earlier version wrote it */
  double seconds;       /* of training since the start, pauses left out */
  double learning_rate; /* of the last step */
  double gradient_norm; /* L2, of all that is trained, before anything is clipped */
} LathePoint;

/* What a trainer says. Immutable; reference counted, atomically. */
typedef struct
{
  gatomicrefcount references;
  LatheEpochs epochs_until; /* what `finished` shows, shared with the trainer */
  gint64 made;              /* monotonic microseconds */
  LatheTrainerState state;
  guint measured, to_measure; /* images, before the first epoch; 0 of 0: they need not be */
  gboolean growing;           /* measured: what the model that it grows on makes of each */
  LatheTransfer *transfer;    /* what came of that, or NULL */
  guint epoch;                /* the one going on, from 1 */
  guint epochs;
  guint step, steps;             /* within the epoch; `step` are done */
  double position;               /* in epochs, as a point's: no point that lies behind it counts any longer */
  double learning_rate;          /* of the last step */
  double images_per_second;      /* of late */
  double seconds_left;           /* to the end of all epochs; NAN while unknown */
  double elapsed;                /* seconds of training, pauses left out */
  double phases[LATHE_N_PHASES]; /* what they went to, since it was started or taken up */
  double gradient_norm;          /* of the last step */
  GArray *points;                /* (element-type LathePoint): those since the snapshot before, oldest first */
  const GArray *finished;        /* (element-type LatheEpoch): all finished epochs so far; as old as the snapshot */
  GPtrArray *layers;             /* (element-type LatheLayerLooks): of epochs finished since it was started, thinned */
  GArray *changes;               /* (element-type LatheChange): those made so far, oldest first */
  guint n_undoable;              /* of them, the newest that can be taken back */
  LatheHyperparameters hyperparameters; /* as they are now */
  LatheModel *best;                     /* the best epoch's model so far, or NULL */
  GPtrArray *answers;              /* (element-type LatheAnswers): of epochs after which images were watched, thinned */
  guint n_unreadable;              /* images left out while decoding */
  GPtrArray *unreadable;           /* (element-type LatheProblem): which, and why */
  char *warning;                   /* what went wrong without ending the training, or NULL */
  GError *error;                   /* when LATHE_TRAINER_FAILED */
  gint64 run;                      /* its number in the list of runs; 0: it is not written down */
  double test_loss, test_accuracy; /* of the best epoch, once finished or stopped; NAN before, or without a test set */
} LatheSnapshot;

/* Points as they come: see there. */
#define LATHE_MOST_POINTS 4096 /* of which a list that is thinned has at most so many */
void lathe_points_follow (GArray *points, const GArray *newer, double position);
void lathe_points_thin (GArray *points);

LatheSnapshot *lathe_snapshot_ref (LatheSnapshot *snapshot);
void lathe_snapshot_unref (LatheSnapshot *snapshot);

/* Called on the trainer's thread: at most 30 times a second, and at the end of every epoch and at every change of
 * state besides. (transfer none); keep a reference to use it later. */
typedef void (*LatheObserver) (LatheSnapshot *snapshot, gpointer data);

typedef struct _LatheTrainer LatheTrainer;

#define LATHE_MAX_TEACHING_TEMPERATURE 1000

/* What a training grows its model on: see lathe-trainer-grow.c. */
typedef struct
{
  LatheModel *from;     /* whose last layer is a dense one */
  const char *name;     /* of that model, as it is written down: a pretrained one's, or a file's */
  guint n_learning;     /* so many of its last layers with weights learn on with the new one; 0: that one alone */
  gboolean norms_learn; /* and the norms between them */
  gboolean curve;       /* whether to find out how the accuracy grows with the images */
} LatheGrowth;

/* How a run is to be written down, in a list of runs (lathe-runs.h). */
typedef struct
{
  const char *path;    /* of the list */
  const char *name;    /* a person's, or NULL */
  const char *group;   /* of the runs of one sweep, or NULL */
  const char *network; /* a preset's name or a file's; NULL: it was drawn */
  const char *model;   /* where the program saves the best epoch's; NULL: the trainer does, in the run's own folder */
} LatheRecord;

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

void lathe_growth_choose (LatheHyperparameters *hyperparameters, gboolean layers_learn);
LatheGraph *lathe_growth_graph (const LatheGrowth *growth, guint n_classes, GError **error);

/* Before the start: where to keep checkpoints, what was learned before, and the run that is taken up again. */
void lathe_trainer_set_checkpoint (LatheTrainer *trainer, const char *path);
void lathe_trainer_begin_with (LatheTrainer *trainer, const LatheInheritance *inheritance);
void lathe_trainer_keep_zeros (LatheTrainer *trainer);
void lathe_trainer_grow_on (LatheTrainer *trainer, const LatheGrowth *growth);
void lathe_trainer_round (LatheTrainer *trainer, const LatheQuantisation *quantisation);
gboolean lathe_trainer_learn_from (LatheTrainer *trainer, LatheModel *teacher, const LatheTeaching *teaching,
                                   GError **error);
gboolean lathe_trainer_take_up (LatheTrainer *trainer, LatheUnfinished *unfinished, GError **error);
void lathe_trainer_record (LatheTrainer *trainer, const LatheRecord *record);
void lathe_trainer_replay (LatheTrainer *trainer, const GArray *changes);
void lathe_trainer_add_epochs (LatheTrainer *trainer, guint n_epochs);

/* Commands; none of them blocks. The answer is a snapshot with the new state, within a step. */
void lathe_trainer_start (LatheTrainer *trainer);
void lathe_trainer_pause (LatheTrainer *trainer);
void lathe_trainer_resume (LatheTrainer *trainer);
void lathe_trainer_step (LatheTrainer *trainer); /* one step, then paused */
void lathe_trainer_stop (LatheTrainer *trainer);
void lathe_trainer_watch (LatheTrainer *trainer, const char *const *paths);

/* What is changed between two steps: as with the commands, the answer is a snapshot. */
gboolean lathe_trainer_set (LatheTrainer *trainer, const char *hyperparameter, double value, GError **error);
void lathe_trainer_freeze (LatheTrainer *trainer, const char *layer, guint frozen);
void lathe_trainer_take_back (LatheTrainer *trainer);

/* Waits until the thread has ended. Not for the main loop. */
LatheSnapshot *lathe_trainer_wait (LatheTrainer *trainer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheSnapshot, lathe_snapshot_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheTrainer, lathe_trainer_free)

G_END_DECLS
