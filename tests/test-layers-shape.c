/* test-layers-shape.c: layers that move numbers about, and those that bring branches together.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "proof.h"

/* The number at a place between pixels, as a sum over all of them of a tent around each. */
static double
between_pixels (const LatheReal *x, guint size, double row, double column)
{
  double sum = 0;

  row = fmin (fmax (row, 0), size - 1);
  column = fmin (fmax (column, 0), size - 1);
  for (guint i = 0; i < size; i++)
    for (guint j = 0; j < size; j++)
      sum += x[i * size + j] * fmax (0, 1 - fabs (row - i)) * fmax (0, 1 - fabs (column - j));
  return sum;
}

static void
test_up_sampling_is_the_definition (void)
{
  for (guint bilinear = 0; bilinear < 2; bilinear++)
    for (guint scale = 1; scale < 6; scale++)
      for (guint size = 1; size < 5; size++)
        {
          Draws draws = {.rng = lathe_rng (scale, LATHE_RNG_AUGMENT, size, 1)};
          g_autoptr (LatheGraph) graph = lathe_graph_new ();
          g_autoptr (LathePool) pool = lathe_pool_new (2);
          g_autoptr (LatheNetwork) network = NULL;
          LatheNode *up = add_after (graph, add_input (graph, size, size, 1), "up-sampling");
          guint across = 6 - scale, width = size * across;
          const LatheReal *x;

          set (graph, up, "scale-height", scale);
          set (graph, up, "scale-width", across);
          set (graph, up, "method", bilinear);
          network = forward_once (graph, pool, &draws);
          x = lathe_network_get_input (network);
          g_assert_cmpuint (lathe_network_get_n_units (network), ==, size * scale * width);
          for (guint o = 0; o < size * scale * width; o++)
            {
              guint row = o / width, column = o % width;
              double y = bilinear ? between_pixels (x, size, (row + 0.5) / scale - 0.5, (column + 0.5) / across - 0.5)
                                  : x[row / scale * size + column / across];

              g_assert_cmpfloat_with_epsilon (lathe_network_get_logits (network)[o], y, 1e-12);
            }
        }
}

/* 1, 2, 3, 4 as 2×2, twice as large: the first two rows, worked out by hand. */
static void
test_up_sampling_knows_an_answer (void)
{
  static const double answer[] = {1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5};
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = NULL;

  set (graph, add_after (graph, add_input (graph, 2, 2, 1), "up-sampling"), "method", 1);
  network = lathe_network_new (graph, 1, FALSE, pool, NULL);
  for (guint i = 0; i < 4; i++)
    lathe_network_get_input (network)[i] = i + 1;
  lathe_network_forward (network, 1, FALSE, 0, 0);
  for (guint i = 0; i < G_N_ELEMENTS (answer); i++)
    g_assert_cmpfloat_with_epsilon (lathe_network_get_logits (network)[i], answer[i], 1e-12);
}

