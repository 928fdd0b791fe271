/* wb-runs.c: the trainings of the open folder, as they are listed on the disk. Main loop only.
 *
 * Every look at the disk is one call on a thread with a connection of its own. A timer asks for one each second, which
 * ends at once where nothing has changed. What was read is compared there with what was read before, so that ten
 * thousand runs of which one has changed are the work of one on the main loop. Rows stay the same objects as long as
 * their run is in the list.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-runs.h"

#include <sys/stat.h>

#include "wb-object-list.h"
#include "wb-run-item-private.h"
#include "wb-thread.h"

#define INTERVAL 1000 /* milliseconds */

struct _WbRuns
{
  GObject parent_instance;
  WbObjectList *items; /* (element-type WbRunItem) */
  GPtrArray *records;  /* (element-type WbRunRecord): theirs, as a thread may have them, too */
  GPtrArray *shown;    /* (element-type WbRunItem): those of them that are drawn */
  char *path;
  char *next; /* where it is being taken along to; NULL: it stays */
  guint timer;
  guint generation; /* of the path: what was looked up of another list is passed over */
  gboolean looking;
  gboolean again;  /* and once more when that has ended */
  char *stamp;     /* of the files, as they were read last */
  char *complaint; /* why they could not be read, as it was told; NULL: they were */
};

G_DEFINE_FINAL_TYPE (WbRuns, wb_runs, G_TYPE_OBJECT)

enum
{
  CHANGED,
  FAILED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* --- A look at the disk --- */

typedef struct
{
  char *path, *stamp;
  GArray *shown;      /* (element-type gint64) whose epochs are wanted */
  GPtrArray *records; /* (element-type WbRunRecord): what was read before, the newest first */
} Look;

typedef struct
{
  char *stamp;
  GPtrArray *records; /* (element-type WbRunRecord): the newest first; those that say the same are the same */
  GPtrArray *items;   /* (element-type WbRunItem): of runs that are new, at their places; NULL where there is one */
  gboolean same_runs;
  GHashTable *epochs; /* (element-type gint64 GArray) */
} Found;

static void
look_free (gpointer data)
{
  Look *look = data;

  g_free (look->path);
  g_free (look->stamp);
  g_array_unref (look->shown);
  g_ptr_array_unref (look->records);
  g_free (look);
}

static void
found_free (gpointer data)
{
  Found *found = data;

  g_free (found->stamp);
  g_clear_pointer (&found->records, g_ptr_array_unref);
  g_clear_pointer (&found->items, g_ptr_array_unref);
  g_clear_pointer (&found->epochs, g_hash_table_unref);
  g_free (found);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Found, found_free)

/* Another one when any program has written to the list, or to its log. (transfer full) */
static char *
stamp_of (const char *path)
{
  g_autofree char *log = g_strconcat (path, "-wal", NULL);
  struct stat list = {0}, written = {0};

  stat (path, &list);
  stat (log, &written);
  return g_strdup_printf ("%" G_GINT64_FORMAT ".%ld %" G_GINT64_FORMAT ".%ld %" G_GINT64_FORMAT,
                          (gint64) list.st_mtim.tv_sec, list.st_mtim.tv_nsec, (gint64) written.st_mtim.tv_sec,
                          written.st_mtim.tv_nsec, (gint64) written.st_size);
}

static GHashTable *
read_epochs (LatheRuns *runs, const GArray *shown)
{
  GHashTable *all = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) g_array_unref);

  for (guint i = 0; i < shown->len; i++)
    {
      gint64 id = g_array_index (shown, gint64, i);
      GArray *epochs = lathe_runs_epochs (runs, id, NULL);

      if (epochs)
        g_hash_table_insert (all, g_memdup2 (&id, sizeof id), epochs);
    }
  return all;
}

static void
unref_item (gpointer item)
{
  if (item)
    g_object_unref (item);
}

