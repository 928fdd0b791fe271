/* test-base.c: shapes, random numbers, the pool and the arena keep their promises.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <float.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>

#include "base/lathe-arena.h"
#include "lathe.h"

static void
test_shape_text (void)
{
  LatheShape image = LATHE_SHAPE_IMAGE (126, 126, 32), unknown = {0};
  g_autofree char *text = lathe_shape_to_string (&image);
  g_autofree char *none = lathe_shape_to_string (&unknown);

  g_assert_cmpstr (text, ==, "126×126×32");
  g_assert_cmpstr (none, ==, "?");
  g_assert_cmpuint (lathe_shape_size (&image), ==, 126 * 126 * 32);
  g_assert_cmpuint (lathe_shape_size (&unknown), ==, 0);
}

static void
test_json_numbers_are_read_again (void)
{
  static const double numbers[] = {1e30, 1e22, -1e25, 1, 0.1, 1e-30, 1.5e300, 5e-324};
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) again = NULL;
  g_autofree char *text = NULL;
  JsonArray *array;

  json_builder_begin_array (builder);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    json_builder_add_double_value (builder, numbers[i]);
  json_builder_add_string_value (builder, "4e+30.0 \" 5e+30.0");
  json_builder_end_array (builder);
  text = lathe_json_finish (builder);
  again = lathe_json_parse (text);
  g_assert_nonnull (again);
  array = json_node_get_array (again);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_assert_cmpfloat (json_array_get_double_element (array, i), ==, numbers[i]);
  g_assert_cmpstr (json_array_get_string_element (array, G_N_ELEMENTS (numbers)), ==, "4e+30.0 \" 5e+30.0");
}

static void
test_json_numbers_are_short (void)
{
  static const struct
  {
    double number;
    const char *text;
  } cases[] = {{0.7, "[0.7]"}, {0.1 + 0.2, "[0.30000000000000004]"}, {1, "[1.0]"}, {-0.0, "[-0.0]"}, {1e30, "[1e+30]"}};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();
      g_autofree char *text = NULL;

      json_builder_begin_array (builder);
      json_builder_add_double_value (builder, cases[i].number);
      json_builder_end_array (builder);
      text = lathe_json_finish (builder);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

/* Whatever lathe_json_next_member() goes through is JSON, and says the same. */
static void
check_plain (const char *text)
{
  g_autoptr (JsonNode) root = lathe_json_parse (text);
  const char *at = lathe_json_enter (text);
  LatheJsonMember member;
  guint n = 0;

  g_assert_true (root != NULL && JSON_NODE_HOLDS_OBJECT (root));
  while (lathe_json_next_member (&at, &member))
    {
      g_autofree char *name = g_strndup (member.name, member.name_length);
      g_autofree char *value = g_strndup (member.value, member.length);
      JsonNode *node = json_object_get_member (json_node_get_object (root), name);

      g_assert_nonnull (node);
      if (member.is_text)
        g_assert_cmpstr (json_node_get_string (node), ==, value);
      else
        g_assert_cmpfloat (json_node_get_double (node), ==, g_ascii_strtod (value, NULL));
      n++;
    }
  g_assert_null (at);
  g_assert_cmpuint (n, ==, json_object_get_size (json_node_get_object (root)));
}

static void
test_plain_json_is_gone_through_as_it_is_parsed (void)
{
  static const char *const plain[] = {"{}",
                                      " { } ",
                                      "{\"a\":1}",
                                      "{\"a\" : \"b c\" , \"d\":-0.5e-3 }\n",
                                      "{\"epochs\":10,\"optimizer\":\"adam\",\"seed\":\"1\"}",
                                      "{\"ä\":\"ö\",\"n\":0}"};
  static const char *const others[] = {"",
                                       "[]",
                                       "{",
                                       "{\"a\":1",
                                       "{\"a\":1,}",
                                       "{,\"a\":1}",
                                       "{\"a\":1}}",
                                       "{\"a\":1} 2",
                                       "{\"a\":1{\"b\":2}",
                                       "{\"a\":1 \"b\":2}",
                                       "{\"a\":01}",
                                       "{\"a\":1.}",
                                       "{\"a\":.5}",
                                       "{\"a\":1e}",
                                       "{\"a\":+1}",
                                       "{\"a\":-}",
                                       "{\"a\":inf}",
                                       "{\"a\":0x10}",
                                       "{\"a\":[1]}",
                                       "{\"a\":{}}",
                                       "{\"a\":null}",
                                       "{\"a\":\"b\\\"c\"}",
                                       "{\"a\":\"b\nc\"}",
                                       "{\"a\":\"b}",
                                       "{a:1}",
                                       "{\"a\"}",
                                       "{\"a\":}"};

  for (guint i = 0; i < G_N_ELEMENTS (plain); i++)
    {
      g_assert_true (lathe_json_is_plain (plain[i]));
      check_plain (plain[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_test_message ("%s", others[i]);
      g_assert_false (lathe_json_is_plain (others[i]));
    }
}

static void
test_json_strings_are_read_again (void)
{
  static const char *const texts[] = {"", "a \"b\" \\", "line\nline\ttab\x01\x7f", "ä 字 😀"};

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GString) json = g_string_new ("[");
      g_autoptr (JsonNode) again = NULL;

      lathe_json_append_string (json, texts[i]);
      g_string_append_c (json, ']');
      again = json_from_string (json->str, NULL);
      g_assert_nonnull (again);
      g_assert_cmpstr (json_array_get_string_element (json_node_get_array (again), 0), ==, texts[i]);
    }
}

