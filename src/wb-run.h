/* wb-run.h: the training that is going on, as the pages see it. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib-object.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_RUN (wb_run_get_type ())
G_DECLARE_FINAL_TYPE (WbRun, wb_run, WB, RUN, GObject)

/* Signals: "progress" (a new snapshot is here; at most once a frame), "epoch" (one or more epochs ended),
 * "failed" (const char *message), "warned" (const char *message: something went wrong, and the run goes on),
 * "changed" (gboolean back: something was changed while it went on; or taken back, to its step). Property: "active"
 * (gboolean: preparing, running or paused). */

WbRun *wb_run_new (void);
/* `inheritance` may be NULL: all layers begin anew. `list`: where the run is written down. */
gboolean wb_run_start (WbRun *run, LatheDataset *dataset, const LatheGraph *graph, const LathePreprocess *preprocess,
                       const LatheHyperparameters *hyperparameters, const LatheInheritance *inheritance,
                       const char *checkpoint, const char *list, GError **error);
/* A model that is grown on another one; `graph` is lathe_growth_graph()'s. `checkpoint`: NULL: none is kept. */
gboolean wb_run_grow (WbRun *run, LatheDataset *dataset, const LatheGrowth *growth, const LatheGraph *graph,
                      const LatheHyperparameters *hyperparameters, const char *checkpoint, const char *list,
                      GError **error);
/* Goes on with a run. (transfer full) of `unfinished`; `more`: epochs, from where it stands; 0: to its end. */
gboolean wb_run_continue (WbRun *run, LatheDataset *dataset, LatheUnfinished *unfinished, guint more,
                          const char *checkpoint, const char *list, GError **error);
/* Without a training each of these does nothing. The answer is "progress" with a snapshot in the new state. */
void wb_run_pause (WbRun *run);
void wb_run_resume (WbRun *run);
void wb_run_step (WbRun *run);
void wb_run_stop (WbRun *run);
/* From the next step on: see lathe_trainer_set(), lathe_trainer_freeze() and lathe_trainer_take_back(). */
void wb_run_set (WbRun *run, const char *hyperparameter, double value);
void wb_run_freeze (WbRun *run, const char *layer, guint frozen);
void wb_run_take_back (WbRun *run);
/* As lathe_trainer_watch(): of the training that goes on, and of those to come. */
void wb_run_watch (WbRun *run, const char *const *paths);
gboolean wb_run_get_active (WbRun *run);
gboolean wb_run_get_paused (WbRun *run);
/* The newest one's model is, or was, grown on another one; a new last layer alone was learned. */
gboolean wb_run_grows (WbRun *run);
gboolean wb_run_is_head_alone (WbRun *run);
gboolean wb_run_can_pause (WbRun *run);          /* else it can be stopped, and what is done by then is kept */
double wb_run_get_fraction (WbRun *run);         /* of all epochs: 0 … 1 */
LatheSnapshot *wb_run_get_snapshot (WbRun *run); /* (transfer none) the newest; NULL until a run has said something */
const GArray *wb_run_get_points (WbRun *run);    /* (element-type LathePoint) of this run, oldest first */

G_END_DECLS
