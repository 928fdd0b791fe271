/* test-model-open.c: a model comes out of any file that holds one, and what it cannot be made of is named.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _GNU_SOURCE /* memmem() */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "lathe.h"

/* A model, and a folder for its files. */
typedef struct
{
  char *folder;
  LatheModel *model;
} Fixture;

#define NETWORK                                                                                                        \
  "{\"nodes\":["                                                                                                       \
  "{\"name\":\"input\",\"kind\":\"input\",\"width\":6,\"height\":5,\"channels\":3},"                                   \
  "{\"name\":\"conv2d-1\",\"kind\":\"conv2d\",\"filters\":4,\"inputs\":[\"input\"]},"                                  \
  "{\"name\":\"flatten-1\",\"kind\":\"flatten\",\"inputs\":[\"conv2d-1\"]},"                                           \
  "{\"name\":\"dense-1\",\"kind\":\"dense\",\"units\":3,\"activation\":\"softmax\",\"inputs\":[\"flatten-1\"]}]}"

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const char *const labels[] = {"cat", "dog", "horse", NULL};
  const LathePreprocess preprocess = {
      .width = 6, .height = 5, .channels = 3, .mean = {0.5f, 0.4f, 0.3f}, .deviation = {0.2f, 0.3f, 0.4f}};
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheGraph) graph = lathe_graph_from_json (NETWORK, -1, &error);

  g_assert_no_error (error);
  fixture->folder = g_dir_make_tmp ("lathe-model-open-XXXXXX", NULL);
  fixture->model = lathe_model_new (graph, labels, &preprocess, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < fixture->model->weights->len; i++)
    {
      const LatheWeight *weight = &g_array_index (fixture->model->weights, LatheWeight, i);

      for (gsize k = 0; k < lathe_shape_size (&weight->shape); k++)
        weight->data[k] = (float) (k % 7) / 8 - 0.3f + (float) i;
    }
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

      g_remove (path);
    }
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  lathe_model_unref (fixture->model);
}

static char *
path_of (const Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

/* A file of the fixtures, of which the one place that says `from` says `to`, of the same length. (transfer full) */
static char *
put_changed (const Fixture *fixture, const char *kind, const char *name, const char *from, const char *to)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "fixtures", kind, name, NULL), *bytes = NULL;
  char *changed = path_of (fixture, name), *place;
  gsize size;

  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  place = memmem (bytes, size, from, strlen (from));
  g_assert_nonnull (place);
  g_assert_cmpuint (strlen (from), ==, strlen (to));
  memcpy (place, to, strlen (to));
  g_assert_true (g_file_set_contents (changed, bytes, (gssize) size, NULL));
  return changed;
}

static LatheModel *
open_model (const char *path, LatheImportNotes *notes)
{
  g_autoptr (GError) error = NULL;
  LatheModel *model = lathe_model_open (path, notes, &error);

  g_assert_no_error (error);
  g_assert_nonnull (model);
  g_assert_cmpuint (notes->problems->len, ==, 0);
  return model;
}

static void
assert_same_weights (const LatheModel *a, const LatheModel *b)
{
  g_autofree char *of_a = lathe_model_weights_sha256 (a), *of_b = lathe_model_weights_sha256 (b);

  g_assert_cmpstr (of_a, ==, of_b);
}

/* --- What opens --- */

/* How it begins decides, whatever it is called. */
static void
test_model_of_lathes_opens_under_any_name (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = {"model.safetensors", "model.onnx", "model"};

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = path_of (fixture, names[i]);
      g_auto (LatheImportNotes) notes = {0};
      g_autoptr (LatheModel) model = NULL;

      g_assert_true (lathe_model_save (fixture->model, path, NULL));
      model = open_model (path, &notes);
      assert_same_weights (model, fixture->model);
      g_assert_true (lathe_graph_equal (model->graph, fixture->model->graph));
      g_assert_false (notes.unnamed);
      g_assert_false (notes.unprepared);
    }
}

/* Lathe's own files of ONNX and TensorFlow Lite say what an image becomes and what the outputs are called. Keras has no
 * place for either. */
