/* test-fusion.c: layers that are run by the one in front of them give what they give alone, to the bit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "lathe.h"
#include "model/lathe-network-private.h"

#define BATCH 5

static const guint32 labels[BATCH] = {0, 1, 1, 0, 1};

static LatheNode *
add_layer (LatheGraph *graph, LatheNode *from, const char *kind)
{
  LatheNode *node = lathe_graph_add (graph, lathe_layer_kind_find (kind), NULL);

  if (from != NULL)
    lathe_graph_connect (graph, from, node);
  return node;
}

static LatheNode *
add_set (LatheGraph *graph, LatheNode *from, const char *kind, const char *property, double value)
{
  LatheNode *node = add_layer (graph, from, kind);

  lathe_graph_set (graph, node, property, value, NULL);
  return node;
}

static LatheNode *
add_sum (LatheGraph *graph, LatheNode *a, LatheNode *b)
{
  LatheNode *sum = add_layer (graph, a, "add");

  lathe_graph_connect (graph, b, sum);
  return sum;
}

static LatheNode *
add_conv (LatheGraph *graph, LatheNode *from, guint kernel)
{
  LatheNode *conv = add_set (graph, from, "conv2d", "filters", 6);

  lathe_graph_set (graph, conv, "kernel-height", kernel, NULL);
  lathe_graph_set (graph, conv, "kernel-width", kernel, NULL);
  lathe_graph_set (graph, conv, "padding", 1, NULL);
  return conv;
}

static void
add_head (LatheGraph *graph, LatheNode *from)
{
  add_set (graph, add_layer (graph, from, "flatten"), "dense", "units", 2);
}

static LatheNode *
add_stem (LatheGraph *graph)
{
  LatheNode *input = add_set (graph, NULL, "input", "height", 9);

  lathe_graph_set (graph, input, "width", 7, NULL);
  lathe_graph_set (graph, input, "channels", 3, NULL);
  return add_conv (graph, input, 3);
}

/* --- What can be fused, and what only looks so --- */

/* Both terms of the sum are batch norms that nobody else reads: one follows the other's way. */
static LatheGraph *
make_projection (void)
{
  LatheGraph *graph = lathe_graph_new ();
  LatheNode *relu = add_layer (graph, add_layer (graph, add_stem (graph), "batch-norm"), "relu");
  LatheNode *left = add_layer (graph, add_conv (graph, relu, 3), "batch-norm");
  LatheNode *right = add_layer (graph, add_conv (graph, relu, 1), "batch-norm");

  add_head (graph, add_layer (graph, add_sum (graph, left, right), "relu6"));
  return graph;
}

/* Sums of sums, with a term that is an activation, and one that three layers read. */
static LatheGraph *
make_sums (void)
{
  LatheGraph *graph = lathe_graph_new ();
  LatheNode *stem = add_stem (graph), *relu = add_layer (graph, add_conv (graph, stem, 3), "relu");
  LatheNode *sum = add_sum (graph, relu, add_conv (graph, stem, 3));
  LatheNode *all = add_layer (graph, sum, "leaky-relu");

  add_head (graph, add_sum (graph, add_sum (graph, all, add_conv (graph, stem, 1)), add_sum (graph, all, all)));
  return graph;
}

/* An output that only sums read. */
static LatheGraph *
make_sums_alone (void)
{
  LatheGraph *graph = lathe_graph_new ();
  LatheNode *stem = add_stem (graph), *other = add_conv (graph, stem->inputs->pdata[0], 1);
  LatheNode *third = add_conv (graph, stem->inputs->pdata[0], 1);

  add_head (graph, add_sum (graph, add_sum (graph, stem, other), add_sum (graph, stem, third)));
  return graph;
}

/* The slope of GELU wants the input, and that of tanh in front of the sum wants an output that the sum would cover. */
static LatheGraph *
make_slopes (void)
{
  LatheGraph *graph = lathe_graph_new ();
  LatheNode *stem = add_stem (graph), *gelu = add_layer (graph, add_layer (graph, stem, "batch-norm"), "gelu");
  LatheNode *tanh = add_layer (graph, add_layer (graph, add_conv (graph, gelu, 3), "batch-norm"), "tanh");

  add_head (graph, add_layer (graph, add_sum (graph, gelu, tanh), "sigmoid"));
  return graph;
}

/* A batch norm that is not trained behind layers that are not, with another branch that is. */
static LatheGraph *
make_frozen (void)
{
  LatheGraph *graph = lathe_graph_new ();
  LatheNode *stem = add_stem (graph), *trained = add_conv (graph, stem->inputs->pdata[0], 1);
  LatheNode *norm = add_set (graph, stem, "batch-norm", "frozen", 1);
  LatheNode *second = add_set (graph, add_layer (graph, norm, "relu"), "batch-norm", "frozen", 1);

  lathe_graph_set (graph, stem, "frozen", 1, NULL);
  add_head (graph, add_set (graph, add_sum (graph, trained, second), "batch-norm", "frozen", 1));
  return graph;
}

