/* wb-trial-list.c: many files that a model is asked about, one after another, as a list.
 *
 * A thread takes as many of them as are answered in a hundredth of a second, and the main loop gets those at once. What
 * waits can be let go of between them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-trial-list.h"

#include "wb-export.h"
#include "wb-text.h"
#include "wb-thread.h"

#define PORTION (G_USEC_PER_SEC / 100)
#define MOST_TAKEN 4096 /* paths at a time */

struct _WbTrialList
{
  GObject parent_instance;

  GPtrArray *paths;  /* (element-type filename) of all, folders taken apart */
  GHashTable *known; /* those paths */
  GQueue folders;    /* (element-type filename): still to be looked into */
  GPtrArray *found;  /* (element-type filename) (nullable): of a folder, on their way to the paths */
  guint n_taken;     /* of these, … */
  guint taking;      /* … by this source */
  guint n_asked;     /* of the paths: answered, or known to be unreadable */
  GPtrArray *trials; /* (element-type WbTrial) */
  double threshold;
  WbOracle *oracle;
  gboolean active;
  GCancellable *call; /* NULL: nothing goes on */
  gboolean searching; /* what goes on looks into a folder */
};

static guint progress_signal, answered_signal, failed_signal;

G_DEFINE_FINAL_TYPE (WbTrialList, wb_trial_list, G_TYPE_OBJECT)

/* --- On the thread --- */

/* A folder to be looked into, or files to be asked about. */
typedef struct
{
  char *folder;
  WbOracle *oracle;
  GPtrArray *paths; /* (element-type filename) */
} Portion;

static void
portion_free (gpointer data)
{
  Portion *portion = data;

  g_free (portion->folder);
  g_clear_pointer (&portion->oracle, wb_oracle_unref);
  g_clear_pointer (&portion->paths, g_ptr_array_unref);
  g_free (portion);
}

static gpointer
find_work (gpointer data, GCancellable *cancellable, GError **error)
{
  return lathe_find_images (((Portion *) data)->folder, cancellable, error);
}

/* (element-type WbTrial): of the first paths */
static gpointer
ask_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Portion *portion = data;
  g_autoptr (GPtrArray) trials = g_ptr_array_new_with_free_func ((GDestroyNotify) wb_trial_free);
  gint64 end = g_get_monotonic_time () + PORTION;

  for (guint i = 0; i < portion->paths->len && !g_cancellable_is_cancelled (cancellable); i++)
    {
      const char *path = portion->paths->pdata[i];
      g_autoptr (GError) reason = NULL;
      g_autoptr (LathePrediction) prediction = wb_oracle_ask_file (portion->oracle, path, &reason);

      g_ptr_array_add (trials,
                       prediction ? wb_trial_new (path, prediction) : wb_trial_new_failed (path, reason->message));
      if (g_get_monotonic_time () >= end)
        break;
    }
  return g_steal_pointer (&trials);
}

/* --- On the main loop --- */

static void ask_next (WbTrialList *self);
static void go_on (WbTrialList *self);

/* `path` (transfer full) */
static void
add_path (WbTrialList *self, char *path)
{
  if (g_hash_table_contains (self->known, path))
    {
      g_free (path);
      return;
    }
  g_ptr_array_add (self->paths, path);
  g_hash_table_add (self->known, path);
}

/* A folder may have a hundred thousand files, so they are taken some at a time. */
static gboolean
take_some (gpointer data)
{
  WbTrialList *self = data;
  guint end = MIN (self->n_taken + MOST_TAKEN, self->found->len);

  for (; self->n_taken < end; self->n_taken++)
    add_path (self, g_steal_pointer (&self->found->pdata[self->n_taken]));
  if (end < self->found->len)
    return G_SOURCE_CONTINUE;
  self->taking = 0;
  g_clear_pointer (&self->found, g_ptr_array_unref);
  go_on (self);
  return G_SOURCE_REMOVE;
}

static void
on_found (GObject *owner, gpointer result, const GError *error, gpointer call)
{
  WbTrialList *self = WB_TRIAL_LIST (owner);
  g_autoptr (GPtrArray) paths = result;

  if (self->call != call)
    return;
  g_clear_object (&self->call);
  self->searching = FALSE;
  if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_autofree char *message = wb_text_sentence (error->message);

      g_signal_emit (self, failed_signal, 0, message);
    }
  if (paths)
    {
      self->found = g_steal_pointer (&paths);
      self->n_taken = 0;
      self->taking = g_timeout_add_full (G_PRIORITY_DEFAULT, 0, take_some, self, NULL);
    }
  go_on (self);
}

