/* test-layers-weights.c: how weights begin, which of them learn, and what keeps them small.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "layers/lathe-initialiser.h"
#include "layers/lathe-weights.h"
#include "proof.h"

/* --- How they begin --- */

static const LatheRng stream = {.seed = 7, .purpose = LATHE_RNG_INITIALISE, .major = 2, .minor = 1};

static void
test_initialisers_have_their_deviation (void)
{
  static const struct
  {
    LatheInitialiser initialiser;
    double deviation, largest; /* of fans 30 and 20 */
  } cases[] = {
      {LATHE_INITIALISER_UNIFORM, 0.7 / 1.7320508, 0.7},
      {LATHE_INITIALISER_GLOROT_UNIFORM, 0.2, 0.3464102},
      {LATHE_INITIALISER_GLOROT_NORMAL, 0.2, 2 * 0.2 / 0.8796257},
      {LATHE_INITIALISER_HE_UNIFORM, 0.2581989, 0.4472136},
      {LATHE_INITIALISER_HE_NORMAL, 0.2581989, 2 * 0.2581989 / 0.8796257},
      {LATHE_INITIALISER_LECUN_UNIFORM, 0.1825742, 0.3162278},
      {LATHE_INITIALISER_LECUN_NORMAL, 0.1825742, 2 * 0.1825742 / 0.8796257},
      {LATHE_INITIALISER_TRUNCATED_NORMAL, 0.7 * 0.8796257, 1.4},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LatheParameter parameter = {
          .shape = {2, {300, 200}},
          .initialiser = cases[i].initialiser,
          .scale = 0.7,
          .fan_in = 30,
          .fan_out = 20,
      };
      gsize n = lathe_shape_size (&parameter.shape);
      g_autofree LatheReal *w = g_new (LatheReal, n);
      double sum = 0, squares = 0, largest = 0;

      lathe_initialise (&parameter, &stream, w);
      for (gsize k = 0; k < n; k++)
        {
          sum += w[k];
          squares += w[k] * w[k];
          largest = fmax (largest, fabs (w[k]));
        }
      g_assert_cmpfloat_with_epsilon (sum / n, 0, 0.02 * cases[i].deviation);
      g_assert_cmpfloat_with_epsilon (sqrt (squares / n), cases[i].deviation, 0.01 * cases[i].deviation);
      g_assert_cmpfloat (largest, <=, cases[i].largest * (1 + 1e-6));
      g_assert_cmpfloat (largest, >=, 0.999 * cases[i].largest);
    }
}

/* The share of the cut bell that lies below each number is the number's own draw. */
static void
test_normal_numbers_follow_the_bell (void)
{
  LatheParameter parameter = {
      .shape = {1, {5000}}, .initialiser = LATHE_INITIALISER_TRUNCATED_NORMAL, .scale = 1, .fan_in = 1, .fan_out = 1};
  LatheReal w[5000];
  double below_cut = 0.5 * erfc (M_SQRT2);

  lathe_initialise (&parameter, &stream, w);
  for (guint k = 0; k < 5000; k++)
    g_assert_cmpfloat_with_epsilon ((0.5 * erfc (-w[k] / M_SQRT2) - below_cut) / (1 - 2 * below_cut),
                                    lathe_rng_uniform (&stream, k), 2e-10);
}

static void
test_orthogonal_is_at_right_angles (void)
{
  static const LatheShape shapes[] = {{2, {20, 7}}, {2, {7, 20}}, {2, {9, 9}}, {4, {3, 3, 5, 16}}, {2, {1, 5}}};

  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      LatheParameter parameter = {
          .shape = shapes[i], .initialiser = LATHE_INITIALISER_ORTHOGONAL, .scale = 1.5, .fan_in = 1, .fan_out = 1};
      gsize columns = shapes[i].dim[shapes[i].rank - 1], rows = lathe_shape_size (&shapes[i]) / columns;
      gboolean tall = rows >= columns;
      gsize n = MIN (rows, columns), size = MAX (rows, columns), along = tall ? columns : 1, apart = tall ? 1 : columns;
      g_autofree LatheReal *w = g_new (LatheReal, rows * columns);

      lathe_initialise (&parameter, &stream, w);
      for (gsize a = 0; a < n; a++)
        for (gsize b = 0; b < n; b++)
          {
            double sum = 0;

            for (gsize k = 0; k < size; k++)
              sum += w[a * apart + k * along] * w[b * apart + k * along];
            g_assert_cmpfloat_with_epsilon (sum, a == b ? 2.25 : 0, 1e-12);
          }
    }
}

