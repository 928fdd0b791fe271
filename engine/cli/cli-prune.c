/* cli-prune.c: a model that is made smaller before it is taken away.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-prune.h"

#include <glib/gi18n.h>
#include <math.h>

#define MOST_EPOCHS 100000

void
cli_prune_clear (CliPruning *pruning)
{
  g_clear_pointer (&pruning->share, g_free);
  g_clear_pointer (&pruning->time, g_free);
  g_clear_pointer (&pruning->what, g_free);
  g_clear_pointer (&pruning->by, g_free);
  g_clear_pointer (&pruning->of, g_free);
  g_clear_pointer (&pruning->epochs, g_free);
}

static gboolean
read_share (CliPruning *pruning, GError **error)
{
  if (!cli_read_real ("--prune", pruning->share, &pruning->pruning.share, error))
    return FALSE;
  if (pruning->pruning.share > 0 && pruning->pruning.share < 1)
    return TRUE;
  return cli_refuse (error, _ ("--prune takes a share between 0 and 1, such as 0.5, not “%s”"), pruning->share);
}

static gboolean
read_time (CliPruning *pruning, GError **error)
{
  if (pruning->share != NULL)
    return cli_refuse (error, _ ("--prune says how much goes, and --prune-to-time how fast it is to be: choose one"));
  if (!cli_read_real ("--prune-to-time", pruning->time, &pruning->milliseconds, error))
    return FALSE;
  return pruning->milliseconds > 0 ||
         cli_refuse (error, _ ("--prune-to-time takes milliseconds above 0, not “%s”"), pruning->time);
}

static gboolean
read_epochs (CliPruning *pruning, gboolean has_images, gboolean quantises, GError **error)
{
  if (!cli_read_count ("--fine-tune", pruning->epochs, 1, MOST_EPOCHS, &pruning->n_epochs, error))
    return FALSE;
  if (pruning->n_epochs > 0 && !pruning->wanted && !quantises)
    return cli_refuse (error, _ ("--fine-tune trains what --prune or --quantize made of a model: say which"));
  if (pruning->n_epochs > 0 && !has_images)
    return cli_refuse (error, _ ("--fine-tune trains on images: say where they are with --images"));
  return TRUE;
}

/**
 * cli_prune_read:
 * @has_images: whether there are some to train on
 * @quantises: whether the model is to be in 8 bits, which may be what it is trained for
 *
 * Of the options, once they are typed: what they ask for.
 */
gboolean
cli_prune_read (CliPruning *pruning, gboolean has_images, gboolean quantises, GError **error)
{
  guint way = LATHE_PRUNE_CHANNELS, by = LATHE_PRUNE_BY_MAGNITUDE, of = LATHE_PRUNE_MULTIPLY_ADDS;
  const char *alone = pruning->what != NULL ? "prune-what"
                      : pruning->by != NULL ? "prune-by"
                      : pruning->of != NULL ? "prune-of"
                                            : NULL;

  pruning->accuracy_before = pruning->accuracy = NAN;
  pruning->wanted = pruning->share != NULL || pruning->time != NULL;
  if (!read_epochs (pruning, has_images, quantises, error))
    return FALSE;
  if (!pruning->wanted)
    return alone == NULL ||
           cli_refuse (error, _ ("--%s says how a model is made smaller: say by how much with --prune"), alone);
  if (!(pruning->time != NULL ? read_time (pruning, error) : read_share (pruning, error)) ||
      !cli_read_choice ("--prune-what", pruning->what, lathe_prune_ways, &way, error) ||
      !cli_read_choice ("--prune-by", pruning->by, lathe_prune_criteria, &by, error) ||
      !cli_read_choice ("--prune-of", pruning->of, lathe_prune_costs, &of, error))
    return FALSE;
  if (way == LATHE_PRUNE_WEIGHTS && (pruning->by != NULL || pruning->of != NULL))
    return cli_refuse (error,
                       _ ("--prune-by and --prune-of are for channels: single weights go by their magnitude, and "
                          "the share is one of the weights"));
  if (way == LATHE_PRUNE_WEIGHTS && pruning->time != NULL)
    return cli_refuse (error, _ ("--prune-to-time takes channels out: a weight that is zero takes as long as any"));
  pruning->pruning.way = (LathePruneWay) way;
  pruning->pruning.by = (LathePruneBy) by;
  pruning->pruning.of = (LathePruneOf) of;
  return TRUE;
}

