/* lathe-sweep.h: one training after another, with settings that vary.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-trainer.h"

G_BEGIN_DECLS

#define LATHE_SWEEP_MAX_RUNS 10000
#define LATHE_SWEEP_STEPS 5 /* of a range, in a grid, unless a number is given */

/* --- What varies --- */

/* What a hyperparameter, or the seed, may be: one of some values, or any of a range. */
typedef struct
{
  const LatheHyperparameter *row; /* NULL: the seed */
  GArray *values;                 /* (element-type double), as typed; NULL: a range, */
  double from, to;                /* from this value to that one, which is larger, … */
  gboolean logarithmic;           /* … by its ratios */
  guint steps;                    /* of a range in a grid; 0: LATHE_SWEEP_STEPS, and no more than there are */
} LatheSweepAxis;

LatheSweepAxis *lathe_sweep_axis_parse (const char *text, GError **error);
LatheSweepAxis *lathe_sweep_axis_copy (const LatheSweepAxis *axis);
void lathe_sweep_axis_free (LatheSweepAxis *axis);
const char *lathe_sweep_axis_get_name (const LatheSweepAxis *axis);
const char *lathe_sweep_axis_get_title (const LatheSweepAxis *axis); /* translated */
GArray *lathe_sweep_axis_list (const LatheSweepAxis *axis);
double lathe_sweep_axis_at (const LatheSweepAxis *axis, double share);
double lathe_sweep_axis_get (const LatheSweepAxis *axis, const LatheHyperparameters *values);
void lathe_sweep_axis_set (const LatheSweepAxis *axis, LatheHyperparameters *values, double value);
char *lathe_sweep_axis_format (const LatheSweepAxis *axis, double value);

/* --- What is tried --- */

typedef enum
{
  LATHE_SWEEP_GRID,    /* every combination of the values */
  LATHE_SWEEP_RANDOM,  /* some, drawn */
  LATHE_SWEEP_HALVING, /* some, drawn, of which the best third goes on three times as long, and so on */
  LATHE_N_SWEEP_METHODS
} LatheSweepMethod;

extern const char *const lathe_sweep_method_names[];  /* as typed: "halving" */
extern const char *const lathe_sweep_method_titles[]; /* N_(as people read them) */

typedef enum
{
  LATHE_SWEPT_WAITING,
  LATHE_SWEPT_TRAINING,
  LATHE_SWEPT_STOPPED, /* early, as others did better in as many epochs */
  LATHE_SWEPT_FINISHED,
  LATHE_SWEPT_CUT_OFF, /* by the end of the sweep, or by a person */
  LATHE_SWEPT_FAILED,
  LATHE_N_SWEPT_STATES
} LatheSweptState;

extern const char *const lathe_swept_state_names[];  /* "cut-off" */
extern const char *const lathe_swept_state_titles[]; /* N_(as people read them) */

/* One training of a sweep. */
typedef struct
{
  LatheHyperparameters hyperparameters;
  char *settings; /* those that vary: “Learning rate 0.01, Batch 32” */
  LatheSweptState state;
  gint64 run;   /* in the list of runs; 0: not there yet */
  guint epoch;  /* finished */
  double score; /* of the best of them: accuracy, or macro F1, on the validation images; NAN: none yet */
  char *reason; /* why it failed, a sentence; or NULL */
} LatheSwept;

typedef enum
{
  LATHE_SWEEP_RUNNING,
  LATHE_SWEEP_FINISHED,
  LATHE_SWEEP_STOPPED, /* by its cancellable */
} LatheSweepState;

/* How a sweep stands. Immutable; reference counted, atomically. */
typedef struct
{
  gatomicrefcount references;
  LatheSweepState state;
  char *group;      /* of its runs in their list */
  GPtrArray *swept; /* (element-type LatheSwept): in the order of trying */
  guint n_over;     /* that nothing more will become of */
  int best;         /* index; -1: none has a score yet */
  double elapsed;   /* seconds */
  double left;      /* seconds; NAN while unknown */
  double fraction;  /* of the epochs that there are to train: 0 … 1 */
} LatheSweepReport;

/* What is to be swept. Nothing of it is owned; it stays as it is for as long as the sweep goes on. */
typedef struct
{
  LatheDataset *dataset;
  const LatheGraph *graph;
  const LathePreprocess *preprocess;
  const LatheHyperparameters *hyperparameters; /* of all that does not vary; its seed is the sweep's, too */
  const LatheInheritance *inheritance;         /* what every run begins with; or NULL */
  const GPtrArray *axes;                       /* (element-type LatheSweepAxis) */
  LatheSweepMethod method;
  guint runs;          /* to be drawn; the most that a grid may have, or 0: LATHE_SWEEP_MAX_RUNS */
  const char *list;    /* path of the list in which they are written down, each with a model of its own beside it */
  const char *network; /* as in LatheRecord */
} LatheSweepJob;

/* Called on a thread of the sweep: some times a second, and at every change of a run. (transfer none); keep a reference
 * to use it later. */
typedef void (*LatheSweepObserver) (LatheSweepReport *report, gpointer data);

gboolean lathe_sweep_count (const LatheSweepJob *job, guint *n_runs, guint64 *n_epochs, GError **error);
gboolean lathe_sweep_estimate (const LatheSweepJob *job, GCancellable *cancellable, double *seconds, GError **error);
LatheSweepReport *lathe_sweep (const LatheSweepJob *job, LatheSweepObserver observer, gpointer observer_data,
                               GCancellable *cancellable, GError **error);

LatheSweepReport *lathe_sweep_report_ref (LatheSweepReport *report);
void lathe_sweep_report_unref (LatheSweepReport *report);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheSweepAxis, lathe_sweep_axis_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheSweepReport, lathe_sweep_report_unref)

G_END_DECLS