/* Both have the newest first, so that each is gone through once. */
static void
compare_with_before (Found *found, GPtrArray *list, const GPtrArray *before)
{
  g_auto (GStrv) apart = lathe_runs_tell_apart (list);
  guint old = 0;

  found->records = g_ptr_array_new_full (list->len, wb_run_record_unref);
  found->items = g_ptr_array_new_full (list->len, unref_item);
  found->same_runs = list->len == before->len;
  for (guint i = 0; i < list->len; i++)
    {
      LatheRun *run = list->pdata[i];
      WbRunRecord *record = NULL;
      WbRunItem *item = NULL;

      while (old < before->len && ((const WbRunRecord *) before->pdata[old])->run->id > run->id)
        old++;
      if (old < before->len && ((const WbRunRecord *) before->pdata[old])->run->id == run->id)
        record = before->pdata[old];
      if (!record)
        item = g_object_new (WB_TYPE_RUN_ITEM, NULL);
      found->same_runs = found->same_runs && record;
      if (record && wb_run_record_says (record, run, apart[i]))
        g_ptr_array_add (found->records, g_atomic_rc_box_acquire (record));
      else
        g_ptr_array_add (found->records, wb_run_record_new (g_steal_pointer (&list->pdata[i]), apart[i]));
      g_ptr_array_add (found->items, item);
    }
}

static void
free_run (gpointer run)
{
  if (run)
    lathe_run_free (run);
}

/* NULL without an error: nothing has changed, or there is no list yet. */
static gpointer
look_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Look *look = data;
  g_autofree char *stamp = stamp_of (look->path);
  g_autoptr (LatheRuns) runs = NULL;
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (Found) found = NULL;

  if (!g_file_test (look->path, G_FILE_TEST_EXISTS) || g_strcmp0 (stamp, look->stamp) == 0)
    return NULL;
  runs = lathe_runs_open (look->path, error);
  list = runs ? lathe_runs_list (runs, error) : NULL;
  if (!list)
    return NULL;
  g_ptr_array_set_free_func (list, free_run);
  found = g_new0 (Found, 1);
  found->stamp = g_steal_pointer (&stamp);
  compare_with_before (found, list, look->records);
  found->epochs = read_epochs (runs, look->shown);
  return g_steal_pointer (&found);
}

/* --- What it comes to --- */

/* Charts ask for them in each frame. */
static void
find_shown (WbRuns *self)
{
  const GPtrArray *items = wb_object_list_get_objects (self->items);

  g_ptr_array_set_size (self->shown, 0);
  for (guint i = 0; i < items->len; i++)
    if (((WbRunItem *) items->pdata[i])->shown)
      g_ptr_array_add (self->shown, g_object_ref (items->pdata[i]));
}

static gpointer
drop_work (gpointer records, GCancellable *cancellable, GError **error)
{
  g_ptr_array_unref (records);
  return NULL;
}

/* The texts of thousands of runs take some time to be freed. */
static void
set_records (WbRuns *self, GPtrArray *records)
{
  wb_thread_call (NULL, drop_work, self->records, NULL, NULL, NULL, NULL, NULL);
  self->records = records;
}

/* The rows of runs that are still there, and those that the thread has made. (transfer full) */
static GPtrArray *
match_items (WbRuns *self, Found *found)
{
  const GPtrArray *before = wb_object_list_get_objects (self->items);
  GPtrArray *items = g_ptr_array_new_full (found->items->len, g_object_unref);
  guint old = 0;

  for (guint i = 0; i < found->items->len; i++)
    {
      gint64 id = ((const WbRunRecord *) found->records->pdata[i])->run->id;

      while (old < before->len && ((WbRunItem *) before->pdata[old])->record->run->id > id)
        old++;
      g_ptr_array_add (items, found->items->pdata[i] ? g_steal_pointer (&found->items->pdata[i])
                                                     : g_object_ref (before->pdata[old]));
    }
  return items;
}

