/* cli-search.c: "lathe-cli search SOURCE" tries networks around one network, and writes down those that no other beats.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-search.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define MINUTES 10.0 /* where nothing else bounds the search */
#define MAX_MEGABYTES 1e6

static void
said_free (gpointer candidate)
{
  g_clear_pointer ((LatheCandidate **) &candidate, lathe_candidate_unref);
}

static void
search_clear (CliSearch *search)
{
  cli_run_clear (&search->run);
  g_free (search->folder);
  g_clear_pointer (&search->said, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliSearch, search_clear)

/* --- What it is told --- */

/* As typed; NULL where not given. */
typedef struct
{
  char *minutes, *milliseconds, *megabytes, *candidates, *out;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->minutes);
  g_free (options->milliseconds);
  g_free (options->megabytes);
  g_free (options->candidates);
  g_free (options->out);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* A number above nothing. */
static gboolean
read_limit (const char *option, const char *text, double most, double *value, GError **error)
{
  if (!cli_read_real (option, text, value, error))
    return FALSE;
  if (text == NULL || (*value > 0 && *value <= most))
    return TRUE;
  return cli_refuse (error, _ ("%s takes a number above 0, up to %g, not “%s”"), option, most, text);
}

static gboolean
read_bounds (CliSearch *search, const Options *o, GError **error)
{
  LatheSearchBounds *bounds = &search->bounds;
  double megabytes = 0;

  if (!read_limit ("--minutes", o->minutes, LATHE_SEARCH_MAX_MINUTES, &bounds->minutes, error) ||
      !read_limit ("--max-ms", o->milliseconds, 1e9, &bounds->max_milliseconds, error) ||
      !read_limit ("--max-mb", o->megabytes, MAX_MEGABYTES, &megabytes, error) ||
      !cli_read_count ("--candidates", o->candidates, 1, LATHE_SEARCH_MAX_CANDIDATES, &bounds->max_candidates, error))
    return FALSE;
  bounds->max_bytes = (guint64) (megabytes * 1e6);
  if (bounds->minutes == 0 && bounds->max_candidates == 0)
    bounds->minutes = MINUTES;
  return TRUE;
}

/* The epochs are the search's to choose, unless they are given. */
static gboolean
parse (CliSearch *search, const CliCommand *command, int argc, char **argv, CliCall *call, GError **error)
{
  g_auto (Options) o = {0};
  const GOptionEntry entries[] = {
      {"minutes", 0, 0, G_OPTION_ARG_STRING, &o.minutes, N_ ("How long (10, unless --candidates is given)"), "X"},
      {"candidates", 0, 0, G_OPTION_ARG_STRING, &o.candidates, N_ ("How many networks are trained at most (any)"), "N"},
      {"max-ms", 0, 0, G_OPTION_ARG_STRING, &o.milliseconds,
       N_ ("Milliseconds that an answer to one image may take on this machine (any)"), "X"},
      {"max-mb", 0, 0, G_OPTION_ARG_STRING, &o.megabytes, N_ ("Megabytes that a model’s weights may take (any)"), "X"},
      {"out", 0, 0, G_OPTION_ARG_FILENAME, &o.out, N_ ("Where the networks go (NAME-OF-SOURCE-networks)"), "FOLDER"},
      G_OPTION_ENTRY_NULL,
  };
  LatheHyperparameters *h = &search->run.hyperparameters;
  guint usual;

  lathe_hyperparameters_defaults (h);
  usual = h->epochs;
  h->threads = lathe_default_threads ();
  h->epochs = 0;
  if (!cli_train_parse (&search->run, command, entries, FALSE, argc, argv, call, error) ||
      !read_bounds (search, &o, error))
    return FALSE;
  search->bounds.epochs = search->run.recipe == NULL ? h->epochs : 0;
  h->epochs = h->epochs > 0 ? h->epochs : usual;
  search->folder = g_strdup (o.out);
  return TRUE;
}

/* Found out before the search, not after it. */
static gboolean
make_folder (CliSearch *search, GError **error)
{
  if (search->folder == NULL)
    {
      g_autofree char *name = g_path_get_basename (lathe_dataset_get_folder (search->run.dataset));

      search->folder = g_strconcat (name, "-networks", NULL);
    }
  if (g_mkdir_with_parents (search->folder, 0777) == 0 && access (search->folder, W_OK | X_OK) == 0)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO,
               _ ("The networks cannot be saved in %s: %s. Choose another folder with --out"), search->folder,
               g_strerror (errno));
  return FALSE;
}

/* --- Searching --- */

/* On a thread of the search, which this one waits for. */
static void
on_report (LatheSearchReport *report, gpointer search)
{
  cli_search_print_report (search, report);
}

static LatheSearchReport *
run_search (CliSearch *search, GError **error)
{
  const CliRun *run = &search->run;
  const LatheSearchJob job = {run->dataset, run->graph, &run->preprocess, &run->hyperparameters, search->bounds};
  LatheSearchReport *report;

  search->said = g_ptr_array_new_with_free_func (said_free);
  cli_search_print_start (search);
  report = lathe_search (&job, on_report, search, cli_interrupt (), error);
  cli_bar_clear ();
  return report;
}

/* "lenet-7.json": after the network that the search began with. */
static char *
name_file (const CliSearch *search, const LatheCandidate *candidate)
{
  g_autofree char *base = g_path_get_basename (search->run.network);
  char *dot = strrchr (base, '.');
  g_autofree char *name = NULL;

  if (dot != NULL && dot != base)
    *dot = '\0';
  name = g_strdup_printf ("%s-%u.json", base, candidate->id);
  return g_build_filename (search->folder, name, NULL);
}

static gboolean
save (const CliSearch *search, const GPtrArray *front, GPtrArray *files, GError **error)
{
  for (guint i = 0; i < front->len; i++)
    {
      const LatheCandidate *candidate = front->pdata[i];
      char *path = name_file (search, candidate);

      g_ptr_array_add (files, path);
      if (!lathe_network_save (candidate->graph, path, error))
        return FALSE;
    }
  return TRUE;
}

static int
run (const CliCommand *command, int argc, char **argv, GError **error)
{
  g_auto (CliCall) call = {0};
  g_auto (CliSearch) search = {.run.dataset_options = LATHE_DATASET_OPTIONS_DEFAULT};
  g_autoptr (LatheSearchReport) report = NULL;
  g_autoptr (GPtrArray) front = NULL, files = g_ptr_array_new_with_free_func (g_free);

  if (!parse (&search, command, argc, argv, &call, error) || !cli_train_load (&search.run, call.operands[0], error) ||
      !make_folder (&search, error))
    return CLI_FAILED;
  report = run_search (&search, error);
  if (report == NULL)
    return CLI_FAILED;
  front = lathe_search_report_front (report, LATHE_SEARCH_BY_MILLISECONDS);
  if (!save (&search, front, files, error))
    return CLI_FAILED;
  cli_search_print_end (&search, report, front, files);
  return report->state == LATHE_SEARCH_STOPPED ? cli_interrupt_status () : CLI_DONE;
}

const CliCommand cli_search = {
    .name = "search",
    .operands = N_ ("SOURCE"),
    .summary = N_ ("Try networks around one, and find those that are best for their cost"),
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
