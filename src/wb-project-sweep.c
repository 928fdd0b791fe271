/* wb-project-sweep.c: the project trained again and again, with settings that vary.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>

#include "wb-project-private.h"

/* The job points into the project; `list` and `inheritance` are to be freed. */
static LatheSweepJob
make_job (WbProject *self, const GPtrArray *axes, LatheSweepMethod method, guint runs, char **list,
          LatheInheritance **inheritance)
{
  const WbSettings *settings = self->history.now;

  *list = wb_project_list_path (self);
  *inheritance = wb_project_get_goes_on (self) ? wb_project_get_inheritance (self) : NULL;
  return (LatheSweepJob){.dataset = settings->dataset,
                         .graph = settings->graph,
                         .preprocess = &settings->preprocess,
                         .hyperparameters = &settings->hyperparameters,
                         .inheritance = *inheritance,
                         .axes = axes,
                         .method = method,
                         .runs = runs,
                         .list = *list};
}

const char *
wb_project_get_occupation (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  if (wb_study_get_active (WB_STUDY (self->search)))
    return _ (
        "A search for networks takes the whole machine. Training begins once it has ended; “Search” on the Network "
        "page stops it.");
  if (wb_study_get_active (WB_STUDY (self->sweep)))
    return _ ("A sweep takes the whole machine, as it trains one run after another. All else begins once it has ended; "
              "“Sweep” on the Train page stops it.");
  return NULL;
}

void
wb_project_sweep (WbProject *self, const GPtrArray *axes, LatheSweepMethod method, guint runs)
{
  g_autofree char *list = NULL;
  g_autoptr (LatheInheritance) inheritance = NULL;
  LatheSweepJob job;

  g_return_if_fail (WB_IS_PROJECT (self));

  if (!self->history.now->dataset || wb_run_get_active (self->run) || wb_project_is_occupied (self))
    return;
  job = make_job (self, axes, method, runs, &list, &inheritance);
  wb_sweep_start (self->sweep, &job);
}

void
wb_project_estimate_sweep (WbProject *self, const GPtrArray *axes, LatheSweepMethod method, guint runs,
                           double seconds_an_epoch, GObject *owner, GCancellable *cancellable, WbDone done)
{
  g_autofree char *list = NULL;
  g_autoptr (LatheInheritance) inheritance = NULL;
  LatheSweepJob job;

  g_return_if_fail (WB_IS_PROJECT (self));
  g_return_if_fail (self->history.now->dataset != NULL);

  job = make_job (self, axes, method, runs, &list, &inheritance);
  wb_sweep_estimate (&job, seconds_an_epoch, owner, cancellable, done);
}
