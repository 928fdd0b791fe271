/* lathe-graph-vary.c: a network next to another: one change that someone might try. The changes are in its neighbours:
 * see lathe-variation.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-graph-vary.h"

#include <glib/gi18n-lib.h>

#include "lathe-mending.h"
#include "lathe-variation.h"

#define TRIES 64
#define MENDS 3 /* errors that one change may bring and that advice clears */

/* Width comes twice: it is what changes cost and accuracy most evenly. */
static const LatheMove moves[] = {
    lathe_vary_width,       lathe_vary_width,        lathe_vary_all_widths, lathe_vary_deeper,    lathe_vary_shallower,
    lathe_vary_more_blocks, lathe_vary_fewer_blocks, lathe_vary_kernel,     lathe_vary_separable, lathe_vary_pooling,
    lathe_vary_ending,      lathe_vary_activation,   lathe_vary_norms,      lathe_vary_dropout,
};

/* --- What moves ask --- */

guint
lathe_variation_below (LatheVariation *variation, guint bound)
{
  return lathe_rng_below (variation->rng, (*variation->drawn)++, bound);
}

/* Returns: TRUE, so that a move can end with it */
gboolean
lathe_variation_say (LatheVariation *variation, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_free (variation->change);
  variation->change = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return TRUE;
}

/* One of the nodes that suit, each as likely as the others; NULL: none does. */
LatheNode *
lathe_variation_pick (LatheVariation *variation, LatheSuitsFunc suits)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();

  for (guint i = 0; i < variation->graph->nodes->len; i++)
    if (suits (variation, variation->graph->nodes->pdata[i]))
      g_ptr_array_add (found, variation->graph->nodes->pdata[i]);
  return found->len > 0 ? found->pdata[lathe_variation_below (variation, found->len)] : NULL;
}

const LatheShape *
lathe_variation_input (const LatheVariation *variation, const LatheNode *node)
{
  return &variation->report->nodes[node->index].input;
}

/* The one node that reads this one; NULL: none does, or several. */
LatheNode *
lathe_variation_reader (const LatheVariation *variation, const LatheNode *node)
{
  const guint *first = variation->readers.first;

  if (first[node->index + 1] - first[node->index] != 1)
    return NULL;
  return variation->graph->nodes->pdata[variation->readers.to[first[node->index]]];
}

gboolean
lathe_node_is (const LatheNode *node, const char *kind)
{
  return g_str_equal (node->kind->name, kind);
}

/* A convolution that is free to be another: all channels to all filters, and its weights are trained. */
gboolean
lathe_node_is_plain_convolution (const LatheNode *node)
{
  return lathe_node_is (node, "conv2d") && lathe_node_get (node, "groups") == 1 &&
         lathe_node_has_choice (node, "frozen", "no");
}

/* NULL where the layer has no such property. */
const char *
lathe_node_get_choice (const LatheNode *node, const char *property)
{
  int index = lathe_layer_kind_property (node->kind, property);

  return index >= 0 ? node->kind->properties[index].choices[(int) node->properties.value[index]] : NULL;
}

/* Whether it is more than linear: an activation, or a layer that has one. */
gboolean
lathe_node_bends (const LatheNode *node)
{
  const char *activation = lathe_node_get_choice (node, "activation");

  return node->kind->group == LATHE_LAYER_GROUP_ACTIVATION || (activation != NULL && !g_str_equal (activation, "none"));
}

LathePart
lathe_variation_part (const LatheVariation *variation, LatheNode *node)
{
  LathePart part = {{node}, 1};

  for (LatheNode *next = lathe_variation_reader (variation, node); next != NULL && part.n < LATHE_MAX_PIECE;
       next = lathe_variation_reader (variation, next))
    {
      if (next->inputs->len != 1 ||
          (next->kind->group != LATHE_LAYER_GROUP_ACTIVATION && next->kind->group != LATHE_LAYER_GROUP_REGULARISATION))
        break;
      part.nodes[part.n++] = next;
    }
  return part;
}

/* --- Trying --- */

static void
variation_clear (LatheVariation *variation)
{
  g_clear_pointer (&variation->graph, lathe_graph_free);
  g_clear_pointer (&variation->report, lathe_graph_report_free);
  g_clear_pointer (&variation->change, g_free);
  lathe_readers_clear (&variation->readers);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheVariation, variation_clear)

/* Takes the best advice for the first layer that does not work. FALSE: there is none. */
static gboolean
mend (LatheVariation *variation, const LatheGraphReport *report)
{
  for (guint i = 0; i < report->n_nodes; i++)
    {
      g_autoptr (GPtrArray) advice = NULL;
      g_autofree char *before = NULL;
      const LatheAdvice *best;

      if (report->nodes[i].error == NULL)
        continue;
      advice = lathe_graph_advise (variation->graph, report, i);
      g_ptr_array_set_free_func (advice, (GDestroyNotify) lathe_advice_free);
      if (advice->len == 0)
        return FALSE;
      best = advice->pdata[0];
      before = g_steal_pointer (&variation->change);
      lathe_graph_free (variation->graph);
      variation->graph = lathe_graph_copy (best->mended);
      /* Translators: two changes of a network, of which the second makes the first possible */
      return lathe_variation_say (variation, _ ("%s, %s"), before, best->button);
    }
  return FALSE;
}

static const LatheShape *
output_shape (const LatheGraphReport *report)
{
  return &report->nodes[report->output].output;
}

/* The same images in, the same answers out. */
static gboolean
answers_alike (const LatheGraph *graph, const LatheGraphReport *report, const LatheGraph *other,
               const LatheGraphReport *other_report)
{
  LatheShape input, other_input;

  return lathe_graph_get_input (graph, &input) && lathe_graph_get_input (other, &other_input) &&
         lathe_shape_equal (&input, &other_input) &&
         lathe_shape_equal (output_shape (report), output_shape (other_report));
}

static gboolean
works (LatheVariation *variation, const LatheGraph *origin)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (variation->graph);

  for (guint i = 0; i < MENDS && !report->works; i++)
    {
      if (!mend (variation, report))
        return FALSE;
      lathe_graph_report_free (report);
      report = lathe_graph_check (variation->graph);
    }
  return report->works && report->parameters > report->states &&
         answers_alike (variation->graph, report, origin, variation->report) &&
         !lathe_graph_same_network (variation->graph, origin);
}

/**
 * lathe_graph_vary:
 * @graph: works
 * @rng: decides what is changed; the same draws give the same network
 * @change: (out): what is another, in words: "conv2d-2: 64 → 96 filters"
 *
 * Takes time by some dozens of checks.
 *
 * Returns: (transfer full) (nullable): a network that works, takes the same images and gives as many answers, and is
 * another; NULL when none was found
 */
LatheGraph *
lathe_graph_vary (const LatheGraph *graph, const LatheRng *rng, char **change)
{
  guint32 drawn = 0;

  for (guint i = 0; i < TRIES; i++)
    {
      g_auto (LatheVariation) variation = {
          .graph = lathe_graph_copy (graph),
          .report = lathe_graph_check (graph),
          .rng = rng,
          .drawn = &drawn,
      };

      g_return_val_if_fail (variation.report->works, NULL);

      lathe_readers_init (&variation.readers, variation.graph);
      if (!moves[lathe_variation_below (&variation, G_N_ELEMENTS (moves))](&variation) || !works (&variation, graph))
        continue;
      *change = g_steal_pointer (&variation.change);
      return g_steal_pointer (&variation.graph);
    }
  return NULL;
}