/* The known answers that the authors of Philox publish with it (Random123, kat_vectors). */
static void
test_philox_known_answers (void)
{
  static const struct
  {
    guint32 counter[4], key[2], draws[4];
  } cases[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
       {0xffffffff, 0xffffffff},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LatheRng rng = {.seed = cases[i].key[0] | (guint64) cases[i].key[1] << 32,
                      .minor = cases[i].counter[1],
                      .major = cases[i].counter[2],
                      .purpose = cases[i].counter[3]};
      guint32 draws[4];

      lathe_rng_block (&rng, cases[i].counter[0], draws);
      for (int j = 0; j < 4; j++)
        g_assert_cmphex (draws[j], ==, cases[i].draws[j]);
    }
}

static void
test_streams_differ (void)
{
  LatheRng base = lathe_rng (1, LATHE_RNG_SHUFFLE, 2, 3);
  LatheRng others[] = {lathe_rng (2, LATHE_RNG_SHUFFLE, 2, 3), lathe_rng (1, LATHE_RNG_DROPOUT, 2, 3),
                       lathe_rng (1, LATHE_RNG_SHUFFLE, 3, 3), lathe_rng (1, LATHE_RNG_SHUFFLE, 2, 4)};

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_cmpuint (lathe_rng_uint32 (&base, 0), !=, lathe_rng_uint32 (&others[i], 0));
}

static void
test_uniform_is_uniform (void)
{
  LatheRng rng = lathe_rng (7, LATHE_RNG_AUGMENT, 0, 0);
  guint bins[10] = {0};
  guint n = 100000;

  for (guint i = 0; i < n; i++)
    bins[(int) (lathe_rng_uniform (&rng, i) * 10)]++;
  for (int i = 0; i < 10; i++)
    g_assert_cmpfloat (fabs (bins[i] - n / 10.0), <, 5 * sqrt (n * 0.1 * 0.9));
}

static void
test_shuffle_is_a_permutation (void)
{
  LatheRng rng = lathe_rng (3, LATHE_RNG_SHUFFLE, 1, 0);
  guint32 items[1000];
  gboolean seen[1000] = {FALSE};
  guint moved = 0;

  for (guint i = 0; i < 1000; i++)
    items[i] = i;
  lathe_rng_shuffle (&rng, items, 1000);
  for (guint i = 0; i < 1000; i++)
    {
      g_assert_false (seen[items[i]]);
      seen[items[i]] = TRUE;
      moved += items[i] != i;
    }
  g_assert_cmpuint (moved, >, 980);
}

typedef struct
{
  int done[5000];
  int busy[8];
} Tiles;

static void
count_tile (gpointer data, guint tile, guint thread)
{
  Tiles *tiles = data;

  g_assert_cmpint (g_atomic_int_add (&tiles->busy[thread], 1), ==, 0);
  g_atomic_int_inc (&tiles->done[tile]);
  g_atomic_int_add (&tiles->busy[thread], -1);
}

static void
test_pool_does_each_tile_once (void)
{
  for (guint n_threads = 1; n_threads <= 8; n_threads++)
    {
      g_autoptr (LathePool) pool = lathe_pool_new (n_threads);
      g_autofree Tiles *tiles = g_new0 (Tiles, 1);

      for (guint run = 0; run < 200; run++)
        {
          guint n_tiles = run % 50 == 0 ? 5000 : run % 7;

          memset (tiles->done, 0, sizeof tiles->done);
          lathe_pool_run (pool, n_tiles, count_tile, tiles);
          for (guint i = 0; i < 5000; i++)
            g_assert_cmpint (tiles->done[i], ==, i < n_tiles);
        }
    }
}

#ifdef __SSE__
static void
halve (gpointer data, guint tile, guint thread)
{
  volatile float *numbers = data;

  numbers[tile] /= 2;
}

/* How ready each thread that had a tile is to give way; the caller's own does not count. */
static void
note_niceness (gpointer data, guint tile, guint thread)
{
  int *niceness = data;

  niceness[tile] = thread == 0 ? G_MAXINT : getpriority (PRIO_PROCESS, 0);
  g_usleep (1000);
}

