/* cli-explain.c: "lathe-cli explain MODEL IMAGE" says what in an image speaks for a class, and what it is like.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <glib/gi18n.h>

#define MAX_PATCH 4096
#define MAX_TOP 100000

typedef struct
{
  CliCall call;
  char *method, *label, *layer, *steps, *patch, *stride, *out, *neighbours, *top, *threads; /* as typed */
  guint n_threads, n_neighbours;
  LatheExplainOptions options;
  LatheModel *model;
  LathePrediction *prediction;
  LatheExplanation *explanation;
  LatheDataset *dataset;
  GArray *nearest;
} Explain;

static void
explain_clear (Explain *e)
{
  char **texts[] = {&e->method, &e->label,      &e->layer, &e->steps,   &e->patch,
                    &e->stride, &e->neighbours, &e->top,   &e->threads, &e->out};

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_clear_pointer (texts[i], g_free);
  cli_call_clear (&e->call);
  g_clear_pointer (&e->model, lathe_model_unref);
  g_clear_pointer (&e->prediction, lathe_prediction_free);
  g_clear_pointer (&e->explanation, lathe_explanation_free);
  g_clear_pointer (&e->dataset, lathe_dataset_unref);
  g_clear_pointer (&e->nearest, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Explain, explain_clear)

/* --- What was typed --- */

static gboolean
parse (Explain *e, const CliCommand *command, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"method", 0, 0, G_OPTION_ARG_STRING, &e->method,
       N_ ("grad-cam, integrated-gradients or occlusion (grad-cam; without a layer for it integrated-gradients)"),
       "NAME"},
      {"class", 0, 0, G_OPTION_ARG_STRING, &e->label, N_ ("What speaks for this class (the likeliest)"), "NAME"},
      {"layer", 0, 0, G_OPTION_ARG_STRING, &e->layer, N_ ("Where Grad-CAM looks (the last layer that makes an image)"),
       "NAME"},
      {"steps", 0, 0, G_OPTION_ARG_STRING, &e->steps, N_ ("Of integrated gradients (64)"), "N"},
      {"patch", 0, 0, G_OPTION_ARG_STRING, &e->patch,
       N_ ("Side of what occlusion covers, in pixels (a seventh of the image)"), "N"},
      {"stride", 0, 0, G_OPTION_ARG_STRING, &e->stride, N_ ("From one patch to the next (half a patch)"), "N"},
      {"out", 0, 0, G_OPTION_ARG_FILENAME, &e->out, N_ ("Lay it over the image as the network sees it"), "FILE.png"},
      {"neighbours", 0, 0, G_OPTION_ARG_FILENAME, &e->neighbours,
       N_ ("Name the images there that are most like it to the model"), "SOURCE"},
      {"top", 0, 0, G_OPTION_ARG_STRING, &e->top, N_ ("How many of them (5)"), "K"},
      {"threads", 0, 0, G_OPTION_ARG_STRING, &e->threads, N_ ("Threads (as many as there are cores)"), "N"},
      G_OPTION_ENTRY_NULL,
  };

  return cli_parse (command, entries, NULL, argc, argv, &e->call, error);
}

static gboolean
read_options (Explain *e, GError **error)
{
  guint method = LATHE_EXPLAIN_GRAD_CAM;

  if (!cli_read_choice ("--method", e->method, lathe_explain_names, &method, error) ||
      !cli_read_count ("--steps", e->steps, 1, LATHE_EXPLAIN_MAX_STEPS, &e->options.steps, error) ||
      !cli_read_count ("--patch", e->patch, 1, MAX_PATCH, &e->options.patch, error) ||
      !cli_read_count ("--stride", e->stride, 1, MAX_PATCH, &e->options.stride, error) ||
      !cli_read_count ("--top", e->top, 1, MAX_TOP, &e->n_neighbours, error) ||
      !cli_read_threads (e->threads, &e->n_threads, error))
    return FALSE;
  e->options.method = (LatheExplainMethod) method;
  if (e->top != NULL && e->neighbours == NULL)
    return cli_refuse (error, _ ("--top says how many neighbours: it needs --neighbours"));
  if (e->layer != NULL && method != LATHE_EXPLAIN_GRAD_CAM)
    return cli_refuse (error, _ ("--layer is where Grad-CAM looks: %s knows none"), lathe_explain_names[method]);
  return TRUE;
}

