/* test-graph.c: networks of any shape: edited, checked, compiled.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>
#include <time.h>

#include "graphs.h"
#include "model/lathe-network.h"

#define CHAIN "in input height=8 width=8; a conv2d in; b relu a; c flatten b; d dense c"
#define BLOCK                                                                                                          \
  "in input height=8 width=8; stem conv2d in padding=same; a conv2d stem padding=same; b relu a; sum add b,stem; "     \
  "flat flatten sum; out dense flat"

static const LatheLayerKind *
kind (const char *name)
{
  return lathe_layer_kind_find (name);
}

/* --- Edges --- */

static void
assert_refused (LatheGraph *graph, const char *from, const char *to, const char *reason)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *before = graphs_outline (graph);

  g_assert_false (lathe_graph_can_connect (graph, graphs_node (graph, from), graphs_node (graph, to), &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, reason));
  g_assert_false (lathe_graph_link (graph, graphs_node (graph, from), graphs_node (graph, to), NULL));
  graphs_assert_outline (graph, before);
}

static void
test_links_that_cannot_be_are_refused (void)
{
  g_autoptr (LatheGraph) graph = graphs_make (BLOCK "; gate multiply sum,b");

  assert_refused (graph, "a", "a", "itself");
  assert_refused (graph, "a", "in", "no layer can feed it");
  assert_refused (graph, "stem", "sum", "already");
  assert_refused (graph, "out", "gate", "at most 2");
  assert_refused (graph, "flat", "a", "circle");
  assert_refused (graph, "sum", "stem", "circle");
}

static void
test_a_link_replaces_the_source_of_a_layer_with_one_input (void)
{
  g_autoptr (LatheGraph) graph = graphs_make (BLOCK);

  g_assert_true (lathe_graph_link (graph, graphs_node (graph, "b"), graphs_node (graph, "flat"), NULL));
  g_assert_true (lathe_graph_link (graph, graphs_node (graph, "a"), graphs_node (graph, "sum"), NULL));
  graphs_assert_outline (graph, "in stem(in) a(stem) b(a) sum(b,stem,a) flat(b) out(flat)");
  g_assert_true (lathe_graph_unlink (graph, graphs_node (graph, "stem"), graphs_node (graph, "sum")));
  g_assert_false (lathe_graph_unlink (graph, graphs_node (graph, "stem"), graphs_node (graph, "sum")));
  graphs_assert_outline (graph, "in stem(in) a(stem) b(a) sum(b,a) flat(b) out(flat)");
}

static void
test_nodes_come_behind_what_feeds_them (void)
{
  g_autoptr (LatheGraph) graph = graphs_make ("in input; a relu; b relu in; c relu b");

  g_assert_true (lathe_graph_link (graph, graphs_node (graph, "c"), graphs_node (graph, "a"), NULL));
  graphs_assert_outline (graph, "in b(in) c(b) a(c)");
}

/* --- Nodes --- */

static void
test_a_layer_is_put_on_an_edge (void)
{
  g_autoptr (LatheGraph) graph = graphs_make (BLOCK);
  LatheNode *node =
      lathe_graph_add_between (graph, kind ("dropout"), graphs_node (graph, "stem"), graphs_node (graph, "sum"));

  graphs_assert_outline (graph, "in stem(in) a(stem) b(a) dropout-1(stem) sum(b,dropout-1) flat(sum) out(flat)");
  g_assert_true (graphs_node (graph, "dropout-1") == node);
  lathe_graph_add_between (graph, kind ("add"), graphs_node (graph, "a"), graphs_node (graph, "b"));
  graphs_assert_outline (graph, "in stem(in) a(stem) add-1(a) b(add-1) dropout-1(stem) sum(b,dropout-1) flat(sum) "
                                "out(flat)");
  lathe_graph_add_between (graph, kind ("relu"), graphs_node (graph, "b"), graphs_node (graph, "sum"));
  g_assert_true (graphs_node (graph, "sum")->inputs->pdata[0] == graphs_node (graph, "relu-1"));
  g_assert_null (lathe_graph_add_between (graph, kind ("relu"), graphs_node (graph, "in"), graphs_node (graph, "out")));
  g_assert_null (
      lathe_graph_add_between (graph, kind ("input"), graphs_node (graph, "in"), graphs_node (graph, "stem")));
}

