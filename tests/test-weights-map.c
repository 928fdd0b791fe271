/* test-weights-map.c: where the weights that others have saved go in a network.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "lathe.h"
#include "pth.h"

static LatheModel *
make_base (const char *network)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheGraph) graph = lathe_graph_from_json (network, -1, &error);
  LatheModel *base;

  g_assert_no_error (error);
  base = lathe_import_untrained (graph, 1, &error);
  g_assert_no_error (error);
  return base;
}

/* Takes the file; what it holds is put onto the network. */
typedef struct
{
  LatheModel *base, *model;
  LatheWeights *weights;
  LatheWeightsMap *map;
} Put;

static void
put_onto (PthFile *fixture, Put *done, Pth *pth, const char *network, const LatheWeightsRules *rules)
{
  g_autoptr (GError) error = NULL;

  pth_put (fixture, pth_finish (pth));
  done->base = make_base (network);
  done->weights = lathe_weights_open (fixture->path, &error);
  g_assert_no_error (error);
  done->map = lathe_weights_map (done->weights, done->base->graph, rules, &error);
  g_assert_no_error (error);
  done->model = lathe_weights_apply (done->weights, done->map, done->base, &error);
  g_assert_no_error (error);
}

static void
put_clear (Put *done, Pth *pth)
{
  lathe_model_unref (done->base);
  lathe_model_unref (done->model);
  lathe_weights_map_free (done->map);
  lathe_weights_free (done->weights);
  g_ptr_array_unref (pth->storages);
}

static const float *
tensor_of (const LatheModel *model, const char *name)
{
  for (guint i = 0; i < model->weights->len; i++)
    if (g_str_equal (g_array_index (model->weights, LatheWeight, i).name, name))
      return g_array_index (model->weights, LatheWeight, i).data;
  g_assert_not_reached ();
}

static const LatheWeightsMatch *
match_of (const Put *done, const char *name)
{
  for (guint i = 0; i < done->map->matches->len; i++)
    if (g_str_equal (g_array_index (done->map->matches, LatheWeightsMatch, i).ours, name))
      return &g_array_index (done->map->matches, LatheWeightsMatch, i);
  g_assert_not_reached ();
}

static void
assert_match (const Put *done, const char *ours, LatheMatchState state, const char *theirs)
{
  const LatheWeightsMatch *match = match_of (done, ours);

  g_assert_cmpint (match->state, ==, state);
  g_assert_cmpstr (match->theirs != NULL ? match->theirs->name : NULL, ==, theirs);
}

#define INPUT "{\"nodes\":[{\"name\":\"input\",\"kind\":\"input\",\"width\":4,\"height\":3,\"channels\":3},"
#define ROWS                                                                                                           \
  INPUT "{\"name\":\"flat\",\"kind\":\"flatten\",\"inputs\":[\"input\"]},"                                             \
        "{\"name\":\"fc\",\"kind\":\"dense\",\"inputs\":[\"flat\"],\"units\":5}]}"
#define CHAIN                                                                                                          \
  INPUT "{\"name\":\"one\",\"kind\":\"conv2d\",\"inputs\":[\"input\"],\"filters\":3,\"bias\":\"no\"},"                 \
        "{\"name\":\"norm-one\",\"kind\":\"batch-norm\",\"inputs\":[\"one\"]},"                                        \
        "{\"name\":\"two\",\"kind\":\"conv2d\",\"inputs\":[\"norm-one\"],\"filters\":3,\"kernel-width\":1,"            \
        "\"kernel-height\":1},"                                                                                        \
        "{\"name\":\"norm-two\",\"kind\":\"batch-norm\",\"inputs\":[\"two\"]},"                                        \
        "{\"name\":\"pool\",\"kind\":\"global-average-pool\",\"inputs\":[\"norm-two\"]},"                              \
        "{\"name\":\"fc\",\"kind\":\"dense\",\"inputs\":[\"pool\"],\"units\":5}]}"