static void
test_threads_give_way (void)
{
  int before = getpriority (PRIO_PROCESS, 0), niceness[64], least = G_MAXINT;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
      g_test_trap_assert_passed ();
      return;
    }

  lathe_threads_give_way ();
  g_autoptr (LathePool) pool = lathe_pool_new (3);

  lathe_pool_run (pool, G_N_ELEMENTS (niceness), note_niceness, niceness);
  for (guint i = 0; i < G_N_ELEMENTS (niceness); i++)
    least = MIN (least, niceness[i]);
  g_assert_cmpint (least, <, G_MAXINT); /* one of the others had a tile */
  g_assert_cmpint (least, ==, MIN (before + 10, 19));
  g_assert_cmpint (getpriority (PRIO_PROCESS, 0), ==, before);
}

static void
test_pool_takes_denormals_for_zero (void)
{
  for (guint n_threads = 1; n_threads <= 4; n_threads++)
    {
      g_autoptr (LathePool) pool = lathe_pool_new (n_threads);
      volatile float numbers[64], outside = FLT_MIN;

      for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
        numbers[i] = FLT_MIN;
      lathe_pool_run (pool, G_N_ELEMENTS (numbers), halve, (gpointer) numbers);
      for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
        g_assert_true (numbers[i] == 0);
      outside /= 2;
      g_assert_true (outside > 0);
    }
}
#endif

static void
test_arena_is_aligned_zeroed_and_apart (void)
{
  LatheArena arena = {0};
  gsize offsets[100];
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 100; i++)
    offsets[i] = lathe_arena_reserve (&arena, i * 37);
  g_assert_true (lathe_arena_commit (&arena, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < 100; i++)
    {
      char *block = lathe_arena_at (&arena, offsets[i]);

      g_assert_cmpuint ((gsize) block % LATHE_ALIGNMENT, ==, 0);
      for (guint j = 0; j < i * 37; j++)
        g_assert_cmpint (block[j], ==, 0);
      memset (block, 1, i * 37);
    }
  lathe_arena_clear (&arena);
}

static void
test_arena_says_when_there_is_no_memory (void)
{
  LatheArena arena = {0};
  g_autoptr (GError) error = NULL;

  lathe_arena_reserve (&arena, (gsize) 1 << 60);
  g_assert_false (lathe_arena_commit (&arena, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_MEMORY);
  lathe_arena_clear (&arena);
}

static void
test_json_from_outside_is_modest (void)
{
  static const struct
  {
    const char *text;
    guint max_commas;
    gboolean modest;
  } cases[] = {
      {"", 0, TRUE},
      {"[1,2]", 0, FALSE},
      {"[1,2]", 1, TRUE},
      {"{\"a\":1,\"b\":[2,3]}", 1, FALSE},
      {"{\"a\":1,\"b\":[2,3]}", 2, TRUE},
      {"[\",,\\\",,\",1]", 1, TRUE}, /* of text */
      {"[\"\\\\\",1,2]", 1, FALSE},  /* behind a text that ends with a backslash */
      {"[\"[[[[[[[[[[[[[[[[[[[[\"]", 9, TRUE},
      {"[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", 9, TRUE},
      {"[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", 9, FALSE},
      {"[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]", 99, TRUE},
      {"[1] // 2", 9, FALSE},
      {"['\"', 1]", 9, FALSE},
      {"\"\\", 9, TRUE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *text = cases[i].text;

      g_test_message ("%s", text);
      g_assert_cmpint (lathe_json_is_modest (text, strlen (text), cases[i].max_commas), ==, cases[i].modest);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/shape/text", test_shape_text);
  g_test_add_func ("/base/rng/philox-known-answers", test_philox_known_answers);
  g_test_add_func ("/base/rng/streams-differ", test_streams_differ);
  g_test_add_func ("/base/rng/uniform", test_uniform_is_uniform);
  g_test_add_func ("/base/json/numbers", test_json_numbers_are_read_again);
  g_test_add_func ("/base/json/short-numbers", test_json_numbers_are_short);
  g_test_add_func ("/base/json/plain", test_plain_json_is_gone_through_as_it_is_parsed);
  g_test_add_func ("/base/json/modest", test_json_from_outside_is_modest);
  g_test_add_func ("/base/json/strings", test_json_strings_are_read_again);
  g_test_add_func ("/base/rng/shuffle", test_shuffle_is_a_permutation);
  g_test_add_func ("/base/pool/each-tile-once", test_pool_does_each_tile_once);
#ifdef __SSE__
  g_test_add_func ("/base/threads/give-way", test_threads_give_way);
  g_test_add_func ("/base/pool/denormals-are-zero", test_pool_takes_denormals_for_zero);
#endif
  g_test_add_func ("/base/arena/layout", test_arena_is_aligned_zeroed_and_apart);
  g_test_add_func ("/base/arena/no-memory", test_arena_says_when_there_is_no_memory);
  return g_test_run ();
}
