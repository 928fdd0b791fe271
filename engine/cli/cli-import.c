/* cli-import.c: "lathe-cli import FILE OUT" makes a Lathe model of one of another kind, or of weights and a network.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-import.h"

#include <glib/gi18n.h>

#define MOST_LABELS (8 << 20) /* bytes, of a file of labels */

/* What was typed of how the model's images are prepared; NULL: nothing. */
typedef struct
{
  char *scale, *mean, *deviation, *fit, *labels;
} Typed;

static void
clear (Typed *typed)
{
  g_free (typed->scale);
  g_free (typed->mean);
  g_free (typed->deviation);
  g_free (typed->fit);
  g_free (typed->labels);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Typed, clear)

/* A number for every channel, or one for each, as a share of the scale. */
static gboolean
read_channels (const char *option, const char *text, double scale, float values[3], GError **error)
{
  g_auto (GStrv) parts = text != NULL ? g_strsplit (text, ",", 4) : NULL;
  guint n = parts != NULL ? g_strv_length (parts) : 0;
  double number = 0;

  if (text == NULL)
    return TRUE;
  if (n != 1 && n != 3)
    return cli_refuse (error, _ ("%s takes one number, or three with commas between them, not “%s”"), option, text);
  for (guint c = 0; c < 3; c++)
    {
      if (!cli_read_real (option, g_strstrip (parts[n == 1 ? 0 : c]), &number, error))
        return FALSE;
      values[c] = (float) (number / scale);
    }
  return TRUE;
}

/* The network takes colours from 0 to the scale, and mean and deviation are of these. What was not typed stays. */
static gboolean
read_preprocess (const Typed *typed, LathePreprocess *preprocess, GError **error)
{
  double scale = 1;

  if (!cli_read_real ("--scale", typed->scale, &scale, error) || !cli_read_fit (typed->fit, &preprocess->fit, error))
    return FALSE;
  if (!(scale >= 1 && scale <= 1000))
    return cli_refuse (error, _ ("--scale takes a number from 1 to 1000, not “%s”"), typed->scale);
  if (typed->scale != NULL || typed->mean != NULL || typed->deviation != NULL)
    for (guint c = 0; c < 3; c++)
      {
        preprocess->mean[c] = 0;
        preprocess->deviation[c] = (float) (1 / scale);
      }
  if (!read_channels ("--mean", typed->mean, scale, preprocess->mean, error) ||
      !read_channels ("--deviation", typed->deviation, scale, preprocess->deviation, error))
    return FALSE;
  for (guint c = 0; c < 3; c++)
    if (!(preprocess->deviation[c] >= 1e-6f && preprocess->deviation[c] <= 1e6f && ABS (preprocess->mean[c]) <= 1e6f))
      return cli_refuse (error, _ ("--deviation takes numbers above 0, and --mean none beyond all colours"));
  return TRUE;
}

/* A line for each class, in the order of the model's outputs. */
static char **
read_labels (const char *path, guint n, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) reason = NULL;
  g_auto (GStrv) lines = NULL;
  gsize size;
  guint n_lines;

  if (!g_file_get_contents (path, &text, &size, &reason))
    {
      cli_refuse (error, "--labels: %s", reason->message);
      return NULL;
    }
  if (size > MOST_LABELS || !g_utf8_validate (text, (gssize) size, NULL))
    {
      cli_refuse (error, _ ("--labels: “%s” is no text with a line for each class"), path);
      return NULL;
    }
  lines = g_strsplit (g_strchomp (text), "\n", -1);
  n_lines = g_strv_length (lines);
  for (guint i = 0; i < n_lines; i++)
    if (*g_strstrip (lines[i]) == '\0')
      n_lines = 0;
  if (n_lines == n)
    return g_steal_pointer (&lines);
  cli_refuse (error, _ ("--labels: “%s” does not have %u lines, each with the name of a class"), path, n);
  return NULL;
}

static gboolean
apply (const Typed *typed, LatheModel *model, GError **error)
{
  char **labels;

  if (!read_preprocess (typed, &model->preprocess, error))
    return FALSE;
  if (typed->labels == NULL)
    return TRUE;
  labels = read_labels (typed->labels, lathe_model_get_n_labels (model), error);
  if (labels == NULL)
    return FALSE;
  g_strfreev (model->labels);
  model->labels = labels;
  return TRUE;
}

static void
print_report (const char *file, const char *title, const LatheModel *model, gboolean onto)
{
  g_autoptr (LatheGraphReport) check = lathe_graph_check (model->graph);
  g_autofree char *parameters = cli_count (check->parameters), *layers = cli_count (check->n_nodes);
  const LathePreprocess *preprocess = &model->preprocess;
  guint n_classes = lathe_model_get_n_labels (model);

  if (onto)
    g_print (_ ("%s: with weights of a %s, %s layers, %s parameters, %u classes, images of %u×%u\n"), file, title,
             layers, parameters, n_classes, preprocess->width, preprocess->height);
  else
    g_print (_ ("%s: %s taken in, %s layers, %s parameters, %u classes, images of %u×%u\n"), file, title, layers,
             parameters, n_classes, preprocess->width, preprocess->height);
}