/* What a row says from now on. Its epochs are there where they are drawn. */
static void
refill (WbRunItem *item, WbRunRecord *record, GHashTable *epochs)
{
  if (item->shown || item->epochs)
    {
      GArray *read = g_hash_table_lookup (epochs, &record->run->id);

      g_clear_pointer (&item->epochs, g_array_unref);
      item->epochs = read ? g_array_ref (read) : NULL;
    }
  wb_run_item_take (item, record);
}

static void
take (WbRuns *self, Found *found)
{
  g_autoptr (GPtrArray) items =
      found->same_runs ? g_ptr_array_ref (wb_object_list_get_objects (self->items)) : match_items (self, found);

  for (guint i = 0; i < items->len; i++)
    refill (items->pdata[i], found->records->pdata[i], found->epochs);
  set_records (self, g_steal_pointer (&found->records));
  if (found->same_runs)
    return;
  wb_object_list_replace (self->items, g_steal_pointer (&items));
  find_shown (self);
}

/* The reason may be gone at the next look. It is told once, and not each second. */
static void
complain (WbRuns *self, const char *message)
{
  if (g_strcmp0 (message, self->complaint) == 0)
    return;
  g_free (self->complaint);
  self->complaint = g_strdup (message);
  g_signal_emit (self, signals[FAILED], 0, message);
}

static void
on_looked (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbRuns *self = WB_RUNS (owner);
  g_autoptr (Found) found = result;

  if (GPOINTER_TO_UINT (data) != self->generation)
    return;
  self->looking = FALSE;
  if (error)
    complain (self, error->message);
  if (!found)
    return;
  g_clear_pointer (&self->complaint, g_free);
  g_free (self->stamp);
  self->stamp = g_steal_pointer (&found->stamp);
  take (self, found);
  g_signal_emit (self, signals[CHANGED], 0);
  if (self->again)
    wb_runs_look (self);
}

static void
look (WbRuns *self)
{
  Look *look;

  if (self->looking || !self->path)
    return;
  self->looking = TRUE;
  self->again = FALSE;
  look = g_new0 (Look, 1);
  look->path = g_strdup (self->path);
  look->stamp = g_strdup (self->stamp);
  look->records = g_ptr_array_ref (self->records);
  look->shown = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (guint i = 0; i < self->shown->len; i++)
    g_array_append_val (look->shown, ((WbRunItem *) self->shown->pdata[i])->record->run->id);
  wb_thread_call (G_OBJECT (self), look_work, look, look_free, found_free, NULL, on_looked,
                  GUINT_TO_POINTER (self->generation));
}

static gboolean
on_timer (gpointer self)
{
  look (self);
  return G_SOURCE_CONTINUE;
}

void
wb_runs_look (WbRuns *self)
{
  g_clear_pointer (&self->stamp, g_free);
  self->again = self->looking;
  look (self);
}

void
wb_runs_open (WbRuns *self, const char *path)
{
  g_return_if_fail (WB_IS_RUNS (self));

  g_clear_pointer (&self->next, g_free);
  if (g_strcmp0 (path, self->path) == 0)
    return;
  g_free (self->path);
  self->path = g_strdup (path);
  self->generation++;
  self->looking = FALSE;
  g_clear_pointer (&self->stamp, g_free);
  g_clear_pointer (&self->complaint, g_free);
  wb_object_list_replace (self->items, g_ptr_array_new_with_free_func (g_object_unref));
  set_records (self, g_ptr_array_new_with_free_func (wb_run_record_unref));
  find_shown (self);
  g_signal_emit (self, signals[CHANGED], 0);
  g_clear_handle_id (&self->timer, g_source_remove);
  if (!path)
    return;
  self->timer = g_timeout_add (INTERVAL, on_timer, self);
  look (self);
}

typedef struct
{
  char *from, *to;
} Move;

static void
move_free (gpointer data)
{
  Move *move = data;

  g_free (move->from);
  g_free (move->to);
  g_free (move);
}

