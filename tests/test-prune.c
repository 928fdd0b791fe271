/* test-prune.c: a pruned network is a network, is as small as was asked for, and says the same where nothing is missed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "graphs.h"
#include "model/lathe-channels.h"
#include "model/lathe-network.h"

#define N_CLASSES 10
#define N_IMAGES 3
#define SEED 7

/* All that couples channels: a residual sum, branches behind one another, channels that are gated, convolutions in
 * groups and of one channel each, a norm, a learned slope, and an image that becomes a vector. */
static const char coupled[] =
    "input-1 input height=8 width=8 channels=3; "
    "stem conv2d input-1 filters=16 kernel-height=3 kernel-width=3 padding=same; norm batch-norm stem; slope prelu "
    "norm; "
    "inner conv2d slope filters=24 kernel-height=3 kernel-width=3 padding=same activation=relu; "
    "outer conv2d inner filters=16 kernel-height=1 kernel-width=1; sum add slope,outer; "
    "depth conv2d sum filters=32 kernel-height=3 kernel-width=3 padding=same groups=16; "
    "cut conv2d depth filters=24 kernel-height=3 kernel-width=3 padding=same groups=4 activation=relu; "
    "pooled global-average-pool cut; gate-in dense pooled units=8 activation=relu; gate dense gate-in units=24 "
    "activation=sigmoid; gated multiply cut,gate; "
    "both concatenate gated,sum; mix conv2d both filters=20 kernel-height=1 kernel-width=1 activation=relu; "
    "small max-pool mix; flat flatten small; hidden dense flat units=40 activation=relu; "
    "out dense hidden units=10 activation=softmax";

/* (transfer full): with weights as they are drawn, and norms that are not those of a beginning */
static LatheModel *
draw_model (const LatheGraph *graph)
{
  static const char *const labels[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", NULL};
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (GError) error = NULL;
  LathePreprocess preprocess = {0};
  g_autoptr (LatheNetwork) network = lathe_network_new (graph, 1, FALSE, pool, &error);
  LatheModel *model = lathe_model_new (graph, labels, &preprocess, &error);

  g_assert_no_error (error);
  lathe_network_initialise (network, SEED);
  lathe_network_store (network, model);
  for (guint i = 0; i < model->weights->len; i++)
    {
      const LatheWeight *weight = &g_array_index (model->weights, LatheWeight, i);
      LatheRng rng = lathe_rng (SEED, LATHE_RNG_AUGMENT, i, 0);

      for (gsize k = 0; weight->shape.rank == 1 && k < lathe_shape_size (&weight->shape); k++)
        weight->data[k] = 0.2f + 0.6f * (float) lathe_rng_uniform (&rng, (guint32) k);
    }
  return model;
}

static LatheModel *
draw_preset (const char *name)
{
  g_autoptr (LatheGraph) graph = graphs_preset (name);
  LatheShape input = LATHE_SHAPE_IMAGE (32, 32, 3);

  lathe_graph_adapt (graph, &input, N_CLASSES);
  return draw_model (graph);
}

static LatheModel *
draw_coupled (void)
{
  g_autoptr (LatheGraph) graph = graphs_make (coupled);

  return draw_model (graph);
}

static LatheModel *
prune (const LatheModel *model, LathePruneWay way, LathePruneBy by, LathePruneOf of, double share)
{
  g_autoptr (GError) error = NULL;
  LatheModel *pruned = lathe_prune (model, &(LathePruning){way, by, of, share}, &error);

  g_assert_no_error (error);
  return pruned;
}

/* (transfer full): N_IMAGES × N_CLASSES */
static LatheReal *
answer (const LatheModel *model)
{
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheNetwork) network = lathe_network_new (model->graph, N_IMAGES, FALSE, pool, &error);
  LatheRng rng = lathe_rng (SEED, LATHE_RNG_AUGMENT, 0, 1);
  LatheReal *input;

  g_assert_no_error (error);
  lathe_network_load (network, model);
  input = lathe_network_get_input (network);
  for (gsize i = 0; i < N_IMAGES * lathe_network_get_input_size (network); i++)
    input[i] = (LatheReal) lathe_rng_uniform (&rng, (guint32) i);
  lathe_network_forward (network, N_IMAGES, FALSE, 0, 0);
  return g_memdup2 (lathe_network_get_logits (network), N_IMAGES * N_CLASSES * sizeof (LatheReal));
}

/* --- Channels --- */

