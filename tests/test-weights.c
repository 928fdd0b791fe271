/* test-weights.c: weights that others have saved: what is read, and what is refused.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "lathe.h"
#include "pth.h"

static void
assert_refused (PthFile *fixture, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheWeights) weights = lathe_weights_open (fixture->path, &error);

  g_assert_null (weights);
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_true (error->domain == LATHE_ERROR);
  g_assert_nonnull (strstr (error->message, "their.pth"));
  g_assert_nonnull (strstr (error->message, part));
  g_assert_null (strchr (error->message, '\n'));
}

/* --- What torch.save() writes --- */

static LatheWeights *
open_fixture (const char *folder, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "fixtures", folder, name, NULL);
  LatheWeights *weights = lathe_weights_open (path, &error);

  g_assert_no_error (error);
  return weights;
}

static float *
read_tensor (const LatheWeights *weights, const char *name)
{
  g_autoptr (GError) error = NULL;
  const LatheWeightsTensor *tensor = lathe_weights_find (weights, name);
  float *numbers;

  g_assert_nonnull (tensor);
  numbers = g_new (float, MAX (1, tensor->n));
  lathe_weights_read (weights, tensor, numbers, &error);
  g_assert_no_error (error);
  return numbers;
}

/* See tests/reference/make-weights.py. */
static void
assert_counts (const LatheWeights *weights, const char *name, const char *shape, double first)
{
  const LatheWeightsTensor *tensor = lathe_weights_find (weights, name);
  g_autofree float *numbers = read_tensor (weights, name);
  g_autofree char *found = lathe_weights_shape (tensor);

  g_assert_cmpstr (found, ==, shape);
  for (gsize i = 0; i < tensor->n; i++)
    g_assert_cmpfloat ((double) numbers[i], ==, first + (double) i / 8);
}

static void
test_a_state_dictionary_is_read_from_each_kind_of_file (void)
{
  static const char *const files[] = {"state.pth", "older.pth", "checkpoint.pth"};

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (LatheWeights) weights = open_fixture ("pth", files[i]);

      g_assert_cmpstr (weights->format, ==, "pytorch");
      g_assert_cmpuint (weights->tensors->len, ==, 9);
      g_assert_true (weights->in_order);
      g_assert_cmpstr (g_array_index (weights->tensors, LatheWeightsTensor, 0).name, ==, "conv.weight");
      assert_counts (weights, "conv.weight", "4×3×3×3", 11);
      assert_counts (weights, "bn.running_var", "4", 14);
      assert_counts (weights, "fc.weight", "5×16", 9);
      assert_counts (weights, "fc.bias", "5", 7);
    }
}

static void
test_numbers_of_every_kind_and_order_are_read (void)
{
  static const char *const alike[] = {"half", "brain", "double", "parameter"};
  g_autoptr (LatheWeights) weights = open_fixture ("pth", "odd.pth");
  g_autofree float *turned = read_tensor (weights, "turned"), *longs = read_tensor (weights, "long");
  g_autofree float *part = read_tensor (weights, "part"), *one = read_tensor (weights, "one");

  for (guint i = 0; i < G_N_ELEMENTS (alike); i++)
    assert_counts (weights, alike[i], "2×3×4", 0);
  for (guint a = 0; a < 4; a++)
    for (guint b = 0; b < 2; b++)
      for (guint c = 0; c < 3; c++)
        g_assert_cmpfloat ((double) turned[(a * 2 + b) * 3 + c], ==, (double) (b * 12 + c * 4 + a) / 8);
  for (guint i = 0; i < 24; i++)
    g_assert_cmpfloat ((double) longs[i], ==, i / 8);
  for (guint i = 0; i < 8; i++)
    g_assert_cmpfloat ((double) part[i], ==, (double) (i / 4 * 12 + 4 + i % 4) / 8);
  g_assert_cmpfloat ((double) *one, ==, 23.0 / 8);
  g_assert_cmpuint (lathe_weights_find (weights, "none")->n, ==, 0);
  g_assert_null (lathe_weights_find (weights, "nothing"));
}

static void
test_safetensors_of_any_origin_are_read (void)
{
  g_autoptr (LatheWeights) weights = open_fixture ("safetensors", "kinds.safetensors");
  g_autofree float *brain = read_tensor (weights, "bf"), *counter = read_tensor (weights, "n.num_batches_tracked");

  g_assert_cmpstr (weights->format, ==, "safetensors");
  g_assert_false (weights->in_order);
  assert_counts (weights, "b.half", "2×3", 0);
  assert_counts (weights, "a.weight", "4", 0);
  assert_counts (weights, "c.double", "1", 0);
  g_assert_cmpfloat ((double) brain[0], ==, 1);
  g_assert_cmpfloat ((double) brain[1], ==, -2);
  g_assert_cmpfloat ((double) *counter, ==, 7);
}

/* --- What nobody should write --- */

