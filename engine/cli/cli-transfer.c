/* cli-transfer.c: what came of growing a model on another one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <glib/gi18n.h>

/* --- In words --- */

static char *
show_score (const LatheTransferScore *score)
{
  g_autofree char *accuracy = cli_percent (score->accuracy), *loss = cli_real (score->loss);

  return g_strdup_printf (_ ("%s (%.1f – %.1f %%), loss %s, on %'u images"), accuracy, score->interval.low * 100,
                          score->interval.high * 100, loss, score->n);
}

void
cli_table_transfer (CliTable *table, const LatheTransfer *transfer)
{
  cli_table_row (table, g_strdup (_ ("Features")),
                 g_strdup_printf (_ ("%'u images worked out, %'u at hand, %.1f s"), transfer->n_computed,
                                  transfer->n_found, transfer->feature_seconds));
  cli_table_row (table, g_strdup (_ ("Last layer")),
                 g_strdup_printf (_ ("learned from %'u images, penalty %g, %.1f s"), transfer->n_learned, transfer->l2,
                                  transfer->head_seconds));
  if (transfer->n_folds > 0)
    cli_table_row (table, g_strdup_printf (_ ("%u folds"), transfer->n_folds), show_score (&transfer->validation));
  else if (transfer->validation.n > 0)
    cli_table_row (table, g_strdup (_ ("Validation accuracy")), show_score (&transfer->validation));
  if (transfer->test.n > 0)
    cli_table_row (table, g_strdup (_ ("Test accuracy")), show_score (&transfer->test));
}

void
cli_print_curve (const LatheTransfer *transfer)
{
  guint n = transfer->curve != NULL ? transfer->curve->len : 0;
  CliTable *table;

  if (transfer->curve == NULL)
    return;
  table = cli_table_new ("rrr");
  g_print (_ ("\nWhat the accuracy is with fewer images to learn from\n"));
  cli_table_row (table, g_strdup (_ ("Images")), g_strdup (_ ("Accuracy")), g_strdup (_ ("Interval (95 %)")));
  for (guint i = 0; i < n; i++)
    {
      const LatheTransferPoint *point = &g_array_index (transfer->curve, LatheTransferPoint, i);

      cli_table_row (
          table, g_strdup_printf ("%'u", point->n_images), cli_percent (point->score.accuracy),
          g_strdup_printf ("%.1f – %.1f %%", point->score.interval.low * 100, point->score.interval.high * 100));
    }
  cli_table_print (table);
  if (n < 2)
    g_print (_ ("There are too few images for a curve.\n"));
  else if (transfer->rising)
    g_print (_ ("The last doubling brought more than chance would: more images are likely to help.\n"));
  else
    g_print (_ ("The last doubling brought no more than chance would: other images, of what is mistaken, are likely to "
                "help more than many.\n"));
}

/* --- In JSON --- */

static void
add_score (JsonBuilder *json, const char *side, const LatheTransferScore *score)
{
  const struct
  {
    const char *name;
    double value;
  } numbers[] = {{"accuracy", score->accuracy},
                 {"low", score->interval.low},
                 {"high", score->interval.high},
                 {"loss", score->loss}};

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autofree char *name = g_strjoin (side[0] != '\0' ? "_" : "", side, numbers[i].name, NULL);

      cli_json_real (json, name, numbers[i].value);
    }
}

static void
add_curve (JsonBuilder *json, const LatheTransfer *transfer)
{
  json_builder_set_member_name (json, "curve");
  json_builder_begin_array (json);
  for (guint i = 0; i < transfer->curve->len; i++)
    {
      const LatheTransferPoint *point = &g_array_index (transfer->curve, LatheTransferPoint, i);

      json_builder_begin_object (json);
      cli_json_int (json, "images", point->n_images);
      add_score (json, "", &point->score);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  json_builder_set_member_name (json, "rising");
  json_builder_add_boolean_value (json, transfer->rising);
}

void
cli_json_transfer (JsonBuilder *json, const LatheTransfer *transfer)
{
  cli_json_int (json, "features_computed", transfer->n_computed);
  cli_json_int (json, "features_found", transfer->n_found);
  cli_json_real (json, "features_seconds", transfer->feature_seconds);
  cli_json_real (json, "head_seconds", transfer->head_seconds);
  cli_json_int (json, "learned_from", transfer->n_learned);
  cli_json_real (json, "l2", transfer->l2);
  cli_json_int (json, "folds", transfer->n_folds);
  cli_json_int (json, "val_images", transfer->validation.n);
  cli_json_int (json, "test_images", transfer->test.n);
  add_score (json, "val", &transfer->validation);
  add_score (json, "test", &transfer->test);
  if (transfer->curve != NULL)
    add_curve (json, transfer);
}
