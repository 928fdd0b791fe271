/* eight-bits.c: models in 8 bits, for tests.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "eight-bits.h"

#include <math.h>
#include <string.h>

#include "graphs.h"
#include "run.h"

const char eight_bits_chain[] =
    "in input height=11 width=9 channels=3; "
    "conv conv2d in filters=20 stride-height=2 padding=same activation=relu; "
    "depth conv2d conv filters=20 groups=20 padding=same; "
    "holes conv2d depth filters=18 dilation-height=2 dilation-width=2 padding=same; "
    "groups conv2d holes filters=6 groups=3 kernel-height=1 kernel-width=2; "
    "largest max-pool groups pool-height=2 pool-width=3 stride-height=1 stride-width=2 padding=same; "
    "point conv2d largest filters=17 kernel-height=1 kernel-width=1 activation=relu; "
    "mean average-pool point pool-height=2 pool-width=2 stride-height=2 stride-width=1 padding=same; "
    "flat flatten mean; "
    "hidden dense flat units=21 activation=relu; "
    "out dense hidden units=5";

/* A sum, a layer that there is not in 8 bits, and batch norms. */
const char eight_bits_branches[] = "in input height=8 width=8 channels=3; "
                                   "stem conv2d in filters=16 padding=same bias=no; "
                                   "norm batch-norm stem; "
                                   "relu relu norm; "
                                   "left conv2d relu filters=16 padding=same; "
                                   "left-norm batch-norm left; "
                                   "sum add left-norm,relu; "
                                   "relu-2 relu sum; "
                                   "gelu gelu relu-2; "
                                   "wide conv2d gelu filters=32 kernel-height=1 kernel-width=1; "
                                   "six relu6 wide; "
                                   "pool global-average-pool six; "
                                   "drop dropout pool; "
                                   "out dense drop units=4";

LatheModel *
eight_bits_model (LatheGraph *graph, guint n_labels, guint64 seed)
{
  static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
  g_autoptr (GError) error = NULL;
  LatheShape input;
  LathePreprocess preprocess = {.mean = {0.4f, 0.4f, 0.4f}, .deviation = {0.3f, 0.3f, 0.3f}};
  const char *labels[G_N_ELEMENTS (names) + 1] = {NULL};
  LatheModel *model;

  g_assert_true (lathe_graph_get_input (graph, &input));
  preprocess.height = input.dim[0];
  preprocess.width = input.dim[1];
  preprocess.channels = input.dim[2];
  memcpy (labels, names, n_labels * sizeof *labels);
  model = lathe_model_new (graph, labels, &preprocess, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < model->weights->len; i++)
    {
      LatheWeight *weight = &g_array_index (model->weights, LatheWeight, i);
      LatheRng rng = lathe_rng (seed, LATHE_RNG_NOISE, i, 0);

      for (gsize k = 0; k < lathe_shape_size (&weight->shape); k++)
        weight->data[k] = (float) lathe_rng_below (&rng, (guint32) k, 2001) / 1000 - 1 +
                          (g_str_has_suffix (weight->name, "variance") ? 2 : 0);
    }
  return model;
}

/* Every layer's output from -8 to 8, and its weights in 8 bits, but for the logits. */
void
eight_bits_round (LatheModel *model)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (model->graph);

  model->quantisation = lathe_quantisation_new (report->n_nodes, "minmax", 1);
  for (guint i = 0; i < report->n_nodes; i++)
    {
      LatheQuantisedNode *node = &model->quantisation->nodes[i];
      const char *name = lathe_graph_get_node (model->graph, i)->name;
      g_autofree char *weight_name = g_strconcat (name, ".weight", NULL);

      if ((int) i != report->output)
        node->output = (LatheByteScale){16.0f / 255, 128};
      for (guint j = 0; j < model->weights->len; j++)
        {
          LatheWeight *weight = &g_array_index (model->weights, LatheWeight, j);
          guint channels = weight->shape.dim[weight->shape.rank - 1];

          if (g_str_equal (weight->name, weight_name))
            lathe_quantisation_round (node, weight->data, lathe_shape_size (&weight->shape) / channels, channels);
        }
    }
}

/* What the network says of samples of noise, of which each is always the same. (transfer full) */
float *
eight_bits_ask (LatheNetwork *network, guint n_samples, gsize *n)
{
  LatheRng rng = lathe_rng (7, LATHE_RNG_NOISE, 0, 0);

  for (gsize i = 0; i < n_samples * lathe_network_get_input_size (network); i++)
    lathe_network_get_input (network)[i] = (float) lathe_rng_below (&rng, (guint32) i, 4001) / 1000 - 2;
  lathe_network_forward (network, n_samples, FALSE, 0, 0);
  *n = n_samples * lathe_network_get_n_units (network);
  return g_memdup2 (lathe_network_get_logits (network), *n * sizeof (float));
}

float *
eight_bits_answer (const LatheModel *model, guint n_threads, gsize *n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LathePool) pool = lathe_pool_new (n_threads);
  g_autoptr (LatheNetwork) network = lathe_network_new_for (model, EIGHT_BITS_BATCH, pool, &error);

  g_assert_no_error (error);
  return eight_bits_ask (network, EIGHT_BITS_BATCH, n);
}

double
eight_bits_difference (const float *a, const float *b, gsize n)
{
  double largest = 0;

  for (gsize i = 0; i < n; i++)
    largest = MAX (largest, fabs ((double) a[i] - (double) b[i]));
  return largest;
}

LatheModel *
eight_bits_lenet (LatheDataset *samples)
{
  g_autoptr (LatheGraph) graph = graphs_preset ("lenet");
  LathePreprocess preprocess = {
      .height = 28, .width = 28, .channels = 1, .mean = {0.5f, 0.5f, 0.5f}, .deviation = {0.5f, 0.5f, 0.5f}};
  LatheHyperparameters h;

  lathe_hyperparameters_defaults (&h);
  h.epochs = 2;
  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (28, 28, 1), lathe_dataset_get_n_classes (samples));
  return run_to_end (samples, graph, &preprocess, &h);
}

/* Half of the first convolution's channels so much larger, and what the second one makes of them so much smaller: in
 * real numbers that changes nothing, and of the other channels 8 bits have little left. (transfer full) */
LatheModel *
eight_bits_uneven_lenet (LatheDataset *samples, float factor)
{
  LatheModel *model = eight_bits_lenet (samples);
  const LatheWeight *weights = (const LatheWeight *) model->weights->data; /* of both, each with its bias behind it */

  g_assert_cmpstr (weights[2].name, ==, "conv2d-2.weight");
  for (guint i = 0; i < 2; i++)
    for (gsize k = 0; k < lathe_shape_size (&weights[i].shape); k++)
      weights[i].data[k] *= k % 6 < 3 ? factor : 1;
  for (gsize k = 0; k < lathe_shape_size (&weights[2].shape); k++)
    weights[2].data[k] /= k / 16 % 6 < 3 ? factor : 1;
  return model;
}
