/* lathe-graph-advice.c: what would mend a network that does not work: each way is tried, and kept if it helps. The
 * ways are in lathe-graph-mend.c and its neighbours.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-graph-advice.h"

#include <glib/gi18n-lib.h>

#include "lathe-graph-edit.h"
#include "lathe-graph-private.h"
#include "lathe-mending.h"

#define MAX_TRIED 48 /* ways, for one layer */

void
lathe_advice_free (LatheAdvice *advice)
{
  g_free (advice->sentence);
  g_free (advice->button);
  lathe_graph_free (advice->mended);
  g_free (advice);
}

static GPtrArray *
new_list (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_advice_free);
}

/* --- Trying --- */

/* A copy to change; NULL once there is enough advice, or enough was tried. */
LatheGraph *
lathe_mending_begin (LatheMending *mending)
{
  if (mending->found->len >= LATHE_MAX_ADVICE || mending->n_tried++ >= MAX_TRIED)
    return NULL;
  return lathe_graph_copy (mending->graph);
}

const LatheShape *
lathe_mending_shape (const LatheMending *mending, const LatheNode *node)
{
  return &mending->report->nodes[node->index].output;
}

/* The same node in a copy, as long as nothing moved there. */
LatheNode *
lathe_mending_node (LatheGraph *copy, const LatheNode *node)
{
  return lathe_graph_get_node (copy, node->index);
}

typedef enum
{
  HELPS,
  REVEALS, /* helps, but what stood behind the error does not work either, or no more */
  FAILS
} Outcome;

/* What to make of an error that is left. */
static Outcome
judge_error (const LatheMending *mending, const LatheNode *node)
{
  const LatheNode *before = lathe_graph_find (mending->graph, node->name);
  const LatheNodeReport *report = before != NULL ? &mending->report->nodes[before->index] : NULL;

  if (report == NULL || before == mending->node)
    return FAILS;
  if (report->error != NULL)
    return HELPS;
  return report->output.rank == 0 ? REVEALS : FAILS;
}

static Outcome
judge (const LatheMending *mending, const LatheGraph *mended)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (mended);
  const LatheNode *node = lathe_graph_find (mended, mending->node->name);
  Outcome worst = HELPS;

  if (node != NULL && report->nodes[node->index].output.rank == 0)
    return FAILS;
  if (report->error != NULL && mending->report->error == NULL)
    return FAILS;
  for (guint i = 0; i < report->n_nodes; i++)
    if (report->nodes[i].error != NULL)
      worst = MAX (worst, judge_error (mending, lathe_graph_get_node (mended, i)));
  return worst;
}

static gboolean
is_among (GPtrArray *list, const LatheGraph *mended)
{
  for (guint i = 0; i < list->len; i++)
    if (lathe_graph_equal (((LatheAdvice *) list->pdata[i])->mended, mended))
      return TRUE;
  return FALSE;
}

/* Takes all three, and keeps them if that helps. */
void
lathe_mending_offer (LatheMending *mending, LatheGraph *graph, char *sentence, char *button)
{
  LatheAdvice *advice = g_new (LatheAdvice, 1);
  Outcome outcome = judge (mending, graph);
  GPtrArray *list = outcome == HELPS ? mending->found : mending->revealing;

  *advice = (LatheAdvice){.sentence = sentence, .button = button, .mended = graph};
  if (outcome == FAILS || list->len >= LATHE_MAX_ADVICE || is_among (list, graph))
    lathe_advice_free (advice);
  else
    g_ptr_array_add (list, advice);
}

/* --- Properties by name --- */

double
lathe_node_get (const LatheNode *node, const char *property)
{
  int index = lathe_layer_kind_property (node->kind, property);

  return index >= 0 ? node->properties.value[index] : 0;
}

/* "filters" or "units": what says how many channels come out; NULL: nothing does. */
const char *
lathe_node_width_property (const LatheNode *node)
{
  static const char *const names[] = {"filters", "units"};

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (lathe_layer_kind_property (node->kind, names[i]) >= 0)
      return names[i];
  return NULL;
}

gboolean
lathe_node_set_number (LatheNode *node, const char *property, double value)
{
  int index = lathe_layer_kind_property (node->kind, property);

  if (index < 0 || !lathe_property_check (&node->kind->properties[index], value, NULL))
    return FALSE;
  node->properties.value[index] = value;
  return TRUE;
}

gboolean
lathe_node_set_choice (LatheNode *node, const char *property, const char *choice)
{
  int index = lathe_layer_kind_property (node->kind, property);

  return index >= 0 &&
         lathe_property_parse (&node->kind->properties[index], choice, &node->properties.value[index], NULL);
}

gboolean
lathe_node_has_choice (const LatheNode *node, const char *property, const char *choice)
{
  int index = lathe_layer_kind_property (node->kind, property);
  const LatheProperty *row = index >= 0 ? &node->kind->properties[index] : NULL;

  return row != NULL && row->type == LATHE_PROPERTY_CHOICE &&
         g_str_equal (row->choices[(int) node->properties.value[index]], choice);
}

