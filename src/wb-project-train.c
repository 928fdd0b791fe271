/* wb-project-train.c: what becomes of the project in its runs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>

#include "wb-project-private.h"

static void
set_trained_on (WbProject *self)
{
  g_clear_pointer (&self->trained_on, lathe_dataset_unref);
  self->trained_on = lathe_dataset_ref (self->history.now->dataset);
  self->left_behind = FALSE;
}

/* Start, where Continue was on offer: nothing is lost by a slip of the hand. */
static void
put_aside (WbProject *self, const char *checkpoint)
{
  const WbKept *kept = wb_kept_run_get (self->kept_run);
  g_autofree char *old = kept && kept->epoch <= kept->epochs ? lathe_checkpoint_put_aside (checkpoint) : NULL;
  g_autofree char *message = NULL;

  if (!old)
    return;
  wb_kept_run_replace (self->kept_run);
  message = g_strdup_printf (_ ("The unfinished training was put aside. “lathe-cli train FOLDER --resume %s” goes on "
                                "with it."),
                             old);
  wb_project_fail (self, message);
}

void
wb_project_train (WbProject *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *checkpoint = NULL;
  g_autoptr (LatheInheritance) inheritance = NULL;
  const WbSettings *settings = self->history.now;

  g_return_if_fail (WB_IS_PROJECT (self));

  if (wb_run_get_active (self->run))
    return;
  if (!settings->dataset)
    {
      wb_project_fail (self, _ ("There is nothing to learn from yet. Open a folder of images first."));
      return;
    }
  set_trained_on (self);
  checkpoint = wb_kept_run_path (settings->dataset);
  put_aside (self, checkpoint);
  inheritance = wb_project_get_goes_on (self) ? wb_project_get_inheritance (self) : NULL;
  if (wb_run_start (self->run, settings->dataset, settings->graph, &settings->preprocess, &settings->hyperparameters,
                    inheritance, checkpoint, &error))
    wb_kept_run_replace (self->kept_run);
  else
    wb_project_fail (self, error->message);
}

/* What the run was set to is what is set from now on. */
static void
take_settings (WbProject *self, const LatheUnfinished *unfinished)
{
  WbSettings *settings = wb_settings_copy (self->history.now);

  wb_settings_set_dataset (settings, wb_kept_run_get_dataset (self->kept_run));
  lathe_graph_free (settings->graph);
  settings->graph = lathe_graph_copy (unfinished->graph);
  settings->preprocess = unfinished->preprocess;
  settings->hyperparameters = unfinished->hyperparameters;
  wb_project_change (self, settings);
}

static void
on_kept_run_read (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbProject *self = WB_PROJECT (owner);
  g_autoptr (LatheUnfinished) unfinished = result;
  g_autoptr (GError) reason = NULL;

  if (error)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        wb_project_fail (self, error->message);
      return;
    }
  if (wb_run_get_active (self->run))
    return;
  take_settings (self, unfinished);
  set_trained_on (self);
  if (wb_run_continue (self->run, self->history.now->dataset, g_steal_pointer (&unfinished), &reason))
    wb_kept_run_replace (self->kept_run);
  else
    wb_project_fail (self, reason->message);
}

void
wb_project_continue (WbProject *self)
{
  g_return_if_fail (WB_IS_PROJECT (self));

  if (wb_kept_run_get (self->kept_run) && !wb_run_get_active (self->run))
    wb_kept_run_read (self->kept_run, G_OBJECT (self), on_kept_run_read);
}

void
wb_project_model_saved (WbProject *self, LatheModel *model)
{
  const LatheSnapshot *snapshot;

  g_return_if_fail (WB_IS_PROJECT (self));

  snapshot = wb_run_get_snapshot (self->run);
  if (snapshot && snapshot->state == LATHE_TRAINER_FINISHED && snapshot->best == model)
    wb_kept_run_remove (self->kept_run, self->trained_on);
}

/* The best epoch's model so far, while the run goes on and at its end. */
static void
take_best_model (WbProject *self)
{
  const LatheSnapshot *snapshot = wb_run_get_snapshot (self->run);

  if (snapshot && snapshot->best && !self->left_behind)
    wb_project_keep_model (self, snapshot->best, self->trained_on);
}

/* A run that was stopped can be taken up again. */
static void
on_run_active (WbProject *self)
{
  const LatheSnapshot *snapshot = wb_run_get_snapshot (self->run);

  take_best_model (self);
  if (!wb_run_get_active (self->run) && snapshot->state == LATHE_TRAINER_STOPPED)
    wb_kept_run_look (self->kept_run, self->left_behind ? self->history.now->dataset : self->trained_on);
}

void
wb_project_follow_run (WbProject *self)
{
  g_signal_connect_swapped (self->run, "notify::active", G_CALLBACK (on_run_active), self);
  g_signal_connect_swapped (self->run, "epoch", G_CALLBACK (take_best_model), self);
  g_signal_connect_swapped (self->run, "failed", G_CALLBACK (wb_project_fail), self);
}