static void
assert_smaller (const LatheModel *model, LathePruneBy by, LathePruneOf of, double share)
{
  g_autoptr (LatheModel) pruned = prune (model, LATHE_PRUNE_CHANNELS, by, of, share);
  g_autofree LatheReal *logits = answer (pruned);
  LatheModelCost before, after;
  double left;

  lathe_model_get_cost (model, &before);
  lathe_model_get_cost (pruned, &after);
  left = of == LATHE_PRUNE_PARAMETERS ? (double) after.parameters / (double) before.parameters
                                      : (double) after.multiply_adds / (double) before.multiply_adds;
  g_test_message ("%g asked for, %g gone", share, 1 - left);
  g_assert_cmpfloat (left, <=, 1 - share);
  g_assert_cmpfloat (left, >, (1 - share) * 0.7); /* no more than a piece of a layer too many: of lenet, a quarter */
  for (guint i = 0; i < N_IMAGES * N_CLASSES; i++)
    g_assert_true (isfinite (logits[i]));
  for (guint i = 0; i < lathe_graph_get_n_nodes (model->graph); i++)
    g_assert_nonnull (lathe_graph_find (pruned->graph, lathe_graph_get_node (model->graph, i)->name));
}

static void
test_as_much_goes_as_is_asked_for (gconstpointer preset)
{
  g_autoptr (LatheModel) model = draw_preset (preset);

  assert_smaller (model, LATHE_PRUNE_BY_MAGNITUDE, LATHE_PRUNE_MULTIPLY_ADDS, 0.3);
  assert_smaller (model, LATHE_PRUNE_BY_MAGNITUDE, LATHE_PRUNE_MULTIPLY_ADDS, 0.7);
  assert_smaller (model, LATHE_PRUNE_BY_SCALE, LATHE_PRUNE_MULTIPLY_ADDS, 0.5);
  assert_smaller (model, LATHE_PRUNE_BY_MAGNITUDE, LATHE_PRUNE_PARAMETERS, 0.5);
}

static guint
width (const LatheModel *model, const char *name)
{
  const LatheNode *node = graphs_node (model->graph, name);
  int at = MAX (lathe_layer_kind_property (node->kind, "filters"), lathe_layer_kind_property (node->kind, "units"));

  return (guint) node->properties.value[at];
}

static guint
groups (const LatheModel *model, const char *name)
{
  return lathe_node_get_groups (graphs_node (model->graph, name));
}

static void
test_channels_that_belong_together_go_together (void)
{
  g_autoptr (LatheModel) model = draw_coupled ();

  for (guint percent = 10; percent <= 90; percent += 20)
    {
      g_autoptr (LatheModel) pruned =
          prune (model, LATHE_PRUNE_CHANNELS, LATHE_PRUNE_BY_MAGNITUDE, LATHE_PRUNE_MULTIPLY_ADDS, percent / 100.0);

      g_assert_cmpuint (width (pruned, "stem"), ==, width (pruned, "outer"));
      g_assert_cmpuint (groups (pruned, "depth"), ==, width (pruned, "stem"));
      g_assert_cmpuint (width (pruned, "depth"), ==, 2 * width (pruned, "stem"));
      g_assert_cmpuint (groups (pruned, "cut"), ==, 4);
      g_assert_cmpuint (width (pruned, "cut"), ==, width (pruned, "gate"));
      g_assert_cmpuint (width (pruned, "cut") % 4, ==, 0);
      g_assert_cmpuint (width (pruned, "out"), ==, N_CLASSES);
    }
}

/* What a layer has of a channel, wherever its tensors count channels that come out. */
static void
silence (const LatheModel *model, const LatheNode *node, guint channel, guint n_channels)
{
  for (guint i = 0; i < model->weights->len; i++)
    {
      const LatheWeight *weight = &g_array_index (model->weights, LatheWeight, i);
      guint columns = weight->shape.dim[weight->shape.rank - 1];

      if (!g_str_has_prefix (weight->name, node->name) || weight->name[strlen (node->name)] != '.' ||
          columns != n_channels || g_str_has_suffix (weight->name, "variance"))
        continue;
      for (gsize k = channel; k < lathe_shape_size (&weight->shape); k += columns)
        weight->data[k] = 0;
    }
}

/* Half of the sets of channels that may go. A gate of 0 has a half for its sigmoid, which what it gates makes 0 of. */
static void
silence_half (const LatheModel *model)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheChannels) channels = lathe_channels_find (model->graph, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < channels->report->n_nodes; i++)
    for (guint c = 0; c < lathe_channels_count (channels, i); c++)
      if (!channels->fixed[channels->set[i][c]] && channels->set[i][c] % 2 == 0)
        silence (model, lathe_graph_get_node (model->graph, i), c, lathe_channels_count (channels, i));
}

