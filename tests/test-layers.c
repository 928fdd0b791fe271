/* test-layers.c: every gradient is the slope of what the layer computes.
 *
 * Compiled with the engine in double precision. For each layer a small graph is made around it, with random shapes and
 * properties; the loss is moved by nudging one weight, or one number of the input, both ways, and the difference must
 * be the gradient that backward() found.
 *
 * Max-pooling and ReLU have corners, where there is no slope; inputs are drawn so that none lies within the nudge.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "proof.h"

/* --- The subjects --- */

static LatheNode *
make_conv2d (LatheGraph *graph, Draws *draws)
{
  guint kernel_height = draw (draws, 1, 5), kernel_width = draw (draws, 1, 4);
  LatheNode *tail = add_tail (graph, draws, kernel_height + draw (draws, 0, 6), kernel_width + draw (draws, 0, 6),
                              draw (draws, 1, 5));
  LatheNode *conv = add_after (graph, tail, "conv2d");

  set (graph, conv, "filters", draw (draws, 1, 37));
  set (graph, conv, "kernel-height", kernel_height);
  set (graph, conv, "kernel-width", kernel_width);
  set (graph, conv, "stride-height", draw (draws, 1, 3));
  set (graph, conv, "stride-width", draw (draws, 1, 6));
  set (graph, conv, "padding", draw (draws, 0, 1));
  set (graph, conv, "activation", draw (draws, 0, LATHE_N_ACTIVATIONS - 1));
  return conv;
}

static LatheNode *
make_dense (LatheGraph *graph, Draws *draws)
{
  LatheNode *tail = add_tail (graph, draws, draw (draws, 1, 12), draw (draws, 1, 12), draw (draws, 1, 20));
  LatheNode *dense = add_after (graph, add_after (graph, tail, "flatten"), "dense");

  set (graph, dense, "units", draw (draws, 2, 9));
  set (graph, dense, "activation", draw (draws, 0, LATHE_N_ACTIVATIONS - 1));
  return dense;
}

static LatheNode *
make_dropout (LatheGraph *graph, Draws *draws)
{
  LatheNode *dropout = add_after (graph, add_tail (graph, draws, draw (draws, 1, 5), draw (draws, 1, 5), 3), "dropout");

  set (graph, dropout, "rate", draw (draws, 0, 9) / 10.0);
  return dropout;
}

/* A residual block, one branch of which is flattened and all of which starts at one node with three consumers. */
static LatheNode *
make_branches (LatheGraph *graph, Draws *draws)
{
  guint channels = draw (draws, 1, 5);
  LatheNode *tail = add_tail (graph, draws, draw (draws, 1, 6), draw (draws, 1, 6), channels);
  LatheNode *conv = add_after (graph, tail, "conv2d");
  LatheNode *add = add_after (graph, tail, "add");
  LatheNode *left = add_after (graph, add, "flatten");
  LatheNode *right = add_after (graph, add_after (graph, add, "sigmoid"), "flatten");
  LatheNode *last = add_after (graph, left, "add");

  set (graph, conv, "filters", channels);
  set (graph, conv, "padding", 1);
  lathe_graph_connect (graph, conv, add);
  lathe_graph_connect (graph, tail, add);
  lathe_graph_connect (graph, right, last);
  return last;
}

/* The network's own last layer: its activation belongs to the loss. */
static void
test_gradients_through_the_last_activation (void)
{
  static const struct
  {
    guint units;
    const char *layer; /* or the dense layer's own activation */
    double activation;
  } cases[] = {{1, NULL, 2}, {1, "sigmoid", 0}, {4, NULL, 3}, {4, "softmax", 0}, {1, NULL, 0}, {3, NULL, 0}};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Draws draws = {.rng = lathe_rng (i, LATHE_RNG_AUGMENT, 2, 1)};
      g_autoptr (LatheGraph) graph = lathe_graph_new ();
      LatheNode *dense = add_after (graph, add_after (graph, add_tail (graph, &draws, 3, 3, 2), "flatten"), "dense");

      set (graph, dense, "units", cases[i].units);
      set (graph, dense, "activation", cases[i].activation);
      if (cases[i].layer != NULL)
        add_after (graph, dense, cases[i].layer);
      g_assert_cmpfloat (check_graph (graph, &draws, cases[i].units), <, TOLERANCE);
    }
}

/* The check would be worth nothing if it let a wrong gradient pass. */
static void
test_the_check_sees_a_wrong_gradient (void)
{
  for (int wrong = 0; wrong < 3; wrong++)
    {
      Draws draws = {.rng = lathe_rng (1, LATHE_RNG_AUGMENT, 3, 1)};
      g_autoptr (LatheGraph) graph = lathe_graph_new ();
      g_autoptr (LathePool) pool = lathe_pool_new (1);
      g_autoptr (LatheNetwork) network = NULL;
      guint32 labels[2] = {0, 1};
      gsize n_weights;
      LatheReal *gradient, *weights;
      double up, down, slope;

      add_head (graph, make_conv2d (graph, &draws), 3);
      network = lathe_network_new (graph, 2, TRUE, pool, NULL);
      lathe_network_initialise (network, 1);
      fill_input (network, 2, &draws);
      weights = lathe_network_get_weights (network, &n_weights);
      gradient = lathe_network_get_gradient (network);
      mean_loss (network, 2, labels);
      lathe_network_backward (network, 2);
      weights[n_weights - 1] += NUDGE;
      up = mean_loss (network, 2, labels);
      weights[n_weights - 1] -= 2 * NUDGE;
      down = mean_loss (network, 2, labels);
      slope = (up - down) / (2 * NUDGE);
      g_assert_cmpfloat (fabs (slope - gradient[n_weights - 1]), <, TOLERANCE);
      g_assert_cmpfloat (fabs (slope - gradient[n_weights - 1] * (wrong == 0   ? 1.001
                                                                  : wrong == 1 ? -1
                                                                               : 0)),
                         >, TOLERANCE);
    }
}