static void
test_a_layer_is_put_behind_another (void)
{
  g_autoptr (LatheGraph) graph = graphs_make (BLOCK);

  lathe_graph_add_after (graph, kind ("batch-norm"), graphs_node (graph, "stem"));
  lathe_graph_add_after (graph, kind ("softmax"), graphs_node (graph, "out"));
  graphs_assert_outline (graph, "in stem(in) batch-norm-1(stem) a(batch-norm-1) b(a) sum(b,batch-norm-1) flat(sum) "
                                "out(flat) softmax-1(out)");
  g_assert_null (lathe_graph_add_after (graph, kind ("input"), graphs_node (graph, "a")));
}

static void
remove_named (LatheGraph *graph, const char *first, const char *second)
{
  LatheNode *nodes[] = {graphs_node (graph, first), graphs_node (graph, second)};

  lathe_graph_remove_nodes (graph, nodes, G_N_ELEMENTS (nodes));
}

static void
test_edges_heal_where_nodes_are_removed (void)
{
  g_autoptr (LatheGraph) block = graphs_make (BLOCK), chain = graphs_make (CHAIN), branch = graphs_make (BLOCK);

  remove_named (chain, "b", "a");
  graphs_assert_outline (chain, "in c(in) d(c)");
  remove_named (chain, "in", "d");
  graphs_assert_outline (chain, "in c(in)");
  remove_named (block, "stem", "sum");
  graphs_assert_outline (block, "in a(in) b(a) flat(b) out(flat)");
  remove_named (branch, "a", "b");
  graphs_assert_outline (branch, "in stem(in) sum(stem) flat(sum) out(flat)");
}

/* As a square is a product of a layer with itself: it stays one behind whatever feeds it then, and in a copy. */
static void
test_what_is_read_twice_stays_so (void)
{
  g_autoptr (LatheGraph) graph = graphs_make ("in input; a relu in; b relu a; square multiply b,b");
  LatheNode *nodes[] = {graphs_node (graph, "b"), graphs_node (graph, "square")};
  g_autofree char *both = lathe_graph_extract (graph, nodes, 2), *alone = lathe_graph_extract (graph, nodes + 1, 1);
  g_autofree char *pasted = NULL, *removed = NULL;
  g_autoptr (GPtrArray) behind = lathe_graph_paste (graph, both, graphs_node (graph, "square"), NULL), more = NULL;

  more = lathe_graph_paste (graph, alone, behind->pdata[1], NULL);
  pasted = graphs_outline (graph);
  g_assert_cmpstr (pasted, ==, "in a(in) b(a) square(b,b) b-1(square) square-1(b-1,b-1) square-2(square-1,square-1)");
  g_assert_cmpuint (more->len, ==, 1);
  remove_named (graph, "b", "b-1");
  removed = graphs_outline (graph);
  g_assert_cmpstr (removed, ==, "in a(in) square(a,a) square-1(square,square) square-2(square-1,square-1)");
}

static void
test_another_kind_keeps_the_properties_of_the_same_name (void)
{
  g_autoptr (LatheGraph) graph =
      graphs_make ("in input; conv2d-1 conv2d in filters=48 stride-height=2 padding=same activation=relu; s add "
                   "conv2d-1,in");
  LatheNode *node = graphs_node (graph, "conv2d-1");
  g_autofree char *text = NULL;

  g_assert_true (lathe_graph_replace_kind (graph, node, kind ("transposed-conv2d")));
  g_assert_cmpstr (node->name, ==, "transposed-conv2d-1");
  text = lathe_graph_to_json (graph);
  g_assert_nonnull (strstr (text, "\"filters\" : 48"));
  g_assert_nonnull (strstr (text, "\"padding\" : \"same\""));
  g_assert_nonnull (strstr (text, "\"activation\" : \"relu\""));
  g_assert_true (lathe_graph_replace_kind (graph, graphs_node (graph, "s"), kind ("relu")));
  graphs_assert_outline (graph, "in transposed-conv2d-1(in) s(transposed-conv2d-1)");
  g_assert_false (lathe_graph_replace_kind (graph, graphs_node (graph, "in"), kind ("relu")));
  g_assert_false (lathe_graph_replace_kind (graph, node, kind ("input")));
}

