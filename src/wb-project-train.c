/* wb-project-train.c: what becomes of the project in its runs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>

#include "wb-project-private.h"

char *
wb_project_list_path (WbProject *self)
{
  g_autofree char *folder = lathe_runs_beside (wb_project_file_get_path (self->file));

  return lathe_runs_path (folder);
}

char *
wb_project_get_runs_folder (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  return self->file ? lathe_runs_beside (wb_project_file_get_path (self->file)) : NULL;
}

void
wb_project_set_trained_on (WbProject *self)
{
  g_clear_pointer (&self->trained_on, lathe_dataset_unref);
  self->trained_on = lathe_dataset_ref (self->history.now->dataset);
  self->left_behind = FALSE;
}

/* Where its folder's runs have theirs; else the newest run is one that another program began, and that goes on here. */
static gboolean
is_kept_with_folder (WbProject *self)
{
  g_autofree char *kept = wb_kept_run_path (self->trained_on), *path = g_canonicalize_filename (kept, NULL);

  return g_strcmp0 (self->checkpoint, path) == 0;
}

void
wb_project_set_checkpoint (WbProject *self, const char *path)
{
  g_free (self->checkpoint);
  self->checkpoint = path ? g_canonicalize_filename (path, NULL) : NULL;
  if (is_kept_with_folder (self))
    wb_kept_run_replace (self->kept_run, self->trained_on);
}

/* Start, where Continue was on offer: nothing is lost by a slip of the hand. */
void
wb_project_put_aside (WbProject *self, const char *checkpoint)
{
  const WbKept *kept = wb_kept_run_get (self->kept_run);
  g_autofree char *old = kept && kept->epoch <= kept->epochs ? lathe_checkpoint_put_aside (checkpoint) : NULL;
  g_autofree char *message = NULL;

  if (!old)
    return;
  wb_kept_run_replace (self->kept_run, self->trained_on);
  message = g_strdup_printf (_ ("The unfinished training was put aside. “lathe-cli train FOLDER --resume %s” goes on "
                                "with it."),
                             old);
  wb_project_fail (self, message);
}

/* Either would slow the other down, and spoil the times that a search measures. A list that is being copied would not
 * have the run, and one that the run begins would not have those before. */
gboolean
wb_project_is_occupied (WbProject *self)
{
  const char *occupation = wb_project_get_occupation (self);

  if (!occupation && wb_runs_get_moving (self->runs))
    occupation = _ ("The list of trainings is being copied to the project’s new place. Start again in a moment.");
  if (occupation)
    wb_project_fail (self, occupation);
  return occupation != NULL;
}

void
wb_project_train (WbProject *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *checkpoint = NULL, *list = NULL;
  g_autoptr (LatheInheritance) inheritance = NULL;
  const WbSettings *settings = self->history.now;

  g_return_if_fail (WB_IS_PROJECT (self));

  if (wb_run_get_active (self->run) || wb_project_is_occupied (self))
    return;
  if (!settings->dataset)
    {
      wb_project_fail (self, _ ("There is nothing to learn from yet. Open a folder of images first."));
      return;
    }
  if (wb_project_get_growing (self) != LATHE_GROW_NOT)
    {
      wb_project_grow (self);
      return;
    }
  wb_project_set_trained_on (self);
  checkpoint = wb_kept_run_path (settings->dataset);
  list = wb_project_list_path (self);
  wb_project_put_aside (self, checkpoint);
  inheritance = wb_project_get_goes_on (self) ? wb_project_get_inheritance (self) : NULL;
  if (wb_run_start (self->run, settings->dataset, settings->graph, &settings->preprocess, &settings->hyperparameters,
                    inheritance, checkpoint, list, &error))
    wb_project_set_checkpoint (self, checkpoint);
  else
    wb_project_fail (self, error->message);
}

/* What the run was set to is what is set from now on. */
static void
take_settings (WbProject *self, const LatheUnfinished *unfinished, LatheDataset *dataset, guint more)
{
  WbSettings *settings = wb_settings_copy (self->history.now);

  wb_settings_set_dataset (settings, dataset);
  lathe_graph_free (settings->graph);
  settings->graph = lathe_graph_ref (unfinished->graph);
  settings->preprocess = unfinished->preprocess;
  settings->hyperparameters = unfinished->hyperparameters;
  if (more > 0)
    settings->hyperparameters.epochs = unfinished->epoch - 1 + more;
  wb_project_change (self, settings);
}

