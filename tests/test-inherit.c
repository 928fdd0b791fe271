/* test-inherit.c: layers that still match go on with what they learned, and nothing else does.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "lathe.h"
#include "run.h"

static LatheDataset *samples;
static LathePreprocess preprocess;
static LatheGraph *lenet;
static LatheModel *learned;

static const char *const *
labels (void)
{
  return lathe_dataset_get_classes (samples);
}

static char *
list_kept (const LatheGraph *graph, const char *const *of_labels, const char *const *fresh)
{
  g_autoptr (LatheInheritance) inheritance = lathe_inheritance_new (learned, graph, of_labels, fresh);

  g_assert_cmpuint (lathe_inheritance_count (inheritance), ==, g_strv_length (inheritance->layers));
  return g_strjoinv (" ", inheritance->layers);
}

static void
assert_kept (const LatheGraph *graph, const char *const *of_labels, const char *const *fresh, const char *names)
{
  g_autofree char *kept = list_kept (graph, of_labels, fresh);

  g_assert_cmpstr (kept, ==, names);
}

static void
set (LatheGraph *graph, const char *layer, const char *property, double value)
{
  g_autoptr (GError) error = NULL;

  lathe_graph_set (graph, lathe_graph_find (graph, layer), property, value, &error);
  g_assert_no_error (error);
}

static void
test_layers_whose_shapes_match_are_kept (void)
{
  g_autoptr (LatheGraph) wider = lathe_graph_copy (lenet), broken = lathe_graph_copy (lenet);
  const char *const fresh[] = {"conv2d-1", "dense-2", NULL};

  assert_kept (lenet, labels (), NULL, "conv2d-1 conv2d-2 dense-1 dense-2 dense-3");
  assert_kept (lenet, labels (), fresh, "conv2d-2 dense-1 dense-3");
  set (wider, "dense-1", "units", 121);
  assert_kept (wider, labels (), NULL, "conv2d-1 conv2d-2 dense-3");
  set (broken, "conv2d-2", "kernel-height", 63);
  assert_kept (broken, labels (), NULL, "");
}

static void
test_a_layer_put_in_between_begins_anew (void)
{
  g_autoptr (LatheGraph) graph = lathe_graph_copy (lenet);

  lathe_graph_insert (graph, lathe_graph_get_n_nodes (graph) - 1, lathe_layer_kind_find ("batch-norm"));
  assert_kept (graph, labels (), NULL, "conv2d-1 conv2d-2 dense-1 dense-2 dense-3");
}

static void
test_other_labels_begin_their_last_layer_anew (void)
{
  g_auto (GStrv) other = g_strdupv ((char **) labels ());

  g_free (other[3]);
  other[3] = g_strdup ("something else");
  assert_kept (lenet, (const char *const *) other, NULL, "conv2d-1 conv2d-2 dense-1 dense-2");
}

static LatheHyperparameters
one_epoch (guint n_threads)
{
  LatheHyperparameters h;

  lathe_hyperparameters_defaults (&h);
  h.epochs = 1;
  h.threads = n_threads;
  return h;
}

static const LatheWeight *
find (const LatheModel *model, const char *name)
{
  for (guint i = 0; i < model->weights->len; i++)
    if (g_str_equal (g_array_index (model->weights, LatheWeight, i).name, name))
      return &g_array_index (model->weights, LatheWeight, i);
  g_assert_not_reached ();
}

static gboolean
same_numbers (const LatheModel *a, const LatheModel *b, const char *name)
{
  const LatheWeight *x = find (a, name), *y = find (b, name);

  return memcmp (x->data, y->data, lathe_shape_size (&x->shape) * sizeof (float)) == 0;
}

static LatheModel *
train_on (const LatheGraph *graph, guint n_threads, const char *const *fresh)
{
  g_autoptr (LatheInheritance) inheritance = lathe_inheritance_new (learned, graph, labels (), fresh);
  LatheHyperparameters h = one_epoch (n_threads);

  return run_on (inheritance, samples, graph, &preprocess, &h);
}

/* A frozen layer ends as it began, so it tells what that was. */
static void
test_training_begins_with_what_was_learned (void)
{
  g_autoptr (LatheGraph) graph = lathe_graph_copy (lenet);
  g_autoptr (LatheModel) model = NULL;
  const char *const fresh[] = {"dense-1", NULL};

  set (graph, "conv2d-1", "frozen", 1);
  set (graph, "dense-1", "frozen", 1);
  model = train_on (graph, 2, fresh);
  g_assert_true (same_numbers (model, learned, "conv2d-1.weight"));
  g_assert_true (same_numbers (model, learned, "conv2d-1.bias"));
  g_assert_false (same_numbers (model, learned, "dense-1.weight"));
  g_assert_false (same_numbers (model, learned, "dense-3.weight"));
}

static void
test_same_bits_on_any_number_of_threads (void)
{
  g_autoptr (LatheModel) one = train_on (lenet, 1, NULL), two = train_on (lenet, 2, NULL);
  g_autofree char *sha256_of_one = lathe_model_weights_sha256 (one), *sha256_of_two = lathe_model_weights_sha256 (two);

  g_assert_cmpstr (sha256_of_one, ==, sha256_of_two);
}

static void
prepare (void)
{
  LatheHyperparameters h = one_epoch (2);
  LatheShape shape;

  samples = run_samples (0.2);
  lathe_dataset_suggest (samples, 0, 0, &preprocess);
  shape = LATHE_SHAPE_IMAGE (preprocess.height, preprocess.width, preprocess.channels);
  lenet = lathe_preset_load ("lenet", NULL);
  lathe_graph_adapt (lenet, &shape, lathe_dataset_get_n_classes (samples));
  learned = run_to_end (samples, lenet, &preprocess, &h);
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  prepare ();
  g_test_add_func ("/inherit/shapes", test_layers_whose_shapes_match_are_kept);
  g_test_add_func ("/inherit/between", test_a_layer_put_in_between_begins_anew);
  g_test_add_func ("/inherit/labels", test_other_labels_begin_their_last_layer_anew);
  g_test_add_func ("/inherit/training", test_training_begins_with_what_was_learned);
  g_test_add_func ("/inherit/threads", test_same_bits_on_any_number_of_threads);
  result = g_test_run ();
  lathe_model_unref (learned);
  lathe_graph_free (lenet);
  lathe_dataset_unref (samples);
  return result;
}
