/* wb-project-start.c: networks that the project starts from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-project-private.h"

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