static void
test_names_are_one_of_a_kind (void)
{
  g_autoptr (LatheGraph) graph = graphs_make (CHAIN);
  LatheNode *a = graphs_node (graph, "a");
  g_autofree char *endless = g_strnfill (101, 'x');
  const char *refused[] = {"b", "", "two\nlines", "\xff", endless};

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (lathe_graph_rename (graph, a, refused[i], &error));
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
    }
  g_assert_true (lathe_graph_rename (graph, a, a->name, NULL));
  g_assert_true (lathe_graph_rename (graph, a, "première", NULL));
  g_assert_null (lathe_graph_find (graph, "a"));
  graphs_assert_outline (graph, "in première(in) b(première) c(b) d(c)");
  g_assert_cmpstr (lathe_graph_add (graph, kind ("relu"), NULL)->name, ==, "relu-1");
  g_assert_cmpstr (lathe_graph_add (graph, kind ("relu"), NULL)->name, ==, "relu-2");
  remove_named (graph, "relu-1", "relu-1");
  g_assert_cmpstr (lathe_graph_add (graph, kind ("relu"), NULL)->name, ==, "relu-1");
}

/* --- Parts --- */

static char *
extract_block (LatheGraph *graph)
{
  LatheNode *nodes[] = {graphs_node (graph, "sum"), graphs_node (graph, "b"), graphs_node (graph, "a")};

  return lathe_graph_extract (graph, nodes, G_N_ELEMENTS (nodes));
}

static void
test_a_residual_block_is_pasted_with_its_shortcut (void)
{
  g_autoptr (LatheGraph) graph = graphs_make (BLOCK);
  g_autofree char *text = extract_block (graph);
  g_autoptr (GPtrArray) added = lathe_graph_paste (graph, text, graphs_node (graph, "sum"), NULL);
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);

  graphs_assert_outline (graph, "in stem(in) a(stem) b(a) sum(b,stem) a-1(sum) b-1(a-1) sum-1(b-1,sum) flat(sum-1) "
                                "out(flat)");
  g_assert_true (report->works);
  g_assert_cmpuint (added->len, ==, 3);
  g_assert_true (added->pdata[0] == graphs_node (graph, "a-1"));
}

static void
test_what_is_pasted_nowhere_stays_unconnected (void)
{
  g_autoptr (LatheGraph) graph = graphs_make (BLOCK);
  g_autofree char *text = extract_block (graph);
  g_autoptr (GPtrArray) added = lathe_graph_paste (graph, text, NULL, NULL);

  graphs_assert_outline (graph, "in stem(in) a(stem) b(a) sum(b,stem) flat(sum) out(flat) a-1 b-1(a-1) sum-1(b-1)");
  g_assert_cmpuint (added->len, ==, 3);
}

static void
test_a_whole_network_is_pasted_without_its_input (void)
{
  g_autoptr (LatheGraph) graph = graphs_make (CHAIN), other = graphs_make (BLOCK), nothing = lathe_graph_new ();
  g_autofree char *text = lathe_graph_to_json (other);
  g_autoptr (GPtrArray) added = lathe_graph_paste (graph, text, graphs_node (graph, "b"), NULL);
  g_autoptr (GPtrArray) all = lathe_graph_paste (nothing, text, NULL, NULL);

  graphs_assert_outline (graph, "in a(in) b(a) stem(b) a-1(stem) b-1(a-1) sum(b-1,stem) flat(sum) out(flat) c(out) "
                                "d(c)");
  g_assert_true (lathe_graph_equal (nothing, other));
  g_assert_cmpuint (added->len, ==, 6);
  g_assert_cmpuint (all->len, ==, 7);
}

