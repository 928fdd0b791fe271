/* wb-thread.h: the one place of the window that crosses threads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "lathe.h"

G_BEGIN_DECLS

/* Does `work` on a thread; its result or error comes back on the main loop through `done`, always once. `done` owns the
 * result (`free_result` is for the case that it cannot be delivered, because `cancellable` was cancelled: then the
 * error is G_IO_ERROR_CANCELLED). `owner`, which may be NULL, is kept alive until then; `done` may be NULL. */
typedef gpointer (*WbWork) (gpointer data, GCancellable *cancellable, GError **error);
typedef void (*WbDone) (GObject *owner, gpointer result, const GError *error, gpointer user_data);

void wb_thread_call (GObject *owner, WbWork work, gpointer data, GDestroyNotify free_data, GDestroyNotify free_result,
                     GCancellable *cancellable, WbDone done, gpointer user_data);

/* The same, on a thread of its own that gives way to no other program: for the little that the end of the program waits
 * for, which on a busy machine would take a hundred times as long as it takes. It cannot be cancelled. */
void wb_thread_call_now (GObject *owner, WbWork work, gpointer data, GDestroyNotify free_data,
                         GDestroyNotify free_result, WbDone done, gpointer user_data);

/* Lets go of a dataset on a thread: who is the last to do so frees a name for each image. */
void wb_thread_drop_dataset (LatheDataset *dataset);

/* Brings a trainer's snapshots to the main loop: one pending dispatch at a time. Points of snapshots that were passed
 * over are not lost: they are handed on in order. */
typedef struct _WbSnapshotRelay WbSnapshotRelay;
typedef void (*WbSnapshotFunc) (LatheSnapshot *newest, GArray *points, gpointer data);

WbSnapshotRelay *wb_snapshot_relay_new (WbSnapshotFunc func, gpointer data);
void wb_snapshot_relay_observe (LatheSnapshot *snapshot, gpointer relay); /* a LatheObserver */
WbSnapshotRelay *wb_snapshot_relay_ref (WbSnapshotRelay *relay);          /* one for whoever observes */
void wb_snapshot_relay_unref (WbSnapshotRelay *relay);
/* Main loop: nothing comes after this. Drops the reference that wb_snapshot_relay_new gave. */
void wb_snapshot_relay_close (WbSnapshotRelay *relay);

/* Frees a trainer on a thread (it is waited for there), and then the reference that it holds on its relay. */
void wb_thread_retire (LatheTrainer *trainer, WbSnapshotRelay *relay);

/* Brings (done, total) from a thread that goes through many files to the main loop, newest only. */
typedef struct _WbProgressRelay WbProgressRelay;

WbProgressRelay *wb_progress_relay_new (LatheProgressFunc func, gpointer data);
void wb_progress_relay_report (guint done, guint total, gpointer relay); /* a LatheProgressFunc */
WbProgressRelay *wb_progress_relay_ref (WbProgressRelay *relay);         /* one for the thread */
void wb_progress_relay_unref (WbProgressRelay *relay);
void wb_progress_relay_close (WbProgressRelay *relay); /* as wb_snapshot_relay_close */

/* Brings the reports of a search or a sweep to the main loop, newest only. */
typedef struct _WbReportRelay WbReportRelay;
typedef void (*WbReportFunc) (gpointer newest, gpointer data); /* a LatheSearchReport or a LatheSweepReport */

/* `ref` and `unref`: of such reports. */
WbReportRelay *wb_report_relay_new (WbReportFunc func, gpointer data, GBoxedCopyFunc ref, GDestroyNotify unref);
void wb_report_relay_observe_search (LatheSearchReport *report, gpointer relay); /* a LatheSearchObserver */
void wb_report_relay_observe_sweep (LatheSweepReport *report, gpointer relay);   /* a LatheSweepObserver */
WbReportRelay *wb_report_relay_ref (WbReportRelay *relay);                       /* one for the thread */
void wb_report_relay_unref (WbReportRelay *relay);
void wb_report_relay_close (WbReportRelay *relay); /* as wb_snapshot_relay_close */

G_END_DECLS
