/* wb-settings.h: all that can be undone, at one moment, and how it came to be so.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"

G_BEGIN_DECLS

typedef struct
{
  LatheDataset *dataset; /* as it is divided; NULL until one is opened */
  LatheGraph *graph;     /* which others may hold, too: it is exchanged, and never changed */
  LathePreprocess preprocess;
  LatheHyperparameters hyperparameters;
  LatheBeginning beginning; /* of a training */
  LatheGrowthChoice growth; /* whether its model is grown on another one; owns its text */
  char **fresh;             /* layers that begin anew all the same, NULL-terminated */
  char **watched;           /* images that trainings are asked about: paths, NULL-terminated */
  double threshold;         /* below it “I do not know”; NAN: chosen on validation images */
} WbSettings;

WbSettings *wb_settings_new (void); /* what a new project begins with */
WbSettings *wb_settings_copy (const WbSettings *settings);
void wb_settings_free (WbSettings *settings);

/* Whether the network, what happens to an image before it, and what a training begins with are the same. */
gboolean wb_settings_same_network (const WbSettings *a, const WbSettings *b);
gboolean wb_settings_is_drawn (const WbSettings *settings); /* a network that is not the usual one for the images */
gboolean wb_settings_same_images (const WbSettings *a, const WbSettings *b); /* with the same labels */
gboolean wb_settings_same_watched (const WbSettings *a, const WbSettings *b);
gboolean wb_settings_same_threshold (double a, double b);
gboolean wb_preprocess_equal (const LathePreprocess *a, const LathePreprocess *b);

void wb_settings_set_dataset (WbSettings *settings, LatheDataset *dataset); /* without adapting anything */
/* Gives the network the input that the images make, and an output for each class. */
void wb_settings_adapt (WbSettings *settings);

/* What the recipe says of network, hyperparameters, views and split; NULL: what is usual. A large dataset takes longer
 * than the main loop may. */
void wb_settings_take_recipe (WbSettings *settings, const LatheRecipe *recipe);
const LatheRecipe *wb_settings_get_recipe (const WbSettings *settings); /* that they follow, or NULL */

/* As a project's file has them, but for the edits, which may be many: those are left to whoever writes it. There must
 * be a dataset. (transfer full) */
LatheProject *wb_settings_describe (const WbSettings *settings);
/* All that the project says, but for its images. */
void wb_settings_take_project (WbSettings *settings, const LatheProject *project);

/* What is set, what was set before, and what was undone, newest first. */
typedef struct
{
  WbSettings *now;
  GQueue undo, redo; /* (element-type WbSettings) */
} WbHistory;

void wb_history_init (WbHistory *history);
void wb_history_clear (WbHistory *history);
const WbSettings *wb_history_find_own (WbHistory *history); /* (nullable) the newest that followed no recipe */
void wb_history_remember (WbHistory *history);              /* `now` is about to change */
void wb_history_forget (WbHistory *history);                /* there is nothing to go back to */

/* Returns: (transfer none) (nullable): what was set until now; NULL when there is nothing to undo or to redo */
const WbSettings *wb_history_undo (WbHistory *history);
const WbSettings *wb_history_redo (WbHistory *history);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WbSettings, wb_settings_free)

G_END_DECLS
