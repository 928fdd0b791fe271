/* lathe-change.c: what was changed of a training while it went on.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-change.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "layers/lathe-weights.h"

#define MOST_CHANGES 100000 /* that a file may list: one a step for an afternoon */

/**
 * lathe_change_is_possible:
 *
 * What decides how the images are put into batches, what the memory is laid out for, and what the optimiser's moments
 * are made of stays as a training began with it.
 *
 * Returns: whether the hyperparameter of this name may be changed while a training goes on
 */
gboolean
lathe_change_is_possible (const char *hyperparameter)
{
  static const char *const names[] = {
      "epochs",         "learning-rate",      "shift-rate", "lower-rate", "momentum",     "weight-decay", "clip-value",
      "clip-norm",      "schedule",           "warm-up",    "decay",      "decay-epochs", "patience",     "final-rate",
      "early-stopping", "checkpoint-minutes", NULL};

  return g_strv_contains (names, hyperparameter);
}

static char *
describe_freezing (const LatheChange *change)
{
  switch ((int) change->to)
    {
    case LATHE_FROZEN_NO:
      /* Translators: a layer's name; it was frozen before */
      return g_strdup_printf (_ ("%s learns again"), change->layer);
    case LATHE_FROZEN_WEIGHTS:
      /* Translators: a layer's name */
      return g_strdup_printf (_ ("%s: weights frozen"), change->layer);
    default:
      /* Translators: a layer's name */
      return g_strdup_printf (_ ("%s frozen"), change->layer);
    }
}

/**
 * lathe_change_describe:
 *
 * Returns: (transfer full): “Learning rate 0.001 → 0.0005”, “conv2d-1 frozen”
 */
char *
lathe_change_describe (const LatheChange *change)
{
  const LatheHyperparameter *row = change->layer == NULL ? lathe_hyperparameter_find (change->name) : NULL;
  g_autofree char *from = NULL, *to = NULL;

  if (row == NULL)
    return describe_freezing (change);
  from = lathe_property_format (&row->property, change->from);
  to = lathe_property_format (&row->property, change->to);
  /* Translators: a hyperparameter, what it was, and what it is from now on */
  return g_strdup_printf (_ ("%s %s → %s"), _ (row->property.title), from, to);
}

/* --- In files --- */

static void
add_number (JsonBuilder *builder, const char *name, double value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, value);
}

/**
 * lathe_changes_write:
 *
 * Adds an array: [{"step":1200,"epoch":2.5,"name":"learning-rate","from":0.001,"to":0.0005},
 * {"step":…,"name":"frozen","layer":"conv2d-1","from":0,"to":1}]
 */
void
lathe_changes_write (const GArray *changes, JsonBuilder *builder)
{
  json_builder_begin_array (builder);
  for (guint i = 0; i < changes->len; i++)
    {
      const LatheChange *change = &g_array_index (changes, LatheChange, i);

      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "step");
      json_builder_add_int_value (builder, (gint64) change->step);
      add_number (builder, "epoch", change->epoch);
      json_builder_set_member_name (builder, "name");
      json_builder_add_string_value (builder, change->name);
      if (change->layer != NULL)
        {
          json_builder_set_member_name (builder, "layer");
          json_builder_add_string_value (builder, change->layer);
        }
      add_number (builder, "from", change->from);
      add_number (builder, "to", change->to);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

/**
 * lathe_change_make:
 * @change: (inout): gets name and layer; its numbers are there
 * @name, @layer: from anywhere
 *
 * Returns: FALSE when there is no such change
 */
gboolean
lathe_change_make (LatheChange *change, const char *name, const char *layer)
{
  gboolean freezes = g_str_equal (name, LATHE_CHANGE_FROZEN);

  if (freezes != (layer != NULL && *layer != '\0') || (!freezes && !lathe_change_is_possible (name)))
    return FALSE;
  if (!freezes && !lathe_property_check (&lathe_hyperparameter_find (name)->property, change->to, NULL))
    return FALSE;
  if (freezes && change->to != LATHE_FROZEN_NO && change->to != LATHE_FROZEN_YES && change->to != LATHE_FROZEN_WEIGHTS)
    return FALSE;
  change->name = freezes ? LATHE_CHANGE_FROZEN : lathe_hyperparameter_find (name)->property.name;
  change->layer = freezes ? g_intern_string (layer) : NULL;
  return isfinite (change->from);
}

static gboolean
read_change (JsonNode *node, LatheChange *change)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *name = object != NULL ? json_object_get_string_member_with_default (object, "name", NULL) : NULL;
  const char *layer = object != NULL ? json_object_get_string_member_with_default (object, "layer", NULL) : NULL;
  gint64 step = object != NULL ? json_object_get_int_member_with_default (object, "step", -1) : -1;

  if (name == NULL || step < 0)
    return FALSE;
  change->step = (guint64) step;
  change->epoch = json_object_get_double_member_with_default (object, "epoch", NAN);
  change->from = json_object_get_double_member_with_default (object, "from", NAN);
  change->to = json_object_get_double_member_with_default (object, "to", NAN);
  return lathe_change_make (change, name, layer) && isfinite (change->epoch);
}

/**
 * lathe_changes_read:
 * @array: (nullable): of lathe_changes_write(), from anywhere; NULL: there were none
 *
 * Returns: FALSE when it makes no sense
 */
gboolean
lathe_changes_read (JsonNode *array, GArray *changes)
{
  guint n;

  if (array == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (array) || json_array_get_length (json_node_get_array (array)) > MOST_CHANGES)
    return FALSE;
  n = json_array_get_length (json_node_get_array (array));
  for (guint i = 0; i < n; i++)
    {
      LatheChange change;

      if (!read_change (json_array_get_element (json_node_get_array (array), i), &change))
        return FALSE;
      g_array_append_val (changes, change);
    }
  return TRUE;
}

/**
 * lathe_changes_apply:
 * @hyperparameters: (inout): those that a training began with; gets those after all its changes
 */
void
lathe_changes_apply (const GArray *changes, LatheHyperparameters *hyperparameters)
{
  for (guint i = 0; i < changes->len; i++)
    {
      const LatheChange *change = &g_array_index (changes, LatheChange, i);

      if (change->layer == NULL)
        lathe_hyperparameter_set (lathe_hyperparameter_find (change->name), hyperparameters, change->to);
    }
}

/**
 * lathe_changes_find_restart:
 *
 * A training that had come to its end, and was given more epochs, begins there what knows its end: see
 * lathe_schedule_rate_since().
 *
 * Returns: the step, over all epochs; 0: the training's own beginning
 */
guint64
lathe_changes_find_restart (const GArray *changes, guint64 steps_per_epoch)
{
  guint64 restart = 0;

  for (guint i = 0; i < changes->len; i++)
    {
      const LatheChange *change = &g_array_index (changes, LatheChange, i);

      if (g_str_equal (change->name, "epochs") && change->to > change->from &&
          change->step >= (guint64) change->from * steps_per_epoch)
        restart = change->step;
    }
  return restart;
}