static LatheModel *
prune (CliPruning *pruning, LatheModel *model, guint n_threads, GError **error)
{
  LatheModel *pruned;

  if (pruning->milliseconds == 0)
    return lathe_prune (model, &pruning->pruning, error);
  pruned = lathe_prune_to_time (model, &pruning->pruning, pruning->milliseconds, n_threads, cli_interrupt (),
                                &pruning->times, error);
  pruning->pruning.share = pruning->times.share;
  return pruned;
}

/**
 * cli_prune:
 * @n_threads: that it is timed on, where it is
 * @dataset: (nullable): that it goes on learning from, where it is to
 *
 * Returns: (transfer full): the smaller model
 */
LatheModel *
cli_prune (CliPruning *pruning, LatheModel *model, guint n_threads, LatheDataset *dataset,
           const LatheHyperparameters *hyperparameters, GError **error)
{
  g_autoptr (LatheModel) pruned = prune (pruning, model, n_threads, error);
  LatheHyperparameters h = *hyperparameters;
  LatheModel *tuned = NULL;

  if (pruned == NULL)
    return NULL;
  lathe_model_get_cost (model, &pruning->before);
  pruning->accuracy_before = model->scores.validation_accuracy;
  if (pruning->n_epochs > 0)
    {
      h.epochs = pruning->n_epochs;
      h.early_stopping = 0;
      tuned = lathe_fine_tune (pruned, dataset, &h, cli_progress, (gpointer) _ ("Training"), cli_interrupt (), error);
      cli_bar_clear ();
      if (tuned == NULL)
        return NULL;
      pruning->accuracy = tuned->scores.validation_accuracy;
    }
  else
    tuned = g_steal_pointer (&pruned);
  lathe_model_get_cost (tuned, &pruning->after);
  return tuned;
}

/* --- What came of it --- */

void
cli_prune_print (const CliPruning *pruning)
{
  g_autofree char *parameters = cli_count (pruning->after.parameters), *before = cli_count (pruning->before.parameters);
  g_autofree char *zeros = cli_count (pruning->after.zeros);
  g_autofree char *left =
      cli_percent ((double) pruning->after.multiply_adds / (double) MAX (1, pruning->before.multiply_adds));

  if (pruning->pruning.way == LATHE_PRUNE_WEIGHTS)
    g_print (_ ("  pruned: %s of %s parameters are zero"), zeros, before);
  else
    g_print (_ ("  pruned: %s of %s parameters are left, and %s of the multiply-adds"), parameters, before, left);
  if (pruning->milliseconds > 0)
    g_print (_ ("; an image takes %.3g ms, before %.3g ms"), pruning->times.milliseconds,
             pruning->times.milliseconds_before);
  if (pruning->n_epochs > 0 && !isnan (pruning->accuracy))
    {
      g_autofree char *accuracy = cli_percent (pruning->accuracy), *was = cli_percent (pruning->accuracy_before);

      g_print (ngettext ("; after %u epoch %s of the validation images are right",
                         "; after %u epochs %s of the "
                         "validation images are right",
                         pruning->n_epochs),
               pruning->n_epochs, accuracy);
      if (!isnan (pruning->accuracy_before))
        g_print (_ (", before %s"), was);
    }
  g_print ("\n");
}

void
cli_prune_json (JsonBuilder *json, const CliPruning *pruning)
{
  json_builder_set_member_name (json, "pruned");
  json_builder_begin_object (json);
  cli_json_string (json, "what", lathe_prune_ways[pruning->pruning.way]);
  cli_json_string (json, "by", lathe_prune_criteria[pruning->pruning.by]);
  cli_json_string (json, "of", lathe_prune_costs[pruning->pruning.of]);
  cli_json_real (json, "share", pruning->pruning.share);
  cli_json_int (json, "parameters_before", pruning->before.parameters);
  cli_json_int (json, "parameters", pruning->after.parameters);
  cli_json_int (json, "multiply_adds_before", pruning->before.multiply_adds);
  cli_json_int (json, "multiply_adds", pruning->after.multiply_adds);
  cli_json_int (json, "zeros", pruning->after.zeros);
  cli_json_int (json, "epochs", pruning->n_epochs);
  if (pruning->milliseconds > 0)
    {
      cli_json_real (json, "milliseconds_wanted", pruning->milliseconds);
      cli_json_real (json, "milliseconds_before", pruning->times.milliseconds_before);
      cli_json_real (json, "milliseconds", pruning->times.milliseconds);
    }
  cli_json_real (json, "validation_accuracy_before", pruning->accuracy_before);
  cli_json_real (json, "validation_accuracy", pruning->accuracy);
  json_builder_end_object (json);
}
