/* lathe-recipe.h: sets of choices that go well together, by name.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-dataset.h"
#include "lathe-hyperparameters.h"

G_BEGIN_DECLS

typedef struct
{
  const char *name;
  const char *summary;                /* N_(one sentence) */
  const char *network, *grey_network; /* presets, for images with colour and without */
  guint views;                        /* as in LathePreprocess */
  double share[LATHE_N_SPLITS];       /* as in LatheDatasetOptions */
  const char *hyperparameters;        /* JSON; what it leaves out has its default */
} LatheRecipe;

const LatheRecipe *lathe_recipes (guint *n_recipes);
const LatheRecipe *lathe_recipe_find (const char *name, GError **error);
void lathe_recipe_apply (const LatheRecipe *recipe, LatheHyperparameters *hyperparameters);
const char *lathe_recipe_network (const LatheRecipe *recipe, guint channels);

G_END_DECLS
