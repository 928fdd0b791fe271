/* cli-bench.c: "lathe-cli bench" times a network on this machine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <glib/gi18n.h>

typedef struct
{
  char *network, *batch, *steps, *rounds, *threads, *precision;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->network);
  g_free (options->batch);
  g_free (options->steps);
  g_free (options->rounds);
  g_free (options->threads);
  g_free (options->precision);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
print_json (const LatheBench *result, const char *network, const char *precision)
{
  JsonBuilder *json = cli_json_begin (NULL);

  cli_json_string (json, "framework", "lathe " LATHE_VERSION);
  cli_json_string (json, "network", network);
  cli_json_int (json, "batch", result->training.batch);
  cli_json_int (json, "threads", result->n_threads);
  cli_json_string (json, "precision", precision);
  cli_json_times (json, result);
  cli_json_end (json);
}

static void
add_row (CliTable *table, const char *what, const LatheBench *result, const LatheBenchPass *pass)
{
  cli_table_row (table, g_strdup (what), g_strdup_printf ("%.3f ms", pass->seconds * 1000 / pass->batch),
                 g_strdup_printf ("%.0f GFLOP/s", pass->operations / pass->seconds / 1e9),
                 cli_percent (lathe_bench_share_of_peak (result, pass->operations, pass->seconds)));
}

static void
print_text (const LatheBench *result, const char *network, const char *precision)
{
  CliTable *table = cli_table_new ("lrrr");

  g_print (_ ("%s, batch %u, threads %u, precision %s\n"), network, result->training.batch, result->n_threads,
           precision);
  add_row (table, _ ("Training, an image"), result, &result->training);
  add_row (table, _ ("Answering, an image of a batch"), result, &result->answering);
  add_row (table, _ ("Answering, one image alone"), result, &result->alone);
  cli_table_row (table, g_strdup (_ ("This machine’s peak")), g_strdup (""),
                 g_strdup_printf ("%.0f GFLOP/s", result->peak / 1e9), g_strdup (""));
  cli_table_print (table);
}

static int
run (const CliCommand *command, int argc, char **argv, GError **error)
{
  g_auto (Options) o = {0};
  const GOptionEntry entries[] = {
      {"network", 0, 0, G_OPTION_ARG_FILENAME, &o.network, N_ ("A preset, or a network file (seed)"), "PRESET|FILE"},
      {"batch", 0, 0, G_OPTION_ARG_STRING, &o.batch, N_ ("Images a step (32)"), "N"},
      {"steps", 0, 0, G_OPTION_ARG_STRING, &o.steps, N_ ("Steps of training a round (20)"), "N"},
      {"rounds", 0, 0, G_OPTION_ARG_STRING, &o.rounds, N_ ("Rounds, of which the best counts (3)"), "N"},
      {"threads", 0, 0, G_OPTION_ARG_STRING, &o.threads, N_ ("Threads (as many as there are cores)"), "N"},
      {"precision", 0, 0, G_OPTION_ARG_STRING, &o.precision, N_ ("In what numbers training multiplies (fp32)"),
       "fp32|bf16"},
      G_OPTION_ENTRY_NULL,
  };
  g_autofree char *presets = cli_describe_presets ();
  g_auto (CliCall) call = {0};
  LatheBenchOptions options = {.batch = 32, .steps = 20, .rounds = 3};
  g_autoptr (LatheGraph) graph = NULL;
  g_auto (LatheBench) result = {0};

  if (!cli_parse (command, entries, presets, argc, argv, &call, error) ||
      !cli_read_batch (o.batch, &options.batch, error) ||
      !cli_read_count ("--steps", o.steps, 1, 1000000, &options.steps, error) ||
      !cli_read_count ("--rounds", o.rounds, 1, 1000000, &options.rounds, error) ||
      !cli_read_threads (o.threads, &options.n_threads, error) ||
      !cli_read_precision (o.precision, &options.precision, error))
    return CLI_FAILED;
  if (o.network == NULL)
    o.network = g_strdup ("seed");
  if (o.precision == NULL)
    o.precision = g_strdup ("fp32");
  graph = cli_load_graph (o.network, NULL, error);
  if (graph == NULL || !cli_measure (graph, &options, &result, error))
    return CLI_FAILED;
  if (call.json)
    print_json (&result, o.network, o.precision);
  else
    print_text (&result, o.network, o.precision);
  return CLI_DONE;
}

const CliCommand cli_bench = {
    .name = "bench",
    .operands = "",
    .summary = N_ ("Time a network on this machine, in training and in answering"),
    .run = run,
};
