/* lathe-graph-vary-width.c: wider and narrower layers.
 *
 * Where branches are added up, their channels are as many: the layers that make them have one width, and change it
 * together. Such layers are one set, found by walking the graph once in order: a layer that makes channels begins a
 * set, one that keeps them is in the set of its input, and one that adds makes one of its inputs' sets.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "lathe-mending.h"
#include "lathe-variation.h"

#define LEAST 2
#define ROUND_FROM 16 /* from here on widths are multiples of eight, which vectors like */

/* A width is multiplied by one of these. */
static const struct
{
  double factor;
  const char *text;
} factors[] = {{0.5, "½"}, {2.0 / 3, "⅔"}, {1.5, "1½"}, {2, "2"}};

typedef struct
{
  guint *parent;   /* of each node, its way to the set's first: union-find (Tarjan 1975) */
  gboolean *fixed; /* by a set's first: its width is not to be changed */
  guint n;
} Sets;

static void
sets_clear (Sets *sets)
{
  g_free (sets->parent);
  g_free (sets->fixed);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sets, sets_clear)

static guint
find (const Sets *sets, guint node)
{
  while (sets->parent[node] != node)
    node = sets->parent[node] = sets->parent[sets->parent[node]];
  return node;
}

static void
join (Sets *sets, guint a, guint b)
{
  guint first = find (sets, a), other = find (sets, b);

  sets->parent[other] = first;
  sets->fixed[first] |= sets->fixed[other];
}

static gboolean
is_depthwise (const LatheVariation *variation, const LatheNode *node)
{
  const LatheShape *input = lathe_variation_input (variation, node);
  double groups = lathe_node_get (node, "groups");

  return groups > 1 && input->rank == 3 && groups == input->dim[2] && groups == lathe_node_get (node, "filters");
}

/* What a node's channels have to do with those of its inputs. */
static void
place (Sets *sets, const LatheVariation *variation, const LatheNode *node)
{
  const LatheLayerGroup group = node->kind->group;
  gboolean keeps = group == LATHE_LAYER_GROUP_POOLING || group == LATHE_LAYER_GROUP_ACTIVATION ||
                   group == LATHE_LAYER_GROUP_REGULARISATION || lathe_node_is (node, "add") ||
                   lathe_node_is (node, "multiply") || lathe_node_is (node, "rescale") ||
                   is_depthwise (variation, node);

  sets->fixed[node->index] =
      !keeps && (lathe_node_width_property (node) == NULL || lathe_node_get (node, "groups") > 1 ||
                 !lathe_node_has_choice (node, "frozen", "no"));
  for (guint i = 0; i < node->inputs->len && keeps; i++)
    join (sets, ((LatheNode *) node->inputs->pdata[i])->index, node->index);
}

static void
find_sets (Sets *sets, const LatheVariation *variation)
{
  const LatheGraphReport *report = variation->report;

  *sets = (Sets){g_new (guint, report->n_nodes), g_new0 (gboolean, report->n_nodes), report->n_nodes};
  for (guint i = 0; i < report->n_nodes; i++)
    sets->parent[i] = i;
  for (guint i = 0; i < report->n_nodes; i++)
    place (sets, variation, variation->graph->nodes->pdata[report->order[i]]);
  sets->fixed[find (sets, (guint) report->output)] = TRUE;
}

static gboolean
is_member (const Sets *sets, const LatheNode *node, guint set)
{
  return find (sets, node->index) == set && lathe_node_width_property (node) != NULL;
}

static double
scale (double width, double factor)
{
  double scaled = width * factor;

  return MAX (LEAST, scaled >= ROUND_FROM ? 8 * round (scaled / 8) : round (scaled));
}

/* All members of a set, which are as wide. Returns the first of them; NULL: the set has none, or stays as it is. */
static LatheNode *
change_set (const Sets *sets, LatheVariation *variation, guint set, double factor, double *before, double *after,
            guint *n_changed)
{
  LatheNode *first = NULL;

  *n_changed = 0;
  for (guint i = 0; i < sets->n; i++)
    {
      LatheNode *node = variation->graph->nodes->pdata[i];
      gboolean depthwise = is_depthwise (variation, node);

      if (!is_member (sets, node, set))
        continue;
      if (first == NULL)
        {
          *before = lathe_node_get (node, lathe_node_width_property (node));
          *after = scale (*before, factor);
        }
      if (*after == *before || !lathe_node_set_number (node, lathe_node_width_property (node), *after))
        return NULL;
      if (depthwise)
        lathe_node_set_number (node, "groups", *after);
      first = first != NULL ? first : node;
      (*n_changed)++;
    }
  return first;
}

/* A set that may change: those of several layers are no likelier than others. */
static gboolean
pick_set (const Sets *sets, LatheVariation *variation, guint *set)
{
  g_autofree gboolean *has_members = g_new0 (gboolean, sets->n);
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < sets->n; i++)
    if (lathe_node_width_property (variation->graph->nodes->pdata[i]) != NULL)
      has_members[find (sets, i)] = TRUE;
  for (guint i = 0; i < sets->n; i++)
    if (has_members[i] && !sets->fixed[i])
      g_array_append_val (found, i);
  if (found->len == 0)
    return FALSE;
  *set = g_array_index (found, guint, lathe_variation_below (variation, found->len));
  return TRUE;
}

static gboolean
say_width (LatheVariation *variation, const LatheNode *first, guint n_changed, double before, double after)
{
  gboolean units = g_str_equal (lathe_node_width_property (first), "units");
  g_autofree char *others = NULL;

  if (n_changed == 1)
    return lathe_variation_say (variation, units ? _ ("%s: %.0f → %.0f units") : _ ("%s: %.0f → %.0f filters"),
                                first->name, before, after);
  /* Translators: the name of a layer, and how many others change as it does */
  others = g_strdup_printf (ngettext ("%s and %u more", "%s and %u more", n_changed - 1), first->name, n_changed - 1);
  return lathe_variation_say (variation, units ? _ ("%s: %.0f → %.0f units") : _ ("%s: %.0f → %.0f filters"), others,
                              before, after);
}

/* One layer, with those that have to be as wide. */
gboolean
lathe_vary_width (LatheVariation *variation)
{
  g_auto (Sets) sets;
  double factor = factors[lathe_variation_below (variation, G_N_ELEMENTS (factors))].factor, before, after;
  guint set, n_changed;
  const LatheNode *first;

  find_sets (&sets, variation);
  if (!pick_set (&sets, variation, &set))
    return FALSE;
  first = change_set (&sets, variation, set, factor, &before, &after, &n_changed);
  return first != NULL && say_width (variation, first, n_changed, before, after);
}

/* All layers but the last: the width multiplier of Howard et al. 2017, “MobileNets”. */
gboolean
lathe_vary_all_widths (LatheVariation *variation)
{
  guint picked = lathe_variation_below (variation, G_N_ELEMENTS (factors)), n_sets = 0, n_changed;
  g_auto (Sets) sets;
  double before, after;

  find_sets (&sets, variation);
  for (guint i = 0; i < sets.n; i++)
    if (find (&sets, i) == i && !sets.fixed[i])
      n_sets += change_set (&sets, variation, i, factors[picked].factor, &before, &after, &n_changed) != NULL;
  /* Translators: a number such as ½ or 2 */
  return n_sets > 1 && lathe_variation_say (variation, _ ("all layers %s times as wide"), factors[picked].text);
}