/* --- Asking --- */

/**
 * lathe_graph_advise:
 * @report: of lathe_graph_check(), for this graph
 * @node: the index of a layer with an error
 *
 * What would mend a layer, the best first. Each way was tried: it clears the layer's error, and makes no other; only
 * where there is no such way, those that bring to light what else does not work behind it. Takes time by some dozens of
 * checks.
 *
 * Returns: (transfer full) (element-type LatheAdvice): at most LATHE_MAX_ADVICE; empty where nothing is known to help
 */
GPtrArray *
lathe_graph_advise (const LatheGraph *graph, const LatheGraphReport *report, guint node)
{
  static void (*const ways[]) (LatheMending *) = {
      lathe_mend_inputs,  lathe_mend_kind_of_input, lathe_mend_groups, lathe_mend_windows,
      lathe_mend_reshape, lathe_mend_units,         lathe_mend_merge,  lathe_mend_ends,
  };
  g_autoptr (GPtrArray) found = new_list (), revealing = new_list ();
  LatheMending mending = {.graph = graph, .report = report, .found = found, .revealing = revealing};

  g_return_val_if_fail (node < report->n_nodes, NULL);

  mending.node = lathe_graph_get_node (graph, node);
  for (guint i = 0; i < G_N_ELEMENTS (ways) && report->nodes[node].error != NULL; i++)
    ways[i](&mending);
  return found->len > 0 ? g_steal_pointer (&found) : g_steal_pointer (&revealing);
}

/* --- As many outputs as classes --- */

static gboolean
fits_classes (const LatheGraph *graph, guint n_classes)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  gsize n = report->output >= 0 ? lathe_shape_size (&report->nodes[report->output].output) : 0;

  return report->works && (n == n_classes || (n == 1 && n_classes == 2));
}

/* Takes all three, as lathe_mending_offer(). */
static void
offer_classes (GPtrArray *found, LatheGraph *graph, guint n_classes, char *sentence, const char *button)
{
  LatheAdvice *advice = g_new (LatheAdvice, 1);

  *advice = (LatheAdvice){.sentence = sentence, .button = g_strdup (button), .mended = graph};
  if (fits_classes (graph, n_classes) && !is_among (found, graph))
    g_ptr_array_add (found, advice);
  else
    lathe_advice_free (advice);
}

/* The last layer with units, behind which the numbers stay as many. */
static LatheNode *
find_last_units (const LatheGraph *graph, const LatheGraphReport *report)
{
  LatheNode *node = lathe_graph_get_node (graph, (guint) report->output);

  while (lathe_layer_kind_property (node->kind, "units") < 0)
    {
      if (node->inputs->len != 1 || node->kind->parameters != NULL)
        return NULL;
      node = node->inputs->pdata[0];
    }
  return node;
}

static void
add_classifier (GPtrArray *found, const LatheGraph *graph, guint output, const char *pooling, guint n_classes)
{
  LatheGraph *mended = lathe_graph_copy (graph);
  LatheNode *end = lathe_graph_get_node (mended, output);

  if (pooling != NULL)
    end = lathe_graph_add_after (mended, lathe_layer_kind_find (pooling), end);
  end = end != NULL ? lathe_graph_add_after (mended, lathe_layer_kind_find ("dense"), end) : NULL;
  if (end == NULL)
    {
      lathe_graph_free (mended);
      return;
    }
  lathe_node_set_classes (end, n_classes);
  offer_classes (
      found, mended, n_classes,
      g_strdup_printf (_ ("A dense layer at the end gives as many answers as the dataset has classes, %u."), n_classes),
      _ ("Add a Dense Layer"));
}

/**
 * lathe_graph_advise_classes:
 * @report: of lathe_graph_check(), for this graph
 *
 * What would make a network answer for so many classes, the best first; each way was tried.
 *
 * Returns: (transfer full) (element-type LatheAdvice): empty also where it answers so, or does not work at all
 */
GPtrArray *
lathe_graph_advise_classes (const LatheGraph *graph, const LatheGraphReport *report, guint n_classes)
{
  GPtrArray *found = new_list ();
  LatheNode *units;

  if (!report->works || fits_classes (graph, n_classes))
    return found;
  units = find_last_units (graph, report);
  if (units != NULL)
    {
      LatheGraph *mended = lathe_graph_copy (graph);

      if ((int) units->index == report->output)
        lathe_node_set_classes (lathe_mending_node (mended, units), n_classes);
      else
        lathe_node_set_number (lathe_mending_node (mended, units), "units", n_classes);
      offer_classes (found, mended, n_classes,
                     g_strdup_printf (_ ("“%s” gets an answer for each of the %u classes."), units->name, n_classes),
                     _ ("Adapt the Last Layer"));
    }
  add_classifier (found, graph, (guint) report->output, NULL, n_classes);
  add_classifier (found, graph, (guint) report->output, "global-average-pool", n_classes);
  add_classifier (found, graph, (guint) report->output, "flatten", n_classes);
  return found;
}
