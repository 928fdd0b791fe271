/* test-graph-text.c: networks as text, however broken.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "graphs.h"

#define WARM "{\"name\":\"a\",\"kind\":\"input\"},{\"name\":\"b\",\"kind\":\"flatten\",\"inputs\":[\"a\"]}"

static guint
number_of (const char *variable, guint fallback)
{
  const char *text = g_getenv (variable);

  return text != NULL ? (guint) g_ascii_strtoull (text, NULL, 10) : fallback;
}

static LatheGraph *
read_strictly (const char *text)
{
  g_autoptr (GError) error = NULL;
  LatheGraph *graph = lathe_graph_from_json (text, -1, &error);

  g_assert_no_error (error);
  return graph;
}

static void
test_groups_and_places_are_kept (void)
{
  g_autoptr (LatheGraph) graph = graphs_make ("in input; a relu in; b relu a"), again = NULL, copy = NULL;
  LatheNode *a = graphs_node (graph, "a");
  g_autofree char *text = NULL;

  lathe_graph_set_group (graph, &a, 1, "“first” \\ part");
  a->placed = TRUE;
  a->x = 0.1;
  a->y = -1e6;
  text = lathe_graph_to_json (graph);
  again = read_strictly (text);
  copy = lathe_graph_copy (graph);
  g_assert_true (lathe_graph_equal (graph, again));
  g_assert_true (lathe_graph_equal (graph, copy));
  g_assert_cmpstr (graphs_node (again, "a")->group, ==, "“first” \\ part");
  g_assert_cmpfloat (graphs_node (again, "a")->x, ==, 0.1);
  g_assert_null (graphs_node (again, "b")->group);
  g_assert_false (graphs_node (again, "b")->placed);
  graphs_node (again, "a")->y++;
  g_assert_false (lathe_graph_equal (graph, again));
  g_assert_true (lathe_graph_same_network (graph, again));
}

static void
test_members_come_in_any_order (void)
{
  g_autoptr (LatheGraph) graph =
      read_strictly ("{\"nodes\":[{\"units\":7,\"inputs\":[\"f\"],\"at\":[2,3],\"kind\":\"dense\",\"group\":\"g\","
                     "\"name\":\"d\"},{\"name\":\"f\",\"kind\":\"flatten\"}],\"lathe-network\":1,\"by\":\"someone\"}");

  g_assert_cmpfloat (graphs_node (graph, "d")->properties.value[0], ==, 7);
  g_assert_cmpfloat (graphs_node (graph, "d")->y, ==, 3);
  g_assert_true (graphs_node (graph, "d")->inputs->pdata[0] == graphs_node (graph, "f"));
}

static void
assert_refused (const char *text, gssize length, int code, const char *reason)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (lathe_graph_from_json (text, length, &error));
  g_assert_error (error, LATHE_ERROR, code);
  g_assert_nonnull (strstr (error->message, reason));
}

static void
test_other_versions_are_refused_with_their_reason (void)
{
  assert_refused ("{\"lathe-network\":2,\"nodes\":[" WARM "]}", -1, LATHE_ERROR_UNSUPPORTED, "version 2");
  assert_refused ("{\"lathe-network\":\"1\",\"nodes\":[" WARM "]}", -1, LATHE_ERROR_FORMAT, "no number");
  assert_refused ("{\"lathe-network\":0,\"nodes\":[" WARM "]}", -1, LATHE_ERROR_FORMAT, "no number");
}

static void
test_cards_are_put_nowhere_impossible (void)
{
  static const char *const cards[] = {
      "\"at\":7",         "\"at\":[1]",  "\"at\":[1,2,3]", "\"at\":[1,\"2\"]", "\"at\":[1e7,0]",    "\"at\":[0,-2e6]",
      "\"at\":[1e999,0]", "\"at\":null", "\"group\":\"\"", "\"group\":1",      "\"group\":[\"a\"]", "\"at\":[[1],[2]]",
  };

  for (guint i = 0; i < G_N_ELEMENTS (cards); i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"nodes\":[{\"name\":\"a\",\"kind\":\"input\",%s}]}", cards[i]);

      assert_refused (text, -1, LATHE_ERROR_FORMAT, "layer “a”");
    }
}

/* --- Large and deep --- */

