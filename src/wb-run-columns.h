/* wb-run-columns.h: what the table of runs says of each run, and of each group of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-run-groups.h"

G_BEGIN_DECLS

typedef struct
{
  const char *title, *hint; /* N_() */
  gboolean number;
  guint chars; /* that it is wide, as long as it is not dragged; the last one has less where there is less room */
  char *(*format) (WbRunItem *item);
  char *(*format_group) (WbRunGroup *group); /* NULL: as its best run's */
  int (*compare) (const LatheRun *a, const LatheRun *b);
} WbRunColumn;

extern const WbRunColumn wb_run_columns[]; /* ends with one without a title; the first one names the row */

/* `item`: a WbRunItem or a WbRunGroup. (transfer full) */
char *wb_run_column_format (const WbRunColumn *column, gpointer item);
/* Of two of them; `column` is a WbRunColumn that can be compared by. A GCompareDataFunc. */
int wb_run_column_compare (gconstpointer a, gconstpointer b, gpointer column);

G_END_DECLS