static void
test_what_cannot_be_pasted_changes_nothing (void)
{
  static const char *const texts[] = {
      "",
      "relu",
      "{\"nodes\":[{\"name\":\"a\",\"kind\":\"warp\"}]}",
      "{\"nodes\":[{\"name\":\"a\",\"kind\":\"input\"}]}",
      "{\"nodes\":[{\"name\":\"a\",\"kind\":\"relu\",\"inputs\":[\"a\"]}]}",
  };
  g_autoptr (LatheGraph) graph = graphs_make (CHAIN), before = lathe_graph_copy (graph);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (lathe_graph_paste (graph, texts[i], graphs_node (graph, "a"), &error));
      g_assert_nonnull (error);
      g_assert_true (lathe_graph_equal (graph, before));
    }
}

static LatheGraph *
make_grouped (void)
{
  LatheGraph *graph = graphs_make (BLOCK);
  LatheNode *nodes[] = {graphs_node (graph, "a"), graphs_node (graph, "b"), graphs_node (graph, "sum")};

  g_assert_cmpstr (lathe_graph_set_group (graph, nodes, G_N_ELEMENTS (nodes), ""), ==, "group-1");
  return graph;
}

static void
test_a_group_is_repeated_in_series (void)
{
  g_autoptr (LatheGraph) graph = make_grouped ();
  g_autoptr (LatheGraphReport) report = NULL;

  g_assert_true (lathe_graph_repeat (graph, "group-1", 3, NULL));
  graphs_assert_outline (graph, "in stem(in) a(stem) b(a) sum(b,stem) a-1(sum) b-1(a-1) sum-1(b-1,sum) a-2(sum-1) "
                                "b-2(a-2) sum-2(b-2,sum-1) flat(sum-2) out(flat)");
  g_assert_cmpstr (graphs_node (graph, "sum")->group, ==, "group-1");
  g_assert_cmpstr (graphs_node (graph, "a-1")->group, ==, graphs_node (graph, "sum-1")->group);
  g_assert_cmpstr (graphs_node (graph, "a-1")->group, !=, "group-1");
  g_assert_cmpstr (graphs_node (graph, "a-1")->group, !=, graphs_node (graph, "a-2")->group);
  report = lathe_graph_check (graph);
  g_assert_true (report->works);
}

static void
test_what_cannot_be_repeated_changes_nothing (void)
{
  static const char *const cases[][2] = {
      {"in", "input"}, {"stem", "single end"}, {"sum", "2 layers outside"}, {NULL, "no group"}};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (LatheGraph) graph = graphs_make (BLOCK), before = NULL;
      g_autoptr (GError) error = NULL;
      LatheNode *nodes[] = {graphs_node (graph, cases[i][0] != NULL ? cases[i][0] : "in"), graphs_node (graph, "a")};

      if (cases[i][0] != NULL)
        lathe_graph_set_group (graph, nodes, i == 2 ? 1 : 2, "part");
      before = lathe_graph_copy (graph);
      g_assert_false (lathe_graph_repeat (graph, "part", 2, &error));
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, cases[i][1]));
      g_assert_true (lathe_graph_equal (graph, before));
    }
}

static void
test_a_network_never_outgrows_its_limit (void)
{
  g_autoptr (LatheGraph) graph = make_grouped ();
  g_autoptr (GError) error = NULL;

  g_assert_false (lathe_graph_repeat (graph, "group-1", G_MAXUINT, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
  g_assert_true (lathe_graph_repeat (graph, "group-1", 1 + (LATHE_GRAPH_MAX_NODES - 7) / 3, NULL));
  while (lathe_graph_get_n_nodes (graph) < LATHE_GRAPH_MAX_NODES)
    g_assert_nonnull (lathe_graph_add_after (graph, kind ("relu"), graphs_node (graph, "out")));
  g_assert_null (lathe_graph_add_after (graph, kind ("relu"), graphs_node (graph, "out")));
  g_assert_false (lathe_graph_repeat (graph, "group-1", 2, NULL));
  graphs_assert_sound (graph);
}

/* --- The check --- */

static void
assert_blamed (const LatheGraph *graph, const char *name, const char *reason)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  const GError *error = report->nodes[graphs_node (graph, name)->index].error;

  g_assert_false (report->works);
  g_assert_nonnull (report->error);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, reason));
}

