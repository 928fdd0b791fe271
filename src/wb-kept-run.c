/* wb-kept-run.c: the run of a folder that is kept on the disk, so that no crash can lose it. Main loop only.
 *
 * Every folder has one place, named after a checksum of its path, and every run of the folder keeps its checkpoint
 * there. Only what a person must know of it is held in memory: to go on, it is read once more.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-kept-run.h"

#include <glib/gstdio.h>

#include "wb-belongings.h"

struct _WbKeptRun
{
  GObject parent_instance;
  LatheDataset *dataset; /* whose run it is, divided as it was for the run once that is found; or NULL */
  WbKept kept;
  gboolean found, discarded;
  GCancellable *cancellable; /* of what is being read, or NULL */
};

static guint changed_signal;

G_DEFINE_FINAL_TYPE (WbKeptRun, wb_kept_run, G_TYPE_OBJECT)

char *
wb_kept_run_path (LatheDataset *dataset)
{
  return wb_belonging (dataset, "runs", ".checkpoint");
}

/* Where the last state of one that came to its end is. (transfer full) */
static char *
end_path (LatheDataset *dataset)
{
  return wb_belonging (dataset, "runs", ".end");
}

/* --- Reading --- */

typedef struct
{
  WbKept kept;
  LatheDataset *dataset;
} Found;

static void
found_free (gpointer data)
{
  Found *found = data;

  lathe_dataset_unref (found->dataset);
  g_free (found);
}

static gpointer
read_from (const char *path, LatheDataset *dataset, GError **error)
{
  g_autoptr (LatheUnfinished) unfinished = lathe_unfinished_read (path, error);

  if (!unfinished || !lathe_unfinished_check (unfinished, dataset, error))
    return NULL;
  return g_steal_pointer (&unfinished);
}

static gpointer
read_work (gpointer dataset, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = wb_kept_run_path (dataset);

  return read_from (path, dataset, error);
}

/* Where nobody has saved the model yet, the run is still kept as every other one is. */
static gpointer
read_end_work (gpointer dataset, GCancellable *cancellable, GError **error)
{
  g_autofree char *end = end_path (dataset), *kept = wb_kept_run_path (dataset);

  return read_from (g_file_test (end, G_FILE_TEST_EXISTS) ? end : kept, dataset, error);
}

LatheDataset *
wb_kept_run_find_images (LatheDataset *dataset, const LatheUnfinished *unfinished)
{
  g_autoptr (LatheEdits) none = lathe_edits_new ();
  g_autoptr (LatheDataset) edited = NULL;

  if (unfinished->edits || lathe_dataset_get_edits (dataset))
    edited = lathe_dataset_edit (dataset, unfinished->edits ? unfinished->edits : none, NULL, NULL);
  else
    edited = lathe_dataset_ref (dataset);
  return edited ? lathe_dataset_resplit (edited, &unfinished->dataset_options, NULL) : NULL;
}

/* That there is none, or one that is of no use for these images, is nothing to speak of. */
static gpointer
look_work (gpointer dataset, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = wb_kept_run_path (dataset);
  g_autoptr (LatheUnfinished) unfinished = lathe_unfinished_read (path, NULL);
  g_autoptr (LatheDataset) divided = NULL;
  Found *found;

  if (unfinished)
    divided = wb_kept_run_find_images (dataset, unfinished);
  if (!divided || !lathe_unfinished_check (unfinished, divided, NULL))
    return NULL;
  found = g_new (Found, 1);
  *found = (Found){{unfinished->epoch, unfinished->hyperparameters.epochs}, g_steal_pointer (&divided)};
  return found;
}

static GCancellable *
begin_reading (WbKeptRun *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  return self->cancellable = g_cancellable_new ();
}

static void
on_looked (GObject *owner, gpointer result, const GError *error, gpointer cancellable)
{
  WbKeptRun *self = WB_KEPT_RUN (owner);
  Found *found = result;

  if (found && self->cancellable == cancellable)
    {
      lathe_dataset_unref (self->dataset);
      self->dataset = lathe_dataset_ref (found->dataset);
      self->kept = found->kept;
      self->found = TRUE;
      g_signal_emit (self, changed_signal, 0);
    }
  g_clear_pointer (&found, found_free);
}

static void
forget (WbKeptRun *self)
{
  gboolean shown = wb_kept_run_get (self) != NULL;

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->dataset, lathe_dataset_unref);
  self->found = self->discarded = FALSE;
  if (shown)
    g_signal_emit (self, changed_signal, 0);
}

void
wb_kept_run_look (WbKeptRun *self, LatheDataset *dataset)
{
  GCancellable *cancellable;

  g_return_if_fail (WB_IS_KEPT_RUN (self));
  g_return_if_fail (dataset != NULL);

  wb_kept_run_settle (self);
  forget (self);
  self->dataset = lathe_dataset_ref (dataset);
  cancellable = begin_reading (self);
  wb_thread_call (G_OBJECT (self), look_work, lathe_dataset_ref (dataset), (GDestroyNotify) lathe_dataset_unref,
                  found_free, cancellable, on_looked, cancellable);
}