static char *
write_chain (guint n)
{
  GString *text = g_string_new ("{\"nodes\":[{\"name\":\"0\",\"kind\":\"input\"}");

  for (guint i = 1; i < n; i++)
    g_string_append_printf (text, ",{\"name\":\"%u\",\"kind\":\"relu\",\"inputs\":[\"%u\"]}", i, i - 1);
  g_string_append (text, "]}");
  return g_string_free (text, FALSE);
}

static void
test_what_is_too_large_is_refused_at_once (void)
{
  gint64 began = g_get_monotonic_time ();
  g_autofree char *many = write_chain (100000), *some = write_chain (LATHE_GRAPH_MAX_NODES + 1);
  g_autofree char *deep = g_strnfill (1000000, '['), *zeros = g_malloc0 (1 << 24);

  assert_refused (many, -1, LATHE_ERROR_FORMAT, "limit");
  assert_refused (some, -1, LATHE_ERROR_FORMAT, "limit");
  assert_refused (deep, -1, LATHE_ERROR_FORMAT, "deep");
  assert_refused (zeros, 1 << 24, LATHE_ERROR_FORMAT, "6 MiB");
  assert_refused (zeros, 1 << 20, LATHE_ERROR_FORMAT, "JSON");
  g_test_message ("%.0f ms", (double) (g_get_monotonic_time () - began) / 1000);
}

static void
test_a_file_of_zeros_is_refused_unread (void)
{
  g_autofree char *path = NULL;
  g_autoptr (GPtrArray) account = NULL;
  g_autoptr (GError) error = NULL, leniently = NULL;
  int file = g_file_open_tmp ("lathe-XXXXXX.json", &path, NULL);

  g_assert_cmpint (ftruncate (file, 1 << 30), ==, 0);
  g_assert_null (lathe_graph_load (path, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT);
  g_assert_null (lathe_graph_load_lenient (path, &account, &leniently));
  g_assert_error (leniently, LATHE_ERROR, LATHE_ERROR_FORMAT);
  g_assert_null (account);
  g_close (file, NULL);
  g_unlink (path);
}

static void
test_what_is_no_file_is_refused (void)
{
  static const char *const paths[] = {"/dev/zero", "/", "/nowhere.json"};

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GPtrArray) account = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_null (lathe_graph_load_lenient (paths[i], &account, &error));
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT);
      g_assert_nonnull (strstr (error->message, paths[i]));
    }
}

/* What is written has to be read: the longest text of all. */
static void
test_the_largest_network_can_be_read_again (void)
{
  g_autoptr (LatheGraph) graph = graphs_make ("in input"), again = NULL;
  LatheNode *last = graphs_node (graph, "in");
  g_autofree char *text = NULL;

  for (guint i = 1; i < LATHE_GRAPH_MAX_NODES; i++)
    {
      LatheNode *node = lathe_graph_add (graph, lathe_layer_kind_find ("transposed-conv2d"), NULL);

      lathe_graph_connect (graph, last, node);
      node->placed = TRUE;
      node->x = -G_PI * i;
      last = node;
    }
  text = lathe_graph_to_json (graph);
  g_test_message ("%zu bytes", strlen (text));
  again = read_strictly (text);
  g_assert_true (lathe_graph_equal (graph, again));
}

/* --- Leniently --- */

static LatheGraph *
read_leniently (const char *text, const char *const *wanted, const char *outline)
{
  g_autoptr (GPtrArray) account = NULL;
  g_autoptr (GError) error = NULL;
  LatheGraph *graph = lathe_graph_from_json_lenient (text, -1, &account, &error);
  guint n = 0;

  g_assert_no_error (error);
  for (; wanted[n] != NULL; n++)
    {
      g_assert_cmpuint (n, <, account->len);
      g_test_message ("%s", (char *) account->pdata[n]);
      g_assert_nonnull (strstr (account->pdata[n], wanted[n]));
    }
  g_assert_cmpuint (account->len, ==, n);
  graphs_assert_outline (graph, outline);
  return graph;
}