/* Each of the first units passes its input on from the middle of the window; the others are drawn. */
static void
test_identity_passes_on (void)
{
  static const struct
  {
    LatheShape shape; /* kernel height × kernel width × inputs of a group × units */
    guint groups, middle;
  } cases[] = {
      {{4, {3, 3, 5, 8}}, 1, 4},
      {{4, {2, 4, 3, 3}}, 1, 1},
      {{4, {5, 1, 2, 6}}, 3, 2},
      {{2, {4, 9}}, 1, 0},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const LatheShape *shape = &cases[i].shape;
      gsize units = shape->dim[shape->rank - 1], inputs = shape->dim[shape->rank - 2], n = lathe_shape_size (shape);
      gsize rows = n / units, group = units / cases[i].groups;
      LatheParameter parameter = {
          .shape = *shape, .initialiser = LATHE_INITIALISER_IDENTITY, .fan_in = rows, .fan_out = rows / inputs * group};
      g_autofree LatheReal *w = g_new (LatheReal, n);

      lathe_initialise (&parameter, &stream, w);
      for (gsize unit = 0; unit < units; unit++)
        for (gsize row = 0; row < rows; row++)
          if (unit % group < inputs)
            g_assert_cmpfloat (w[row * units + unit], ==, row == cases[i].middle * inputs + unit % group);
          else
            g_assert_cmpfloat (fabs (w[row * units + unit]), <, sqrt (3.0 / (double) rows));
    }
}

/* A convolution made of its own input, of which neighbours are alike and each channel has a mean of its own. */
static LatheNetwork *
whitened (LathePool *pool, gboolean bias, guint filters, guint n, guint *n_filters, gsize *n_windows)
{
  enum
  {
    SIDE = 12,
    CHANNELS = 2
  };
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  LatheNode *input = lathe_graph_add (graph, lathe_layer_kind_find ("input"), NULL), *conv;
  LatheNetwork *network;
  LatheRng rng = lathe_rng (3, LATHE_RNG_AUGMENT, 0, 0);
  LatheReal *x;

  set (graph, input, "height", SIDE);
  set (graph, input, "width", SIDE);
  set (graph, input, "channels", CHANNELS);
  conv = add_after (graph, input, "conv2d");
  set (graph, conv, "filters", filters);
  set (graph, conv, "kernel-height", 2);
  set (graph, conv, "kernel-width", 2);
  set (graph, conv, "bias", bias);
  set (graph, conv, "initialiser", LATHE_INITIALISER_WHITENING - LATHE_INITIALISER_GLOROT_UNIFORM + 1);
  add_after (graph, conv, "flatten");
  network = lathe_network_new (graph, n, FALSE, pool, NULL);
  g_assert_true (lathe_network_wants_images (network));
  lathe_network_initialise (network, 1);
  x = lathe_network_get_input (network);
  for (gsize i = 0; i < n * SIDE * SIDE * CHANNELS; i++)
    x[i] = (LatheReal) lathe_rng_uniform (&rng, (guint32) i) + (i % CHANNELS) + (i >= 2 ? 0.8 * x[i - 2] : 0);
  lathe_network_whiten (network, n);
  lathe_network_forward (network, n, FALSE, 0, 0);
  *n_filters = filters;
  *n_windows = (gsize) n * (SIDE - 1) * (SIDE - 1);
  return network;
}

static void
test_whitening_leaves_nothing_in_common (void)
{
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  guint filters;
  gsize n;
  g_autoptr (LatheNetwork) network = whitened (pool, TRUE, 16, 40, &filters, &n);
  const LatheReal *y = lathe_network_get_logits (network);

  for (guint a = 0; a < filters; a++)
    for (guint b = a; b < filters; b++)
      {
        double mean = 0, product = 0;

        for (gsize i = 0; i < n; i++)
          {
            mean += y[i * filters + a] / (double) n;
            product += y[i * filters + a] * y[i * filters + b] / (double) n;
          }
        g_assert_cmpfloat_with_epsilon (mean, 0, 1e-9);
        if (a == b)
          g_assert_true (product > 0.9 && product < 1); /* a little is taken off where there is little */
        else
          g_assert_cmpfloat_with_epsilon (product, a % 2 == 0 && b == a + 1 ? -1 : 0, b == a + 1 ? 0.1 : 1e-9);
      }
}

