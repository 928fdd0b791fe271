/* test-graph-advice.c: what is advised where a network does not work.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "graphs.h"

static guint
count_errors (const LatheGraphReport *report)
{
  guint n = 0;

  for (guint i = 0; i < report->n_nodes; i++)
    n += report->nodes[i].error != NULL;
  return n;
}

/* Everything that is advised has to help. */
static GPtrArray *
advise (const LatheGraph *graph, const char *name)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  guint index = graphs_node (graph, name)->index;
  GPtrArray *advice;

  g_assert_nonnull (report->nodes[index].error);
  advice = lathe_graph_advise (graph, report, index);
  g_assert_cmpuint (advice->len, <=, LATHE_MAX_ADVICE);
  for (guint i = 0; i < advice->len; i++)
    {
      const LatheAdvice *one = advice->pdata[i];
      g_autoptr (LatheGraphReport) after = lathe_graph_check (one->mended);
      const LatheNode *node = lathe_graph_find (one->mended, name);

      g_test_message ("%s %s — %s [%s]", name, report->nodes[index].error->message, one->sentence, one->button);
      g_assert_true (node == NULL || after->nodes[node->index].error == NULL);
      g_assert_cmpuint (count_errors (after), <, count_errors (report));
      g_assert_true (strlen (one->button) < 60);
      g_assert_true (g_str_has_suffix (one->sentence, "."));
    }
  return advice;
}

typedef struct
{
  const char *title, *graph, *node, *first; /* the first button; NULL: nothing helps */
} Case;

#define ENDS "; flat flatten last; out dense flat"

