/* test-layers-elements.c: layers that treat every number alike: activations, rescaling, dropping out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "proof.h"

/* Values at -4, -1, 0, 0.5, 2 and 7, worked out in Python from the papers' formulas. */
static void
test_activations_are_the_definition (void)
{
  static const double x[] = {-4, -1, 0, 0.5, 2, 7};
  static const struct
  {
    LatheActivation activation;
    double y[6];
  } cases[] = {
      {LATHE_ACTIVATION_RELU6, {0, 0, 0, 0.5, 2, 6}},
      {LATHE_ACTIVATION_LEAKY_RELU, {-0.04, -0.01, 0.0, 0.5, 2, 7}},
      {LATHE_ACTIVATION_ELU, {-0.9816843611112658, -0.6321205588285577, 0.0, 0.5, 2, 7}},
      {LATHE_ACTIVATION_SELU,
       {-1.7258986281898945, -1.1113307378125625, 0.0, 0.5253504936777402, 2.101401974710961, 7.354906911488364}},
      {LATHE_ACTIVATION_GELU,
       {-0.00012668496733247986, -0.15865525393145707, 0.0, 0.34573123063700656, 1.9544997361036416,
        6.999999999991041}},
      {LATHE_ACTIVATION_GELU_TANH,
       {-7.024594819227126e-05, -0.15880800939172324, 0.0, 0.34571400982514394, 1.954597694087775, 6.999999999999997}},
      {LATHE_ACTIVATION_SILU,
       {-0.07194483984836623, -0.2689414213699951, 0.0, 0.3112296656009273, 1.7615941559557646, 6.993622641639195}},
      {LATHE_ACTIVATION_HARD_SWISH, {0.0, -0.3333333333333333, 0.0, 0.2916666666666667, 1.6666666666666667, 7.0}},
      {LATHE_ACTIVATION_HARD_SIGMOID, {0.0, 0.3333333333333333, 0.5, 0.5833333333333334, 0.8333333333333334, 1.0}},
      {LATHE_ACTIVATION_SIGMOID,
       {0.01798620996209156, 0.2689414213699951, 0.5, 0.6224593312018546, 0.8807970779778823, 0.9990889488055994}},
      {LATHE_ACTIVATION_TANH,
       {-0.9993292997390671, -0.7615941559557649, 0.0, 0.46211715726000974, 0.9640275800758169, 0.9999983369439447}},
      {LATHE_ACTIVATION_SOFTPLUS,
       {0.01814992791780978, 0.31326168751822286, 0.6931471805599453, 0.9740769841801067, 2.1269280110429727,
        7.000911466453774}},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LatheReal y[6];

      for (guint j = 0; j < 6; j++)
        y[j] = x[j];
      lathe_activation_forward (cases[i].activation, lathe_kernels (), y, y, 1, 6);
      for (guint j = 0; j < 6; j++)
        g_assert_cmpfloat_with_epsilon (y[j], cases[i].y[j], 1e-12);
    }
}

static void
test_each_activation_is_a_layer_and_a_choice_of_one_name (void)
{
  for (guint i = 1; i < LATHE_N_ACTIVATIONS; i++)
    {
      const LatheLayerKind *kind = lathe_layer_kind_find (lathe_activation_names[i]);

      g_assert_true (kind == &lathe_activations[i].kind);
      g_assert_cmpstr (lathe_activation_title (i), ==, kind->title);
    }
  g_assert_null (lathe_activation_names[LATHE_N_ACTIVATIONS]);
}

static void
test_activations_do_not_overflow (void)
{
  for (guint i = 1; i < LATHE_N_ACTIVATIONS; i++)
    {
      LatheReal x[] = {-1e4, -100, 100, 1e4}, y[4], dx[4];

      lathe_kernels ()->activation[i].forward (y, x, 1, 4, 0.5);
      lathe_kernels ()->activation[i].backward (dx, lathe_activations[i].kind.from_input ? x : y,
                                                (LatheReal[]){1, 1, 1, 1}, 1, 4, 0.5);
      for (guint j = 0; j < 4; j++)
        g_assert_true (isfinite (y[j]) && isfinite (dx[j]));
    }
}

static void
test_rescale_is_the_definition (void)
{
  Draws draws = {.rng = lathe_rng (1, LATHE_RNG_AUGMENT, 6, 1)};
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheNetwork) network = NULL;
  LatheNode *rescale = add_after (graph, add_input (graph, 3, 5, 2), "rescale");

  set (graph, rescale, "scale", 4);
  set (graph, rescale, "offset", -2);
  network = forward_once (graph, pool, &draws);
  for (guint i = 0; i < 30; i++)
    g_assert_cmpfloat (lathe_network_get_logits (network)[i], ==, 4 * lathe_network_get_input (network)[i] - 2);
}

