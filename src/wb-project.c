/* wb-project.c: what the user works on: dataset, network, hyperparameters, model. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "wb-project-private.h"

G_DEFINE_FINAL_TYPE (WbProject, wb_project, G_TYPE_OBJECT)

enum
{
  PROP_NAME = 1,
  PROP_SCANNING,
  PROP_CAN_UNDO,
  PROP_CAN_REDO,
  PROP_CONFLICT,
  N_PROPERTIES,
};

enum
{
  DATASET_CHANGED,
  IMAGES_CHANGED,
  SPLIT_CHANGED,
  NETWORK_CHANGED,
  HYPERPARAMETERS_CHANGED,
  WATCHED_CHANGED,
  RECIPE_TAKEN,
  MODEL_CHANGED,
  THRESHOLD_CHANGED,
  POINTS_CHANGED,
  PLACE_CHANGED,
  SCAN_PROGRESS,
  FAILED,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPERTIES];
static guint signals[N_SIGNALS];

void
wb_project_notify_undo (WbProject *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_UNDO]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_REDO]);
}

static void
remember (WbProject *self)
{
  wb_history_remember (&self->history);
  wb_project_notify_undo (self);
}

void
wb_project_set_name (WbProject *self, const char *name)
{
  if (g_strcmp0 (self->name, name) == 0)
    return;
  g_free (self->name);
  self->name = g_strdup (name);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NAME]);
}

void
wb_project_fail (WbProject *self, const char *message)
{
  g_signal_emit (self, signals[FAILED], 0, message);
}

/* Of the images that the model was trained on, as they were divided; or those that are open, where they are of its
 * classes. */
static void
follow_model (WbProject *self)
{
  LatheDataset *dataset = self->model_dataset, *open = self->history.now->dataset;
  g_autofree char *runs = wb_project_get_runs_folder (self);

  if (!dataset && open && self->model &&
      g_strv_equal ((const char *const *) self->model->labels, lathe_dataset_get_classes (open)))
    dataset = open;
  wb_variants_set_model (self->variants, self->model, dataset, runs);
}

void
wb_project_keep_model (WbProject *self, LatheModel *model, LatheDataset *dataset)
{
  if (self->model == model)
    return;
  g_clear_pointer (&self->model, lathe_model_unref);
  g_clear_pointer (&self->model_dataset, lathe_dataset_unref);
  self->model = model ? lathe_model_ref (model) : NULL;
  self->model_dataset = dataset ? lathe_dataset_ref (dataset) : NULL;
  follow_model (self);
  g_signal_emit (self, signals[MODEL_CHANGED], 0);
}

LatheDataset *
wb_project_get_dataset (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  return self->history.now->dataset;
}

const LatheGraph *
wb_project_get_graph (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  return self->history.now->graph;
}

const LathePreprocess *
wb_project_get_preprocess (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  return &self->history.now->preprocess;
}

const LatheHyperparameters *
wb_project_get_hyperparameters (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  return &self->history.now->hyperparameters;
}

LatheModel *
wb_project_get_model (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  return self->model;
}

gboolean
wb_project_has_opened_model (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), FALSE);

  return self->model && !self->model_dataset;
}

WbVariants *
wb_project_get_variants (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  return self->variants;
}

LatheDataset *
wb_project_get_model_dataset (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  return self->model_dataset ? self->model_dataset : self->history.now->dataset;
}

const LatheRecipe *
wb_project_get_recipe (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  return wb_settings_get_recipe (self->history.now);
}

WbRun *
wb_project_get_run (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  return self->run;
}

WbRuns *
wb_project_get_runs (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  return self->runs;
}

WbKeptRun *
wb_project_get_kept_run (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  return self->kept_run;
}

WbSearch *
wb_project_get_search (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  return self->search;
}

WbSweep *
wb_project_get_sweep (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  return self->sweep;
}

void
wb_project_set_graph (WbProject *self, const LatheGraph *graph)
{
  LatheGraph *shared;

  g_return_if_fail (WB_IS_PROJECT (self));
  g_return_if_fail (graph != NULL);

  if (lathe_graph_equal (graph, self->history.now->graph))
    return;
  shared = lathe_graph_ref (graph);
  remember (self);
  lathe_graph_free (self->history.now->graph);
  self->history.now->graph = shared;
  wb_project_keep (self);
  g_signal_emit (self, signals[NETWORK_CHANGED], 0);
}

void
wb_project_set_preprocess (WbProject *self, const LathePreprocess *preprocess)
{
  g_return_if_fail (WB_IS_PROJECT (self));
  g_return_if_fail (preprocess != NULL);

  if (wb_preprocess_equal (preprocess, &self->history.now->preprocess))
    return;
  remember (self);
  self->history.now->preprocess = *preprocess;
  wb_settings_adapt (self->history.now);
  wb_project_keep (self);
  g_signal_emit (self, signals[NETWORK_CHANGED], 0);
}

