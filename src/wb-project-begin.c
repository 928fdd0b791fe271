/* wb-project-begin.c: what a training begins with: numbers drawn anew, or what was learned before.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-project-private.h"

LatheInheritance *
wb_project_get_inheritance (WbProject *self)
{
  const WbSettings *settings;

  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  settings = self->history.now;
  if (!self->model || !settings->dataset)
    return NULL;
  return lathe_inheritance_new (self->model, settings->graph, lathe_dataset_get_classes (settings->dataset),
                                (const char *const *) settings->fresh);
}

/* The model of a run goes on in a network that was changed since. One that was opened does not unasked: it may be about
 * something else. */
gboolean
wb_project_get_goes_on (WbProject *self)
{
  const WbSettings *settings;

  g_return_val_if_fail (WB_IS_PROJECT (self), FALSE);

  settings = self->history.now;
  if (!self->model || settings->beginning != LATHE_BEGIN_AS_SUITS)
    return self->model && settings->beginning == LATHE_BEGIN_LEARNED;
  return self->model_dataset && !lathe_graph_same_network (self->model->graph, settings->graph);
}

void
wb_project_set_beginning (WbProject *self, LatheBeginning beginning)
{
  WbSettings *settings;

  g_return_if_fail (WB_IS_PROJECT (self));

  if (self->history.now->beginning == beginning)
    return;
  settings = wb_settings_copy (self->history.now);
  settings->beginning = beginning;
  wb_project_change (self, settings);
}

gboolean
wb_project_get_fresh (WbProject *self, const char *layer)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), FALSE);

  return g_strv_contains ((const char *const *) self->history.now->fresh, layer);
}

void
wb_project_set_fresh (WbProject *self, const char *layer, gboolean fresh)
{
  g_autoptr (GStrvBuilder) layers = g_strv_builder_new ();
  WbSettings *settings;

  g_return_if_fail (WB_IS_PROJECT (self));

  if (wb_project_get_fresh (self, layer) == fresh)
    return;
  settings = wb_settings_copy (self->history.now);
  for (char **each = settings->fresh; *each; each++)
    if (!g_str_equal (*each, layer))
      g_strv_builder_add (layers, *each);
  if (fresh)
    g_strv_builder_add (layers, layer);
  g_strfreev (settings->fresh);
  settings->fresh = g_strv_builder_end (layers);
  wb_project_change (self, settings);
}
