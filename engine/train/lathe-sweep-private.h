/* lathe-sweep-private.h: what the files of a sweep share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-runs.h"
#include "lathe-sweep.h"
#include "lathe-trainer-private.h"

G_BEGIN_DECLS

#define LATHE_SWEEP_ETA 3 /* of those that were trained alike, one in so many goes on */
#define LATHE_SWEEP_MAX_RUNGS 12

/* After how many epochs runs are compared: one rung alone unless it is halved. */
typedef struct
{
  guint epochs[LATHE_SWEEP_MAX_RUNGS]; /* ascending */
  guint n;
} LatheSweepRungs;

typedef struct
{
  const LatheSweepJob *job;
  LatheSweepObserver observer;
  gpointer observer_data;
  GCancellable *cancellable;

  GMutex lock;           /* guards: */
  LatheTrainer *running; /* that is to be stopped when someone cancels; or NULL */

  LatheStore *store;
  LathePool *pool;
  LatheRuns *runs;
  char *group;
  GPtrArray *swept; /* (element-type LatheSwept) */
  LatheSweepRungs rungs;
  LatheSwept *now; /* the one that is trained */
  guint goal;      /* the epochs that it is to have had */
  double all;      /* epochs that there are to train, as far as is known; … */
  double done;     /* … that are trained, or will not be; … */
  double begun;    /* … and of the one that is going on */

  LatheSweepState state;
  gint64 begin; /* monotonic microseconds */
  gint64 last_report;
} LatheSweep;

/* lathe-sweep-plan.c */
GPtrArray *lathe_sweep_plan (const LatheSweepJob *job, GError **error);
void lathe_sweep_set_rungs (const LatheSweepJob *job, guint n, LatheSweepRungs *rungs);
guint lathe_sweep_left (guint n);

/* lathe-sweep-report.c */
void lathe_swept_free (LatheSwept *swept);
void lathe_sweep_say (LatheSweep *sweep);
void lathe_sweep_say_when_due (LatheSweep *sweep);
LatheSweepReport *lathe_sweep_last_report (LatheSweep *sweep);

G_END_DECLS