static void
on_asked (GObject *owner, gpointer result, const GError *error, gpointer call)
{
  WbTrialList *self = WB_TRIAL_LIST (owner);
  g_autoptr (GPtrArray) trials = result;

  if (self->call != call)
    return;
  g_clear_object (&self->call);
  for (guint i = 0; trials && i < trials->len; i++)
    wb_trial_set_threshold (trials->pdata[i], self->threshold);
  if (trials)
    {
      self->n_asked += trials->len;
      g_ptr_array_extend_and_steal (self->trials, g_steal_pointer (&trials));
    }
  ask_next (self); /* before it is told: between two portions it is busy, too */
  g_signal_emit (self, answered_signal, 0);
  g_signal_emit (self, progress_signal, 0);
}

/* As many as one delivery can be of, and more. */
static GPtrArray *
next_paths (WbTrialList *self)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);

  for (guint i = self->n_asked; i < self->paths->len && paths->len < 100; i++)
    g_ptr_array_add (paths, g_strdup (self->paths->pdata[i]));
  return paths;
}

static void
ask_next (WbTrialList *self)
{
  Portion *portion;
  char *folder;

  if (!self->call && !self->found && self->active && self->oracle &&
      (!g_queue_is_empty (&self->folders) || self->n_asked < self->paths->len))
    {
      folder = g_queue_pop_head (&self->folders);
      portion = g_new (Portion, 1);
      *portion = (Portion){folder, wb_oracle_ref (self->oracle), folder ? NULL : next_paths (self)};
      self->call = g_cancellable_new ();
      self->searching = folder != NULL;
      wb_thread_call (G_OBJECT (self), folder ? find_work : ask_work, portion, portion_free,
                      (GDestroyNotify) g_ptr_array_unref, self->call, folder ? on_found : on_asked, self->call);
    }
}

static void
go_on (WbTrialList *self)
{
  ask_next (self);
  g_signal_emit (self, progress_signal, 0);
}

static void
let_go (WbTrialList *self)
{
  if (self->call)
    g_cancellable_cancel (self->call);
  g_clear_object (&self->call);
  self->searching = FALSE;
}

static void
forget_found (WbTrialList *self)
{
  g_clear_handle_id (&self->taking, g_source_remove);
  g_clear_pointer (&self->found, g_ptr_array_unref);
}

void
wb_trial_list_add (WbTrialList *self, const char *path)
{
  g_return_if_fail (WB_IS_TRIAL_LIST (self));

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    g_queue_push_tail (&self->folders, g_strdup (path));
  else
    add_path (self, g_strdup (path));
  go_on (self);
}

static gpointer
drop_work (gpointer trials, GCancellable *cancellable, GError **error)
{
  g_ptr_array_unref (trials);
  return NULL;
}

static GPtrArray *
new_trials (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) wb_trial_free);
}

/* What is in a folder is the same whoever is asked: a search goes on, and a training may improve meanwhile. */
void
wb_trial_list_set_model (WbTrialList *self, LatheModel *model)
{
  g_return_if_fail (WB_IS_TRIAL_LIST (self));

  if (!self->searching)
    let_go (self);
  g_clear_pointer (&self->oracle, wb_oracle_unref);
  self->oracle = model ? wb_oracle_new (model) : NULL;
  wb_thread_call (NULL, drop_work, self->trials, NULL, NULL, NULL, NULL, NULL);
  self->trials = new_trials ();
  self->n_asked = 0;
  g_signal_emit (self, answered_signal, 0);
  go_on (self);
}

void
wb_trial_list_set_threshold (WbTrialList *self, double threshold)
{
  g_return_if_fail (WB_IS_TRIAL_LIST (self));

  self->threshold = threshold;
  for (guint i = 0; i < self->trials->len; i++)
    wb_trial_set_threshold (self->trials->pdata[i], threshold);
}

void
wb_trial_list_cancel (WbTrialList *self)
{
  g_return_if_fail (WB_IS_TRIAL_LIST (self));

  let_go (self);
  forget_found (self);
  g_queue_clear_full (&self->folders, g_free);
  for (guint i = self->n_asked; i < self->paths->len; i++)
    g_hash_table_remove (self->known, self->paths->pdata[i]);
  g_ptr_array_set_size (self->paths, (int) self->n_asked);
  g_signal_emit (self, progress_signal, 0);
}

void
wb_trial_list_set_active (WbTrialList *self, gboolean active)
{
  g_return_if_fail (WB_IS_TRIAL_LIST (self));

  if (self->active == active)
    return;
  self->active = active;
  go_on (self);
}

guint
wb_trial_list_get_n_trials (WbTrialList *self)
{
  g_return_val_if_fail (WB_IS_TRIAL_LIST (self), 0);

  return self->trials->len;
}

