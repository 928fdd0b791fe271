/* test-weights.c: weights that others have saved: what is read, what is refused, and where it goes in a network.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "lathe.h"
#include "pth.h"

/* A place for a file. */
typedef struct
{
  char *folder, *path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("lathe-weights-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "their.pth", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_remove (fixture->path);
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static void
put (Fixture *fixture, gconstpointer bytes, gsize n)
{
  g_assert_true (g_file_set_contents (fixture->path, bytes, (gssize) n, NULL));
}

/* Takes the bytes. */
static void
put_bytes (Fixture *fixture, GBytes *bytes)
{
  gsize n;
  gconstpointer data = g_bytes_get_data (bytes, &n);

  put (fixture, data, n);
  g_bytes_unref (bytes);
}

static void
assert_refused (Fixture *fixture, const char *part)
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
test_nothing_of_pythons_is_called (Fixture *fixture, gconstpointer data)
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
      put_bytes (fixture, pth_pack (rows[i].pickle, rows[i].n, NULL));
      assert_refused (fixture, rows[i].part);
    }
}

static void
test_programs_that_make_no_sense_are_refused (Fixture *fixture, gconstpointer data)
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
      put_bytes (fixture, pth_pack (pickles[i], strlen (pickles[i]), NULL));
      assert_refused (fixture, "damaged");
    }
}

/* Many bytes alike, and perhaps some in front, that ask for more memory than a file of weights needs. */
static void
test_memory_is_bounded (Fixture *fixture, gconstpointer data)
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
      put_bytes (fixture, pth_pack (pickle->str, pickle->len, NULL));
      g_string_free (pickle, TRUE);
      assert_refused (fixture, rows[i].part);
    }
}

static void
test_tensors_lie_within_their_storage (Fixture *fixture, gconstpointer data)
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
      put_bytes (fixture, pth_finish (&pth));
      g_ptr_array_unref (pth.storages);
      assert_refused (fixture, rows[i].part);
    }
}

static void
test_two_tensors_of_one_name_are_refused (Fixture *fixture, gconstpointer data)
{
  Pth pth;

  pth_begin (&pth);
  pth_add (&pth, "a.weight", 1, 3, 0, 0, 0);
  pth_add (&pth, "a.weight", 1, 4, 0, 0, 0);
  put_bytes (fixture, pth_finish (&pth));
  g_ptr_array_unref (pth.storages);
  assert_refused (fixture, "two tensors");
}

static void
test_a_storage_that_is_missing_is_named (Fixture *fixture, gconstpointer data)
{
  Pth pth;

  pth_begin (&pth);
  pth_add (&pth, "a.weight", 1, 3, 0, 0, 0);
  g_ptr_array_set_size (pth.storages, 0);
  put_bytes (fixture, pth_finish (&pth));
  g_ptr_array_unref (pth.storages);
  assert_refused (fixture, "archive/data/0");
}

/* What is cut off at any place is refused; what is behind the last storage of the older format is nothing. */
static void
test_files_that_were_cut_off_are_refused (Fixture *fixture, gconstpointer data)
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

          put (fixture, bytes, k);
          g_assert_null (lathe_weights_open (fixture->path, &error));
          g_assert_true (error->domain == LATHE_ERROR);
        }
    }
}

/* An archive whose storage says that it is compressed would unpack to more than the file. */
static void
test_compressed_storages_are_refused (Fixture *fixture, gconstpointer data)
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
  put (fixture, bytes, n);
  assert_refused (fixture, "compressed");
}

/* --- Where it goes --- */

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
put_onto (Fixture *fixture, Put *done, Pth *pth, const char *network, const LatheWeightsRules *rules)
{
  g_autoptr (GError) error = NULL;

  put_bytes (fixture, pth_finish (pth));
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
test_layers_go_by_order_and_norms_with_what_they_follow (Fixture *fixture, gconstpointer data)
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
assert_row (Fixture *fixture, const char *name, LatheRow rule, gboolean channels_first)
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
test_an_image_in_a_row_is_as_the_file_has_it (Fixture *fixture, gconstpointer data)
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
test_a_norm_without_a_layer_becomes_a_part_of_the_one_in_front (Fixture *fixture, gconstpointer data)
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
test_a_transposed_convolution_has_its_groups_in_their_places (Fixture *fixture, gconstpointer data)
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
test_a_layer_of_another_shape_begins_anew (Fixture *fixture, gconstpointer data)
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
test_numbers_that_are_not_finite_are_refused (Fixture *fixture, gconstpointer data)
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
  put_bytes (fixture, pth_finish (&pth));
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
  g_test_add_func ("/weights/a-state-dictionary-is-read-from-each-kind-of-file",
                   test_a_state_dictionary_is_read_from_each_kind_of_file);
  g_test_add_func ("/weights/numbers-of-every-kind-and-order-are-read", test_numbers_of_every_kind_and_order_are_read);
  g_test_add_func ("/weights/safetensors-of-any-origin-are-read", test_safetensors_of_any_origin_are_read);
#define ADD(path, test) g_test_add ("/weights/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("nothing-of-pythons-is-called", test_nothing_of_pythons_is_called);
  ADD ("programs-that-make-no-sense-are-refused", test_programs_that_make_no_sense_are_refused);
  ADD ("memory-is-bounded", test_memory_is_bounded);
  ADD ("tensors-lie-within-their-storage", test_tensors_lie_within_their_storage);
  ADD ("two-tensors-of-one-name-are-refused", test_two_tensors_of_one_name_are_refused);
  ADD ("a-storage-that-is-missing-is-named", test_a_storage_that_is_missing_is_named);
  ADD ("files-that-were-cut-off-are-refused", test_files_that_were_cut_off_are_refused);
  ADD ("compressed-storages-are-refused", test_compressed_storages_are_refused);
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
