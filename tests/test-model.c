/* test-model.c: graphs, their text, their check, and the network made of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "lathe.h"
#include "model/lathe-network.h"

#define N_STEPS 4
#define MANY_PARAMETERS 2000000 /* a network that has more takes the test too long */

static LatheGraph *
load (const char *preset)
{
  g_autoptr (GError) error = NULL;
  LatheGraph *graph = lathe_preset_load (preset, &error);

  g_assert_no_error (error);
  return graph;
}

static void
test_unknown_preset_lists_those_there_are (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (lathe_graph_load ("lenett", &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "lenett"));
  g_assert_nonnull (strstr (error->message, "seed, lenet, vgg, resnet20, alexnet"));
}

static void
test_text_round_trip (void)
{
  for (const char *const *name = lathe_preset_names (); *name != NULL; name++)
    {
      g_autoptr (LatheGraph) graph = load (*name);
      g_autoptr (LatheGraph) copy = lathe_graph_copy (graph);
      g_autofree char *text = lathe_graph_to_json (graph);
      g_autoptr (GError) error = NULL;
      g_autoptr (LatheGraph) again = lathe_graph_from_json (text, -1, &error);

      g_assert_no_error (error);
      g_assert_true (lathe_graph_equal (graph, again));
      g_assert_true (lathe_graph_equal (graph, copy));
      lathe_graph_get_node (copy, 0)->properties.value[0]++;
      g_assert_false (lathe_graph_equal (graph, copy));
    }
}

static void
test_damaged_text_is_refused_with_its_reason (void)
{
  static const struct
  {
    const char *text, *reason;
  } cases[] = {
      {"", ""},
      {"{", ""},
      {"[]", "nodes"},
      {"{\"nodes\":[]}", "nodes"},
      {"{\"nodes\":7}", "nodes"},
      {"{\"nodes\":[7]}", "name"},
      {"{\"nodes\":[{\"name\":\"a\"}]}", "kind"},
      {"{\"nodes\":[{\"name\":\"a\",\"kind\":\"warp\"}]}", "warp"},
      {"{\"nodes\":[{\"name\":\"a\",\"kind\":\"input\"},{\"name\":\"a\",\"kind\":\"relu\"}]}", "two layers"},
      {"{\"nodes\":[{\"name\":\"a\",\"kind\":\"relu\",\"inputs\":[\"b\"]}]}", "input of layer “a”"},
      {"{\"nodes\":[{\"name\":\"a\",\"kind\":\"relu\",\"inputs\":\"a\"}]}", "inputs of layer “a”"},
      {"{\"nodes\":[{\"name\":\"a\",\"kind\":\"dense\",\"wings\":2}]}", "wings"},
      {"{\"nodes\":[{\"name\":\"a\",\"kind\":\"dense\",\"units\":\"two\"}]}", "number"},
      {"{\"nodes\":[{\"name\":\"a\",\"kind\":\"dense\",\"units\":-2}]}", "Units"},
      {"{\"nodes\":[{\"name\":\"a\",\"kind\":\"dense\",\"units\":2.5}]}", "whole"},
      {"{\"nodes\":[{\"name\":\"a\",\"kind\":\"dense\",\"activation\":\"warp\"}]}", "warp"},
      {"{\"nodes\":[{\"name\":\"a\",\"kind\":\"dense\",\"activation\":1}]}", "text"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (lathe_graph_from_json (cases[i].text, -1, &error));
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, cases[i].reason));
    }
}

static void
set (LatheGraph *graph, const char *node, const char *property, double value)
{
  g_autoptr (GError) error = NULL;

  lathe_graph_set (graph, lathe_graph_find (graph, node), property, value, &error);
  g_assert_no_error (error);
}

static void
test_check_names_the_layer_and_the_shapes (void)
{
  g_autoptr (LatheGraph) graph = load ("seed");
  g_autoptr (LatheGraphReport) report = NULL;
  g_autoptr (GError) error = NULL;

  set (graph, "input", "height", 5);
  set (graph, "conv2d-1", "kernel-height", 7);
  report = lathe_graph_check (graph);
  g_assert_false (report->works);
  g_assert_error (report->nodes[1].error, LATHE_ERROR, LATHE_ERROR_SHAPE);
  g_assert_null (report->nodes[2].error); /* what follows is not to blame */
  g_assert_false (lathe_graph_report_propagate (report, graph, &error));
  g_assert_nonnull (strstr (error->message, "conv2d-1"));
  g_assert_nonnull (strstr (error->message, "7×3"));
  g_assert_nonnull (strstr (error->message, "5×128×3"));
}