/* Filters beyond two for each number of a window are as they were drawn; and no bias is asked for. */
static void
test_whitening_fits_any_number_of_filters (void)
{
  static const guint n_filters[] = {1, 5, 30};
  g_autoptr (LathePool) pool = lathe_pool_new (1);

  for (guint i = 0; i < G_N_ELEMENTS (n_filters); i++)
    {
      guint filters;
      gsize n;
      g_autoptr (LatheNetwork) network = whitened (pool, FALSE, n_filters[i], 3, &filters, &n);
      const LatheReal *y = lathe_network_get_logits (network);

      for (gsize k = 0; k < n * filters; k++)
        g_assert_true (isfinite (y[k]));
    }
}

/* The number behind the property is the name's, and 0 stands for what is usual. */
static void
test_the_property_names_the_initialiser (void)
{
  static const struct
  {
    const char *name;
    double scale;
    LatheInitialiser initialiser;
    double means;
  } cases[] = {
      {"glorot-uniform", 0, LATHE_INITIALISER_GLOROT_UNIFORM, 0},
      {"glorot-normal", 0, LATHE_INITIALISER_GLOROT_NORMAL, 0},
      {"he-uniform", 0, LATHE_INITIALISER_HE_UNIFORM, 0},
      {"he-normal", 0, LATHE_INITIALISER_HE_NORMAL, 0},
      {"lecun-uniform", 0, LATHE_INITIALISER_LECUN_UNIFORM, 0},
      {"lecun-normal", 0, LATHE_INITIALISER_LECUN_NORMAL, 0},
      {"orthogonal", 0, LATHE_INITIALISER_ORTHOGONAL, 1},
      {"orthogonal", 2, LATHE_INITIALISER_ORTHOGONAL, 2},
      {"truncated-normal", 0, LATHE_INITIALISER_TRUNCATED_NORMAL, 0.05},
      {"truncated-normal", 0.3, LATHE_INITIALISER_TRUNCATED_NORMAL, 0.3},
      {"constant", 0, LATHE_INITIALISER_CONSTANT, 0},
      {"constant", -3, LATHE_INITIALISER_CONSTANT, -3},
      {"identity", 0, LATHE_INITIALISER_IDENTITY, 0},
      {"whitening", 0, LATHE_INITIALISER_WHITENING, 1},
      {"auto", 5, LATHE_INITIALISER_HE_UNIFORM, 0},
  };
  const LatheLayerKind *kind = lathe_layer_kind_find ("dense");
  LatheShape input = LATHE_SHAPE_VECTOR (3);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (LatheGraph) graph = lathe_graph_new ();
      LatheNode *dense = lathe_graph_add (graph, kind, NULL);
      LatheParameter parameters[LATHE_MAX_PARAMETERS];
      double value = -1;

      g_assert_true (lathe_property_parse (&kind->properties[lathe_layer_kind_property (kind, "initialiser")],
                                           cases[i].name, &value, NULL));
      set (graph, dense, "initialiser", value);
      set (graph, dense, "initialiser-scale", cases[i].scale);
      set (graph, dense, "activation", 1);
      g_assert_cmpuint (kind->parameters (&dense->properties, &input, parameters), ==, 2);
      g_assert_cmpint (parameters[0].initialiser, ==, cases[i].initialiser);
      g_assert_cmpfloat (parameters[0].scale, ==, cases[i].means);
      g_assert_cmpint (parameters[1].initialiser, ==, LATHE_INITIALISER_ZEROS);
    }
}

/* --- Which of them learn --- */

static guint n_backward; /* of a counted kind, since it was set to 0 */

static void
count_backward (LatheStep *step)
{
  n_backward++;
  lathe_layer_kind_find (step->kind->name)->backward (step);
}

/* conv2d → conv2d → dense, each of a kind that counts its ways back. */
static LatheNetwork *
make_counted (const gboolean frozen[3], LathePool *pool)
{
  static LatheLayerKind conv2d, dense;
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  LatheNode *node = add_input (graph, 5, 5, 2);

  conv2d = *lathe_layer_kind_find ("conv2d");
  dense = *lathe_layer_kind_find ("dense");
  conv2d.backward = dense.backward = count_backward;
  for (guint i = 0; i < 3; i++)
    {
      node = add_after (graph, i == 2 ? add_after (graph, node, "flatten") : node, i == 2 ? "dense" : "conv2d");
      node->kind = i == 2 ? &dense : &conv2d;
      set (graph, node, i == 2 ? "units" : "filters", 3);
      set (graph, node, "frozen", frozen[i]);
      set (graph, node, "l2", 0.1);
    }
  return lathe_network_new (graph, 4, TRUE, pool, NULL);
}

