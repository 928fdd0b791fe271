/* test-formats.c: model files: what is written is read, and what is damaged is refused.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _GNU_SOURCE /* memmem() */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lathe.h"

/* A saved model, and its file's bytes. */
typedef struct
{
  char *folder, *path;
  LatheModel *model;
  guint8 *bytes;
  gsize size;
} Fixture;

#define NETWORK                                                                                                        \
  "{\"nodes\":["                                                                                                       \
  "{\"name\":\"in\",\"kind\":\"input\",\"width\":4,\"height\":4,\"channels\":3},"                                      \
  "{\"name\":\"flat\",\"kind\":\"flatten\",\"inputs\":[\"in\"]},"                                                      \
  "{\"name\":\"hidden\",\"kind\":\"dense\",\"units\":5,\"inputs\":[\"flat\"]},"                                        \
  "{\"name\":\"out\",\"kind\":\"dense\",\"units\":3,\"inputs\":[\"hidden\"]},"                                         \
  "{\"name\":\"probabilities\",\"kind\":\"softmax\",\"inputs\":[\"out\"]}]}"
#define N_WEIGHTS (48 * 5 + 5 + 5 * 3 + 3)

static LatheModel *
make_model (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheGraph) graph = lathe_graph_from_json (NETWORK, -1, &error);
  g_assert_no_error (error);
  const char *const labels[] = {"cat", "“dog” [no. 2", "馬\n\"horse\""};
  const char *const terminated[] = {labels[0], labels[1], labels[2], NULL};
  LathePreprocess preprocess = {
      .width = 4, .height = 4, .channels = 3, .mean = {0.1f, 0.2f, 1.0f / 3}, .deviation = {1, 0.3f, 2}};
  LatheModel *model = lathe_model_new (graph, terminated, &preprocess, &error);
  g_assert_no_error (error);

  float value = -0.37f;
  for (guint i = 0; i < model->weights->len; i++)
    {
      LatheWeight *weight = &g_array_index (model->weights, LatheWeight, i);
      for (gsize k = 0; k < lathe_shape_size (&weight->shape); k++)
        weight->data[k] = value = value * 1.01f + 0.003f;
    }
  model->scores = (LatheScores){.best_epoch = 7,
                                .validation_loss = 1.0 / 3,
                                .validation_accuracy = 0.875,
                                .test_loss = NAN,
                                .test_accuracy = NAN,
                                .folds = 5};
  return model;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  fixture->folder = g_dir_make_tmp ("lathe-formats-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "model.safetensors", NULL);
  fixture->model = make_model ();
  lathe_model_save (fixture->model, fixture->path, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (fixture->path, (char **) &fixture->bytes, &fixture->size, NULL));
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
  g_free (fixture->path);
  g_free (fixture->bytes);
  lathe_model_unref (fixture->model);
}

/* Writes these bytes in the model's place. */
static void
put (Fixture *fixture, const void *bytes, gsize n)
{
  FILE *file = fopen (fixture->path, "wb");
  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (bytes, 1, n, file), ==, n);
  fclose (file);
}

/* The model's file with the header's `from` changed to `to`, of the same length. */
static void
put_changed (Fixture *fixture, const char *from, const char *to)
{
  g_autofree guint8 *bytes = g_memdup2 (fixture->bytes, fixture->size);
  guint8 *place = memmem (bytes, fixture->size, from, strlen (from));
  g_assert_nonnull (place);
  g_assert_cmpuint (strlen (from), ==, strlen (to));
  memcpy (place, to, strlen (to));
  put (fixture, bytes, fixture->size);
}

/* A header of one's own before `n_data` zeros. */
static void
put_header (Fixture *fixture, const char *header, gsize n_data)
{
  guint64 length = strlen (header);
  g_autofree guint8 *bytes = g_malloc0 (8 + length + n_data);
  memcpy (bytes, &length, 8);
  memcpy (bytes + 8, header, length);
  put (fixture, bytes, 8 + length + n_data);
}