static void
test_what_can_be_read_is_read (void)
{
  static const struct
  {
    const char *nodes, *account[5], *outline;
  } cases[] = {
      {WARM, {NULL}, "a b(a)"},
      {WARM ",{\"name\":\"w\",\"kind\":\"warp\",\"inputs\":[\"b\"],\"speed\":9},"
            "{\"name\":\"d\",\"kind\":\"dense\",\"inputs\":[\"w\"]}",
       {"called “warp”", NULL},
       "a b(a) d(b)"},
      {WARM ",{\"name\":\"d\",\"kind\":\"dense\",\"inputs\":[\"gone\"]}", {"“d” is no layer", NULL}, "a b(a) d"},
      {WARM ",{\"name\":\"b\",\"kind\":\"relu\",\"inputs\":[\"a\"]}", {"Two layers", NULL}, "a b(a) relu-1(a)"},
      {WARM ",{\"kind\":\"relu\",\"inputs\":[\"b\"]},7",
       {"Layer 3 lacks", "Layer 4 lacks its “name”", "Layer 4 lacks"},
       "a b(a) relu-1(b)"},
      {WARM ",{\"name\":\"d\",\"kind\":\"dense\",\"inputs\":[\"b\"],\"units\":-1,\"wings\":2,\"at\":[]}",
       {"Units", "wings", "place"},
       "a b(a) d(b)"},
      {WARM
       ",{\"name\":\"c\",\"kind\":\"relu\",\"inputs\":[\"d\"]},{\"name\":\"d\",\"kind\":\"relu\",\"inputs\":[\"c\"]}",
       {"circle", NULL},
       "a b(a) c d(c)"},
      {WARM ",{\"name\":\"c\",\"kind\":\"relu\",\"inputs\":[\"a\",\"b\"]}",
       {"2 inputs, and takes 1", NULL},
       "a b(a) c(a)"},
      {"{\"name\":\"b\",\"kind\":\"flatten\",\"inputs\":[\"a\"]},{\"name\":\"a\",\"kind\":\"input\",\"inputs\":[\"b\"]"
       "}",
       {"where images enter", NULL},
       "a b(a)"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"nodes\":[%s]}", cases[i].nodes);

      lathe_graph_free (read_leniently (text, cases[i].account, cases[i].outline));
    }
}

static void
test_an_account_is_not_endless (void)
{
  g_autoptr (GString) text = g_string_new ("{\"lathe-network\":9,\"nodes\":[7");
  g_autoptr (GPtrArray) account = NULL;
  g_autoptr (LatheGraph) graph = NULL;

  for (guint i = 0; i < 1000; i++)
    g_string_append (text, ",{}");
  g_string_append (text, "]}");
  graph = lathe_graph_from_json_lenient (text->str, -1, &account, NULL);
  g_assert_nonnull (graph);
  g_assert_cmpuint (account->len, ==, 101);
  g_assert_cmpstr (account->pdata[100], ==, "And 1903 faults more");
}

/* --- Mutants --- */

static const char *const inserts[] = {
    "[",        "]",      "{",         "}",          "\"",
    ",",        ":",      "null",      "-1",         "1e999",
    "99999999", "0.5",    "\"a\"",     "\"inputs\"", "\"kind\"",
    "\"add\"",  "\"at\"", "\"group\"", "[1,2]",      "\\u0000",
    "\xff",     "input",  "dense-1",   "conv2d",     "\"lathe-network\": 2,",
};

/* A few pieces put in, taken out, doubled, or swapped for one from another place. */
static char *
mutate (GRand *rng, const char *sound)
{
  GString *text = g_string_new (sound);
  guint n = (guint) g_rand_int_range (rng, 1, 6);

  for (guint i = 0; i < n && text->len > 64; i++)
    {
      gsize at = (gsize) g_rand_int_range (rng, 0, (gint) text->len), from;
      gsize wanted = (gsize) g_rand_int_range (rng, 1, 60), length = MIN (wanted, text->len - at);
      g_autofree char *piece = NULL;

      from = (gsize) g_rand_int_range (rng, 0, (gint) (text->len - length + 1));
      piece = g_strndup (text->str + from, length);
      switch (g_rand_int_range (rng, 0, 4))
        {
        case 0:
          g_string_insert (text, (gssize) at, inserts[g_rand_int_range (rng, 0, G_N_ELEMENTS (inserts))]);
          break;
        case 1:
          g_string_erase (text, (gssize) at, (gssize) length);
          break;
        case 2:
          g_string_overwrite (text, at, piece);
          break;
        default:
          text->str[at] = (char) g_rand_int_range (rng, 1, 256);
        }
    }
  return g_string_free (text, FALSE);
}

