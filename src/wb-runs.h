/* wb-runs.h: the trainings of the open folder, as they are listed on the disk. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-run-item.h"

G_BEGIN_DECLS

#define WB_TYPE_RUNS (wb_runs_get_type ())
G_DECLARE_FINAL_TYPE (WbRuns, wb_runs, WB, RUNS, GObject)

/* Signals: "changed": the list is another one; "failed" (const char *message). */

WbRuns *wb_runs_new (void);
/* Whatever any program does to the list from now on is seen within a second. NULL: no list. */
void wb_runs_open (WbRuns *runs, const char *path);
/* Takes a list along to another place, unless there is one already, and goes on with that one if `from` is the one that
 * is open. Nothing is to be written to either meanwhile. */
void wb_runs_move (WbRuns *runs, const char *from, const char *to);
gboolean wb_runs_get_moving (WbRuns *runs); /* the one that is open */
/* At once, whether or not the files tell of a change. */
void wb_runs_look (WbRuns *runs);
const char *wb_runs_get_path (WbRuns *runs);  /* (nullable) */
GListModel *wb_runs_get_model (WbRuns *runs); /* (transfer none) (element-type WbRunItem) the newest first */

WbRunItem *wb_runs_find (WbRuns *runs, gint64 id); /* (transfer none) (nullable) */
const GPtrArray *wb_runs_get_shown (WbRuns *runs); /* (element-type WbRunItem) those that are drawn */

/* In the background. */
void wb_runs_set_shown (WbRuns *runs, WbRunItem *item, gboolean shown);
void wb_runs_rename (WbRuns *runs, gint64 id, const char *name);
void wb_runs_set_note (WbRuns *runs, gint64 id, const char *note);
void wb_runs_set_tags (WbRuns *runs, gint64 id, const char *tags);
void wb_runs_set_deleted (WbRuns *runs, gint64 id, gboolean deleted);
void wb_runs_ask (WbRuns *runs, gint64 id, LatheRunWish wish);

/* Reads its network; `done` gets a LatheGraph, and the path of the list: another one may be open by then. */
typedef void (*WbRunsGraphFunc) (GObject *owner, const char *path, LatheGraph *graph, const char *message);
void wb_runs_read_graph (WbRuns *runs, gint64 id, GObject *owner, WbRunsGraphFunc done);

/* Reads how the numbers of its layers were distributed: (element-type LatheLayerLooks), NULL with a message. */
typedef void (*WbRunsLayersFunc) (GObject *owner, gint64 id, GPtrArray *looks, const char *message);
void wb_runs_read_layers (WbRuns *runs, gint64 id, GObject *owner, WbRunsLayersFunc done);

G_END_DECLS