/* --- What the layers compute, against a plain reading of the definition --- */

static void
test_conv2d_is_the_definition (void)
{
  for (guint i = 0; i < N_CASES; i++)
    {
      Draws draws = {.rng = lathe_rng (i, LATHE_RNG_AUGMENT, 4, 1)};
      guint in = draw (&draws, 1, 3), out = draw (&draws, 1, 20), kernel = draw (&draws, 1, 4);
      guint stride = draw (&draws, 1, 3), same = draw (&draws, 0, 1), size = kernel + draw (&draws, 0, 5);
      g_autoptr (LatheGraph) graph = lathe_graph_new ();
      g_autoptr (LathePool) pool = lathe_pool_new (2);
      g_autoptr (LatheNetwork) network = NULL;
      LatheNode *conv = add_after (graph, add_input (graph, size, size, in), "conv2d");
      guint out_size = same ? (size + stride - 1) / stride : (size - kernel) / stride + 1;
      guint reach = (out_size - 1) * stride + kernel;
      guint before = same && reach > size ? (reach - size) / 2 : 0;
      const LatheReal *x, *y, *w;

      set (graph, conv, "filters", out);
      set (graph, conv, "kernel-height", kernel);
      set (graph, conv, "kernel-width", kernel);
      set (graph, conv, "stride-height", stride);
      set (graph, conv, "stride-width", stride);
      set (graph, conv, "padding", same);
      network = lathe_network_new (graph, 1, FALSE, pool, NULL);
      g_assert_nonnull (network);
      lathe_network_initialise (network, i + 1);
      fill_input (network, 1, &draws);
      lathe_network_forward (network, 1, FALSE, 0, 0);
      x = lathe_network_get_input (network);
      y = lathe_network_get_logits (network);
      w = lathe_network_get_weights (network, NULL);
      g_assert_cmpuint (lathe_network_get_n_units (network), ==, out_size * out_size * out);
      for (guint oy = 0; oy < out_size; oy++)
        for (guint ox = 0; ox < out_size; ox++)
          for (guint o = 0; o < out; o++)
            {
              double sum = 0;

              for (guint ky = 0; ky < kernel; ky++)
                for (guint kx = 0; kx < kernel; kx++)
                  for (guint c = 0; c < in; c++)
                    {
                      int iy = (int) (oy * stride + ky) - (int) before, ix = (int) (ox * stride + kx) - (int) before;

                      if (iy >= 0 && ix >= 0 && iy < (int) size && ix < (int) size)
                        sum += x[(iy * size + ix) * in + c] * w[((ky * kernel + kx) * in + c) * out + o];
                    }
              g_assert_cmpfloat_with_epsilon (sum, y[(oy * out_size + ox) * out + o], 1e-9);
            }
    }
}

static void
test_dropout_keeps_the_mean_and_answers_without (void)
{
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheNetwork) network = NULL;
  LatheNode *dropout = add_after (graph, add_input (graph, 100, 100, 3), "dropout");
  const LatheReal *y;
  guint zeros = 0;
  double sum = 0;

  set (graph, dropout, "rate", 0.3);
  network = lathe_network_new (graph, 1, FALSE, pool, NULL);
  for (guint i = 0; i < 30000; i++)
    lathe_network_get_input (network)[i] = 1;
  y = lathe_network_get_logits (network);
  lathe_network_forward (network, 1, TRUE, 1, 1);
  for (guint i = 0; i < 30000; i++)
    {
      zeros += y[i] == 0;
      sum += y[i];
    }
  g_assert_cmpfloat_with_epsilon (zeros / 30000.0, 0.3, 0.02);
  g_assert_cmpfloat_with_epsilon (sum / 30000.0, 1, 0.02);
  lathe_network_forward (network, 1, FALSE, 1, 1);
  for (guint i = 0; i < 30000; i++)
    g_assert_cmpfloat (y[i], ==, 1);
}

int
main (int argc, char *argv[])
{
  static const Subject subjects[] = {
      {"conv2d", make_conv2d},
      {"dense", make_dense},
      {"dropout", make_dropout},
      {"branches", make_branches},
  };

  g_test_init (&argc, &argv, NULL);
  add_subjects (subjects, G_N_ELEMENTS (subjects));
  g_test_add_func ("/layers/gradient/last-activation", test_gradients_through_the_last_activation);
  g_test_add_func ("/layers/gradient/check-sees-mistakes", test_the_check_sees_a_wrong_gradient);
  g_test_add_func ("/layers/conv2d/definition", test_conv2d_is_the_definition);
  g_test_add_func ("/layers/dropout/mean", test_dropout_keeps_the_mean_and_answers_without);
  return g_test_run ();
}
