/* cli-import-onto.c: "lathe-cli import WEIGHTS OUT --onto NETWORK" puts weights from elsewhere onto a network.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-import.h"

#include <glib/gi18n.h>

void
cli_onto_clear (CliOnto *onto)
{
  g_free (onto->onto);
  g_free (onto->size);
  g_free (onto->classes);
  g_free (onto->seed);
  g_free (onto->row);
  g_free (onto->epsilon);
}

void
cli_put_clear (CliPut *put)
{
  g_clear_pointer (&put->map, lathe_weights_map_free);
  g_clear_pointer (&put->weights, lathe_weights_free);
  g_clear_pointer (&put->model, lathe_model_unref);
}

/* What says how weights are put onto a network says nothing without one. */
gboolean
cli_onto_check (const CliOnto *onto, GError **error)
{
  const struct
  {
    const char *name, *value;
  } rest[] = {
      {"--size", onto->size},   {"--classes", onto->classes}, {"--seed", onto->seed},
      {"--flatten", onto->row}, {"--epsilon", onto->epsilon},
  };

  for (guint i = 0; onto->onto == NULL && i < G_N_ELEMENTS (rest); i++)
    if (rest[i].value != NULL)
      return cli_refuse (error, _ ("%s is for weights that are put onto a network; say with --onto which"),
                         rest[i].name);
  return TRUE;
}

/* --- The network --- */

/* Fits it to images and classes where they were given. */
static gboolean
adapt (const CliOnto *onto, LatheGraph *graph, GError **error)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  LatheShape input;
  guint n_classes;

  if (onto->size == NULL && onto->classes == NULL)
    return TRUE;
  if (!lathe_graph_report_propagate (report, graph, error) || !lathe_graph_get_input (graph, &input))
    return FALSE;
  n_classes = lathe_loss_n_classes ((guint) lathe_shape_size (&report->nodes[report->output].output));
  if (!cli_read_size (onto->size, &input.dim[1], &input.dim[0], error) ||
      !cli_read_count ("--classes", onto->classes, 2, LATHE_IMPORT_MAX_CLASSES, &n_classes, error))
    return FALSE;
  lathe_graph_adapt (graph, &input, n_classes);
  return TRUE;
}

/* (transfer full) (nullable): what the weights are put onto */
static LatheModel *
load_base (const CliOnto *onto, gboolean *was_model, GError **error)
{
  g_autoptr (LatheModel) model = NULL;
  g_autoptr (LatheGraph) graph = cli_load_graph (onto->onto, &model, error);
  guint64 seed = 1;

  *was_model = model != NULL;
  if (graph == NULL || !cli_read_seed (onto->seed, &seed, error))
    return NULL;
  if (model != NULL && (onto->size != NULL || onto->classes != NULL))
    {
      cli_refuse (error, _ ("--size and --classes are for a network; “%s” is a model, which has its own"), onto->onto);
      return NULL;
    }
  if (model != NULL)
    return g_steal_pointer (&model);
  return adapt (onto, graph, error) ? lathe_import_untrained (graph, seed, error) : NULL;
}

static gboolean
read_rules (const CliOnto *onto, LatheWeightsRules *rules, GError **error)
{
  guint row = LATHE_ROW_USUAL;

  *rules = LATHE_WEIGHTS_RULES_USUAL;
  if (!cli_read_choice ("--flatten", onto->row, lathe_row_names, &row, error) ||
      !cli_read_real ("--epsilon", onto->epsilon, &rules->epsilon, error))
    return FALSE;
  rules->row = (LatheRow) row;
  return (rules->epsilon > 0 && rules->epsilon <= 1) ||
         cli_refuse (error, _ ("--epsilon takes a number above 0 and up to 1, not “%s”"), onto->epsilon);
}

/**
 * cli_put_weights:
 * @put: (out): what was done, also after an error, to be cleared
 *
 * Errors: those of lathe_weights_open(), cli_load_graph() and lathe_weights_apply().
 */
gboolean
cli_put_weights (const CliOnto *onto, const char *path, CliPut *put, GError **error)
{
  g_autoptr (LatheModel) base = NULL;
  LatheWeightsRules rules;

  if (!read_rules (onto, &rules, error))
    return FALSE;
  put->weights = lathe_weights_open (path, error);
  base = put->weights != NULL ? load_base (onto, &put->was_model, error) : NULL;
  put->map = base != NULL ? lathe_weights_map (put->weights, base->graph, &rules, error) : NULL;
  put->model = put->map != NULL ? lathe_weights_apply (put->weights, put->map, base, error) : NULL;
  return put->model != NULL;
}

