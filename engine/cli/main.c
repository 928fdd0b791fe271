/* main.c: lathe-cli, the command line.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>

#include "cli.h"

static const CliCommand *const commands[] = {
    &cli_dataset, &cli_suggest, &cli_pretrained, &cli_train, &cli_search, &cli_sweep,  &cli_runs,  &cli_evaluate,
    &cli_predict, &cli_explain, &cli_map,        &cli_info,  &cli_export, &cli_import, &cli_serve, &cli_bench,
};

/* Complaints of libraries about an image or a file reach the user as errors of ours, or not at all. */
static GLogWriterOutput
drop_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  if (g_getenv ("G_MESSAGES_DEBUG") != NULL)
    return g_log_writer_default (level, fields, n_fields, data);
  return G_LOG_WRITER_HANDLED;
}

static const CliCommand *
find_command (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i]->name, name))
      return commands[i];
  return NULL;
}

static void
print_overview (void)
{
  CliTable *table = cli_table_new ("lll");

  g_print (_ ("Trains small image networks, and uses them.\n\nUsage:\n"));
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    cli_table_row (table, g_strconcat ("  lathe-cli ", commands[i]->name, NULL), g_strdup (_ (commands[i]->operands)),
                   g_strdup (_ (commands[i]->summary)));
  cli_table_print (table);
  g_print (_ ("\nEach of them takes --help, and --json for one JSON object a line.\n"
              "lathe-cli --version tells the version.\n"));
}

static int
report (const char *who, const GError *error)
{
  g_autofree char *message = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      cli_complain (who, _ ("interrupted"));
      return cli_interrupt_status ();
    }
  if (error->domain != G_OPTION_ERROR)
    {
      cli_complain (who, error->message);
      return CLI_FAILED;
    }
  message = g_strdup_printf (_ ("%s (see %s --help)"), error->message, who);
  cli_complain (who, message);
  return CLI_WRONG_USAGE;
}

static int
run (const CliCommand *command, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strconcat ("lathe-cli ", command->name, NULL);
  int status;

  g_set_prgname (name);
  status = command->run (command, argc, argv, &error);
  if (error != NULL)
    return report (name, error);
  if (fflush (stdout) != 0 || ferror (stdout))
    {
      cli_complain (name, _ ("Standard output could not be written to its end; is its disk full?"));
      return CLI_FAILED;
    }
  return status;
}

/* "help train" means "train --help". */
static int
help (int argc, char **argv)
{
  const CliCommand *command = argc > 2 ? find_command (argv[2]) : NULL;
  char *arguments[] = {argv[0], (char *) "--help", NULL};

  if (command != NULL)
    return run (command, 2, arguments);
  print_overview ();
  return CLI_DONE;
}

int
main (int argc, char **argv)
{
  const CliCommand *command;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LATHE_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_log_set_writer_func (drop_log, NULL, NULL);

  if (argc < 2 || g_strv_contains ((const char *const[]){"help", "--help", "-h", NULL}, argv[1]))
    return help (argc, argv);
  if (g_str_equal (argv[1], "--version"))
    {
      g_autofree char *safety = lathe_decode_describe_safety ();

      g_print ("lathe-cli %s\n%s\n", LATHE_VERSION, safety);
      return CLI_DONE;
    }
  command = find_command (argv[1]);
  if (command == NULL)
    {
      g_autofree char *message = g_strdup_printf (_ ("there is no command “%s” (see lathe-cli --help)"), argv[1]);

      cli_complain ("lathe-cli", message);
      return CLI_WRONG_USAGE;
    }
  /* What the subcommand parses begins with the program, as typed. */
  argv[1] = argv[0];
  return run (command, argc - 1, argv + 1);
}