/* Words swapped for words keep it JSON, so that what is behind the parser is reached, too. */
static char *
mutate_words (GRand *rng, const char *sound)
{
  g_auto (GStrv) words = g_strsplit (sound, "\"", -1);
  guint n = g_strv_length (words);

  for (gint i = g_rand_int_range (rng, 1, 8); i > 0; i--)
    {
      guint to = 2 * (guint) g_rand_int_range (rng, 0, (gint) (n / 2)) + 1;
      guint from = 2 * (guint) g_rand_int_range (rng, 0, (gint) (n / 2)) + 1;

      if (to >= n || from >= n || to == from)
        continue;
      g_free (words[to]);
      words[to] = g_strdup (words[from]);
    }
  return g_strjoinv ("\"", words);
}

static void
assert_acyclic (const LatheGraph *graph)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  guint n_placed = 0;

  for (guint i = 0; i < report->n_nodes; i++)
    n_placed += report->order[i] > 0;
  g_assert_cmpuint (n_placed, ==, report->n_nodes - 1);
}

static void
try_mutant (const char *text, guint *n_read, guint *n_refused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) account = NULL;
  g_autoptr (LatheGraph) strictly = lathe_graph_from_json (text, -1, &error);
  g_autoptr (LatheGraph) graph = lathe_graph_from_json_lenient (text, -1, &account, NULL);
  g_autoptr (LatheGraphReport) report = NULL, own = NULL;
  g_autofree char *again = NULL;

  g_assert_true (strictly != NULL || (error->domain == LATHE_ERROR && strlen (error->message) > 0));
  g_assert_true (strictly == NULL || graph != NULL);
  *n_refused += graph == NULL;
  if (strictly != NULL)
    own = lathe_graph_check (strictly);
  if (graph == NULL)
    return;
  ++*n_read;
  g_assert_true (strictly != NULL || account->len > 0);
  assert_acyclic (graph);
  report = lathe_graph_check (graph);
  for (guint i = 0; i < report->n_nodes; i++)
    if (report->nodes[i].error != NULL)
      {
        g_ptr_array_unref (lathe_graph_advise (graph, report, i));
        break;
      }
  again = lathe_graph_to_json (graph);
  lathe_graph_free (read_strictly (again));
}

static void
test_mutants_get_an_account_or_a_refusal (void)
{
  GRand *rng = g_rand_new_with_seed (number_of ("LATHE_SEED", 1));
  guint n = number_of ("LATHE_MUTANTS", 2000), n_read = 0, n_refused = 0, n_names;
  g_autoptr (GPtrArray) sound = g_ptr_array_new_with_free_func (g_free);

  for (n_names = 0; lathe_preset_names ()[n_names] != NULL; n_names++)
    {
      g_autoptr (LatheGraph) graph = graphs_preset (lathe_preset_names ()[n_names]);

      g_ptr_array_add (sound, lathe_graph_to_json (graph));
    }
  for (guint i = 0; i < n; i++)
    {
      const char *text = sound->pdata[g_rand_int_range (rng, 0, (gint) n_names)];
      g_autofree char *mutant = i % 2 == 0 ? mutate (rng, text) : mutate_words (rng, text);

      try_mutant (mutant, &n_read, &n_refused);
    }
  g_rand_free (rng);
  g_test_message ("%u read, %u refused", n_read, n_refused);
  g_assert_cmpuint (n_read, >, n / 10);
  g_assert_cmpuint (n_refused, >, n / 10);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/graph-text/cards", test_groups_and_places_are_kept);
  g_test_add_func ("/graph-text/order", test_members_come_in_any_order);
  g_test_add_func ("/graph-text/version", test_other_versions_are_refused_with_their_reason);
  g_test_add_func ("/graph-text/places", test_cards_are_put_nowhere_impossible);
  g_test_add_func ("/graph-text/large", test_what_is_too_large_is_refused_at_once);
  g_test_add_func ("/graph-text/zeros", test_a_file_of_zeros_is_refused_unread);
  g_test_add_func ("/graph-text/no-file", test_what_is_no_file_is_refused);
  g_test_add_func ("/graph-text/largest", test_the_largest_network_can_be_read_again);
  g_test_add_func ("/graph-text/lenient", test_what_can_be_read_is_read);
  g_test_add_func ("/graph-text/account", test_an_account_is_not_endless);
  g_test_add_func ("/graph-text/mutants", test_mutants_get_an_account_or_a_refusal);
  return g_test_run ();
}