static void
assert_broken (LatheGraph *graph, const char *reason)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  g_autoptr (GError) error = NULL;

  g_assert_false (report->works);
  g_assert_false (lathe_graph_report_propagate (report, graph, &error));
  g_assert_nonnull (strstr (error->message, reason));
}

static void
assert_works (LatheGraph *graph)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);

  g_assert_true (report->works);
}

static void
test_check_finds_what_is_wrong (void)
{
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  LatheNode *input, *dense, *flatten, *add;

  assert_broken (graph, "one input");
  input = lathe_graph_add (graph, lathe_layer_kind_find ("input"), NULL);
  assert_broken (graph, "after its input");
  dense = lathe_graph_add (graph, lathe_layer_kind_find ("dense"), NULL);
  assert_broken (graph, "has 0");
  lathe_graph_connect (graph, input, dense);
  assert_broken (graph, "Flatten");
  flatten = lathe_graph_add (graph, lathe_layer_kind_find ("flatten"), NULL);
  lathe_graph_connect (graph, input, flatten);
  dense->inputs->pdata[0] = flatten;
  assert_works (graph);
  set (graph, "dense-1", "activation", 3);
  set (graph, "dense-1", "units", 1);
  assert_broken (graph, "softmax over one unit");
  set (graph, "dense-1", "units", 3);
  add = lathe_graph_add (graph, lathe_layer_kind_find ("add"), NULL);
  lathe_graph_connect (graph, dense, add);
  lathe_graph_connect (graph, flatten, add);
  assert_broken (graph, "gets 3 and 49152");
  add->inputs->pdata[1] = dense;
  lathe_graph_add (graph, lathe_layer_kind_find ("relu"), NULL);
  assert_broken (graph, "has 0");
  lathe_graph_connect (graph, add, dense);
  assert_broken (graph, "circle");
}

static void
test_check_refuses_what_no_machine_holds (void)
{
  g_autoptr (LatheGraph) graph = load ("seed");

  set (graph, "dense-1", "units", 1048576);
  assert_broken (graph, "limit");
}

/* Whatever learns says what its gradient is, for each of its parameters. */
static void
test_every_kind_says_what_it_computes (void)
{
  guint n_kinds;
  const LatheLayerKind *const *kinds = lathe_layer_kinds (&n_kinds);

  for (guint i = 0; i < n_kinds; i++)
    {
      g_assert_nonnull (kinds[i]->formula);
      g_assert_cmpint (g_utf8_strlen (kinds[i]->formula, -1), >, 4);
      g_assert_true (kinds[i]->gradient != NULL || kinds[i]->max_inputs == 0);
      if (kinds[i]->parameters != NULL)
        g_assert_true (strstr (kinds[i]->gradient, "∂L/∂W") != NULL || strstr (kinds[i]->gradient, "∂L/∂γ") != NULL ||
                       strstr (kinds[i]->gradient, "∂L/∂a") != NULL);
      if (lathe_layer_kind_property (kinds[i], "activation") >= 0)
        g_assert_true (g_str_has_prefix (kinds[i]->formula, "z = "));
      if (lathe_layer_kind_property (kinds[i], "bias") >= 0)
        g_assert_nonnull (strstr (kinds[i]->formula, "[ + b]"));
    }
}

static void
assert_formula (const char *name, const char *const *lines)
{
  g_autoptr (LatheGraph) graph = lathe_preset_load ("lenet", NULL);
  LatheNode *node = lathe_graph_find (graph, name);
  g_autofree char *expected = g_strjoinv ("\n", (char **) lines), *formula = NULL;
  g_autoptr (LatheGraphReport) report = NULL;
  guint index = 0;

  g_assert_true (lathe_graph_set (graph, lathe_graph_find (graph, "dense-2"), "bias", 0, NULL));
  g_assert_true (lathe_graph_set (graph, lathe_graph_find (graph, "dense-2"), "activation", 0, NULL));
  report = lathe_graph_check (graph);
  while (lathe_graph_get_node (graph, index) != node)
    index++;
  formula = lathe_graph_formula (graph, report, index);
  g_assert_cmpstr (formula, ==, expected);
}

