/* lathe-prediction-table.c: what a model said of many files, as a table for other programs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-prediction-table.h"

#include "formats/lathe-table.h"

GString *
lathe_prediction_table_new (void)
{
  return g_string_new ("file,label,probability,known\n");
}

void
lathe_prediction_table_add (GString *table, const LathePredictionRow *row)
{
  g_autofree char *name = g_filename_display_name (row->file);
  char probability[G_ASCII_DTOSTR_BUF_SIZE] = "";

  lathe_csv_append (table, name);
  lathe_csv_append (table, row->label != NULL ? row->label : "");
  if (row->label != NULL)
    g_ascii_formatd (probability, sizeof probability, "%.9g", row->probability);
  lathe_csv_append (table, probability);
  lathe_csv_append (table, row->label == NULL ? "" : row->known ? "true" : "false");
  g_string_append_c (table, '\n');
}
