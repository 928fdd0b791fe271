/* wb-project-file.c: the file in which a project is kept, at every change. Main loop only.
 *
 * A change is written half a second later, together with all that was changed until then, on a thread, and one after
 * another. The program is held until then, also when its windows are closed.
 *
 * Two windows, of two programs, may have the same project. Each knows the checksum of the file that it read or wrote
 * last, and lathe_project_save() writes over no other. Then there is a conflict, until a person has chosen: what is
 * changed here goes to a file beside it, from which it comes back should the window be closed before. A monitor tells
 * of the other's changes before there are any here.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-project-file.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "wb-hold.h"
#include "wb-thread.h"

#define DELAY_MS 500
#define ASIDE ".mine"    /* what is kept while there is a conflict */
#define BEFORE ".before" /* what could not be read in whole */

/* What is to be kept. Shared with the thread that writes it, which alone looks at the project's edits. */
typedef struct
{
  LatheProject *project;
  LatheDataset *dataset; /* that it describes, and whose edits go with it */
} Kept;

struct _WbProjectFile
{
  GObject parent_instance;

  char *path, *aside;
  char *checksum;  /* of the file as it was read or written last; NULL: whatever is there is written over */
  JsonNode *other; /* what it says and we do not know, or NULL */
  GFileMonitor *monitor;

  Kept *newest; /* that is to be kept, or NULL */
  gboolean unsaved, saving, held;
  gboolean conflict;
  gboolean look_again; /* it was changed while it was being saved */
  guint timeout;
  char *complaint; /* the last that was told, until something is saved again */
};

enum
{
  SAVED,
  FAILED,
  CONFLICT,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WbProjectFile, wb_project_file, G_TYPE_OBJECT)

/* --- Reading --- */

void
wb_read_project_complain (WbReadProject *read, const char *reason)
{
  g_autofree char *before = g_strconcat (read->path, BEFORE, NULL), *name = g_filename_display_name (before);
  g_autoptr (GFile) from = g_file_new_for_path (read->path), to = g_file_new_for_path (before);

  g_file_copy (from, to, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, NULL);
  g_free (read->complaint);
  read->complaint =
      g_strdup_printf (_ ("Not all of the project could be used. As it was it is kept as “%s”: %s"), name, reason);
}

WbReadProject *
wb_read_project_new (const char *path, GError **error)
{
  g_autoptr (GPtrArray) account = g_ptr_array_new_with_free_func (g_free);
  WbReadProject *read = g_new0 (WbReadProject, 1);

  read->path = g_strdup (path);
  read->project = lathe_project_load (path, &read->checksum, account, error);
  if (!read->project)
    {
      g_clear_pointer (&read, wb_read_project_free);
      return NULL;
    }
  if (account->len > 0)
    wb_read_project_complain (read, account->pdata[0]);
  return read;
}

WbReadProject *
wb_read_project_new_mine (const char *path, GError **error)
{
  g_autofree char *aside = g_strconcat (path, ASIDE, NULL);
  LatheProject *mine = lathe_project_load (aside, NULL, NULL, NULL);
  WbReadProject *read;

  if (!mine)
    return wb_read_project_new (path, error);
  read = g_new0 (WbReadProject, 1);
  *read = (WbReadProject){.path = g_strdup (path), .project = mine, .checksum = g_strdup (LATHE_PROJECT_NO_FILE)};
  read->conflict = g_file_test (path, G_FILE_TEST_EXISTS);
  return read;
}

void
wb_read_project_free (WbReadProject *read)
{
  g_free (read->path);
  g_clear_pointer (&read->project, lathe_project_free);
  g_free (read->checksum);
  g_free (read->complaint);
  g_free (read);
}

/* --- Saving --- */

static void
kept_clear (gpointer data)
{
  Kept *kept = data;

  lathe_project_free (kept->project);
  wb_thread_drop_dataset (kept->dataset);
}

static void
kept_unref (gpointer kept)
{
  g_atomic_rc_box_release_full (kept, kept_clear);
}

typedef struct
{
  Kept *kept;
  char *path, *aside, *known;
  gboolean conflict;
} Save;

static void
save_free (gpointer data)
{
  Save *save = data;

  kept_unref (save->kept);
  g_free (save->path);
  g_free (save->aside);
  g_free (save->known);
  g_free (save);
}

