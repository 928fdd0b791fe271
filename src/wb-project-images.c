/* wb-project-images.c: where the project's images come from, and what was decided about them.
 *
 * A decision (other edits, another split) takes longer than the main loop may, where images are many. So decisions
 * wait in a queue, and each is made on what the one before it came to: nothing that was decided quickly after
 * something else is lost, and each is one step that can be undone. The program does not end before the last of them
 * is on the disk: it is held until then, also when its windows are closed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#include "wb-belongings.h"
#include "wb-project-private.h"

/* Holds the program while something that was decided is not on the disk, and lets it go when all is. */
static void
update_hold (WbProject *self)
{
  GApplication *application = g_application_get_default ();
  gboolean held = self->decisions.length > 0 || self->unsaved || self->saving;

  if (held == self->held)
    return;
  self->held = held;
  if (held)
    g_application_hold (application);
  else
    g_application_release (application);
}

/* --- What is kept of a folder's edits, on the disk --- */

static char *
edits_path (LatheDataset *dataset)
{
  return wb_belonging (dataset, "edits", ".json");
}

static gboolean
save_edits (LatheDataset *dataset, GError **error)
{
  g_autofree char *path = edits_path (dataset);
  const LatheEdits *edits = lathe_dataset_get_edits (dataset);

  if (edits && !lathe_edits_is_empty (edits))
    return lathe_edits_save (edits, path, error);
  g_unlink (path);
  return TRUE;
}

static gpointer
save_work (gpointer dataset, GCancellable *cancellable, GError **error)
{
  save_edits (dataset, error);
  return NULL;
}

static void save_next (WbProject *self);

static void
on_saved (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbProject *self = WB_PROJECT (owner);

  self->saving = FALSE;
  if (error)
    wb_project_fail (self, error->message);
  save_next (self);
  update_hold (self);
}

/* One at a time, so that what is newest is written last. */
static void
save_next (WbProject *self)
{
  if (self->saving || !self->unsaved)
    return;
  self->saving = TRUE;
  wb_thread_call (G_OBJECT (self), save_work, g_steal_pointer (&self->unsaved), (GDestroyNotify) lathe_dataset_unref,
                  NULL, NULL, on_saved, NULL);
}

void
wb_project_keep_edits (WbProject *self)
{
  g_clear_pointer (&self->unsaved, lathe_dataset_unref);
  self->unsaved = lathe_dataset_ref (self->history.now->dataset);
  save_next (self);
  update_hold (self);
}

/* Brings back what was decided before. Where that cannot be, it is put aside, so that nothing overwrites it. */
static LatheDataset *
restore_edits (LatheDataset *dataset, char **complaint, GCancellable *cancellable)
{
  g_autofree char *path = edits_path (dataset);
  g_autofree char *aside = NULL;
  g_autoptr (LatheEdits) edits = NULL;
  g_autoptr (GError) error = NULL;
  LatheDataset *edited;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return lathe_dataset_ref (dataset);
  edits = lathe_edits_load (path, &error);
  edited = edits ? lathe_dataset_edit (dataset, edits, cancellable, &error) : NULL;
  if (edited)
    return edited;
  if (!g_cancellable_is_cancelled (cancellable))
    {
      aside = g_strconcat (path, ".unused", NULL);
      g_rename (path, aside);
      *complaint = g_strdup_printf (_ ("What was excluded and relabelled before cannot be applied any more. %s It was "
                                       "put aside as “%s”."),
                                    error->message, aside);
    }
  return lathe_dataset_ref (dataset);
}

/* --- Decisions --- */

typedef struct
{
  LatheDataset *dataset; /* that it is made on */
  LatheEdits *edits;     /* NULL: it is about the split */
  guint64 seed;
  double share[LATHE_N_SPLITS];
} Decision;

static void
decision_clear (gpointer data)
{
  Decision *decision = data;

  g_clear_pointer (&decision->dataset, lathe_dataset_unref);
  g_clear_pointer (&decision->edits, lathe_edits_free);
}

static void
decision_unref (gpointer decision)
{
  g_atomic_rc_box_release_full (decision, decision_clear);
}

static gpointer
decide_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Decision *decision = data;
  LatheDatasetOptions options = *lathe_dataset_get_options (decision->dataset);

  if (decision->edits)
    return lathe_dataset_edit (decision->dataset, decision->edits, cancellable, error);
  options.seed = decision->seed;
  memcpy (options.share, decision->share, sizeof options.share);
  return lathe_dataset_resplit (decision->dataset, &options, error);
}

