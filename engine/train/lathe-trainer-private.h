/* lathe-trainer-private.h: what the files of the trainer share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "formats/lathe-checkpoint.h"
#include "lathe-balance.h"
#include "lathe-observation.h"
#include "lathe-optimizer.h"
#include "lathe-pace.h"
#include "lathe-recorder.h"
#include "lathe-scorer.h"
#include "lathe-trainer.h"
#include "lathe-unfinished.h"
#include "lathe-watch.h"

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
  double norm; /* of the gradient, summed over the steps */
  guint steps; /* that had one */
} LatheTally;

/* Where a run stands. A checkpoint keeps it, so that all of the run can be found again from it. */
typedef struct
{
  guint64 epoch;       /* the one going on, from 1; above the number of epochs: all are done */
  guint64 step;        /* of this epoch, done */
  guint64 total_steps; /* of all epochs, done */
  LatheTally tally;    /* of this epoch */
  double elapsed;      /* seconds of work, waiting for commands left out */
  double train_seconds;
  guint64 trained; /* images, in those seconds */
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
  LatheRecord record;    /* owns its texts; without a path: it is not written down */
  GThread *thread;

  GMutex lock;
  GCond woken;
  LatheWish wish;
  GQueue wanted; /* changes that were asked for: see lathe-trainer-change.c */

  /* The trainer's thread alone; or, where it was never started, whoever prepares it and runs its epochs. */
  gboolean lent; /* pool and store belong to someone else */
  LathePool *pool;
  LatheNetwork *network;
  LatheOptimizerState *optimizer;
  LatheStore *store;
  LatheObservation *observation; /* of its images */
  LatheBatch batch;
  GArray *images[LATHE_N_SPLITS];
  LatheRecorder *recorder; /* or NULL */
  LatheCheckpointWriter *writer;
  GPtrArray *facts;              /* of every checkpoint, names and values by turns */
  LatheInheritance *inheritance; /* what this run begins with, or NULL */
  LatheGrowth growth;            /* owns what it has; without a model: the network begins by itself */
  GCancellable *growing;         /* cancelled by a stop */
  gint64 growing_since;          /* monotonic microseconds; 0: it does not */
  LatheTransfer *transfer;       /* what came of it, or NULL */
  gboolean keeps_zeros;          /* weights that it begins with at 0 stay there */
  LatheQuantisation *rounding;   /* it answers as in these 8 bits while it learns; or NULL */
  LatheModel *teacher;           /* or NULL */
  LatheTeaching teaching;        /* its */
  LatheNetwork *teacher_network; /* the same */
  LatheUnfinished *unfinished;   /* what this run takes up again, until it has */
  gboolean taking_up;            /* nothing of that run is here: it has not been taken up yet, or could not be */
  double checkpoint_seconds;     /* spent on them */
  gint64 last_checkpoint;        /* monotonic microseconds */
  guint64 saved_step;            /* of which it was */

  LatheWatch *watch;
  LatheTrainerState state;
  guint measured, to_measure; /* as in LatheSnapshot */
  guint steps;                /* an epoch */
  LatheProgress at, began;    /* now; and when this epoch began */
  LatheTally point_tally;
  double phases[LATHE_N_PHASES], phases_before[LATHE_N_PHASES]; /* seconds, since it was prepared; before this epoch */
  LathePace pace;
  double trained_here; /* images, in these seconds */
  double score_pace;   /* seconds an image took when a set was scored last; 0: none was */
  GArray *points;
  LatheEpochs finished;
  GArray *recorded; /* (element-type LatheEpoch): of a run that is taken up, as the list of runs has them; or NULL */
  GArray *changes;  /* (element-type LatheChange): those that were made */
  GArray *replayed; /* (element-type LatheChange) (nullable): … and, of them, n_replayed are done */
  guint n_replayed;
  guint more;            /* epochs, from where the run that is taken up stands; 0: as many as it was to have */
  GQueue states;         /* the training before its newest changes, the newest first */
  GPtrArray *layers;     /* (element-type LatheLayerLooks): of those that were finished here, thinned */
  LatheLayerLooks *look; /* of the epoch that is being validated, or NULL */
  GArray *better;        /* (element-type gboolean): of each finished epoch, as schedules want it */
  LatheModel *best;
  GPtrArray *answers; /* as in LatheSnapshot, with which it is shared: never changed, but replaced */
  double rate;        /* of the last step */
  char *warning;
  GError *error;
  double test_loss, test_accuracy;

  gint64 last_snapshot; /* monotonic microseconds */
  double images_per_second, window_seconds;
  guint window_images;

  LatheSnapshot *last;
};