const WbTrial *
wb_trial_list_get_trial (WbTrialList *self, guint number)
{
  g_return_val_if_fail (WB_IS_TRIAL_LIST (self), NULL);
  g_return_val_if_fail (number < self->trials->len, NULL);

  return self->trials->pdata[number];
}

gboolean
wb_trial_list_is_empty (WbTrialList *self)
{
  g_return_val_if_fail (WB_IS_TRIAL_LIST (self), TRUE);

  return self->paths->len == 0 && g_queue_is_empty (&self->folders) && !wb_trial_list_get_busy (self);
}

gboolean
wb_trial_list_get_busy (WbTrialList *self)
{
  g_return_val_if_fail (WB_IS_TRIAL_LIST (self), FALSE);

  return self->call != NULL || self->found != NULL;
}

guint
wb_trial_list_get_n (WbTrialList *self, guint *n_answered)
{
  g_return_val_if_fail (WB_IS_TRIAL_LIST (self), 0);

  if (n_answered)
    *n_answered = self->n_asked;
  return self->paths->len;
}

/* --- As a table --- */

typedef struct
{
  char *path;
  LatheModel *model; /* that has the labels */
  GPtrArray *trials; /* that have the names */
  GArray *rows;      /* (element-type LathePredictionRow) */
} Saving;

static void
saving_free (gpointer data)
{
  Saving *saving = data;

  lathe_model_unref (saving->model);
  g_ptr_array_unref (saving->trials);
  g_array_unref (saving->rows);
  g_free (saving->path);
  g_free (saving);
}

static gpointer
save_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Saving *saving = data;
  GString *table = lathe_prediction_table_new ();
  g_autofree char *text = NULL;

  for (guint i = 0; i < saving->rows->len; i++)
    lathe_prediction_table_add (table, &g_array_index (saving->rows, LathePredictionRow, i));
  text = g_string_free (table, FALSE);
  wb_export_write_text (saving->path, text, error);
  return NULL;
}

static void
on_saved (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  if (error)
    g_signal_emit (owner, failed_signal, 0, error->message);
}

static void
add_row (GArray *rows, const WbTrial *trial, const LatheModel *model)
{
  LathePredictionRow row = {.file = trial->image.path};

  if (!trial->reason)
    {
      row.label = model->labels[trial->label];
      row.probability = trial->probability;
      row.known = trial->known;
    }
  g_array_append_val (rows, row);
}

void
wb_trial_list_save (WbTrialList *self, const guint *numbers, guint n, const char *path)
{
  Saving *saving;

  g_return_if_fail (WB_IS_TRIAL_LIST (self));
  g_return_if_fail (self->oracle != NULL);

  saving = g_new (Saving, 1);
  *saving = (Saving){g_strdup (path), lathe_model_ref (wb_oracle_get_model (self->oracle)),
                     g_ptr_array_ref (self->trials), g_array_sized_new (FALSE, FALSE, sizeof (LathePredictionRow), n)};
  for (guint i = 0; i < n; i++)
    add_row (saving->rows, self->trials->pdata[numbers[i]], saving->model);
  wb_thread_call (G_OBJECT (self), save_work, saving, saving_free, NULL, NULL, on_saved, NULL);
}

/* --- Life --- */

static void
wb_trial_list_dispose (GObject *object)
{
  let_go (WB_TRIAL_LIST (object));
  forget_found (WB_TRIAL_LIST (object));
  G_OBJECT_CLASS (wb_trial_list_parent_class)->dispose (object);
}

static void
wb_trial_list_finalize (GObject *object)
{
  WbTrialList *self = WB_TRIAL_LIST (object);

  g_queue_clear_full (&self->folders, g_free);
  g_hash_table_unref (self->known);
  g_ptr_array_unref (self->paths);
  g_ptr_array_unref (self->trials);
  g_clear_pointer (&self->oracle, wb_oracle_unref);
  G_OBJECT_CLASS (wb_trial_list_parent_class)->finalize (object);
}

static void
wb_trial_list_class_init (WbTrialListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_trial_list_dispose;
  G_OBJECT_CLASS (klass)->finalize = wb_trial_list_finalize;
  progress_signal =
      g_signal_new ("progress", WB_TYPE_TRIAL_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  answered_signal =
      g_signal_new ("answered", WB_TYPE_TRIAL_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  failed_signal = g_signal_new ("failed", WB_TYPE_TRIAL_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                G_TYPE_STRING);
}

static void
wb_trial_list_init (WbTrialList *self)
{
  self->paths = g_ptr_array_new_with_free_func (g_free);
  self->known = g_hash_table_new (g_str_hash, g_str_equal);
  self->trials = new_trials ();
}

WbTrialList *
wb_trial_list_new (void)
{
  return g_object_new (WB_TYPE_TRIAL_LIST, NULL);
}
