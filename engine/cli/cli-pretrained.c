/* cli-pretrained.c: "lathe-cli pretrained" lists models to grow new ones on, and takes their weights in.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <glib/gi18n.h>

static void
list_json (const LathePretrained *known)
{
  g_autofree char *path = lathe_pretrained_path (known), *name = g_filename_display_name (path);
  JsonBuilder *json = cli_json_begin (NULL);

  cli_json_string (json, "name", known->name);
  cli_json_string (json, "title", known->title);
  cli_json_string (json, "licence", known->licence);
  cli_json_string (json, "source", known->source);
  cli_json_string (json, "weights", known->file);
  cli_json_string (json, "sha256", known->sha256);
  cli_json_int (json, "bytes", known->size);
  cli_json_string (json, "file", name);
  json_builder_set_member_name (json, "here");
  json_builder_add_boolean_value (json, lathe_pretrained_is_here (known));
  cli_json_end (json);
}

static void
list_text (const LathePretrained *all, guint n)
{
  CliTable *table = cli_table_new ("lllll");
  gboolean any_missing = FALSE;

  cli_table_row (table, g_strdup (_ ("Name")), g_strdup (_ ("Learned from")), g_strdup (_ ("Licence")),
                 g_strdup (_ ("Package")), g_strdup (_ ("Where")));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *path = lathe_pretrained_path (&all[i]);
      gboolean here = lathe_pretrained_is_here (&all[i]);

      any_missing |= !here;
      cli_table_row (table, g_strdup (all[i].name), g_strdup (_ (all[i].learned)), g_strdup (all[i].licence),
                     g_strdup (all[i].source), here ? cli_display_name (path) : g_strdup (_ ("not here yet")));
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
  g_autofree char *path = NULL, *word = NULL;

  if (known == NULL)
    return cli_refuse (error, _ ("“%s” is no model whose weights are known; “lathe-cli pretrained” lists those"), name);
  if (!lathe_pretrained_take (known, file, error))
    return FALSE;
  path = lathe_pretrained_path (known);
  word = cli_display_name (path);
  if (json)
    list_json (known);
  else
    g_print (_ ("%s: %s, to be used with --from %s\n"), word, known->title, known->name);
  return TRUE;
}

static int
run (const CliCommand *command, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {G_OPTION_ENTRY_NULL};
  g_auto (CliCall) call = {0};
  const LathePretrained *all;
  guint n, n_operands;

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
  all = lathe_pretrained (&n);
  for (guint i = 0; call.json && i < n; i++)
    list_json (&all[i]);
  if (!call.json)
    list_text (all, n);
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
