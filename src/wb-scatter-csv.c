/* wb-scatter-csv.c: accuracy against what it costs, as a table.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe.h"
#include "wb-scatter.h"
#include "wb-text.h"

static const char *
mark_name (const WbScatterDot *dot)
{
  return dot->mark == WB_SCATTER_FIRST ? "first" : dot->mark == WB_SCATTER_WHOLE ? "finished" : "stopped";
}

char *
wb_scatter_dots_to_csv (const GArray *dots, WbScatterUnit unit)
{
  GString *csv = g_string_new (unit == WB_SCATTER_BYTES ? "network,bytes" : "network,milliseconds");

  g_string_append (csv, ",accuracy,low,high,state,front,change\n");
  for (guint i = 0; dots && i < dots->len; i++)
    {
      const WbScatterDot *dot = &g_array_index (dots, WbScatterDot, i);
      const double values[] = {dot->id, dot->cost, dot->accuracy, dot->low, dot->high};

      wb_text_append_numbers (csv, values, G_N_ELEMENTS (values));
      g_string_truncate (csv, csv->len - 1); /* the line goes on */
      lathe_csv_append (csv, mark_name (dot));
      lathe_csv_append (csv, dot->front ? "yes" : "no");
      lathe_csv_append (csv, dot->name);
      g_string_append_c (csv, '\n');
    }
  return g_string_free (csv, FALSE);
}
