/* test-plot-tables.c: what the plots of many runs and networks are as tables.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-run-values.h"
#include "wb-scatter.h"

#include <math.h>

static void
test_runs_are_a_line_each_with_a_column_for_each_axis (void)
{
  WbRunAxis axes[] = {{.title = "Validation accuracy"}, {.title = "Rate, \"learning\""}};
  gint64 ids[] = {12, 7};
  double numbers[] = {98.5, 0.001, NAN, 1e-05};
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (WbRunAxis));
  const WbRunValues values = {.axes = list, .n_runs = 2, .n_all = 2, .ids = ids, .values = numbers};
  g_autofree char *none = wb_run_values_to_csv (&values);
  g_autofree char *table = NULL;

  g_assert_cmpstr (none, ==, "run\n12\n7\n");
  g_array_append_vals (list, axes, G_N_ELEMENTS (axes));
  table = wb_run_values_to_csv (&values);
  g_assert_cmpstr (table, ==, "run,Validation accuracy,\"Rate, \"\"learning\"\"\"\n12,98.5,0.001\n7,,1e-05\n");
}

static void
test_networks_are_a_line_each_with_their_change_quoted (void)
{
  const WbScatterDot given[] = {
      {0, (char *) "as it was", 1.25, 0.5, 0.4, 0.6, WB_SCATTER_FIRST, FALSE},
      {3, (char *) "64, not \"32\",\nfilters", 1e6, NAN, NAN, NAN, WB_SCATTER_PART, TRUE},
      {4, (char *) "", 2, 0.75, 0.7, 0.8, WB_SCATTER_WHOLE, TRUE},
  };
  g_autoptr (GArray) dots = g_array_new (FALSE, FALSE, sizeof (WbScatterDot));
  g_autofree char *none = wb_scatter_dots_to_csv (NULL, WB_SCATTER_BYTES), *table = NULL;

  g_assert_cmpstr (none, ==, "network,bytes,accuracy,low,high,state,front,change\n");
  g_array_append_vals (dots, given, G_N_ELEMENTS (given));
  table = wb_scatter_dots_to_csv (dots, WB_SCATTER_MILLISECONDS);
  g_assert_cmpstr (table, ==,
                   "network,milliseconds,accuracy,low,high,state,front,change\n"
                   "0,1.25,0.5,0.4,0.6,first,no,as it was\n"
                   "3,1000000,,,,stopped,yes,\"64, not \"\"32\"\",\nfilters\"\n"
                   "4,2,0.75,0.7,0.8,finished,yes,\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plot-tables/runs", test_runs_are_a_line_each_with_a_column_for_each_axis);
  g_test_add_func ("/plot-tables/networks", test_networks_are_a_line_each_with_their_change_quoted);
  return g_test_run ();
}
