/* test-layers.c: what the layers with weights compute, against a plain reading of the definition.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "proof.h"

/* What is square has both properties alike. */
static void
set_both (LatheGraph *graph, LatheNode *node, const char *vertical, const char *horizontal, double value)
{
  set (graph, node, vertical, value);
  set (graph, node, horizontal, value);
}

static void
test_conv2d_is_the_definition (void)
{
  for (guint i = 0; i < N_CASES; i++)
    {
      Draws draws = {.rng = lathe_rng (i, LATHE_RNG_AUGMENT, 4, 1)};
      guint groups = i % 2 == 0 ? 1 : draw (&draws, 1, 4), group_in = i % 4 == 1 ? 1 : draw (&draws, 1, 3);
      guint most = i % 8 == 0 ? 200 : 20; /* so many that they are cut, too */
      guint group_out = i % 4 == 1 ? group_in : draw (&draws, most / 2, most);
      guint in = groups * group_in, out = groups * group_out;
      guint kernel = draw (&draws, 1, 4), dilation = i % 3 == 0 ? draw (&draws, 2, 3) : 1;
      guint stride = draw (&draws, 1, 3), padding = draw (&draws, 0, 2), window = (kernel - 1) * dilation + 1;
      guint top = draw (&draws, 0, window - 1), bottom = draw (&draws, 0, window - 1);
      guint size = window + draw (&draws, 0, 5);
      g_autoptr (LatheGraph) graph = lathe_graph_new ();
      g_autoptr (LathePool) pool = lathe_pool_new (2);
      g_autoptr (LatheNetwork) network = NULL;
      LatheNode *conv = add_after (graph, add_input (graph, size, size, in), "conv2d");
      guint full = padding == 2 ? size + top + bottom : size;
      guint out_size = padding == 1 ? (size + stride - 1) / stride : (full - window) / stride + 1;
      guint reach = (out_size - 1) * stride + window;
      guint before = padding == 2 ? top : padding == 1 && reach > size ? (reach - size) / 2 : 0;
      const LatheReal *x, *y, *w;

      set (graph, conv, "filters", out);
      set (graph, conv, "padding", padding);
      set (graph, conv, "activation", i % 2 == 0 ? LATHE_ACTIVATION_RELU : LATHE_ACTIVATION_NONE);
      set (graph, conv, "groups", groups);
      set_both (graph, conv, "kernel-height", "kernel-width", kernel);
      set_both (graph, conv, "stride-height", "stride-width", stride);
      set_both (graph, conv, "dilation-height", "dilation-width", dilation);
      set_both (graph, conv, "padding-top", "padding-left", top);
      set_both (graph, conv, "padding-bottom", "padding-right", bottom);
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
                  for (guint c = 0; c < group_in; c++)
                    {
                      int iy = (int) (oy * stride + ky * dilation) - (int) before;
                      int ix = (int) (ox * stride + kx * dilation) - (int) before;
                      guint channel = o / group_out * group_in + c;

                      if (iy >= 0 && ix >= 0 && iy < (int) size && ix < (int) size)
                        sum += x[(iy * size + ix) * in + channel] * w[((ky * kernel + kx) * group_in + c) * out + o];
                    }
              g_assert_cmpfloat_with_epsilon (i % 2 == 0 ? MAX (sum, 0) : sum, y[(oy * out_size + ox) * out + o], 1e-9);
            }
    }
}

/* Every input pixel lays its window over the output; what lies beyond the sides is cut off. */
static void
test_transposed_conv2d_is_the_definition (void)
{
  for (guint i = 0; i < N_CASES; i++)
    {
      Draws draws = {.rng = lathe_rng (i, LATHE_RNG_AUGMENT, 8, 1)};
      guint groups = i % 2 == 0 ? 1 : draw (&draws, 1, 4), group_in = i % 4 == 1 ? 1 : draw (&draws, 1, 3);
      guint group_out = i % 4 == 1 ? group_in : draw (&draws, 1, 9), in = groups * group_in, out = groups * group_out;
      guint kernel = draw (&draws, 1, 4), dilation = i % 3 == 0 ? 2 : 1, window = (kernel - 1) * dilation + 1;
      guint stride = draw (&draws, 1, 4), padding = i % 3, size = draw (&draws, 1, 5);
      guint covered = (size - 1) * stride + window, more = draw (&draws, 0, stride - 1);
      guint top = draw (&draws, 0, window - 1), bottom = MIN (draw (&draws, 0, window - 1), covered - top - 1);
      guint out_size = padding == 0 ? covered + more : padding == 1 ? size * stride : covered + more - top - bottom;
      guint before = padding == 2 ? top : padding == 1 && covered > out_size ? (covered - out_size) / 2 : 0;
      g_autoptr (LatheGraph) graph = lathe_graph_new ();
      g_autoptr (LathePool) pool = lathe_pool_new (2);
      g_autoptr (LatheNetwork) network = NULL;
      g_autofree double *sums = g_new0 (double, out_size *out_size *out);
      LatheNode *conv = add_after (graph, add_input (graph, size, size, in), "transposed-conv2d");
      const LatheReal *x, *w;

      set (graph, conv, "filters", out);
      set (graph, conv, "padding", padding);
      set (graph, conv, "groups", groups);
      set_both (graph, conv, "kernel-height", "kernel-width", kernel);
      set_both (graph, conv, "stride-height", "stride-width", stride);
      set_both (graph, conv, "dilation-height", "dilation-width", dilation);
      set_both (graph, conv, "padding-top", "padding-left", top);
      set_both (graph, conv, "padding-bottom", "padding-right", bottom);
      set_both (graph, conv, "output-padding-height", "output-padding-width", more);
      network = forward_once (graph, pool, &draws);
      x = lathe_network_get_input (network);
      w = lathe_network_get_weights (network, NULL);
      g_assert_cmpuint (lathe_network_get_n_units (network), ==, out_size * out_size * out);
      for (guint at = 0; at < size * size * in; at++)
        for (guint k = 0; k < kernel * kernel; k++)
          for (guint o = 0; o < group_out; o++)
            {
              guint channel = at % in, filter = channel / group_in * group_out + o;
              int row = (int) (at / in / size * stride + k / kernel * dilation) - (int) before;
              int column = (int) (at / in % size * stride + k % kernel * dilation) - (int) before;

              if (row >= 0 && column >= 0 && row < (int) out_size && column < (int) out_size)
                sums[(row * out_size + column) * out + filter] +=
                    x[at] * w[(k * group_in + channel % group_in) * out + filter];
            }
      for (guint o = 0; o < out_size * out_size * out; o++)
        g_assert_cmpfloat_with_epsilon (sums[o], lathe_network_get_logits (network)[o], 1e-9);
    }
}

