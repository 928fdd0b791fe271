/* wb-project-start.c: networks and models that the project starts from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-project-private.h"

struct _WbTaken
{
  LatheModel *model, *before; /* `before`: or NULL */
  LatheDataset *dataset;      /* of the one before, or NULL */
};

void
wb_project_adapt (WbProject *self, LatheGraph *graph)
{
  const WbSettings *settings;
  const LathePreprocess *p;

  g_return_if_fail (WB_IS_PROJECT (self));

  settings = self->history.now;
  p = &settings->preprocess;
  if (settings->dataset)
    lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (p->height, p->width, p->channels),
                       lathe_dataset_get_n_classes (settings->dataset));
}

/* How images of another shape come to the new size, and what their colours are normalised by, stays. */
static void
take (WbSettings *settings, const LatheSuggestion *suggestion)
{
  LatheHyperparameters hyperparameters = suggestion->hyperparameters;

  hyperparameters.seed = settings->hyperparameters.seed;
  hyperparameters.threads = settings->hyperparameters.threads;
  settings->hyperparameters = hyperparameters;
  settings->preprocess.width = suggestion->preprocess.width;
  settings->preprocess.height = suggestion->preprocess.height;
  lathe_graph_free (settings->graph);
  settings->graph = lathe_graph_ref (suggestion->graph);
  wb_settings_adapt (settings);
}

gboolean
wb_project_take_suggestion (WbProject *self, const LatheSuggestion *suggestion)
{
  g_autoptr (WbSettings) settings = NULL;

  g_return_val_if_fail (WB_IS_PROJECT (self), FALSE);

  settings = wb_settings_copy (self->history.now);
  take (settings, suggestion);
  if (wb_settings_same_network (settings, self->history.now) &&
      lathe_hyperparameters_equal (&settings->hyperparameters, &self->history.now->hyperparameters))
    return FALSE;
  wb_project_change (self, g_steal_pointer (&settings));
  return TRUE;
}

/* --- A model --- */

/* Where it tells as many classes apart, all of its layers stay. */
static gboolean
fits (const LatheModel *model, LatheDataset *dataset)
{
  return dataset && lathe_model_get_n_labels (model) == lathe_dataset_get_n_classes (dataset);
}

/* What it learned is about images that are prepared as they were for it: they are not measured anew. */
static void
take_from_model (WbSettings *settings, const LatheModel *model)
{
  settings->preprocess = model->preprocess;
  settings->preprocess.measured = FALSE;
  settings->beginning = LATHE_BEGIN_LEARNED;
  g_strfreev (settings->fresh);
  settings->fresh = g_new0 (char *, 1);
  lathe_graph_free (settings->graph);
  settings->graph = lathe_graph_ref (model->graph);
  if (!fits (model, settings->dataset))
    wb_settings_adapt (settings);
}

WbTaken *
wb_project_take_model (WbProject *self, LatheModel *model)
{
  WbSettings *settings;
  WbTaken *taken;

  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  taken = g_new (WbTaken, 1);
  *taken = (WbTaken){lathe_model_ref (model), self->model ? lathe_model_ref (self->model) : NULL,
                     self->model_dataset ? lathe_dataset_ref (self->model_dataset) : NULL};
  settings = wb_settings_copy (self->history.now);
  take_from_model (settings, model);
  wb_project_change (self, settings);
  wb_project_keep_model (self, model, NULL);
  wb_project_keep_opened (self);
  return taken;
}

void
wb_project_leave_model (WbProject *self, const WbTaken *taken)
{
  g_return_if_fail (WB_IS_PROJECT (self));

  wb_project_undo (self);
  if (self->model != taken->model)
    return;
  wb_project_keep_model (self, taken->before, taken->dataset);
  wb_project_keep_opened (self);
}

void
wb_taken_free (WbTaken *taken)
{
  lathe_model_unref (taken->model);
  g_clear_pointer (&taken->before, lathe_model_unref);
  g_clear_pointer (&taken->dataset, wb_thread_drop_dataset);
  g_free (taken);
}