/* --- What is said of it --- */

static void
add_shape (JsonBuilder *builder, const LatheWeightsTensor *tensor)
{
  json_builder_set_member_name (builder, "their_shape");
  json_builder_begin_array (builder);
  for (guint i = 0; i < tensor->rank; i++)
    json_builder_add_int_value (builder, tensor->dim[i]);
  json_builder_end_array (builder);
}

static void
add_match (JsonBuilder *builder, const LatheWeightsMatch *match)
{
  json_builder_begin_object (builder);
  cli_json_string (builder, "name", match->ours);
  cli_json_shape (builder, "shape", &match->shape);
  cli_json_string (builder, "state", lathe_match_state_names[match->state]);
  if (match->theirs != NULL)
    {
      cli_json_string (builder, "theirs", match->theirs->name);
      add_shape (builder, match->theirs);
    }
  if (match->folded)
    {
      json_builder_set_member_name (builder, "folded");
      json_builder_add_boolean_value (builder, TRUE);
    }
  json_builder_end_object (builder);
}

void
cli_put_json (JsonBuilder *builder, const CliPut *put)
{
  cli_json_int (builder, "matched", put->map->n_matched);
  cli_json_int (builder, "kept", put->map->matches->len - put->map->n_matched);
  cli_json_string (builder, "flatten", lathe_row_names[put->map->row]);
  json_builder_set_member_name (builder, "tensors");
  json_builder_begin_array (builder);
  for (guint i = 0; i < put->map->matches->len; i++)
    add_match (builder, &g_array_index (put->map->matches, LatheWeightsMatch, i));
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "unused");
  json_builder_begin_array (builder);
  for (guint i = 0; i < put->map->unused->len; i++)
    json_builder_add_string_value (builder, ((LatheWeightsTensor *) put->map->unused->pdata[i])->name);
  json_builder_end_array (builder);
}

static void
print_table (const CliPut *put)
{
  static const char *const states[] = {N_ ("by name"), N_ ("by order"), N_ ("another shape"), N_ ("no counterpart")};
  CliTable *table = cli_table_new ("lllll");

  cli_table_row (table, g_strdup (_ ("tensor")), g_strdup (_ ("shape")), g_strdup (_ ("in the file")),
                 g_strdup (_ ("shape")), g_strdup (""));
  for (guint i = 0; i < put->map->matches->len; i++)
    {
      const LatheWeightsMatch *match = &g_array_index (put->map->matches, LatheWeightsMatch, i);
      const LatheWeightsTensor *theirs = match->theirs;

      cli_table_row (
          table, g_strdup (match->ours), lathe_shape_to_string (&match->shape),
          g_strdup (theirs != NULL ? theirs->name : "–"),
          theirs != NULL ? lathe_weights_shape (theirs) : g_strdup ("–"),
          g_strconcat (_ (states[match->state]), match->folded ? _ (", with the norm behind it") : "", NULL));
    }
  for (guint i = 0; i < put->map->unused->len; i++)
    {
      const LatheWeightsTensor *theirs = put->map->unused->pdata[i];

      cli_table_row (table, g_strdup ("–"), g_strdup ("–"), g_strdup (theirs->name), lathe_weights_shape (theirs),
                     g_strdup (_ ("not used")));
    }
  cli_table_print (table);
}

/* The table, and what is not as in the file. */
void
cli_put_print (const CliOnto *onto, const CliPut *put)
{
  guint n = put->map->matches->len, kept = n - put->map->n_matched;
  g_autofree char *name = cli_display_name (onto->onto);

  print_table (put);
  g_print ("\n");
  if (kept > 0 && put->was_model)
    g_print (_ ("%u of %u tensors are from the file; the others are left as they are in %s.\n"), n - kept, n, name);
  else if (kept > 0)
    g_print (_ ("%u of %u tensors are from the file; the others are as a training would begin with them.\n"), n - kept,
             n);
  if (put->map->has_rows)
    g_print (_ ("Behind a flatten, numbers are taken %s (--flatten).\n"), lathe_row_names[put->map->row]);
}
