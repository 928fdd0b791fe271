/* cli-runs.c: "lathe-cli runs FOLDER" tells what was trained, and commands what is being trained.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-runs.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What is to be done with the runs that are named. */
typedef struct
{
  char *name, *note, *tags, *csv, *export, *network;
  char *weights;
  gboolean delete, restore, pause, resume, stop, show, verify;
} Wanted;

static void
wanted_clear (Wanted *wanted)
{
  g_free (wanted->name);
  g_free (wanted->note);
  g_free (wanted->tags);
  g_free (wanted->csv);
  g_free (wanted->export);
  g_free (wanted->network);
  g_free (wanted->weights);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Wanted, wanted_clear)

/* --- The list --- */

static void
print_table (const GPtrArray *list)
{
  g_auto (GStrv) apart = lathe_runs_tell_apart (list);
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  CliTable *table = cli_table_new ("rllllrrrrll");

  cli_table_row (table, g_strdup (_ ("Run")), g_strdup (_ ("Name")), g_strdup (_ ("Group")), g_strdup (_ ("Network")),
                 g_strdup (_ ("State")), g_strdup (_ ("Epochs")), g_strdup (_ ("Validation")), g_strdup (_ ("Test")),
                 g_strdup (_ ("Time")), g_strdup (_ ("Began")), g_strdup (_ ("Settings")));
  for (guint i = 0; i < list->len; i++)
    {
      const LatheRun *run = list->pdata[i];

      cli_table_row (table, g_strdup_printf ("%" G_GINT64_FORMAT, run->id), cli_display_name (run->name),
                     cli_display_name (run->group), cli_display_name (run->network),
                     g_strdup (_ (lathe_run_state_titles[run->state])),
                     g_strdup_printf ("%u/%u", run->epoch, run->epochs), cli_percent (run->scores.validation_accuracy),
                     cli_percent (run->scores.test_accuracy), cli_duration (run->seconds),
                     lathe_run_format_time (run->began, zone), cli_display_name (apart[i]));
    }
  cli_table_print (table);
}

/* What is in a file now is not told once more. */
static void
print_text (const GPtrArray *list, gboolean written)
{
  if (list->len == 0)
    g_print (_ ("Nothing was trained here yet.\n"));
  else if (written)
    g_print (ngettext ("%u run is written down.\n", "%u runs are written down.\n", list->len), list->len);
  else
    print_table (list);
}

static void
print_json (const LatheRun *run)
{
  g_autoptr (GString) line = g_string_new (NULL);

  lathe_run_append_json (line, run);
  g_string_append_c (line, '\n');
  fputs (line->str, stdout);
}

/* --- What is done --- */

static gboolean
write_network (LatheRuns *runs, gint64 id, const char *path, GError **error)
{
  g_autoptr (LatheGraph) graph = NULL;
  LathePreprocess preprocess;

  return lathe_runs_settings (runs, id, &graph, &preprocess, error) && lathe_network_save (graph, path, error);
}

static gboolean
change (LatheRuns *runs, gint64 id, const Wanted *wanted, GError **error)
{
  LatheRunWish wish = wanted->pause    ? LATHE_RUN_ASKED_TO_PAUSE
                      : wanted->resume ? LATHE_RUN_ASKED_TO_RESUME
                      : wanted->stop   ? LATHE_RUN_ASKED_TO_STOP
                                       : LATHE_RUN_ASKED_NOTHING;

  return (wanted->name == NULL || lathe_runs_set_name (runs, id, wanted->name, error)) &&
         (wanted->note == NULL || lathe_runs_set_note (runs, id, wanted->note, error)) &&
         (wanted->tags == NULL || lathe_runs_set_tags (runs, id, wanted->tags, error)) &&
         (!(wanted->delete || wanted->restore) || lathe_runs_set_deleted (runs, id, wanted->delete, error)) &&
         (wanted->network == NULL || write_network (runs, id, wanted->network, error)) &&
         (wish == LATHE_RUN_ASKED_NOTHING || lathe_runs_ask (runs, id, wish, error));
}

/* (transfer full) (element-type LatheRun): those that are named, or all. */
static GPtrArray *
find (LatheRuns *runs, const GArray *ids, GError **error)
{
  g_autoptr (GPtrArray) list = NULL;

  if (ids->len == 0)
    return lathe_runs_list (runs, error);
  list = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_run_free);
  for (guint i = 0; i < ids->len; i++)
    {
      LatheRun *run = lathe_runs_find (runs, g_array_index (ids, gint64, i), error);

      if (run == NULL)
        return NULL;
      g_ptr_array_add (list, run);
    }
  return g_steal_pointer (&list);
}