static gpointer
move_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Move *move = data;

  lathe_runs_copy (move->from, move->to, error);
  return NULL;
}

/* Trainings are written down in the new place from now on, whether or not those before could be taken along. */
static void
on_moved (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbRuns *self = WB_RUNS (owner);
  const Move *move = data;

  if (error)
    g_signal_emit (self, signals[FAILED], 0, error->message);
  if (g_strcmp0 (self->next, move->to) == 0)
    wb_runs_open (self, move->to);
}

void
wb_runs_move (WbRuns *self, const char *from, const char *to)
{
  Move *move;

  g_return_if_fail (WB_IS_RUNS (self));
  g_return_if_fail (from != NULL && to != NULL);

  if (g_strcmp0 (from, self->path) == 0)
    {
      g_free (self->next);
      self->next = g_strdup (to);
    }
  move = g_new (Move, 1);
  *move = (Move){g_strdup (from), g_strdup (to)};
  wb_thread_call (G_OBJECT (self), move_work, move, move_free, NULL, NULL, on_moved, move);
}

gboolean
wb_runs_get_moving (WbRuns *self)
{
  g_return_val_if_fail (WB_IS_RUNS (self), FALSE);

  return self->next != NULL;
}

const char *
wb_runs_get_path (WbRuns *self)
{
  g_return_val_if_fail (WB_IS_RUNS (self), NULL);

  return self->path;
}

GListModel *
wb_runs_get_model (WbRuns *self)
{
  g_return_val_if_fail (WB_IS_RUNS (self), NULL);

  return G_LIST_MODEL (self->items);
}

/* The newest first: half of them is out of question with each step. */
WbRunItem *
wb_runs_find (WbRuns *self, gint64 id)
{
  const GPtrArray *items;
  guint low = 0, high;

  g_return_val_if_fail (WB_IS_RUNS (self), NULL);

  items = wb_object_list_get_objects (self->items);
  for (high = items->len; low < high;)
    {
      guint middle = low + (high - low) / 2;
      WbRunItem *item = items->pdata[middle];

      if (item->record->run->id == id)
        return item;
      if (item->record->run->id > id)
        low = middle + 1;
      else
        high = middle;
    }
  return NULL;
}

const GPtrArray *
wb_runs_get_shown (WbRuns *self)
{
  g_return_val_if_fail (WB_IS_RUNS (self), NULL);

  return self->shown;
}

void
wb_runs_set_shown (WbRuns *self, WbRunItem *item, gboolean shown)
{
  g_return_if_fail (WB_IS_RUNS (self));

  if (item->shown == shown)
    return;
  item->shown = shown;
  find_shown (self);
  if (shown)
    wb_runs_look (self);
  else
    g_signal_emit (self, signals[CHANGED], 0);
}

/* --- Life --- */

static void
wb_runs_dispose (GObject *object)
{
  WbRuns *self = WB_RUNS (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_object (&self->items);
  g_clear_pointer (&self->records, g_ptr_array_unref);
  g_clear_pointer (&self->shown, g_ptr_array_unref);
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->next, g_free);
  g_clear_pointer (&self->stamp, g_free);
  g_clear_pointer (&self->complaint, g_free);
  G_OBJECT_CLASS (wb_runs_parent_class)->dispose (object);
}

static void
wb_runs_class_init (WbRunsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_runs_dispose;
  signals[CHANGED] = g_signal_new ("changed", WB_TYPE_RUNS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] =
      g_signal_new ("failed", WB_TYPE_RUNS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
wb_runs_init (WbRuns *self)
{
  self->items = wb_object_list_new (WB_TYPE_RUN_ITEM);
  self->records = g_ptr_array_new_with_free_func (wb_run_record_unref);
  self->shown = g_ptr_array_new_with_free_func (g_object_unref);
}

WbRuns *
wb_runs_new (void)
{
  return g_object_new (WB_TYPE_RUNS, NULL);
}