static LatheNode *
add_pool (LatheGraph *graph, LatheNode *from, guint height, guint width, guint stride_height, guint stride_width)
{
  LatheNode *pool = add_set (graph, from, "max-pool", "pool-height", height);

  lathe_graph_set (graph, pool, "pool-width", width, NULL);
  lathe_graph_set (graph, pool, "stride-height", stride_height, NULL);
  lathe_graph_set (graph, pool, "stride-width", stride_width, NULL);
  return pool;
}

static LatheNode *
add_active (LatheGraph *graph, LatheNode *from, LatheActivation activation)
{
  LatheNode *conv = add_conv (graph, from, 3);

  lathe_graph_set (graph, conv, "activation", activation, NULL);
  return conv;
}

/* Windows that leave rows and columns out, at the edge and in between, behind an activation and behind none, in front
 * of one layer and of two. */
static LatheGraph *
make_pools (void)
{
  LatheGraph *graph = lathe_graph_new ();
  LatheNode *pool = add_pool (graph, add_active (graph, add_stem (graph), LATHE_ACTIVATION_RELU), 2, 1, 2, 2);
  LatheNode *left = add_pool (graph, add_conv (graph, pool, 3), 1, 2, 1, 2);
  LatheNode *right = add_pool (graph, add_active (graph, pool, LATHE_ACTIVATION_RELU), 1, 1, 1, 2);
  LatheNode *norm = add_layer (graph, add_conv (graph, add_sum (graph, left, right), 1), "batch-norm");

  add_head (graph, add_pool (graph, add_layer (graph, norm, "relu"), 2, 2, 3, 3));
  return graph;
}

/* Windows that overlap; an activation whose slope is nowhere in what pooling keeps; and an image that is read twice. */
static LatheGraph *
make_pools_apart (void)
{
  LatheGraph *graph = lathe_graph_new ();
  LatheNode *over = add_pool (graph, add_active (graph, add_stem (graph), LATHE_ACTIVATION_RELU), 2, 2, 1, 1);
  LatheNode *tanh = add_pool (graph, add_active (graph, over, LATHE_ACTIVATION_TANH), 2, 2, 2, 2);
  LatheNode *twice = add_conv (graph, tanh, 3);

  add_head (graph, add_sum (graph, add_pool (graph, twice, 1, 1, 1, 1), twice));
  return graph;
}

/* A pointwise convolution whose output is large, and a depthwise one that reads it. */
static LatheNode *
add_pulled (LatheGraph *graph, LatheNode *from, double stride, double kernel)
{
  LatheNode *wide = add_set (graph, from, "conv2d", "filters", 48), *depthwise;

  lathe_graph_set (graph, wide, "kernel-height", 1, NULL);
  lathe_graph_set (graph, wide, "kernel-width", 1, NULL);
  depthwise = add_conv (graph, add_layer (graph, add_layer (graph, wide, "batch-norm"), "relu6"), (guint) kernel);
  lathe_graph_set (graph, depthwise, "filters", 48, NULL);
  lathe_graph_set (graph, depthwise, "groups", 48, NULL);
  lathe_graph_set (graph, depthwise, "stride-height", stride, NULL);
  lathe_graph_set (graph, depthwise, "stride-width", stride, NULL);
  return add_layer (graph, depthwise, "relu");
}

static LatheGraph *
make_pulled (void)
{
  LatheGraph *graph = lathe_graph_new ();
  LatheNode *input = add_set (graph, NULL, "input", "height", 77);

  lathe_graph_set (graph, input, "width", 75, NULL);
  lathe_graph_set (graph, input, "channels", 3, NULL);
  add_head (graph, add_pulled (graph, add_pulled (graph, input, 1, 5), 2, 3));
  return graph;
}

static LatheGraph *
make_preset (const char *name)
{
  g_autoptr (GError) error = NULL;
  LatheGraph *graph = lathe_preset_load (name, &error);

  g_assert_no_error (error);
  return graph;
}

static LatheGraph *
make_resnet20 (void)
{
  return make_preset ("resnet20");
}

static LatheGraph *
make_mobilenet (void)
{
  return make_preset ("mobilenet");
}

static LatheGraph *
make_seed (void)
{
  return make_preset ("seed");
}

/* --- With and without --- */