static void
test_formulas_have_their_sizes (void)
{
  assert_formula ("input", (const char *const[]){"y = x", "y: 28×28×1", NULL});
  assert_formula ("conv2d-1", (const char *const[]){"z = x ∗ W + b", "y = ReLU(z), ReLU(x) = max(0, x)",
                                                    "x: 28×28×1, W: 5×5×1×6, b: 6, y: 28×28×6",
                                                    "∂L/∂W = x ∗ δ, ∂L/∂b = Σ δ, ∂L/∂x = δ ∗ᵀ W",
                                                    "δ = ∂L/∂z = ∂L/∂y·ReLU′(z)", NULL});
  assert_formula ("dense-2", (const char *const[]){"z = x·W", "y = z", "x: 120, W: 120×84, y: 84",
                                                   "∂L/∂W = xᵀ·δ, ∂L/∂x = δ·Wᵀ", "δ = ∂L/∂y", NULL});
}

static void
test_chain_editing_heals (void)
{
  g_autoptr (LatheGraph) graph = load ("seed");
  LatheNode *relu = lathe_graph_insert (graph, 2, lathe_layer_kind_find ("relu"));

  g_assert_true (lathe_graph_is_chain (graph));
  g_assert_true (lathe_graph_get_node (graph, 2) == relu);
  g_assert_true (lathe_graph_get_node (graph, 3)->inputs->pdata[0] == relu);
  lathe_graph_move (graph, 2, 4);
  g_assert_true (lathe_graph_get_node (graph, 4) == relu);
  g_assert_true (lathe_graph_is_chain (graph));
  lathe_graph_remove (graph, 4);
  g_assert_true (lathe_graph_is_chain (graph));
  g_assert_cmpuint (lathe_graph_get_n_nodes (graph), ==, 6);
}

static void
test_adapting_to_a_dataset (void)
{
  g_autoptr (LatheGraph) graph = load ("seed");
  g_autoptr (LatheGraphReport) ten = NULL, two = NULL;
  LatheNode *last = lathe_graph_get_node (graph, lathe_graph_get_n_nodes (graph) - 1);
  int activation = lathe_layer_kind_property (last->kind, "activation");

  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (28, 28, 1), 10);
  ten = lathe_graph_check (graph);
  g_assert_true (ten->works);
  g_assert_cmpuint (ten->nodes[ten->n_nodes - 1].output.dim[0], ==, 10);
  g_assert_cmpstr (last->kind->properties[activation].choices[(int) last->properties.value[activation]], ==, "softmax");
  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (64, 48, 3), 2);
  two = lathe_graph_check (graph);
  g_assert_true (two->works);
  g_assert_cmpuint (two->nodes[0].output.dim[1], ==, 48);
  g_assert_cmpuint (two->nodes[two->n_nodes - 1].output.dim[0], ==, 1);
  g_assert_cmpstr (last->kind->properties[activation].choices[(int) last->properties.value[activation]], ==, "sigmoid");
}

/* Cross-entropies at logits where a naive formula gives infinity. */
static void
test_losses_are_right_and_never_overflow (void)
{
  LatheReal logits[] = {0, 500, -500, 2}, losses[4], gradient[8];
  guint32 yes_no[] = {1, 0, 1, 1}, label = 2;
  LatheReal three[] = {1000, 0, 999};
  LatheLoss plain = {LATHE_LOSS_CROSS_ENTROPY};

  lathe_loss_run (&plain, logits, yes_no, NULL, 4, 1, losses, gradient);
  g_assert_cmpfloat_with_epsilon (losses[0], log (2), 1e-6);
  g_assert_cmpfloat_with_epsilon (losses[1], 500, 1e-3);
  g_assert_cmpfloat_with_epsilon (losses[2], 500, 1e-3);
  g_assert_cmpfloat_with_epsilon (losses[3], log (1 + exp (-2)), 1e-6);
  g_assert_cmpfloat_with_epsilon (gradient[0], -0.5 / 4, 1e-7);
  g_assert_cmpfloat_with_epsilon (gradient[1], 1.0 / 4, 1e-7);
  lathe_loss_run (&plain, three, &label, NULL, 1, 3, losses, gradient);
  g_assert_cmpfloat_with_epsilon (losses[0], log (1 + exp (-1)) + 1, 1e-3);
  g_assert_cmpfloat_with_epsilon (gradient[0], 1 / (1 + exp (-1)), 1e-6);
  g_assert_cmpfloat_with_epsilon (gradient[2], exp (-1) / (1 + exp (-1)) - 1, 1e-6);
}

