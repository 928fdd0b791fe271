/* test-looks.c: of the looks at layers of a long training a list keeps few, spread evenly.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe.h"

static guint
epoch_at (const GPtrArray *list, guint i)
{
  return ((const LatheLayerLooks *) list->pdata[i])->epoch;
}

static void
assert_even (const GPtrArray *list, guint first, guint last)
{
  guint stride = list->len > 2 ? epoch_at (list, 1) - first : 1;

  g_assert_cmpuint (list->len, <=, LATHE_MOST_LOOKS);
  g_assert_cmpuint (epoch_at (list, 0), ==, first);
  g_assert_cmpuint (epoch_at (list, list->len - 1), ==, last);
  for (guint i = 1; i + 1 < list->len; i++)
    g_assert_cmpuint (epoch_at (list, i), ==, first + i * stride);
  /* No epoch was spared in vain. */
  if (last - first >= LATHE_MOST_LOOKS)
    g_assert_cmpuint (list->len, >=, LATHE_MOST_LOOKS / 2);
  else
    g_assert_cmpuint (list->len, ==, last - first + 1);
}

/* As a training that began at `first` sees it. */
static void
check_growing (guint first)
{
  g_autoptr (GPtrArray) list = lathe_layer_looks_list (NULL);

  lathe_layer_looks_thin (list);
  g_assert_cmpuint (list->len, ==, 0);
  for (guint epoch = first; epoch < first + 3000; epoch++)
    {
      g_ptr_array_add (list, lathe_layer_looks_new (epoch));
      lathe_layer_looks_thin (list);
      assert_even (list, first, epoch);
    }
}

static void
test_growing_list (void)
{
  check_growing (1);
  check_growing (5001);
}

/* What is thinned at the end is what is left of one that was thinned all the time. */
static void
test_whole_list (void)
{
  g_autoptr (GPtrArray) list = lathe_layer_looks_list (NULL);

  for (guint epoch = 1; epoch <= 1000; epoch++)
    g_ptr_array_add (list, lathe_layer_looks_new (epoch));
  lathe_layer_looks_thin (list);
  assert_even (list, 1, 1000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/looks/growing-list", test_growing_list);
  g_test_add_func ("/looks/whole-list", test_whole_list);
  return g_test_run ();
}
