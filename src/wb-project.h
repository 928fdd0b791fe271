/* wb-project.h: what the user works on: dataset, network, hyperparameters, model. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "lathe.h"
#include "wb-kept-run.h"
#include "wb-run.h"
#include "wb-settings.h"

G_BEGIN_DECLS

#define WB_TYPE_PROJECT (wb_project_get_type ())
G_DECLARE_FINAL_TYPE (WbProject, wb_project, WB, PROJECT, GObject)

/* Signals: "dataset-changed" (another source), "images-changed" (of the same source, by edits: other images, labels or
 * sides), "split-changed" (the same images, divided in another way), "scan-progress" (guint done,
 * guint total), "network-changed" (graph, preprocess, or what a training begins with), "hyperparameters-changed",
 * "recipe-taken" (what wb_project_set_recipe() asked for is set), "model-changed", "failed" (const char *message).
 * Properties: "name" (string), "scanning" (gboolean), "can-undo", "can-redo" (gboolean). */

WbProject *wb_project_new (void);

/* Scans in the background; the project keeps what it had when the folder turns out unusable ("failed"). A new
 * dataset adapts the network, follows the recipe that was followed, and forgets the model. */
void wb_project_open (WbProject *project, GFile *folder);
void wb_project_cancel_scan (WbProject *project);

LatheDataset *wb_project_get_dataset (WbProject *project); /* (transfer none) (nullable) as it is edited and divided */
const LatheEdits *wb_project_get_edits (WbProject *project); /* never NULL; with those that are still being made */
const LatheGraph *wb_project_get_graph (WbProject *project); /* never NULL */
const LathePreprocess *wb_project_get_preprocess (WbProject *project);
const LatheHyperparameters *wb_project_get_hyperparameters (WbProject *project);
const LatheRecipe *wb_project_get_recipe (WbProject *project); /* that all of these follow; NULL: none */
LatheModel *wb_project_get_model (WbProject *project);         /* (transfer none) (nullable) */
/* (transfer none) (nullable) divided as it was when the model was trained, where that is known */
LatheDataset *wb_project_get_model_dataset (WbProject *project);
/* (transfer full) (nullable): which layers could go on with what the model learned */
LatheInheritance *wb_project_get_inheritance (WbProject *project);
gboolean wb_project_get_goes_on (WbProject *project); /* whether the next training does, as far as layers match */
gboolean wb_project_get_fresh (WbProject *project, const char *layer);
WbRun *wb_project_get_run (WbProject *project);          /* (transfer none) */
WbKeptRun *wb_project_get_kept_run (WbProject *project); /* (transfer none) */

/* Each is one step that wb_project_undo takes back. The graph is copied. */
void wb_project_set_graph (WbProject *project, const LatheGraph *graph);
void wb_project_set_preprocess (WbProject *project, const LathePreprocess *preprocess);
void wb_project_set_hyperparameters (WbProject *project, const LatheHyperparameters *hyperparameters);
void wb_project_set_beginning (WbProject *project, WbBeginning beginning);
/* Whether this layer begins anew, whatever was learned. */
void wb_project_set_fresh (WbProject *project, const char *layer, gboolean fresh);
/* In the background; "failed" says when it cannot be. What was decided about a folder's images is kept on the disk, and
 * comes back with the folder. */
void wb_project_set_edits (WbProject *project, const LatheEdits *edits);
void wb_project_set_split (WbProject *project, guint64 seed, const double share[LATHE_N_SPLITS]);
/* In the background. NULL: what was set before any recipe. */
void wb_project_set_recipe (WbProject *project, const LatheRecipe *recipe);
void wb_project_undo (WbProject *project);
void wb_project_redo (WbProject *project);

/* A model opened from a file; replaces the one from training. */
void wb_project_set_model (WbProject *project, LatheModel *model);

/* Starts training with what is set; "failed" says why when it cannot. */
void wb_project_train (WbProject *project);

/* Goes on with the run that was kept: its network, preprocessing and hyperparameters are set, as one step that can be
 * undone, and it trains. */
void wb_project_continue (WbProject *project);

/* This model is in a file now. When it is what the newest run came to, nothing needs to be kept of that. */
void wb_project_model_saved (WbProject *project, LatheModel *model);

G_END_DECLS
