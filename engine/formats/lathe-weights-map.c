/* lathe-weights-map.c: which tensor of a file of weights is which of a network's, and what becomes of its numbers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-weights-map.h"

#include "lathe-weights-match.h"

const char *const lathe_match_state_names[] = {"name", "order", "shape", "none"};
const char *const lathe_row_names[] = {"usual", "channels-first", "channels-last", NULL};

/* --- The table --- */

static void
clear_match (gpointer match)
{
  g_free (((LatheWeightsMatch *) match)->ours);
}

static void
add_layer (LatheWeightsMap *map, const LatheOurs *ours)
{
  gboolean fits = lathe_ours_is_matched (ours);

  for (guint i = 0; i < ours->n; i++)
    {
      LatheWeightsMatch match = {
          .ours = g_strdup_printf ("%s.%s", ours->node->name, ours->parameter[i].name),
          .shape = ours->parameter[i].shape,
          .state = ours->theirs == NULL ? LATHE_MATCH_NONE
                   : !fits              ? LATHE_MATCH_SHAPE
                   : ours->by_name      ? LATHE_MATCH_BY_NAME
                                        : LATHE_MATCH_BY_ORDER,
          .theirs = ours->theirs != NULL ? ours->theirs->tensor[ours->layout[i].slot] : NULL,
          .folded = ours->norm != NULL,
      };

      map->n_matched += fits;
      g_array_append_val (map->matches, match);
    }
}

/* What is of no use to an answer is not missed. */
static void
list_unused (LatheWeightsMap *map, const LatheWeights *weights)
{
  g_autoptr (GHashTable) used = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < map->layers->len; i++)
    {
      const LatheOurs *ours = map->layers->pdata[i];
      gboolean fits = lathe_ours_is_matched (ours);

      for (guint slot = 0; fits && slot < LATHE_N_SLOTS; slot++)
        {
          g_hash_table_add (used, (gpointer) ours->theirs->tensor[slot]);
          if (ours->norm != NULL)
            g_hash_table_add (used, (gpointer) ours->norm->tensor[slot]);
        }
    }
  for (guint i = 0; i < weights->tensors->len; i++)
    {
      LatheWeightsTensor *tensor = &g_array_index (weights->tensors, LatheWeightsTensor, i);

      if (lathe_numbers_are_real (tensor->numbers) && !g_hash_table_contains (used, tensor))
        g_ptr_array_add (map->unused, tensor);
    }
}

static void
lay_out (LatheWeightsMap *map, LatheRow row)
{
  map->row = row;
  for (guint i = 0; i < map->layers->len; i++)
    {
      LatheOurs *ours = map->layers->pdata[i];
      gboolean many_pixels = ours->row.rank > 0 && ours->row.dim[0] * ours->row.dim[1] > 1 && ours->row.dim[2] > 1;

      map->has_rows |= many_pixels;
      lathe_ours_lay_out (ours, row == LATHE_ROW_CHANNELS_FIRST);
    }
}

/**
 * lathe_weights_map:
 * @weights, @graph: must outlive the map
 * @rules: (nullable): NULL: as usual
 *
 * Finds for each tensor of the network the one of the file that it is, by name or by kind, shape and order. Reads no
 * numbers.
 * Errors: LATHE_ERROR_SHAPE where the network does not work.
 *
 * Returns: (transfer full) (nullable): also where nothing is matched
 */
LatheWeightsMap *
lathe_weights_map (const LatheWeights *weights, const LatheGraph *graph, const LatheWeightsRules *rules, GError **error)
{
  const LatheWeightsRules usual = LATHE_WEIGHTS_RULES_USUAL;
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  LatheWeightsMap *map;
  gboolean program;

  if (!lathe_graph_report_propagate (report, graph, error))
    return NULL;
  if (rules == NULL)
    rules = &usual;
  map = g_new0 (LatheWeightsMap, 1);
  map->epsilon = rules->epsilon;
  map->matches = g_array_new (FALSE, FALSE, sizeof (LatheWeightsMatch));
  g_array_set_clear_func (map->matches, clear_match);
  map->unused = g_ptr_array_new ();
  map->layers = lathe_weights_list_ours (graph, report);
  map->theirs = lathe_weights_list_theirs (weights);
  lay_out (map, LATHE_ROW_CHANNELS_FIRST);
  program = lathe_weights_match (graph, map->layers, map->theirs, weights->in_order);
  if (rules->row != LATHE_ROW_USUAL || program)
    lay_out (map, rules->row != LATHE_ROW_USUAL ? rules->row : LATHE_ROW_CHANNELS_LAST);
  for (guint i = 0; i < map->layers->len; i++)
    add_layer (map, map->layers->pdata[i]);
  list_unused (map, weights);
  return map;
}

void
lathe_weights_map_free (LatheWeightsMap *map)
{
  g_array_unref (map->matches);
  g_ptr_array_unref (map->unused);
  g_ptr_array_unref (map->layers);
  g_ptr_array_unref (map->theirs);
  g_free (map);
}
