/* cli-check.c: "lathe-cli dataset DIR --check": every image looked at, and what is wrong with it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-check.h"

#include <glib/gi18n.h>

#define MAX_LISTED 20 /* findings of a kind, in the text for people */

/**
 * cli_check:
 *
 * Looks at every image, with a bar. What is less than half as large as most are counts as small.
 * Errors: G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full) (element-type LatheFinding) (nullable)
 */
GPtrArray *
cli_check (LatheDataset *dataset, GError **error)
{
  g_autoptr (LatheSurvey) survey = NULL;
  LathePreprocess usual;

  survey = lathe_survey_new (dataset, lathe_default_threads (), cli_progress, (gpointer) _ ("Looking"),
                             cli_interrupt (), error);
  cli_bar_clear ();
  if (survey == NULL)
    return NULL;
  lathe_dataset_suggest (dataset, 0, 0, &usual);
  return lathe_survey_find_flaws (survey, usual.width / 2, usual.height / 2);
}

static const char *
path_of (LatheDataset *dataset, const LatheFinding *finding, guint i)
{
  return lathe_dataset_get_image (dataset, g_array_index (finding->images, guint, i))->path;
}

void
cli_json_findings (JsonBuilder *json, LatheDataset *dataset, const GPtrArray *findings,
                   const CliCure cure[LATHE_N_FLAWS])
{
  json_builder_set_member_name (json, "findings");
  json_builder_begin_array (json);
  for (guint i = 0; i < findings->len; i++)
    {
      const LatheFinding *finding = findings->pdata[i];

      json_builder_begin_object (json);
      cli_json_string (json, "flaw", lathe_flaw_get_name (finding->flaw));
      cli_json_string (json, "reason", finding->reason);
      json_builder_set_member_name (json, "across_sides");
      json_builder_add_boolean_value (json, finding->across_sides);
      json_builder_set_member_name (json, "cured");
      json_builder_add_boolean_value (json, cure[finding->flaw] != CLI_CURE_NONE);
      json_builder_set_member_name (json, "files");
      json_builder_begin_array (json);
      for (guint j = 0; j < finding->images->len; j++)
        {
          g_autofree char *file = g_filename_display_name (path_of (dataset, finding, j));

          json_builder_add_string_value (json, file);
        }
      json_builder_end_array (json);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

static void
print_finding (LatheDataset *dataset, const LatheFinding *finding)
{
  g_print ("  ");
  for (guint i = 0; i < finding->images->len; i++)
    {
      g_autofree char *file = cli_inside (dataset, path_of (dataset, finding, i));

      g_print ("%s%s", i > 0 ? " = " : "", file);
    }
  g_print ("%s%s\n", finding->images->len > 0 ? ": " : "", finding->reason);
}

void
cli_print_findings (LatheDataset *dataset, const GPtrArray *findings, const CliCure cure[LATHE_N_FLAWS])
{
  guint listed = 0, n[LATHE_N_FLAWS] = {0};

  if (findings->len == 0)
    g_print (_ ("\nNothing is wrong with them that a look can tell.\n"));
  for (guint i = 0; i < findings->len; i++)
    n[((const LatheFinding *) findings->pdata[i])->flaw]++;
  for (guint i = 0; i < findings->len; i++)
    {
      const LatheFinding *finding = findings->pdata[i];
      LatheFlaw flaw = finding->flaw;

      if (i == 0 || ((const LatheFinding *) findings->pdata[i - 1])->flaw != flaw)
        {
          g_print (_ ("\n%s (%'u). %s\n"), lathe_flaw_get_title (flaw), n[flaw],
                   cure[flaw] == CLI_CURE_EXCLUDE ? _ ("Cured: left out.")
                   : cure[flaw] == CLI_CURE_JOIN  ? _ ("Cured: kept together.")
                                                  : lathe_flaw_get_cure (flaw));
          listed = 0;
        }
      if (listed++ < MAX_LISTED)
        print_finding (dataset, finding);
      else if (listed == MAX_LISTED + 1)
        g_print (_ ("  … and %'u more (--json lists all)\n"), n[flaw] - MAX_LISTED);
    }
}