void
wb_project_set_hyperparameters (WbProject *self, const LatheHyperparameters *hyperparameters)
{
  g_return_if_fail (WB_IS_PROJECT (self));
  g_return_if_fail (hyperparameters != NULL);

  if (lathe_hyperparameters_equal (hyperparameters, &self->history.now->hyperparameters))
    return;
  remember (self);
  self->history.now->hyperparameters = *hyperparameters;
  wb_project_keep (self);
  g_signal_emit (self, signals[HYPERPARAMETERS_CHANGED], 0);
}

double
wb_project_get_threshold (WbProject *self)
{
  g_return_val_if_fail (WB_IS_PROJECT (self), NAN);

  return self->history.now->threshold;
}

void
wb_project_set_threshold (WbProject *self, double threshold)
{
  g_return_if_fail (WB_IS_PROJECT (self));
  g_return_if_fail (isnan (threshold) || (threshold >= 0 && threshold <= 1));

  if (wb_settings_same_threshold (self->history.now->threshold, threshold))
    return;
  remember (self);
  self->history.now->threshold = threshold;
  wb_project_keep (self);
  g_signal_emit (self, signals[THRESHOLD_CHANGED], 0);
}

/* Tells of what is another now. */
static void
emit_difference (WbProject *self, const WbSettings *before)
{
  const WbSettings *after = self->history.now;

  wb_project_keep (self);
  wb_project_notify_undo (self);
  if (!wb_settings_same_images (before, after))
    g_signal_emit (self, signals[IMAGES_CHANGED], 0);
  else if (before->dataset != after->dataset)
    g_signal_emit (self, signals[SPLIT_CHANGED], 0);
  if (!wb_settings_same_network (before, after))
    g_signal_emit (self, signals[NETWORK_CHANGED], 0);
  if (!lathe_hyperparameters_equal (&before->hyperparameters, &after->hyperparameters))
    g_signal_emit (self, signals[HYPERPARAMETERS_CHANGED], 0);
  if (!wb_settings_same_watched (before, after))
    g_signal_emit (self, signals[WATCHED_CHANGED], 0);
  if (!wb_settings_same_threshold (before->threshold, after->threshold))
    g_signal_emit (self, signals[THRESHOLD_CHANGED], 0);
}

/* All at once, as one step that can be undone. */
void
wb_project_change (WbProject *self, WbSettings *settings)
{
  remember (self);
  wb_settings_free (self->history.now);
  self->history.now = settings;
  emit_difference (self, g_queue_peek_head (&self->history.undo));
}

typedef struct
{
  WbSettings *settings;
  const LatheRecipe *recipe;
} Taking;

static void
taking_free (gpointer data)
{
  Taking *taking = data;

  g_clear_pointer (&taking->settings, wb_settings_free);
  g_free (taking);
}

static gpointer
take_recipe_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Taking *taking = data;

  wb_settings_take_recipe (taking->settings, taking->recipe);
  return g_steal_pointer (&taking->settings);
}

/* Unless another folder was opened, or a training begun, in the moment that it took. */
static void
on_recipe_taken (GObject *owner, gpointer result, const GError *error, gpointer dataset)
{
  WbProject *self = WB_PROJECT (owner);
  g_autoptr (WbSettings) settings = result;

  if (self->history.now->dataset != dataset || wb_run_get_active (self->run))
    return;
  wb_project_change (self, g_steal_pointer (&settings));
  g_signal_emit (self, signals[RECIPE_TAKEN], 0);
}

void
wb_project_set_recipe (WbProject *self, const LatheRecipe *recipe)
{
  WbSettings *now;
  const WbSettings *own;
  Taking *taking;

  g_return_if_fail (WB_IS_PROJECT (self));
  g_return_if_fail (self->history.now->dataset != NULL);

  now = self->history.now;
  if (recipe == wb_settings_get_recipe (now))
    return;
  own = recipe ? NULL : wb_history_find_own (&self->history);
  if (own)
    {
      wb_project_change (self, wb_settings_copy (own));
      g_signal_emit (self, signals[RECIPE_TAKEN], 0);
      return;
    }
  taking = g_new (Taking, 1);
  *taking = (Taking){wb_settings_copy (now), recipe};
  wb_thread_call (G_OBJECT (self), take_recipe_work, taking, taking_free, (GDestroyNotify) wb_settings_free, NULL,
                  on_recipe_taken, now->dataset);
}

void
wb_project_go_back (WbProject *self)
{
  const WbSettings *before = wb_history_undo (&self->history);

  if (before)
    emit_difference (self, before);
}

void
wb_project_undo (WbProject *self)
{
  g_return_if_fail (WB_IS_PROJECT (self));

  if (!wb_project_undo_live (self))
    wb_project_go_back (self);
}

void
wb_project_redo (WbProject *self)
{
  const WbSettings *before;

  g_return_if_fail (WB_IS_PROJECT (self));

  before = wb_history_redo (&self->history);
  if (before)
    emit_difference (self, before);
}

