/* lathe-trainer-private.h: what the files of the trainer share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "formats/lathe-checkpoint.h"
#include "lathe-balance.h"
#include "lathe-optimizer.h"
#include "lathe-scorer.h"
#include "lathe-trainer.h"
#include "lathe-unfinished.h"

G_BEGIN_DECLS

typedef enum
{
  LATHE_WISH_RUN,
  LATHE_WISH_PAUSE,
  LATHE_WISH_STEP,
  LATHE_WISH_STOP
} LatheWish;

/* Sums over some steps. */
typedef struct
{
  double loss;
  guint64 right, n;
} LatheTally;

/* Where a run stands. A checkpoint keeps it, so that all of the run can be found again from it. */
typedef struct
{
  guint64 epoch;       /* the one going on, from 1; above the number of epochs: all are done */
  guint64 step;        /* of this epoch, done */
  guint64 total_steps; /* of all epochs, done */
  LatheTally tally;    /* of this epoch */
  double elapsed;      /* seconds of work, waiting for commands left out */
  double train_seconds, score_seconds;
  guint64 trained, scored; /* images, in those seconds */
} LatheProgress;

struct _LatheTrainer
{
  LatheDataset *dataset;
  LatheGraph *graph;
  LathePreprocess preprocess;
  LatheHyperparameters hyperparameters;
  LatheObserver observer;
  gpointer observer_data;
  char *checkpoint_path; /* NULL: no checkpoints */
  GThread *thread;

  GMutex lock;
  GCond woken;
  LatheWish wish;

  /* The trainer's thread alone. */
  LathePool *pool;
  LatheNetwork *network;
  LatheOptimizerState *optimizer;
  LatheStore *store;
  LatheBatch batch;
  GArray *images[LATHE_N_SPLITS];
  LatheCheckpointWriter *writer;
  GPtrArray *facts;              /* of every checkpoint, names and values by turns */
  LatheInheritance *inheritance; /* what this run begins with, or NULL */
  LatheUnfinished *unfinished;   /* what this run takes up again, until it has */
  double checkpoint_seconds;     /* spent on them */
  gint64 last_checkpoint;        /* monotonic microseconds */

  LatheTrainerState state;
  guint measured, to_measure; /* as in LatheSnapshot */
  guint steps;                /* an epoch */
  LatheProgress at;
  LatheTally point_tally;
  GArray *points;
  GArray *finished; /* (element-type LatheEpoch) */
  GArray *better;   /* (element-type gboolean): of each finished epoch, as schedules want it */
  LatheModel *best;
  double rate; /* of the last step */
  char *warning;
  GError *error;
  double test_loss, test_accuracy;

  gint64 last_snapshot; /* monotonic microseconds */
  double images_per_second, window_seconds;
  guint window_images;

  LatheSnapshot *last;
};

/* lathe-trainer.c */
gboolean lathe_trainer_may_go_on (LatheTrainer *trainer);
gboolean lathe_trainer_is_wanted (guint done, gpointer trainer);

/* lathe-trainer-epoch.c */
LatheOrder *lathe_trainer_shuffle (LatheTrainer *trainer);
gboolean lathe_trainer_run_epoch (LatheTrainer *trainer, GError **error);
gboolean lathe_trainer_test (LatheTrainer *trainer, GError **error);
gboolean lathe_trainer_keep (LatheTrainer *trainer, const LatheScores *scores, GError **error);
void lathe_trainer_swap_average (LatheTrainer *trainer);

/* lathe-trainer-report.c */
double lathe_tally_loss (const LatheTally *tally);
double lathe_tally_accuracy (const LatheTally *tally);
void lathe_trainer_count_rate (LatheTrainer *trainer, guint n, double seconds);
void lathe_trainer_observe (LatheTrainer *trainer);
void lathe_trainer_observe_when_due (LatheTrainer *trainer);

/* lathe-trainer-checkpoint.c */
void lathe_trainer_begin_checkpoints (LatheTrainer *trainer);
void lathe_trainer_save_checkpoint (LatheTrainer *trainer);
void lathe_trainer_save_checkpoint_of_epoch (LatheTrainer *trainer);
void lathe_trainer_save_checkpoint_when_due (LatheTrainer *trainer);
void lathe_trainer_end_checkpoints (LatheTrainer *trainer);
gboolean lathe_trainer_restore (LatheTrainer *trainer, GError **error);

G_END_DECLS