static void
test_spatial_dropout_drops_whole_channels (void)
{
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheNetwork) network = NULL;
  guint n_channels = 2000, zeros = 0;
  LatheNode *dropout = add_after (graph, add_input (graph, 2, 3, n_channels), "spatial-dropout");
  const LatheReal *y;

  set (graph, dropout, "rate", 0.25);
  network = lathe_network_new (graph, 1, FALSE, pool, NULL);
  for (guint i = 0; i < 6 * n_channels; i++)
    lathe_network_get_input (network)[i] = 3;
  y = lathe_network_get_logits (network);
  lathe_network_forward (network, 1, TRUE, 1, 1);
  for (guint c = 0; c < n_channels; c++)
    {
      zeros += y[c] == 0;
      for (guint pixel = 0; pixel < 6; pixel++)
        g_assert_cmpfloat_with_epsilon (y[pixel * n_channels + c], y[c] == 0 ? 0 : 4, 1e-12);
    }
  g_assert_cmpfloat_with_epsilon (zeros / (double) n_channels, 0.25, 0.03);
  lathe_network_forward (network, 1, FALSE, 1, 1);
  for (guint i = 0; i < 6 * n_channels; i++)
    g_assert_cmpfloat (y[i], ==, 3);
}

/* Slopes of their own for two channels, or one for both. */
static void
test_prelu_is_the_definition (void)
{
  for (guint shared = 0; shared < 2; shared++)
    {
      Draws draws = {.rng = lathe_rng (1, LATHE_RNG_AUGMENT, 6, 1)};
      g_autoptr (LatheGraph) graph = lathe_graph_new ();
      g_autoptr (LathePool) pool = lathe_pool_new (2);
      g_autoptr (LatheNetwork) network = NULL;
      LatheReal *w;
      gsize n;

      set (graph, add_after (graph, add_input (graph, 3, 5, 2), "prelu"), "shared", shared);
      network = forward_once (graph, pool, &draws);
      w = lathe_network_get_weights (network, &n);
      g_assert_cmpuint (n, ==, shared ? 1 : 2);
      for (guint i = 0; i < n; i++)
        {
          g_assert_cmpfloat (w[i], ==, 0.25);
          w[i] = 0.5 + i;
        }
      lathe_network_forward (network, 1, FALSE, 0, 0);
      for (guint i = 0; i < 30; i++)
        {
          double x = lathe_network_get_input (network)[i], slope = shared || i % 2 == 0 ? 0.5 : 1.5;

          g_assert_cmpfloat (lathe_network_get_logits (network)[i], ==, x > 0 ? x : slope * x);
        }
    }
}

static void
test_embedding_finds_its_words (void)
{
  static const double words[] = {0, 1, 2.9, 3, 4, 1e9, -1, -0.5, NAN, -INFINITY};
  static const guint rows[] = {0, 1, 2, 3, 3, 3, 0, 0, 0, 0};
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheNetwork) network = NULL;
  LatheNode *embedding = add_after (graph, add_after (graph, add_input (graph, 10, 1, 1), "flatten"), "embedding");
  const LatheReal *w;
  gsize n;

  set (graph, embedding, "vocabulary", 4);
  set (graph, embedding, "dimension", 3);
  network = lathe_network_new (graph, 1, FALSE, pool, NULL);
  lathe_network_initialise (network, 1);
  w = lathe_network_get_weights (network, &n);
  g_assert_cmpuint (n, ==, 12);
  for (guint i = 0; i < 12; i++)
    g_assert_true (w[i] != 0 && fabs (w[i]) <= 0.05);
  for (guint i = 0; i < 10; i++)
    lathe_network_get_input (network)[i] = words[i];
  lathe_network_forward (network, 1, FALSE, 0, 0);
  for (guint i = 0; i < 30; i++)
    g_assert_cmpfloat (lathe_network_get_logits (network)[i], ==, w[rows[i / 3] * 3 + i % 3]);
}

static void
test_embedding_wants_a_vector (void)
{
  g_autoptr (LatheGraph) graph = lathe_graph_new ();

  add_after (graph, add_input (graph, 10, 1, 1), "embedding");
  assert_shape_error (graph, "put a Flatten layer");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/layers/activations/definition", test_activations_are_the_definition);
  g_test_add_func ("/layers/activations/names", test_each_activation_is_a_layer_and_a_choice_of_one_name);
  g_test_add_func ("/layers/activations/no-overflow", test_activations_do_not_overflow);
  g_test_add_func ("/layers/prelu/definition", test_prelu_is_the_definition);
  g_test_add_func ("/layers/embedding/definition", test_embedding_finds_its_words);
  g_test_add_func ("/layers/embedding/errors", test_embedding_wants_a_vector);
  g_test_add_func ("/layers/rescale/definition", test_rescale_is_the_definition);
  g_test_add_func ("/layers/spatial-dropout/channels", test_spatial_dropout_drops_whole_channels);
  return g_test_run ();
}
