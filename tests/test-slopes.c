/* test-slopes.c: a network looked into: its outputs, and the slopes by them, in double precision.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "lathe.h"
#include "model/lathe-network.h"

#define BATCH 3
#define SIDE 16 /* pixels, which every preset here can do with */
#define NUDGE 1e-5
#define MOVE 1e-7 /* of the whole input, where the kinks of many ReLUs are near */
#define TOLERANCE 1e-6
#define ROUNDING 1e-15 /* of the function, where its slope is next to nothing */
#define PLACES 12      /* that a slope is compared at */

static LatheGraph *
load (const char *preset)
{
  g_autoptr (GError) error = NULL;
  LatheGraph *graph = lathe_preset_load (preset, &error);

  g_assert_no_error (error);
  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (SIDE, SIDE, 3), 4);
  return graph;
}

typedef struct
{
  LatheNetwork *network;
  LatheReal *input;
  gsize size;
  guint n_units;
  LatheReal *by; /* BATCH × units: the function is the sum of these × the logits */
} Probe;

static double
value (const Probe *p)
{
  const LatheReal *logits = lathe_network_get_logits (p->network);
  double sum = 0;

  lathe_network_forward (p->network, BATCH, FALSE, 0, 0);
  for (guint i = 0; i < BATCH * p->n_units; i++)
    sum += (double) (p->by[i] * logits[i]);
  return sum;
}

static Probe
probe (const LatheGraph *graph, LathePool *pool)
{
  g_autoptr (GError) error = NULL;
  Probe p = {.network = lathe_network_new_open (graph, BATCH, TRUE, pool, &error)};
  LatheRng rng = lathe_rng (1, LATHE_RNG_AUGMENT, 0, 0);
  LatheReal *states;
  gsize n_states;

  g_assert_no_error (error);
  lathe_network_initialise (p.network, 1);
  states = lathe_network_get_states (p.network, &n_states);
  for (gsize i = 0; i < n_states; i++)
    states[i] += (lathe_rng_uniform (&rng, (guint32) i) - 0.5) / 4;
  p.input = lathe_network_get_input (p.network);
  p.size = lathe_network_get_input_size (p.network);
  p.n_units = lathe_network_get_n_units (p.network);
  p.by = g_new (LatheReal, BATCH * p.n_units);
  for (gsize i = 0; i < BATCH * p.size; i++)
    p.input[i] = lathe_rng_uniform (&rng, (guint32) (i + 1000000));
  for (guint i = 0; i < BATCH * p.n_units; i++)
    p.by[i] = lathe_rng_uniform (&rng, i + 3000000) - 0.5;
  return p;
}

static void
probe_clear (Probe *p)
{
  lathe_network_free (p->network);
  g_free (p->by);
}

/* At the input, where a nudge is easily given. One place may be at the kink of a ReLU. */
static void
assert_input_slopes (const Probe *p)
{
  g_autofree LatheReal *slopes = NULL;
  guint bad = 0;
  double scale = 0;

  value (p);
  slopes = g_memdup2 (lathe_network_find_slopes (p->network, BATCH, p->by, 0), BATCH * p->size * sizeof *slopes);
  for (gsize i = 0; i < BATCH * p->size; i++)
    scale = MAX (scale, fabs ((double) slopes[i]));
  g_assert_cmpfloat (scale, >, 0);
  for (guint k = 0; k < PLACES; k++)
    {
      gsize at = (gsize) k * 7919 % (BATCH * p->size);
      LatheReal old = p->input[at];
      double up, down;

      p->input[at] = old + NUDGE;
      up = value (p);
      p->input[at] = old - NUDGE;
      down = value (p);
      p->input[at] = old;
      bad += fabs ((up - down) / (2 * NUDGE) - (double) slopes[at]) >
             TOLERANCE * scale + ROUNDING * MAX (1, fabs (up)) / NUDGE;
    }
  g_assert_cmpuint (bad, <=, 1);
}

static void
test_slopes_by_the_input_are_those_of_small_nudges (gconstpointer preset)
{
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheGraph) graph = load (preset);
  Probe p = probe (graph, pool);

  assert_input_slopes (&p);
  probe_clear (&p);
}

/* --- By a layer's output --- */

static guint
place_of (const LatheGraphReport *report, const LatheNode *node)
{
  guint place = 0;

  while (report->order[place] != node->index)
    place++;
  return place;
}

/* Whether all that reaches the end passes through the layer at this place: no arrow leads past it. */
static gboolean
is_passed_by_all (const LatheGraph *graph, const LatheGraphReport *report, guint place)
{
  for (guint i = place + 1; i < report->n_nodes; i++)
    {
      const LatheNode *node = lathe_graph_get_node (graph, report->order[i]);

      for (guint j = 0; j < node->inputs->len; j++)
        if (place_of (report, node->inputs->pdata[j]) < place)
          return FALSE;
    }
  return TRUE;
}

/* What the layers at these nodes make when the whole input is moved a little in a direction of its own.
 * Returns: the function there */
static double
move (const Probe *p, const GArray *nodes, double by, GPtrArray *made)
{
  g_autofree LatheReal *old = g_memdup2 (p->input, BATCH * p->size * sizeof *p->input);
  LatheRng rng = lathe_rng (2, LATHE_RNG_AUGMENT, 0, 0);
  double result;

  for (gsize i = 0; i < BATCH * p->size; i++)
    p->input[i] += by * (lathe_rng_uniform (&rng, (guint32) i) - 0.5);
  result = value (p);
  for (guint i = 0; i < nodes->len; i++)
    {
      gsize size;
      const LatheReal *output = lathe_network_get_output (p->network, g_array_index (nodes, guint, i), &size);

      g_ptr_array_add (made, g_memdup2 (output, BATCH * size * sizeof *output));
    }
  memcpy (p->input, old, BATCH * p->size * sizeof *old);
  return result;
}