/* `more`: epochs that it is given; 0: it goes on to its end. */
static void
on_kept_run_read (GObject *owner, gpointer result, const GError *error, gpointer more)
{
  WbProject *self = WB_PROJECT (owner);
  g_autoptr (LatheUnfinished) unfinished = result;
  g_autofree char *list = NULL, *checkpoint = NULL;
  g_autoptr (GError) reason = NULL;

  if (error)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        wb_project_fail (self, error->message);
      return;
    }
  if (wb_run_get_active (self->run) || wb_project_is_occupied (self))
    return;
  take_settings (self, unfinished, more ? self->trained_on : wb_kept_run_get_dataset (self->kept_run),
                 GPOINTER_TO_UINT (more));
  wb_project_set_trained_on (self);
  list = wb_project_list_path (self);
  checkpoint = wb_kept_run_path (self->trained_on);
  if (wb_run_continue (self->run, self->history.now->dataset, g_steal_pointer (&unfinished), GPOINTER_TO_UINT (more),
                       checkpoint, list, &reason))
    wb_project_set_checkpoint (self, checkpoint);
  else
    wb_project_fail (self, reason->message);
}

void
wb_project_continue (WbProject *self)
{
  g_return_if_fail (WB_IS_PROJECT (self));

  if (wb_kept_run_get (self->kept_run) && !wb_run_get_active (self->run) && !wb_project_is_occupied (self))
    wb_kept_run_read (self->kept_run, G_OBJECT (self), on_kept_run_read);
}

gboolean
wb_project_can_train_more (WbProject *self)
{
  const LatheSnapshot *snapshot;

  g_return_val_if_fail (WB_IS_PROJECT (self), FALSE);

  snapshot = wb_run_get_snapshot (self->run);
  return snapshot && snapshot->state == LATHE_TRAINER_FINISHED && !wb_run_is_head_alone (self->run) &&
         !self->left_behind;
}

/* --- A run that has its state at a place of its own --- */

typedef struct
{
  LatheDataset *dataset;
  gint64 run; /* its number in the list; 0: whichever it is */
  char *checkpoint;
  guint more;                  /* epochs that it is given; 0: it goes on to its end */
  LatheUnfinished *unfinished; /* once it is read; or NULL */
} Earlier;

static void
earlier_free (gpointer data)
{
  Earlier *earlier = data;

  wb_thread_drop_dataset (earlier->dataset);
  g_free (earlier->checkpoint);
  g_clear_pointer (&earlier->unfinished, lathe_unfinished_free);
  g_free (earlier);
}

/* All runs of a folder have one place for their checkpoint: that of a later one, deleted since, may be there. */
static LatheUnfinished *
read_earlier (const Earlier *earlier, GError **error)
{
  g_autoptr (LatheUnfinished) unfinished = lathe_unfinished_read (earlier->checkpoint, error);

  if (!unfinished || unfinished->run == 0 || earlier->run == 0 || unfinished->run == earlier->run)
    return g_steal_pointer (&unfinished);
  g_set_error (
      error, LATHE_ERROR, LATHE_ERROR_DATA,
      _ ("This run cannot go on: a later training has replaced its last state in “%s”. “Use Its Network” in its "
         "menu sets its network, to be trained anew."),
      earlier->checkpoint);
  return NULL;
}

/* Gives back a second one, with the images as that run saw them. */
static gpointer
earlier_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Earlier *earlier = data;
  g_autoptr (LatheUnfinished) unfinished = read_earlier (earlier, error);
  g_autoptr (LatheDataset) images = unfinished ? wb_kept_run_find_images (earlier->dataset, unfinished) : NULL;
  Earlier *found;

  if (unfinished && !images)
    images = lathe_dataset_ref (earlier->dataset); /* which is told to be another one */
  if (!unfinished || !lathe_unfinished_check (unfinished, images, error))
    return NULL;
  found = g_new0 (Earlier, 1);
  found->dataset = g_steal_pointer (&images);
  found->checkpoint = g_strdup (earlier->checkpoint);
  found->more = earlier->more;
  found->unfinished = g_steal_pointer (&unfinished);
  return found;
}

/* Unless another source was opened meanwhile. */
static void
on_earlier_read (GObject *owner, gpointer result, const GError *error, gpointer opened)
{
  WbProject *self = WB_PROJECT (owner);
  Earlier *found = result;
  g_autofree char *list = NULL;
  g_autoptr (GError) reason = NULL;

  if (GPOINTER_TO_UINT (opened) != self->opened)
    g_clear_pointer (&found, earlier_free);
  else if (!found)
    wb_project_fail (self, error->message);
  if (found && !wb_run_get_active (self->run) && !wb_project_is_occupied (self))
    {
      take_settings (self, found->unfinished, found->dataset, found->more);
      wb_project_set_trained_on (self);
      list = wb_project_list_path (self);
      if (wb_run_continue (self->run, self->history.now->dataset, g_steal_pointer (&found->unfinished), found->more,
                           found->checkpoint, list, &reason))
        wb_project_set_checkpoint (self, found->checkpoint);
      else
        wb_project_fail (self, reason->message);
    }
  g_clear_pointer (&found, earlier_free);
}

static void
go_on_from (WbProject *self, LatheDataset *dataset, gint64 run, const char *checkpoint, guint more)
{
  Earlier *earlier = g_new (Earlier, 1);

  *earlier = (Earlier){lathe_dataset_ref (dataset), run, g_strdup (checkpoint), more, NULL};
  wb_thread_call (G_OBJECT (self), earlier_work, earlier, earlier_free, earlier_free, NULL, on_earlier_read,
                  GUINT_TO_POINTER (self->opened));
}