static void
assert_says_the_same (const LatheModel *model, LathePruneBy by)
{
  g_autoptr (LatheModel) pruned = prune (model, LATHE_PRUNE_CHANNELS, by, LATHE_PRUNE_MULTIPLY_ADDS, 0.3);
  g_autofree LatheReal *before = answer (model), *after = answer (pruned);
  double largest = 0, apart = 0;

  for (guint i = 0; i < N_IMAGES * N_CLASSES; i++)
    {
      largest = fmax (largest, fabs ((double) before[i]));
      apart = fmax (apart, fabs ((double) before[i] - (double) after[i]));
    }
  g_assert_cmpfloat (largest, >, 0);
  g_assert_cmpfloat (apart / largest, <, 1e-6);
}

static void
test_what_is_silent_is_not_missed (gconstpointer preset)
{
  g_autoptr (LatheModel) model = preset != NULL ? draw_preset (preset) : draw_coupled ();

  silence_half (model);
  assert_says_the_same (model, LATHE_PRUNE_BY_MAGNITUDE);
  assert_says_the_same (model, LATHE_PRUNE_BY_SCALE);
}

static void
test_a_layer_keeps_some_channels (void)
{
  g_autoptr (LatheModel) model = draw_preset ("resnet20");
  g_autoptr (GError) error = NULL;

  g_assert_null (lathe_prune (model, &(LathePruning){.share = 0.999}, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "no more than 9"));
}

static void
test_no_share_is_refused (void)
{
  static const double shares[] = {0, -0.5, 1, 2, NAN};
  g_autoptr (LatheModel) model = draw_coupled ();

  for (guint i = 0; i < G_N_ELEMENTS (shares); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (lathe_prune (model, &(LathePruning){.share = shares[i]}, &error));
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
    }
}

/* A norm over all channels of a pixel, and a softmax, make each number of all of them. */
static void
test_what_makes_one_of_many_keeps_them (void)
{
  g_autoptr (LatheGraph) graph = graphs_make (
      "input-1 input height=8 width=8 channels=3; free conv2d input-1 filters=16; held conv2d free filters=16; "
      "norm layer-norm held; shared conv2d norm filters=16 activation=softmax; flat flatten shared; "
      "out dense flat units=10 activation=softmax");
  g_autoptr (LatheModel) model = draw_model (graph);
  g_autoptr (LatheModel) pruned =
      prune (model, LATHE_PRUNE_CHANNELS, LATHE_PRUNE_BY_MAGNITUDE, LATHE_PRUNE_MULTIPLY_ADDS, 0.3);

  g_assert_cmpuint (width (pruned, "free"), <, 16);
  g_assert_cmpuint (width (pruned, "held"), ==, 16);
  g_assert_cmpuint (width (pruned, "shared"), ==, 16);
}

/* --- Weights --- */

static guint64
count_weights (const LatheModel *model)
{
  guint64 n = 0;

  for (guint i = 0; i < model->weights->len; i++)
    {
      const LatheShape *shape = &g_array_index (model->weights, LatheWeight, i).shape;

      n += lathe_parameter_may_be_zero (shape) ? lathe_shape_size (shape) : 0;
    }
  return n;
}

static void
test_the_smallest_weights_become_zero (void)
{
  g_autoptr (LatheModel) model = draw_preset ("lenet");
  g_autoptr (LatheModel) pruned =
      prune (model, LATHE_PRUNE_WEIGHTS, LATHE_PRUNE_BY_MAGNITUDE, LATHE_PRUNE_MULTIPLY_ADDS, 0.8);
  LatheModelCost before, after;
  float largest_gone = 0, least_left = INFINITY;

  lathe_model_get_cost (model, &before);
  lathe_model_get_cost (pruned, &after);
  g_assert_cmpuint (before.zeros, ==, 0);
  g_assert_cmpuint (after.zeros, ==, (guint64) (0.8 * (double) count_weights (model) + 0.5));
  g_assert_cmpuint (after.parameters, ==, before.parameters);
  for (guint i = 0; i < model->weights->len; i++)
    {
      const LatheWeight *was = &g_array_index (model->weights, LatheWeight, i);
      const LatheWeight *is = &g_array_index (pruned->weights, LatheWeight, i);

      for (gsize k = 0; k < lathe_shape_size (&was->shape); k++)
        if (!lathe_parameter_may_be_zero (&was->shape) || is->data[k] != 0)
          {
            g_assert_cmpfloat (is->data[k], ==, was->data[k]);
            if (lathe_parameter_may_be_zero (&was->shape))
              least_left = fminf (least_left, fabsf (was->data[k]));
          }
        else
          largest_gone = fmaxf (largest_gone, fabsf (was->data[k]));
    }
  g_assert_cmpfloat (largest_gone, <=, least_left);
}

