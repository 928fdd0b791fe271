/* wb-project-open.c: a source or a project is opened, and brings back what was set with it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "wb-belongings.h"
#include "wb-project-private.h"

typedef struct
{
  LatheDataset *dataset;
  LathePreprocess preprocess; /* that suits its images */
  WbReadProject *read;
  gboolean chosen; /* it is the project that was opened, and not its source */
  GString *complaints;
} Scanned;

static void
scanned_free (gpointer data)
{
  Scanned *scanned = data;

  g_clear_pointer (&scanned->dataset, lathe_dataset_unref);
  g_clear_pointer (&scanned->read, wb_read_project_free);
  g_string_free (scanned->complaints, TRUE);
  g_free (scanned);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Scanned, scanned_free)

typedef struct
{
  char *source;  /* a folder or an archive; NULL: the project says */
  char *project; /* NULL: the one that belongs to the source */
  LatheDatasetOptions options;
  WbProgressRelay *progress;
} Scan;

static void
scan_free (gpointer data)
{
  Scan *scan = data;

  g_free (scan->source);
  g_free (scan->project);
  wb_progress_relay_unref (scan->progress);
  g_free (scan);
}

static void G_GNUC_PRINTF (2, 3) complain (Scanned *scanned, const char *format, ...)
{
  va_list arguments;

  if (scanned->complaints->len > 0)
    g_string_append_c (scanned->complaints, ' ');
  va_start (arguments, format);
  g_string_append_vprintf (scanned->complaints, format, arguments);
  va_end (arguments);
}

/* So that nothing overwrites it. (transfer full): where it is now */
static char *
put_aside (const char *path)
{
  char *aside = g_strconcat (path, ".unused", NULL);

  g_rename (path, aside);
  return aside;
}

/* What belongs to the source. What cannot be read is put aside. */
static void
find_project (Scanned *scanned)
{
  g_autofree char *path = wb_belonging (scanned->dataset, "projects", LATHE_PROJECT_SUFFIX);
  g_autoptr (GError) error = NULL;

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    {
      scanned->read = wb_read_project_new_mine (path, &error);
      if (!scanned->read)
        {
          g_autofree char *aside = put_aside (path);

          complain (scanned,
                    _ ("What was set with this folder before does not come back. %s It was put aside as “%s”."),
                    error->message, aside);
        }
    }
  if (!scanned->read)
    {
      scanned->read = g_new0 (WbReadProject, 1);
      scanned->read->path = g_strdup (path);
      scanned->read->checksum = g_strdup (LATHE_PROJECT_NO_FILE);
    }
}

static void
take_over (Scanned *scanned, LatheDataset *dataset)
{
  if (!dataset)
    return;
  lathe_dataset_unref (scanned->dataset);
  scanned->dataset = dataset;
}

/* Decides again what was decided about its images. */
static void
restore_edits (Scanned *scanned, GCancellable *cancellable)
{
  const LatheProject *project = scanned->read->project;
  g_autoptr (GError) error = NULL;
  LatheDataset *edited;

  if (!project->edits)
    return;
  edited = lathe_dataset_edit (scanned->dataset, project->edits, cancellable, &error);
  take_over (scanned, edited);
  if (!edited && !g_cancellable_is_cancelled (cancellable))
    wb_read_project_complain (scanned->read, error->message);
}

/* Those of a folder that was worked on before folders had projects. */
static void
restore_older_edits (Scanned *scanned, GCancellable *cancellable)
{
  g_autofree char *path = wb_belonging (scanned->dataset, "edits", ".json");
  g_autoptr (LatheEdits) edits = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return;
  edits = lathe_edits_load (path, &error);
  if (edits)
    take_over (scanned, lathe_dataset_edit (scanned->dataset, edits, cancellable, &error));
  if (error && !g_cancellable_is_cancelled (cancellable))
    complain (scanned, _ ("What was excluded and relabelled before cannot be applied any more. %s"), error->message);
}

static void
restore_split (Scanned *scanned)
{
  LatheDatasetOptions options = *lathe_dataset_get_options (scanned->dataset);
  const LatheProject *project = scanned->read->project;

  options.seed = project->dataset_options.seed;
  memcpy (options.share, project->dataset_options.share, sizeof options.share);
  take_over (scanned, lathe_dataset_resplit (scanned->dataset, &options, NULL));
}