static void
assert_refused (Fixture *fixture, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (lathe_model_load (fixture->path, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_true (error->domain == LATHE_ERROR);
  g_assert_nonnull (strstr (error->message, "model.safetensors"));
  g_assert_nonnull (strstr (error->message, part));
  g_assert_null (strchr (error->message, '\n'));
}

static void
assert_same (const LatheModel *a, const LatheModel *b)
{
  g_assert_true (lathe_graph_equal (a->graph, b->graph));
  g_assert_cmpstrv (a->labels, b->labels);
  g_assert_cmpmem (&a->preprocess, sizeof a->preprocess, &b->preprocess, sizeof b->preprocess);
  g_assert_cmpuint (a->scores.best_epoch, ==, b->scores.best_epoch);
  g_assert_cmpuint (a->scores.folds, ==, b->scores.folds);
  g_assert_cmpfloat (a->scores.validation_loss, ==, b->scores.validation_loss);
  g_assert_cmpfloat (a->scores.validation_accuracy, ==, b->scores.validation_accuracy);
  g_assert_true (isnan (b->scores.test_loss) && isnan (b->scores.test_accuracy));
  g_autofree char *x = lathe_model_weights_sha256 (a);
  g_autofree char *y = lathe_model_weights_sha256 (b);
  g_assert_cmpstr (x, ==, y);
}

static void
test_round_trip (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheModel) model = lathe_model_load (fixture->path, &error);
  g_assert_no_error (error);
  assert_same (fixture->model, model);

  g_assert_true (lathe_model_save (model, fixture->path, &error));
  g_autofree char *again = NULL;
  gsize size;
  g_assert_true (g_file_get_contents (fixture->path, &again, &size, NULL));
  g_assert_cmpmem (again, size, fixture->bytes, fixture->size);
}

static void
test_temperature_is_kept (Fixture *fixture, gconstpointer data)
{
  const double temperature = 1.0 / 3;
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheModel) cooled = lathe_model_at_temperature (fixture->model, temperature, &error);
  g_assert_no_error (error);
  assert_same (fixture->model, cooled);
  g_assert_true (lathe_model_save (cooled, fixture->path, &error));

  g_autoptr (LatheModel) read = lathe_model_load (fixture->path, &error);
  g_assert_no_error (error);
  assert_same (fixture->model, read);
  g_assert_cmpfloat (read->temperature, ==, temperature);

  /* Set back, it is the very file that it was before. */
  g_autoptr (LatheModel) back = lathe_model_at_temperature (read, 1, &error);
  g_autofree char *again = NULL;
  gsize size;
  g_assert_true (lathe_model_save (back, fixture->path, &error));
  g_assert_true (g_file_get_contents (fixture->path, &again, &size, NULL));
  g_assert_cmpmem (again, size, fixture->bytes, fixture->size);
}

