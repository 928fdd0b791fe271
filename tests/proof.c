/* proof.c: what the tests of the layers share: small graphs, and gradients against slopes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "proof.h"

#include <math.h>
#include <string.h>

guint
draw (Draws *draws, guint least, guint most)
{
  return least + lathe_rng_below (&draws->rng, draws->index++, most - least + 1);
}

void
set (LatheGraph *graph, LatheNode *node, const char *property, double value)
{
  g_autoptr (GError) error = NULL;

  lathe_graph_set (graph, node, property, value, &error);
  g_assert_no_error (error);
}

LatheNode *
add_after (LatheGraph *graph, LatheNode *from, const char *kind)
{
  LatheNode *node = lathe_graph_add (graph, lathe_layer_kind_find (kind), NULL);

  if (from != NULL)
    lathe_graph_connect (graph, from, node);
  return node;
}

LatheNode *
add_input (LatheGraph *graph, guint height, guint width, guint channels)
{
  LatheNode *input = add_after (graph, NULL, "input");

  set (graph, input, "height", height);
  set (graph, input, "width", width);
  set (graph, input, "channels", channels);
  return input;
}

/* A dense layer without activation behind the subject: a loss that feels every number differently. */
void
add_head (LatheGraph *graph, LatheNode *from, guint units)
{
  LatheNode *dense = add_after (graph, add_after (graph, from, "flatten"), "dense");

  set (graph, dense, "units", units);
}

/* The subject needs something trainable in front of it, so that the gradient of its input is seen. */
LatheNode *
add_tail (LatheGraph *graph, Draws *draws, guint height, guint width, guint channels)
{
  LatheNode *conv = add_after (graph, add_input (graph, height, width, draw (draws, 1, 3)), "conv2d");

  set (graph, conv, "filters", channels);
  set (graph, conv, "kernel-height", 1);
  set (graph, conv, "kernel-width", 1);
  return conv;
}

/* With what is added for the size of the weights. */
double
mean_loss (LatheNetwork *network, guint n, const guint32 *labels)
{
  LatheReal losses[16];
  double sum = 0;

  lathe_network_forward (network, n, TRUE, 5, 9);
  lathe_network_loss (network, n, labels, NULL, losses);
  for (guint i = 0; i < n; i++)
    sum += losses[i];
  return sum / n + lathe_network_penalty (network);
}

/* The largest disagreement between gradient and slope, relative to the larger of the gradient's norm and 1e-3. */
/* Of the weights at least so many, when there are that many; each case begins at another. */
#define SAMPLED 31

static double
worst_gradient (LatheNetwork *network, guint n, const guint32 *labels, Draws *draws)
{
  gsize n_weights;
  LatheReal *weights = lathe_network_get_weights (network, &n_weights);
  const LatheReal *gradient = lathe_network_get_gradient (network);
  double worst = 0, largest = 1e-3;
  gsize stride = MAX (1, n_weights / SAMPLED);

  mean_loss (network, n, labels);
  lathe_network_backward (network, n);
  for (gsize i = 0; i < n_weights; i++)
    largest = fmax (largest, fabs (gradient[i]));
  for (gsize i = draw (draws, 0, (guint) stride - 1); i < n_weights; i += stride)
    {
      LatheReal weight = weights[i], found = gradient[i];
      double up, down;

      weights[i] = weight + NUDGE;
      up = mean_loss (network, n, labels);
      weights[i] = weight - NUDGE;
      down = mean_loss (network, n, labels);
      weights[i] = weight;
      worst = fmax (worst, fabs ((up - down) / (2 * NUDGE) - found) / largest);
    }
  return worst;
}

/* Spreads the input over distinct values, so that a window's largest number is clearly the largest. */
void
fill_input (LatheNetwork *network, guint n, Draws *draws)
{
  gsize size = n * lathe_network_get_input_size (network);
  g_autofree guint32 *order = g_new (guint32, size);
  LatheReal *x = lathe_network_get_input (network);

  for (gsize i = 0; i < size; i++)
    order[i] = (guint32) i;
  lathe_rng_shuffle (&draws->rng, order, size);
  for (gsize i = 0; i < size; i++)
    x[i] = 2.0 * order[i] / size - 1 + 1e-3;
}

double
check_graph (LatheGraph *graph, Draws *draws, guint units)
{
  g_autoptr (LathePool) pool = lathe_pool_new (1); /* more change nothing, and mostly wait with so little to do */
  g_autoptr (LatheNetwork) network = NULL;
  g_autoptr (GError) error = NULL;
  guint n = draw (draws, 1, 11);
  guint32 labels[16];
  gsize n_weights;
  LatheReal *weights;

  network = lathe_network_new (graph, n + draw (draws, 0, 3), TRUE, pool, &error);
  g_assert_no_error (error);
  lathe_network_initialise (network, draw (draws, 1, 1000));
  weights = lathe_network_get_weights (network, &n_weights);
  for (gsize i = 0; i < n_weights; i++) /* biases too */
    weights[i] += 0.2 * lathe_rng_uniform (&draws->rng, draws->index++) - 0.1;
  fill_input (network, n, draws);
  for (guint i = 0; i < n; i++)
    labels[i] = draw (draws, 0, MAX (units, 2) - 1);
  return worst_gradient (network, n, labels, draws);
}

/* A network that answers, run over one random sample. */
LatheNetwork *
forward_once (LatheGraph *graph, LathePool *pool, Draws *draws)
{
  g_autoptr (GError) error = NULL;
  LatheNetwork *network = lathe_network_new (graph, 1, FALSE, pool, &error);

  g_assert_no_error (error);
  lathe_network_initialise (network, 3);
  fill_input (network, 1, draws);
  lathe_network_forward (network, 1, FALSE, 0, 0);
  return network;
}

/* The graph does not work, and what is said about it has these words. */
void
assert_shape_error (LatheGraph *graph, const char *words)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  g_autoptr (GError) error = NULL;

  g_assert_false (lathe_graph_report_propagate (report, graph, &error));
  g_assert_nonnull (strstr (error->message, words));
}