static void
add_norm (Pth *pth, const char *name, guint n)
{
  static const char *const parts[] = {"weight", "bias", "running_mean", "running_var"};

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *full = g_strdup_printf ("%s.%s", name, parts[i]);

      pth_add (pth, full, 1, n, 0, 0, 0);
    }
}

static void
test_layers_go_by_order_and_norms_with_what_they_follow (PthFile *fixture, gconstpointer data)
{
  Put done;
  Pth pth;
  const float *weight, *ours;

  pth_begin (&pth);
  pth_add (&pth, "module.b.conv.weight", 4, 3, 3, 1, 1);
  add_norm (&pth, "module.b.bn", 3);
  weight = pth_add (&pth, "module.a.conv.weight", 4, 3, 3, 3, 3);
  add_norm (&pth, "module.a.bn", 3);
  pth_add (&pth, "module.head.weight", 2, 5, 3, 0, 0);
  pth_add (&pth, "module.head.bias", 1, 5, 0, 0, 0);
  put_onto (fixture, &done, &pth, CHAIN, NULL);
  assert_match (&done, "one.weight", LATHE_MATCH_BY_ORDER, "module.a.conv.weight");
  assert_match (&done, "norm-one.running-mean", LATHE_MATCH_BY_ORDER, "module.a.bn.running_mean");
  assert_match (&done, "two.weight", LATHE_MATCH_BY_ORDER, "module.b.conv.weight");
  assert_match (&done, "two.bias", LATHE_MATCH_BY_ORDER, NULL);
  assert_match (&done, "norm-two.gamma", LATHE_MATCH_BY_ORDER, "module.b.bn.weight");
  assert_match (&done, "fc.bias", LATHE_MATCH_BY_ORDER, "module.head.bias");
  g_assert_cmpuint (done.map->n_matched, ==, done.map->matches->len);
  g_assert_cmpuint (done.map->unused->len, ==, 0);

  ours = tensor_of (done.model, "one.weight");
  for (guint o = 0; o < 3; o++)
    for (guint i = 0; i < 3; i++)
      for (guint y = 0; y < 3; y++)
        for (guint x = 0; x < 3; x++)
          g_assert_cmpfloat ((double) ours[((y * 3 + x) * 3 + i) * 3 + o], ==,
                             (double) weight[((o * 3 + i) * 3 + y) * 3 + x]);
  for (guint o = 0; o < 3; o++)
    g_assert_cmpfloat ((double) tensor_of (done.model, "two.bias")[o], ==, 0);
  put_clear (&done, &pth);
}

static void
assert_row (PthFile *fixture, const char *name, LatheRow rule, gboolean channels_first)
{
  const LatheWeightsRules rules = {.row = rule, .epsilon = 1e-5};
  g_autofree char *full = g_strconcat (name, ".weight", NULL), *bias = g_strconcat (name, ".bias", NULL);
  const float *weight, *ours;
  Put done;
  Pth pth;

  pth_begin (&pth);
  weight = pth_add (&pth, full, 2, 5, 36, 0, 0);
  pth_add (&pth, bias, 1, 5, 0, 0, 0);
  put_onto (fixture, &done, &pth, ROWS, &rules);
  g_assert_true (done.map->has_rows);
  g_assert_cmpint (done.map->row, ==, channels_first ? LATHE_ROW_CHANNELS_FIRST : LATHE_ROW_CHANNELS_LAST);
  ours = tensor_of (done.model, "fc.weight");
  for (guint y = 0; y < 3; y++)
    for (guint x = 0; x < 4; x++)
      for (guint c = 0; c < 3; c++)
        for (guint o = 0; o < 5; o++)
          {
            guint here = (y * 4 + x) * 3 + c, there = channels_first ? (c * 3 + y) * 4 + x : here;

            g_assert_cmpfloat ((double) ours[here * 5 + o], ==, (double) weight[o * 36 + there]);
          }
  put_clear (&done, &pth);
}