static void
test_equal_weights_go_in_their_order (void)
{
  g_autoptr (LatheGraph) graph = graphs_make ("input-1 input height=4 width=4 channels=1; flat flatten input-1; "
                                              "out dense flat units=10 activation=softmax");
  g_autoptr (LatheModel) model = draw_model (graph), pruned = NULL;
  const LatheWeight *weight = lathe_model_find_weight (model, "out", "weight");

  for (guint k = 0; k < 160; k++)
    weight->data[k] = k % 2 == 0 ? 0.5f : -0.5f;
  pruned = prune (model, LATHE_PRUNE_WEIGHTS, LATHE_PRUNE_BY_MAGNITUDE, LATHE_PRUNE_MULTIPLY_ADDS, 0.25);
  for (guint k = 0; k < 160; k++)
    g_assert_true ((lathe_model_find_weight (pruned, "out", "weight")->data[k] == 0) == (k < 40));
}

/* --- Both --- */

static void
test_the_same_model_gives_the_same_bits (void)
{
  for (guint way = 0; way < LATHE_N_PRUNE_WAYS; way++)
    {
      g_autoptr (LatheModel) model = draw_preset ("mobilenet"), again = draw_preset ("mobilenet");
      g_autoptr (LatheModel) a =
          prune (model, (LathePruneWay) way, LATHE_PRUNE_BY_MAGNITUDE, LATHE_PRUNE_MULTIPLY_ADDS, 0.5);
      g_autoptr (LatheModel) b =
          prune (again, (LathePruneWay) way, LATHE_PRUNE_BY_MAGNITUDE, LATHE_PRUNE_MULTIPLY_ADDS, 0.5);
      g_autofree char *sha256_of_a = lathe_model_weights_sha256 (a), *sha256_of_b = lathe_model_weights_sha256 (b);

      g_assert_cmpstr (sha256_of_a, ==, sha256_of_b);
      g_assert_true (lathe_graph_equal (a->graph, b->graph));
    }
}

static void
test_scores_of_before_are_not_those_of_after (void)
{
  g_autoptr (LatheModel) model = draw_coupled (), pruned = NULL;

  model->scores.validation_accuracy = 0.9;
  model->temperature = 1.5;
  pruned = prune (model, LATHE_PRUNE_WEIGHTS, LATHE_PRUNE_BY_MAGNITUDE, LATHE_PRUNE_MULTIPLY_ADDS, 0.5);
  g_assert_true (isnan (pruned->scores.validation_accuracy));
  g_assert_cmpfloat (pruned->temperature, ==, 1.5);
}

int
main (int argc, char *argv[])
{
  static const char *const presets[] = {"resnet20", "mobilenet", "vgg", "lenet", "mlp", "efficientnet-lite0"};

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
    {
      g_autofree char *share = g_strconcat ("/prune/share/", presets[i], NULL);
      g_autofree char *silent = g_strconcat ("/prune/silent/", presets[i], NULL);

      g_test_add_data_func (share, presets[i], test_as_much_goes_as_is_asked_for);
      g_test_add_data_func (silent, presets[i], test_what_is_silent_is_not_missed);
    }
  g_test_add_data_func ("/prune/silent/coupled", NULL, test_what_is_silent_is_not_missed);
  g_test_add_func ("/prune/coupled", test_channels_that_belong_together_go_together);
  g_test_add_func ("/prune/some", test_a_layer_keeps_some_channels);
  g_test_add_func ("/prune/no-share", test_no_share_is_refused);
  g_test_add_func ("/prune/mixed", test_what_makes_one_of_many_keeps_them);
  g_test_add_func ("/prune/weights", test_the_smallest_weights_become_zero);
  g_test_add_func ("/prune/equal", test_equal_weights_go_in_their_order);
  g_test_add_func ("/prune/same", test_the_same_model_gives_the_same_bits);
  g_test_add_func ("/prune/scores", test_scores_of_before_are_not_those_of_after);
  return g_test_run ();
}