static void decide_next (WbProject *self);

static void
on_decided (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbProject *self = WB_PROJECT (owner);
  g_autoptr (LatheDataset) dataset = result;
  WbSettings *settings;

  /* Another folder was opened meanwhile. */
  if (g_queue_peek_head (&self->decisions) != data)
    return;
  /* Something was undone meanwhile, or the like: once more, on what there is now. */
  if (((Decision *) data)->dataset != self->history.now->dataset)
    {
      decide_next (self);
      return;
    }
  decision_unref (g_queue_pop_head (&self->decisions));
  if (error)
    wb_project_fail (self, error->message);
  else if (dataset != self->history.now->dataset)
    {
      settings = wb_settings_copy (self->history.now);
      wb_settings_set_dataset (settings, dataset);
      wb_settings_adapt (settings);
      wb_project_change (self, settings);
    }
  decide_next (self);
  update_hold (self);
}

static void
decide_next (WbProject *self)
{
  Decision *decision = g_queue_peek_head (&self->decisions);

  if (!decision)
    return;
  g_clear_pointer (&decision->dataset, lathe_dataset_unref);
  decision->dataset = lathe_dataset_ref (self->history.now->dataset);
  wb_thread_call (G_OBJECT (self), decide_work, g_atomic_rc_box_acquire (decision), decision_unref,
                  (GDestroyNotify) lathe_dataset_unref, NULL, on_decided, decision);
}

static void
decide (WbProject *self, Decision *decision)
{
  g_queue_push_tail (&self->decisions, decision);
  if (self->decisions.length == 1)
    decide_next (self);
  update_hold (self);
}

static void
drop_decisions (WbProject *self)
{
  g_queue_clear_full (&self->decisions, decision_unref);
  update_hold (self);
}

const LatheEdits *
wb_project_get_edits (WbProject *self)
{
  LatheDataset *dataset;
  const LatheEdits *edits;

  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  for (GList *link = self->decisions.tail; link; link = link->prev)
    if (((Decision *) link->data)->edits)
      return ((Decision *) link->data)->edits;
  dataset = self->history.now->dataset;
  edits = dataset ? lathe_dataset_get_edits (dataset) : NULL;
  return edits ? edits : self->no_edits;
}

void
wb_project_set_edits (WbProject *self, const LatheEdits *edits)
{
  Decision *decision;

  g_return_if_fail (WB_IS_PROJECT (self));
  g_return_if_fail (self->history.now->dataset != NULL);

  if (lathe_edits_equal (edits, wb_project_get_edits (self)))
    return;
  decision = g_atomic_rc_box_new0 (Decision);
  decision->edits = lathe_edits_copy (edits);
  decide (self, decision);
}

void
wb_project_set_split (WbProject *self, guint64 seed, const double share[LATHE_N_SPLITS])
{
  Decision *decision;

  g_return_if_fail (WB_IS_PROJECT (self));
  g_return_if_fail (self->history.now->dataset != NULL);

  decision = g_atomic_rc_box_new0 (Decision);
  decision->seed = seed;
  memcpy (decision->share, share, sizeof decision->share);
  decide (self, decision);
}

/* --- The source --- */

static void
set_name (WbProject *self, const char *name)
{
  if (g_strcmp0 (self->name, name) == 0)
    return;
  g_free (self->name);
  self->name = g_strdup (name);
  g_object_notify (G_OBJECT (self), "name");
}

typedef struct
{
  LatheDataset *dataset;
  LathePreprocess preprocess; /* that suits its images */
  char *complaint;            /* about what was decided before, or NULL */
} Scanned;

static void
scanned_free (gpointer data)
{
  Scanned *scanned = data;

  lathe_dataset_unref (scanned->dataset);
  g_free (scanned->complaint);
  g_free (scanned);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Scanned, scanned_free)