static void
test_each_layer_out_of_place_is_told_so (void)
{
  g_autoptr (LatheGraph) loose = graphs_make (CHAIN "; e relu a; f relu e; g relu");
  g_autoptr (LatheGraph) twice = graphs_make (CHAIN "; second input");
  g_autoptr (LatheGraph) circle = graphs_make ("in input; a relu; b relu a; c relu b; d add in,b");
  g_autoptr (LatheGraphReport) report = NULL;

  assert_blamed (loose, "f", "leads nowhere");
  assert_blamed (loose, "g", "has 0");
  assert_blamed (twice, "second", "too many");
  lathe_graph_connect (circle, graphs_node (circle, "b"), graphs_node (circle, "a"));
  assert_blamed (circle, "a", "circle");
  assert_blamed (circle, "b", "circle");
  report = lathe_graph_check (circle);
  g_assert_null (report->nodes[graphs_node (circle, "d")->index].error); /* behind it, and not to blame */
  g_clear_pointer (&report, lathe_graph_report_free);
  report = lathe_graph_check (loose);
  g_assert_cmpint (report->output, ==, (int) graphs_node (loose, "d")->index);
  g_assert_nonnull (strstr (report->error->message, "f, g"));
  g_assert_null (strstr (report->error->message, "d, f"));
}

static void
test_a_side_that_would_wrap_round_is_refused (void)
{
  g_autoptr (LatheGraph) graph = graphs_make (
      "in input height=4096 width=1 channels=1; a up-sampling in scale-height=64 scale-width=1; b up-sampling a "
      "scale-height=64 scale-width=1; c up-sampling b scale-height=64 scale-width=1");

  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);

  g_assert_nonnull (report->nodes[2].error);
  g_assert_nonnull (strstr (report->nodes[2].error->message, "a side"));
}

static void
test_activations_are_counted (void)
{
  g_autoptr (LatheGraph) graph = graphs_make (CHAIN);
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);

  g_assert_cmpuint (report->nodes[0].activations, ==, 8 * 8 * 3);
  g_assert_cmpuint (report->nodes[1].activations, ==, 6 * 6 * 32);
  g_assert_cmpuint (report->activations, ==, 8 * 8 * 3 + 3 * (6 * 6 * 32) + report->nodes[4].activations);
}

/* Drawn in any order, without circles. */
static LatheGraph *
draw_at_random (GRand *rng, guint n)
{
  LatheGraph *graph = lathe_graph_new ();
  g_autofree guint *rank = g_new (guint, n);

  for (guint i = 0; i < n; i++)
    {
      guint other = (guint) g_rand_int_range (rng, 0, (gint) i + 1);

      lathe_graph_add (graph, kind ("concatenate"), NULL);
      rank[i] = rank[other];
      rank[other] = i;
    }
  for (guint i = 0; i < 2 * n; i++)
    {
      guint a = (guint) g_rand_int_range (rng, 0, (gint) n), b = (guint) g_rand_int_range (rng, 0, (gint) n);
      LatheNode *from = lathe_graph_get_node (graph, rank[a] < rank[b] ? a : b);
      LatheNode *to = lathe_graph_get_node (graph, rank[a] < rank[b] ? b : a);

      if (a != b && to->inputs->len < LATHE_MAX_INPUTS)
        lathe_graph_connect (graph, from, to);
    }
  return graph;
}

/* The numbers that weights are drawn with go by it. */
static void
test_of_what_is_ready_the_first_drawn_comes_first (void)
{
  GRand *rng = g_rand_new_with_seed (4);

  for (guint n = 1; n < 60; n++)
    {
      g_autoptr (LatheGraph) graph = draw_at_random (rng, n);
      g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
      g_autofree gboolean *done = g_new0 (gboolean, n);

      for (guint at = 0; at < n; at++)
        for (guint i = 0; i < n; i++)
          {
            const LatheNode *node = lathe_graph_get_node (graph, i);
            gboolean ready = !done[i];

            for (guint j = 0; j < node->inputs->len; j++)
              ready &= done[((LatheNode *) node->inputs->pdata[j])->index];
            if (!ready)
              continue;
            g_assert_cmpuint (report->order[at], ==, i);
            done[i] = TRUE;
            break;
          }
    }
  g_rand_free (rng);
}

