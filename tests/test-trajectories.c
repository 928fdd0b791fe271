/* test-trajectories.c: training goes the way it goes in PyTorch: the same weights and the same batches give the same
 * losses, and the same weights after twenty steps.
 *
 * fixtures/trajectories.json is the other side, made in double precision by reference/make-trajectories.py, which says
 * how weights and batches are drawn. This test is built twice. In double precision it compares every step. In single
 * precision it stops where PyTorch's own single precision has left the path: deep networks with batch norm multiply
 * rounding at every step.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "lathe.h"
#include "model/lathe-network.h"
#include "train/lathe-optimizer.h"

#define SEED 1
#ifdef LATHE_PROOF
#define LOSS_TOLERANCE 1e-7 /* as far as the fixture's digits reach */
#else
#define LOSS_TOLERANCE 1e-4
#endif
#define TENSOR_TOLERANCE 1e-3
#define LEAST_SCALE 1e-3 /* a tensor that has no gradient holds rounding alone */
#define LEAST_CHANGE 0.1 /* of the loss, so that a comparison means something */

enum
{
  NOISE,
  COLOUR,
  LABELS
};

typedef struct
{
  JsonObject *expected;
  guint side, batch, n_classes;
  LatheGraph *graph;
  LatheNetwork *network;
  LatheOptimizerState *optimizer;
  double learning_rate;
  guint32 *labels;
} Run;

/* Noise over one colour a class: something to learn in twenty steps. */
static void
make_batch (Run *run, guint step)
{
  LatheRng noise = lathe_rng (SEED, LATHE_RNG_AUGMENT, step, NOISE);
  LatheRng labels = lathe_rng (SEED, LATHE_RNG_AUGMENT, step, LABELS);
  LatheReal *x = lathe_network_get_input (run->network);
  guint32 size = run->side * run->side * 3;

  for (guint32 sample = 0; sample < run->batch; sample++)
    {
      LatheRng colour;

      run->labels[sample] = lathe_rng_below (&labels, sample, run->n_classes);
      colour = lathe_rng (SEED, LATHE_RNG_AUGMENT, run->labels[sample], COLOUR);
      for (guint32 i = 0; i < size; i++)
        x[sample * size + i] =
            (float) ((lathe_rng_uniform (&noise, sample * size + i) + lathe_rng_uniform (&colour, i % 3)) / 2);
    }
}

static double
train_step (Run *run, guint step)
{
  g_autofree LatheReal *losses = g_new (LatheReal, run->batch);
  double sum = 0;

  make_batch (run, step);
  lathe_network_forward (run->network, run->batch, TRUE, SEED, step);
  lathe_network_loss (run->network, run->batch, run->labels, NULL, losses);
  lathe_network_backward (run->network, run->batch);
  g_assert_true (lathe_optimizer_step (run->optimizer, lathe_network_get_weights (run->network, NULL),
                                       lathe_network_get_gradient (run->network), run->learning_rate));
  for (guint i = 0; i < run->batch; i++)
    sum += losses[i];
  return sum / run->batch;
}

