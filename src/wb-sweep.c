/* wb-sweep.c: a sweep of settings, as the window sees it. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-sweep.h"

#include <math.h>

struct _WbSweep
{
  WbStudy parent_instance;
};

G_DEFINE_FINAL_TYPE (WbSweep, wb_sweep, WB_TYPE_STUDY)

/* What it takes of the project, as it was when the sweep began. */
typedef struct
{
  LatheSweepJob job; /* points into what follows */
  LathePreprocess preprocess;
  LatheHyperparameters hyperparameters;
  WbReportRelay *relay; /* or NULL */
  double seconds_an_epoch;
} Work;

static gpointer
copy_axis (gconstpointer axis, gpointer data)
{
  return lathe_sweep_axis_copy (axis);
}

/* `relay` (transfer full) (nullable) */
static Work *
work_new (const LatheSweepJob *job, WbReportRelay *relay)
{
  Work *work = g_new (Work, 1);
  GPtrArray *axes = g_ptr_array_copy ((GPtrArray *) job->axes, copy_axis, NULL);

  *work = (Work){*job, *job->preprocess, *job->hyperparameters, relay, NAN};
  work->job.dataset = lathe_dataset_ref (job->dataset);
  work->job.graph = lathe_graph_ref (job->graph);
  work->job.preprocess = &work->preprocess;
  work->job.hyperparameters = &work->hyperparameters;
  work->job.inheritance = job->inheritance ? lathe_inheritance_copy (job->inheritance) : NULL;
  work->job.axes = axes;
  work->job.list = g_strdup (job->list);
  work->job.network = g_strdup (job->network);
  return work;
}

static void
work_free (gpointer data)
{
  Work *work = data;

  wb_thread_drop_dataset (work->job.dataset);
  lathe_graph_free ((LatheGraph *) work->job.graph);
  if (work->job.inheritance)
    lathe_inheritance_free ((LatheInheritance *) work->job.inheritance);
  g_ptr_array_unref ((GPtrArray *) work->job.axes);
  g_free ((char *) work->job.list);
  g_free ((char *) work->job.network);
  g_clear_pointer (&work->relay, wb_report_relay_unref);
  g_free (work);
}

static gpointer
sweep_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Work *work = data;

  return lathe_sweep (&work->job, wb_report_relay_observe_sweep, work->relay, cancellable, error);
}

static gpointer
estimate_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Work *work = data;
  WbSweepEstimate found = {.seconds_an_epoch = work->seconds_an_epoch};

  if (!lathe_sweep_count (&work->job, &found.n_runs, &found.n_epochs, error) ||
      (isnan (found.seconds_an_epoch) &&
       !lathe_sweep_estimate (&work->job, cancellable, &found.seconds_an_epoch, error)))
    return NULL;
  return g_memdup2 (&found, sizeof found);
}

void
wb_sweep_estimate (const LatheSweepJob *job, double seconds_an_epoch, GObject *owner, GCancellable *cancellable,
                   WbDone done)
{
  Work *work = work_new (job, NULL);

  work->seconds_an_epoch = seconds_an_epoch;
  wb_thread_call (owner, estimate_work, work, work_free, g_free, cancellable, done, cancellable);
}

void
wb_sweep_start (WbSweep *self, const LatheSweepJob *job)
{
  WbReportRelay *relay;

  g_return_if_fail (WB_IS_SWEEP (self));
  g_return_if_fail (job->dataset != NULL);

  relay = wb_study_begin (WB_STUDY (self));
  if (relay)
    wb_study_run (WB_STUDY (self), sweep_work, work_new (job, relay), work_free);
}

static gpointer
ref_report (gpointer report)
{
  return lathe_sweep_report_ref (report);
}

static void
unref_report (gpointer report)
{
  lathe_sweep_report_unref (report);
}

static void
wb_sweep_class_init (WbSweepClass *klass)
{
  WB_STUDY_CLASS (klass)->ref = ref_report;
  WB_STUDY_CLASS (klass)->unref = unref_report;
}

static void
wb_sweep_init (WbSweep *self)
{
}

WbSweep *
wb_sweep_new (void)
{
  return g_object_new (WB_TYPE_SWEEP, NULL);
}
