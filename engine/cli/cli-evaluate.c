/* cli-evaluate.c: "lathe-cli evaluate MODEL SOURCE" says how good a model is on images that are labelled.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-evaluate.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdlib.h>

#define MAX_TOP 1000000
#define MAX_RESAMPLES 100000

static const char *const sides[] = {"all", "train", "validation", "test", NULL};

/* --- What is asked --- */

typedef struct
{
  CliCall call;
  LatheProject *project; /* that the source is, or NULL */
  LatheDatasetOptions dataset;
  LatheScoreOptions scores;
  guint side, threads, top; /* top: 0 for the usual */
  double threshold, costs[2];
  gboolean with_threshold, with_costs, full, known;
  char *edits, *labels, *pattern, *positive, *curves, *predictions, *report, *other, *mend, *runs;
} Question;

static void
question_clear (Question *question)
{
  cli_call_clear (&question->call);
  g_clear_pointer (&question->project, lathe_project_free);
  g_free (question->edits);
  g_free (question->labels);
  g_free (question->pattern);
  g_free (question->positive);
  g_free (question->curves);
  g_free (question->predictions);
  g_free (question->report);
  g_free (question->other);
  g_free (question->mend);
  g_free (question->runs);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Question, question_clear)

static gboolean
read_threshold (const char *text, Question *question, GError **error)
{
  question->with_threshold = text != NULL;
  if (!cli_read_real ("--threshold", text, &question->threshold, error))
    return FALSE;
  return (question->threshold >= 0 && question->threshold <= 1) ||
         cli_refuse (error, _ ("--threshold takes a probability from 0 to 1, not “%s”"), text);
}

/* “1/5”: of a false positive, and of a false negative. */
static gboolean
read_costs (const char *text, Question *question, GError **error)
{
  g_auto (GStrv) parts = text != NULL ? g_strsplit (text, "/", -1) : NULL;
  gboolean ok = parts != NULL && g_strv_length (parts) == G_N_ELEMENTS (question->costs);

  question->with_costs = text != NULL;
  for (guint i = 0; i < G_N_ELEMENTS (question->costs) && ok; i++)
    ok = cli_read_real ("--costs", parts[i], &question->costs[i], NULL) && question->costs[i] >= 0;
  return text == NULL || ok ||
         cli_refuse (error,
                     _ ("--costs takes what it costs to say the class of an image that does not show it, and what it "
                        "costs to miss it, such as 1/5, not “%s”"),
                     text);
}

