/* lathe-prediction-table.h: what a model said of many files, as a table for other programs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What was said of one file. */
typedef struct
{
  const char *file;  /* a path, shown as well as it can be where it is no UTF-8 */
  const char *label; /* the likeliest; NULL: the file cannot be read, and the fields that follow are empty */
  double probability;
  gboolean known; /* the probability is the threshold, or more */
} LathePredictionRow;

/* Comma-separated values (RFC 4180), with lines that end in LF: file, label, probability, known (true or false). */
GString *lathe_prediction_table_new (void);
void lathe_prediction_table_add (GString *table, const LathePredictionRow *row);

G_END_DECLS
