/* wb-project-model.c: the model that a project has is there again when that is opened again.
 *
 * A model of a run is in the folder of that; one that came of a file may come of another computer's, and one that got
 * another temperature is in no file. So a copy lies beside the runs, as `opened.safetensors`, until a training gives
 * the project a model of its own. Where there is no copy, the newest run's model is the project's.
 *
 * A run's model comes with the images as the run saw them: they may be divided otherwise by now, and what it learned
 * from would test it.
 *
 * One copy is written at a time; what changes meanwhile is written after it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "wb-hold.h"
#include "wb-project-private.h"

#define OPENED "opened.safetensors"

typedef struct _WbModelCopy
{
  char *path;
  LatheModel *model;     /* NULL: there is to be none */
  LatheDataset *dataset; /* as it is set now, where a model is looked for; or NULL */
} Copy;

static void
copy_free (gpointer data)
{
  Copy *copy = data;

  g_free (copy->path);
  g_clear_pointer (&copy->model, lathe_model_unref);
  g_clear_pointer (&copy->dataset, wb_thread_drop_dataset);
  g_free (copy);
}

/* (transfer full) (nullable) */
static Copy *
copy_new (WbProject *self, LatheModel *model)
{
  g_autofree char *runs = wb_project_get_runs_folder (self);
  Copy *copy;

  if (!runs)
    return NULL;
  copy = g_new (Copy, 1);
  *copy = (Copy){g_build_filename (runs, OPENED, NULL), model ? lathe_model_ref (model) : NULL, NULL};
  return copy;
}

/* --- Keeping --- */

static gpointer
keep_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Copy *copy = data;
  g_autofree char *folder = g_path_get_dirname (copy->path);

  if (!copy->model)
    g_unlink (copy->path); /* it need not be there */
  else if (g_mkdir_with_parents (folder, 0700) == 0)
    lathe_model_save (copy->model, copy->path, error);
  else
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("The model cannot be kept with the project in “%s”: %s"),
                 folder, g_strerror (errno));
  return NULL;
}

static void keep (WbProject *self);

static void
on_kept (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbProject *self = WB_PROJECT (owner);

  wb_hold (&self->model_held, FALSE);
  if (error)
    wb_project_fail (self, error->message);
  if (self->to_copy)
    keep (self);
}

/* What waits to be written. */
static void
keep (WbProject *self)
{
  wb_hold (&self->model_held, TRUE);
  wb_thread_call (G_OBJECT (self), keep_work, g_steal_pointer (&self->to_copy), copy_free, NULL, NULL, on_kept, NULL);
}

/* Whether it is in no folder of a run. */
static gboolean
needs_copy (WbProject *self)
{
  return wb_project_has_opened_model (self) || (self->model && self->model->temperature != 1);
}

/**
 * wb_project_keep_opened:
 *
 * In the background: the model, where it is one that was opened or that got another temperature, is there at the next
 * start, and no other one.
 */
void
wb_project_keep_opened (WbProject *self)
{
  gboolean needed = needs_copy (self);
  Copy *copy;

  if (!needed && !self->has_copy)
    return;
  copy = copy_new (self, needed ? self->model : NULL);
  if (!copy)
    return;
  self->has_copy = needed;
  g_clear_pointer (&self->to_copy, copy_free);
  self->to_copy = copy;
  if (!self->model_held)
    keep (self);
}

/* --- Finding --- */

typedef struct
{
  LatheModel *model;
  LatheDataset *dataset; /* of the run that made it, or NULL */
  gboolean copied;
} Found;

static void
found_free (gpointer data)
{
  Found *found = data;

  g_clear_pointer (&found->model, lathe_model_unref);
  g_clear_pointer (&found->dataset, wb_thread_drop_dataset);
  g_free (found);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Found, found_free)

/* (nullable): where none was trained yet, there is none, and no error */
static LatheRuns *
open_runs (const char *folder, GError **error)
{
  g_autofree char *list = lathe_runs_path (folder);

  return g_file_test (list, G_FILE_TEST_EXISTS) ? lathe_runs_open (list, error) : NULL;
}

/* That its run cannot be found leaves it one that was opened. */
static LatheModel *
load_copy (const char *path, LatheRuns *runs, gint64 *id, GError **error)
{
  LatheModel *model = lathe_model_load (path, error);

  *id = model && model->temperature != 1 && runs ? lathe_runs_find_weights (runs, model, NULL) : 0;
  return model;
}

static gpointer
find_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Copy *copy = data;
  g_autofree char *folder = g_path_get_dirname (copy->path);
  gboolean copied = g_file_test (copy->path, G_FILE_TEST_EXISTS);
  g_autoptr (LatheRuns) runs = open_runs (folder, copied ? NULL : error);
  g_autoptr (LatheModel) model = NULL;
  gint64 id = 0;
  Found *found;

  if (copied)
    model = load_copy (copy->path, runs, &id, error);
  else if (runs)
    model = lathe_runs_load_model (runs, &id, error);
  if (!model)
    return NULL;
  found = g_new (Found, 1);
  *found = (Found){g_steal_pointer (&model), NULL, copied};
  if (id > 0 && copy->dataset)
    found->dataset = lathe_origin_find_images (runs, id, copy->dataset, cancellable, NULL);
  return found;
}

/* Unless there is another by now. That of a run is the project's as long as its classes are. */
static void
on_found (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbProject *self = WB_PROJECT (owner);
  g_autoptr (Found) found = result;
  LatheDataset *open = self->history.now->dataset;
  gboolean fits;

  if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    wb_project_fail (self, error->message);
  if (!found || self->finding != data)
    return;
  self->has_copy = found->copied;
  if (self->model || wb_run_get_active (self->run))
    return;
  fits = open && g_strv_equal ((const char *const *) found->model->labels, lathe_dataset_get_classes (open));
  if (found->copied || fits)
    wb_project_keep_model (self, found->model, fits ? found->dataset : NULL);
}

/**
 * wb_project_find_model:
 *
 * Of a project that was just opened: brings back the model that it had.
 */
void
wb_project_find_model (WbProject *self)
{
  Copy *copy = copy_new (self, NULL);
  LatheDataset *open = self->history.now->dataset;

  wb_project_forget_found (self);
  if (!copy)
    return;
  copy->dataset = open ? lathe_dataset_ref (open) : NULL;
  self->finding = g_cancellable_new ();
  wb_thread_call (G_OBJECT (self), find_work, copy, copy_free, found_free, self->finding, on_found, self->finding);
}

/* Another source is there, or none: what is still being found is another project's. */
void
wb_project_forget_found (WbProject *self)
{
  if (self->finding)
    g_cancellable_cancel (self->finding);
  g_clear_object (&self->finding);
  self->has_copy = FALSE;
}