static gboolean
read_question (const CliCommand *command, int argc, char **argv, Question *question, GError **error)
{
  g_autofree char *side = NULL, *seed = NULL, *shares = NULL, *threads = NULL, *top = NULL, *threshold = NULL,
                  *costs = NULL, *resamples = NULL;
  const GOptionEntry entries[] = {
      {"split", 0, 0, G_OPTION_ARG_STRING, &side, N_ ("On which images: all, train, validation or test (all)"), "SIDE"},
      {"seed", 0, 0, G_OPTION_ARG_STRING, &seed, N_ ("Seed of the split, as in training (1)"), "N"},
      {"shares", 0, 0, G_OPTION_ARG_STRING, &shares, N_ ("Percent of the split, as in training (70/20/10)"), "A/B/C"},
      {"threads", 0, 0, G_OPTION_ARG_STRING, &threads, N_ ("Threads (as many as there are cores)"), "N"},
      {"full", 0, 0, G_OPTION_ARG_NONE, &question->full, N_ ("Tell people every score; with --json all are there"),
       NULL},
      {"top", 0, 0, G_OPTION_ARG_STRING, &top, N_ ("How often the true class is among the K likeliest (5)"), "K"},
      {"resamples", 0, 0, G_OPTION_ARG_STRING, &resamples,
       N_ ("Of how many resamples intervals are made; 0: only those that take none (1000)"), "N"},
      {"threshold", 0, 0, G_OPTION_ARG_STRING, &threshold,
       N_ ("What comes of saying one class where its probability is X or more"), "X"},
      {"costs", 0, 0, G_OPTION_ARG_STRING, &costs,
       N_ ("What it costs to say that class wrongly, and to miss it: finds the cheapest threshold"), "A/B"},
      {"positive", 0, 0, G_OPTION_ARG_STRING, &question->positive, N_ ("Which class that is (of two, the second)"),
       "CLASS"},
      {"compare", 0, 0, G_OPTION_ARG_FILENAME, &question->other,
       N_ ("Another model on the same images, and whether the difference may be chance"), "MODEL"},
      {"predictions", 0, 0, G_OPTION_ARG_FILENAME, &question->predictions, N_ ("Write what was said about each image"),
       "FILE.csv"},
      {"report", 0, 0, G_OPTION_ARG_FILENAME, &question->report,
       N_ ("Write all of it, with drawings and images, as one file for a browser and a printer"), "FILE.html"},
      {"curves", 0, 0, G_OPTION_ARG_FILENAME, &question->curves,
       N_ ("Write each class’s ROC and precision–recall curves"), "FILE.csv"},
      {"mend", 0, 0, G_OPTION_ARG_FILENAME, &question->mend,
       N_ ("Write the model with the temperature that makes it as sure as it is right"), "FILE.safetensors"},
      {"known", 0, 0, G_OPTION_ARG_NONE, &question->known,
       N_ ("Leave out images of classes that the model does not know, and say which"), NULL},
      {"runs", 0, 0, G_OPTION_ARG_FILENAME, &question->runs,
       N_ ("Folder of the list in which the model’s training is written down, as for “train”"), "FOLDER"},
      CLI_LABELS_ENTRY (&question->labels),
      CLI_PATTERN_ENTRY (&question->pattern),
      CLI_EDITS_ENTRY (&question->edits),
      G_OPTION_ENTRY_NULL,
  };

  if (!cli_parse (command, entries, NULL, argc, argv, &question->call, error) ||
      !cli_read_project (question->call.operands[1], &question->project, error))
    return FALSE;
  if (question->project != NULL)
    question->dataset = question->project->dataset_options;
  if (!cli_read_choice ("--split", side, sides, &question->side, error) ||
      !cli_read_seed (seed, &question->dataset.seed, error) ||
      !cli_read_split ("--shares", shares, question->dataset.share, error) ||
      !cli_read_threads (threads, &question->threads, error) ||
      !cli_read_count ("--top", top, 1, MAX_TOP, &question->top, error) ||
      !cli_read_count ("--resamples", resamples, 0, MAX_RESAMPLES, &question->scores.n_resamples, error) ||
      !read_threshold (threshold, question, error) || !read_costs (costs, question, error))
    return FALSE;
  question->dataset.labels = question->labels != NULL ? question->labels : question->dataset.labels;
  question->dataset.label_pattern = question->pattern != NULL ? question->pattern : question->dataset.label_pattern;
  question->scores.n_threads = question->threads;
  return TRUE;
}

/* --- What is found --- */