static gpointer
scan_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Scan *scan = data;
  g_autoptr (Scanned) scanned = g_new0 (Scanned, 1);
  const LatheDatasetOptions *options = &scan->options;
  const char *source = scan->source;

  scanned->complaints = g_string_new (NULL);
  scanned->chosen = scan->project != NULL;
  if (scan->project)
    {
      scanned->read = wb_read_project_new_mine (scan->project, error);
      if (!scanned->read)
        return NULL;
      options = &scanned->read->project->dataset_options;
      source = scanned->read->project->source;
    }
  scanned->dataset = lathe_dataset_scan (source, options, wb_progress_relay_report, scan->progress, cancellable, error);
  if (!scanned->dataset)
    return NULL;
  if (!scan->project)
    find_project (scanned);
  if (scanned->read->project)
    {
      restore_edits (scanned, cancellable);
      restore_split (scanned);
      lathe_project_fit (scanned->read->project, scanned->dataset);
    }
  else
    restore_older_edits (scanned, cancellable);
  lathe_dataset_suggest (scanned->dataset, 0, 0, &scanned->preprocess);
  if (scanned->read->complaint)
    complain (scanned, "%s", scanned->read->complaint);
  return g_steal_pointer (&scanned);
}

/* --- Taken --- */

/* One that is new goes on with what was set; whatever was watched was of other images. */
static void
take_settings (WbProject *self, const Scanned *scanned, const LatheRecipe *recipe)
{
  WbSettings *settings = self->history.now;

  wb_settings_set_dataset (settings, scanned->dataset);
  if (scanned->read->project)
    {
      wb_settings_take_project (settings, scanned->read->project);
      return;
    }
  g_strfreev (settings->watched);
  settings->watched = g_new0 (char *, 1);
  settings->preprocess = scanned->preprocess;
  settings->threshold = NAN;
  if (recipe)
    wb_settings_take_recipe (settings, recipe);
  else
    wb_settings_adapt (settings);
}

static void
take_scanned (WbProject *self, const Scanned *scanned)
{
  const LatheRecipe *recipe = wb_settings_get_recipe (self->history.now);

  if (wb_run_get_active (self->run))
    wb_run_stop (self->run);
  self->left_behind = TRUE;
  self->opened++;
  self->next = NULL;
  wb_project_drop_decisions (self);
  wb_project_leave_file (self);
  take_settings (self, scanned, recipe);
  wb_history_forget (&self->history);
  wb_project_notify_undo (self);
  wb_project_set_file (self, scanned->read, scanned->chosen);
  if (!scanned->read->project)
    wb_project_keep (self);
  wb_project_update_name (self);
  wb_project_keep_model (self, NULL, NULL);
  wb_project_find_model (self);
  wb_kept_run_look (self->kept_run, self->history.now->dataset);
  g_signal_emit_by_name (self, "dataset-changed");
  g_signal_emit_by_name (self, "network-changed");
  if (scanned->read->project)
    g_signal_emit_by_name (self, "hyperparameters-changed");
  g_signal_emit_by_name (self, "watched-changed");
  g_signal_emit_by_name (self, "threshold-changed");
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
    take_scanned (self, scanned);
  end_scan (self);
  if (scanned && scanned->complaints->len > 0)
    wb_project_fail (self, scanned->complaints->str);
  if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    wb_project_fail (self, error->message);
}

void
wb_project_open (WbProject *self, GFile *source)
{
  const LatheRecipe *recipe;
  gboolean is_project;
  Scan *scan;

  g_return_if_fail (WB_IS_PROJECT (self));
  g_return_if_fail (G_IS_FILE (source));

  if (!g_file_peek_path (source))
    {
      g_autofree char *uri = g_file_get_uri (source);
      g_autofree char *message =
          g_strdup_printf (_ ("“%s” is not on this computer. Copy the folder here first, then open the copy."), uri);

      wb_project_fail (self, message);
      return;
    }

  wb_project_cancel_scan (self);
  self->scan = g_cancellable_new ();
  self->scan_progress = wb_progress_relay_new (on_scan_progress, self);
  is_project = lathe_project_is_file (g_file_peek_path (source));
  scan = g_new (Scan, 1);
  *scan = (Scan){is_project ? NULL : g_file_get_path (source), is_project ? g_file_get_path (source) : NULL,
                 LATHE_DATASET_OPTIONS_DEFAULT, wb_progress_relay_ref (self->scan_progress)};
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

void
wb_project_dispose_source (WbProject *self)
{
  if (self->scan)
    g_cancellable_cancel (self->scan);
  g_clear_pointer (&self->scan_progress, wb_progress_relay_close);
  g_clear_object (&self->scan);
}