static void
test_nothing_goes_back_behind_what_learns (void)
{
  static const struct
  {
    gboolean frozen[3];
    gsize n_weights;
    guint n_backward;
  } cases[] = {
      {{FALSE, FALSE, FALSE}, 57 + 84 + 12, 3},
      {{TRUE, FALSE, FALSE}, 84 + 12, 2},
      {{TRUE, TRUE, FALSE}, 12, 1},
      {{FALSE, TRUE, TRUE}, 57, 3},
      {{TRUE, TRUE, TRUE}, 0, 0},
  };
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  guint32 labels[4] = {0, 1, 2, 0};
  double loss = 0;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Draws draws = {.rng = lathe_rng (1, LATHE_RNG_AUGMENT, 5, 1)};
      g_autoptr (LatheNetwork) network = make_counted (cases[i].frozen, pool);
      gsize n_weights;
      double found;

      lathe_network_get_weights (network, &n_weights);
      g_assert_cmpuint (n_weights, ==, cases[i].n_weights);
      lathe_network_initialise (network, 3);
      fill_input (network, 4, &draws);
      found = mean_loss (network, 4, labels) - lathe_network_penalty (network);
      if (i == 0)
        loss = found;
      g_assert_cmpfloat_with_epsilon (found, loss, 1e-12); /* the same weights, wherever they lie */
      n_backward = 0;
      lathe_network_backward (network, 4);
      g_assert_cmpuint (n_backward, ==, cases[i].n_backward);
    }
}

static void
test_frozen_weights_are_counted_as_not_trained (void)
{
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  g_autoptr (LatheGraphReport) report = NULL, with_bias = NULL;
  LatheNode *conv = add_after (graph, add_input (graph, 5, 5, 2), "conv2d");

  set (graph, conv, "frozen", LATHE_FROZEN_YES);
  set (graph, add_after (graph, conv, "batch-norm"), "frozen", 1);
  report = lathe_graph_check (graph);
  g_assert_cmpuint (report->nodes[1].states, ==, 9 * 2 * 32 + 32);
  g_assert_cmpuint (report->nodes[2].states, ==, 4 * 32);
  g_assert_cmpuint (report->states, ==, report->parameters);
  set (graph, conv, "frozen", LATHE_FROZEN_WEIGHTS);
  with_bias = lathe_graph_check (graph);
  g_assert_cmpuint (with_bias->nodes[1].states, ==, 9 * 2 * 32);
}

static LatheNetwork *
make_normed (gboolean frozen, LatheGraph *graph, LathePool *pool)
{
  LatheNode *norm = add_after (graph, add_input (graph, 3, 3, 2), "batch-norm");

  set (graph, norm, "frozen", frozen);
  add_after (graph, norm, "global-average-pool");
  return lathe_network_new (graph, 6, TRUE, pool, NULL);
}

/* Its statistics are those that it brings along, and stay so. */
static void
test_frozen_batch_norm_answers_while_others_train (void)
{
  static const char *const labels[] = {"a", "b", NULL};
  const LathePreprocess preprocess = {3, 3, 1, {0}, {1, 1, 1}};
  Draws draws = {.rng = lathe_rng (1, LATHE_RNG_AUGMENT, 5, 1)};
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheGraph) graph = lathe_graph_new (), frozen_graph = lathe_graph_new ();
  g_autoptr (LatheNetwork) network = make_normed (FALSE, graph, pool);
  g_autoptr (LatheNetwork) frozen = make_normed (TRUE, frozen_graph, pool);
  g_autoptr (LatheModel) model = lathe_model_new (graph, labels, &preprocess, NULL);
  g_autoptr (LatheModel) after = lathe_model_new (frozen_graph, labels, &preprocess, NULL);
  g_autofree char *first = NULL, *last = NULL;
  gsize n = 6 * 3 * 3 * 2;

  lathe_network_initialise (network, 1);
  for (guint pass = 0; pass < 3; pass++)
    {
      fill_input (network, 6, &draws);
      lathe_network_forward (network, 6, TRUE, 1, pass);
    }
  lathe_network_store (network, model);
  lathe_network_load (network, model); /* as a model rounds */
  lathe_network_load (frozen, model);
  for (gsize i = 0; i < n; i++)
    lathe_network_get_input (frozen)[i] = lathe_network_get_input (network)[i];
  lathe_network_forward (network, 6, FALSE, 0, 0);
  lathe_network_forward (frozen, 6, TRUE, 1, 9);
  g_assert_cmpmem (lathe_network_get_logits (network), 12 * sizeof (LatheReal), lathe_network_get_logits (frozen),
                   12 * sizeof (LatheReal));
  lathe_network_store (frozen, after);
  first = lathe_model_weights_sha256 (model);
  last = lathe_model_weights_sha256 (after);
  g_assert_cmpstr (first, ==, last);
}