static gboolean
find_label (Explain *e, GError **error)
{
  g_autofree char *labels = NULL;

  e->options.label = e->prediction->label;
  if (e->label == NULL)
    return TRUE;
  for (guint i = 0; i < e->prediction->n_labels; i++)
    if (g_str_equal (e->model->labels[i], e->label))
      {
        e->options.label = i;
        return TRUE;
      }
  labels = g_strjoinv (", ", e->model->labels);
  return cli_refuse (error, _ ("--class takes a class that the model knows, not “%s”; it knows %s"), e->label, labels);
}

/* Without a word about the method a network without images inside is asked in the way that it can answer. */
static gboolean
find_layer (Explain *e, GError **error)
{
  const LatheNode *node = e->layer != NULL ? lathe_graph_find (e->model->graph, e->layer) : NULL;

  e->options.layer = node != NULL ? (int) node->index : -1;
  if (e->layer != NULL && node == NULL)
    return cli_refuse (error, _ ("--layer takes one of the network’s layers, not “%s” (see lathe-cli info)"), e->layer);
  if (e->method == NULL && e->layer == NULL && lathe_explain_find_layer (e->model->graph) < 0)
    e->options.method = LATHE_EXPLAIN_INTEGRATED_GRADIENTS;
  return TRUE;
}

/* --- The answers --- */

static gboolean
predict (Explain *e, GError **error)
{
  g_autoptr (LathePredictor) predictor = NULL;

  e->model = lathe_model_open (e->call.operands[0], NULL, error);
  predictor = e->model != NULL ? lathe_predictor_new (e->model, e->n_threads, error) : NULL;
  e->prediction = predictor != NULL ? lathe_predictor_file (predictor, e->call.operands[1], error) : NULL;
  return e->prediction != NULL;
}

static gboolean
explain (Explain *e, GError **error)
{
  g_autoptr (LatheExplainer) explainer = lathe_explainer_new (e->model, e->n_threads);

  e->explanation = lathe_explainer_ask (explainer, e->prediction->seen, &e->options, cli_progress,
                                        (gpointer) _ ("Explaining"), cli_interrupt (), error);
  cli_bar_clear ();
  return e->explanation != NULL;
}

static gboolean
find_neighbours (Explain *e, GError **error)
{
  if (e->neighbours == NULL)
    return TRUE;
  e->dataset = cli_scan (e->neighbours, &LATHE_DATASET_OPTIONS_DEFAULT, NULL, error);
  if (e->dataset == NULL)
    return FALSE;
  e->nearest = lathe_find_neighbours (e->model, e->prediction->seen, e->dataset, -1, e->n_neighbours, e->n_threads,
                                      cli_progress, (gpointer) _ ("Comparing"), cli_interrupt (), error);
  cli_bar_clear ();
  return e->nearest != NULL;
}

static gboolean
write_map (const Explain *e, GError **error)
{
  int width = (int) e->explanation->width, height = (int) e->explanation->height;
  g_autofree guint8 *painted = NULL;
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  g_autofree char *png = NULL;
  gsize length;

  if (e->out == NULL)
    return TRUE;
  painted = lathe_explanation_paint (e->explanation, e->prediction->seen, e->model->preprocess.channels);
  pixbuf = gdk_pixbuf_new_from_data (painted, GDK_COLORSPACE_RGB, FALSE, 8, width, height, 3 * width, NULL, NULL);
  return gdk_pixbuf_save_to_buffer (pixbuf, &png, &length, "png", error, NULL) &&
         g_file_set_contents (e->out, png, (gssize) length, error);
}

/* --- Words --- */

/* The first of the pixels that speak for the class most. Returns: FALSE where none does */
static gboolean
find_peak (const LatheExplanation *explanation, guint *x, guint *y)
{
  gsize peak = 0, size = (gsize) explanation->width * explanation->height;

  for (gsize i = 1; i < size; i++)
    if (explanation->strength[i] > explanation->strength[peak])
      peak = i;
  *x = (guint) (peak % explanation->width);
  *y = (guint) (peak / explanation->width);
  return explanation->strength[peak] > 0;
}

static const char *
layer_name (const Explain *e)
{
  return lathe_graph_get_node (e->model->graph, e->explanation->layer)->name;
}