static void
test_initialisers_have_their_variance (void)
{
  g_autoptr (LatheGraph) graph = load ("seed");
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = lathe_network_new (graph, 1, FALSE, pool, NULL);
  const LatheReal *w;
  double sum = 0, squares = 0;
  gsize n = 127008 * 64;

  lathe_network_initialise (network, 1);
  w = lathe_network_get_weights (network, NULL);
  for (guint i = 0; i < 32; i++)
    g_assert_cmpfloat (w[864 + i], ==, 0); /* biases */
  for (gsize i = 896; i < 896 + n; i++)
    {
      sum += w[i];
      squares += w[i] * w[i];
    }
  g_assert_cmpfloat (fabs (sum / n), <, 1e-5);
  g_assert_cmpfloat_with_epsilon (squares / n * 127008 / 2, 1, 0.005); /* He: variance 2 / fan-in */
}

static LatheModel *
make_model (const LatheGraph *graph, LatheNetwork *network)
{
  const char *labels[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", NULL};
  LathePreprocess preprocess = {28, 28, 1, {0}, {1, 1, 1}};
  g_autoptr (GError) error = NULL;
  LatheModel *model = lathe_model_new (graph, labels, &preprocess, &error);

  g_assert_no_error (error);
  lathe_network_store (network, model);
  return model;
}

/* A few steps of gradient descent, by hand, over batches of each size. */
static char *
train_a_little (const LatheGraph *graph, guint n_threads)
{
  g_autoptr (LathePool) pool = lathe_pool_new (n_threads);
  g_autoptr (LatheNetwork) network = NULL;
  g_autoptr (LatheModel) model = NULL;
  LatheRng rng = lathe_rng (1, LATHE_RNG_AUGMENT, 0, 0);
  guint32 labels[19];
  LatheReal losses[19], *x, *w;
  gsize n_weights;

  network = lathe_network_new (graph, 19, TRUE, pool, NULL);
  lathe_network_initialise (network, 3);
  x = lathe_network_get_input (network);
  w = lathe_network_get_weights (network, &n_weights);
  for (guint step = 0; step < N_STEPS; step++)
    {
      guint n = 19 - step % 3;

      for (gsize i = 0; i < n * lathe_network_get_input_size (network); i++)
        x[i] = (LatheReal) lathe_rng_uniform (&rng, step * 100000 + i);
      for (guint i = 0; i < n; i++)
        labels[i] = lathe_rng_below (&rng, step * 100000 + i, 10);
      lathe_network_forward (network, n, TRUE, 1, step);
      lathe_network_loss (network, n, labels, NULL, losses);
      lathe_network_backward (network, n);
      for (gsize i = 0; i < n_weights; i++)
        w[i] -= 0.01f * lathe_network_get_gradient (network)[i];
    }
  g_assert_true (isfinite (losses[0]));
  model = make_model (graph, network);
  return lathe_model_weights_sha256 (model);
}

static void
assert_same_bits (const LatheGraph *graph)
{
  g_autofree char *one = train_a_little (graph, 1);

  for (guint n_threads = 2; n_threads <= 8; n_threads += n_threads == 3 ? 5 : 1)
    {
      g_autofree char *many = train_a_little (graph, n_threads);

      g_assert_cmpstr (many, ==, one);
    }
}

/* A convolution, a layer of this kind, and the output. */
static LatheGraph *
make_normed (const char *kind)
{
  LatheGraph *graph = load ("lenet");

  lathe_graph_insert (graph, 2, lathe_layer_kind_find (kind));
  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (32, 32, 3), 10);
  return graph;
}

static void
test_same_bits_on_any_number_of_threads (void)
{
  for (const char *const *name = lathe_preset_names (); *name != NULL; name++)
    {
      g_autoptr (LatheGraph) graph = load (*name);
      g_autoptr (LatheGraphReport) report = NULL;

      lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (32, 32, 3), 10);
      report = lathe_graph_check (graph);
      if (report->works && report->parameters < MANY_PARAMETERS)
        assert_same_bits (graph);
    }
}

static void
test_norms_give_the_same_bits_on_any_number_of_threads (void)
{
  static const char *const kinds[] = {"batch-norm", "layer-norm"};

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (LatheGraph) graph = make_normed (kinds[i]);

      assert_same_bits (graph);
    }
}

