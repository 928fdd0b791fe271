/* test-layers-pooling.c: layers that make one number of many pixels.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "proof.h"

/* Pads as said, and looks at every place of every window whether it is on the image. */
static double
window_of (const LatheReal *x, guint size, guint channels, int top, int left, guint window, guint channel,
           gboolean mean)
{
  double sum = 0, largest = -INFINITY;
  guint n = 0;

  for (int y = top; y < top + (int) window; y++)
    for (int i = left; i < left + (int) window; i++)
      if (y >= 0 && i >= 0 && y < (int) size && i < (int) size)
        {
          double here = x[(y * size + i) * channels + channel];

          sum += here;
          largest = fmax (largest, here);
          n++;
        }
  return mean ? sum / n : largest;
}

static void
test_pooling_is_the_definition (void)
{
  for (guint i = 0; i < 2 * N_CASES; i++)
    {
      Draws draws = {.rng = lathe_rng (i, LATHE_RNG_AUGMENT, 4, 1)};
      gboolean mean = i % 2 == 1;
      guint channels = draw (&draws, 1, 3), window = draw (&draws, 1, 4), stride = draw (&draws, 1, 4);
      guint padding = draw (&draws, VALID, EXPLICIT), size = (padding == SAME ? 1 : window) + draw (&draws, 0, 6);
      guint top = draw (&draws, 0, window - 1), left = draw (&draws, 0, window - 1);
      g_autoptr (LatheGraph) graph = lathe_graph_new ();
      g_autoptr (LathePool) threads = lathe_pool_new (2);
      g_autoptr (LatheNetwork) network = NULL;
      LatheNode *pool = add_after (graph, add_input (graph, size, size, channels), mean ? "average-pool" : "max-pool");
      guint rows = (size - window) / stride + 1, columns = rows;

      if (padding == SAME)
        {
          rows = columns = (size + stride - 1) / stride;
          top = left = MAX (0, (int) ((rows - 1) * stride + window) - (int) size) / 2;
        }
      else if (padding == EXPLICIT)
        {
          rows = (size + top - 1) / stride + 1;
          columns = (size + left - window) / stride + 1;
        }
      else
        top = left = 0;

      set (graph, pool, "pool-height", window);
      set (graph, pool, "pool-width", window);
      set (graph, pool, "stride-height", stride);
      set (graph, pool, "stride-width", stride);
      set (graph, pool, "padding", padding);
      set (graph, pool, "padding-top", top);
      set (graph, pool, "padding-bottom", window - 1);
      set (graph, pool, "padding-left", left);
      network = forward_once (graph, threads, &draws);
      g_assert_cmpuint (lathe_network_get_n_units (network), ==, rows * columns * channels);
      for (guint o = 0; o < rows * columns * channels; o++)
        {
          guint channel = o % channels, column = o / channels % columns, row = o / channels / columns;

          g_assert_cmpfloat_with_epsilon (lathe_network_get_logits (network)[o],
                                          window_of (lathe_network_get_input (network), size, channels,
                                                     (int) (row * stride - top), (int) (column * stride - left), window,
                                                     channel, mean),
                                          1e-12);
        }
    }
}

static void
test_global_pooling_is_the_definition (void)
{
  for (guint mean = 0; mean < 2; mean++)
    {
      Draws draws = {.rng = lathe_rng (mean, LATHE_RNG_AUGMENT, 5, 1)};
      g_autoptr (LatheGraph) graph = lathe_graph_new ();
      g_autoptr (LathePool) threads = lathe_pool_new (2);
      g_autoptr (LatheNetwork) network = NULL;

      add_after (graph, add_input (graph, 5, 5, 3), mean ? "global-average-pool" : "global-max-pool");
      network = forward_once (graph, threads, &draws);
      for (guint c = 0; c < 3; c++)
        g_assert_cmpfloat_with_epsilon (lathe_network_get_logits (network)[c],
                                        window_of (lathe_network_get_input (network), 5, 3, 0, 0, 5, c, mean), 1e-12);
    }
}

static void
test_what_does_not_fit_is_said (void)
{
  g_autoptr (LatheGraph) large = lathe_graph_new (), flat = lathe_graph_new (), wide = lathe_graph_new ();
  LatheNode *pool = add_after (wide, add_input (wide, 4, 4, 1), "max-pool");

  set (wide, pool, "padding", EXPLICIT);
  set (wide, pool, "padding-left", 2);
  assert_shape_error (wide, "the padding must be smaller");
  set (large, add_after (large, add_input (large, 4, 4, 1), "average-pool"), "pool-height", 5);
  assert_shape_error (large, "make it smaller");
  add_after (flat, add_after (flat, add_input (flat, 4, 4, 1), "flatten"), "global-average-pool");
  assert_shape_error (flat, "before the image is flattened");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/layers/pooling/definition", test_pooling_is_the_definition);
  g_test_add_func ("/layers/global-pooling/definition", test_global_pooling_is_the_definition);
  g_test_add_func ("/layers/pooling/errors", test_what_does_not_fit_is_said);
  return g_test_run ();
}
