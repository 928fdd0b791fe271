/* wb-hyperparameters.h: the form in which a training is set.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_HYPERPARAMETERS (wb_hyperparameters_get_type ())
G_DECLARE_FINAL_TYPE (WbHyperparameters, wb_hyperparameters, WB, HYPERPARAMETERS, AdwBin)

/* Signals: "changed": the user chose another value; "recipe-chosen" (const LatheRecipe *recipe, or NULL);
 * "failed" (const char *message): the schedule's chart could not be saved. */

void wb_hyperparameters_show (WbHyperparameters *self, const LatheHyperparameters *values); /* without a signal */
/* NULL: none; without a signal. A recipe can only be chosen for images that are there. */
void wb_hyperparameters_show_recipe (WbHyperparameters *self, const LatheRecipe *recipe, gboolean possible);
/* While a training goes on, only what may change between two steps can be set; the rest says why not. */
void wb_hyperparameters_set_running (WbHyperparameters *self, gboolean running);
/* From now on what does not suit the project's images is told, and the schedule says how far its training is. */
void wb_hyperparameters_follow (WbHyperparameters *self, WbProject *project);
const LatheHyperparameters *wb_hyperparameters_get_values (WbHyperparameters *self);

G_END_DECLS