static void
evaluation_clear (CliEvaluation *found)
{
  g_clear_pointer (&found->sheet, lathe_score_sheet_free);
  g_clear_pointer (&found->suspects, g_array_unref);
  g_clear_pointer (&found->unknown, g_strfreev);
  g_clear_pointer (&found->comparison, lathe_comparison_free);
  g_clear_pointer (&found->evaluation, lathe_evaluation_unref);
  g_clear_pointer (&found->other_evaluation, lathe_evaluation_unref);
  g_clear_pointer (&found->dataset, lathe_dataset_unref);
  g_clear_pointer (&found->model, lathe_model_unref);
  g_clear_pointer (&found->other, lathe_model_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliEvaluation, evaluation_clear)

/* The class that a threshold and costs are about. */
static gboolean
find_positive (const Question *question, CliEvaluation *found, GError **error)
{
  g_autofree char *labels = g_strjoinv (", ", found->model->labels);
  guint n = lathe_model_get_n_labels (found->model);

  if (!question->with_threshold && !question->with_costs && question->positive == NULL)
    return TRUE;
  if (question->positive == NULL && n != 2)
    return cli_refuse (error, _ ("a threshold is one class’s: say which with --positive, one of %s"), labels);
  found->decision.positive = 1;
  for (guint i = 0; i < n && question->positive != NULL; i++)
    if (g_str_equal (found->model->labels[i], question->positive))
      {
        found->decision.positive = i;
        return TRUE;
      }
  return question->positive == NULL ||
         cli_refuse (error, _ ("--positive takes one of %s, not “%s”"), labels, question->positive);
}

/* @unknown: (out): set where such classes are left out */
static LatheEvaluation *
evaluate (const Question *question, LatheModel *model, LatheDataset *dataset, char ***unknown, GError **error)
{
  /* The sides follow one another as in LatheSplit, where -1 stands for all. */
  int side = (int) question->side - 1;
  gpointer title = (gpointer) _ ("Evaluating");
  LatheEvaluation *evaluation =
      question->known
          ? lathe_evaluate_known (model, dataset, side, question->threads, cli_progress, title, unknown,
                                  cli_interrupt (), error)
          : lathe_evaluate (model, dataset, side, question->threads, cli_progress, title, cli_interrupt (), error);

  cli_bar_clear ();
  return evaluation;
}

static void
find_decision (const Question *question, CliEvaluation *found)
{
  CliDecision *decision = &found->decision;
  g_autoptr (GArray) thresholds = NULL;

  decision->at_threshold = question->with_threshold;
  decision->with_costs = question->with_costs;
  decision->false_positive = question->costs[0];
  decision->false_negative = question->costs[1];
  if (decision->at_threshold)
    decision->at = lathe_threshold_at (found->evaluation, decision->positive, question->threshold);
  if (!decision->with_costs)
    return;
  thresholds = lathe_thresholds (found->evaluation, decision->positive);
  decision->cheapest = *lathe_thresholds_cheapest (thresholds, decision->false_positive, decision->false_negative);
}

/* (transfer full): the list of runs that the model may be in: the one that is named, the project's or the source's */
static char *
find_runs (const Question *question, const CliEvaluation *found)
{
  g_autofree char *folder = question->runs != NULL ? g_strdup (question->runs)
                            : question->project != NULL
                                ? lathe_runs_beside (question->call.operands[1])
                                : lathe_runs_of_source (lathe_dataset_get_folder (found->dataset));

  return lathe_runs_path (folder);
}

static void
find_suspects (const Question *question, CliEvaluation *found)
{
  g_autofree char *runs = find_runs (question, found);
  g_autoptr (GArray) dynamics = lathe_dynamics_of_model (found->model, runs);

  found->suspects = lathe_suspects (found->evaluation, found->dataset, dynamics);
  found->suspected_by = lathe_suspicion (found->evaluation, found->dataset, dynamics);
}

static gboolean
find_all (const Question *question, CliEvaluation *found, GError **error)
{
  guint n_classes = lathe_model_get_n_labels (found->model);

  found->evaluation = evaluate (question, found->model, found->dataset, &found->unknown, error);
  if (found->evaluation == NULL)
    return FALSE;
  if (found->other != NULL)
    {
      g_auto (GStrv) unknown = NULL;

      found->other_evaluation = evaluate (question, found->other, found->dataset, &unknown, error);
      if (found->other_evaluation == NULL)
        return FALSE;
      found->comparison = lathe_compare (found->evaluation, found->other_evaluation);
    }
  found->sheet = lathe_score_sheet_new (found->evaluation, &question->scores, cli_interrupt (), error);
  if (found->sheet == NULL || !lathe_temperature_try (found->evaluation, &found->mended, error))
    return FALSE;
  found->k = question->top > 0 ? MIN (question->top, n_classes) : lathe_score_usual_top (n_classes);
  found->top = lathe_score_top (found->evaluation, found->k);
  find_suspects (question, found);
  find_decision (question, found);
  return TRUE;
}

static gboolean
save_tables (const Question *question, const CliEvaluation *found, GError **error)
{
  const char *const *labels = (const char *const *) found->model->labels;

  return (question->predictions == NULL || lathe_evaluation_save_predictions (found->evaluation, found->dataset, labels,
                                                                              question->predictions, error)) &&
         (question->curves == NULL ||
          lathe_evaluation_save_curves (found->evaluation, labels, question->curves, error));
}

/* Of a project, with how the model was trained where it was trained there. */
static gboolean
save_report (const Question *question, const CliEvaluation *found, GError **error)
{
  g_autofree char *base = NULL, *name = NULL, *runs = NULL;
  g_autoptr (LatheRun) run = NULL;
  g_autoptr (GArray) epochs = NULL;

  if (question->report == NULL)
    return TRUE;
  base = g_path_get_basename (question->call.operands[0]);
  name = cli_display_name (base);
  runs = question->runs != NULL || question->project != NULL ? find_runs (question, found) : NULL;
  if (runs != NULL && !lathe_report_find_run (found->model, runs, &run, &epochs, error))
    return FALSE;
  return lathe_report_save (
      &(LatheReport){
          .name = name,
          .model = found->model,
          .dataset = found->dataset,
          .split = (int) question->side - 1,
          .evaluation = found->evaluation,
          .sheet = found->sheet,
          .k = found->k,
          .top = found->top,
          .mended = found->mended,
          .suspects = found->suspects,
          .run = run,
          .epochs = epochs,
      },
      question->report, cli_interrupt (), error);
}

/* A model that is cooled already is cooled further. */
static gboolean
save_mended (const Question *question, const CliEvaluation *found, GError **error)
{
  g_autoptr (LatheModel) model = NULL;

  if (question->mend == NULL)
    return TRUE;
  if (isnan (found->mended.temperature))
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
                   _ ("no temperature is the best on these images, so “%s” is not written: take more of them, best of "
                      "the validation side"),
                   question->mend);
      return FALSE;
    }
  model = lathe_model_at_temperature (found->model, found->model->temperature * found->mended.temperature, error);
  return model != NULL && lathe_model_save (model, question->mend, error);
}

