/* test-layers-gradients.c: every gradient is the slope of what the layer computes.
 *
 * Compiled with the engine in double precision. For each layer a small graph is made around it, with random shapes and
 * properties; the loss is moved by nudging one weight both ways, and the difference must be the gradient that
 * backward() found. Weights in front of the layer show the gradient of its input.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "subjects.h"

/* Every subject, with a head that makes a loss of it. */
static void
test_gradient (gconstpointer data)
{
  const Subject *subject = data;

  for (guint i = 0; i < N_CASES; i++)
    {
      Draws draws = {.rng = lathe_rng (i, LATHE_RNG_AUGMENT, 1, 1)};
      g_autoptr (LatheGraph) graph = lathe_graph_new ();
      guint units = draw (&draws, 1, 4);

      add_head (graph, subject->make (graph, &draws, subject->kind), units);
      g_assert_cmpfloat (check_graph (graph, &draws, units), <, TOLERANCE);
    }
}

/* Every subject's gradient, and the penalty on its weights, to the bit. */
static void
test_threads_change_nothing (gconstpointer data)
{
  const Subject *subject = data;

  for (guint i = 0; i < 4; i++)
    {
      g_autofree LatheReal *first = NULL;
      double first_loss = 0;

      for (guint threads = 1; threads <= 3; threads++)
        {
          Draws draws = {.rng = lathe_rng (i, LATHE_RNG_AUGMENT, 7, 1)};
          g_autoptr (LatheGraph) graph = lathe_graph_new ();
          g_autoptr (LathePool) pool = lathe_pool_new (threads);
          g_autoptr (LatheNetwork) network = NULL;
          guint32 labels[5] = {0, 1, 1, 0, 1};
          gsize n;
          double loss;

          add_head (graph, subject->make (graph, &draws, subject->kind), 2);
          network = lathe_network_new (graph, 5, TRUE, pool, NULL);
          lathe_network_initialise (network, 1);
          lathe_network_get_weights (network, &n);
          fill_input (network, 5, &draws);
          loss = mean_loss (network, 5, labels);
          lathe_network_backward (network, 5);
          if (threads == 1)
            {
              first = g_memdup2 (lathe_network_get_gradient (network), n * sizeof (LatheReal));
              first_loss = loss;
            }
          g_assert_cmpfloat (loss, ==, first_loss);
          g_assert_cmpmem (first, n * sizeof (LatheReal), lathe_network_get_gradient (network), n * sizeof (LatheReal));
        }
    }
}

/* The network's own last layer: its activation belongs to the loss. */
static void
test_gradients_through_the_last_activation (void)
{
  static const struct
  {
    guint units;
    const char *layer; /* or the dense layer's own activation */
    double activation;
  } cases[] = {{1, NULL, 2}, {1, "sigmoid", 0}, {4, NULL, 3}, {4, "softmax", 0}, {1, NULL, 0}, {3, NULL, 0}};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Draws draws = {.rng = lathe_rng (i, LATHE_RNG_AUGMENT, 2, 1)};
      g_autoptr (LatheGraph) graph = lathe_graph_new ();
      LatheNode *dense = add_after (graph, add_after (graph, add_tail (graph, &draws, 3, 3, 2), "flatten"), "dense");

      set (graph, dense, "units", cases[i].units);
      set (graph, dense, "activation", cases[i].activation);
      if (cases[i].layer != NULL)
        add_after (graph, dense, cases[i].layer);
      g_assert_cmpfloat (check_graph (graph, &draws, cases[i].units), <, TOLERANCE);
    }
}

/* A layer or a property without a subject that makes something of it would not be proved at all. */
static void
test_each_property_of_each_layer_is_proved (void)
{
  g_autoptr (GHashTable) met = g_hash_table_new (NULL, NULL);
  guint n_kinds;
  const LatheLayerKind *const *kinds = lathe_layer_kinds (&n_kinds);

  for (guint i = 0; i < n_subjects; i++)
    for (guint j = 0; j < N_CASES; j++)
      {
        Draws draws = {.rng = lathe_rng (j, LATHE_RNG_AUGMENT, 1, 1)};
        g_autoptr (LatheGraph) graph = lathe_graph_new ();
        guint units = draw (&draws, 1, 4);

        add_head (graph, subjects[i].make (graph, &draws, subjects[i].kind), units);
        for (guint k = 0; k < lathe_graph_get_n_nodes (graph); k++)
          {
            const LatheNode *node = lathe_graph_get_node (graph, k);

            g_hash_table_add (met, (gpointer) node->kind);
            for (guint l = 0; l < node->kind->n_properties; l++)
              if (node->properties.value[l] != node->kind->properties[l].fallback)
                g_hash_table_add (met, (char *) node->kind + l + 1);
          }
      }
  for (guint i = 0; i < n_kinds; i++)
    {
      if (!g_hash_table_contains (met, kinds[i]))
        g_error ("no subject has a layer %s", kinds[i]->name);
      for (guint j = 0; j < kinds[i]->n_properties; j++)
        if (!g_hash_table_contains (met, (char *) kinds[i] + j + 1))
          g_error ("no subject sets the property %s of %s", kinds[i]->properties[j].name, kinds[i]->name);
    }
}

/* Each row says what it is: the inspector and the documentation have nothing else. */
static void
test_each_layer_and_property_is_explained (void)
{
  guint n_kinds;
  const LatheLayerKind *const *kinds = lathe_layer_kinds (&n_kinds);

  for (guint i = 0; i < n_kinds; i++)
    {
      g_assert_cmpuint (kinds[i]->n_properties, <=, LATHE_MAX_PROPERTIES);
      g_assert_true (g_str_has_suffix (kinds[i]->help, "."));
      for (guint j = 0; j < kinds[i]->n_properties; j++)
        {
          const LatheProperty *property = &kinds[i]->properties[j];

          g_assert_nonnull (property->title);
          g_assert_true (g_str_has_suffix (property->help, "."));
          g_assert_cmpint (lathe_layer_kind_property (kinds[i], property->name), ==, (int) j);
          g_assert_true (lathe_property_check (property, property->fallback, NULL));
          if (property->type == LATHE_PROPERTY_CHOICE)
            g_assert_cmpuint (g_strv_length ((char **) property->choices), ==, (guint) property->maximum + 1);
        }
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < n_subjects; i++)
    {
      g_autofree char *gradient = g_strconcat ("/layers/gradient/", subjects[i].name, NULL);
      g_autofree char *threads = g_strconcat ("/layers/threads/", subjects[i].name, NULL);

      g_test_add_data_func (gradient, &subjects[i], test_gradient);
      g_test_add_data_func (threads, &subjects[i], test_threads_change_nothing);
    }
  g_test_add_func ("/layers/gradient/last-activation", test_gradients_through_the_last_activation);
  g_test_add_func ("/layers/gradient/each-property", test_each_property_of_each_layer_is_proved);
  g_test_add_func ("/layers/explained", test_each_layer_and_property_is_explained);
  return g_test_run ();
}
