/* wb-settings.c: all that can be undone, at one moment, and how it came to be so.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-settings.h"

#include <math.h>
#include <string.h>

#include "wb-thread.h"

#define MAX_DATASETS 200 /* that are kept to go back to: each is a list of all images */
#define USUAL_NETWORK "seed"

WbSettings *
wb_settings_new (void)
{
  g_autoptr (GError) error = NULL;
  WbSettings *settings = g_new0 (WbSettings, 1);

  lathe_hyperparameters_defaults (&settings->hyperparameters);
  settings->preprocess = (LathePreprocess){28, 28, 1, {0}, {1, 1, 1}};
  settings->fresh = g_new0 (char *, 1);
  settings->watched = g_new0 (char *, 1);
  settings->threshold = NAN;
  settings->growth.n_learning = LATHE_ALL_LAYERS;
  settings->graph = lathe_preset_load (USUAL_NETWORK, &error);
  g_assert_no_error (error); /* the presets are part of the program */
  return settings;
}

WbSettings *
wb_settings_copy (const WbSettings *settings)
{
  WbSettings *copy = g_memdup2 (settings, sizeof *settings);

  if (copy->dataset)
    lathe_dataset_ref (copy->dataset);
  copy->graph = lathe_graph_ref (settings->graph);
  copy->growth.from = g_strdup (settings->growth.from);
  copy->fresh = g_strdupv (settings->fresh);
  copy->watched = g_strdupv (settings->watched);
  return copy;
}

void
wb_settings_free (WbSettings *settings)
{
  g_clear_pointer (&settings->dataset, wb_thread_drop_dataset);
  lathe_graph_free (settings->graph);
  g_free (settings->growth.from);
  g_strfreev (settings->fresh);
  g_strfreev (settings->watched);
  g_free (settings);
}

gboolean
wb_preprocess_equal (const LathePreprocess *a, const LathePreprocess *b)
{
  return a->width == b->width && a->height == b->height && a->channels == b->channels && a->fit == b->fit &&
         MAX (a->views, 1) == MAX (b->views, 1) && lathe_preprocess_same_normalisation (a, b);
}

gboolean
wb_settings_same_network (const WbSettings *a, const WbSettings *b)
{
  return lathe_graph_equal (a->graph, b->graph) && wb_preprocess_equal (&a->preprocess, &b->preprocess) &&
         a->beginning == b->beginning && lathe_growth_choice_equal (&a->growth, &b->growth) &&
         g_strv_equal ((const char *const *) a->fresh, (const char *const *) b->fresh);
}

gboolean
wb_settings_is_drawn (const WbSettings *settings)
{
  const LathePreprocess *p = &settings->preprocess;
  g_autoptr (LatheGraph) usual = lathe_preset_load (USUAL_NETWORK, NULL);

  lathe_graph_adapt (usual, &LATHE_SHAPE_IMAGE (p->height, p->width, p->channels),
                     settings->dataset ? lathe_dataset_get_n_classes (settings->dataset) : 2);
  return !lathe_graph_same_network (usual, settings->graph);
}

/* One that is chosen on validation images is like another. */
gboolean
wb_settings_same_threshold (double a, double b)
{
  return a == b || (isnan (a) && isnan (b));
}

gboolean
wb_settings_same_watched (const WbSettings *a, const WbSettings *b)
{
  return g_strv_equal ((const char *const *) a->watched, (const char *const *) b->watched);
}

gboolean
wb_settings_same_images (const WbSettings *a, const WbSettings *b)
{
  const LatheEdits *of_a, *of_b;

  if (a->dataset == b->dataset)
    return TRUE;
  of_a = lathe_dataset_get_edits (a->dataset);
  of_b = lathe_dataset_get_edits (b->dataset);
  return of_a == of_b || (of_a && of_b && lathe_edits_equal (of_a, of_b));
}

void
wb_settings_set_dataset (WbSettings *settings, LatheDataset *dataset)
{
  lathe_dataset_ref (dataset);
  g_clear_pointer (&settings->dataset, wb_thread_drop_dataset);
  settings->dataset = dataset;
}

void
wb_settings_adapt (WbSettings *settings)
{
  const LathePreprocess *preprocess = &settings->preprocess;
  LatheShape input = LATHE_SHAPE_IMAGE (preprocess->height, preprocess->width, preprocess->channels);
  LatheGraph *adapted;

  if (!settings->dataset)
    return;
  adapted = lathe_graph_copy (settings->graph);
  lathe_graph_adapt (adapted, &input, lathe_dataset_get_n_classes (settings->dataset));
  lathe_graph_free (settings->graph);
  settings->graph = adapted;
}

