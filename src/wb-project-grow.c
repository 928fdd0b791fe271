/* wb-project-grow.c: a training that grows its model on one that knows many images.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-project-private.h"

#define MANY_IMAGES 5000 /* with which a network that begins with nothing learns well by itself */

/* --- On what --- */

static gpointer
look_work (gpointer data, GCancellable *cancellable, GError **error)
{
  return lathe_starting_points ();
}

static void
on_looked (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbProject *self = WB_PROJECT (owner);

  g_clear_pointer (&self->points, g_ptr_array_unref);
  self->points = result;
  g_signal_emit_by_name (self, "points-changed");
}

void
wb_project_look_for_starting_points (WbProject *self)
{
  g_return_if_fail (WB_IS_PROJECT (self));

  wb_thread_call (G_OBJECT (self), look_work, NULL, NULL, (GDestroyNotify) g_ptr_array_unref, NULL, on_looked, NULL);
}

const GPtrArray *
wb_project_get_starting_points (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  return self->points;
}

const LatheStartingPoint *
wb_project_get_starting_point (WbProject *self)
{
  const LatheStartingPoint *first = NULL;
  const char *wanted;

  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  wanted = self->history.now->growth.from;
  for (guint i = 0; self->points && i < self->points->len; i++)
    {
      const LatheStartingPoint *point = self->points->pdata[i];

      if (point->here && g_strcmp0 (point->name, wanted) == 0)
        return point;
      if (point->here && !first)
        first = point;
    }
  return first;
}

/* --- Whether --- */

const LatheGrowthChoice *
wb_project_get_growth (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  return &self->history.now->growth;
}

gboolean
wb_project_has_few_images (WbProject *self)
{
  LatheDataset *dataset;

  g_return_val_if_fail (WB_IS_PROJECT (self), FALSE);

  dataset = self->history.now->dataset;
  return dataset && lathe_dataset_get_n_images (dataset) < MANY_IMAGES;
}

LatheGrowing
wb_project_get_growing (WbProject *self)
{
  const WbSettings *settings;

  g_return_val_if_fail (WB_IS_PROJECT (self), LATHE_GROW_NOT);

  settings = self->history.now;
  if (!settings->dataset || !wb_project_get_starting_point (self))
    return LATHE_GROW_NOT;
  if (settings->growth.way != LATHE_GROW_AS_SUITS)
    return settings->growth.way;
  return wb_project_has_few_images (self) && settings->beginning != LATHE_BEGIN_LEARNED &&
                 !wb_settings_is_drawn (settings)
             ? LATHE_GROW_HEAD
             : LATHE_GROW_NOT;
}

static void
choose_hyperparameters (LatheHyperparameters *now, LatheGrowing before, LatheGrowing after)
{
  LatheHyperparameters gentle = *now, usual;

  if (before == after)
    return;
  lathe_growth_choose (&gentle, TRUE);
  if (after == LATHE_GROW_LAYERS)
    {
      *now = gentle;
      return;
    }
  if (before != LATHE_GROW_LAYERS || !lathe_hyperparameters_equal (now, &gentle))
    return;
  lathe_hyperparameters_defaults (&usual);
  now->epochs = usual.epochs;
  now->batch = usual.batch;
  now->optimizer = usual.optimizer;
  now->learning_rate = usual.learning_rate;
  now->schedule = usual.schedule;
  now->lower_rate = usual.lower_rate;
}

void
wb_project_set_growth (WbProject *self, const LatheGrowthChoice *growth)
{
  WbSettings *settings;

  g_return_if_fail (WB_IS_PROJECT (self));
  g_return_if_fail (growth != NULL);

  if (lathe_growth_choice_equal (growth, &self->history.now->growth))
    return;
  settings = wb_settings_copy (self->history.now);
  choose_hyperparameters (&settings->hyperparameters, settings->growth.way, growth->way);
  lathe_growth_choice_copy (growth, &settings->growth);
  wb_project_change (self, settings);
}

/* --- Growing --- */

typedef struct
{
  LatheDataset *dataset;
  char *name;
  LatheGrowth growth;
  LatheGraph *graph; /* once it is known */
} Seed;

static void
seed_free (gpointer data)
{
  Seed *seed = data;

  wb_thread_drop_dataset (seed->dataset);
  g_clear_pointer (&seed->growth.from, lathe_model_unref);
  g_clear_pointer (&seed->graph, lathe_graph_free);
  g_free (seed->name);
  g_free (seed);
}

static Seed *
seed_new (LatheDataset *dataset, const char *name, const LatheGrowth *growth)
{
  Seed *seed = g_new0 (Seed, 1);

  seed->dataset = lathe_dataset_ref (dataset);
  seed->name = g_strdup (name);
  seed->growth = *growth;
  seed->growth.name = seed->name;
  return seed;
}

static gpointer
load_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Seed *asked = data;
  Seed *found = seed_new (asked->dataset, asked->name, &asked->growth);

  found->growth.from = lathe_pretrained_load (asked->name, error);
  if (found->growth.from)
    found->graph = lathe_growth_graph (&found->growth, lathe_dataset_get_n_classes (asked->dataset), error);
  if (!found->graph)
    g_clear_pointer (&found, seed_free);
  return found;
}

/* A last layer alone is learned in one act, that leaves nothing to go on with. */
static void
start (WbProject *self, const Seed *seed)
{
  gboolean head_alone = seed->growth.n_learning == 0;
  LatheHyperparameters hyperparameters = self->history.now->hyperparameters;
  g_autofree char *checkpoint = head_alone ? NULL : wb_kept_run_path (seed->dataset);
  g_autofree char *list = wb_project_list_path (self);
  g_autoptr (GError) error = NULL;

  wb_project_set_trained_on (self);
  if (head_alone)
    lathe_growth_choose (&hyperparameters, FALSE);
  else
    wb_project_put_aside (self, checkpoint);
  if (!wb_run_grow (self->run, seed->dataset, &seed->growth, seed->graph, &hyperparameters, checkpoint, list, &error))
    wb_project_fail (self, error->message);
  else
    wb_project_set_checkpoint (self, checkpoint);
}

/* Unless other images were opened meanwhile. */
static void
on_loaded (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbProject *self = WB_PROJECT (owner);
  Seed *seed = result;

  self->loading = FALSE;
  if (error)
    wb_project_fail (self, error->message);
  else if (seed->dataset == self->history.now->dataset && !wb_run_get_active (self->run) &&
           !wb_project_is_occupied (self))
    start (self, seed);
  g_clear_pointer (&seed, seed_free);
}

void
wb_project_grow (WbProject *self)
{
  const LatheGrowthChoice *choice = &self->history.now->growth;
  const LatheGrowth growth = {
      .n_learning = wb_project_get_growing (self) == LATHE_GROW_LAYERS ? choice->n_learning : 0,
      .norms_learn = choice->norms_learn,
      .curve = TRUE,
  };

  if (self->loading)
    return;
  self->loading = TRUE;
  wb_thread_call (G_OBJECT (self), load_work,
                  seed_new (self->history.now->dataset, wb_project_get_starting_point (self)->name, &growth), seed_free,
                  seed_free, NULL, on_loaded, NULL);
}

gboolean
wb_project_get_loading (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), FALSE);

  return self->loading;
}

void
wb_project_init_growth (WbProject *self)
{
  g_signal_connect (self, "dataset-changed", G_CALLBACK (wb_project_look_for_starting_points), NULL);
  wb_project_look_for_starting_points (self);
}