/* Finds a tensor as any reader of the format would: header, name, offsets, bytes. */
static void
test_others_can_read_it (Fixture *fixture, gconstpointer data)
{
  guint64 length;
  memcpy (&length, fixture->bytes, 8);
  g_assert_cmpuint ((8 + length) % 64, ==, 0);
  g_assert_cmpuint (fixture->size, ==, 8 + length + N_WEIGHTS * sizeof (float));

  g_autofree char *header = g_strndup ((char *) fixture->bytes + 8, length);
  g_assert_true (g_str_has_prefix (header, "{\"__metadata__\":{\"format\":\"lathe\","));
  for (guint i = 0; i < fixture->model->weights->len; i++)
    {
      const LatheWeight *weight = &g_array_index (fixture->model->weights, LatheWeight, i);
      g_autofree char *key = g_strdup_printf ("\"%s\":{\"dtype\":\"F32\",\"shape\":[", weight->name);
      const char *entry = strstr (header, key);
      guint64 begin, end;
      g_assert_nonnull (entry);
      g_assert_cmpuint (strtoul (entry + strlen (key), NULL, 10), ==, weight->shape.dim[0]);
      g_assert_cmpint (sscanf (strstr (entry, "data_offsets"),
                               "data_offsets\":[%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT, &begin, &end),
                       ==, 2);
      g_assert_cmpmem (fixture->bytes + 8 + length + begin, end - begin, weight->data,
                       lathe_shape_size (&weight->shape) * sizeof (float));
    }
}

static void
test_cut_short (Fixture *fixture, gconstpointer data)
{
  for (gsize n = 0; n < fixture->size; n += n < 16 ? 1 : 97)
    {
      put (fixture, fixture->bytes, n);
      assert_refused (fixture, "cannot be opened");
    }
  put (fixture, fixture->bytes, 0);
  assert_refused (fixture, "empty");
  g_autofree guint8 *longer = g_malloc0 (fixture->size + 4);
  memcpy (longer, fixture->bytes, fixture->size);
  put (fixture, longer, fixture->size + 4);
  assert_refused (fixture, "longer than");
}

/* Whichever bit of the file flips: it is refused, or it did not matter. */
static void
test_flipped_bits (Fixture *fixture, gconstpointer data)
{
  guint64 length;
  guint n_harmless = 0;
  memcpy (&length, fixture->bytes, 8);
  for (gsize i = 0; i < fixture->size; i++)
    {
      g_autoptr (GError) error = NULL;
      fixture->bytes[i] ^= 1 << (i % 8);
      put (fixture, fixture->bytes, fixture->size);
      LatheModel *model = lathe_model_load (fixture->path, &error);
      fixture->bytes[i] ^= 1 << (i % 8);
      if (model == NULL)
        {
          g_assert_true (error->domain == LATHE_ERROR);
          continue;
        }
      g_assert_cmpuint (i, <, 8 + length);
      assert_same (fixture->model, model);
      lathe_model_unref (model);
      n_harmless++;
    }
  g_test_message ("%u of %" G_GUINT64_FORMAT " bytes of the header did not matter", n_harmless, length);
  g_assert_cmpuint (n_harmless, <, 64);
}

static void
test_lying_headers (Fixture *fixture, gconstpointer data)
{
  put_changed (fixture, "\"shape\":[48,5]", "\"shape\":[5,48]");
  assert_refused (fixture, "5×48");
  put_changed (fixture, "[0,960]", "[4,964]");
  assert_refused (fixture, "not where it should be");
  put_changed (fixture, "[0,960]", "[0,961]");
  assert_refused (fixture, "longer than the file");
  put_changed (fixture, "hidden.weight", "hidden.height");
  assert_refused (fixture, "“hidden.weight” are missing");
  put_changed (fixture, "\"F32\"", "\"F16\"");
  assert_refused (fixture, "damaged");
  put_changed (fixture, "\"lathe.version\":\"1\"", "\"lathe.version\":\"5\"");
  assert_refused (fixture, "version 5");
  put_changed (fixture, "\"lathe.version\":\"1\"", "\"lathe.version\":\"4\"");
  assert_refused (fixture, "“lathe.temperature” is missing");
  put_changed (fixture, "\"lathe.version\":\"1\"", "\"lathe.version\":\"3\"");
  assert_refused (fixture, "“lathe.temperature” is missing");
  put_changed (fixture, "\"lathe.version\":\"1\"", "\"lathe.version\":\"2\"");
  assert_refused (fixture, "temperature");
  put_changed (fixture, "“dog”", "“cat”");
  assert_refused (fixture, "metadata is damaged");

  guint64 length = 1ull << 60;
  memcpy (fixture->bytes, &length, 8);
  put (fixture, fixture->bytes, fixture->size);
  assert_refused (fixture, "not a safetensors file");
}

static void
test_other_files (Fixture *fixture, gconstpointer data)
{
  const struct
  {
    const char *header, *reason;
  } files[] = {
      {"{}", "no Lathe model"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "no Lathe model"},
      {"{\"__metadata__\":{\"format\":\"pt\"}}", "no Lathe model"},
      {"{\"__metadata__\":7}", "“__metadata__” is damaged"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
       "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
       "header is damaged"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967295,4294967295,4],\"data_offsets\":[0,8]}}", "“a” is damaged"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,2],\"data_offsets\":[0,8]}}", "“a” is damaged"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", "“a” is damaged"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8.0]}}", "“a” is damaged"},
      {"{\"a\":{\"dtype\":{},\"shape\":[2],\"data_offsets\":[0,8]}}", "“a” is damaged"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[[2]],\"data_offsets\":[0,8]}}", "“a” is damaged"},
      {"{\"a\":[]}", "“a” is damaged"},
      {"{\"a\":", "header is damaged"},
      {"[1,2]", "not a safetensors file"},
      {"garbage, all of it", "not a safetensors file"},
  };
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      put_header (fixture, files[i].header, strstr (files[i].header, "shape") != NULL ? 8 : 0);
      assert_refused (fixture, files[i].reason);
    }

  g_autofree char *deep = g_malloc0 (1 << 20);
  memset (deep, '[', (1 << 20) - 1);
  deep[0] = '{';
  put_header (fixture, deep, 0);
  assert_refused (fixture, "damaged");
  memcpy (deep, "{/*\"*/\"a\":", 10);
  put_header (fixture, deep, 0);
  assert_refused (fixture, "damaged");

  g_unlink (fixture->path);
  assert_refused (fixture, "No such file");
  g_assert_cmpint (g_mkdir (fixture->path, 0700), ==, 0);
  assert_refused (fixture, "Is a directory");
  g_rmdir (fixture->path);
  g_assert_cmpint (mkfifo (fixture->path, 0600), ==, 0);
  alarm (5);
  assert_refused (fixture, "not a regular file");
  alarm (0);
}