static LatheModel *
make_model (Run *run)
{
  static const char *const labels[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", NULL};
  LathePreprocess preprocess = {run->side, run->side, 3, {0}, {1, 1, 1}};
  g_autoptr (GError) error = NULL;
  LatheModel *model = lathe_model_new (run->graph, labels, &preprocess, &error);

  g_assert_no_error (error);
  lathe_network_store (run->network, model);
  return model;
}

static LatheWeight *
find_weight (LatheModel *model, const char *name)
{
  for (guint i = 0; i < model->weights->len; i++)
    if (g_str_equal (g_array_index (model->weights, LatheWeight, i).name, name))
      return &g_array_index (model->weights, LatheWeight, i);
  return NULL;
}

/* Dropout drops nothing, and the scale that ends a residual branch starts small. Returns the model before training. */
static LatheModel *
set_out (Run *run)
{
  double gamma = json_object_get_double_member (run->expected, "residual-gamma");
  LatheModel *model;

  lathe_network_initialise (run->network, SEED);
  model = make_model (run);
  for (guint i = 0; i < lathe_graph_get_n_nodes (run->graph); i++)
    {
      const LatheNode *node = lathe_graph_get_node (run->graph, i);
      g_autofree char *name = NULL;
      LatheWeight *weight;

      if (!g_str_equal (node->kind->name, "add"))
        continue;
      name = g_strconcat (((LatheNode *) node->inputs->pdata[0])->name, ".gamma", NULL);
      weight = find_weight (model, name);
      for (gsize j = 0; weight != NULL && j < lathe_shape_size (&weight->shape); j++)
        weight->data[j] *= (float) gamma;
    }
  lathe_network_load (run->network, model);
  return model;
}

static double
scale (JsonObject *expected, const char *what)
{
  return TENSOR_TOLERANCE * fmax (LEAST_SCALE, json_object_get_double_member (expected, what));
}

static void
assert_tensor (JsonObject *expected, const LatheWeight *before, const LatheWeight *after)
{
  JsonArray *samples = json_object_get_array_member (expected, "samples");
  gsize size = lathe_shape_size (&after->shape), n = json_array_get_length (samples);
  double norm = 0, moved = 0;

  g_assert_cmpstr (json_object_get_string_member (expected, "name"), ==, after->name);
  for (gsize i = 0; i < size; i++)
    {
      norm += (double) after->data[i] * after->data[i];
      moved += ((double) after->data[i] - before->data[i]) * ((double) after->data[i] - before->data[i]);
    }
  g_assert_cmpfloat_with_epsilon (sqrt (norm), json_object_get_double_member (expected, "norm"),
                                  scale (expected, "norm"));
  g_assert_cmpfloat_with_epsilon (sqrt (moved), json_object_get_double_member (expected, "moved"),
                                  scale (expected, "moved"));
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (after->data[(2 * i + 1) * size / (2 * n)],
                                    json_array_get_double_element (samples, i), scale (expected, "largest"));
}

static void
assert_tensors (Run *run, const LatheModel *before)
{
  JsonArray *tensors = json_object_get_array_member (run->expected, "tensors");
  g_autoptr (LatheModel) after = make_model (run);

  g_assert_cmpuint (after->weights->len, ==, json_array_get_length (tensors));
  for (guint i = 0; i < after->weights->len; i++)
    assert_tensor (json_array_get_object_element (tensors, i), &g_array_index (before->weights, LatheWeight, i),
                   &g_array_index (after->weights, LatheWeight, i));
}

static void
assert_path (Run *run)
{
  JsonArray *losses = json_object_get_array_member (run->expected, "losses");
  guint n = json_array_get_length (losses), n_steps = n;
  gboolean all = TRUE;
  g_autoptr (LatheModel) before = set_out (run);

#ifndef LATHE_PROOF
  n_steps = (guint) json_object_get_int_member (run->expected, "single-steps");
  all = json_object_get_boolean_member (run->expected, "single-tensors");
#endif
  g_assert_cmpuint (n, ==, 20);
  g_assert_cmpfloat (
      fabs (json_array_get_double_element (losses, n - 1) / json_array_get_double_element (losses, 0) - 1), >,
      LEAST_CHANGE);
  g_assert_cmpuint (n_steps, >, 0);
  for (guint step = 0; step < n_steps; step++)
    {
      double loss = train_step (run, step), expected = json_array_get_double_element (losses, step);

      g_test_message ("step %u: %.9g, PyTorch: %.9g", step, loss, expected);
      g_assert_cmpfloat_with_epsilon (loss / expected, 1, LOSS_TOLERANCE);
    }
  if (all)
    assert_tensors (run, before);
}

static void
test_path (gconstpointer data)
{
  JsonObject *expected = (JsonObject *) data;
  LatheHyperparameters hyperparameters;
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheGraph) graph = lathe_preset_load (json_object_get_string_member (expected, "network"), NULL);
  g_autoptr (LatheNetwork) network = NULL;
  g_autoptr (LatheOptimizerState) optimizer = NULL;
  g_autofree guint32 *labels = NULL;
  Run run = {
      .expected = expected,
      .side = (guint) json_object_get_int_member (expected, "side"),
      .batch = (guint) json_object_get_int_member (expected, "batch"),
      .n_classes = (guint) json_object_get_int_member (expected, "classes"),
      .learning_rate = json_object_get_double_member (expected, "learning-rate"),
      .graph = graph,
  };
  gboolean adam = g_str_equal (json_object_get_string_member (expected, "optimizer"), "adam");
  const LatheReal *weights;
  gsize n_weights;

  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (run.side, run.side, 3), run.n_classes);
  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    if (g_str_equal (lathe_graph_get_node (graph, i)->kind->name, "dropout"))
      lathe_graph_set (graph, lathe_graph_get_node (graph, i), "rate", 0, NULL);
  lathe_hyperparameters_defaults (&hyperparameters);
  hyperparameters.optimizer = adam ? LATHE_OPTIMIZER_ADAM : LATHE_OPTIMIZER_MOMENTUM;
  hyperparameters.momentum = json_object_get_double_member (expected, "momentum");
  run.network = network = lathe_network_new (graph, run.batch, TRUE, pool, NULL);
  weights = lathe_network_get_weights (network, &n_weights);
  run.optimizer = optimizer = lathe_optimizer_new (&hyperparameters, weights, n_weights, pool, NULL);
  run.labels = labels = g_new (guint32, run.batch);
  assert_path (&run);
}

int
main (int argc, char *argv[])
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  JsonArray *runs;

  g_test_init (&argc, &argv, NULL);
  path = g_test_build_filename (G_TEST_DIST, "fixtures", "trajectories.json", NULL);
  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  runs = json_node_get_array (json_parser_get_root (parser));
  for (guint i = 0; i < json_array_get_length (runs); i++)
    {
      JsonObject *run = json_array_get_object_element (runs, i);
      g_autofree char *name = g_strconcat ("/trajectories/", json_object_get_string_member (run, "network"), NULL);

      g_test_add_data_func (name, run, test_path);
    }
  return g_test_run ();
}