void
wb_project_set_model (WbProject *self, LatheModel *model)
{
  g_return_if_fail (WB_IS_PROJECT (self));

  wb_project_keep_model (self, model, NULL);
  wb_project_keep_opened (self);
}

void
wb_project_set_cooled_model (WbProject *self, LatheModel *model)
{
  g_autoptr (LatheDataset) dataset = NULL;

  g_return_if_fail (WB_IS_PROJECT (self));

  dataset = self->model_dataset ? lathe_dataset_ref (self->model_dataset) : NULL;
  wb_project_keep_model (self, model, dataset);
  wb_project_keep_opened (self);
}

static void
wb_project_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  WbProject *self = WB_PROJECT (object);

  switch (property_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_SCANNING:
      g_value_set_boolean (value, self->scan != NULL);
      break;
    case PROP_CAN_UNDO:
      g_value_set_boolean (value, self->history.undo.length > 0);
      break;
    case PROP_CAN_REDO:
      g_value_set_boolean (value, self->history.redo.length > 0);
      break;
    case PROP_CONFLICT:
      g_value_set_boolean (value, self->file && wb_project_file_get_conflict (self->file));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
wb_project_dispose (GObject *object)
{
  WbProject *self = WB_PROJECT (object);

  if (self->variants)
    wb_variants_set_model (self->variants, NULL, NULL, NULL); /* which ends what goes on */
  g_clear_object (&self->variants);
  wb_project_forget_found (self);
  wb_project_leave_file (self);
  wb_project_dispose_source (self);
  wb_project_dispose_images (self);
  wb_project_dispose_live (self);
  g_clear_object (&self->run);
  if (self->search)
    wb_study_forget (WB_STUDY (self->search));
  g_clear_object (&self->search);
  if (self->sweep)
    wb_study_forget (WB_STUDY (self->sweep));
  g_clear_object (&self->sweep);
  wb_project_dispose_list (self);
  g_clear_object (&self->kept_run);
  g_clear_object (&self->runs);
  g_clear_pointer (&self->model, lathe_model_unref);
  g_clear_pointer (&self->model_dataset, lathe_dataset_unref);
  g_clear_pointer (&self->trained_on, lathe_dataset_unref);
  G_OBJECT_CLASS (wb_project_parent_class)->dispose (object);
}

static void
wb_project_finalize (GObject *object)
{
  WbProject *self = WB_PROJECT (object);

  wb_history_clear (&self->history);
  g_free (self->name);
  g_free (self->checkpoint);
  g_clear_pointer (&self->points, g_ptr_array_unref);
  G_OBJECT_CLASS (wb_project_parent_class)->finalize (object);
}

static void
wb_project_class_init (WbProjectClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = wb_project_dispose;
  object_class->finalize = wb_project_finalize;
  object_class->get_property = wb_project_get_property;

  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  properties[PROP_SCANNING] = g_param_spec_boolean ("scanning", NULL, NULL, FALSE, flags);
  properties[PROP_CAN_UNDO] = g_param_spec_boolean ("can-undo", NULL, NULL, FALSE, flags);
  properties[PROP_CAN_REDO] = g_param_spec_boolean ("can-redo", NULL, NULL, FALSE, flags);
  properties[PROP_CONFLICT] = g_param_spec_boolean ("conflict", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  for (guint i = DATASET_CHANGED; i <= PLACE_CHANGED; i++)
    {
      static const char *const names[] = {
          "dataset-changed",         "images-changed",  "split-changed", "network-changed",
          "hyperparameters-changed", "watched-changed", "recipe-taken",  "model-changed",
          "threshold-changed",       "points-changed",  "place-changed"};

      signals[i] = g_signal_new (names[i], WB_TYPE_PROJECT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    }
  signals[SCAN_PROGRESS] = g_signal_new ("scan-progress", WB_TYPE_PROJECT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_UINT);
  signals[FAILED] =
      g_signal_new ("failed", WB_TYPE_PROJECT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
forget_searches (WbProject *self)
{
  wb_study_forget (WB_STUDY (self->search));
  wb_study_forget (WB_STUDY (self->sweep));
}

static void
wb_project_init (WbProject *self)
{
  wb_history_init (&self->history);
  wb_project_init_images (self);
  self->kept_run = wb_kept_run_new ();
  self->runs = wb_runs_new ();
  self->run = wb_run_new ();
  self->search = wb_search_new ();
  self->sweep = wb_sweep_new ();
  self->variants = wb_variants_new ();
  g_signal_connect (self, "dataset-changed", G_CALLBACK (forget_searches), NULL);
  wb_project_follow_run (self);
  wb_project_init_live (self);
  wb_project_init_growth (self);
}

WbProject *
wb_project_new (void)
{
  return g_object_new (WB_TYPE_PROJECT, NULL);
}