/* --- What keeps them small --- */

/* A dense layer of 7 × 3 weights and biases, all different, behind a convolution of one. */
static LatheNetwork *
make_sized (LathePool *pool, const char *property, double value)
{
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  LatheNode *conv = add_after (graph, add_input (graph, 7, 1, 1), "conv2d");
  LatheNode *dense = add_after (graph, add_after (graph, conv, "flatten"), "dense");
  LatheNetwork *network;
  gsize n_weights;
  LatheReal *w;

  set (graph, conv, "filters", 1);
  set (graph, conv, "kernel-height", 1);
  set (graph, conv, "kernel-width", 1);
  set (graph, dense, "units", 3);
  set (graph, dense, property, value);
  network = lathe_network_new (graph, 1, TRUE, pool, NULL);
  w = lathe_network_get_weights (network, &n_weights);
  g_assert_cmpuint (n_weights, ==, 2 + 21 + 3);
  for (guint i = 0; i < n_weights; i++)
    w[i] = 0.1 * (i % 2 == 0 ? i : -(double) i);
  return network;
}

static void
test_penalties_are_of_the_weights_alone (void)
{
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheNetwork) l1 = make_sized (pool, "l1", 0.5), l2 = make_sized (pool, "l2", 0.25);
  g_autoptr (LatheNetwork) none = make_sized (pool, "units", 3);
  double sizes = 0, squares = 0;

  for (guint i = 2; i < 23; i++)
    {
      sizes += 0.1 * i;
      squares += 0.01 * i * i;
    }
  g_assert_cmpfloat_with_epsilon (lathe_network_penalty (l1), 0.5 * sizes, 1e-12);
  g_assert_cmpfloat_with_epsilon (lathe_network_penalty (l2), 0.25 * squares, 1e-12);
  g_assert_cmpfloat (lathe_network_penalty (none), ==, 0);
}

static void
test_max_norm_shortens_what_is_too_long (void)
{
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheNetwork) network = make_sized (pool, "max-norm", 3.4);
  g_autoptr (LatheNetwork) before = make_sized (pool, "max-norm", 3.4);
  const LatheReal *w = lathe_network_get_weights (network, NULL), *old = lathe_network_get_weights (before, NULL);
  guint n_short = 0;

  lathe_network_constrain (network);
  for (guint unit = 0; unit < 3; unit++)
    {
      double length = 0, old_length = 0;

      for (guint i = 2 + unit; i < 23; i += 3)
        {
          length += w[i] * w[i];
          old_length += old[i] * old[i];
        }
      n_short += old_length <= 3.4 * 3.4;
      for (guint i = 2 + unit; i < 23; i += 3)
        if (old_length <= 3.4 * 3.4)
          g_assert_cmpfloat (w[i], ==, old[i]);
        else
          g_assert_cmpfloat_with_epsilon (w[i], old[i] * 3.4 / sqrt (old_length), 1e-12);
      g_assert_cmpfloat (sqrt (length), <=, 3.4 + 1e-12);
    }
  g_assert_cmpuint (n_short, ==, 1);
  for (guint i = 0; i < 26; i++)
    if (i < 2 || i >= 23)
      g_assert_cmpfloat (w[i], ==, old[i]);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/layers/initialisers/deviation", test_initialisers_have_their_deviation);
  g_test_add_func ("/layers/initialisers/normal", test_normal_numbers_follow_the_bell);
  g_test_add_func ("/layers/initialisers/orthogonal", test_orthogonal_is_at_right_angles);
  g_test_add_func ("/layers/initialisers/identity", test_identity_passes_on);
  g_test_add_func ("/layers/initialisers/whitening", test_whitening_leaves_nothing_in_common);
  g_test_add_func ("/layers/initialisers/whitening-filters", test_whitening_fits_any_number_of_filters);
  g_test_add_func ("/layers/initialisers/property", test_the_property_names_the_initialiser);
  g_test_add_func ("/layers/frozen/backward", test_nothing_goes_back_behind_what_learns);
  g_test_add_func ("/layers/frozen/counted", test_frozen_weights_are_counted_as_not_trained);
  g_test_add_func ("/layers/frozen/batch-norm", test_frozen_batch_norm_answers_while_others_train);
  g_test_add_func ("/layers/penalty", test_penalties_are_of_the_weights_alone);
  g_test_add_func ("/layers/max-norm", test_max_norm_shortens_what_is_too_long);
  return g_test_run ();
}