static const Case cases[] = {
    {"dense-on-image", "in input; a conv2d in; out dense a", "out", "Add a Flatten Layer"},
    {"dense-on-words", "in input height=4 width=4; f flatten in; e embedding f; out dense e", "out",
     "Add a Flatten Layer"},
    {"conv-on-vector", "in input; f flatten in; a conv2d f; out dense a", "a", "Move in Front of “f”"},
    {"pooling-twice", "in input; f flatten in; g global-average-pool f; out dense g", "g", "Remove “f”"},
    {"spatial-dropout", "in input; f flatten in; s spatial-dropout f; out dense s", "s", "Make It Dropout"},
    {"reshaped", "in input; g global-average-pool in; d dense g units=49; last transposed-conv2d d" ENDS, "last", NULL},
    {"groups", "in input channels=32; last conv2d in filters=64 groups=48" ENDS, "last", "Set Groups to 32"},
    {"depthwise", "in input channels=24; last conv2d in filters=16 groups=16" ENDS, "last",
     "Set Filters and Groups to 24"},
    {"filters", "in input channels=32; last conv2d in filters=30 groups=4" ENDS, "last", "Set Groups to 2"},
    {"group-norm", "in input channels=12; last group-norm in groups=8" ENDS, "last", "Set Groups to 6"},
    {"kernel", "in input height=4 width=4; last conv2d in kernel-height=5 kernel-width=5" ENDS, "last",
     "Set Padding to “same”"},
    {"pool", "in input height=2 width=1; last max-pool in" ENDS, "last", "Set Padding to “same”"},
    {"padding", "in input height=8 width=8; last conv2d in padding=explicit padding-top=4" ENDS, "last", "Pad Less"},
    {"output-padding",
     "in input height=8 width=8; last transposed-conv2d in padding=valid output-padding-height=3" ENDS, "last",
     "Set Padding to “same”"},
    {"projection",
     "in input height=8 width=8; a conv2d in filters=16 stride-height=2 stride-width=2 padding=same; last add "
     "a,in" ENDS,
     "last", "Add 1×1 Convolution"},
    {"channels",
     "in input height=8 width=8; s conv2d in filters=8; a conv2d s filters=16 padding=same; b relu a; last "
     "add b,s" ENDS,
     "last", "Add 1×1 Convolution"},
    {"valid", "in input height=8 width=8; a conv2d in filters=3; last add a,in" ENDS, "last",
     "Pad the Branch with “same”"},
    {"up", "in input height=8 width=8; a max-pool in; b conv2d in padding=same filters=3; last add b,a" ENDS, "last",
     "Add Up-Sampling"},
    {"concatenate", "in input height=8 width=8; a max-pool in; last concatenate a,in" ENDS, "last", "Add Pooling"},
    {"gate",
     "in input height=8 width=8; a conv2d in filters=16; g global-average-pool a; d dense g units=8; last multiply "
     "a,d" ENDS,
     "last", NULL},
    {"swapped", "in input; a conv2d in filters=16; g global-average-pool a; last multiply g,a" ENDS, "last",
     "Swap the Inputs"},
    {"vectors",
     "in input height=4 width=4; f flatten in; a dense f units=8; b dense f units=16; last add a,b; out "
     "dense last",
     "last", NULL},
    {"image-and-vector",
     "in input height=4 width=4; a conv2d in filters=8; f flatten in; last concatenate f,a; out "
     "dense last",
     "last", "Add Global Average Pooling"},
    {"reshape", "in input height=4 width=4; last reshape in height=5 width=4 channels=3" ENDS, "last",
     "Set the Shape to 0×4×3"},
    {"softmax", "in input; f flatten in; out dense f units=1 activation=softmax", "out", "Set Activation to “sigmoid”"},
    {"too-long", "in input height=1024 width=1024 channels=64; f flatten in; out dense f units=65536", "out",
     "Use Global Average Pooling"},
    {"unconnected", "in input; f flatten in; out dense f; r relu", "r", "Put Behind “out”"},
    {"missing-input", "in input; a conv2d in; f flatten; out dense f", "f", "Connect to “a”"},
    {"one-branch", "in input; a conv2d in padding=same filters=3; last add a" ENDS, "last", "Connect to “in”"},
    {"second-input", "in input; two input; f flatten two; out dense f", "two", "Use “in” Instead"},
    {"dangling", "in input; a conv2d in; r relu a; f flatten a; out dense f", "r", "Put in Line Behind “a”"},
    {"dangling-branch",
     "in input; a conv2d in; d dense; r relu a; s max-pool r; t reshape s; f flatten a; e dense f; "
     "out relu e",
     "t", NULL},
    {"dangling-shortcut", "in input; a conv2d in padding=same filters=3; s relu in; last add a,in" ENDS, "s", NULL},
};

static void
test_advice (gconstpointer data)
{
  const Case *given = data;
  g_autoptr (LatheGraph) graph = graphs_make (given->graph);
  g_autoptr (GPtrArray) advice = advise (graph, given->node);

  g_assert_cmpuint (advice->len, >, 0);
  if (given->first != NULL)
    g_assert_cmpstr (((LatheAdvice *) advice->pdata[0])->button, ==, given->first);
}

static void
test_two_errors_in_a_row_are_mended_one_by_one (void)
{
  g_autoptr (LatheGraph) graph = graphs_make ("in input height=4 width=4; a conv2d in kernel-height=9 kernel-width=9; "
                                              "out dense a");
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph), after = NULL;
  g_autoptr (GPtrArray) advice = lathe_graph_advise (graph, report, 1), then = NULL;

  g_assert_cmpuint (advice->len, >, 0);
  after = lathe_graph_check (((LatheAdvice *) advice->pdata[0])->mended);
  g_assert_null (after->nodes[1].error);
  then = lathe_graph_advise (((LatheAdvice *) advice->pdata[0])->mended, after, 2);
  g_assert_cmpuint (then->len, >, 0);
}

static void
test_what_works_needs_no_advice (void)
{
  g_autoptr (LatheGraph) graph = graphs_preset ("seed");
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);

  for (guint i = 0; i < report->n_nodes; i++)
    {
      g_autoptr (GPtrArray) advice = lathe_graph_advise (graph, report, i);

      g_assert_cmpuint (advice->len, ==, 0);
    }
}

