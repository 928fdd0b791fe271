/* lathe-explain-gradients.c: the two methods that ask for the slope of a class's logit.
 *
 * Grad-CAM weighs the channels of a layer by how much the logit grows with each, on average over its pixels, and keeps
 * what of the weighted sum speaks for the class. Integrated gradients go straight from a blank image to the one that is
 * asked about; what a pixel gains on the way, slope times distance, adds up to what the logit gains.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-explain-private.h"

static double
logit_of (const LatheQuestion *question, guint sample)
{
  LatheNetwork *network = question->explainer->slopes;
  guint unit;
  LatheReal sign = lathe_question_sign (question, &unit);

  return (double) (sign *
                   lathe_network_get_logits (network)[(gsize) sample * lathe_network_get_n_units (network) + unit]);
}

/* --- Grad-CAM --- */

/* The input does not count: nothing has been found in it yet. */
static gboolean
makes_image (const LatheGraph *graph, const LatheGraphReport *report, guint node)
{
  const LatheShape *shape = &report->nodes[node].output;

  return lathe_graph_get_node (graph, node)->inputs->len > 0 && shape->rank == 3 && shape->dim[0] > 1 &&
         shape->dim[1] > 1;
}

static int
find_last (const LatheGraph *graph, const LatheGraphReport *report)
{
  for (guint i = report->n_nodes; i-- > 0;)
    if (makes_image (graph, report, report->order[i]))
      return (int) report->order[i];
  return -1;
}

/**
 * lathe_explain_find_layer:
 * @graph: one that works
 *
 * Returns: where Grad-CAM looks when nobody says: the place of the last layer that makes an image of more than one
 * pixel; -1 where there is none
 */
int
lathe_explain_find_layer (const LatheGraph *graph)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);

  return find_last (graph, report);
}

static gboolean
find_layer (LatheQuestion *question, GError **error)
{
  const LatheGraph *graph = question->explainer->model->graph;
  const LatheGraphReport *report = question->explainer->report;
  int layer = question->options->layer >= 0 ? question->options->layer : find_last (graph, report);

  if (layer < 0)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                 _ ("Grad-CAM needs a layer that makes an image, and this network has none: ask by integrated "
                    "gradients or by occlusion"));
  else if (!makes_image (graph, report, (guint) layer))
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                 _ ("Grad-CAM needs a layer that makes an image of more than one pixel, and “%s” does not: choose "
                    "another, or none"),
                 lathe_graph_get_node (graph, (guint) layer)->name);
  else
    {
      question->explanation->layer = (guint) layer;
      return TRUE;
    }
  return FALSE;
}

/* The weighted sum of the channels, without what speaks against the class. (transfer full) */
static float *
weigh_channels (const LatheReal *y, const LatheReal *slopes, gsize pixels, gsize channels)
{
  g_autofree double *weight = g_new0 (double, channels);
  float *map = g_new (float, pixels);

  for (gsize i = 0; i < pixels; i++)
    for (gsize c = 0; c < channels; c++)
      weight[c] += slopes[i * channels + c] / (double) pixels;
  for (gsize i = 0; i < pixels; i++)
    {
      double sum = 0;

      for (gsize c = 0; c < channels; c++)
        sum += weight[c] * y[i * channels + c];
      map[i] = (float) MAX (0, sum);
    }
  return map;
}

/* Where pixel `at` of `size` lies among `n`: between `first` and the next, at a share of the way. */
static double
place_between (guint at, guint size, guint n, guint *first)
{
  double place = CLAMP ((at + 0.5) * n / size - 0.5, 0, n - 1);

  *first = MIN ((guint) place, n - 2);
  return place - *first;
}

/* Bilinear, pixels being squares around their middles. */
static void
enlarge (const float *map, guint height, guint width, LatheExplanation *explanation)
{
  for (guint y = 0; y < explanation->height; y++)
    for (guint x = 0; x < explanation->width; x++)
      {
        guint top, left;
        double down = place_between (y, explanation->height, height, &top);
        double right = place_between (x, explanation->width, width, &left);
        const float *from = map + (gsize) top * width + left;

        explanation->value[(gsize) y * explanation->width + x] =
            (float) ((1 - down) * ((1 - right) * from[0] + right * from[1]) +
                     down * ((1 - right) * from[width] + right * from[width + 1]));
      }
}

