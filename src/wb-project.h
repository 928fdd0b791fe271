/* wb-project.h: what the user works on: dataset, network, hyperparameters, model. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "lathe.h"
#include "wb-kept-run.h"
#include "wb-run.h"
#include "wb-runs.h"
#include "wb-search.h"
#include "wb-settings.h"
#include "wb-sweep.h"
#include "wb-variants.h"

G_BEGIN_DECLS

#define WB_TYPE_PROJECT (wb_project_get_type ())
G_DECLARE_FINAL_TYPE (WbProject, wb_project, WB, PROJECT, GObject)

typedef struct _WbTaken WbTaken; /* how to take back that a model was taken */

/* Signals: "dataset-changed" (another source), "images-changed" (of the same source, by edits: other images, labels or
 * sides), "split-changed" (the same images, divided in another way), "scan-progress" (guint done,
 * guint total), "network-changed" (graph, preprocess, or what a training begins with), "hyperparameters-changed",
 * "watched-changed" (images that trainings are asked about), "recipe-taken" (what wb_project_set_recipe() asked for is
 * set), "model-changed", "threshold-changed", "points-changed", "place-changed" (it is kept in another file), "failed"
 * (const char *message). Properties: "name" (string), "scanning" (gboolean), "can-undo", "can-redo" (gboolean),
 * "conflict" (gboolean: another program has written the project's file). */

WbProject *wb_project_new (void);

/* Scans in the background; the project keeps what it had when the folder turns out unusable ("failed"). A folder brings
 * back what was set with it before, and so does the file of a project. One that is new adapts the network, and follows
 * the recipe that was followed. The model is forgotten. */
void wb_project_open (WbProject *project, GFile *source);
void wb_project_cancel_scan (WbProject *project);

/* Everything that is set is kept on the disk, at every change: for a folder in the user's data folder, until a person
 * chooses a file. "failed" says when it cannot be. */
void wb_project_save_as (WbProject *project, const char *path);
const char *wb_project_get_place (WbProject *project); /* (nullable): the file that a person chose, or the source */
/* Of a file that another program has written: what it says becomes what is set, as one step that can be undone; or what
 * is set is written over it. */
void wb_project_take_theirs (WbProject *project);
void wb_project_keep_mine (WbProject *project);

LatheDataset *wb_project_get_dataset (WbProject *project); /* (transfer none) (nullable) as it is edited and divided */
const LatheEdits *wb_project_get_edits (WbProject *project); /* never NULL; with those that are still being made */
const LatheGraph *wb_project_get_graph (WbProject *project); /* never NULL */
const LathePreprocess *wb_project_get_preprocess (WbProject *project);
const LatheHyperparameters *wb_project_get_hyperparameters (WbProject *project);
const LatheRecipe *wb_project_get_recipe (WbProject *project); /* that all of these follow; NULL: none */
LatheModel *wb_project_get_model (WbProject *project);         /* (transfer none) (nullable) */
gboolean wb_project_has_opened_model (WbProject *project);     /* of a file, and of no run here */
/* (transfer none) (nullable) divided as it was when the model was trained, where that is known */
LatheDataset *wb_project_get_model_dataset (WbProject *project);
/* (transfer full) (nullable): which layers could go on with what the model learned */
LatheInheritance *wb_project_get_inheritance (WbProject *project);
gboolean wb_project_get_goes_on (WbProject *project); /* whether the next training does, as far as layers match */
/* Models that a training can grow its own on (element-type LatheStartingPoint), as they were found last; NULL until
 * then. They are looked for in the background, with the images and whenever that is asked for: "points-changed". */
const GPtrArray *wb_project_get_starting_points (WbProject *project);
void wb_project_look_for_starting_points (WbProject *project);
/* The one that is chosen, or the first that is there. (transfer none) (nullable): none is */
const LatheStartingPoint *wb_project_get_starting_point (WbProject *project);
const LatheGrowthChoice *wb_project_get_growth (WbProject *project);
/* What Start does: how it suits is decided. */
LatheGrowing wb_project_get_growing (WbProject *project);
gboolean wb_project_has_few_images (WbProject *project);        /* for a network that begins with nothing */
const char *const *wb_project_get_watched (WbProject *project); /* paths of images, NULL-terminated */
gboolean wb_project_get_fresh (WbProject *project, const char *layer);
/* Less sure than this, an answer is “I do not know”; NAN: it is chosen on validation images. */
double wb_project_get_threshold (WbProject *project);
/* Gives a network that is to come the input that the images make, and an output for each class. */
void wb_project_adapt (WbProject *project, LatheGraph *graph);
WbRun *wb_project_get_run (WbProject *project);          /* (transfer none) */
WbKeptRun *wb_project_get_kept_run (WbProject *project); /* (transfer none) */
/* (transfer none) what it found is forgotten with the dataset */
WbSearch *wb_project_get_search (WbProject *project);
WbSweep *wb_project_get_sweep (WbProject *project); /* (transfer none) */
/* Trains again and again, with all that is set but for `axes` (element-type LatheSweepAxis), into the project's list.
 */