static gboolean
check (const Wanted *wanted, guint n, GError **error)
{
  int states = wanted->pause + wanted->resume + wanted->stop + wanted->delete + wanted->restore;
  gboolean needs_one =
      wanted->name != NULL || wanted->note != NULL || wanted->tags != NULL || wanted->network != NULL || wanted->verify;

  if (states > 1)
    return cli_refuse (error, _ ("give one of --pause, --resume, --stop, --delete and --restore"));
  if (n == 0 && (states > 0 || needs_one))
    return cli_refuse (error, _ ("say which run is meant, by its number or name: “lathe-cli runs FOLDER” lists them"));
  if (n == 0 && wanted->show)
    return cli_refuse (error, _ ("--show is for one run, named by its number: “lathe-cli runs FOLDER” lists them"));
  if (n > 1 && (wanted->name != NULL || wanted->network != NULL))
    return cli_refuse (error, _ ("--name and --network are for one run"));
  if (wanted->weights != NULL && !wanted->verify)
    return cli_refuse (error, _ ("--weights says what a run began with, for --verify"));
  return TRUE;
}

/* The one that a person has given this name. */
static gboolean
find_name (const GPtrArray *list, const char *name, gint64 *id, GError **error)
{
  guint n = 0;

  for (guint i = 0; i < list->len; i++)
    if (g_str_equal (((const LatheRun *) list->pdata[i])->name, name) && ++n == 1)
      *id = ((const LatheRun *) list->pdata[i])->id;
  if (n > 1)
    return cli_refuse (error, _ ("%u runs have the name “%s”: say which is meant, by its number"), n, name);
  return n == 1 || cli_refuse (error, _ ("no run has the name or the number “%s”"), name);
}

/* By their numbers or names. */
static gboolean
read_ids (LatheRuns *runs, char **operands, GArray *ids, GError **error)
{
  g_autoptr (GPtrArray) list = NULL;

  for (char **text = operands; *text != NULL; text++)
    {
      gint64 id;

      if (!g_ascii_string_to_signed (*text, 10, 1, G_MAXINT64, &id, NULL))
        {
          if (list == NULL && (list = lathe_runs_list (runs, error)) == NULL)
            return FALSE;
          if (!find_name (list, *text, &id, error))
            return FALSE;
        }
      g_array_append_val (ids, id);
    }
  return TRUE;
}

/* --- Verifying --- */

static void
on_progress (guint done, guint total, gpointer data)
{
  cli_bar (_ ("Replaying"), total > 0 ? (double) done / total : 0, "");
}

static void
print_verdict (gint64 id, const LatheVerdict *verdict, gboolean as_json)
{
  g_autofree char *time = cli_duration (verdict->seconds);
  JsonBuilder *json;

  if (!as_json)
    {
      g_print (verdict->same
                   ? ngettext ("Run %" PRId64 ": the same weights, to the bit, after %u epoch in %s (SHA-256 %s)\n",
                               "Run %" PRId64 ": the same weights, to the bit, after %u epochs in %s (SHA-256 %s)\n",
                               verdict->epochs)
                   : ngettext ("Run %" PRId64 ": other weights, after %u epoch in %s (SHA-256 %s)\n",
                               "Run %" PRId64 ": other weights, after %u epochs in %s (SHA-256 %s)\n", verdict->epochs),
               id, verdict->epochs, time, verdict->weights);
      return;
    }
  json = cli_json_begin ("verified");
  cli_json_int (json, "run", (guint64) id);
  json_builder_set_member_name (json, "same");
  json_builder_add_boolean_value (json, verdict->same);
  cli_json_string (json, "weights_sha256", verdict->weights);
  cli_json_int (json, "epochs", verdict->epochs);
  cli_json_real (json, "seconds", verdict->seconds);
  cli_json_end (json);
}

static gboolean
verify (LatheRuns *runs, gint64 id, const Wanted *wanted, gboolean as_json, GError **error)
{
  g_autoptr (LatheModel) model = wanted->weights != NULL ? lathe_model_open (wanted->weights, NULL, error) : NULL;
  g_auto (LatheVerdict) verdict = {0};
  gboolean done;

  if (wanted->weights != NULL && model == NULL)
    return FALSE;
  done = lathe_runs_verify (runs, id, model, 0, on_progress, NULL, cli_interrupt (), &verdict, error);
  cli_bar_clear ();
  if (!done)
    return FALSE;
  print_verdict (id, &verdict, as_json);
  if (!verdict.same)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA, _ ("Run %" PRId64 " did not come out the same. %s"), id,
                 verdict.why != NULL ? verdict.why
                                     : _ ("Images, settings, kernels and version are those that it had: this should "
                                          "not happen, please report it"));
  return verdict.same;
}

/* The list in that folder, beside that project, or of that source of images. (transfer full) */
static char *
find_list (const char *source)
{
  g_autofree char *folder = lathe_project_is_file (source) ? lathe_runs_beside (source) : g_strdup (source);
  g_autofree char *inside = lathe_runs_path (folder), *whole = NULL, *of_source = NULL;

  if (lathe_project_is_file (source) || g_file_test (inside, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&inside);
  whole = g_canonicalize_filename (source, NULL);
  of_source = lathe_runs_of_source (whole);
  return lathe_runs_path (of_source);
}

/* A list is not made by asking for it. */
static LatheRuns *
open_list (const char *source, GError **error)
{
  g_autofree char *path = find_list (source);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return lathe_runs_open (path, error);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO,
               _ ("%s has no list of runs: nothing was trained there yet. “lathe-cli train” begins one"), source);
  return NULL;
}

