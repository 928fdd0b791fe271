/* cli-pretrained.c: "lathe-cli pretrained" lists models to grow new ones on, and takes their weights in.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <glib/gi18n.h>

static void
list_json (const LatheStartingPoint *point)
{
  const LathePretrained *known = point->known;
  const LatheStartingCost cost = lathe_starting_point_measure (point, cli_interrupt ());
  g_autofree char *name = g_filename_display_name (point->path);
  JsonBuilder *json = cli_json_begin (NULL);

  cli_json_string (json, "name", point->name);
  if (known != NULL)
    {
      cli_json_string (json, "title", known->title);
      cli_json_string (json, "licence", known->licence);
      cli_json_string (json, "source", known->source);
      cli_json_string (json, "weights", known->file);
      cli_json_string (json, "sha256", known->sha256);
    }
  cli_json_int (json, "bytes", cost.bytes);
  cli_json_real (json, "milliseconds", cost.milliseconds);
  cli_json_string (json, "file", name);
  json_builder_set_member_name (json, "here");
  json_builder_add_boolean_value (json, point->here);
  cli_json_end (json);
}

static void
add_row (CliTable *table, const LatheStartingPoint *point)
{
  const LathePretrained *known = point->known;
  const LatheStartingCost cost = lathe_starting_point_measure (point, cli_interrupt ());

  cli_table_row (table, g_strdup (point->name), g_strdup (known != NULL ? _ (known->learned) : _ ("a model of yours")),
                 g_format_size (cost.bytes), g_strdup_printf (_ ("%.1f ms"), cost.milliseconds),
                 g_strdup (known != NULL ? known->licence : ""), g_strdup (known != NULL ? known->source : ""),
                 point->here ? cli_display_name (point->path) : g_strdup (_ ("not here yet")));
}

static void
list_text (const GPtrArray *points)
{
  CliTable *table = cli_table_new ("llrrlll");
  gboolean any_missing = FALSE;

  cli_table_row (table, g_strdup (_ ("Name")), g_strdup (_ ("Learned from")), g_strdup (_ ("Size")),
                 g_strdup (_ ("An image")), g_strdup (_ ("Licence")), g_strdup (_ ("Package")), g_strdup (_ ("Where")));
  for (guint i = 0; i < points->len; i++)
    {
      add_row (table, points->pdata[i]);
      any_missing |= !((const LatheStartingPoint *) points->pdata[i])->here;
    }
  cli_table_print (table);
  if (any_missing)
    g_print (_ ("\n“./dev pretrained” fetches those that are not here; “lathe-cli pretrained NAME FILE” takes one from "
                "a file.\n"));
}

static gboolean
take (const char *name, const char *file, gboolean json, GError **error)
{
  const LathePretrained *known = lathe_pretrained_find (name);
  g_autoptr (GPtrArray) points = NULL;
  g_autofree char *word = NULL;

  if (known == NULL)
    return cli_refuse (error, _ ("“%s” is no model whose weights are known; “lathe-cli pretrained” lists those"), name);
  if (!lathe_pretrained_take (known, file, error))
    return FALSE;
  points = lathe_starting_points ();
  for (guint i = 0; i < points->len; i++)
    {
      const LatheStartingPoint *point = points->pdata[i];

      if (point->known != known)
        continue;
      word = cli_display_name (point->path);
      if (json)
        list_json (point);
      else
        g_print (_ ("%s: %s, to be used with --from %s\n"), word, known->title, known->name);
    }
  return TRUE;
}

static int
run (const CliCommand *command, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {G_OPTION_ENTRY_NULL};
  g_auto (CliCall) call = {0};
  g_autoptr (GPtrArray) points = NULL;
  guint n_operands;

  if (!cli_parse (command, entries, NULL, argc, argv, &call, error))
    return CLI_FAILED;
  n_operands = call.operands != NULL ? g_strv_length (call.operands) : 0;
  if (n_operands == 1)
    {
      cli_refuse (error, _ ("it takes a name and the file of its weights, or neither"));
      return CLI_FAILED;
    }
  if (n_operands == 2)
    return take (call.operands[0], call.operands[1], call.json, error) ? CLI_DONE : CLI_FAILED;
  points = lathe_starting_points ();
  for (guint i = 0; call.json && i < points->len; i++)
    list_json (points->pdata[i]);
  if (!call.json)
    list_text (points);
  return CLI_DONE;
}

const CliCommand cli_pretrained = {
    .name = "pretrained",
    .operands = N_ ("[NAME FILE]"),
    .summary = N_ ("List models that know many images already, or take the weights of one from a file"),
    .min_operands = 0,
    .max_operands = 2,
    .run = run,
};