void wb_project_sweep (WbProject *project, const GPtrArray *axes, LatheSweepMethod method, guint runs);
/* What that would come to: as wb_sweep_estimate(). There is a dataset. */
void wb_project_estimate_sweep (WbProject *project, const GPtrArray *axes, LatheSweepMethod method, guint runs,
                                double seconds_an_epoch, GObject *owner, GCancellable *cancellable, WbDone done);
/* Why nothing can be trained or searched just now, a sentence; NULL: it can. */
const char *wb_project_get_occupation (WbProject *project);
/* (transfer full) (nullable): where runs are kept, and what is made of their models; NULL until a source is open */
char *wb_project_get_runs_folder (WbProject *project);
WbRuns *wb_project_get_runs (WbProject *project);         /* (transfer none) of the folder that is open */
WbVariants *wb_project_get_variants (WbProject *project); /* (transfer none) of the model */

/* Each is one step that wb_project_undo takes back. The graph is copied. */
void wb_project_set_graph (WbProject *project, const LatheGraph *graph);
void wb_project_set_preprocess (WbProject *project, const LathePreprocess *preprocess);
void wb_project_set_hyperparameters (WbProject *project, const LatheHyperparameters *hyperparameters);
/* Where layers are to learn on, the hyperparameters become gentle; they become usual again where that is taken back. */
void wb_project_set_growth (WbProject *project, const LatheGrowthChoice *growth);
void wb_project_set_beginning (WbProject *project, LatheBeginning beginning);
/* Whether this layer begins anew, whatever was learned. */
void wb_project_set_fresh (WbProject *project, const char *layer, gboolean fresh);
/* What a training is asked about after each epoch; one that goes on too, from the next on. */
void wb_project_set_watched (WbProject *project, const char *const *paths);
void wb_project_set_threshold (WbProject *project, double threshold);
/* In the background; "failed" says when it cannot be. */
void wb_project_set_edits (WbProject *project, const LatheEdits *edits);
void wb_project_set_split (WbProject *project, guint64 seed, const double share[LATHE_N_SPLITS]);
/* In the background. NULL: what was set before any recipe. */
void wb_project_set_recipe (WbProject *project, const LatheRecipe *recipe);
/* Its network, its images' size and its hyperparameters, as one step; FALSE: they are what is set already. */
gboolean wb_project_take_suggestion (WbProject *project, const LatheSuggestion *suggestion);
void wb_project_undo (WbProject *project);
void wb_project_redo (WbProject *project);

/* A model opened from a file; replaces the one from training. */
void wb_project_set_model (WbProject *project, LatheModel *model);
/* The same to go on from what it learned: its network with an output for each class of the images, its images' size and
 * normalisation are set, as one step. */
WbTaken *wb_project_take_model (WbProject *project, LatheModel *model);
/* Sets again what was set before, and has the model again that was there, unless there is another one by now. */
void wb_project_leave_model (WbProject *project, const WbTaken *taken);
void wb_taken_free (WbTaken *taken);
/* The same model at another temperature: it belongs to the same images. */
void wb_project_set_cooled_model (WbProject *project, LatheModel *model);

/* Starts training with what is set, a moment later where a model is read first; "failed" says why when it cannot. */
void wb_project_train (WbProject *project);
gboolean wb_project_get_loading (WbProject *project); /* it will train in a moment */

/* Goes on with the run that was kept: its network, preprocessing and hyperparameters are set, as one step that can be
 * undone, and it trains. */
void wb_project_continue (WbProject *project);
/* Goes on with this run of the list, whose checkpoint that is, and brings back what it was set to; "failed" says why
 * when it cannot. */
void wb_project_continue_from (WbProject *project, gint64 run, const char *checkpoint);

/* Of the run that has come to its end here: goes on for so many epochs, with its network and its settings, as one step
 * that can be undone. */
void wb_project_train_more (WbProject *project, guint n_epochs);
gboolean wb_project_can_train_more (WbProject *project);

/* This model is in a file now. When it is what the newest run came to, nothing needs to be kept of that. */
void wb_project_model_saved (WbProject *project, LatheModel *model);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WbTaken, wb_taken_free)

G_END_DECLS