/* --- The command --- */

char *
cli_evaluation_get_name (const CliEvaluation *found, guint image)
{
  return cli_inside (found->dataset, lathe_dataset_get_image (found->dataset, image)->path);
}

static gboolean
open_all (const Question *question, CliEvaluation *found, GError **error)
{
  const LatheProject *project = question->project;
  g_autoptr (LatheEdits) edits = NULL;

  if (!cli_check_output ("--mend", question->mend, error) ||
      !cli_check_output ("--predictions", question->predictions, error) ||
      !cli_check_output ("--curves", question->curves, error) ||
      !cli_check_output ("--report", question->report, error))
    return FALSE;
  found->model = lathe_model_open (question->call.operands[0], NULL, error);
  if (found->model == NULL || !find_positive (question, found, error))
    return FALSE;
  found->other_path = question->other;
  if (question->other != NULL && (found->other = lathe_model_open (question->other, NULL, error)) == NULL)
    return FALSE;
  if (question->edits != NULL && (edits = lathe_edits_load (question->edits, error)) == NULL)
    return FALSE;
  found->dataset = cli_scan (project != NULL ? project->source : question->call.operands[1], &question->dataset,
                             edits != NULL || project == NULL ? edits : project->edits, error);
  return found->dataset != NULL;
}

static int
run (const CliCommand *command, int argc, char **argv, GError **error)
{
  g_auto (Question) question = {
      .dataset = LATHE_DATASET_OPTIONS_DEFAULT,
      .scores = LATHE_SCORE_OPTIONS_DEFAULT,
      .threads = lathe_default_threads (),
  };
  g_auto (CliEvaluation) found = {0};

  if (!read_question (command, argc, argv, &question, error) || !open_all (&question, &found, error) ||
      !find_all (&question, &found, error))
    return CLI_FAILED;
  if (question.call.json)
    cli_evaluation_print_json (&found);
  else
    cli_evaluation_print_text (&found, question.full);
  return save_tables (&question, &found, error) && save_report (&question, &found, error) &&
                 save_mended (&question, &found, error)
             ? CLI_DONE
             : CLI_FAILED;
}

const CliCommand cli_evaluate = {
    .name = "evaluate",
    .operands = N_ ("MODEL SOURCE|PROJECT"),
    .summary = N_ ("Say how good a model is on images that are labelled"),
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
