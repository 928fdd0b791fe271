/* cli-predict.c: "lathe-cli predict MODEL IMAGE…" says what is on images.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <glib/gi18n.h>
#include <math.h>

#define TOP_IN_TEXT 3
#define MAX_TOP 1000000

static int
compare_probabilities (gconstpointer a, gconstpointer b, gpointer probability)
{
  guint i = *(const guint *) a, j = *(const guint *) b;
  float p = ((const float *) probability)[i], q = ((const float *) probability)[j];

  return p != q ? (p < q ? 1 : -1) : (int) i - (int) j;
}

/* Labels, the likeliest first. (transfer full) */
static guint *
rank (const LathePrediction *prediction)
{
  guint *order = g_new (guint, prediction->n_labels);

  for (guint i = 0; i < prediction->n_labels; i++)
    order[i] = i;
  g_qsort_with_data (order, (int) prediction->n_labels, sizeof *order, compare_probabilities, prediction->probability);
  return order;
}

typedef struct
{
  CliCall call;
  char *top_text, *threads_text, *threshold_text, *images, *csv; /* as typed */
  guint top, threads;
  double threshold; /* less sure than this it does not know; 0: it always answers */
  LathePredictor *predictor;
  GString *table; /* for the CSV file, or NULL */
} Predict;

static void
predict_clear (Predict *p)
{
  char **texts[] = {&p->top_text, &p->threads_text, &p->threshold_text, &p->images, &p->csv};

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_clear_pointer (texts[i], g_free);
  cli_call_clear (&p->call);
  g_clear_pointer (&p->predictor, lathe_predictor_free);
  if (p->table != NULL)
    g_string_free (p->table, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Predict, predict_clear)

/* --- What was typed --- */

static gboolean
read_threshold (Predict *p, GError **error)
{
  gboolean automatic = g_strcmp0 (p->threshold_text, "auto") == 0;

  if (automatic != (p->images != NULL))
    return cli_refuse (error, automatic
                                  ? _ ("--threshold auto chooses it on validation images: say where with --images")
                                  : _ ("--images is where --threshold auto chooses: it needs that"));
  if (automatic || p->threshold_text == NULL)
    return TRUE;
  return (cli_read_real ("--threshold", p->threshold_text, &p->threshold, NULL) && p->threshold >= 0 &&
          p->threshold <= 1) ||
         cli_refuse (error, _ ("--threshold takes a probability from 0 to 1, or auto, not “%s”"), p->threshold_text);
}

static gboolean
parse (Predict *p, const CliCommand *command, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"top", 0, 0, G_OPTION_ARG_STRING, &p->top_text, N_ ("Only the likeliest classes (3 in text, all in JSON)"), "K"},
      {"threshold", 0, 0, G_OPTION_ARG_STRING, &p->threshold_text,
       /* xgettext:no-c-format */
       N_ ("Less sure than this it does not know; auto: so that 95 % of its answers are right (0)"), "P|auto"},
      {"images", 0, 0, G_OPTION_ARG_FILENAME, &p->images,
       N_ ("On whose validation images auto chooses: where it was trained, or its project"), "SOURCE|PROJECT"},
      {"csv", 0, 0, G_OPTION_ARG_FILENAME, &p->csv, N_ ("Write a table, too: file, label, probability, known"),
       "FILE.csv"},
      {"threads", 0, 0, G_OPTION_ARG_STRING, &p->threads_text, N_ ("Threads (as many as there are cores)"), "N"},
      G_OPTION_ENTRY_NULL,
  };

  if (!cli_parse (command, entries, NULL, argc, argv, &p->call, error))
    return FALSE;
  p->top = p->call.json ? G_MAXUINT : TOP_IN_TEXT;
  return cli_read_count ("--top", p->top_text, 1, MAX_TOP, &p->top, error) &&
         cli_read_threads (p->threads_text, &p->threads, error) && read_threshold (p, error) &&
         cli_check_output ("--csv", p->csv, error);
}

/* --- The threshold --- */

static LatheEvaluation *
evaluate (const Predict *p, LatheModel *model, GError **error)
{
  g_autoptr (LatheProject) project = NULL;
  g_autoptr (LatheDataset) dataset = NULL;
  LatheEvaluation *evaluation;

  if (!cli_read_project (p->images, &project, error))
    return NULL;
  dataset = project != NULL ? cli_scan (project->source, &project->dataset_options, project->edits, error)
                            : cli_scan (p->images, &LATHE_DATASET_OPTIONS_DEFAULT, NULL, error);
  if (dataset == NULL)
    return NULL;
  evaluation = lathe_evaluate (model, dataset, LATHE_SPLIT_VALIDATION, p->threads, cli_progress,
                               (gpointer) _ ("Choosing"), cli_interrupt (), error);
  cli_bar_clear ();
  return evaluation;
}

static void
tell_threshold (const Predict *p, const LatheAnswered *found, guint n)
{
  g_autofree char *answered = cli_percent ((double) found->answered / n);
  g_autofree char *right = cli_percent (lathe_answered_accuracy (found));

  if (p->call.json)
    {
      JsonBuilder *json = cli_json_begin ("threshold");

      cli_json_real (json, "threshold", found->threshold);
      cli_json_real (json, "answered", (double) found->answered / n);
      cli_json_real (json, "accuracy", lathe_answered_accuracy (found));
      cli_json_end (json);
    }
  else
    {
      g_print (_ ("threshold %.4f: it answers %s of the validation images, and %s of those rightly\n"),
               found->threshold, answered, right);
    }
}