const WbKept *
wb_kept_run_get (WbKeptRun *self)
{
  g_return_val_if_fail (WB_IS_KEPT_RUN (self), NULL);

  return self->found && !self->discarded ? &self->kept : NULL;
}

LatheDataset *
wb_kept_run_get_dataset (WbKeptRun *self)
{
  g_return_val_if_fail (WB_IS_KEPT_RUN (self), NULL);

  return self->dataset;
}

void
wb_kept_run_read (WbKeptRun *self, GObject *owner, WbDone done)
{
  g_return_if_fail (WB_IS_KEPT_RUN (self));
  g_return_if_fail (self->found);

  wb_thread_call (owner, read_work, lathe_dataset_ref (self->dataset), (GDestroyNotify) lathe_dataset_unref,
                  (GDestroyNotify) lathe_unfinished_free, begin_reading (self), done, NULL);
}

void
wb_kept_run_read_end (WbKeptRun *self, LatheDataset *dataset, GObject *owner, WbDone done, gpointer data)
{
  g_return_if_fail (WB_IS_KEPT_RUN (self));
  g_return_if_fail (dataset != NULL);

  wb_thread_call (owner, read_end_work, lathe_dataset_ref (dataset), (GDestroyNotify) lathe_dataset_unref,
                  (GDestroyNotify) lathe_unfinished_free, begin_reading (self), done, data);
}

/* --- Removing --- */

void
wb_kept_run_discard (WbKeptRun *self)
{
  g_return_if_fail (WB_IS_KEPT_RUN (self));

  if (!wb_kept_run_get (self))
    return;
  g_cancellable_cancel (self->cancellable);
  self->discarded = TRUE;
  g_signal_emit (self, changed_signal, 0);
}

void
wb_kept_run_take_back (WbKeptRun *self)
{
  g_return_if_fail (WB_IS_KEPT_RUN (self));

  if (!self->discarded)
    return;
  self->discarded = FALSE;
  g_signal_emit (self, changed_signal, 0);
}

static gpointer
remove_work (gpointer path, GCancellable *cancellable, GError **error)
{
  lathe_checkpoint_remove (path);
  return NULL;
}

/* Large files take their time to go, and the next run wants the name at once. */
static void
remove_files (const char *path)
{
  g_autofree char *previous = lathe_checkpoint_previous (path);
  g_autofree char *going = g_strconcat (path, ".going", NULL);
  g_autofree char *previous_going = lathe_checkpoint_previous (going);

  g_rename (path, going);
  g_rename (previous, previous_going);
  wb_thread_call (NULL, remove_work, g_steal_pointer (&going), g_free, NULL, NULL, NULL, NULL);
}

void
wb_kept_run_keep_end (WbKeptRun *self, LatheDataset *dataset)
{
  g_autofree char *end = end_path (dataset), *path = wb_kept_run_path (dataset);

  g_return_if_fail (WB_IS_KEPT_RUN (self));

  g_rename (path, end);
  wb_kept_run_remove (self, dataset);
}

void
wb_kept_run_settle (WbKeptRun *self)
{
  g_autofree char *path = NULL;

  g_return_if_fail (WB_IS_KEPT_RUN (self));

  if (!self->discarded)
    return;
  path = wb_kept_run_path (self->dataset);
  remove_files (path);
  forget (self);
}

void
wb_kept_run_replace (WbKeptRun *self, LatheDataset *dataset)
{
  g_autofree char *end = end_path (dataset);

  g_return_if_fail (WB_IS_KEPT_RUN (self));

  if (g_file_test (end, G_FILE_TEST_EXISTS))
    remove_files (end);
  forget (self);
}

void
wb_kept_run_remove (WbKeptRun *self, LatheDataset *dataset)
{
  g_autofree char *path = wb_kept_run_path (dataset);

  g_return_if_fail (WB_IS_KEPT_RUN (self));

  remove_files (path);
  forget (self);
}

/* --- Life --- */

/* The program may end before a thread has removed anything. */
static void
wb_kept_run_dispose (GObject *object)
{
  WbKeptRun *self = WB_KEPT_RUN (object);
  g_autofree char *path = self->discarded ? wb_kept_run_path (self->dataset) : NULL;

  if (path)
    lathe_checkpoint_remove (path);
  self->found = self->discarded = FALSE;
  forget (self);
  G_OBJECT_CLASS (wb_kept_run_parent_class)->dispose (object);
}

static void
wb_kept_run_class_init (WbKeptRunClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_kept_run_dispose;
  changed_signal = g_signal_new ("changed", WB_TYPE_KEPT_RUN, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wb_kept_run_init (WbKeptRun *self)
{
}

WbKeptRun *
wb_kept_run_new (void)
{
  return g_object_new (WB_TYPE_KEPT_RUN, NULL);
}