/* Returns the checksum of the file. Where it is not written over, what was to be written goes beside it. */
static gpointer
save_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Save *save = data;
  LatheProject *project = save->kept->project;
  const LatheEdits *edits = lathe_dataset_get_edits (save->kept->dataset);
  g_autoptr (GError) reason = NULL;
  char *checksum = NULL;

  if (edits && !project->edits)
    project->edits = lathe_edits_copy (edits);
  if (save->conflict)
    {
      g_autofree char *of_aside = NULL;

      lathe_project_save (project, save->aside, NULL, &of_aside, error);
      return g_strdup (save->known);
    }
  if (lathe_project_save (project, save->path, save->known, &checksum, &reason))
    {
      g_unlink (save->aside);
      return checksum;
    }
  if (g_error_matches (reason, LATHE_ERROR, LATHE_ERROR_CHANGED))
    lathe_project_save (project, save->aside, NULL, &checksum, NULL);
  g_free (checksum);
  g_propagate_error (error, g_steal_pointer (&reason));
  return NULL;
}

static void save_next (WbProjectFile *self);
static void look (WbProjectFile *self);

static void
update_hold (WbProjectFile *self)
{
  wb_hold (&self->held, self->saving || self->timeout);
}

static void
set_conflict (WbProjectFile *self, gboolean conflict)
{
  if (self->conflict == conflict)
    return;
  self->conflict = conflict;
  g_signal_emit (self, signals[CONFLICT], 0);
}

/* A full disk is told once, and not at every change. */
static void
complain (WbProjectFile *self, const char *message)
{
  if (g_strcmp0 (self->complaint, message) == 0)
    return;
  g_free (self->complaint);
  self->complaint = g_strdup (message);
  g_signal_emit (self, signals[FAILED], 0, message);
}

/* What could not be saved is, with the next change. */
static void
on_saved (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbProjectFile *self = WB_PROJECT_FILE (owner);
  const Save *save = data;

  self->saving = FALSE;
  if (!error)
    {
      g_free (self->checksum);
      self->checksum = result;
      g_clear_pointer (&self->complaint, g_free);
      if (!save->conflict)
        g_signal_emit (self, signals[SAVED], 0);
    }
  else if (g_error_matches (error, LATHE_ERROR, LATHE_ERROR_CHANGED))
    set_conflict (self, TRUE);
  else
    complain (self, error->message);
  save_next (self);
  if (self->look_again && !self->saving)
    look (self);
  update_hold (self);
}

static void
save_next (WbProjectFile *self)
{
  Save *save;

  if (self->saving || self->timeout || !self->unsaved)
    return;
  self->saving = TRUE;
  self->unsaved = FALSE;
  save = g_new (Save, 1);
  *save = (Save){g_atomic_rc_box_acquire (self->newest), g_strdup (self->path), g_strdup (self->aside),
                 g_strdup (self->checksum), self->conflict};
  wb_thread_call_now (G_OBJECT (self), save_work, save, save_free, g_free, on_saved, save);
}

static gboolean
on_timeout (gpointer data)
{
  WbProjectFile *self = data;

  self->timeout = 0;
  save_next (self);
  update_hold (self);
  return G_SOURCE_REMOVE;
}

void
wb_project_file_keep (WbProjectFile *self, const WbSettings *settings)
{
  g_return_if_fail (WB_IS_PROJECT_FILE (self));

  g_clear_pointer (&self->newest, kept_unref);
  self->newest = g_atomic_rc_box_new0 (Kept);
  self->newest->project = wb_settings_describe (settings);
  self->newest->project->other = self->other ? json_node_ref (self->other) : NULL;
  self->newest->dataset = lathe_dataset_ref (settings->dataset);
  self->unsaved = TRUE;
  if (!self->timeout)
    self->timeout = g_timeout_add_full (G_PRIORITY_DEFAULT, DELAY_MS, on_timeout, g_object_ref (self), g_object_unref);
  update_hold (self);
}

void
wb_project_file_flush (WbProjectFile *self)
{
  g_return_if_fail (WB_IS_PROJECT_FILE (self));

  g_object_ref (self); /* the timeout may hold the last one */
  g_clear_handle_id (&self->timeout, g_source_remove);
  save_next (self);
  update_hold (self);
  g_object_unref (self);
}

/* --- The other --- */