static int
run (const CliCommand *command, int argc, char **argv, GError **error)
{
  g_auto (Wanted) wanted = {0};
  const GOptionEntry entries[] = {
      {"name", 0, 0, G_OPTION_ARG_STRING, &wanted.name, N_ ("Give it this name"), "TEXT"},
      {"note", 0, 0, G_OPTION_ARG_STRING, &wanted.note, N_ ("Write this note to it"), "TEXT"},
      {"tags", 0, 0, G_OPTION_ARG_STRING, &wanted.tags, N_ ("Its tags, parted by commas"), "LIST"},
      {"delete", 0, 0, G_OPTION_ARG_NONE, &wanted.delete, N_ ("Take it out of the list; it is gone after 30 days"),
       NULL},
      {"restore", 0, 0, G_OPTION_ARG_NONE, &wanted.restore, N_ ("Take a deleted one back into the list"), NULL},
      {"pause", 0, 0, G_OPTION_ARG_NONE, &wanted.pause, N_ ("Ask the program that trains it to pause"), NULL},
      {"resume", 0, 0, G_OPTION_ARG_NONE, &wanted.resume, N_ ("Ask it to go on"), NULL},
      {"stop", 0, 0, G_OPTION_ARG_NONE, &wanted.stop, N_ ("Ask it to stop, and to save what it has"), NULL},
      {"show", 0, 0, G_OPTION_ARG_NONE, &wanted.show, N_ ("Tell how it went, epoch by epoch"), NULL},
      {"verify", 0, 0, G_OPTION_ARG_NONE, &wanted.verify,
       N_ ("Train it anew from its seed, and say whether the same weights come of it"), NULL},
      {"weights", 0, 0, G_OPTION_ARG_FILENAME, &wanted.weights,
       N_ ("What it began with, for --verify, where that is none of the runs’ models"), "MODEL"},
      {"csv", 0, 0, G_OPTION_ARG_FILENAME, &wanted.csv, N_ ("Write a table of the runs, with all that was set"),
       "FILE.csv"},
      {"export", 0, 0, G_OPTION_ARG_FILENAME, &wanted.export,
       N_ ("Write all that is known of the runs: as a table where the name ends in .csv, and else as JSON"),
       "FILE.json|FILE.csv"},
      {"network", 0, 0, G_OPTION_ARG_FILENAME, &wanted.network, N_ ("Write the network that was trained"), "FILE.json"},
      G_OPTION_ENTRY_NULL,
  };
  g_auto (CliCall) call = {0};
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (LatheRuns) runs = NULL;
  g_autoptr (GPtrArray) list = NULL;
  gboolean is_json;

  if (!cli_parse (command, entries, NULL, argc, argv, &call, error) ||
      !check (&wanted, g_strv_length (call.operands + 1), error))
    return CLI_FAILED;
  runs = open_list (call.operands[0], error);
  if (runs == NULL || !read_ids (runs, call.operands + 1, ids, error))
    return CLI_FAILED;
  for (guint i = 0; i < ids->len; i++)
    if (!change (runs, g_array_index (ids, gint64, i), &wanted, error))
      return CLI_FAILED;
  for (guint i = 0; wanted.verify && i < ids->len; i++)
    if (!verify (runs, g_array_index (ids, gint64, i), &wanted, call.json, error))
      return g_cancellable_is_cancelled (cli_interrupt ()) ? cli_interrupt_status () : CLI_FAILED;
  if (wanted.verify)
    return CLI_DONE;
  list = find (runs, ids, error);
  is_json = wanted.export != NULL && !g_str_has_suffix (wanted.export, ".csv");
  if (list == NULL || (wanted.csv != NULL && !lathe_runs_save (list, wanted.csv, FALSE, error)) ||
      (wanted.export != NULL && !lathe_runs_save (list, wanted.export, is_json, error)))
    return CLI_FAILED;
  if (!call.json)
    print_text (list, wanted.csv != NULL || wanted.export != NULL);
  for (guint i = 0; i < list->len; i++)
    {
      if (call.json)
        print_json (list->pdata[i]);
      if (wanted.show && !cli_runs_show (runs, list->pdata[i], call.json, error))
        return CLI_FAILED;
    }
  return CLI_DONE;
}

const CliCommand cli_runs = {
    .name = "runs",
    .operands = N_ ("PROJECT|FOLDER [RUN…]"),
    .summary = N_ ("Tell what was trained, and command what is being trained"),
    .min_operands = 1,
    .max_operands = G_MAXINT,
    .run = run,
};