/* The chain rule: what the output changes, times the slope by it, is what the function changes. */
static void
assert_chain_rule (const Probe *p, guint node, const LatheReal *above, const LatheReal *below, double up, double down)
{
  gsize size;
  double sum = 0, scale = 0;
  const LatheReal *slopes;

  lathe_network_get_output (p->network, node, &size);
  slopes = lathe_network_find_slopes (p->network, BATCH, p->by, node);
  for (gsize i = 0; i < BATCH * size; i++)
    {
      double part = (double) (slopes[i] * (above[i] - below[i])) / (2 * MOVE);

      sum += part;
      scale += fabs (part);
    }
  g_assert_cmpfloat (scale, >, 0);
  g_assert_cmpfloat (fabs (sum - (up - down) / (2 * MOVE)), <=,
                     TOLERANCE * scale + ROUNDING * MAX (1, fabs (up)) / MOVE);
}

static void
test_slopes_by_a_layer_obey_the_chain_rule (gconstpointer preset)
{
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheGraph) graph = load (preset);
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  g_autoptr (GArray) nodes = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GPtrArray) above = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) below = g_ptr_array_new_with_free_func (g_free);
  Probe p = probe (graph, pool);
  double up, down;

  for (guint place = 0; place < report->n_nodes; place++)
    if (is_passed_by_all (graph, report, place))
      g_array_append_val (nodes, report->order[place]);
  g_assert_cmpuint (nodes->len, >, 4);
  up = move (&p, nodes, MOVE, above);
  down = move (&p, nodes, -MOVE, below);
  value (&p);
  for (guint i = 0; i < nodes->len; i++)
    assert_chain_rule (&p, g_array_index (nodes, guint, i), above->pdata[i], below->pdata[i], up, down);
  probe_clear (&p);
}

/* --- The rest --- */

static void
test_outputs_are_those_of_a_network_that_answers (gconstpointer preset)
{
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheGraph) graph = load (preset);
  g_autoptr (LatheNetwork) answers = lathe_network_new (graph, BATCH, FALSE, pool, NULL);
  const char *labels[] = {"a", "b", "c", "d", NULL};
  LathePreprocess preprocess = {SIDE, SIDE, 3, {0}, {1, 1, 1}};
  g_autoptr (LatheModel) model = lathe_model_new (graph, labels, &preprocess, NULL);
  Probe p = probe (graph, pool);

  lathe_network_store (p.network, model);
  lathe_network_load (p.network, model); /* rounded to single precision, as the other has it */
  lathe_network_load (answers, model);
  memcpy (lathe_network_get_input (answers), p.input, BATCH * p.size * sizeof *p.input);
  value (&p);
  lathe_network_forward (answers, BATCH, FALSE, 0, 0);
  for (guint i = 0; i < BATCH * p.n_units; i++)
    g_assert_cmpfloat_with_epsilon (lathe_network_get_logits (p.network)[i], lathe_network_get_logits (answers)[i],
                                    1e-9);
  probe_clear (&p);
}

static void
test_any_number_of_threads_finds_the_same_bits (gconstpointer preset)
{
  g_autoptr (LatheGraph) graph = load (preset);
  g_autofree LatheReal *first = NULL;

  for (guint threads = 1; threads <= 4; threads++)
    {
      g_autoptr (LathePool) pool = lathe_pool_new (threads);
      Probe p = probe (graph, pool);
      gsize bytes = BATCH * p.size * sizeof (LatheReal);
      const LatheReal *slopes;

      value (&p);
      slopes = lathe_network_find_slopes (p.network, BATCH, p.by, 0);
      if (first == NULL)
        first = g_memdup2 (slopes, bytes);
      g_assert_cmpmem (slopes, bytes, first, bytes);
      probe_clear (&p);
    }
}

static void
test_features_are_what_the_last_weights_read (void)
{
  static const struct
  {
    const char *preset, *layer;
  } cases[] = {
      {"lenet", "dense-2"},
      {"resnet20", "pool"},
      {"airbench-small", "rescale-1"},
  };
  g_autoptr (LathePool) pool = lathe_pool_new (1);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (LatheGraph) graph = load (cases[i].preset);
      g_autoptr (LatheNetwork) network = lathe_network_new_open (graph, 1, FALSE, pool, NULL);

      g_assert_cmpstr (lathe_graph_get_node (graph, lathe_network_find_features (network))->name, ==, cases[i].layer);
    }
}

/* A chain; norms and sums; depthwise convolutions; dropout; a last layer that is no dense one. */
static const char *const presets[] = {"lenet", "seed", "resnet20", "mobilenet", "airbench-small", "vgg", NULL};

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    GTestDataFunc test;
  } tests[] = {
      {"by-input", test_slopes_by_the_input_are_those_of_small_nudges},
      {"by-layers", test_slopes_by_a_layer_obey_the_chain_rule},
      {"outputs", test_outputs_are_those_of_a_network_that_answers},
      {"threads", test_any_number_of_threads_finds_the_same_bits},
  };

  g_test_init (&argc, &argv, NULL);
  for (const char *const *preset = presets; *preset != NULL; preset++)
    for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
      {
        g_autofree char *path = g_strdup_printf ("/slopes/%s/%s", tests[i].name, *preset);

        g_test_add_data_func (path, *preset, tests[i].test);
      }
  g_test_add_func ("/slopes/features", test_features_are_what_the_last_weights_read);
  return g_test_run ();
}
