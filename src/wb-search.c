/* wb-search.c: the search for other networks, as the window sees it. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-search.h"

struct _WbSearch
{
  WbStudy parent_instance;
};

G_DEFINE_FINAL_TYPE (WbSearch, wb_search, WB_TYPE_STUDY)

/* What it takes of the project, as it was when the search began. */
typedef struct
{
  LatheDataset *dataset;
  LatheGraph *graph;
  LathePreprocess preprocess;
  LatheHyperparameters hyperparameters;
  LatheSearchBounds bounds;
  WbReportRelay *relay;
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  wb_thread_drop_dataset (work->dataset);
  lathe_graph_free (work->graph);
  wb_report_relay_unref (work->relay);
  g_free (work);
}

static gpointer
search_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Work *work = data;
  const LatheSearchJob job = {work->dataset, work->graph, &work->preprocess, &work->hyperparameters, work->bounds};

  return lathe_search (&job, wb_report_relay_observe_search, work->relay, cancellable, error);
}

void
wb_search_start (WbSearch *self, const LatheSearchJob *job)
{
  WbReportRelay *relay;
  Work *work;

  g_return_if_fail (WB_IS_SEARCH (self));
  g_return_if_fail (job->dataset != NULL);

  relay = wb_study_begin (WB_STUDY (self));
  if (!relay)
    return;
  work = g_new (Work, 1);
  *work = (Work){lathe_dataset_ref (job->dataset),
                 lathe_graph_ref (job->graph),
                 *job->preprocess,
                 *job->hyperparameters,
                 job->bounds,
                 relay};
  wb_study_run (WB_STUDY (self), search_work, work, work_free);
}

static gpointer
ref_report (gpointer report)
{
  return lathe_search_report_ref (report);
}

static void
unref_report (gpointer report)
{
  lathe_search_report_unref (report);
}

static void
wb_search_class_init (WbSearchClass *klass)
{
  WB_STUDY_CLASS (klass)->ref = ref_report;
  WB_STUDY_CLASS (klass)->unref = unref_report;
}

static void
wb_search_init (WbSearch *self)
{
}

WbSearch *
wb_search_new (void)
{
  return g_object_new (WB_TYPE_SEARCH, NULL);
}
