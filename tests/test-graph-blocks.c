/* test-graph-blocks.c: blocks fit wherever an image flows, cost what their papers say, and learn.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "graphs.h"
#include "model/lathe-network.h"

#define FEW 8 /* channels: fewer are an image's own, of which a block makes more */

static LatheShape
shape_of (const LatheGraph *graph, const LatheNode *node)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);

  return report->nodes[node->index].output;
}

static void
assert_works (const LatheGraph *graph)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  g_autoptr (GError) error = NULL;

  lathe_graph_report_propagate (report, graph, &error);
  g_assert_no_error (error);
  graphs_assert_sound (graph);
}

/* --- Where they are put --- */

/* What comes out of the block is what `to` reads now in the place of `from`. */
static void
assert_fits (const LatheGraph *graph, const LatheBlock *block, guint from, guint to, guint port)
{
  g_autoptr (LatheGraph) edited = lathe_graph_copy (graph);
  LatheNode *source = lathe_graph_get_node (edited, from), *reader = lathe_graph_get_node (edited, to);
  LatheShape came = shape_of (graph, lathe_graph_get_node (graph, from)), left;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) added = lathe_graph_add_block (edited, block, source, reader, &error);

  if (came.rank != 3 || (added == NULL && block->stride > 1))
    {
      g_assert_null (added);
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE);
      g_assert_true (lathe_graph_equal (edited, graph));
      return;
    }
  g_assert_no_error (error);
  assert_works (edited);
  left = shape_of (edited, reader->inputs->pdata[port]);
  g_assert_true (g_ptr_array_find (added, reader->inputs->pdata[port], NULL));
  g_assert_cmpuint (left.dim[0], ==, (came.dim[0] + block->stride - 1) / block->stride);
  g_assert_cmpuint (left.dim[1], ==, (came.dim[1] + block->stride - 1) / block->stride);
  if (block->stride == 1 && came.dim[2] >= FEW)
    g_assert_true (lathe_shape_equal (&left, &came));
}

static void
test_they_fit_on_every_edge_of_every_preset (gconstpointer data)
{
  const LatheBlock *block = data;

  for (const char *const *name = lathe_preset_names (); *name != NULL; name++)
    {
      g_autoptr (LatheGraph) graph = graphs_preset (*name);

      for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
        {
          const LatheNode *node = lathe_graph_get_node (graph, i);

          for (guint j = 0; j < node->inputs->len; j++)
            assert_fits (graph, block, ((LatheNode *) node->inputs->pdata[j])->index, i, j);
        }
    }
}

static guint
count_fits (const LatheGraph *graph, const LatheBlock *block)
{
  guint n = 0;

  for (guint i = 1; i < lathe_graph_get_n_nodes (graph); i++)
    {
      g_autoptr (LatheGraph) edited = lathe_graph_copy (graph);
      LatheNode *node = lathe_graph_get_node (edited, i);
      g_autoptr (GPtrArray) added = lathe_graph_add_block (edited, block, node->inputs->pdata[0], node, NULL);

      n += added != NULL;
    }
  return n;
}

/* In front of the convolutions, the pool and the flattening, each with its norm and activation where it has one. */
static void
test_those_that_halve_fit_wherever_nothing_adds_up (void)
{
  g_autoptr (LatheGraph) chain =
      graphs_make ("in input height=32 width=32; a conv2d in padding=same; b batch-norm a; c "
                   "relu b; d max-pool c; e flatten d; f dense e");

  g_assert_cmpuint (count_fits (chain, lathe_block_find ("residual-down")), ==, 5);
  g_assert_cmpuint (count_fits (chain, lathe_block_find ("residual")), ==, 5);
}