static void
test_the_end_is_brought_to_the_classes (void)
{
  static const struct
  {
    const char *graph, *button;
    guint n_classes, n_units;
  } ends[] = {
      {"in input; f flatten in; d dense f units=10 activation=softmax", "Adapt the Last Layer", 3, 3},
      {"in input; f flatten in; d dense f units=10 activation=softmax", "Adapt the Last Layer", 2, 1},
      {"in input; f flatten in; d dense f units=10; s softmax d", "Adapt the Last Layer", 2, 2},
      {"in input; a conv2d in; g global-average-pool a", "Add a Dense Layer", 5, 5},
      {"in input; a conv2d in", "Add a Dense Layer", 5, 5},
      {"in input; f flatten in; d dense f units=4", NULL, 4, 4},
      {"in input; d dense in", NULL, 4, 0},
  };

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autoptr (LatheGraph) graph = graphs_make (ends[i].graph);
      g_autoptr (LatheGraphReport) report = lathe_graph_check (graph), after = NULL;
      g_autoptr (GPtrArray) advice = lathe_graph_advise_classes (graph, report, ends[i].n_classes);

      g_assert_true ((advice->len > 0) == (ends[i].button != NULL));
      if (advice->len == 0)
        continue;
      g_assert_cmpstr (((LatheAdvice *) advice->pdata[0])->button, ==, ends[i].button);
      after = lathe_graph_check (((LatheAdvice *) advice->pdata[0])->mended);
      g_assert_true (after->works);
      g_assert_cmpuint (after->nodes[after->output].activations, ==, ends[i].n_units);
    }
}

/* Whatever is wrong with it, what is advised helps, and nothing falls over. */
static void
test_advice_on_networks_at_random_helps (void)
{
  GRand *rng = g_rand_new_with_seed (3);
  guint n_errors = 0, n_advised = 0;

  for (guint i = 0; i < 60; i++)
    {
      g_autoptr (LatheGraph) graph = graphs_preset (i % 2 == 0 ? "lenet" : "seed");
      g_autoptr (LatheGraphReport) report = NULL;

      lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (28, 28, 1), 10);
      for (guint j = 0; j < 1 + i % 8; j++)
        graphs_edit (graph, rng);
      report = lathe_graph_check (graph);
      for (guint j = 0; j < report->n_nodes; j++)
        {
          const char *name = lathe_graph_get_node (graph, j)->name;
          g_autoptr (GPtrArray) advice = lathe_graph_advise (graph, report, j);

          n_errors += report->nodes[j].error != NULL;
          n_advised += advice->len > 0;
          for (guint k = 0; k < advice->len; k++)
            {
              const LatheGraph *mended = ((LatheAdvice *) advice->pdata[k])->mended;
              g_autoptr (LatheGraphReport) after = lathe_graph_check (mended);
              const LatheNode *node = lathe_graph_find (mended, name);

              graphs_assert_sound (mended);
              g_assert_true (node == NULL || after->nodes[node->index].error == NULL);
            }
        }
    }
  g_rand_free (rng);
  g_test_message ("%u of %u errors", n_advised, n_errors);
  g_assert_cmpuint (10 * n_advised, >, 8 * n_errors);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/graph-advice/", cases[i].title, NULL);

      g_test_add_data_func (path, &cases[i], test_advice);
    }
  g_test_add_func ("/graph-advice/two-in-a-row", test_two_errors_in_a_row_are_mended_one_by_one);
  g_test_add_func ("/graph-advice/none", test_what_works_needs_no_advice);
  g_test_add_func ("/graph-advice/classes", test_the_end_is_brought_to_the_classes);
  g_test_add_func ("/graph-advice/random", test_advice_on_networks_at_random_helps);
  return g_test_run ();
}