/* A network of one such layer behind the input, with weights that are not those of its beginning. */
static LatheNetwork *
make_lone_norm (const char *kind, guint size, guint channels, guint groups, guint batch, LathePool *pool)
{
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  LatheNode *norm = add_after (graph, add_input (graph, size, size, channels), kind);
  LatheNetwork *network;
  gsize n_weights;
  LatheReal *w;

  set (graph, norm, "epsilon", 0.01);
  if (groups > 0)
    set (graph, norm, "groups", groups);
  network = lathe_network_new (graph, batch, FALSE, pool, NULL);
  g_assert_nonnull (network);
  lathe_network_initialise (network, 1);
  w = lathe_network_get_weights (network, &n_weights);
  g_assert_cmpuint (n_weights, ==, 2 * channels);
  for (guint i = 0; i < 2 * channels; i++)
    {
      g_assert_cmpfloat (w[i], ==, i < channels);
      w[i] = 0.5 + 0.1 * i;
    }
  return network;
}

/* y from the mean and variance of those numbers of x that are in the group. */
static void
assert_normalised (const LatheReal *x, const LatheReal *y, const LatheReal *w, gsize n, guint channels, double epsilon)
{
  double mean = 0, variance = 0;

  for (gsize i = 0; i < n; i++)
    mean += x[i] / n;
  for (gsize i = 0; i < n; i++)
    variance += (x[i] - mean) * (x[i] - mean) / n;
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (y[i], (x[i] - mean) / sqrt (variance + epsilon) * w[0] + w[channels], 1e-9);
}

/* Over 9 samples of 13 × 13, so that shards and blocks are uneven; twice, so that the running statistics move on. */
static void
test_batch_norm_is_the_definition (void)
{
  enum
  {
    BATCH = 9,
    SIZE = 13,
    CHANNELS = 3,
    N = BATCH * SIZE * SIZE
  };
  Draws draws = {.rng = lathe_rng (1, LATHE_RNG_AUGMENT, 5, 1)};
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheNetwork) network = make_lone_norm ("batch-norm", SIZE, CHANNELS, 0, BATCH, pool);
  const LatheReal *w = lathe_network_get_weights (network, NULL), *y = lathe_network_get_logits (network);
  LatheReal *x = lathe_network_get_input (network);
  double running_mean[CHANNELS] = {0, 0, 0}, running_variance[CHANNELS] = {1, 1, 1};

  for (int pass = 0; pass < 2; pass++)
    {
      fill_input (network, BATCH, &draws);
      for (gsize i = 0; i < N; i++)
        x[i * CHANNELS + 1] = 1000 + x[i * CHANNELS + 1]; /* far from 0 */
      lathe_network_forward (network, BATCH, TRUE, 1, 1);
      for (guint c = 0; c < CHANNELS; c++)
        {
          g_autofree LatheReal *channel = g_new (LatheReal, 2 * N);
          double mean = 0, squares = 0;

          for (gsize i = 0; i < N; i++)
            {
              channel[i] = x[i * CHANNELS + c];
              channel[N + i] = y[i * CHANNELS + c];
              mean += channel[i] / N;
            }
          assert_normalised (channel, channel + N, w + c, N, CHANNELS, 0.01);
          for (gsize i = 0; i < N; i++)
            squares += (channel[i] - mean) * (channel[i] - mean);
          running_mean[c] = 0.9 * running_mean[c] + 0.1 * mean;
          running_variance[c] = 0.9 * running_variance[c] + 0.1 * squares / (N - 1);
        }
    }
  lathe_network_forward (network, 2, FALSE, 0, 0);
  for (gsize i = 0; i < 2 * SIZE * SIZE * CHANNELS; i++)
    {
      guint c = i % CHANNELS;

      g_assert_cmpfloat_with_epsilon (
          y[i], (x[i] - running_mean[c]) / sqrt (running_variance[c] + 0.01) * w[c] + w[CHANNELS + c], 1e-9);
    }
}