static void
test_an_image_in_a_row_is_as_the_file_has_it (PthFile *fixture, gconstpointer data)
{
  assert_row (fixture, "classifier.1", LATHE_ROW_USUAL, TRUE);
  assert_row (fixture, "classifier.1", LATHE_ROW_CHANNELS_LAST, FALSE);
  assert_row (fixture, "fc", LATHE_ROW_USUAL, FALSE); /* as the program of this network calls it */
  assert_row (fixture, "fc", LATHE_ROW_CHANNELS_FIRST, TRUE);
}

#define FOLDED                                                                                                         \
  INPUT "{\"name\":\"one\",\"kind\":\"conv2d\",\"inputs\":[\"input\"],\"filters\":2,\"activation\":\"relu\"},"         \
        "{\"name\":\"pool\",\"kind\":\"global-average-pool\",\"inputs\":[\"one\"]},"                                   \
        "{\"name\":\"fc\",\"kind\":\"dense\",\"inputs\":[\"pool\"],\"units\":3}]}"

static void
test_a_norm_without_a_layer_becomes_a_part_of_the_one_in_front (PthFile *fixture, gconstpointer data)
{
  const LatheWeightsRules rules = {.epsilon = 0.25};
  const float *weight, *gamma, *beta, *mean, *variance, *ours;
  Put done;
  Pth pth;

  pth_begin (&pth);
  weight = pth_add (&pth, "f.0.weight", 4, 2, 3, 3, 3);
  gamma = pth_add (&pth, "f.1.weight", 1, 2, 0, 0, 0);
  beta = pth_add (&pth, "f.1.bias", 1, 2, 0, 0, 0);
  mean = pth_add (&pth, "f.1.running_mean", 1, 2, 0, 0, 0);
  variance = pth_add (&pth, "f.1.running_var", 1, 2, 0, 0, 0);
  pth_add (&pth, "fc.weight", 2, 3, 2, 0, 0);
  pth_add (&pth, "fc.bias", 1, 3, 0, 0, 0);
  put_onto (fixture, &done, &pth, FOLDED, &rules);
  g_assert_true (match_of (&done, "one.weight")->folded);
  g_assert_cmpuint (done.map->unused->len, ==, 0);
  ours = tensor_of (done.model, "one.weight");
  for (guint o = 0; o < 2; o++)
    {
      double scale = (double) gamma[o] / sqrt ((double) variance[o] + 0.25);
      double bias = (double) beta[o] - (double) mean[o] * scale;

      g_assert_cmpfloat_with_epsilon ((double) tensor_of (done.model, "one.bias")[o], bias, 1e-6);
      for (guint i = 0; i < 27; i++)
        g_assert_cmpfloat_with_epsilon ((double) ours[(i % 9 * 3 + i / 9) * 2 + o], (double) weight[o * 27 + i] * scale,
                                        1e-6);
    }
  put_clear (&done, &pth);
}

#define TRANSPOSED                                                                                                     \
  "{\"nodes\":[{\"name\":\"input\",\"kind\":\"input\",\"width\":4,\"height\":3,\"channels\":3},"                       \
  "{\"name\":\"one\",\"kind\":\"conv2d\",\"inputs\":[\"input\"],\"filters\":4,\"bias\":\"no\"},"                       \
  "{\"name\":\"up\",\"kind\":\"transposed-conv2d\",\"inputs\":[\"one\"],\"filters\":6,\"groups\":2,"                   \
  "\"kernel-height\":1,\"kernel-width\":2},"                                                                           \
  "{\"name\":\"pool\",\"kind\":\"global-average-pool\",\"inputs\":[\"up\"]},"                                          \
  "{\"name\":\"fc\",\"kind\":\"dense\",\"inputs\":[\"pool\"],\"units\":3}]}"