static void
take_dataset (WbProject *self, const Scanned *scanned)
{
  LatheDataset *dataset = scanned->dataset;
  g_autofree char *name = g_path_get_basename (lathe_dataset_get_folder (dataset));
  g_autofree char *display_name = g_filename_display_name (name);
  WbSettings *settings = self->history.now;
  const LatheRecipe *recipe = wb_settings_get_recipe (settings);

  if (wb_run_get_active (self->run))
    wb_run_stop (self->run);
  self->left_behind = TRUE;
  drop_decisions (self);
  wb_settings_set_dataset (settings, dataset);
  settings->preprocess = scanned->preprocess;
  if (recipe)
    wb_settings_take_recipe (settings, recipe);
  else
    wb_settings_adapt (settings);
  wb_history_forget (&self->history);
  wb_project_notify_undo (self);
  set_name (self, display_name);
  wb_project_keep_model (self, NULL, NULL);
  wb_kept_run_look (self->kept_run, settings->dataset);
  g_signal_emit_by_name (self, "dataset-changed");
  g_signal_emit_by_name (self, "network-changed");
}

typedef struct
{
  char *folder;
  LatheDatasetOptions options;
  WbProgressRelay *progress;
} Scan;

static void
scan_free (gpointer data)
{
  Scan *scan = data;

  g_free (scan->folder);
  wb_progress_relay_unref (scan->progress);
  g_free (scan);
}

static gpointer
scan_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Scan *scan = data;
  g_autoptr (LatheDataset) dataset =
      lathe_dataset_scan (scan->folder, &scan->options, wb_progress_relay_report, scan->progress, cancellable, error);
  Scanned *scanned;

  if (!dataset)
    return NULL;
  scanned = g_new0 (Scanned, 1);
  scanned->dataset = restore_edits (dataset, &scanned->complaint, cancellable);
  lathe_dataset_suggest (scanned->dataset, 0, 0, &scanned->preprocess);
  return scanned;
}

static void
on_scan_progress (guint done, guint total, gpointer data)
{
  g_signal_emit_by_name (data, "scan-progress", done, total);
}

static void
end_scan (WbProject *self)
{
  g_clear_pointer (&self->scan_progress, wb_progress_relay_close);
  g_clear_object (&self->scan);
  g_object_notify (G_OBJECT (self), "scanning");
}

static void
on_scan_done (GObject *owner, gpointer result, const GError *error, gpointer cancellable)
{
  WbProject *self = WB_PROJECT (owner);
  g_autoptr (Scanned) scanned = result;

  if (self->scan != cancellable)
    return;
  if (scanned)
    take_dataset (self, scanned);
  end_scan (self);
  if (scanned && scanned->complaint)
    wb_project_fail (self, scanned->complaint);
  if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    wb_project_fail (self, error->message);
}

void
wb_project_open (WbProject *self, GFile *folder)
{
  const LatheRecipe *recipe;
  Scan *scan;

  g_return_if_fail (WB_IS_PROJECT (self));
  g_return_if_fail (G_IS_FILE (folder));

  if (!g_file_peek_path (folder))
    {
      g_autofree char *uri = g_file_get_uri (folder);
      g_autofree char *message =
          g_strdup_printf (_ ("“%s” is not on this computer. Copy the folder here first, then open the copy."), uri);

      wb_project_fail (self, message);
      return;
    }

  wb_project_cancel_scan (self);
  self->scan = g_cancellable_new ();
  self->scan_progress = wb_progress_relay_new (on_scan_progress, self);
  scan = g_new (Scan, 1);
  *scan = (Scan){g_file_get_path (folder), LATHE_DATASET_OPTIONS_DEFAULT, wb_progress_relay_ref (self->scan_progress)};
  recipe = wb_settings_get_recipe (self->history.now);
  if (recipe)
    memcpy (scan->options.share, recipe->share, sizeof recipe->share);
  g_object_notify (G_OBJECT (self), "scanning");
  wb_thread_call (G_OBJECT (self), scan_work, scan, scan_free, scanned_free, self->scan, on_scan_done, self->scan);
}

void
wb_project_cancel_scan (WbProject *self)
{
  g_return_if_fail (WB_IS_PROJECT (self));

  if (!self->scan)
    return;
  g_cancellable_cancel (self->scan);
  end_scan (self);
}

/* --- Life --- */

void
wb_project_init_images (WbProject *self)
{
  g_queue_init (&self->decisions);
  self->no_edits = lathe_edits_new ();
}

/* Nothing waits to be decided or saved: whatever does so keeps the project alive. */
void
wb_project_dispose_images (WbProject *self)
{
  if (self->scan)
    g_cancellable_cancel (self->scan);
  g_clear_pointer (&self->scan_progress, wb_progress_relay_close);
  g_clear_object (&self->scan);
  g_clear_pointer (&self->no_edits, lathe_edits_free);
}