/* lathe-trainer.c */
gboolean lathe_trainer_check_learns (const LatheGraph *graph, GError **error);
void lathe_trainer_set_loss (LatheTrainer *trainer);
LatheNetwork *lathe_trainer_make_network (LatheTrainer *trainer, const LatheGraph *graph, guint batch, GError **error);
LatheOptimizerState *lathe_trainer_make_optimizer (LatheTrainer *trainer, LatheNetwork *network, GError **error);
gboolean lathe_trainer_prepare (LatheTrainer *trainer, GError **error);
gboolean lathe_trainer_may_go_on (LatheTrainer *trainer);
gboolean lathe_trainer_is_wanted (guint done, gpointer trainer);

/* lathe-trainer-told.c */
void lathe_trainer_lend (LatheTrainer *trainer, LatheStore *store, LathePool *pool);

/* lathe-trainer-change.c */
void lathe_trainer_init_changes (LatheTrainer *trainer);
void lathe_trainer_clear_changes (LatheTrainer *trainer);
void lathe_trainer_make_room (LatheTrainer *trainer);
gboolean lathe_trainer_has_changes (LatheTrainer *trainer);
void lathe_trainer_make_changes (LatheTrainer *trainer);

/* lathe-trainer-epoch.c */
LatheOrder *lathe_trainer_shuffle (LatheTrainer *trainer);
gboolean lathe_trainer_run_epoch (LatheTrainer *trainer, GError **error);
void lathe_trainer_forget_answers (LatheTrainer *trainer, guint until);
gboolean lathe_trainer_test (LatheTrainer *trainer, GError **error);
gboolean lathe_trainer_keep (LatheTrainer *trainer, const LatheScores *scores, GError **error);
void lathe_trainer_swap_average (LatheTrainer *trainer);

/* lathe-trainer-grow.c */
void lathe_trainer_clear_growth (LatheTrainer *trainer);
gboolean lathe_trainer_grows (const LatheTrainer *trainer);
gboolean lathe_trainer_grow (LatheTrainer *trainer, GError **error);
gboolean lathe_trainer_falls_back (LatheTrainer *trainer);
gboolean lathe_trainer_keep_known (LatheTrainer *trainer, GError **error);

/* lathe-trainer-teacher.c */
gboolean lathe_trainer_call_teacher (LatheTrainer *trainer, GError **error);
void lathe_trainer_ask_teacher (LatheTrainer *trainer);
void lathe_trainer_heed_teacher (LatheTrainer *trainer);
char *lathe_trainer_describe_teacher (const LatheTrainer *trainer);
gboolean lathe_trainer_check_teacher (const LatheTrainer *trainer, const char *before, GError **error);

/* lathe-trainer-report.c */
double lathe_tally_loss (const LatheTally *tally);
double lathe_tally_accuracy (const LatheTally *tally);
double lathe_trainer_position (const LatheTrainer *trainer);
void lathe_trainer_count_rate (LatheTrainer *trainer, guint n, double seconds);
void lathe_trainer_spend (LatheTrainer *trainer, LatheTrainingPhase phase, gint64 *since);
void lathe_trainer_observe (LatheTrainer *trainer);
void lathe_trainer_observe_when_due (LatheTrainer *trainer);
void lathe_trainer_warn (LatheTrainer *trainer, const GError *error);

/* lathe-trainer-checkpoint.c */
void lathe_trainer_begin_checkpoints (LatheTrainer *trainer);
void lathe_trainer_renew_facts (LatheTrainer *trainer);
void lathe_trainer_save_checkpoint (LatheTrainer *trainer);
void lathe_trainer_save_last_checkpoint (LatheTrainer *trainer);
void lathe_trainer_save_checkpoint_of_epoch (LatheTrainer *trainer);
void lathe_trainer_save_checkpoint_when_due (LatheTrainer *trainer);
void lathe_trainer_end_checkpoints (LatheTrainer *trainer);
gboolean lathe_trainer_restore (LatheTrainer *trainer, GError **error);

G_END_DECLS