/* A minute where every node is looked for in all the others. */
static void
test_a_large_network_is_checked_at_once (void)
{
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  LatheNode *last = lathe_graph_add (graph, kind ("input"), NULL);
  clock_t began = clock ();
  double seconds;

  for (guint i = 1; i < 100000; i++)
    {
      LatheNode *node = lathe_graph_add (graph, kind (i % 2 == 1 ? "relu" : "add"), NULL);

      lathe_graph_connect (graph, last, node);
      if (i % 2 == 0)
        lathe_graph_connect (graph, last->inputs->pdata[0], node);
      last = node;
    }
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (LatheGraph) copy = lathe_graph_copy (graph);
      g_autoptr (LatheGraphReport) report = lathe_graph_check (copy);

      g_assert_true (report->works);
    }
  seconds = (double) (clock () - began) / CLOCKS_PER_SEC; /* of the processor, whatever else the machine does */
  g_test_message ("%.0f ms", 1000 * seconds);
  g_assert_cmpfloat (seconds, <, 20);
}

/* --- Edits at random --- */

static void
test_a_thousand_edits_are_undone_to_the_byte (void)
{
  GRand *rng = g_rand_new_with_seed (1);
  g_autoptr (GPtrArray) graphs = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_graph_free);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (graphs, graphs_preset ("lenet"));
  g_ptr_array_add (texts, lathe_graph_to_json (graphs->pdata[0]));
  for (guint i = 0; i < 1000; i++)
    {
      LatheGraph *graph = lathe_graph_copy (graphs->pdata[i]);

      graphs_edit (graph, rng);
      graphs_assert_sound (graph);
      lathe_graph_report_free (lathe_graph_check (graph));
      g_ptr_array_add (graphs, graph);
      g_ptr_array_add (texts, lathe_graph_to_json (graph));
    }
  for (guint i = 2 * 1001; i-- > 0;) /* back to the first, and on to the last */
    {
      guint at = i > 1000 ? i - 1001 : 1000 - i;
      g_autofree char *text = lathe_graph_to_json (graphs->pdata[at]), *again = NULL;
      g_autoptr (LatheGraph) read = lathe_graph_from_json (texts->pdata[at], -1, NULL);

      g_assert_cmpstr (text, ==, texts->pdata[at]);
      g_assert_true (lathe_graph_equal (read, graphs->pdata[at]));
      again = lathe_graph_to_json (read);
      g_assert_cmpstr (again, ==, text);
    }
  g_rand_free (rng);
}