void
wb_project_continue_from (WbProject *self, gint64 run, const char *checkpoint)
{
  g_return_if_fail (WB_IS_PROJECT (self));

  if (self->history.now->dataset && !wb_run_get_active (self->run) && !wb_project_is_occupied (self))
    go_on_from (self, self->history.now->dataset, run, checkpoint, 0);
}

void
wb_project_train_more (WbProject *self, guint n_epochs)
{
  g_return_if_fail (WB_IS_PROJECT (self));

  if (!wb_project_can_train_more (self) || wb_project_is_occupied (self))
    return;
  if (is_kept_with_folder (self))
    wb_kept_run_read_end (self->kept_run, self->trained_on, G_OBJECT (self), on_kept_run_read,
                          GUINT_TO_POINTER (n_epochs));
  else
    go_on_from (self, self->trained_on, 0, self->checkpoint, n_epochs);
}

void
wb_project_model_saved (WbProject *self, LatheModel *model)
{
  const LatheSnapshot *snapshot;

  g_return_if_fail (WB_IS_PROJECT (self));

  snapshot = wb_run_get_snapshot (self->run);
  if (snapshot && snapshot->state == LATHE_TRAINER_FINISHED && snapshot->best == model &&
      !wb_run_is_head_alone (self->run) && is_kept_with_folder (self))
    wb_kept_run_keep_end (self->kept_run, self->trained_on);
}

/* The best epoch's model so far, while the run goes on and at its end. */
static void
take_best_model (WbProject *self)
{
  const LatheSnapshot *snapshot = wb_run_get_snapshot (self->run);

  if (!snapshot || !snapshot->best || self->left_behind)
    return;
  wb_project_keep_model (self, snapshot->best, self->trained_on);
  wb_project_keep_opened (self);
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

static void
open_list (WbProject *self)
{
  g_autofree char *path = self->file ? wb_project_list_path (self) : NULL;

  wb_runs_open (self->runs, path);
}

/* What a training writes down after its list was copied would be lost to the copy: until it has ended the window stays
 * with the list that it writes to. */
static void
move_list_when_quiet (WbProject *self)
{
  if (!self->list_to || !self->run || wb_run_get_active (self->run) || wb_study_get_active (WB_STUDY (self->sweep)))
    return;
  wb_runs_move (self->runs, self->list_from, self->list_to);
  g_clear_pointer (&self->list_from, g_free);
  g_clear_pointer (&self->list_to, g_free);
}

/* The project is kept elsewhere from now on, and takes its runs along. */
static void
move_list (WbProject *self)
{
  g_free (self->list_from);
  g_free (self->list_to);
  self->list_from = g_strdup (wb_runs_get_path (self->runs));
  self->list_to = wb_project_list_path (self);
  move_list_when_quiet (self);
}

/* A training that the end of the program stops has written down its last by now. */
void
wb_project_dispose_list (WbProject *self)
{
  if (self->list_to)
    lathe_runs_copy (self->list_from, self->list_to, NULL);
  g_clear_pointer (&self->list_from, g_free);
  g_clear_pointer (&self->list_to, g_free);
}

const char *const *
wb_project_get_watched (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  return (const char *const *) self->history.now->watched;
}

void
wb_project_set_watched (WbProject *self, const char *const *paths)
{
  WbSettings *settings;

  g_return_if_fail (WB_IS_PROJECT (self));

  if (g_strv_equal (paths, wb_project_get_watched (self)))
    return;
  settings = wb_settings_copy (self->history.now);
  g_strfreev (settings->watched);
  settings->watched = g_strdupv ((char **) paths);
  wb_project_change (self, settings);
}

static void
watch (WbProject *self)
{
  wb_run_watch (self->run, wb_project_get_watched (self));
}

void
wb_project_follow_run (WbProject *self)
{
  g_signal_connect (self, "dataset-changed", G_CALLBACK (open_list), NULL);
  g_signal_connect (self, "watched-changed", G_CALLBACK (watch), NULL);
  g_signal_connect (self, "place-changed", G_CALLBACK (move_list), NULL);
  g_signal_connect_swapped (self->runs, "failed", G_CALLBACK (wb_project_fail), self);
  g_signal_connect_swapped (self->run, "notify::active", G_CALLBACK (on_run_active), self);
  g_signal_connect_swapped (self->run, "notify::active", G_CALLBACK (move_list_when_quiet), self);
  g_signal_connect_swapped (self->sweep, "notify::active", G_CALLBACK (move_list_when_quiet), self);
  g_signal_connect_swapped (self->run, "epoch", G_CALLBACK (take_best_model), self);
  g_signal_connect_swapped (self->run, "failed", G_CALLBACK (wb_project_fail), self);
}
