/* cli-train-advice.c: what "lathe-cli train" says, before it begins, of settings that do not go together.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-train.h"

#include <glib/gi18n.h>
#include <math.h>

/* (transfer full) (element-type LatheHyperparameterAdvice) */
static GArray *
advise (const CliRun *run)
{
  LatheTrainingSet set;

  lathe_training_set_of (run->dataset, &run->preprocess, &set);
  return lathe_hyperparameters_advise (&run->hyperparameters, &set);
}

/* "--batch 4000: There are 4000 training images, … (better: --batch 32)" */
static char *
format (const CliRun *run, const LatheHyperparameterAdvice *advice)
{
  const LatheProperty *property = &advice->row->property;
  const char *option = cli_train_option (advice->row);
  g_autofree char *value =
      lathe_property_format (property, lathe_hyperparameter_get (advice->row, &run->hyperparameters));
  g_autofree char *remedy = isnan (advice->remedy) ? NULL : lathe_property_format (property, advice->remedy);

  if (remedy == NULL)
    return g_strdup_printf ("--%s %s: %s", option, value, advice->text);
  return g_strdup_printf (_ ("--%s %s: %s (better: --%s %s)"), option, value, advice->text, option, remedy);
}

/* A row each. */
void
cli_train_table_advice (CliTable *table, const CliRun *run)
{
  g_autoptr (GArray) found = advise (run);

  for (guint i = 0; i < found->len; i++)
    cli_table_row (table, g_strdup (i == 0 ? _ ("Advice") : ""),
                   format (run, &g_array_index (found, LatheHyperparameterAdvice, i)));
}

static void
add_json (JsonBuilder *json, const LatheHyperparameterAdvice *advice)
{
  const LatheProperty *property = &advice->row->property;

  json_builder_begin_object (json);
  cli_json_string (json, "option", cli_train_option (advice->row));
  cli_json_string (json, "message", advice->text);
  if (property->type == LATHE_PROPERTY_CHOICE && !isnan (advice->remedy))
    cli_json_string (json, "remedy", property->choices[(guint) advice->remedy]);
  else
    cli_json_real (json, "remedy", advice->remedy);
  json_builder_end_object (json);
}

/* "advice": [{"option": "batch", "message": "…", "remedy": 32}, …]; a remedy that there is not is null. */
void
cli_train_json_advice (JsonBuilder *json, const CliRun *run)
{
  g_autoptr (GArray) found = advise (run);

  json_builder_set_member_name (json, "advice");
  json_builder_begin_array (json);
  for (guint i = 0; i < found->len; i++)
    add_json (json, &g_array_index (found, LatheHyperparameterAdvice, i));
  json_builder_end_array (json);
}
