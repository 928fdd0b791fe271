/* lathe-explain.c: what in an image speaks for a class: the questions, and what the answers have in common.
 *
 * An explanation is about the image as it is, whatever views the model answers by. What is taken away is replaced by a
 * blank: the mean colour of the training images where the model knows it, else middle grey. Black would be a colour
 * that an image may well have, and to which integrated gradients are blind.
 *
 * Each method has a file of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-explain-private.h"

#include <math.h>
#include <string.h>

#include "dataset/lathe-decode.h"

const char *const lathe_explain_names[] = {"grad-cam", "integrated-gradients", "occlusion", NULL};

static const struct
{
  gboolean slopes; /* whether it wants the network with a way back, or the one that only answers */
  gboolean (*ask) (LatheQuestion *question, GError **error);
} methods[] = {
    [LATHE_EXPLAIN_GRAD_CAM] = {TRUE, lathe_explain_grad_cam},
    [LATHE_EXPLAIN_INTEGRATED_GRADIENTS] = {TRUE, lathe_explain_integrated_gradients},
    [LATHE_EXPLAIN_OCCLUSION] = {FALSE, lathe_explain_occlusion},
};

static void
fill_blank (LatheExplainer *explainer)
{
  const LathePreprocess *preprocess = &explainer->model->preprocess;
  gboolean knows = lathe_preprocess_get_normalisation (preprocess) == LATHE_NORMALISATION_DATA;

  for (gsize i = 0; i < explainer->size; i++)
    {
      guint channel = (guint) (i % preprocess->channels);

      explainer->blank[i] = knows ? 0 : (0.5f - preprocess->mean[channel]) / preprocess->deviation[channel];
    }
}

/**
 * lathe_explainer_new:
 * @n_threads: 0 for as many as the machine has cores; the answers are the same bits on any number
 */
LatheExplainer *
lathe_explainer_new (LatheModel *model, guint n_threads)
{
  const LathePreprocess *preprocess = &model->preprocess;
  LatheExplainer *explainer = g_new0 (LatheExplainer, 1);

  explainer->model = lathe_model_ref (model);
  explainer->report = lathe_graph_check (model->graph);
  explainer->pool = lathe_pool_new (n_threads > 0 ? n_threads : lathe_default_threads ());
  explainer->size = (gsize) preprocess->height * preprocess->width * preprocess->channels;
  explainer->image = g_new (LatheReal, explainer->size);
  explainer->blank = g_new (LatheReal, explainer->size);
  fill_blank (explainer);
  return explainer;
}

void
lathe_explainer_free (LatheExplainer *explainer)
{
  g_clear_pointer (&explainer->slopes, lathe_network_free);
  g_clear_pointer (&explainer->answers, lathe_network_free);
  lathe_pool_free (explainer->pool);
  lathe_graph_report_free (explainer->report);
  lathe_model_unref (explainer->model);
  g_free (explainer->image);
  g_free (explainer->blank);
  g_free (explainer);
}

static gboolean
lay_out (LatheExplainer *explainer, gboolean slopes, GError **error)
{
  const LatheGraph *graph = explainer->model->graph;
  LatheNetwork **network = slopes ? &explainer->slopes : &explainer->answers;

  if (*network != NULL)
    return TRUE;
  *network = slopes ? lathe_network_new_open (graph, LATHE_EXPLAIN_SLOPES, TRUE, explainer->pool, error)
                    : lathe_network_new (graph, LATHE_EXPLAIN_ANSWERS, FALSE, explainer->pool, error);
  if (*network != NULL)
    lathe_network_load (*network, explainer->model);
  return *network != NULL;
}

static void
take_image (LatheExplainer *explainer, const guint8 *seen)
{
  LatheByteTable table;

  lathe_preprocess_tabulate (&explainer->model->preprocess, table);
  lathe_preprocess_apply (&explainer->model->preprocess, table, seen, 1, explainer->image);
}

/* --- What the methods share --- */

/**
 * lathe_question_go_on:
 *
 * Tells of the progress. Returns: FALSE when it was cancelled
 */
gboolean
lathe_question_go_on (const LatheQuestion *question, guint done, guint total, GError **error)
{
  if (question->progress != NULL)
    question->progress (done, total, question->progress_data);
  return !g_cancellable_set_error_if_cancelled (question->cancellable, error);
}

/**
 * lathe_question_sign:
 * @unit: (out): the unit that tells of the class
 *
 * Returns: 1; or -1 where the unit speaks against the class: one unit stands for two classes, and says yes to the
 * second
 */