static void
start (LatheNetwork *network)
{
  LatheReal *x = lathe_network_get_input (network);
  LatheRng rng = lathe_rng (1, LATHE_RNG_AUGMENT, 0, 0);
  gsize n = BATCH * lathe_network_get_input_size (network);

  lathe_network_initialise (network, 3);
  for (gsize i = 0; i < n; i++)
    x[i] = (LatheReal) lathe_rng_uniform (&rng, (guint32) i) - (LatheReal) 0.5;
}

static void
assert_same_logits (LatheNetwork *a, LatheNetwork *b, guint n)
{
  gsize size = n * lathe_network_get_n_units (a) * sizeof (LatheReal);

  g_assert_cmpmem (lathe_network_get_logits (a), size, lathe_network_get_logits (b), size);
}

/* Of two passes in training and of one that answers: the first one's statistics are in it, and it has fewer samples. */
static void
test_training_is_the_same (gconstpointer make)
{
  g_autoptr (LatheGraph) graph = ((LatheGraph * (*) (void) ) make) ();
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheNetwork) fused = lathe_network_new (graph, BATCH, TRUE, pool, NULL);
  g_autoptr (LatheNetwork) plain = lathe_network_new_plain (graph, BATCH, TRUE, pool, NULL);
  LatheNetwork *both[] = {fused, plain};
  LatheReal losses[BATCH];
  gsize n;

  for (guint i = 0; i < 2; i++)
    start (both[i]);
  for (guint pass = 0; pass < 2; pass++)
    {
      for (guint i = 0; i < 2; i++)
        {
          lathe_network_forward (both[i], BATCH - pass, TRUE, 1, pass);
          lathe_network_loss (both[i], BATCH - pass, labels, NULL, losses);
          lathe_network_backward (both[i], BATCH - pass);
        }
      assert_same_logits (fused, plain, BATCH - pass);
      lathe_network_get_weights (fused, &n);
      g_assert_cmpmem (lathe_network_get_gradient (fused), n * sizeof (LatheReal), lathe_network_get_gradient (plain),
                       n * sizeof (LatheReal));
    }
  for (guint i = 0; i < 2; i++)
    lathe_network_forward (both[i], BATCH - 2, FALSE, 1, 2);
  assert_same_logits (fused, plain, BATCH - 2);
}

static void
test_answers_are_the_same (gconstpointer make)
{
  g_autoptr (LatheGraph) graph = ((LatheGraph * (*) (void) ) make) ();
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheNetwork) fused = lathe_network_new (graph, BATCH, FALSE, pool, NULL);
  g_autoptr (LatheNetwork) plain = lathe_network_new_plain (graph, BATCH, FALSE, pool, NULL);

  start (fused);
  start (plain);
  for (guint n = 1; n <= BATCH; n += 2)
    {
      lathe_network_forward (fused, n, FALSE, 1, 0);
      lathe_network_forward (plain, n, FALSE, 1, 0);
      assert_same_logits (fused, plain, n);
    }
}

/* --- Weights that are laid anew --- */

/* In slabs of two widths, the last of them whole or not; images cut into bands of rows, and by their filters. */
static void
test_prepared_weights_answer_the_same (void)
{
  static const guint sizes[][3] = {{4, 96, 96 * 11}, {9, 64, 160}, {5, 52, 288}, {4, 64, 512}};

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (LatheGraph) graph = lathe_graph_new ();
      LatheNode *input = add_set (graph, NULL, "input", "height", sizes[i][0]);
      LatheNode *conv = add_set (graph, input, "conv2d", "filters", sizes[i][2]);
      g_autoptr (LathePool) pool = lathe_pool_new (2);
      g_autoptr (LatheNetwork) trains = NULL, answers = NULL;

      lathe_graph_set (graph, input, "width", sizes[i][0], NULL);
      lathe_graph_set (graph, input, "channels", sizes[i][1], NULL);
      lathe_graph_set (graph, conv, "kernel-height", 1, NULL);
      lathe_graph_set (graph, conv, "kernel-width", 1, NULL);
      add_head (graph, add_layer (graph, conv, "relu6"));
      trains = lathe_network_new (graph, BATCH, TRUE, pool, NULL);
      answers = lathe_network_new (graph, BATCH, FALSE, pool, NULL);
      start (trains);
      start (answers);
      for (guint n = 1; n <= BATCH; n += BATCH - 1)
        {
          lathe_network_forward (trains, n, FALSE, 1, 0);
          lathe_network_forward (answers, n, FALSE, 1, 0);
          assert_same_logits (trains, answers, n);
        }
    }
}

/* --- What is fused --- */