static void
test_nothing_of_pythons_is_called (PthFile *fixture, gconstpointer data)
{
  static const struct
  {
    const char *pickle;
    gsize n;
    const char *part;
  } rows[] = {
#define ROW(pickle, part) {pickle, sizeof pickle - 1, part}
      ROW ("cos\nsystem\n(X\4\0\0\0truetR.", "os.system"),
      ROW ("cbuiltins\neval\n(X\3\0\0\0"
           "1+1tR.",
           "builtins.eval"),
      ROW ("\x80\4\x8c\5posix\x8c\6system\x93\x8c\4true\x85R.", "posix.system"),
      ROW ("\x80\4\x8c\3o\ns\x8c\1"
           "e\x93.",
           "o?s.e"),
      ROW ("ctorch\nload\n.", "torch.load"),
      ROW ("ctorch._utils\n_rebuild_sparse_tensor\n.", "_rebuild_sparse_tensor"),
      ROW ("ctorch\nUntypedStorage\n.", "torch.UntypedStorage"),
      ROW ("ctorch.nn.modules.linear\nLinear\n)\x81}b.", "torch.nn.modules.linear.Linear"),
      ROW ("(S'true'\nios\nsystem\n.", "damaged"),
      ROW ("ccollections\nOrderedDict\n)\x81.", "damaged"),
      ROW ("X\2\0\0\0os)R.", "no function"),
      ROW ("ctorch\nFloatStorage\n)R.", "no function"),
      ROW ("ctorch\nFloatStorage\n}b.", "damaged"),
      ROW ("ctorch\ndevice\n(X\3\0\0\0cputR.", "no state dictionary"),
      ROW ("X\1\0\0\0xQ.", "makes no sense"),
      ROW ("(X\7\0\0\0storagectorch\nfloat32\nX\1\0\0\0"
           "0X\3\0\0\0cpuK\1tQ.",
           "makes no sense"),
#undef ROW
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      pth_put (fixture, pth_pack (rows[i].pickle, rows[i].n, NULL));
      assert_refused (fixture, rows[i].part);
    }
}

static void
test_programs_that_make_no_sense_are_refused (PthFile *fixture, gconstpointer data)
{
  static const char *const pickles[] = {
      "",         ".",      "(.",       "t.",   "e.",         "u.",     "N",
      "NN.",      "R.",     "b.",       "Q.",   "a.",         "s.",     "NNa.",
      "]Ns.",     "}(Nu.",  "}(NNN(u.", "h\5.", "j\1\1\1\1.", "Nq\1.",  "Nr\377\377\377\177.",
      "\x85.",    "(\x85.", "c\n",      "cos",  "\x93.",      "K",      "X\1",
      "\x8a\3\1", "\xff.",  "S'a'\n.",  "\x80", "G\1\1",      "((t(t.",
  };

  for (guint i = 0; i < G_N_ELEMENTS (pickles); i++)
    {
      g_test_message ("%u", i);
      pth_put (fixture, pth_pack (pickles[i], strlen (pickles[i]), NULL));
      assert_refused (fixture, "damaged");
    }
}