static void
assert_compiles_as_checked (const LatheGraph *graph, LathePool *pool)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  g_autoptr (LatheNetwork) network = NULL;
  g_autoptr (GError) error = NULL;
  LatheReal *input;
  LatheMemoryPlan plan;

  g_assert_true (lathe_network_plan (graph, 2, TRUE, 2, &plan, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (plan.weights, ==, report->parameters * sizeof (LatheReal));
  network = lathe_network_new (graph, 2, TRUE, pool, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (lathe_network_get_memory (network), ==, plan.total);
  g_assert_cmpuint (lathe_network_get_input_size (network), ==, report->nodes[report->order[0]].activations);
  g_assert_cmpuint (lathe_network_get_n_units (network), ==, report->nodes[report->output].activations);
  lathe_network_initialise (network, 1);
  input = lathe_network_get_input (network);
  for (gsize i = 0; i < 2 * lathe_network_get_input_size (network); i++)
    input[i] = (LatheReal) (i % 7) / 7;
  lathe_network_forward (network, 2, TRUE, 1, 0);
}

static void
test_presets_compile_as_they_are_checked (void)
{
  g_autoptr (LathePool) pool = lathe_pool_new (2);

  for (const char *const *name = lathe_preset_names (); *name != NULL; name++)
    {
      g_autoptr (LatheGraph) graph = graphs_preset (*name);
      g_autoptr (LatheGraphReport) report = NULL;

      lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (32, 32, 3), 5);
      report = lathe_graph_check (graph);
      if (report->works && report->parameters < 20000000)
        assert_compiles_as_checked (graph, pool);
    }
}

/* As someone would who takes the first advice until nothing is left. */
static LatheGraph *
mend (const LatheGraph *graph)
{
  g_autoptr (LatheGraph) mended = lathe_graph_copy (graph);

  for (guint round = 0; round < 40; round++)
    {
      g_autoptr (LatheGraphReport) report = lathe_graph_check (mended);
      g_autoptr (GPtrArray) advice = NULL;

      if (report->works)
        return g_steal_pointer (&mended);
      for (guint i = 0; i < report->n_nodes && (advice == NULL || advice->len == 0); i++)
        {
          g_clear_pointer (&advice, g_ptr_array_unref);
          advice = lathe_graph_advise (mended, report, i);
        }
      if (advice == NULL || advice->len == 0)
        return NULL;
      lathe_graph_free (mended);
      mended = lathe_graph_copy (((LatheAdvice *) advice->pdata[0])->mended);
    }
  return NULL;
}

static void
test_networks_at_random_compile_as_they_are_checked (void)
{
  GRand *rng = g_rand_new_with_seed (2);
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  guint n_compiled = 0;

  for (guint i = 0; i < 150; i++)
    {
      g_autoptr (LatheGraph) graph = graphs_make (BLOCK), mended = NULL;
      g_autoptr (LatheGraphReport) report = NULL;

      for (guint j = 0; j < 1 + i % 12; j++)
        graphs_edit (graph, rng);
      mended = mend (graph);
      report = mended != NULL ? lathe_graph_check (mended) : NULL;
      if (report == NULL || report->parameters > 2000000 || report->multiply_adds > 50000000 ||
          report->activations > 1000000)
        continue;
      assert_compiles_as_checked (mended, pool);
      n_compiled++;
    }
  g_rand_free (rng);
  g_test_message ("%u of 150", n_compiled);
  g_assert_cmpuint (n_compiled, >, 75);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/graph/edges/refused", test_links_that_cannot_be_are_refused);
  g_test_add_func ("/graph/edges/replaced", test_a_link_replaces_the_source_of_a_layer_with_one_input);
  g_test_add_func ("/graph/edges/order", test_nodes_come_behind_what_feeds_them);
  g_test_add_func ("/graph/nodes/between", test_a_layer_is_put_on_an_edge);
  g_test_add_func ("/graph/nodes/after", test_a_layer_is_put_behind_another);
  g_test_add_func ("/graph/nodes/removed", test_edges_heal_where_nodes_are_removed);
  g_test_add_func ("/graph/nodes/twice", test_what_is_read_twice_stays_so);
  g_test_add_func ("/graph/nodes/kind", test_another_kind_keeps_the_properties_of_the_same_name);
  g_test_add_func ("/graph/nodes/names", test_names_are_one_of_a_kind);
  g_test_add_func ("/graph/parts/block", test_a_residual_block_is_pasted_with_its_shortcut);
  g_test_add_func ("/graph/parts/unconnected", test_what_is_pasted_nowhere_stays_unconnected);
  g_test_add_func ("/graph/parts/network", test_a_whole_network_is_pasted_without_its_input);
  g_test_add_func ("/graph/parts/refused", test_what_cannot_be_pasted_changes_nothing);
  g_test_add_func ("/graph/groups/repeated", test_a_group_is_repeated_in_series);
  g_test_add_func ("/graph/groups/refused", test_what_cannot_be_repeated_changes_nothing);
  g_test_add_func ("/graph/limit", test_a_network_never_outgrows_its_limit);
  g_test_add_func ("/graph/check/places", test_each_layer_out_of_place_is_told_so);
  g_test_add_func ("/graph/check/sides", test_a_side_that_would_wrap_round_is_refused);
  g_test_add_func ("/graph/check/activations", test_activations_are_counted);
  g_test_add_func ("/graph/check/order", test_of_what_is_ready_the_first_drawn_comes_first);
  g_test_add_func ("/graph/check/large", test_a_large_network_is_checked_at_once);
  g_test_add_func ("/graph/undo", test_a_thousand_edits_are_undone_to_the_byte);
  g_test_add_func ("/graph/compiled/presets", test_presets_compile_as_they_are_checked);
  g_test_add_func ("/graph/compiled/random", test_networks_at_random_compile_as_they_are_checked);
  return g_test_run ();
}