static gboolean
choose_threshold (Predict *p, LatheModel *model, GError **error)
{
  g_autoptr (LatheEvaluation) evaluation = NULL;
  g_autoptr (GArray) curve = NULL;
  LatheAnswered found;

  if (p->images == NULL)
    return TRUE;
  evaluation = evaluate (p, model, error);
  if (evaluation == NULL)
    return FALSE;
  curve = lathe_selective_curve (evaluation);
  lathe_selective_find (curve, LATHE_SELECTIVE_ACCURACY, &found);
  p->threshold = found.threshold;
  if (lathe_evaluation_get_n (evaluation) > 0)
    tell_threshold (p, &found, lathe_evaluation_get_n (evaluation));
  return TRUE;
}

/* --- The answers --- */

static void
print_json (const char *file, const LatheModel *model, const LathePrediction *prediction, guint top, gboolean known)
{
  g_autofree guint *order = rank (prediction);
  g_autofree char *name = g_filename_display_name (file);
  JsonBuilder *json = cli_json_begin (NULL);

  cli_json_string (json, "file", name);
  json_builder_set_member_name (json, "known");
  json_builder_add_boolean_value (json, known);
  json_builder_set_member_name (json, "predictions");
  json_builder_begin_array (json);
  for (guint i = 0; i < top; i++)
    {
      json_builder_begin_object (json);
      cli_json_string (json, "label", model->labels[order[i]]);
      cli_json_real (json, "probability", (double) prediction->probability[order[i]]);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  if (isfinite (prediction->nearness))
    {
      json_builder_set_member_name (json, "unlike");
      json_builder_add_boolean_value (json, prediction->unlike);
      cli_json_real (json, "nearness", prediction->nearness);
    }
  cli_json_real (json, "milliseconds", prediction->milliseconds);
  cli_json_end (json);
}

static void
print_text (const char *file, const LatheModel *model, const LathePrediction *prediction, guint top, gboolean known)
{
  g_autofree guint *order = rank (prediction);
  g_autofree char *name = cli_display_name (file);

  g_print ("%s:", name);
  if (prediction->unlike)
    /* Translators: before the likeliest classes of an image; those are meant that the model has learned from */
    g_print (" %s:", _ ("unlike all images"));
  if (!known)
    /* Translators: before the likeliest classes of an image that the model is not sure enough of */
    g_print (" %s:", _ ("unknown"));
  for (guint i = 0; i < top; i++)
    {
      g_autofree char *label = cli_display_name (model->labels[order[i]]);
      g_autofree char *percent = cli_percent ((double) prediction->probability[order[i]]);

      g_print ("%s %s %s", i > 0 ? "," : "", label, percent);
    }
  g_print (" (%.2f ms)\n", prediction->milliseconds);
}

/* An image that cannot be read is told of, and the others go on. */
static gboolean
predict_file (const Predict *p, const char *file)
{
  LatheModel *model = lathe_predictor_get_model (p->predictor);
  g_autoptr (GError) error = NULL;
  g_autoptr (LathePrediction) prediction = lathe_predictor_file (p->predictor, file, &error);
  LathePredictionRow row = {.file = file};

  if (prediction != NULL)
    {
      row.label = model->labels[prediction->label];
      row.probability = (double) prediction->probability[prediction->label];
      row.known = row.probability >= p->threshold && !prediction->unlike;
    }
  if (p->table != NULL)
    lathe_prediction_table_add (p->table, &row);
  if (prediction == NULL)
    cli_complain ("lathe-cli predict", error->message);
  else if (p->call.json)
    print_json (file, model, prediction, MIN (p->top, prediction->n_labels), row.known);
  else
    print_text (file, model, prediction, MIN (p->top, prediction->n_labels), row.known);
  return prediction != NULL;
}

/* (element-type filename) (transfer full): that file, or those of that folder; with its complaint where there are none
 */
static GPtrArray *
find_files (const char *operand)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *files;

  if (!g_file_test (operand, G_FILE_TEST_IS_DIR))
    {
      files = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (files, g_strdup (operand));
      return files;
    }
  files = lathe_find_images (operand, cli_interrupt (), &error);
  if (files == NULL)
    cli_complain ("lathe-cli predict", error->message);
  return files;
}

static int
predict_all (const Predict *p)
{
  int status = CLI_DONE;

  for (char **operand = p->call.operands + 1; *operand != NULL; operand++)
    {
      g_autoptr (GPtrArray) files = find_files (*operand);

      if (files == NULL)
        status = CLI_FAILED;
      for (guint i = 0; files != NULL && i < files->len; i++)
        {
          if (g_cancellable_is_cancelled (cli_interrupt ()))
            return cli_interrupt_status ();
          if (!predict_file (p, files->pdata[i]))
            status = CLI_FAILED;
        }
    }
  return status;
}

static int
run (const CliCommand *command, int argc, char **argv, GError **error)
{
  g_auto (Predict) p = {.threads = lathe_default_threads ()};
  g_autoptr (LatheModel) model = NULL;
  int status;

  if (!parse (&p, command, argc, argv, error))
    return CLI_FAILED;
  model = lathe_model_open (p.call.operands[0], NULL, error);
  if (model == NULL || !choose_threshold (&p, model, error))
    return CLI_FAILED;
  p.predictor = lathe_predictor_new (model, p.threads, error);
  if (p.predictor == NULL)
    return CLI_FAILED;
  if (p.csv != NULL)
    p.table = lathe_prediction_table_new ();
  status = predict_all (&p);
  if (p.table != NULL && !g_file_set_contents (p.csv, p.table->str, (gssize) p.table->len, error))
    return CLI_FAILED;
  return status;
}

const CliCommand cli_predict = {
    .name = "predict",
    .operands = N_ ("MODEL IMAGE|FOLDER…"),
    .summary = N_ ("Say what is on images, and how sure the model is"),
    .min_operands = 2,
    .max_operands = G_MAXUINT,
    .run = run,
};
