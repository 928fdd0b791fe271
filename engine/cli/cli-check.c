/* cli-check.c: "lathe-cli dataset DIR --check": every image looked at, and what is wrong with it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-check.h"

#include <glib/gi18n.h>

#define MAX_LISTED 20 /* findings of a kind, in the text for people */

/**
 * cli_check_new:
 * @insight: (nullable): what else is known of the images
 *
 * Looks at every image, with a bar. What is less than half as large as most are counts as small.
 * Errors: G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full) (nullable)
 */
CliCheck *
cli_check_new (LatheDataset *dataset, const LatheInsight *insight, GError **error)
{
  g_autoptr (LatheSurvey) survey = NULL;
  LathePreprocess usual;
  CliCheck *check;

  survey = lathe_survey_new (dataset, lathe_default_threads (), cli_progress, (gpointer) _ ("Looking"),
                             cli_interrupt (), error);
  cli_bar_clear ();
  if (survey == NULL)
    return NULL;
  if (insight != NULL)
    lathe_insight_tell (insight, survey, dataset);
  lathe_dataset_suggest (dataset, 0, 0, &usual);
  check = g_new0 (CliCheck, 1);
  check->dataset = lathe_dataset_ref (dataset);
  check->findings = lathe_survey_find_flaws (survey, usual.width / 2, usual.height / 2);
  check->cured = g_new0 (gboolean, check->findings->len);
  check->kept = g_new (gboolean, check->findings->len);
  for (guint i = 0; i < check->findings->len; i++)
    check->kept[i] = lathe_finding_is_kept (check->findings->pdata[i], dataset);
  return check;
}

void
cli_check_free (CliCheck *check)
{
  lathe_dataset_unref (check->dataset);
  g_ptr_array_unref (check->findings);
  g_free (check->cured);
  g_free (check->kept);
  g_free (check);
}

static const char *
path_of (const CliCheck *check, const LatheFinding *finding, guint i)
{
  return lathe_dataset_get_image (check->dataset, g_array_index (finding->images, guint, i))->path;
}

void
cli_json_findings (JsonBuilder *json, const CliCheck *check)
{
  json_builder_set_member_name (json, "findings");
  json_builder_begin_array (json);
  for (guint i = 0; i < check->findings->len; i++)
    {
      const LatheFinding *finding = check->findings->pdata[i];

      json_builder_begin_object (json);
      cli_json_string (json, "flaw", lathe_flaw_get_name (finding->flaw));
      cli_json_string (json, "reason", finding->reason);
      json_builder_set_member_name (json, "across_sides");
      json_builder_add_boolean_value (json, finding->across_sides);
      json_builder_set_member_name (json, "cured");
      json_builder_add_boolean_value (json, check->cured[i]);
      json_builder_set_member_name (json, "kept");
      json_builder_add_boolean_value (json, check->kept[i]);
      if (finding->likelier >= 0)
        {
          cli_json_string (json, "likelier", lathe_dataset_get_classes (check->dataset)[finding->likelier]);
          cli_json_real (json, "probability", finding->probability);
        }
      json_builder_set_member_name (json, "files");
      json_builder_begin_array (json);
      for (guint j = 0; j < finding->images->len; j++)
        {
          g_autofree char *file = g_filename_display_name (path_of (check, finding, j));

          json_builder_add_string_value (json, file);
        }
      json_builder_end_array (json);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

static void
print_finding (const CliCheck *check, guint index, const CliEdits *wanted)
{
  const LatheFinding *finding = check->findings->pdata[index];

  g_print ("  ");
  for (guint i = 0; i < finding->images->len; i++)
    {
      g_autofree char *file = cli_inside (check->dataset, path_of (check, finding, i));

      g_print ("%s%s", i > 0 ? " = " : "", file);
    }
  g_print ("%s%s", finding->images->len > 0 ? ": " : "", finding->reason);
  if (wanted->cure[finding->flaw] == CLI_CURE_JOIN && !check->cured[index])
    g_print (_ (" (not cured, for folders decide the sides: give --cure %s)"), lathe_flaw_get_name (finding->flaw));
  g_print ("\n");
}

/* What is done about a kind, or can be. */
static const char *
describe_cure (CliCure way, LatheFlaw flaw)
{
  switch (way)
    {
    case CLI_CURE_EXCLUDE:
      return _ ("Cured: left out.");
    case CLI_CURE_JOIN:
      return _ ("Cured: kept together.");
    case CLI_CURE_KEEP:
      return _ ("Kept: not named from now on.");
    default:
      return lathe_flaw_get_cure (flaw);
    }
}

static gboolean
is_named (const CliCheck *check, guint i, const CliEdits *wanted)
{
  return !check->kept[i] || wanted->cure[((const LatheFinding *) check->findings->pdata[i])->flaw] == CLI_CURE_AGAIN;
}

static void
print_flaw (const CliCheck *check, LatheFlaw flaw, const CliEdits *wanted)
{
  guint n = 0, n_listed = 0;

  for (guint i = 0; i < check->findings->len; i++)
    n += ((const LatheFinding *) check->findings->pdata[i])->flaw == flaw && is_named (check, i, wanted);
  if (n == 0)
    return;
  g_print (_ ("\n%s (%'u). %s\n"), lathe_flaw_get_title (flaw), n, describe_cure (wanted->cure[flaw], flaw));
  for (guint i = 0; i < check->findings->len && n_listed < MAX_LISTED; i++)
    if (((const LatheFinding *) check->findings->pdata[i])->flaw == flaw && is_named (check, i, wanted))
      {
        print_finding (check, i, wanted);
        n_listed++;
      }
  if (n > n_listed)
    g_print (_ ("  … and %'u more (--json lists all)\n"), n - n_listed);
}

void
cli_print_findings (const CliCheck *check, const CliEdits *wanted)
{
  guint n_kept = 0;

  for (guint i = 0; i < check->findings->len; i++)
    n_kept += !is_named (check, i, wanted);
  if (check->findings->len == n_kept)
    g_print (_ ("\nNothing is wrong with them that a look can tell.\n"));
  for (guint flaw = 0; flaw < LATHE_N_FLAWS; flaw++)
    print_flaw (check, flaw, wanted);
  if (n_kept > 0)
    g_print (ngettext ("\n%'u finding is kept as all right.\n", "\n%'u findings are kept as all right.\n", n_kept),
             n_kept);
}