static void
report_json (const char *file, const char *format, const LatheModel *model, const CliPut *put)
{
  g_autoptr (LatheGraphReport) check = lathe_graph_check (model->graph);
  const LathePreprocess *preprocess = &model->preprocess;
  JsonBuilder *builder = cli_json_begin (NULL);

  cli_json_string (builder, "format", format);
  cli_json_string (builder, "file", file);
  cli_json_int (builder, "layers", check->n_nodes);
  cli_json_int (builder, "parameters", check->parameters);
  cli_json_int (builder, "classes", lathe_model_get_n_labels (model));
  cli_json_int (builder, "width", preprocess->width);
  cli_json_int (builder, "height", preprocess->height);
  cli_json_int (builder, "channels", preprocess->channels);
  if (put != NULL)
    cli_put_json (builder, put);
  cli_json_end (builder);
}

/* Of weights that were put onto a network; NULL: it is a whole model. */
static void
report (const char *format, const char *title, const LatheModel *model, const CliPut *put, const CliCall *call)
{
  const char *path = call->operands[1];
  g_autofree char *file = call->json ? g_filename_display_name (path) : cli_display_name (path);

  if (call->json)
    report_json (file, format, model, put);
  else
    print_report (file, title, model, put != NULL);
}

/* Weights and a network. */
static int
run_onto (const Typed *typed, const CliOnto *onto, const CliCall *call, GError **error)
{
  g_auto (CliPut) put = {0};

  if (!cli_put_weights (onto, call->operands[0], &put, error) || !apply (typed, put.model, error) ||
      !lathe_model_save (put.model, call->operands[1], error))
    return CLI_FAILED;
  if (!call->json)
    cli_put_print (onto, &put);
  report (put.weights->format, _ (put.weights->title), put.model, &put, call);
  return CLI_DONE;
}

/* A model of another program's. */
static int
run_model (const Typed *typed, const CliCall *call, GError **error)
{
  const LatheImportFormat *format;
  g_autoptr (LatheModel) model = lathe_import_load (call->operands[0], &format, error);

  if (model == NULL || !apply (typed, model, error) || !lathe_model_save (model, call->operands[1], error))
    return CLI_FAILED;
  report (format->name, _ (format->title), model, NULL, call);
  return CLI_DONE;
}

static int
run (const CliCommand *command, int argc, char **argv, GError **error)
{
  g_auto (Typed) typed = {0};
  g_auto (CliOnto) onto = {0};
  const GOptionEntry entries[] = {
      {"scale", 0, 0, G_OPTION_ARG_STRING, &typed.scale,
       N_ ("The largest value of a colour that the network was made for (1); often 255"), "X"},
      {"mean", 0, 0, G_OPTION_ARG_STRING, &typed.mean,
       N_ ("What is taken from colours of that scale: one number, or one a channel (0)"), "X[,X,X]"},
      {"deviation", 0, 0, G_OPTION_ARG_STRING, &typed.deviation,
       N_ ("What they are divided by then: one number, or one a channel (1)"), "X[,X,X]"},
      {"fit", 0, 0, G_OPTION_ARG_STRING, &typed.fit, CLI_FIT_HELP, "WAY"},
      {"labels", 0, 0, G_OPTION_ARG_FILENAME, &typed.labels, N_ ("The classes’ names, a line each, in their order"),
       "FILE.txt"},
      {"onto", 0, 0, G_OPTION_ARG_FILENAME, &onto.onto,
       N_ ("Of a file of weights alone (.pth, .safetensors): the network that they belong to"), "MODEL|NETWORK"},
      {"size", 0, 0, G_OPTION_ARG_STRING, &onto.size, N_ ("With --onto: the images that the network is to take"),
       "WxH"},
      {"classes", 0, 0, G_OPTION_ARG_STRING, &onto.classes, N_ ("With --onto: how many it is to tell apart"), "N"},
      {"seed", 0, 0, G_OPTION_ARG_STRING, &onto.seed,
       N_ ("With --onto: what the weights that the file does not have begin with (1)"), "N"},
      {"flatten", 0, 0, G_OPTION_ARG_STRING, &onto.row,
       N_ ("With --onto: how an image is in a row: usual, channels-first, channels-last (usual)"), "ORDER"},
      {"epsilon", 0, 0, G_OPTION_ARG_STRING, &onto.epsilon,
       N_ ("With --onto: that of norms that the network does not have as layers (0.00001)"), "X"},
      G_OPTION_ENTRY_NULL,
  };
  g_autofree char *presets = cli_describe_presets ();
  g_auto (CliCall) call = {0};

  if (!cli_parse (command, entries, presets, argc, argv, &call, error) || !cli_onto_check (&onto, error))
    return CLI_FAILED;
  return onto.onto != NULL ? run_onto (&typed, &onto, &call, error) : run_model (&typed, &call, error);
}

const CliCommand cli_import = {
    .name = "import",
    .operands = N_ ("FILE OUT"),
    .summary = N_ ("Make a model of one that another program has written: ONNX, Keras, TensorFlow Lite; or of weights: "
                   "PyTorch, safetensors"),
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