LatheReal
lathe_question_sign (const LatheQuestion *question, guint *unit)
{
  gboolean one = lathe_network_get_n_units (question->explainer->slopes) == 1;

  *unit = one ? 0 : question->options->label;
  return one && question->options->label == 0 ? -1 : 1;
}

/**
 * lathe_question_point:
 * @gradient: (out caller-allocates): n × units: that of the class's logit by all logits
 */
void
lathe_question_point (const LatheQuestion *question, guint n, LatheReal *gradient)
{
  guint n_units = lathe_network_get_n_units (question->explainer->slopes), unit;
  LatheReal sign = lathe_question_sign (question, &unit);

  memset (gradient, 0, (gsize) n * n_units * sizeof *gradient);
  for (gsize i = 0; i < n; i++)
    gradient[i * n_units + unit] = sign;
}

/* A model file may hold what is no number. */
static float
for_the_class (float value)
{
  return isfinite (value) && value > 0 ? value : 0;
}

static void
find_strength (LatheExplanation *explanation)
{
  gsize size = (gsize) explanation->width * explanation->height;
  float largest = 0;

  for (gsize i = 0; i < size; i++)
    largest = MAX (largest, for_the_class (explanation->value[i]));
  for (gsize i = 0; i < size; i++)
    explanation->strength[i] = largest > 0 ? for_the_class (explanation->value[i]) / largest : 0;
}

/**
 * lathe_explainer_ask:
 * @seen: height × width × channels: the image as the network gets it, as a LathePrediction has it
 * @options: the class must be one of the model's
 * @progress: (nullable): counts samples that go through the network
 *
 * Errors: LATHE_ERROR_INVALID when Grad-CAM finds no layer that makes an image, or the given one does not;
 * LATHE_ERROR_MEMORY; G_IO_ERROR_CANCELLED, within a batch.
 *
 * Returns: (transfer full)
 */
LatheExplanation *
lathe_explainer_ask (LatheExplainer *explainer, const guint8 *seen, const LatheExplainOptions *options,
                     LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable, GError **error)
{
  const LathePreprocess *preprocess = &explainer->model->preprocess;
  g_autoptr (LatheExplanation) explanation = g_new0 (LatheExplanation, 1);
  LatheQuestion question = {explainer, options, explanation, progress, progress_data, cancellable};
  gint64 begin;

  g_return_val_if_fail (options->label < lathe_model_get_n_labels (explainer->model), NULL);
  g_return_val_if_fail (options->steps <= LATHE_EXPLAIN_MAX_STEPS, NULL);

  if (!lay_out (explainer, methods[options->method].slopes, error))
    return NULL;
  explanation->width = preprocess->width;
  explanation->height = preprocess->height;
  explanation->value = g_new0 (float, (gsize) preprocess->width * preprocess->height);
  explanation->strength = g_new0 (float, (gsize) preprocess->width * preprocess->height);
  take_image (explainer, seen);
  begin = g_get_monotonic_time ();
  if (!methods[options->method].ask (&question, error))
    return NULL;
  explanation->milliseconds = (double) (g_get_monotonic_time () - begin) / 1000;
  find_strength (explanation);
  return g_steal_pointer (&explanation);
}

void
lathe_explanation_free (LatheExplanation *explanation)
{
  g_free (explanation->value);
  g_free (explanation->strength);
  g_free (explanation);
}

/* --- What the layers make --- */

/**
 * lathe_explainer_look:
 * @seen: as for lathe_explainer_ask()
 *
 * Sends an image through the network, for lathe_explainer_get_output().
 * Errors: LATHE_ERROR_MEMORY.
 */
gboolean
lathe_explainer_look (LatheExplainer *explainer, const guint8 *seen, GError **error)
{
  if (!lay_out (explainer, TRUE, error))
    return FALSE;
  take_image (explainer, seen);
  memcpy (lathe_network_get_input (explainer->slopes), explainer->image, explainer->size * sizeof (LatheReal));
  lathe_network_forward (explainer->slopes, 1, FALSE, 0, 0);
  return TRUE;
}

/**
 * lathe_explainer_get_output:
 * @layer: its place in the graph
 * @shape: (out): of what is returned
 *
 * Returns: (transfer none): what a layer makes of the image, channels last, until the explainer is used again; of the
 * last layer the logits, without its sigmoid or softmax
 */
const LatheReal *
lathe_explainer_get_output (LatheExplainer *explainer, guint layer, LatheShape *shape)
{
  gsize size;

  *shape = explainer->report->nodes[layer].output;
  return lathe_network_get_output (explainer->slopes, layer, &size);
}