static void
test_every_format_opens_and_says_what_it_leaves_open (Fixture *fixture, gconstpointer data)
{
  guint n_formats;
  const LatheImportFormat *const *formats = lathe_import_formats (&n_formats);
  LatheExport export = {.graph = fixture->model->graph, .model = fixture->model};
  LatheHyperparameters usual;

  lathe_hyperparameters_defaults (&usual);
  export.training = lathe_export_training (&usual);
  for (guint i = 0; i < n_formats; i++)
    {
      g_autofree char *path = path_of (fixture, formats[i]->name);
      gboolean open = !g_str_equal (formats[i]->name, "onnx") && !g_str_equal (formats[i]->name, "tflite");
      g_auto (LatheImportNotes) notes = {0};
      g_autoptr (GError) error = NULL;
      g_autoptr (LatheModel) model = NULL;

      lathe_export_write (lathe_export_format_find (formats[i]->name), &export, path, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (formats[i]->suffix, ==, lathe_export_format_find (formats[i]->name)->suffix);
      model = open_model (path, &notes);
      assert_same_weights (model, fixture->model);
      g_assert_cmpint (notes.unnamed, ==, open);
      g_assert_cmpint (notes.unprepared, ==, open);
      g_assert_cmpstr (model->labels[0], ==, open ? "class 1" : "cat");
      g_assert_cmpfloat (model->preprocess.deviation[0], ==, open ? 1 : 0.2f);
    }
}

static void
test_bare_file_of_another_program_leaves_all_open (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "fixtures", "onnx", "shapes.onnx", NULL);
  g_auto (LatheImportNotes) notes = {0};
  g_autoptr (LatheModel) model = open_model (path, &notes);

  g_assert_true (notes.unnamed);
  g_assert_true (notes.unprepared);
  g_assert_cmpuint (lathe_model_get_n_labels (model), ==, 2);
  g_assert_cmpuint (model->preprocess.channels, ==, 3);
}

/* --- What does not --- */

static void
assert_problem (const char *path, const char *layer, const char *class)
{
  g_auto (LatheImportNotes) notes = {0};
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheModel) model = lathe_model_open (path, &notes, &error);

  g_assert_null (model);
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_cmpuint (notes.problems->len, ==, 1);
  g_assert_nonnull (strstr (notes.problems->pdata[0], layer));
  g_assert_nonnull (strstr (notes.problems->pdata[0], class));
  g_assert_nonnull (strstr (error->message, notes.problems->pdata[0]));
}

static void
test_what_lathe_does_not_have_is_told_one_by_one (Fixture *fixture, gconstpointer data)
{
  g_autofree char *onnx = put_changed (fixture, "onnx", "shapes.onnx", "MatMul", "MutMul");
  g_autofree char *h5 = put_changed (fixture, "keras", "conv2d-depthwise.h5", "DepthwiseConv2D", "DepthwiseConv5D");

  assert_problem (onnx, "“m”", "MutMul");
  assert_problem (h5, "“conv2d-1”", "DepthwiseConv5D");
}

static void
assert_fails (const char *path, LatheError code, const char *reason)
{
  g_auto (LatheImportNotes) notes = {0};
  g_autoptr (GError) error = NULL;

  g_assert_null (lathe_model_open (path, &notes, &error));
  g_assert_error (error, LATHE_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, reason));
  g_assert_cmpuint (notes.problems->len, ==, 0);
  g_clear_error (&error);
  g_assert_null (lathe_model_open (path, NULL, &error));
  g_assert_nonnull (error);
}

static void
test_what_is_no_model_is_refused_with_the_kinds_that_are (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = path_of (fixture, "model.onnx"), *empty = path_of (fixture, "empty.h5");

  g_assert_true (g_file_set_contents (text, "This is a letter, and no model.", -1, NULL));
  g_assert_true (g_file_set_contents (empty, "", 0, NULL));
  assert_fails (text, LATHE_ERROR_FORMAT, ".safetensors");
  assert_fails (text, LATHE_ERROR_FORMAT, "ONNX model");
  assert_fails (empty, LATHE_ERROR_FORMAT, "empty");
  assert_fails ("/nowhere.onnx", LATHE_ERROR_IO, "/nowhere.onnx");
  assert_fails (fixture->folder, LATHE_ERROR_IO, fixture->folder);
}

/* One of Lathe's holds all of itself; one of another program may have weights beside it. */
static void
test_links_lead_to_models_of_lathes_alone (Fixture *fixture, gconstpointer data)
{
  g_autofree char *own = path_of (fixture, "own"), *onnx = path_of (fixture, "onnx");
  g_autofree char *to_own = path_of (fixture, "to-own"), *to_onnx = path_of (fixture, "to-onnx");
  const LatheExport export = {.graph = fixture->model->graph, .model = fixture->model};
  g_auto (LatheImportNotes) notes = {0};
  g_autoptr (LatheModel) model = NULL;

  g_assert_true (lathe_model_save (fixture->model, own, NULL));
  g_assert_true (lathe_export_write (lathe_export_format_find ("onnx"), &export, onnx, NULL));
  g_assert_cmpint (symlink (own, to_own), ==, 0);
  g_assert_cmpint (symlink (onnx, to_onnx), ==, 0);
  model = open_model (to_own, &notes);
  assert_same_weights (model, fixture->model);
  assert_fails (to_onnx, LATHE_ERROR_IO, "it is a link");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/model-open/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("own-under-any-name", test_model_of_lathes_opens_under_any_name);
  ADD ("every-format", test_every_format_opens_and_says_what_it_leaves_open);
  ADD ("bare-file", test_bare_file_of_another_program_leaves_all_open);
  ADD ("problems", test_what_lathe_does_not_have_is_told_one_by_one);
  ADD ("no-model", test_what_is_no_model_is_refused_with_the_kinds_that_are);
  ADD ("links", test_links_lead_to_models_of_lathes_alone);
#undef ADD
  return g_test_run ();
}
