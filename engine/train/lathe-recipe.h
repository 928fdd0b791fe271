/* lathe-recipe.h: sets of choices that go well together, by name.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-dataset.h"
#include "lathe-hyperparameters.h"
#include "model/lathe-graph.h"

G_BEGIN_DECLS

typedef struct
{
  const char *name, *title;           /* as it is typed, and N_(as people read it) */
  const char *summary;                /* N_(one sentence) */
  const char *network, *grey_network; /* presets, for images with colour and without */
  guint views;                        /* as in LathePreprocess */
  double share[LATHE_N_SPLITS];       /* as in LatheDatasetOptions */
  const char *hyperparameters;        /* JSON; what it leaves out has its default */
} LatheRecipe;

const LatheRecipe *lathe_recipes (guint *n_recipes);
const LatheRecipe *lathe_recipe_find (const char *name, GError **error);
void lathe_recipe_apply (const LatheRecipe *recipe, LatheHyperparameters *hyperparameters, guint *views,
                         double share[LATHE_N_SPLITS]);
const char *lathe_recipe_network (const LatheRecipe *recipe, guint channels);
/* (transfer full) that network, for images that are prepared so, and with an output for each class */
LatheGraph *lathe_recipe_graph (const LatheRecipe *recipe, const LathePreprocess *preprocess, guint n_classes);
const LatheRecipe *lathe_recipe_recognise (const LatheHyperparameters *hyperparameters,
                                           const LathePreprocess *preprocess, LatheDataset *dataset,
                                           const LatheGraph *graph);

G_END_DECLS