/* What is not trained is counted apart, saved and loaded; the optimiser never sees it. */
static void
test_states_travel_with_the_model (void)
{
  g_autoptr (LatheGraph) graph = make_normed ("batch-norm");
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) first = lathe_network_new (graph, 4, TRUE, pool, NULL);
  g_autoptr (LatheNetwork) second = lathe_network_new (graph, 4, FALSE, pool, NULL);
  g_autoptr (LatheModel) model = NULL;
  gsize n_weights, bytes = 4 * lathe_network_get_input_size (first) * sizeof (LatheReal);

  g_assert_cmpuint (report->nodes[2].parameters, ==, 4 * 6);
  g_assert_cmpuint (report->states, ==, 2 * 6);
  lathe_network_get_weights (first, &n_weights);
  g_assert_cmpuint (n_weights, ==, report->parameters - report->states);
  lathe_network_initialise (first, 1);
  for (gsize i = 0; i < bytes / sizeof (LatheReal); i++)
    lathe_network_get_input (first)[i] = (LatheReal) sin ((double) i);
  lathe_network_forward (first, 4, TRUE, 1, 1);
  model = make_model (graph, first);
  g_assert_cmpstr (g_array_index (model->weights, LatheWeight, 4).name, ==, "batch-norm-1.running-mean");
  g_assert_cmpfloat (g_array_index (model->weights, LatheWeight, 4).data[0], !=, 0);
  lathe_network_load (second, model);
  memcpy (lathe_network_get_input (second), lathe_network_get_input (first), bytes);
  lathe_network_forward (first, 4, FALSE, 0, 0);
  lathe_network_forward (second, 4, FALSE, 0, 0);
  g_assert_cmpmem (lathe_network_get_logits (first), 40 * sizeof (LatheReal), lathe_network_get_logits (second),
                   40 * sizeof (LatheReal));
}

static void
test_model_has_the_networks_tensors (void)
{
  g_autoptr (LatheGraph) graph = load ("lenet");
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = lathe_network_new (graph, 1, FALSE, pool, NULL);
  g_autoptr (LatheModel) model = make_model (graph, network);
  g_autofree char *empty = NULL, *full = NULL;

  g_assert_cmpuint (model->weights->len, ==, 10);
  g_assert_cmpstr (g_array_index (model->weights, LatheWeight, 2).name, ==, "conv2d-2.weight");
  empty = lathe_model_weights_sha256 (model);
  lathe_network_initialise (network, 1);
  lathe_network_store (network, model);
  full = lathe_model_weights_sha256 (model);
  g_assert_cmpstr (empty, !=, full);
  g_assert_cmpuint (strlen (full), ==, 64);
}

static void
test_model_wants_as_many_labels_as_outputs (void)
{
  g_autoptr (LatheGraph) graph = load ("lenet");
  const char *labels[] = {"a", "b", NULL};
  LathePreprocess preprocess = {28, 28, 1, {0}, {1, 1, 1}};
  g_autoptr (GError) error = NULL;

  g_assert_null (lathe_model_new (graph, labels, &preprocess, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE);
  g_assert_nonnull (strstr (error->message, "10"));
}

#define N_SCALES 8

/* input → conv → rescale-1 … rescale-8 → flatten → dense: a million times as much at each. */
static LatheNetwork *
make_scaled (LathePool *pool, double scale)
{
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  g_autoptr (GError) error = NULL;
  LatheNode *node = lathe_graph_add (graph, lathe_layer_kind_find ("input"), NULL);
  LatheNetwork *network;

  for (guint i = 0; i < N_SCALES + 3; i++)
    {
      const char *kind = i == 0 ? "conv2d" : i <= N_SCALES ? "rescale" : i == N_SCALES + 1 ? "flatten" : "dense";
      LatheNode *next = lathe_graph_add (graph, lathe_layer_kind_find (kind), NULL);

      lathe_graph_connect (graph, node, next);
      if (i > 0 && i <= N_SCALES)
        lathe_graph_set (graph, next, "scale", scale, &error);
      g_assert_no_error (error);
      node = next;
    }
  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (4, 4, 1), 2);
  network = lathe_network_new (graph, 2, TRUE, pool, &error);
  g_assert_no_error (error);
  lathe_network_initialise (network, 1);
  for (gsize i = 0; i < 2 * lathe_network_get_input_size (network); i++)
    lathe_network_get_input (network)[i] = 1;
  lathe_network_forward (network, 2, TRUE, 1, 0);
  return network;
}

