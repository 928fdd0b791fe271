/* wb-thread.c: the one place of the window that crosses threads.
 *
 * A relay is a mailbox with one slot. The thread puts its newest news in and, when no dispatch is under way, asks the
 * main loop for one; the main loop empties the slot. So a busy main loop gets few, large deliveries, and never a queue.
 * The lock guards the slot and `pending`; `func` and `data` belong to the main loop.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-thread.h"

/* The task could be finalised on its thread, where no widget may die: so `owner` is not the task's but the call's, and
 * is let go on the main loop. */
typedef struct
{
  GObject *owner;
  WbWork work;
  gpointer data;
  GDestroyNotify free_data;
  GDestroyNotify free_result;
  WbDone done;
  gpointer user_data;
} Call;

static void
call_free (gpointer data)
{
  Call *call = data;

  if (call->free_data)
    call->free_data (call->data);
  g_free (call);
}

static void
call_work (GTask *task)
{
  const Call *call = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  GError *error = NULL;
  gpointer result;

  if (g_task_return_error_if_cancelled (task))
    return;
  result = call->work (call->data, cancellable, &error);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, result, call->free_result);
}

/* On one of a few threads that all such calls share. */
static void
work_by_the_way (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  lathe_thread_give_way ();
  call_work (task);
}

static gpointer
work_now (gpointer data)
{
  g_autoptr (GTask) task = data;

  call_work (task);
  return NULL;
}

static void
call_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = g_task_get_task_data (G_TASK (result));
  g_autoptr (GObject) owner = g_steal_pointer (&call->owner);
  g_autoptr (GError) error = NULL;
  gpointer value = g_task_propagate_pointer (G_TASK (result), &error);

  if (call->done)
    call->done (owner, value, error, call->user_data);
  else if (value && call->free_result)
    call->free_result (value);
}

/* (transfer full) */
static GTask *
new_task (Call call, GCancellable *cancellable)
{
  GTask *task = g_task_new (NULL, cancellable, call_done, NULL);

  if (call.owner)
    g_object_ref (call.owner);
  g_task_set_task_data (task, g_memdup2 (&call, sizeof call), call_free);
  return task;
}

void
wb_thread_call (GObject *owner, WbWork work, gpointer data, GDestroyNotify free_data, GDestroyNotify free_result,
                GCancellable *cancellable, WbDone done, gpointer user_data)
{
  g_autoptr (GTask) task = new_task ((Call){owner, work, data, free_data, free_result, done, user_data}, cancellable);

  g_task_run_in_thread (task, work_by_the_way);
}

void
wb_thread_call_now (GObject *owner, WbWork work, gpointer data, GDestroyNotify free_data, GDestroyNotify free_result,
                    WbDone done, gpointer user_data)
{
  GTask *task = new_task ((Call){owner, work, data, free_data, free_result, done, user_data}, NULL);

  g_thread_unref (g_thread_new ("now", work_now, task));
}

static gpointer
drop_work (gpointer dataset, GCancellable *cancellable, GError **error)
{
  lathe_dataset_unref (dataset);
  return NULL;
}

void
wb_thread_drop_dataset (LatheDataset *dataset)
{
  wb_thread_call (NULL, drop_work, dataset, NULL, NULL, NULL, NULL, NULL);
}

/* What every relay begins with. */
typedef struct
{
  GMutex lock;
  gboolean pending;
  GSourceFunc deliver; /* on the main loop: empties the slot, and sets `pending` back */
  GDestroyNotify clear;
} Relay;

static void
relay_init (Relay *relay, GSourceFunc deliver, GDestroyNotify clear)
{
  g_mutex_init (&relay->lock);
  relay->deliver = deliver;
  relay->clear = clear;
}

static void
relay_unref (gpointer data)
{
  Relay *relay = data;

  g_atomic_rc_box_release_full (relay, relay->clear);
}

/* The slot is filled: lets go of the lock, and sees to it that the main loop will come by. */
static void
relay_unlock_filled (Relay *relay)
{
  gboolean ask = !relay->pending;

  relay->pending = TRUE;
  g_mutex_unlock (&relay->lock);
  if (ask)
    g_idle_add_full (G_PRIORITY_DEFAULT, relay->deliver, g_atomic_rc_box_acquire (relay), relay_unref);
}

struct _WbSnapshotRelay
{
  Relay relay;
  WbSnapshotFunc func; /* NULL once closed */
  gpointer data;
  LatheSnapshot *newest;
  GArray *points; /* (element-type LathePoint): of all snapshots since the last delivery */
};

static void
snapshot_relay_clear (gpointer data)
{
  WbSnapshotRelay *relay = data;

  g_clear_pointer (&relay->newest, lathe_snapshot_unref);
  g_clear_pointer (&relay->points, g_array_unref);
  g_mutex_clear (&relay->relay.lock);
}

WbSnapshotRelay *
wb_snapshot_relay_ref (WbSnapshotRelay *relay)
{
  return g_atomic_rc_box_acquire (relay);
}

void
wb_snapshot_relay_unref (WbSnapshotRelay *relay)
{
  relay_unref (relay);
}

static gboolean
snapshot_relay_deliver (gpointer data)
{
  WbSnapshotRelay *relay = data;
  g_autoptr (LatheSnapshot) newest = NULL;
  g_autoptr (GArray) points = NULL;

  g_mutex_lock (&relay->relay.lock);
  newest = g_steal_pointer (&relay->newest);
  points = relay->points;
  relay->points = g_array_new (FALSE, FALSE, sizeof (LathePoint));
  relay->relay.pending = FALSE;
  g_mutex_unlock (&relay->relay.lock);

  if (relay->func)
    relay->func (newest, points, relay->data);
  return G_SOURCE_REMOVE;
}