void
wb_settings_take_recipe (WbSettings *settings, const LatheRecipe *recipe)
{
  const LatheDatasetOptions usual_options = LATHE_DATASET_OPTIONS_DEFAULT;
  LatheRecipe usual = {.network = USUAL_NETWORK, .grey_network = USUAL_NETWORK, .hyperparameters = "{}"};
  LatheDatasetOptions options = *lathe_dataset_get_options (settings->dataset);
  g_autoptr (LatheDataset) dataset = NULL;

  memcpy (usual.share, usual_options.share, sizeof usual.share);
  if (!recipe)
    recipe = &usual;
  lathe_recipe_apply (recipe, &settings->hyperparameters, &settings->preprocess.views, options.share);
  lathe_graph_free (settings->graph);
  settings->graph = lathe_recipe_graph (recipe, &settings->preprocess, lathe_dataset_get_n_classes (settings->dataset));
  dataset = lathe_dataset_resplit (settings->dataset, &options, NULL);
  wb_settings_set_dataset (settings, dataset);
}

const LatheRecipe *
wb_settings_get_recipe (const WbSettings *settings)
{
  if (!settings->dataset)
    return NULL;
  return lathe_recipe_recognise (&settings->hyperparameters, &settings->preprocess, settings->dataset, settings->graph);
}

LatheProject *
wb_settings_describe (const WbSettings *settings)
{
  LatheProject *project = lathe_project_new ();

  project->source = g_strdup (lathe_dataset_get_folder (settings->dataset));
  project->dataset_options = *lathe_dataset_get_options (settings->dataset);
  project->dataset_options.labels = g_strdup (project->dataset_options.labels);
  project->dataset_options.label_pattern = g_strdup (project->dataset_options.label_pattern);
  project->n_classes = lathe_dataset_get_n_classes (settings->dataset);
  lathe_graph_free (project->graph);
  project->graph = lathe_graph_ref (settings->graph);
  project->preprocess = settings->preprocess;
  project->hyperparameters = settings->hyperparameters;
  project->beginning = settings->beginning;
  lathe_growth_choice_copy (&settings->growth, &project->growth);
  g_strfreev (project->fresh);
  project->fresh = g_strdupv (settings->fresh);
  g_strfreev (project->watched);
  project->watched = g_strdupv (settings->watched);
  project->threshold = settings->threshold;
  return project;
}

void
wb_settings_take_project (WbSettings *settings, const LatheProject *project)
{
  guint threads = settings->hyperparameters.threads;

  lathe_graph_free (settings->graph);
  settings->graph = lathe_graph_ref (project->graph);
  settings->preprocess = project->preprocess;
  settings->hyperparameters = project->hyperparameters;
  settings->hyperparameters.threads = threads;
  settings->beginning = project->beginning;
  lathe_growth_choice_copy (&project->growth, &settings->growth);
  g_strfreev (settings->fresh);
  settings->fresh = g_strdupv (project->fresh);
  g_strfreev (settings->watched);
  settings->watched = g_strdupv (project->watched);
  settings->threshold = project->threshold;
}

/* --- How it came to be so --- */

static void
free_settings (gpointer settings)
{
  wb_settings_free (settings);
}

void
wb_history_init (WbHistory *history)
{
  history->now = wb_settings_new ();
  g_queue_init (&history->undo);
  g_queue_init (&history->redo);
}

void
wb_history_clear (WbHistory *history)
{
  wb_history_forget (history);
  g_clear_pointer (&history->now, wb_settings_free);
}

const WbSettings *
wb_history_find_own (WbHistory *history)
{
  for (GList *one = history->undo.head; one; one = one->next)
    if (!wb_settings_get_recipe (one->data))
      return one->data;
  return NULL;
}

/* Neighbours share theirs, unless the step between them was about images. */
static guint
count_datasets (const WbHistory *history)
{
  const LatheDataset *before = NULL;
  guint n = 0;

  for (const GList *one = history->undo.head; one; one = one->next)
    {
      const LatheDataset *dataset = ((const WbSettings *) one->data)->dataset;

      n += dataset && dataset != before;
      before = dataset;
    }
  return n;
}

void
wb_history_remember (WbHistory *history)
{
  g_queue_push_head (&history->undo, wb_settings_copy (history->now));
  while (count_datasets (history) > MAX_DATASETS)
    wb_settings_free (g_queue_pop_tail (&history->undo));
  g_queue_clear_full (&history->redo, free_settings);
}

void
wb_history_forget (WbHistory *history)
{
  g_queue_clear_full (&history->undo, free_settings);
  g_queue_clear_full (&history->redo, free_settings);
}

/* Takes the newest of `from`; what was set goes to `to`. */
static const WbSettings *
go_back (WbHistory *history, GQueue *from, GQueue *to)
{
  WbSettings *before = history->now;

  if (from->length == 0)
    return NULL;
  history->now = g_queue_pop_head (from);
  g_queue_push_head (to, before);
  return before;
}

const WbSettings *
wb_history_undo (WbHistory *history)
{
  return go_back (history, &history->undo, &history->redo);
}

const WbSettings *
wb_history_redo (WbHistory *history)
{
  return go_back (history, &history->redo, &history->undo);
}
