/* graphs.c: networks in a line, and edits at random.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "graphs.h"

#include <string.h>

#define MOST 60 /* layers that random edits leave */

LatheGraph *
graphs_preset (const char *name)
{
  g_autoptr (GError) error = NULL;
  LatheGraph *graph = lathe_preset_load (name, &error);

  g_assert_no_error (error);
  return graph;
}

LatheNode *
graphs_node (const LatheGraph *graph, const char *name)
{
  LatheNode *node = lathe_graph_find (graph, name);

  if (node == NULL)
    g_error ("there is no layer %s", name);
  return node;
}

static void
set_property (LatheGraph *graph, LatheNode *node, const char *assignment)
{
  g_auto (GStrv) parts = g_strsplit (assignment, "=", 2);
  int index = lathe_layer_kind_property (node->kind, parts[0]);
  g_autoptr (GError) error = NULL;
  double value;

  g_assert_cmpint (index, >=, 0);
  lathe_property_parse (&node->kind->properties[index], parts[1], &value, &error);
  g_assert_no_error (error);
  lathe_graph_set (graph, node, parts[0], value, &error);
  g_assert_no_error (error);
}

LatheGraph *
graphs_make (const char *text)
{
  LatheGraph *graph = lathe_graph_new ();
  g_auto (GStrv) lines = g_strsplit (text, "; ", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);
      LatheNode *node = lathe_graph_add (graph, lathe_layer_kind_find (words[1]), words[0]);

      for (guint j = 2; words[j] != NULL; j++)
        {
          g_auto (GStrv) sources = g_strsplit (words[j], ",", -1);

          if (strchr (words[j], '=') != NULL)
            set_property (graph, node, words[j]);
          else
            for (guint k = 0; sources[k] != NULL; k++)
              lathe_graph_connect (graph, graphs_node (graph, sources[k]), node);
        }
    }
  return graph;
}

char *
graphs_outline (const LatheGraph *graph)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    {
      const LatheNode *node = lathe_graph_get_node (graph, i);

      g_string_append_printf (text, i > 0 ? " %s" : "%s", node->name);
      for (guint j = 0; j < node->inputs->len; j++)
        g_string_append_printf (text, "%s%s", j > 0 ? "," : "(", ((LatheNode *) node->inputs->pdata[j])->name);
      if (node->inputs->len > 0)
        g_string_append_c (text, ')');
    }
  return g_string_free (text, FALSE);
}

void
graphs_assert_outline (const LatheGraph *graph, const char *outline)
{
  g_autofree char *own = graphs_outline (graph);

  g_assert_cmpstr (own, ==, outline);
  graphs_assert_sound (graph);
}

void
graphs_assert_sound (const LatheGraph *graph)
{
  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    {
      const LatheNode *node = lathe_graph_get_node (graph, i);

      g_assert_cmpuint (node->index, ==, i);
      g_assert_true (lathe_graph_find (graph, node->name) == node);
      g_assert_cmpuint (node->inputs->len, <=, node->kind->max_inputs);
      for (guint j = 0; j < node->inputs->len; j++)
        {
          const LatheNode *from = node->inputs->pdata[j];

          g_assert_cmpuint (from->index, <, i);
          g_assert_true (lathe_graph_get_node (graph, from->index) == from);
          for (guint k = 0; k < j; k++)
            g_assert_true (node->inputs->pdata[k] != from);
        }
    }
}

/* --- Edits at random --- */

static LatheNode *
any_node (LatheGraph *graph, GRand *rng)
{
  return lathe_graph_get_node (graph, (guint) g_rand_int_range (rng, 0, (gint) lathe_graph_get_n_nodes (graph)));
}

static const LatheLayerKind *
any_kind (GRand *rng)
{
  guint n;
  const LatheLayerKind *const *kinds = lathe_layer_kinds (&n);

  return kinds[g_rand_int_range (rng, 0, (gint) n)];
}

static guint
any_nodes (LatheGraph *graph, GRand *rng, LatheNode *nodes[4])
{
  guint n = (guint) g_rand_int_range (rng, 1, 5);

  for (guint i = 0; i < n; i++)
    nodes[i] = any_node (graph, rng);
  return n;
}

static void
edit_edges (LatheGraph *graph, GRand *rng)
{
  LatheNode *from = any_node (graph, rng), *to = any_node (graph, rng);
  gboolean can = lathe_graph_can_connect (graph, from, to, NULL);

  if (to->inputs->len > 0 && g_rand_boolean (rng))
    lathe_graph_unlink (graph, to->inputs->pdata[0], to);
  else
    g_assert_cmpint (lathe_graph_link (graph, from, to, NULL), ==, can);
}

static void
edit_nodes (LatheGraph *graph, GRand *rng)
{
  LatheNode *node = any_node (graph, rng);

  switch (g_rand_int_range (rng, 0, 4))
    {
    case 0:
      lathe_graph_add_after (graph, any_kind (rng), node);
      break;
    case 1:
      if (node->inputs->len > 0)
        lathe_graph_add_between (graph, any_kind (rng), node->inputs->pdata[0], node);
      break;
    case 2:
      lathe_graph_replace_kind (graph, node, any_kind (rng));
      break;
    default:
      lathe_graph_add (graph, lathe_layer_kind_find ("relu"), NULL);
    }
}

static void
edit_parts (LatheGraph *graph, GRand *rng)
{
  LatheNode *nodes[4], *after = g_rand_boolean (rng) ? any_node (graph, rng) : NULL;
  guint n = any_nodes (graph, rng, nodes);
  g_autofree char *text = lathe_graph_extract (graph, nodes, n);
  g_autoptr (GPtrArray) added = NULL;

  switch (g_rand_int_range (rng, 0, 4))
    {
    case 0:
      added = lathe_graph_paste (graph, text, after, NULL);
      break;
    case 1:
      lathe_graph_set_group (graph, nodes, n, g_rand_boolean (rng) ? "" : nodes[0]->group);
      break;
    case 2:
      if (nodes[0]->group != NULL)
        lathe_graph_repeat (graph, nodes[0]->group, (guint) g_rand_int_range (rng, 1, 4), NULL);
      break;
    default:
      lathe_graph_remove_nodes (graph, nodes, n);
    }
}

static void
edit_card (LatheGraph *graph, GRand *rng)
{
  LatheNode *node = any_node (graph, rng);
  g_autofree char *name = g_strdup_printf ("layer “%u”", g_rand_int_range (rng, 0, 100));

  if (g_rand_boolean (rng))
    {
      lathe_graph_rename (graph, node, name, NULL);
      return;
    }
  node->placed = TRUE;
  node->x = g_rand_double_range (rng, -1000, 1000);
  node->y = g_rand_double_range (rng, -1000, 1000);
}

void
graphs_edit (LatheGraph *graph, GRand *rng)
{
  static void (*const edits[]) (LatheGraph *, GRand *) = {edit_edges, edit_nodes, edit_parts, edit_card};
  LatheNode *nodes[4];
  guint n;

  edits[g_rand_int_range (rng, 0, G_N_ELEMENTS (edits))](graph, rng);
  while (lathe_graph_get_n_nodes (graph) > MOST)
    {
      n = any_nodes (graph, rng, nodes);
      lathe_graph_remove_nodes (graph, nodes, n);
    }
}