static void
test_overflow_is_found_where_it_began (void)
{
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) tame = make_scaled (pool, 1), wild = make_scaled (pool, 1e6);

  g_assert_null (lathe_network_find_overflow (tame, 2, FALSE));
  g_assert_cmpstr (lathe_network_find_overflow (wild, 2, FALSE), ==, "rescale-7");
}

/* On the way back the first to overflow is another: what fits forward, here zeros, need not fit backward. */
static void
test_overflow_of_the_way_back_is_found (void)
{
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = make_scaled (pool, 1e6);
  const guint32 labels[2] = {1, 1};
  LatheReal losses[2];
  gsize n;
  LatheReal *weights = lathe_network_get_weights (network, &n);

  /* The filters of the convolution come first: 9 weights and a bias each. */
  for (gsize i = 0; i < n; i++)
    weights[i] = i < 32 * 10 ? 0 : 1;
  lathe_network_forward (network, 2, TRUE, 1, 0);
  g_assert_null (lathe_network_find_overflow (network, 2, FALSE));
  lathe_network_loss (network, 2, labels, NULL, losses);
  lathe_network_backward (network, 2);
  g_assert_cmpstr (lathe_network_find_overflow (network, 2, TRUE), ==, "rescale-2");
}

static void
test_plan_is_what_is_taken (void)
{
  g_autoptr (LathePool) pool = lathe_pool_new (3);

  for (const char *const *name = lathe_preset_names (); *name != NULL; name++)
    for (guint training = 0; training < 2; training++)
      {
        g_autoptr (LatheGraph) graph = load (*name);
        g_autoptr (LatheNetwork) network = NULL;
        g_autoptr (LatheGraphReport) report = NULL;
        g_autoptr (GError) error = NULL;
        LatheMemoryPlan plan;

        lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (64, 64, 3), 10);
        report = lathe_graph_check (graph);
        if (!report->works || report->parameters > MANY_PARAMETERS)
          continue;
        g_assert_true (lathe_network_plan (graph, 5, training, 3, &plan, &error));
        g_assert_no_error (error);
        g_assert_cmpuint (plan.total, ==, plan.weights + plan.gradient + plan.activations + plan.scratch);
        g_assert_cmpuint (plan.weights, ==, report->parameters * sizeof (LatheReal));
        network = lathe_network_new (graph, 5, training, pool, &error);
        g_assert_no_error (error);
        g_assert_cmpuint (lathe_network_get_memory (network), ==, plan.total);
      }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/presets/unknown", test_unknown_preset_lists_those_there_are);
  g_test_add_func ("/model/text/round-trip", test_text_round_trip);
  g_test_add_func ("/model/text/damaged", test_damaged_text_is_refused_with_its_reason);
  g_test_add_func ("/model/check/shapes", test_check_names_the_layer_and_the_shapes);
  g_test_add_func ("/model/check/faults", test_check_finds_what_is_wrong);
  g_test_add_func ("/model/formulas", test_every_kind_says_what_it_computes);
  g_test_add_func ("/model/formulas/sizes", test_formulas_have_their_sizes);
  g_test_add_func ("/model/check/limits", test_check_refuses_what_no_machine_holds);
  g_test_add_func ("/model/chain", test_chain_editing_heals);
  g_test_add_func ("/model/adapt", test_adapting_to_a_dataset);
  g_test_add_func ("/model/loss", test_losses_are_right_and_never_overflow);
  g_test_add_func ("/model/initialisers", test_initialisers_have_their_variance);
  g_test_add_func ("/model/threads", test_same_bits_on_any_number_of_threads);
  g_test_add_func ("/model/threads/norms", test_norms_give_the_same_bits_on_any_number_of_threads);
  g_test_add_func ("/model/states", test_states_travel_with_the_model);
  g_test_add_func ("/model/tensors", test_model_has_the_networks_tensors);
  g_test_add_func ("/model/labels", test_model_wants_as_many_labels_as_outputs);
  g_test_add_func ("/model/overflow", test_overflow_is_found_where_it_began);
  g_test_add_func ("/model/overflow-of-the-way-back", test_overflow_of_the_way_back_is_found);
  g_test_add_func ("/model/plan", test_plan_is_what_is_taken);
  return g_test_run ();
}