/* A tensor without numbers fits anywhere. */
static void
test_unknown_tensor (Fixture *fixture, gconstpointer data)
{
  guint64 length;
  memcpy (&length, fixture->bytes, 8);
  g_autoptr (GString) text = g_string_new_len ((char *) fixture->bytes + 8, (gssize) length);
  g_string_truncate (text, (gsize) (strrchr (text->str, '}') - text->str));
  g_string_append (text, ",\"extra\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}");

  guint64 longer = text->len;
  g_string_prepend_len (text, (char *) &longer, 8);
  g_string_append_len (text, (char *) fixture->bytes + 8 + length, (gssize) (fixture->size - 8 - length));
  put (fixture, text->str, text->len);
  assert_refused (fixture, "“extra” belong to no layer");
}

static void
test_preprocessing_is_kept (Fixture *fixture, gconstpointer data)
{
  LathePreprocess *preprocess = &fixture->model->preprocess;
  g_autoptr (GError) error = NULL;

  for (LatheFit fit = LATHE_FIT_CROP; fit <= LATHE_FIT_STRETCH; fit++)
    for (gboolean measured = FALSE; measured <= TRUE; measured++)
      {
        preprocess->fit = fit;
        preprocess->measured = measured;
        g_assert_true (lathe_model_save (fixture->model, fixture->path, &error));
        g_autoptr (LatheModel) model = lathe_model_load (fixture->path, &error);
        g_assert_no_error (error);
        g_assert_cmpmem (&model->preprocess, sizeof *preprocess, preprocess, sizeof *preprocess);
      }
}

/* Models of a time when there was no choice are as they were; and what is not known is not taken for something else. */
static void
test_preprocessing_of_other_times (Fixture *fixture, gconstpointer data)
{
  const struct
  {
    const char *more, *complaint;
  } cases[] = {
      {"", NULL},
      {",\"fit\":\"bend\"", "does not know its fit “bend”"},
      {",\"fit\":1", "makes no sense"},
      {",\"fit\":null", "makes no sense"},
      {",\"measured\":\"yes\"", "makes no sense"},
      {",\"measured\":null", "makes no sense"},
      {",\"deviation\":[1,1e300,1]", "makes no sense"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"width\":4,\"height\":4,\"channels\":3,\"mean\":[0,0,0.5],"
                                               "\"deviation\":[1,1,0.25]%s}",
                                               cases[i].more);
      LathePreprocess preprocess;
      g_autoptr (GError) error = NULL;
      gboolean ok = lathe_preprocess_from_json (text, fixture->model->graph, &preprocess, &error);

      g_assert_cmpint (ok, ==, cases[i].complaint == NULL);
      if (!ok)
        g_assert_nonnull (strstr (error->message, cases[i].complaint));
      else
        g_assert_cmpint (lathe_preprocess_get_normalisation (&preprocess), ==, LATHE_NORMALISATION_GIVEN);
    }
}

/* A file may be whole, and signed, and still ask for what cannot be. */
static void
test_nonsense (Fixture *fixture, gconstpointer data)
{
  LatheModel *model = fixture->model;
  g_autoptr (GError) error = NULL;

  model->preprocess.deviation[1] = 0;
  g_assert_true (lathe_model_save (model, fixture->path, &error));
  assert_refused (fixture, "preprocessing makes no sense");
  model->preprocess.deviation[1] = 1;
  model->preprocess.views = 3;
  g_assert_true (lathe_model_save (model, fixture->path, &error));
  assert_refused (fixture, "preprocessing makes no sense");
  model->preprocess.views = 0;
  model->preprocess.width = 5;
  g_assert_true (lathe_model_save (model, fixture->path, &error));
  assert_refused (fixture, "does not fit");
  model->preprocess.width = 4;
  char *label = g_steal_pointer (&model->labels[2]);
  g_assert_true (lathe_model_save (model, fixture->path, &error));
  assert_refused (fixture, "3 classes");
  g_free (label);

  g_autoptr (LatheModel) other = make_model ();
  lathe_graph_set (other->graph, lathe_graph_find (other->graph, "hidden"), "units", 60000, &error);
  g_assert_no_error (error);
  g_assert_true (lathe_model_save (other, fixture->path, &error));
  assert_refused (fixture, "3120003 weights, but 263 are in it");
}