/* Many bytes alike, and perhaps some in front, that ask for more memory than a file of weights needs. */
static void
test_memory_is_bounded (PthFile *fixture, gconstpointer data)
{
  static const struct
  {
    const char *begin, *again, *part;
  } rows[] = {
      {"", "(", "too much memory"},     {"", "]", "too much memory"},
      {"", "}", "too much memory"},     {"N", "\x85", "too much memory"},
      {"]", "Na", "too much memory"},   {"N\x94\x94", "h\1", "too much memory"},
      {"", "N\x94", "too much memory"}, {"X\377\377\377\177", "a", "longer than"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      GString *pickle = g_string_new (rows[i].begin);

      while (pickle->len < 8 << 20)
        g_string_append (pickle, rows[i].again);
      pth_put (fixture, pth_pack (pickle->str, pickle->len, NULL));
      g_string_free (pickle, TRUE);
      assert_refused (fixture, rows[i].part);
    }
}

static void
test_tensors_lie_within_their_storage (PthFile *fixture, gconstpointer data)
{
  static const float numbers[6] = {0};
  static const gint64 huge = G_MAXUINT;
  const struct
  {
    PthTensor tensor;
    const char *part;
  } rows[] = {
      {{"FloatStorage", 6, 1, 1, 1, {6}, {1}}, "longer than"},
      {{"FloatStorage", 6, 7, 1, 1, {0}, {1}}, "longer than"},
      {{"FloatStorage", 6, -1, 1, 1, {1}, {1}}, "makes no sense"},
      {{"FloatStorage", 600, 0, 1, 1, {600}, {1}}, "longer than"},
      {{"DoubleStorage", 6, 0, 1, 1, {6}, {1}}, "longer than"},
      {{"FloatStorage", -6, 0, 1, 1, {6}, {1}}, "makes no sense"},
      {{"FloatStorage", 6, 0, 2, 2, {2, 3}, {4, 1}}, "longer than"},
      {{"FloatStorage", 6, 0, 2, 2, {2, 3}, {3, -1}}, "makes no sense"},
      {{"FloatStorage", 6, 0, 2, 2, {2, -3}, {3, 1}}, "makes no sense"},
      {{"FloatStorage", 6, 0, 2, 2, {100, 100}, {0, 0}}, "longer than"},
      {{"FloatStorage", 6, 0, 2, 2, {2, 3}, {G_MAXINT64, G_MAXINT64}}, "longer than"},
      {{"FloatStorage", 6, 0, 3, 3, {huge, huge, huge}, {0, 0, 0}}, "longer than"},
      {{"FloatStorage", 6, 0, 1, 1, {huge + 1}, {0}}, "longer than"},
      {{"FloatStorage", 6, 0, 2, 1, {2, 3}, {1}}, "makes no sense"},
      {{"FloatStorage", 6, 0, 9, 9, {1, 1, 1, 1, 1, 1, 1, 1, 1}, {0}}, "makes no sense"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Pth pth;

      pth_begin (&pth);
      pth_add_as (&pth, "a.weight", &rows[i].tensor, numbers, sizeof numbers);
      pth_put (fixture, pth_finish (&pth));
      g_ptr_array_unref (pth.storages);
      assert_refused (fixture, rows[i].part);
    }
}

static void
test_two_tensors_of_one_name_are_refused (PthFile *fixture, gconstpointer data)
{
  Pth pth;

  pth_begin (&pth);
  pth_add (&pth, "a.weight", 1, 3, 0, 0, 0);
  pth_add (&pth, "a.weight", 1, 4, 0, 0, 0);
  pth_put (fixture, pth_finish (&pth));
  g_ptr_array_unref (pth.storages);
  assert_refused (fixture, "two tensors");
}

static void
test_a_storage_that_is_missing_is_named (PthFile *fixture, gconstpointer data)
{
  Pth pth;

  pth_begin (&pth);
  pth_add (&pth, "a.weight", 1, 3, 0, 0, 0);
  g_ptr_array_set_size (pth.storages, 0);
  pth_put (fixture, pth_finish (&pth));
  g_ptr_array_unref (pth.storages);
  assert_refused (fixture, "archive/data/0");
}

/* What is cut off at any place is refused; what is behind the last storage of the older format is nothing. */
static void
test_files_that_were_cut_off_are_refused (PthFile *fixture, gconstpointer data)
{
  static const char *const files[] = {"state.pth", "older.pth"};

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_test_build_filename (G_TEST_DIST, "fixtures", "pth", files[i], NULL);
      g_autofree char *bytes = NULL;
      gsize n;

      g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
      for (gsize k = 0; k < n; k++)
        {
          g_autoptr (GError) error = NULL;

          pth_put (fixture, g_bytes_new (bytes, k));
          g_assert_null (lathe_weights_open (fixture->path, &error));
          g_assert_true (error->domain == LATHE_ERROR);
        }
    }
}

/* An archive whose storage says that it is compressed would unpack to more than the file. */
static void
test_compressed_storages_are_refused (PthFile *fixture, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  g_autoptr (GBytes) file = NULL;
  Pth pth;
  gsize n;

  pth_begin (&pth);
  pth_add (&pth, "a.weight", 1, 3, 0, 0, 0);
  file = pth_finish (&pth);
  g_ptr_array_unref (pth.storages);
  bytes = g_memdup2 (g_bytes_get_data (file, &n), g_bytes_get_size (file));
  for (gsize i = 0; i + 4 < n; i++)
    if (memcmp (bytes + i, "PK\1\2", 4) == 0)
      bytes[i + 10] = 8;
  pth_put (fixture, g_bytes_new (bytes, n));
  assert_refused (fixture, "compressed");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/weights/a-state-dictionary-is-read-from-each-kind-of-file",
                   test_a_state_dictionary_is_read_from_each_kind_of_file);
  g_test_add_func ("/weights/numbers-of-every-kind-and-order-are-read", test_numbers_of_every_kind_and_order_are_read);
  g_test_add_func ("/weights/safetensors-of-any-origin-are-read", test_safetensors_of_any_origin_are_read);
#define ADD(path, test) g_test_add ("/weights/" path, PthFile, NULL, pth_set_up, test, pth_tear_down)
  ADD ("nothing-of-pythons-is-called", test_nothing_of_pythons_is_called);
  ADD ("programs-that-make-no-sense-are-refused", test_programs_that_make_no_sense_are_refused);
  ADD ("memory-is-bounded", test_memory_is_bounded);
  ADD ("tensors-lie-within-their-storage", test_tensors_lie_within_their_storage);
  ADD ("two-tensors-of-one-name-are-refused", test_two_tensors_of_one_name_are_refused);
  ADD ("a-storage-that-is-missing-is-named", test_a_storage_that_is_missing_is_named);
  ADD ("files-that-were-cut-off-are-refused", test_files_that_were_cut_off_are_refused);
  ADD ("compressed-storages-are-refused", test_compressed_storages_are_refused);
  return g_test_run ();
}
