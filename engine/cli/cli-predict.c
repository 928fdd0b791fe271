/* cli-predict.c: "lathe-cli predict MODEL IMAGE…" says what is on images.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <glib/gi18n.h>

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

static void
print_json (const char *file, const LatheModel *model, const LathePrediction *prediction, guint top)
{
  g_autofree guint *order = rank (prediction);
  g_autofree char *name = g_filename_display_name (file);
  JsonBuilder *json = cli_json_begin (NULL);

  cli_json_string (json, "file", name);
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
  cli_json_real (json, "milliseconds", prediction->milliseconds);
  cli_json_end (json);
}

static void
print_text (const char *file, const LatheModel *model, const LathePrediction *prediction, guint top)
{
  g_autofree guint *order = rank (prediction);
  g_autofree char *name = cli_display_name (file);

  g_print ("%s:", name);
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
predict_file (LathePredictor *predictor, const char *file, guint top, gboolean json)
{
  LatheModel *model = lathe_predictor_get_model (predictor);
  g_autoptr (GError) error = NULL;
  g_autoptr (LathePrediction) prediction = lathe_predictor_file (predictor, file, &error);

  if (prediction == NULL)
    {
      cli_complain ("lathe-cli predict", error->message);
      return FALSE;
    }
  if (json)
    print_json (file, model, prediction, MIN (top, prediction->n_labels));
  else
    print_text (file, model, prediction, MIN (top, prediction->n_labels));
  return TRUE;
}

static int
run (const CliCommand *command, int argc, char **argv, GError **error)
{
  g_autofree char *top_text = NULL, *threads_text = NULL;
  const GOptionEntry entries[] = {
      {"top", 0, 0, G_OPTION_ARG_STRING, &top_text, N_ ("Only the likeliest classes (3 in text, all in JSON)"), "K"},
      {"threads", 0, 0, G_OPTION_ARG_STRING, &threads_text, N_ ("Threads (as many as there are cores)"), "N"},
      G_OPTION_ENTRY_NULL,
  };
  g_auto (CliCall) call = {0};
  guint top, threads = lathe_default_threads ();
  int status = CLI_DONE;
  g_autoptr (LatheModel) model = NULL;
  g_autoptr (LathePredictor) predictor = NULL;

  if (!cli_parse (command, entries, NULL, argc, argv, &call, error))
    return CLI_FAILED;
  top = call.json ? G_MAXUINT : TOP_IN_TEXT;
  if (!cli_read_count ("--top", top_text, 1, MAX_TOP, &top, error) || !cli_read_threads (threads_text, &threads, error))
    return CLI_FAILED;
  model = lathe_model_load (call.operands[0], error);
  predictor = model != NULL ? lathe_predictor_new (model, threads, error) : NULL;
  if (predictor == NULL)
    return CLI_FAILED;
  for (char **file = call.operands + 1; *file != NULL; file++)
    if (!predict_file (predictor, *file, top, call.json))
      status = CLI_FAILED;
  return status;
}

const CliCommand cli_predict = {
    .name = "predict",
    .operands = N_ ("MODEL IMAGE…"),
    .summary = N_ ("Say what is on images, and how sure the model is"),
    .min_operands = 2,
    .max_operands = G_MAXUINT,
    .run = run,
};