static guint
count_files (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;
  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
assert_save_fails (Fixture *fixture, const char *path)
{
  g_autoptr (GError) error = NULL;
  guint before = count_files (fixture->folder);
  g_assert_false (lathe_model_save (fixture->model, path, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_IO);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_cmpuint (count_files (fixture->folder), ==, before);
}

static void
test_saving_where_it_cannot_be (Fixture *fixture, gconstpointer data)
{
  g_autofree char *nowhere = g_build_filename (fixture->folder, "missing", "model.safetensors", NULL);
  assert_save_fails (fixture, nowhere);
  g_autofree char *folder = g_build_filename (fixture->folder, "folder", NULL);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  assert_save_fails (fixture, folder);

  if (geteuid () != 0)
    {
      g_autofree char *locked = g_build_filename (fixture->folder, "locked.safetensors", NULL);
      g_chmod (fixture->folder, 0500);
      assert_save_fails (fixture, locked);
      g_chmod (fixture->folder, 0700);
    }
}

/* --- Networks out of files --- */

static void
assert_network (Fixture *fixture, const LatheGraph *wanted, guint n_sentences)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) account = NULL;
  g_autoptr (LatheGraph) graph = lathe_network_file_load (fixture->path, &account, &error);

  g_assert_no_error (error);
  g_assert_true (lathe_graph_equal (graph, wanted));
  g_assert_cmpuint (account->len, ==, n_sentences);
}

static void
test_network_comes_out_of_text (Fixture *fixture, gconstpointer data)
{
  static const char unknown[] = "{\"nodes\":[{\"name\":\"in\",\"kind\":\"input\"},"
                                "{\"name\":\"x\",\"kind\":\"hologram\",\"inputs\":[\"in\"]}]}";
  g_autoptr (LatheGraph) alone = lathe_graph_from_json ("{\"nodes\":[{\"name\":\"in\",\"kind\":\"input\"}]}", -1, NULL);
  g_autoptr (GPtrArray) account = NULL;
  g_autoptr (GError) error = NULL;

  put (fixture, NETWORK, strlen (NETWORK));
  assert_network (fixture, fixture->model->graph, 0);
  put (fixture, unknown, strlen (unknown));
  assert_network (fixture, alone, 1);
  put (fixture, fixture->bytes, fixture->size); /* a model */
  g_assert_null (lathe_network_file_load (fixture->path, &account, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "model.safetensors"));
  g_assert_null (account);
}

static void
test_what_is_no_file_holds_no_network (Fixture *fixture, gconstpointer data)
{
  const char *const paths[] = {"/dev/zero", "/", fixture->folder, "/nowhere.json"};

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GPtrArray) account = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_null (lathe_network_file_load (paths[i], &account, &error));
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_IO);
      g_assert_nonnull (strstr (error->message, paths[i]));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/formats/checkpoint/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("round-trip", test_round_trip);
  ADD ("temperature-is-kept", test_temperature_is_kept);
  ADD ("others-can-read-it", test_others_can_read_it);
  ADD ("cut-short", test_cut_short);
  ADD ("flipped-bits", test_flipped_bits);
  ADD ("lying-headers", test_lying_headers);
  ADD ("other-files", test_other_files);
  ADD ("unknown-tensor", test_unknown_tensor);
  ADD ("preprocessing-is-kept", test_preprocessing_is_kept);
  ADD ("preprocessing-of-other-times", test_preprocessing_of_other_times);
  ADD ("nonsense", test_nonsense);
  ADD ("saving-where-it-cannot-be", test_saving_where_it_cannot_be);
  ADD ("network", test_network_comes_out_of_text);
  ADD ("no-file", test_what_is_no_file_holds_no_network);
  return g_test_run ();
}