static void
test_a_transposed_convolution_has_its_groups_in_their_places (PthFile *fixture, gconstpointer data)
{
  const float *weight, *ours;
  Put done;
  Pth pth;

  pth_begin (&pth);
  weight = pth_add (&pth, "up.weight", 4, 4, 3, 1, 2);
  pth_add (&pth, "up.bias", 1, 6, 0, 0, 0);
  put_onto (fixture, &done, &pth, TRANSPOSED, NULL);
  assert_match (&done, "up.weight", LATHE_MATCH_BY_NAME, "up.weight");
  assert_match (&done, "one.weight", LATHE_MATCH_NONE, NULL);
  ours = tensor_of (done.model, "up.weight");
  for (guint x = 0; x < 2; x++)
    for (guint i = 0; i < 2; i++)
      for (guint o = 0; o < 6; o++)
        g_assert_cmpfloat ((double) ours[(x * 2 + i) * 6 + o], ==,
                           (double) weight[((o / 3 * 2 + i) * 3 + o % 3) * 2 + x]);
  g_assert_cmpmem (tensor_of (done.model, "fc.weight"), 18 * sizeof (float), tensor_of (done.base, "fc.weight"),
                   18 * sizeof (float));
  put_clear (&done, &pth);
}

static void
test_a_layer_of_another_shape_begins_anew (PthFile *fixture, gconstpointer data)
{
  Put done;
  Pth pth;

  pth_begin (&pth);
  pth_add (&pth, "one.weight", 4, 2, 3, 3, 3);
  pth_add (&pth, "one.bias", 1, 2, 0, 0, 0);
  pth_add (&pth, "fc.weight", 2, 1000, 2, 0, 0);
  pth_add (&pth, "fc.bias", 1, 1000, 0, 0, 0);
  put_onto (fixture, &done, &pth, FOLDED, NULL);
  assert_match (&done, "one.weight", LATHE_MATCH_BY_NAME, "one.weight");
  assert_match (&done, "fc.weight", LATHE_MATCH_SHAPE, "fc.weight");
  g_assert_cmpuint (done.map->n_matched, ==, 2);
  g_assert_cmpuint (done.map->unused->len, ==, 2);
  g_assert_cmpmem (tensor_of (done.model, "fc.weight"), 6 * sizeof (float), tensor_of (done.base, "fc.weight"),
                   6 * sizeof (float));
  put_clear (&done, &pth);
}

static void
test_numbers_that_are_not_finite_are_refused (PthFile *fixture, gconstpointer data)
{
  const float numbers[6] = {1, 2, NAN, 4, 5, 6};
  const PthTensor tensor = {"FloatStorage", 6, 0, 2, 2, {3, 2}, {2, 1}};
  g_autoptr (LatheModel) base = make_base (FOLDED), model = NULL;
  g_autoptr (LatheWeights) weights = NULL;
  g_autoptr (LatheWeightsMap) map = NULL;
  g_autoptr (GError) error = NULL;
  Pth pth;

  pth_begin (&pth);
  pth_add_as (&pth, "fc.weight", &tensor, numbers, sizeof numbers);
  pth_put (fixture, pth_finish (&pth));
  g_ptr_array_unref (pth.storages);
  weights = lathe_weights_open (fixture->path, &error);
  g_assert_no_error (error);
  map = lathe_weights_map (weights, base->graph, NULL, &error);
  model = lathe_weights_apply (weights, map, base, &error);
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "fc.weight"));
  g_assert_null (model);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) g_test_add ("/weights-map/" path, PthFile, NULL, pth_set_up, test, pth_tear_down)
  ADD ("layers-go-by-order-and-norms-with-what-they-follow", test_layers_go_by_order_and_norms_with_what_they_follow);
  ADD ("an-image-in-a-row-is-as-the-file-has-it", test_an_image_in_a_row_is_as_the_file_has_it);
  ADD ("a-norm-without-a-layer-becomes-a-part-of-the-one-in-front",
       test_a_norm_without_a_layer_becomes_a_part_of_the_one_in_front);
  ADD ("a-transposed-convolution-has-its-groups-in-their-places",
       test_a_transposed_convolution_has_its_groups_in_their_places);
  ADD ("a-layer-of-another-shape-begins-anew", test_a_layer_of_another_shape_begins_anew);
  ADD ("numbers-that-are-not-finite-are-refused", test_numbers_that_are_not_finite_are_refused);
  return g_test_run ();
}
