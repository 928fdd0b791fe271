/* cli-sweep.c: "lathe-cli sweep SOURCE --vary lr=1e-4..1e-1" trains with one setting after another, and says which did
 * best.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-train.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>

#define RUNS 10 /* that are drawn unless a number is given */

typedef struct
{
  CliRun run;
  GPtrArray *axes; /* (element-type LatheSweepAxis) */
  LatheSweepMethod method;
  guint n_runs;
  guint64 n_epochs; /* in all */
  GArray *said;     /* (element-type LatheSweptState): as it was last told of each run */
  gboolean has_header;
} Sweep;

static void
sweep_clear (Sweep *sweep)
{
  cli_run_clear (&sweep->run);
  g_clear_pointer (&sweep->axes, g_ptr_array_unref);
  g_clear_pointer (&sweep->said, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sweep, sweep_clear)

/* --- What it is told --- */

/* As typed; NULL where not given. */
typedef struct
{
  char **vary;
  char *method, *runs, *list;
} Options;

static void
options_clear (Options *options)
{
  g_strfreev (options->vary);
  g_free (options->method);
  g_free (options->runs);
  g_free (options->list);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
read_axes (Sweep *sweep, char **vary, GError **error)
{
  sweep->axes = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_sweep_axis_free);
  if (vary == NULL)
    return cli_refuse (error, _ ("say with --vary which settings vary, as in --vary lr=1e-4..1e-1 --vary batch=16,32"));
  for (char **text = vary; *text != NULL; text++)
    {
      g_autoptr (GError) reason = NULL;
      LatheSweepAxis *axis = lathe_sweep_axis_parse (*text, &reason);

      if (axis == NULL)
        return cli_refuse (error, "--vary: %s", reason->message);
      g_ptr_array_add (sweep->axes, axis);
    }
  return TRUE;
}

static gboolean
parse (Sweep *sweep, const CliCommand *command, int argc, char **argv, CliCall *call, GError **error)
{
  g_auto (Options) o = {0};
  const GOptionEntry entries[] = {
      {"vary", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.vary,
       N_ ("What a setting may be: lr=1e-4..1e-1 (with :log or :linear and, in a grid, :STEPS), batch=16,32,64 or "
           "seed=1,2,3; as often as there are settings to vary"),
       "NAME=VALUES"},
      {"method", 0, 0, G_OPTION_ARG_STRING, &o.method,
       N_ ("grid: every combination; random: some, drawn; halving: some, drawn, of which the best third goes on three "
           "times as long, and so on (random where a range varies, else grid)"),
       "NAME"},
      {"runs", 0, 0, G_OPTION_ARG_STRING, &o.runs, N_ ("How many runs are drawn (10), or a grid may have (any)"), "N"},
      {"list", 0, 0, G_OPTION_ARG_FILENAME, &o.list,
       N_ ("The folder in whose list the runs are written down, with their models (of a project NAME.lathe, "
           "NAME.runs; else that of the window for SOURCE)"),
       "FOLDER"},
      G_OPTION_ENTRY_NULL,
  };
  guint method = LATHE_SWEEP_GRID;

  lathe_hyperparameters_defaults (&sweep->run.hyperparameters);
  sweep->run.hyperparameters.threads = lathe_default_threads ();
  if (!cli_train_parse (&sweep->run, command, entries, TRUE, argc, argv, call, error) ||
      !read_axes (sweep, o.vary, error))
    return FALSE;
  for (guint i = 0; i < sweep->axes->len; i++)
    if (((const LatheSweepAxis *) sweep->axes->pdata[i])->values == NULL)
      method = LATHE_SWEEP_RANDOM;
  if (!cli_read_choice ("--method", o.method, lathe_sweep_method_names, &method, error))
    return FALSE;
  sweep->method = method;
  sweep->n_runs = method == LATHE_SWEEP_GRID ? 0 : RUNS;
  if (o.list != NULL)
    {
      g_free (sweep->run.runs);
      sweep->run.runs = g_strdup (o.list);
    }
  return cli_read_count ("--runs", o.runs, 1, LATHE_SWEEP_MAX_RUNS, &sweep->n_runs, error);
}

/* --- What it says --- */

static void
print_start (const Sweep *sweep, const LatheSweepJob *job)
{
  guint n_training = lathe_dataset_count (job->dataset, -1, LATHE_SPLIT_TRAIN);
  g_autofree char *folder = g_path_get_basename (lathe_dataset_get_folder (job->dataset));
  JsonBuilder *json;

  if (!sweep->run.json)
    {
      g_print (_ ("%s: %'u images to train. %s: %u runs, %" PRIu64 " epochs in all, in the list %s\n\n"), folder,
               n_training, _ (lathe_sweep_method_titles[job->method]), sweep->n_runs, sweep->n_epochs, sweep->run.runs);
      return;
    }
  json = cli_json_begin ("start");
  cli_json_split (json, sweep->run.dataset);
  cli_json_string (json, "network", sweep->run.network);
  cli_json_string (json, "method", lathe_sweep_method_names[job->method]);
  cli_json_int (json, "runs", sweep->n_runs);
  cli_json_int (json, "epochs", sweep->n_epochs);
  cli_json_string (json, "list", sweep->run.runs);
  cli_json_end (json);
}

static void
add_settings (JsonBuilder *json, const Sweep *sweep, const LatheSwept *swept)
{
  json_builder_set_member_name (json, "settings");
  json_builder_begin_object (json);
  for (guint i = 0; i < sweep->axes->len; i++)
    {
      const LatheSweepAxis *axis = sweep->axes->pdata[i];
      double value = lathe_sweep_axis_get (axis, &swept->hyperparameters);
      g_autofree char *text = lathe_sweep_axis_format (axis, value);

      if (axis->row != NULL && axis->row->property.type == LATHE_PROPERTY_CHOICE)
        cli_json_string (json, lathe_sweep_axis_get_name (axis), text);
      else
        cli_json_real (json, lathe_sweep_axis_get_name (axis), value);
    }
  json_builder_end_object (json);
}

static void
add_run (JsonBuilder *json, const Sweep *sweep, const LatheSwept *swept)
{
  if (swept->run > 0)
    cli_json_int (json, "run", (guint64) swept->run);
  cli_json_string (json, "state", lathe_swept_state_names[swept->state]);
  add_settings (json, sweep, swept);
  cli_json_int (json, "epoch", swept->epoch);
  cli_json_real (json, "score", swept->score);
  if (swept->reason != NULL)
    cli_json_string (json, "error", swept->reason);
}

static void
print_run_json (const Sweep *sweep, const LatheSweepReport *report, guint i)
{
  JsonBuilder *json = cli_json_begin ("run");

  cli_json_int (json, "index", i + 1);
  cli_json_int (json, "of", report->swept->len);
  add_run (json, sweep, report->swept->pdata[i]);
  cli_json_end (json);
}

/* Columns are as wide as their titles, as the lines below come one by one. */
static void
print_row (char *const cells[], const char *state, const char *remark)
{
  const char *const titles[] = {_ ("   Run"), _ ("Epochs"), _ ("Val. score")};
  g_autoptr (GString) line = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    cli_append_cell (line, cells != NULL ? cells[i] : titles[i], cli_text_width (titles[i]), TRUE);
  cli_append_cell (line, state, 14, FALSE);
  g_string_append (line, remark);
  g_print ("%s\n", g_strchomp (line->str));
}

static void
print_run_text (Sweep *sweep, const LatheSwept *swept)
{
  g_autofree char *id = swept->run > 0 ? g_strdup_printf ("%" PRId64, swept->run) : g_strdup ("–");
  g_autofree char *epochs = g_strdup_printf ("%u", swept->epoch), *score = cli_percent (swept->score);
  g_autofree char *remark = swept->reason != NULL ? g_strdup_printf ("%s: %s", swept->settings, swept->reason) : NULL;

  if (swept->state <= LATHE_SWEPT_TRAINING)
    return;
  cli_bar_clear ();
  if (!sweep->has_header)
    print_row (NULL, _ ("State"), _ ("Settings"));
  sweep->has_header = TRUE;
  print_row ((char *[]){id, epochs, score}, _ (lathe_swept_state_titles[swept->state]),
             remark != NULL ? remark : swept->settings);
}

static void
print_progress (const LatheSweepReport *report)
{
  g_autofree char *left = isnan (report->left) ? NULL : cli_duration (report->left);
  g_autofree char *remark =
      left != NULL ? g_strdup_printf (_ ("%u of %u runs, %s left"), report->n_over, report->swept->len, left)
                   : g_strdup_printf (_ ("%u of %u runs"), report->n_over, report->swept->len);

  cli_bar (_ ("Sweeping"), report->fraction, remark);
}

/* On a thread of the sweep, which this one waits for. */
static void
on_report (LatheSweepReport *report, gpointer data)
{
  Sweep *sweep = data;

  g_array_set_size (sweep->said, report->swept->len);
  for (guint i = 0; i < report->swept->len; i++)
    {
      const LatheSwept *swept = report->swept->pdata[i];
      LatheSweptState *said = &g_array_index (sweep->said, LatheSweptState, i);

      if (*said == swept->state)
        continue;
      *said = swept->state;
      if (sweep->run.json)
        print_run_json (sweep, report, i);
      else
        print_run_text (sweep, swept);
    }
  if (report->state == LATHE_SWEEP_RUNNING && !sweep->run.json)
    print_progress (report);
}

static void
print_end_json (const Sweep *sweep, const LatheSweepReport *report)
{
  JsonBuilder *json = cli_json_begin ("done");

  cli_json_string (json, "group", report->group);
  cli_json_int (json, "runs", report->swept->len);
  cli_json_real (json, "seconds", report->elapsed);
  json_builder_set_member_name (json, "interrupted");
  json_builder_add_boolean_value (json, report->state == LATHE_SWEEP_STOPPED);
  json_builder_set_member_name (json, "best");
  if (report->best >= 0)
    {
      json_builder_begin_object (json);
      add_run (json, sweep, report->swept->pdata[report->best]);
      json_builder_end_object (json);
    }
  else
    json_builder_add_null_value (json);
  cli_json_end (json);
}

static void
print_end_text (const Sweep *sweep, const LatheSweepReport *report)
{
  const LatheSwept *best = report->best >= 0 ? report->swept->pdata[report->best] : NULL;
  g_autofree char *time = cli_duration (report->elapsed), *score = best != NULL ? cli_percent (best->score) : NULL;
  g_autofree char *word = cli_shell_word (sweep->run.runs);

  /* Translators: the sweep's name in the list, number of runs, and how long it took */
  g_print (_ ("\n%s: %u of %u runs in %s. "), report->group, report->n_over, report->swept->len, time);
  if (best != NULL)
    /* Translators: number of the run, its score on the validation images, its settings */
    g_print (_ ("Run %" PRId64 " did best, with %s: %s\n"), best->run, score, best->settings);
  else
    g_print (_ ("None of them has a score on validation images.\n"));
  g_print (_ ("All that is known of them: lathe-cli runs %s\n"), word);
}

/* --- Sweeping --- */

static int
run (const CliCommand *command, int argc, char **argv, GError **error)
{
  g_auto (CliCall) call = {0};
  g_auto (Sweep) sweep = {.run.dataset_options = LATHE_DATASET_OPTIONS_DEFAULT};
  g_autoptr (LatheSweepReport) report = NULL;
  g_autofree char *list = NULL;
  LatheSweepJob job;

  if (!parse (&sweep, command, argc, argv, &call, error) || !cli_train_load (&sweep.run, call.operands[0], error) ||
      !cli_train_inherit (&sweep.run, error))
    return CLI_FAILED;
  list = lathe_runs_path (sweep.run.runs);
  job = (LatheSweepJob){.dataset = sweep.run.dataset,
                        .graph = sweep.run.graph,
                        .preprocess = &sweep.run.preprocess,
                        .hyperparameters = &sweep.run.hyperparameters,
                        .inheritance = sweep.run.inheritance,
                        .axes = sweep.axes,
                        .method = sweep.method,
                        .runs = sweep.n_runs,
                        .list = list,
                        .network = sweep.run.network};
  if (!lathe_sweep_count (&job, &sweep.n_runs, &sweep.n_epochs, error))
    return CLI_FAILED;
  sweep.said = g_array_new (FALSE, TRUE, sizeof (LatheSweptState));
  print_start (&sweep, &job);
  report = lathe_sweep (&job, on_report, &sweep, cli_interrupt (), error);
  cli_bar_clear ();
  if (report == NULL)
    return CLI_FAILED;
  if (sweep.run.json)
    print_end_json (&sweep, report);
  else
    print_end_text (&sweep, report);
  return report->state == LATHE_SWEEP_STOPPED ? cli_interrupt_status () : CLI_DONE;
}

const CliCommand cli_sweep = {
    .name = "sweep",
    .operands = N_ ("SOURCE|PROJECT"),
    .summary = N_ ("Train again and again with settings that vary, and find those that do best"),
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
