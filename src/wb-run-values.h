/* wb-run-values.h: settings and scores of many runs, as numbers to be drawn.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"

G_BEGIN_DECLS

/* A setting or a score that is not the same in all runs. */
typedef struct
{
  const char *title;          /* translated */
  const char *const *choices; /* N_(): of a setting that is one of some names; else NULL */
  gboolean score;             /* what came of it; else what was set */
  gboolean percent;           /* values are in percent */
  gboolean logarithmic;       /* it is its ratios that matter; all values are above 0 */
  double low, high;           /* between which all values are */
} WbRunAxis;

/* Immutable. */
typedef struct
{
  GArray *axes; /* (element-type WbRunAxis): the accuracy on the validation side first, then scores, then settings */
  guint n_runs; /* that there are values of: the newest */
  guint n_all;  /* that there are */
  gint64 *ids;
  char **titles, **settings; /* those that vary, in words */
  double *values;            /* n_runs × n axes; NAN: not known, or without meaning for this run */
} WbRunValues;

#define WB_RUN_VALUES_MOST 500 /* runs: more would be a blot, and too slow to draw */

/* On a thread. (transfer full) */
WbRunValues *wb_run_values_read (const char *list, GError **error);
void wb_run_values_free (WbRunValues *values);
double wb_run_values_get (const WbRunValues *values, guint run, guint axis);
const WbRunAxis *wb_run_values_get_axis (const WbRunValues *values, guint axis);
/* (transfer full) A table: a line for each run, a column for each axis; what is not known is an empty field. */
char *wb_run_values_to_csv (const WbRunValues *values);
char *wb_run_axis_format (const WbRunAxis *axis, double value); /* (transfer full) */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WbRunValues, wb_run_values_free)

G_END_DECLS