WbSnapshotRelay *
wb_snapshot_relay_new (WbSnapshotFunc func, gpointer data)
{
  WbSnapshotRelay *relay = g_atomic_rc_box_new0 (WbSnapshotRelay);

  relay_init (&relay->relay, snapshot_relay_deliver, snapshot_relay_clear);
  relay->func = func;
  relay->data = data;
  relay->points = g_array_new (FALSE, FALSE, sizeof (LathePoint));
  return relay;
}

void
wb_snapshot_relay_observe (LatheSnapshot *snapshot, gpointer data)
{
  WbSnapshotRelay *relay = data;

  g_mutex_lock (&relay->relay.lock);
  g_clear_pointer (&relay->newest, lathe_snapshot_unref);
  relay->newest = lathe_snapshot_ref (snapshot);
  if (snapshot->points)
    g_array_append_vals (relay->points, snapshot->points->data, snapshot->points->len);
  relay_unlock_filled (&relay->relay);
}

void
wb_snapshot_relay_close (WbSnapshotRelay *relay)
{
  relay->func = NULL;
  wb_snapshot_relay_unref (relay);
}

typedef struct
{
  LatheTrainer *trainer;
  WbSnapshotRelay *relay;
} Retired;

static gpointer
retire_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Retired *retired = data;

  lathe_trainer_free (retired->trainer);
  wb_snapshot_relay_unref (retired->relay);
  return NULL;
}

void
wb_thread_retire (LatheTrainer *trainer, WbSnapshotRelay *relay)
{
  Retired *retired = g_new (Retired, 1);

  *retired = (Retired){trainer, relay};
  wb_thread_call (NULL, retire_work, retired, g_free, NULL, NULL, NULL, NULL);
}

struct _WbProgressRelay
{
  Relay relay;
  LatheProgressFunc func; /* NULL once closed */
  gpointer data;
  guint done, total;
};

static void
progress_relay_clear (gpointer data)
{
  WbProgressRelay *relay = data;

  g_mutex_clear (&relay->relay.lock);
}

WbProgressRelay *
wb_progress_relay_ref (WbProgressRelay *relay)
{
  return g_atomic_rc_box_acquire (relay);
}

void
wb_progress_relay_unref (WbProgressRelay *relay)
{
  relay_unref (relay);
}

static gboolean
progress_relay_deliver (gpointer data)
{
  WbProgressRelay *relay = data;
  guint done, total;

  g_mutex_lock (&relay->relay.lock);
  done = relay->done;
  total = relay->total;
  relay->relay.pending = FALSE;
  g_mutex_unlock (&relay->relay.lock);

  if (relay->func)
    relay->func (done, total, relay->data);
  return G_SOURCE_REMOVE;
}

WbProgressRelay *
wb_progress_relay_new (LatheProgressFunc func, gpointer data)
{
  WbProgressRelay *relay = g_atomic_rc_box_new0 (WbProgressRelay);

  relay_init (&relay->relay, progress_relay_deliver, progress_relay_clear);
  relay->func = func;
  relay->data = data;
  return relay;
}

void
wb_progress_relay_report (guint done, guint total, gpointer data)
{
  WbProgressRelay *relay = data;

  g_mutex_lock (&relay->relay.lock);
  relay->done = done;
  relay->total = total;
  relay_unlock_filled (&relay->relay);
}

void
wb_progress_relay_close (WbProgressRelay *relay)
{
  relay->func = NULL;
  wb_progress_relay_unref (relay);
}

struct _WbReportRelay
{
  Relay relay;
  WbReportFunc func; /* NULL once closed */
  gpointer data;
  GBoxedCopyFunc ref;
  GDestroyNotify unref; /* of a report */
  gpointer newest;
};

static void
report_relay_clear (gpointer data)
{
  WbReportRelay *relay = data;

  g_clear_pointer (&relay->newest, relay->unref);
  g_mutex_clear (&relay->relay.lock);
}

WbReportRelay *
wb_report_relay_ref (WbReportRelay *relay)
{
  return g_atomic_rc_box_acquire (relay);
}

void
wb_report_relay_unref (WbReportRelay *relay)
{
  relay_unref (relay);
}

static gboolean
report_relay_deliver (gpointer data)
{
  WbReportRelay *relay = data;
  gpointer newest;

  g_mutex_lock (&relay->relay.lock);
  newest = g_steal_pointer (&relay->newest);
  relay->relay.pending = FALSE;
  g_mutex_unlock (&relay->relay.lock);

  if (relay->func)
    relay->func (newest, relay->data);
  g_clear_pointer (&newest, relay->unref);
  return G_SOURCE_REMOVE;
}

WbReportRelay *
wb_report_relay_new (WbReportFunc func, gpointer data, GBoxedCopyFunc ref, GDestroyNotify unref)
{
  WbReportRelay *relay = g_atomic_rc_box_new0 (WbReportRelay);

  relay_init (&relay->relay, report_relay_deliver, report_relay_clear);
  relay->func = func;
  relay->data = data;
  relay->ref = ref;
  relay->unref = unref;
  return relay;
}

static void
report_relay_put (WbReportRelay *relay, gpointer report)
{
  g_mutex_lock (&relay->relay.lock);
  g_clear_pointer (&relay->newest, relay->unref);
  relay->newest = relay->ref (report);
  relay_unlock_filled (&relay->relay);
}

void
wb_report_relay_observe_search (LatheSearchReport *report, gpointer relay)
{
  report_relay_put (relay, report);
}

void
wb_report_relay_observe_sweep (LatheSweepReport *report, gpointer relay)
{
  report_relay_put (relay, report);
}

void
wb_report_relay_close (WbReportRelay *relay)
{
  relay->func = NULL;
  wb_report_relay_unref (relay);
}