static void
assert_refused (LatheGraph *graph, const char *block, const char *from, const char *to, const char *reason)
{
  g_autoptr (LatheGraph) before = lathe_graph_copy (graph);
  g_autoptr (GError) error = NULL;

  g_assert_null (lathe_graph_add_block (graph, lathe_block_find (block), graphs_node (graph, from),
                                        to != NULL ? graphs_node (graph, to) : NULL, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE);
  if (strstr (error->message, reason) == NULL)
    g_error ("“%s” does not say “%s”", error->message, reason);
  g_assert_true (lathe_graph_equal (graph, before));
}

static void
test_where_they_cannot_be_the_reason_is_told (void)
{
  g_autoptr (LatheGraph) graph =
      graphs_make ("in input height=8 width=8; a conv2d in padding=same filters=8; b conv2d a "
                   "padding=same filters=8; s add b,a; f flatten s; d dense f");
  g_autoptr (LatheGraph) broken = graphs_make ("in input height=8 width=8; f flatten in; a conv2d f; d dense a");

  assert_refused (graph, "residual", "f", "d", "“f” gives 512: put the block further in front");
  assert_refused (graph, "residual", "d", NULL, "“d” gives");
  assert_refused (graph, "residual-down", "a", "b",
                  "“Residual: Halving” does not fit behind “a”: Layer “s” needs inputs of");
  assert_refused (broken, "bottleneck", "a", "d", "“a” is not known");
}

static void
test_a_network_never_outgrows_its_limit (void)
{
  g_autoptr (LatheGraph) graph = graphs_make ("in input height=2 width=2");
  LatheNode *end = graphs_node (graph, "in");
  g_autoptr (GError) error = NULL;

  while (lathe_graph_get_n_nodes (graph) < LATHE_GRAPH_MAX_NODES - 2)
    {
      LatheNode *next = lathe_graph_add (graph, lathe_layer_kind_find ("relu"), NULL);

      lathe_graph_connect (graph, end, next);
      end = next;
    }
  g_assert_null (lathe_graph_add_block (graph, lathe_block_find ("convolution"), end, NULL, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
  g_assert_cmpuint (lathe_graph_get_n_nodes (graph), ==, LATHE_GRAPH_MAX_NODES - 2);
}

static void
test_more_channels_than_a_layer_makes_are_refused (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (
      lathe_block_make (lathe_block_find ("inverted-residual"), &LATHE_SHAPE_IMAGE (1, 1, 20000), 0, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
}

/* --- What they are --- */

static guint64
parameters_of (const char *block, guint channels, guint filters)
{
  g_autofree char *text = g_strdup_printf ("in input height=8 width=8 channels=%u", channels);
  g_autoptr (LatheGraph) graph = graphs_make (text);
  g_autofree char *made =
      lathe_block_make (lathe_block_find (block), &LATHE_SHAPE_IMAGE (8, 8, channels), filters, NULL);
  g_autoptr (GPtrArray) added = lathe_graph_paste (graph, made, graphs_node (graph, "in"), NULL);
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  guint64 n = 0;

  g_assert_nonnull (added);
  g_assert_true (report->works);
  for (guint i = 0; i < added->len; i++)
    n += report->nodes[((LatheNode *) added->pdata[i])->index].parameters;
  return n;
}

/* Convolutions have no bias; a norm keeps four numbers a channel. */
#define NORM 4

static void
test_they_have_the_parameters_of_their_papers (void)
{
  const guint64 c = 64, f = 128;

  g_assert_cmpuint (parameters_of ("convolution", c, 0), ==, 9 * c * c + NORM * c);
  g_assert_cmpuint (parameters_of ("convolution", c, f), ==, 9 * c * f + NORM * f);
  g_assert_cmpuint (parameters_of ("residual", c, 0), ==, 2 * (9 * c * c + NORM * c));
  g_assert_cmpuint (parameters_of ("residual", c, f), ==, 9 * c * f + 9 * f * f + c * f + 3 * NORM * f);
  g_assert_cmpuint (parameters_of ("residual-down", c, 0), ==, 9 * c * f + 9 * f * f + c * f + 3 * NORM * f);
  g_assert_cmpuint (parameters_of ("residual-down", c, c), ==, 9 * c * c + 9 * c * c + c * c + 3 * NORM * c);
  g_assert_cmpuint (parameters_of ("bottleneck", 4 * c, 0), ==,
                    4 * c * c + 9 * c * c + 4 * c * c + NORM * (c + c + 4 * c));
  g_assert_cmpuint (parameters_of ("inverted-residual", c, 0), ==,
                    6 * c * c + 9 * 6 * c + 6 * c * c + NORM * (6 * c + 6 * c + c));
  g_assert_cmpuint (parameters_of ("squeeze-excitation", c, 0), ==, 2 * c * c / 16);
  g_assert_cmpuint (parameters_of ("squeeze-excitation", c, f), ==, 2 * c * c / 16);
}

/* The block of ResNet-20 that its own block is put behind has as many. */
static void
test_a_residual_is_the_one_of_the_preset (void)
{
  g_autoptr (LatheGraph) graph = graphs_preset ("resnet20");
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  guint64 n = 0;

  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    if (g_str_has_prefix (lathe_graph_get_node (graph, i)->name, "block-2a-"))
      n += report->nodes[i].parameters;
  g_assert_cmpuint (n, >, 0);
  g_assert_cmpuint (parameters_of ("residual-down", 16, 0), ==, n);
}

static void
test_each_is_a_group_that_repeats (void)
{
  guint n;
  const LatheBlock *blocks = lathe_blocks (&n);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (LatheGraph) graph = graphs_make ("in input height=32 width=32; a conv2d in; f flatten a; d dense f");
      g_autofree char *first = g_strconcat (blocks[i].name, "-1", NULL),
                      *second = g_strconcat (blocks[i].name, "-2", NULL);
      g_autoptr (GPtrArray) one = lathe_graph_add_block (graph, &blocks[i], graphs_node (graph, "a"), NULL, NULL);
      LatheNode *end = graphs_node (graph, "f")->inputs->pdata[0];
      g_autoptr (GPtrArray) two = lathe_graph_add_block (graph, &blocks[i], end, NULL, NULL);
      guint n_nodes = lathe_graph_get_n_nodes (graph);
      g_autoptr (GError) error = NULL;

      for (guint j = 0; j < one->len; j++)
        g_assert_cmpstr (((LatheNode *) one->pdata[j])->group, ==, first);
      for (guint j = 0; j < two->len; j++)
        g_assert_cmpstr (((LatheNode *) two->pdata[j])->group, ==, second);
      g_assert_true (lathe_block_find (blocks[i].name) == &blocks[i]);
      if (blocks[i].stride > 1) /* the second reads twice the channels that the first does */
        continue;
      g_assert_true (lathe_graph_repeat (graph, first, 3, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (lathe_graph_get_n_nodes (graph), ==, n_nodes + 2 * one->len);
      assert_works (graph);
    }
}

static void
test_within_a_group_they_belong_to_it (void)
{
  g_autoptr (LatheGraph) graph = graphs_make ("in input; a conv2d in; b relu a; c flatten b; d dense c");
  LatheNode *nodes[] = {graphs_node (graph, "a"), graphs_node (graph, "b")};
  const LatheBlock *block = lathe_block_find ("convolution");
  g_autoptr (GPtrArray) inside = NULL, behind = NULL, behind_all = NULL;

  lathe_graph_set_group (graph, nodes, 2, "own");
  inside = lathe_graph_add_block (graph, block, nodes[0], nodes[1], NULL);
  g_assert_cmpstr (((LatheNode *) inside->pdata[0])->group, ==, "own");
  behind_all = lathe_graph_add_block (graph, block, nodes[0], NULL, NULL);
  g_assert_cmpstr (((LatheNode *) behind_all->pdata[0])->group, ==, "own");
  behind = lathe_graph_add_block (graph, block, nodes[1], NULL, NULL);
  g_assert_cmpstr (((LatheNode *) behind->pdata[0])->group, ==, "convolution-1");
}

static void
test_on_an_edge_only_its_reader_reads_it (void)
{
  g_autoptr (LatheGraph) graph = graphs_make ("in input; a conv2d in padding=same filters=8; b relu a; s add b,a; f "
                                              "flatten s; d dense f");

  lathe_graph_add_block (graph, lathe_block_find ("convolution"), graphs_node (graph, "a"), graphs_node (graph, "s"),
                         NULL);
  graphs_assert_outline (graph, "in a(in) b(a) conv2d-1(a) batch-norm-1(conv2d-1) relu-1(batch-norm-1) s(b,relu-1) "
                                "f(s) d(f)");
}

static void
test_a_residual_reads_what_comes_twice (void)
{
  g_autoptr (LatheGraph) graph = graphs_make ("in input; a conv2d in filters=8; f flatten a; d dense f");

  lathe_graph_add_block (graph, lathe_block_find ("residual-down"), graphs_node (graph, "a"), NULL, NULL);
  graphs_assert_outline (graph, "in a(in) conv2d-1(a) batch-norm-1(conv2d-1) relu-1(batch-norm-1) conv2d-2(relu-1) "
                                "batch-norm-2(conv2d-2) conv2d-3(a) batch-norm-3(conv2d-3) "
                                "add-1(batch-norm-2,batch-norm-3) relu-2(add-1) f(relu-2) d(f)");
}

/* --- Whether they learn --- */

static void
fill (LatheNetwork *network, guint batch)
{
  LatheRng rng = lathe_rng (1, LATHE_RNG_AUGMENT, 0, 0);
  LatheReal *x = lathe_network_get_input (network);

  for (gsize i = 0; i < batch * lathe_network_get_input_size (network); i++)
    x[i] = (LatheReal) lathe_rng_uniform (&rng, i);
}

/* Every weight of which the loss can tell: nearly all, as some units of a ReLU may sleep. */
static void
test_gradients_flow_through_them (gconstpointer data)
{
  g_autoptr (LatheGraph) graph =
      graphs_make ("in input height=8 width=8 channels=16; g global-average-pool in; d dense "
                   "g units=4 activation=softmax");
  g_autoptr (GPtrArray) added = lathe_graph_add_block (graph, data, graphs_node (graph, "in"), NULL, NULL);
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheNetwork) network = lathe_network_new (graph, 4, TRUE, pool, &error);
  const guint32 labels[] = {0, 1, 2, 3};
  LatheReal losses[4];
  const LatheReal *gradient;
  gsize n_weights, n_alive = 0;

  g_assert_no_error (error);
  g_assert_nonnull (added);
  lathe_network_initialise (network, 1);
  fill (network, 4);
  lathe_network_forward (network, 4, TRUE, 1, 0);
  lathe_network_loss (network, 4, labels, NULL, losses);
  lathe_network_backward (network, 4);
  lathe_network_get_weights (network, &n_weights);
  gradient = lathe_network_get_gradient (network);
  for (gsize i = 0; i < n_weights; i++)
    {
      g_assert_true (isfinite (gradient[i]));
      n_alive += gradient[i] != 0;
    }
  g_test_message ("%zu of %zu", n_alive, n_weights);
  g_assert_cmpuint (10 * n_alive, >, 8 * n_weights);
}

/* --- Of a person's own --- */

static void
test_names_can_be_those_of_files (void)
{
  g_autofree char *longest = g_strnfill (LATHE_BLOCK_MAX_NAME, 'x'), *longer = g_strconcat (longest, "x", NULL);
  const char *fine[] = {"Stem", "mon bloc n° 2", "分块", "a.b", longest};
  const char *refused[] = {"", "a/b", ".hidden", "..", "two\nlines", "\xff", " x", "x ", longer};

  for (guint i = 0; i < G_N_ELEMENTS (fine); i++)
    g_assert_true (lathe_block_check_name (fine[i], NULL));
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (lathe_block_check_name (refused[i], &error));
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
    }
}

static LatheGraph *
make_own (void)
{
  return graphs_make ("in input height=8 width=8; stem conv2d in padding=same; a conv2d stem padding=same; b relu a; "
                      "sum add b,stem; flat flatten sum; out dense flat");
}

static void
test_ones_own_is_put_back_as_it_was_taken (void)
{
  g_autoptr (LatheGraph) graph = make_own ();
  LatheNode *nodes[] = {graphs_node (graph, "a"), graphs_node (graph, "b"), graphs_node (graph, "sum")};
  g_autofree char *text = NULL;
  g_autoptr (GPtrArray) added = NULL;

  nodes[0]->placed = TRUE;
  nodes[0]->x = 100;
  text = lathe_block_extract (graph, nodes, G_N_ELEMENTS (nodes), "Mine");
  added = lathe_graph_paste_between (graph, text, graphs_node (graph, "sum"), graphs_node (graph, "flat"), NULL);
  graphs_assert_outline (graph, "in stem(in) a(stem) b(a) sum(b,stem) a-1(sum) b-1(a-1) sum-1(b-1,sum) flat(sum-1) "
                                "out(flat)");
  g_assert_false (graphs_node (graph, "a-1")->placed);
  for (guint i = 0; i < added->len; i++)
    g_assert_cmpstr (((LatheNode *) added->pdata[i])->group, ==, "Mine-1");
  assert_works (graph);
}

static void
assert_suggested (LatheGraph *graph, const char *name)
{
  LatheNode *nodes[] = {graphs_node (graph, "a"), graphs_node (graph, "b")};
  g_autofree char *suggested = lathe_block_suggest_name (nodes, G_N_ELEMENTS (nodes));

  g_assert_cmpstr (suggested, ==, name);
}

static void
test_a_group_that_has_a_name_suggests_it (void)
{
  g_autoptr (LatheGraph) graph = make_own ();
  LatheNode *nodes[] = {graphs_node (graph, "a"), graphs_node (graph, "b")};

  assert_suggested (graph, NULL);
  lathe_graph_set_group (graph, nodes, 1, "stem-3");
  assert_suggested (graph, NULL);
  lathe_graph_set_group (graph, nodes, 2, "stem-3");
  assert_suggested (graph, "stem");
  lathe_graph_set_group (graph, nodes, 2, "a/b");
  assert_suggested (graph, NULL);
  lathe_graph_set_group (graph, nodes, 2, "");
  assert_suggested (graph, NULL);
}

static void
assert_groups (LatheGraph *graph, const char *a, const char *b)
{
  LatheNode *nodes[] = {graphs_node (graph, "a"), graphs_node (graph, "b")};
  g_autofree char *text = lathe_block_extract (graph, nodes, G_N_ELEMENTS (nodes), "Mine");
  g_autoptr (LatheGraph) block = lathe_graph_from_json (text, -1, NULL);

  g_assert_cmpstr (graphs_node (block, "a")->group, ==, a);
  g_assert_cmpstr (graphs_node (block, "b")->group, ==, b);
}

static void
test_ones_own_keeps_the_groups_within_it (void)
{
  g_autoptr (LatheGraph) graph = make_own ();
  LatheNode *a = graphs_node (graph, "a"), *b = graphs_node (graph, "b");

  assert_groups (graph, "Mine-1", "Mine-1");
  lathe_graph_set_group (graph, &a, 1, "first");
  assert_groups (graph, "first", NULL);
  lathe_graph_set_group (graph, &b, 1, "second");
  assert_groups (graph, "first", "second");
  lathe_graph_set_group (graph, &b, 1, "first");
  assert_groups (graph, "Mine-1", "Mine-1");
}

int
main (int argc, char *argv[])
{
  guint n;
  const LatheBlock *blocks = lathe_blocks (&n);

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *fits = g_strconcat ("/blocks/fit/", blocks[i].name, NULL);
      g_autofree char *learns = g_strconcat ("/blocks/learn/", blocks[i].name, NULL);

      g_test_add_data_func (fits, &blocks[i], test_they_fit_on_every_edge_of_every_preset);
      g_test_add_data_func (learns, &blocks[i], test_gradients_flow_through_them);
    }
  g_test_add_func ("/blocks/fit/halving", test_those_that_halve_fit_wherever_nothing_adds_up);
  g_test_add_func ("/blocks/refused", test_where_they_cannot_be_the_reason_is_told);
  g_test_add_func ("/blocks/limit", test_a_network_never_outgrows_its_limit);
  g_test_add_func ("/blocks/channels", test_more_channels_than_a_layer_makes_are_refused);
  g_test_add_func ("/blocks/papers", test_they_have_the_parameters_of_their_papers);
  g_test_add_func ("/blocks/preset", test_a_residual_is_the_one_of_the_preset);
  g_test_add_func ("/blocks/group", test_each_is_a_group_that_repeats);
  g_test_add_func ("/blocks/within", test_within_a_group_they_belong_to_it);
  g_test_add_func ("/blocks/edge", test_on_an_edge_only_its_reader_reads_it);
  g_test_add_func ("/blocks/shortcut", test_a_residual_reads_what_comes_twice);
  g_test_add_func ("/blocks/own/names", test_names_can_be_those_of_files);
  g_test_add_func ("/blocks/own/back", test_ones_own_is_put_back_as_it_was_taken);
  g_test_add_func ("/blocks/own/suggested", test_a_group_that_has_a_name_suggests_it);
  g_test_add_func ("/blocks/own/groups", test_ones_own_keeps_the_groups_within_it);
  return g_test_run ();
}
