/* wb-project-keep.c: where the project is kept on the disk, and what becomes of it when somebody else changes it there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>
#include <string.h>

#include "wb-project-private.h"

static void
on_conflict (WbProject *self)
{
  g_object_notify (G_OBJECT (self), "conflict");
}

void
wb_project_keep (WbProject *self)
{
  if (self->file && self->history.now->dataset)
    wb_project_file_keep (self->file, self->history.now);
}

/* What is still to be written there is written now. */
void
wb_project_leave_file (WbProject *self)
{
  if (!self->file)
    return;
  g_signal_handlers_disconnect_by_func (self->file, on_conflict, self);
  wb_project_file_flush (self->file);
  g_clear_object (&self->file);
}

/* (transfer full) */
static void
adopt_file (WbProject *self, WbProjectFile *file, gboolean chosen)
{
  wb_project_leave_file (self);
  self->file = file;
  self->chosen = chosen;
  g_signal_connect_object (file, "conflict", G_CALLBACK (on_conflict), self, G_CONNECT_SWAPPED);
  on_conflict (self);
}

void
wb_project_set_file (WbProject *self, const WbReadProject *read, gboolean chosen)
{
  WbProjectFile *file = wb_project_file_new (read);

  g_signal_connect_object (file, "failed", G_CALLBACK (wb_project_fail), self, G_CONNECT_SWAPPED);
  adopt_file (self, file, chosen);
}

const char *
wb_project_get_place (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  if (self->file && self->chosen)
    return wb_project_file_get_path (self->file);
  return self->history.now->dataset ? lathe_dataset_get_folder (self->history.now->dataset) : NULL;
}

/* After the file that a person chose, and else after the source. */
void
wb_project_update_name (WbProject *self)
{
  g_autofree char *base = g_path_get_basename (wb_project_get_place (self));
  g_autofree char *name = NULL;

  if (self->chosen && g_str_has_suffix (base, LATHE_PROJECT_SUFFIX))
    base[strlen (base) - strlen (LATHE_PROJECT_SUFFIX)] = '\0';
  name = g_filename_display_name (base);
  wb_project_set_name (self, name);
}

/* --- Another place --- */

/* From now on it is there. What was changed meanwhile follows. On a slow disk another project may be open by then, or a
 * person have chosen yet another place. */
static void
on_saved_as (WbProjectFile *file, WbProject *self)
{
  g_signal_handlers_disconnect_by_func (file, on_saved_as, self);
  if (self->next != file)
    return;
  self->next = NULL;
  adopt_file (self, g_object_ref (file), TRUE);
  wb_project_keep (self);
  wb_project_update_name (self);
  g_signal_emit_by_name (self, "place-changed");
}

void
wb_project_save_as (WbProject *self, const char *path)
{
  g_autoptr (WbProjectFile) file = NULL;
  const WbReadProject nothing = {.path = (char *) path};

  g_return_if_fail (WB_IS_PROJECT (self));
  g_return_if_fail (self->history.now->dataset != NULL);

  if (self->file && self->chosen && g_str_equal (path, wb_project_file_get_path (self->file)))
    {
      wb_project_keep_mine (self);
      return;
    }
  file = wb_project_file_new (&nothing);
  g_signal_connect_object (file, "failed", G_CALLBACK (wb_project_fail), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (file, "saved", G_CALLBACK (on_saved_as), self, 0);
  self->next = file;
  wb_project_file_keep (file, self->history.now);
  wb_project_file_flush (file);
}

/* --- Somebody else --- */

typedef struct
{
  char *path;
  LatheDataset *dataset; /* as it is here */
} Taking;

typedef struct
{
  WbReadProject *read;
  LatheDataset *dataset; /* as it is there; NULL: it is of another source */
} Theirs;

static void
taking_free (gpointer data)
{
  Taking *taking = data;

  g_free (taking->path);
  wb_thread_drop_dataset (taking->dataset);
  g_free (taking);
}

static void
theirs_free (gpointer data)
{
  Theirs *theirs = data;

  g_clear_pointer (&theirs->read, wb_read_project_free);
  g_clear_pointer (&theirs->dataset, wb_thread_drop_dataset);
  g_free (theirs);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Theirs, theirs_free)

static LatheDataset *
edit_and_divide (LatheDataset *dataset, const LatheProject *project, GError **error)
{
  g_autoptr (LatheEdits) none = lathe_edits_new ();
  g_autoptr (LatheDataset) edited = lathe_dataset_edit (dataset, project->edits ? project->edits : none, NULL, error);

  return edited ? lathe_dataset_resplit (edited, &project->dataset_options, error) : NULL;
}

static gpointer
take_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Taking *taking = data;
  g_autoptr (Theirs) theirs = g_new0 (Theirs, 1);
  LatheProject *project;

  theirs->read = wb_read_project_new (taking->path, error);
  if (!theirs->read)
    return NULL;
  project = theirs->read->project;
  if (!g_str_equal (project->source, lathe_dataset_get_folder (taking->dataset)))
    return g_steal_pointer (&theirs);
  theirs->dataset = edit_and_divide (taking->dataset, project, error);
  if (!theirs->dataset)
    return NULL;
  lathe_project_fit (project, theirs->dataset);
  return g_steal_pointer (&theirs);
}

static void
on_taken (GObject *owner, gpointer result, const GError *error, gpointer file)
{
  WbProject *self = WB_PROJECT (owner);
  g_autoptr (Theirs) theirs = result;
  WbSettings *settings;

  if (self->file != file) /* another was opened meanwhile */
    return;
  if (error)
    {
      wb_project_fail (self, error->message);
      return;
    }
  wb_project_file_take_theirs (self->file, theirs->read);
  if (!theirs->dataset)
    {
      g_autoptr (GFile) place = g_file_new_for_path (theirs->read->path);

      wb_project_open (self, place);
      return;
    }
  settings = wb_settings_copy (self->history.now);
  wb_settings_set_dataset (settings, theirs->dataset);
  wb_settings_take_project (settings, theirs->read->project);
  wb_project_change (self, settings);
  if (theirs->read->complaint)
    wb_project_fail (self, theirs->read->complaint);
}

void
wb_project_take_theirs (WbProject *self)
{
  Taking *taking;

  g_return_if_fail (WB_IS_PROJECT (self));
  g_return_if_fail (self->file != NULL);

  taking = g_new (Taking, 1);
  *taking = (Taking){g_strdup (wb_project_file_get_path (self->file)), lathe_dataset_ref (self->history.now->dataset)};
  wb_thread_call (G_OBJECT (self), take_work, taking, taking_free, theirs_free, NULL, on_taken, self->file);
}

void
wb_project_keep_mine (WbProject *self)
{
  g_return_if_fail (WB_IS_PROJECT (self));
  g_return_if_fail (self->file != NULL);

  wb_project_keep (self);
  wb_project_file_keep_mine (self->file);
}