static gpointer
look_work (gpointer path, GCancellable *cancellable, GError **error)
{
  return lathe_project_look (path);
}

/* One that is gone is no other: it is written again with the next change. One that is as it was here leaves nothing to
 * choose: what was kept beside it is saved. */
static void
on_looked (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbProjectFile *self = WB_PROJECT_FILE (owner);
  g_autofree char *checksum = result;
  gboolean same = g_strcmp0 (checksum, self->checksum) == 0;

  if (!checksum || g_str_equal (checksum, LATHE_PROJECT_NO_FILE) || !self->checksum)
    return;
  if (self->saving)
    {
      self->look_again = TRUE;
      return;
    }
  if (same && self->conflict && self->newest)
    self->unsaved = TRUE;
  set_conflict (self, !same);
  save_next (self);
  update_hold (self);
}

static void
look (WbProjectFile *self)
{
  self->look_again = FALSE;
  wb_thread_call (G_OBJECT (self), look_work, g_strdup (self->path), g_free, g_free, NULL, on_looked, NULL);
}

static void
on_monitor (WbProjectFile *self)
{
  if (self->saving)
    self->look_again = TRUE;
  else
    look (self);
}

void
wb_project_file_keep_mine (WbProjectFile *self)
{
  g_return_if_fail (WB_IS_PROJECT_FILE (self));

  g_clear_pointer (&self->checksum, g_free);
  self->unsaved = self->newest != NULL;
  set_conflict (self, FALSE);
  wb_project_file_flush (self);
}

void
wb_project_file_take_theirs (WbProjectFile *self, const WbReadProject *theirs)
{
  g_return_if_fail (WB_IS_PROJECT_FILE (self));

  g_free (self->checksum);
  self->checksum = g_strdup (theirs->checksum);
  g_clear_pointer (&self->other, json_node_unref);
  self->other = theirs->project->other ? json_node_ref (theirs->project->other) : NULL;
  set_conflict (self, FALSE);
}

/* --- Life --- */

WbProjectFile *
wb_project_file_new (const WbReadProject *read)
{
  WbProjectFile *self = g_object_new (WB_TYPE_PROJECT_FILE, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (read->path);

  self->path = g_strdup (read->path);
  self->aside = g_strconcat (read->path, ASIDE, NULL);
  self->checksum = g_strdup (read->checksum);
  self->conflict = read->conflict;
  self->other = read->project && read->project->other ? json_node_ref (read->project->other) : NULL;
  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, NULL);
  if (self->monitor)
    g_signal_connect_object (self->monitor, "changed", G_CALLBACK (on_monitor), self, G_CONNECT_SWAPPED);
  return self;
}

const char *
wb_project_file_get_path (WbProjectFile *self)
{
  g_return_val_if_fail (WB_IS_PROJECT_FILE (self), NULL);

  return self->path;
}

gboolean
wb_project_file_get_conflict (WbProjectFile *self)
{
  g_return_val_if_fail (WB_IS_PROJECT_FILE (self), FALSE);

  return self->conflict;
}

/* Nothing waits to be saved: whatever does so keeps the file alive. */
static void
wb_project_file_dispose (GObject *object)
{
  WbProjectFile *self = WB_PROJECT_FILE (object);

  g_clear_object (&self->monitor);
  g_clear_pointer (&self->newest, kept_unref);
  G_OBJECT_CLASS (wb_project_file_parent_class)->dispose (object);
}

static void
wb_project_file_finalize (GObject *object)
{
  WbProjectFile *self = WB_PROJECT_FILE (object);

  g_free (self->path);
  g_free (self->aside);
  g_free (self->checksum);
  g_free (self->complaint);
  g_clear_pointer (&self->other, json_node_unref);
  G_OBJECT_CLASS (wb_project_file_parent_class)->finalize (object);
}

static void
wb_project_file_class_init (WbProjectFileClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = wb_project_file_dispose;
  object_class->finalize = wb_project_file_finalize;
  signals[SAVED] = g_signal_new ("saved", WB_TYPE_PROJECT_FILE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[CONFLICT] =
      g_signal_new ("conflict", WB_TYPE_PROJECT_FILE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] = g_signal_new ("failed", WB_TYPE_PROJECT_FILE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                  1, G_TYPE_STRING);
}

static void
wb_project_file_init (WbProjectFile *self)
{
}
