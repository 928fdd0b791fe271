/* cli-runs-show.c: "lathe-cli runs FOLDER RUN --show" tells how a run went.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-runs.h"

#include <glib/gi18n.h>
#include <math.h>

static void
show_text (const GArray *epochs, const GArray *points)
{
  CliTable *table = cli_table_new ("rrrrrrrl");
  guint p = 0;

  cli_table_row (table, g_strdup (_ ("Epoch")), g_strdup (_ ("Loss")), g_strdup (_ ("Accuracy")),
                 g_strdup (_ ("Val. loss")), g_strdup (_ ("Val. accuracy")), g_strdup (_ ("Gradient norm")),
                 g_strdup (_ ("Seconds")), g_strdup (_ ("What they went to")));
  for (guint i = 0; i < epochs->len; i++)
    {
      const LatheEpoch *epoch = &g_array_index (epochs, LatheEpoch, i);
      double norm = NAN;

      for (; p < points->len && g_array_index (points, LathePoint, p).epoch <= epoch->epoch; p++)
        norm = g_array_index (points, LathePoint, p).gradient_norm;
      cli_table_row (table, g_strdup_printf ("%u", epoch->epoch), cli_real (epoch->loss), cli_percent (epoch->accuracy),
                     cli_real (epoch->validation_loss), cli_percent (epoch->validation_accuracy), cli_real (norm),
                     g_strdup_printf ("%.1f", epoch->seconds), cli_phases (epoch->phases));
    }
  cli_table_print (table);
}

static void
show_json (const GArray *epochs, const GArray *points)
{
  for (guint i = 0; i < epochs->len; i++)
    {
      JsonBuilder *json = cli_json_begin ("epoch");

      cli_json_epoch (json, &g_array_index (epochs, LatheEpoch, i));
      cli_json_end (json);
    }
  for (guint i = 0; i < points->len; i++)
    {
      const LathePoint *point = &g_array_index (points, LathePoint, i);
      JsonBuilder *json = cli_json_begin ("point");

      cli_json_real (json, "epoch", point->epoch);
      cli_json_real (json, "loss", point->loss);
      cli_json_real (json, "accuracy", point->accuracy);
      cli_json_real (json, "steps_done", point->step);
      cli_json_real (json, "seconds_done", point->seconds);
      cli_json_real (json, "learning_rate", point->learning_rate);
      cli_json_real (json, "gradient_norm", point->gradient_norm);
      cli_json_end (json);
    }
}

static char *
describe_distribution (const LatheDistribution *d)
{
  g_autofree char *mean = cli_real (d->mean), *deviation = cli_real (d->deviation);

  return d->n > 0 ? g_strdup_printf ("%s ± %s", mean, deviation) : g_strdup ("");
}

/* At the end of the last epoch. */
static void
show_layers_text (const GPtrArray *layers)
{
  const LatheLayerLooks *last = layers->len > 0 ? layers->pdata[layers->len - 1] : NULL;
  CliTable *table;

  if (last == NULL)
    return;
  table = cli_table_new ("lrrr");
  cli_table_row (table, g_strdup (_ ("Layer")), g_strdup (_ ("Weights")), g_strdup (_ ("Outputs")),
                 g_strdup (_ ("Dead units")));
  for (guint i = 0; i < last->layers->len; i++)
    {
      const LatheLayerLook *look = &g_array_index (last->layers, LatheLayerLook, i);

      cli_table_row (table, g_strdup (look->name), describe_distribution (&look->weights),
                     describe_distribution (&look->activations),
                     look->units > 0 ? g_strdup_printf (_ ("%u of %u"), look->dead, look->units) : g_strdup (""));
    }
  g_print ("\n");
  cli_table_print (table);
}

static void
show_layers_json (const GPtrArray *layers)
{
  for (guint i = 0; i < layers->len; i++)
    {
      const LatheLayerLooks *looks = layers->pdata[i];
      JsonBuilder *json = cli_json_begin ("layers");

      cli_json_int (json, "epoch", looks->epoch);
      cli_json_layers (json, looks);
      cli_json_end (json);
    }
}

/* Of how many images it was is not written down. */
static void
show_advice (const LatheRun *run, const GArray *epochs, const GArray *points, gboolean json)
{
  LatheCourse course = {
      .epochs = epochs,
      .points = points,
      .chance = NAN,
      .ended = run->state >= LATHE_RUN_FINISHED,
  };
  JsonBuilder *builder;

  if (!lathe_hyperparameters_from_json (run->hyperparameters, &course.hyperparameters, NULL))
    return;
  if (!json)
    {
      cli_print_advice (&course);
      return;
    }
  builder = cli_json_begin ("course");
  cli_json_advice (builder, &course);
  cli_json_end (builder);
}

/* Of a run that was grown on a model. */
static void
show_transfer (const LatheTransfer *transfer, gboolean json)
{
  JsonBuilder *builder;
  CliTable *table;

  if (json)
    {
      builder = cli_json_begin ("grown");
      cli_json_transfer (builder, transfer);
      cli_json_end (builder);
      return;
    }
  table = cli_table_new ("ll");
  cli_table_transfer (table, transfer);
  cli_table_print (table);
  cli_print_curve (transfer);
  g_print ("\n");
}

/* Its epochs, the points between, and what is to be seen in them. */
gboolean
cli_runs_show (LatheRuns *runs, const LatheRun *run, gboolean json, GError **error)
{
  g_autoptr (GArray) epochs = lathe_runs_epochs (runs, run->id, error);
  g_autoptr (GArray) points = epochs != NULL ? lathe_runs_points (runs, run->id, error) : NULL;
  g_autoptr (GPtrArray) layers = points != NULL ? lathe_runs_layers (runs, run->id, FALSE, error) : NULL;
  g_autoptr (LatheTransfer) transfer = NULL;

  if (layers == NULL)
    return FALSE;
  transfer = lathe_runs_transfer (runs, run->id, NULL);
  if (transfer != NULL)
    show_transfer (transfer, json);
  if (json)
    {
      show_json (epochs, points);
      show_layers_json (layers);
    }
  else
    {
      show_text (epochs, points);
      show_layers_text (layers);
    }
  show_advice (run, epochs, points, json);
  return TRUE;
}