static void
add_neighbours (const Explain *e, JsonBuilder *json)
{
  json_builder_set_member_name (json, "neighbours");
  json_builder_begin_array (json);
  for (guint i = 0; i < e->nearest->len; i++)
    {
      const LatheNeighbour *neighbour = &g_array_index (e->nearest, LatheNeighbour, i);
      const LatheImage *image = lathe_dataset_get_image (e->dataset, neighbour->image);
      g_autofree char *name = g_filename_display_name (image->path);

      json_builder_begin_object (json);
      cli_json_string (json, "file", name);
      cli_json_string (json, "label", lathe_dataset_get_classes (e->dataset)[image->label]);
      cli_json_real (json, "similarity", neighbour->similarity);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

static void
print_json (const Explain *e)
{
  g_autofree char *name = g_filename_display_name (e->call.operands[1]);
  JsonBuilder *json = cli_json_begin (NULL);
  guint x, y;

  cli_json_string (json, "file", name);
  cli_json_string (json, "method", lathe_explain_names[e->options.method]);
  cli_json_string (json, "class", e->model->labels[e->options.label]);
  cli_json_real (json, "probability", (double) e->prediction->probability[e->options.label]);
  if (e->options.method == LATHE_EXPLAIN_GRAD_CAM)
    cli_json_string (json, "layer", layer_name (e));
  cli_json_real (json, "score", e->explanation->score);
  if (e->options.method == LATHE_EXPLAIN_INTEGRATED_GRADIENTS)
    {
      cli_json_real (json, "blank_score", e->explanation->blank_score);
      cli_json_real (json, "gap", e->explanation->gap);
    }
  if (find_peak (e->explanation, &x, &y))
    {
      cli_json_int (json, "x", x);
      cli_json_int (json, "y", y);
    }
  cli_json_real (json, "milliseconds", e->explanation->milliseconds);
  if (e->nearest != NULL)
    add_neighbours (e, json);
  cli_json_end (json);
}

static void
print_neighbours (const Explain *e)
{
  CliTable *table = cli_table_new ("lrl");

  cli_table_row (table, g_strdup (_ ("Most like it")), g_strdup (_ ("Similarity")), g_strdup (_ ("Class")));
  for (guint i = 0; i < e->nearest->len; i++)
    {
      const LatheNeighbour *neighbour = &g_array_index (e->nearest, LatheNeighbour, i);
      const LatheImage *image = lathe_dataset_get_image (e->dataset, neighbour->image);

      cli_table_row (table, cli_inside (e->dataset, image->path), g_strdup_printf ("%.4f", neighbour->similarity),
                     cli_display_name (lathe_dataset_get_classes (e->dataset)[image->label]));
    }
  cli_table_print (table);
}

static void
print_text (const Explain *e)
{
  g_autofree char *name = cli_display_name (e->call.operands[1]);
  g_autofree char *label = cli_display_name (e->model->labels[e->options.label]);
  g_autofree char *percent = cli_percent ((double) e->prediction->probability[e->options.label]);
  guint x, y;

  if (find_peak (e->explanation, &x, &y))
    g_print (_ ("%s: %s %s; most speaks for it at %u,%u of %u×%u pixels (%s, %.2f ms)\n"), name, label, percent, x, y,
             e->explanation->width, e->explanation->height, lathe_explain_names[e->options.method],
             e->explanation->milliseconds);
  else
    g_print (_ ("%s: %s %s; nothing in it speaks for it (%s, %.2f ms)\n"), name, label, percent,
             lathe_explain_names[e->options.method], e->explanation->milliseconds);
  if (e->nearest != NULL)
    print_neighbours (e);
}

static int
run (const CliCommand *command, int argc, char **argv, GError **error)
{
  g_auto (Explain) e = {.n_threads = lathe_default_threads (), .n_neighbours = 5};

  if (!parse (&e, command, argc, argv, error) || !read_options (&e, error) || !predict (&e, error) ||
      !find_label (&e, error) || !find_layer (&e, error) || !explain (&e, error) || !find_neighbours (&e, error) ||
      !write_map (&e, error))
    return CLI_FAILED;
  if (e.call.json)
    print_json (&e);
  else
    print_text (&e);
  return CLI_DONE;
}

const CliCommand cli_explain = {
    .name = "explain",
    .operands = N_ ("MODEL IMAGE"),
    .summary = N_ ("Show what in an image speaks for a class, and which images are like it"),
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