static void
test_layer_and_group_norm_are_the_definition (void)
{
  enum
  {
    BATCH = 2,
    SIZE = 9,
    CHANNELS = 6,
    PIXELS = SIZE * SIZE
  };
  Draws draws = {.rng = lathe_rng (1, LATHE_RNG_AUGMENT, 6, 1)};
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheNetwork) layer = make_lone_norm ("layer-norm", SIZE, CHANNELS, 0, BATCH, pool);
  const LatheReal *x = lathe_network_get_input (layer), *y = lathe_network_get_logits (layer);

  fill_input (layer, BATCH, &draws);
  lathe_network_forward (layer, BATCH, FALSE, 0, 0);
  for (gsize pixel = 0; pixel < BATCH * PIXELS; pixel++)
    {
      const LatheReal *w = lathe_network_get_weights (layer, NULL);
      LatheReal plain[CHANNELS], one[2] = {1, 0};

      for (guint c = 0; c < CHANNELS; c++)
        plain[c] = (y[pixel * CHANNELS + c] - w[CHANNELS + c]) / w[c];
      assert_normalised (x + pixel * CHANNELS, plain, one, CHANNELS, 1, 0.01);
    }

  for (guint groups = 1; groups <= 6; groups++)
    if (CHANNELS % groups == 0)
      {
        g_autoptr (LatheNetwork) group = make_lone_norm ("group-norm", SIZE, CHANNELS, groups, BATCH, pool);
        const LatheReal *w = lathe_network_get_weights (group, NULL);
        guint width = CHANNELS / groups;

        fill_input (group, BATCH, &draws);
        lathe_network_forward (group, BATCH, FALSE, 0, 0);
        x = lathe_network_get_input (group);
        y = lathe_network_get_logits (group);
        for (guint i = 0; i < BATCH * groups; i++)
          {
            LatheReal in[PIXELS * CHANNELS], plain[PIXELS * CHANNELS], one[2] = {1, 0};

            for (guint j = 0; j < PIXELS * width; j++)
              {
                guint c = i % groups * width + j % width;
                gsize at = (i / groups * PIXELS + j / width) * CHANNELS + c;

                in[j] = x[at];
                plain[j] = (y[at] - w[CHANNELS + c]) / w[c];
              }
            assert_normalised (in, plain, one, PIXELS * width, 1, 0.01);
          }
      }
}

static void
test_shapes_that_cannot_be_are_refused_with_their_reason (void)
{
  static const struct
  {
    const char *kind, *property;
    double value;
    const char *reason;
  } cases[] = {
      {"conv2d", "groups", 3, "4 channels and 32 filters into 3 groups"},
      {"conv2d", "padding-top", 3, "3×0 pixels, but its window is only 3×3"},
      {"conv2d", "padding-right", 4, "0×4 pixels"},
      {"conv2d", "dilation-height", 3, "needs at least 7×3 pixels, gets 5×5×4"},
      {"transposed-conv2d", "groups", 3, "4 channels and 32 filters into 3 groups"},
      {"transposed-conv2d", "padding-left", 3, "0×3 pixels, but its window is only 3×3"},
      {"transposed-conv2d", "output-padding-height", 2, "2×0 pixels larger, but its stride is only 2×2"},
      {"group-norm", "groups", 3, "4 channels into 3 groups"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (LatheGraph) graph = lathe_graph_new ();
      LatheNode *node = add_after (graph, add_input (graph, 5, 5, 4), cases[i].kind);
      g_autoptr (LatheGraphReport) report = NULL;

      if (strstr (cases[i].property, "padding") != NULL)
        set (graph, node, "padding", 2);
      set (graph, node, cases[i].property, cases[i].value);
      report = lathe_graph_check (graph);
      g_assert_error (report->nodes[1].error, LATHE_ERROR, LATHE_ERROR_SHAPE);
      g_assert_nonnull (strstr (report->nodes[1].error->message, cases[i].reason));
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
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/layers/conv2d/definition", test_conv2d_is_the_definition);
  g_test_add_func ("/layers/transposed-conv2d/definition", test_transposed_conv2d_is_the_definition);
  g_test_add_func ("/layers/refused", test_shapes_that_cannot_be_are_refused_with_their_reason);
  g_test_add_func ("/layers/batch-norm/definition", test_batch_norm_is_the_definition);
  g_test_add_func ("/layers/sample-norm/definition", test_layer_and_group_norm_are_the_definition);
  g_test_add_func ("/layers/dropout/mean", test_dropout_keeps_the_mean_and_answers_without);
  return g_test_run ();
}