static void
test_permute_moves_each_number_to_its_place (void)
{
  static const guint order[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  static const guint dim[] = {2, 3, 5};

  for (guint p = 0; p < G_N_ELEMENTS (order); p++)
    {
      Draws draws = {.rng = lathe_rng (p, LATHE_RNG_AUGMENT, 1, 1)};
      g_autoptr (LatheGraph) graph = lathe_graph_new ();
      g_autoptr (LathePool) pool = lathe_pool_new (1);
      g_autoptr (LatheNetwork) network = NULL;
      LatheNode *permute = add_after (graph, add_input (graph, dim[0], dim[1], dim[2]), "permute");

      set (graph, permute, "order", p);
      network = forward_once (graph, pool, &draws);
      for (guint at = 0; at < 30; at++)
        {
          guint i[] = {at / 15, at / 5 % 3, at % 5};
          guint to = (i[order[p][0]] * dim[order[p][1]] + i[order[p][1]]) * dim[order[p][2]] + i[order[p][2]];

          g_assert_cmpfloat (lathe_network_get_logits (network)[to], ==, lathe_network_get_input (network)[at]);
        }
    }
}

static void
test_concatenate_puts_channels_behind_one_another (void)
{
  Draws draws = {.rng = lathe_rng (1, LATHE_RNG_AUGMENT, 1, 1)};
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = NULL;
  LatheNode *input = add_input (graph, 3, 2, 2), *concatenate = add_after (graph, input, "concatenate");
  LatheNode *twice = add_after (graph, input, "rescale");

  set (graph, twice, "scale", 2);
  lathe_graph_connect (graph, twice, concatenate);
  network = forward_once (graph, pool, &draws);
  for (guint pixel = 0; pixel < 6; pixel++)
    for (guint c = 0; c < 4; c++)
      g_assert_cmpfloat (lathe_network_get_logits (network)[pixel * 4 + c], ==,
                         lathe_network_get_input (network)[pixel * 2 + c % 2] * (c < 2 ? 1 : 2));
}

static void
test_a_gate_weighs_channels (void)
{
  Draws draws = {.rng = lathe_rng (1, LATHE_RNG_AUGMENT, 1, 1)};
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = NULL;
  LatheNode *input = add_input (graph, 3, 2, 2), *multiply = add_after (graph, input, "multiply");
  const LatheReal *x;

  lathe_graph_connect (graph, add_after (graph, input, "global-max-pool"), multiply);
  network = forward_once (graph, pool, &draws);
  x = lathe_network_get_input (network);
  for (guint c = 0; c < 2; c++)
    {
      double largest = -INFINITY;

      for (guint pixel = 0; pixel < 6; pixel++)
        largest = fmax (largest, x[pixel * 2 + c]);
      for (guint pixel = 0; pixel < 6; pixel++)
        g_assert_cmpfloat_with_epsilon (lathe_network_get_logits (network)[pixel * 2 + c], x[pixel * 2 + c] * largest,
                                        1e-12);
    }
}

static void
test_what_does_not_fit_is_said (void)
{
  g_autoptr (LatheGraph) odd = lathe_graph_new (), two = lathe_graph_new (), swapped = lathe_graph_new ();
  g_autoptr (LatheGraph) sizes = lathe_graph_new ();
  LatheNode *node, *input;

  node = add_after (odd, add_input (odd, 5, 5, 1), "reshape");
  set (odd, node, "height", 2);
  assert_shape_error (odd, "whatever is left");
  node = add_after (two, add_input (two, 5, 5, 1), "reshape");
  set (two, node, "height", 0);
  assert_shape_error (two, "only one");

  input = add_input (swapped, 4, 4, 3);
  node = add_after (swapped, add_after (swapped, input, "global-max-pool"), "multiply");
  lathe_graph_connect (swapped, input, node);
  assert_shape_error (swapped, "swap them");

  input = add_input (sizes, 4, 4, 3);
  node = add_after (sizes, add_after (sizes, input, "max-pool"), "concatenate");
  lathe_graph_connect (sizes, input, node);
  assert_shape_error (sizes, "last dimension");
}

/* One line that tells two reshapes of a diagram apart. */
static void
test_reshape_sums_itself_up (void)
{
  static const struct
  {
    double value[3];
    const char *summary;
  } cases[] = {{{2, 3, 4}, "2×3×4"}, {{0, 3, 4}, "…×3×4"}, {{7, 1, 0}, "7×1×…"}};
  const LatheLayerKind *kind = lathe_layer_kind_find ("reshape");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LatheProperties properties = {0};
      g_autofree char *summary = NULL;

      memcpy (properties.value, cases[i].value, sizeof cases[i].value);
      summary = kind->summary (&properties);
      g_assert_cmpstr (summary, ==, cases[i].summary);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/layers/up-sampling/definition", test_up_sampling_is_the_definition);
  g_test_add_func ("/layers/up-sampling/answer", test_up_sampling_knows_an_answer);
  g_test_add_func ("/layers/permute/definition", test_permute_moves_each_number_to_its_place);
  g_test_add_func ("/layers/concatenate/definition", test_concatenate_puts_channels_behind_one_another);
  g_test_add_func ("/layers/multiply/gate", test_a_gate_weighs_channels);
  g_test_add_func ("/layers/reshape/summary", test_reshape_sums_itself_up);
  g_test_add_func ("/layers/shape/errors", test_what_does_not_fit_is_said);
  return g_test_run ();
}
