/* lathe-recipe.c: sets of choices that go well together, by name.
 *
 * `fast` follows airbench94 (Jordan 2024, “94% on CIFAR-10 in 3.29 seconds on a single GPU”, arXiv 2404.00498): a first
 * layer that is made of the images and stays, convolutions that begin by passing their input on, alternating flips,
 * shifts that learn faster than the rest, Lookahead, and a mean over several views of an image when it is tested.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-recipe.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "model/lathe-preset.h"

/* But for how long. */
#define AIRBENCH                                                                                                       \
  "\"batch\": 1000, \"flip\": \"alternate\", \"shift\": 2, \"optimizer\": \"nesterov\", \"learning-rate\": 1.5,"       \
  " \"momentum\": 0.85, \"shift-rate\": 64, \"lookahead\": 5, \"schedule\": \"one-cycle\", \"final-rate\": 0.05,"      \
  " \"label-smoothing\": 0.2"

static const LatheRecipe recipes[] = {
    {.name = "fast",
     .title = N_ ("Fast"),
     .summary = N_ ("Small images, as exactly as one can in little time: 91 of 100 in CIFAR-10, 93 in Fashion-MNIST"),
     .network = "airbench",
     .grey_network = "airbench-small",
     .views = LATHE_MOVED_VIEWS,
     .share = {0.9, 0, 0.1},
     .hyperparameters = "{" AIRBENCH ", \"epochs\": 12, \"warm-up\": 2.5}"},
    {.name = "thorough",
     .title = N_ ("Thorough"),
     .summary = N_ ("Small images, more exactly than fast, in twice the time"),
     .network = "airbench",
     .grey_network = "airbench-small",
     .views = LATHE_MOVED_VIEWS,
     .share = {0.9, 0, 0.1},
     .hyperparameters = "{" AIRBENCH ", \"epochs\": 22, \"warm-up\": 4, \"cutout\": 8}"},
};

const LatheRecipe *
lathe_recipes (guint *n_recipes)
{
  *n_recipes = G_N_ELEMENTS (recipes);
  return recipes;
}

/**
 * lathe_recipe_find:
 *
 * Errors: LATHE_ERROR_INVALID when there is no such recipe; the message lists those there are.
 */
const LatheRecipe *
lathe_recipe_find (const char *name, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (recipes); i++)
    {
      if (g_str_equal (recipes[i].name, name))
        return &recipes[i];
      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", recipes[i].name);
    }
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("There is no recipe “%s”; the recipes are %s"), name,
               names->str);
  return NULL;
}

/**
 * lathe_recipe_apply:
 * @hyperparameters: (inout): seed and threads stay as they are
 * @views: (out): as in LathePreprocess
 * @share: (out): as in LatheDatasetOptions
 */
void
lathe_recipe_apply (const LatheRecipe *recipe, LatheHyperparameters *hyperparameters, guint *views,
                    double share[LATHE_N_SPLITS])
{
  guint64 seed = hyperparameters->seed;
  guint threads = hyperparameters->threads;

  if (!lathe_hyperparameters_from_json (recipe->hyperparameters, hyperparameters, NULL))
    g_assert_not_reached ();
  hyperparameters->seed = seed;
  hyperparameters->threads = threads;
  *views = recipe->views;
  memcpy (share, recipe->share, sizeof recipe->share);
}

const char *
lathe_recipe_network (const LatheRecipe *recipe, guint channels)
{
  return channels == 1 ? recipe->grey_network : recipe->network;
}

LatheGraph *
lathe_recipe_graph (const LatheRecipe *recipe, const LathePreprocess *preprocess, guint n_classes)
{
  LatheShape input = LATHE_SHAPE_IMAGE (preprocess->height, preprocess->width, preprocess->channels);
  LatheGraph *graph = lathe_preset_load (lathe_recipe_network (recipe, preprocess->channels), NULL);

  lathe_graph_adapt (graph, &input, n_classes);
  return graph;
}

static gboolean
is_followed (const LatheRecipe *recipe, const LatheHyperparameters *hyperparameters, const LathePreprocess *preprocess,
             LatheDataset *dataset, const LatheGraph *graph)
{
  LatheHyperparameters wanted = *hyperparameters;
  guint views;
  double share[LATHE_N_SPLITS];
  g_autoptr (LatheGraph) network = NULL;

  lathe_recipe_apply (recipe, &wanted, &views, share);
  if (!lathe_hyperparameters_equal (&wanted, hyperparameters) || MAX (views, 1) != MAX (preprocess->views, 1))
    return FALSE;
  for (guint side = 0; side < LATHE_N_SPLITS; side++)
    if (lathe_dataset_get_options (dataset)->share[side] != share[side])
      return FALSE;
  network = lathe_recipe_graph (recipe, preprocess, lathe_dataset_get_n_classes (dataset));
  return lathe_graph_same_network (network, graph);
}

/**
 * lathe_recipe_recognise:
 *
 * Seed, threads, and the images' size, fit and normalisation are no part of a recipe.
 * Returns: (nullable): the recipe that all of these follow; NULL when there is none
 */
const LatheRecipe *
lathe_recipe_recognise (const LatheHyperparameters *hyperparameters, const LathePreprocess *preprocess,
                        LatheDataset *dataset, const LatheGraph *graph)
{
  for (guint i = 0; i < G_N_ELEMENTS (recipes); i++)
    if (is_followed (&recipes[i], hyperparameters, preprocess, dataset, graph))
      return &recipes[i];
  return NULL;
}