static guint
count_led (LatheGraph *graph, gboolean training)
{
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = lathe_network_new (graph, BATCH, training, pool, NULL);
  g_autoptr (LatheNetwork) plain = lathe_network_new_plain (graph, BATCH, training, pool, NULL);
  guint n = 0;

  for (guint node = 0; node < network->n_nodes; node++)
    {
      LatheLayerPlan plan;

      lathe_network_get_layer_plan (network, node, &plan);
      n += plan.runs_with >= 0;
      g_assert_cmpint (plan.runs_with, !=, node);
      lathe_network_get_layer_plan (plain, node, &plan);
      g_assert_cmpint (plan.runs_with, ==, -1);
    }
  if (n > 0)
    g_assert_cmpuint (lathe_network_get_memory (network), <, lathe_network_get_memory (plain));
  return n;
}

/* Of resnet20: 19 activations and 9 sums; and 19 + 2 batch norms, which answer in the convolutions. */
static void
test_residual_blocks_are_fused (void)
{
  g_autoptr (LatheGraph) graph = make_resnet20 ();

  g_assert_cmpuint (count_led (graph, TRUE), ==, 19 + 9);
  g_assert_cmpuint (count_led (graph, FALSE), ==, 19 + 9 + 21);
}

/* Both batch norms and three of the activations as everywhere; and the two pointwise convolutions, in answering. */
static void
test_large_inputs_are_made_by_their_reader (void)
{
  g_autoptr (LatheGraph) graph = make_pulled ();

  g_assert_cmpuint (count_led (graph, TRUE), ==, 4);
  g_assert_cmpuint (count_led (graph, FALSE), ==, 4 + 2 + 2);
}

static void
test_slopes_forbid_fusion (void)
{
  g_autoptr (LatheGraph) graph = make_slopes ();

  g_assert_cmpuint (count_led (graph, TRUE), ==, 2); /* tanh and the sigmoid */
  g_assert_cmpuint (count_led (graph, FALSE), ==, 6);
}

static void
test_pooling_is_fused (void)
{
  g_autoptr (LatheGraph) pools = make_pools (), apart = make_pools_apart ();

  g_assert_cmpuint (count_led (pools, TRUE), ==, 3 + 1); /* pools, and ReLU behind the norm */
  g_assert_cmpuint (count_led (pools, FALSE), ==, 4 + 2);
  g_assert_cmpuint (count_led (apart, TRUE), ==, 0);
  g_assert_cmpuint (count_led (apart, FALSE), ==, 1); /* behind tanh */
}

/* The layer in which it begins, whether its output is its own or not. */
static void
test_overflow_is_still_found (void)
{
  g_autoptr (LatheGraph) graph = make_projection ();
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = lathe_network_new (graph, BATCH, TRUE, pool, NULL);
  LatheReal losses[BATCH];

  start (network);
  lathe_network_get_input (network)[0] = (LatheReal) INFINITY;
  lathe_network_forward (network, BATCH, TRUE, 1, 0);
  g_assert_cmpstr (lathe_network_find_overflow (network, BATCH, FALSE), ==, network->steps[1].name);
  start (network);
  lathe_network_forward (network, BATCH, TRUE, 1, 0);
  lathe_network_loss (network, BATCH, labels, NULL, losses);
  network->steps[network->output].step.dy[0] = (LatheReal) INFINITY;
  lathe_network_backward (network, BATCH);
  g_assert_cmpstr (lathe_network_find_overflow (network, BATCH, TRUE), ==, network->steps[network->output].name);
}

static const struct
{
  const char *name;
  LatheGraph *(*make) (void);
} graphs[] = {
    {"projection", make_projection},   {"sums", make_sums},
    {"sums-alone", make_sums_alone},   {"pools", make_pools},
    {"pools-apart", make_pools_apart}, {"slopes", make_slopes},
    {"frozen", make_frozen},           {"resnet20", make_resnet20},
    {"mobilenet", make_mobilenet},     {"seed", make_seed},
    {"pulled", make_pulled},
};

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (graphs); i++)
    {
      g_autofree char *training = g_strconcat ("/fusion/training/", graphs[i].name, NULL);
      g_autofree char *answering = g_strconcat ("/fusion/answering/", graphs[i].name, NULL);

      g_test_add_data_func (training, graphs[i].make, test_training_is_the_same);
      g_test_add_data_func (answering, graphs[i].make, test_answers_are_the_same);
    }
  g_test_add_func ("/fusion/prepared-weights", test_prepared_weights_answer_the_same);
  g_test_add_func ("/fusion/residual-blocks", test_residual_blocks_are_fused);
  g_test_add_func ("/fusion/large-inputs", test_large_inputs_are_made_by_their_reader);
  g_test_add_func ("/fusion/slopes", test_slopes_forbid_fusion);
  g_test_add_func ("/fusion/pooling", test_pooling_is_fused);
  g_test_add_func ("/fusion/overflow", test_overflow_is_still_found);
  return g_test_run ();
}