gboolean
lathe_explain_grad_cam (LatheQuestion *question, GError **error)
{
  LatheExplainer *explainer = question->explainer;
  g_autofree LatheReal *gradient = g_new (LatheReal, lathe_network_get_n_units (explainer->slopes));
  g_autofree float *map = NULL;
  const LatheShape *shape;
  const LatheReal *y, *slopes;
  gsize size;

  if (!find_layer (question, error) || !lathe_question_go_on (question, 0, 1, error))
    return FALSE;
  shape = &explainer->report->nodes[question->explanation->layer].output;
  memcpy (lathe_network_get_input (explainer->slopes), explainer->image, explainer->size * sizeof (LatheReal));
  lathe_network_forward (explainer->slopes, 1, FALSE, 0, 0);
  question->explanation->score = logit_of (question, 0);
  y = lathe_network_get_output (explainer->slopes, question->explanation->layer, &size);
  lathe_question_point (question, 1, gradient);
  slopes = lathe_network_find_slopes (explainer->slopes, 1, gradient, question->explanation->layer);
  map = weigh_channels (y, slopes, size / shape->dim[2], shape->dim[2]);
  enlarge (map, shape->dim[0], shape->dim[1], question->explanation);
  return TRUE;
}

/* --- Integrated gradients --- */

/* Both ends of the way. */
static void
score_ends (LatheQuestion *question)
{
  LatheExplainer *explainer = question->explainer;
  LatheReal *input = lathe_network_get_input (explainer->slopes);

  memcpy (input, explainer->image, explainer->size * sizeof (LatheReal));
  memcpy (input + explainer->size, explainer->blank, explainer->size * sizeof (LatheReal));
  lathe_network_forward (explainer->slopes, 2, FALSE, 0, 0);
  question->explanation->score = logit_of (question, 0);
  question->explanation->blank_score = logit_of (question, 1);
}

/* Adds the slopes at n places of the way, from the first on, each in the middle of its step. */
static void
add_slopes (LatheQuestion *question, guint first, guint n, guint steps, LatheReal *gradient, double *sums)
{
  LatheExplainer *explainer = question->explainer;
  LatheReal *input = lathe_network_get_input (explainer->slopes);
  const LatheReal *slopes;

  for (guint k = 0; k < n; k++)
    {
      LatheReal share = (LatheReal) ((first + k + 0.5) / steps);

      for (gsize i = 0; i < explainer->size; i++)
        input[k * explainer->size + i] = explainer->blank[i] + share * (explainer->image[i] - explainer->blank[i]);
    }
  lathe_network_forward (explainer->slopes, n, FALSE, 0, 0);
  lathe_question_point (question, n, gradient);
  slopes = lathe_network_find_slopes (explainer->slopes, n, gradient, explainer->report->order[0]);
  for (guint k = 0; k < n; k++)
    for (gsize i = 0; i < explainer->size; i++)
      sums[i] += (double) slopes[k * explainer->size + i];
}

gboolean
lathe_explain_integrated_gradients (LatheQuestion *question, GError **error)
{
  LatheExplainer *explainer = question->explainer;
  LatheExplanation *explanation = question->explanation;
  guint steps = question->options->steps > 0 ? question->options->steps : LATHE_EXPLAIN_STEPS;
  guint channels = explainer->model->preprocess.channels;
  g_autofree double *sums = g_new0 (double, explainer->size);
  g_autofree LatheReal *gradient =
      g_new (LatheReal, (gsize) LATHE_EXPLAIN_SLOPES * lathe_network_get_n_units (explainer->slopes));
  double total = 0;

  score_ends (question);
  for (guint first = 0; first < steps; first += LATHE_EXPLAIN_SLOPES)
    {
      if (!lathe_question_go_on (question, first, steps, error))
        return FALSE;
      add_slopes (question, first, MIN (LATHE_EXPLAIN_SLOPES, steps - first), steps, gradient, sums);
    }
  for (gsize i = 0; i < explainer->size; i++)
    {
      double gain = sums[i] / steps * (double) (explainer->image[i] - explainer->blank[i]);

      explanation->value[i / channels] += (float) gain;
      total += gain;
    }
  explanation->gap = total - (explanation->score - explanation->blank_score);
  return TRUE;
}
