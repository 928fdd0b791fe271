/* wb-project-live.c: what a training that goes on takes over of what is set meanwhile, and how it is taken back.
 *
 * The form and the canvas set the project, as ever. Whatever of that may change between two steps, the run is told a
 * moment later, lest every turn of a number on its way be a change of its own. To undo it is one step for a person: the
 * project has its value back, and the run is at the step where it was changed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-project-private.h"

#define A_MOMENT 600 /* milliseconds without a further change */

/* The value of a layer's property that freezes it; -1: it has none. */
static int
get_frozen (const LatheNode *node)
{
  int property = node ? lathe_layer_kind_property (node->kind, LATHE_CHANGE_FROZEN) : -1;

  return property < 0 ? -1 : (int) node->properties.value[property];
}

static double
get_value (const WbSettings *settings, const LatheChange *change)
{
  if (change->layer)
    return get_frozen (lathe_graph_find (settings->graph, change->layer));
  return lathe_hyperparameter_get (lathe_hyperparameter_find (change->name), &settings->hyperparameters);
}

/* --- Telling --- */

static void
tell_hyperparameters (WbProject *self)
{
  guint n_rows;
  const LatheHyperparameter *rows = lathe_hyperparameters (&n_rows);

  for (guint i = 0; i < n_rows; i++)
    {
      double value = lathe_hyperparameter_get (&rows[i], &self->history.now->hyperparameters);

      if (value == lathe_hyperparameter_get (&rows[i], &self->told->hyperparameters) ||
          !lathe_change_is_possible (rows[i].property.name))
        continue;
      lathe_hyperparameter_set (&rows[i], &self->told->hyperparameters, value);
      wb_run_set (self->run, rows[i].property.name, value);
    }
}

/* The network with the same layers frozen as in another, as far as both have them. */
static LatheGraph *
freeze_as (const LatheGraph *graph, const LatheGraph *other)
{
  LatheGraph *copy = lathe_graph_copy (graph);

  for (guint i = 0; i < lathe_graph_get_n_nodes (copy); i++)
    {
      LatheNode *node = lathe_graph_get_node (copy, i);
      int frozen = get_frozen (lathe_graph_find (other, node->name));

      if (frozen >= 0 && get_frozen (node) >= 0)
        lathe_graph_set (copy, node, LATHE_CHANGE_FROZEN, frozen, NULL);
    }
  return copy;
}

/* Another network is for the next training; what is grown on a model is none that is drawn. */
static void
tell_frozen (WbProject *self)
{
  const LatheGraph *graph = self->history.now->graph;
  g_autoptr (LatheGraph) frozen_as_told = freeze_as (graph, self->told->graph);

  if (wb_run_grows (self->run) || !lathe_graph_same_network (frozen_as_told, self->told->graph))
    return;
  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    {
      const LatheNode *node = lathe_graph_get_node (graph, i);
      int frozen = get_frozen (node);

      if (frozen >= 0 && frozen != get_frozen (lathe_graph_find (self->told->graph, node->name)))
        wb_run_freeze (self->run, node->name, (guint) frozen);
    }
  lathe_graph_free (self->told->graph);
  self->told->graph = lathe_graph_ref (graph);
}

static gboolean
tell (gpointer data)
{
  WbProject *self = data;

  self->telling = 0;
  if (self->told)
    {
      tell_hyperparameters (self);
      tell_frozen (self);
    }
  return G_SOURCE_REMOVE;
}

static void
tell_soon (WbProject *self)
{
  g_clear_handle_id (&self->telling, g_source_remove);
  if (self->told)
    self->telling = g_timeout_add_full (G_PRIORITY_DEFAULT, A_MOMENT, tell, self, NULL);
}

/* --- Taking back --- */

/* The newest change of the run, when the project's last step is one that led to it. What was told, or taken back, and
 * is not made yet is in no snapshot: then the newest one there is not what is set now. */
static const LatheChange *
find_last_change (WbProject *self)
{
  const LatheSnapshot *snapshot = wb_run_get_snapshot (self->run);
  const WbSettings *before = g_queue_peek_head (&self->history.undo);
  const LatheChange *change;

  if (!self->told || !before || !snapshot || snapshot->n_undoable == 0 || snapshot->changes->len == 0)
    return NULL;
  change = &g_array_index (snapshot->changes, LatheChange, snapshot->changes->len - 1);
  if (get_value (self->history.now, change) != change->to || get_value (before, change) == change->to)
    return NULL;
  return change;
}

/* The run goes by what it went by before the change. */
static void
forget_told (WbProject *self, const LatheChange *change)
{
  LatheGraph *graph;
  LatheNode *node;

  if (!change->layer)
    {
      lathe_hyperparameter_set (lathe_hyperparameter_find (change->name), &self->told->hyperparameters, change->from);
      return;
    }
  graph = lathe_graph_copy (self->told->graph);
  node = lathe_graph_find (graph, change->layer);
  if (get_frozen (node) >= 0)
    lathe_graph_set (graph, node, LATHE_CHANGE_FROZEN, change->from, NULL);
  lathe_graph_free (self->told->graph);
  self->told->graph = graph;
}

/* A step that led to several changes is taken back by the newest, and the run is told of the rest.
 * Returns: whether that was what was to be undone */
gboolean
wb_project_undo_live (WbProject *self)
{
  const LatheChange *change = self->telling ? NULL : find_last_change (self);
  const WbSettings *before;

  if (!change)
    return FALSE;
  while (get_value (self->history.now, change) != change->from &&
         (before = g_queue_peek_head (&self->history.undo)) != NULL &&
         get_value (before, change) != get_value (self->history.now, change))
    wb_project_go_back (self);
  forget_told (self, change);
  wb_run_take_back (self->run);
  g_clear_handle_id (&self->telling, g_source_remove);
  tell (self);
  return TRUE;
}

/* --- Life --- */

static void
on_run_active (WbProject *self)
{
  g_clear_handle_id (&self->telling, g_source_remove);
  g_clear_pointer (&self->told, wb_settings_free);
  if (wb_run_get_active (self->run) && !wb_run_is_head_alone (self->run))
    self->told = wb_settings_copy (self->history.now);
}

/* A run of other images goes on as it is. */
static void
on_dataset_changed (WbProject *self)
{
  g_clear_handle_id (&self->telling, g_source_remove);
  g_clear_pointer (&self->told, wb_settings_free);
}

void
wb_project_init_live (WbProject *self)
{
  g_signal_connect_swapped (self->run, "notify::active", G_CALLBACK (on_run_active), self);
  g_signal_connect (self, "dataset-changed", G_CALLBACK (on_dataset_changed), NULL);
  g_signal_connect (self, "hyperparameters-changed", G_CALLBACK (tell_soon), NULL);
  g_signal_connect (self, "network-changed", G_CALLBACK (tell_soon), NULL);
}

void
wb_project_dispose_live (WbProject *self)
{
  on_dataset_changed (self);
}
