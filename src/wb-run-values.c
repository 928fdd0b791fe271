/* wb-run-values.c: settings and scores of many runs, as numbers to be drawn.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-run-values.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>

#include "wb-text.h"

typedef struct
{
  const char *title;
  gsize offset; /* within LatheRun */
  gboolean whole, percent, logarithmic;
} Score;

static const Score scores[] = {
    {N_ ("Validation accuracy"), G_STRUCT_OFFSET (LatheRun, scores.validation_accuracy), FALSE, TRUE, FALSE},
    {N_ ("Validation loss"), G_STRUCT_OFFSET (LatheRun, scores.validation_loss), FALSE, FALSE, TRUE},
    {N_ ("Test accuracy"), G_STRUCT_OFFSET (LatheRun, scores.test_accuracy), FALSE, TRUE, FALSE},
    {N_ ("Seconds of training"), G_STRUCT_OFFSET (LatheRun, seconds), FALSE, FALSE, TRUE},
    {N_ ("Parameters"), G_STRUCT_OFFSET (LatheRun, parameters), TRUE, FALSE, TRUE},
};

/* The values of one axis, run by run. */
typedef struct
{
  WbRunAxis axis;
  double *values;
} Column;

/* What was read of the list. */
typedef struct
{
  GPtrArray *list; /* (element-type LatheRun): the newest first */
  LatheHyperparameters *settings;
  gboolean *known;
  guint n;
} Source;

/* What is 0 or less has no place on a logarithmic axis. FALSE: all runs have the same. */
static gboolean
measure (Column *column, guint n)
{
  WbRunAxis *axis = &column->axis;

  axis->low = INFINITY;
  axis->high = -INFINITY;
  for (guint i = 0; i < n; i++)
    if (isfinite (column->values[i]))
      {
        axis->low = MIN (axis->low, column->values[i]);
        axis->high = MAX (axis->high, column->values[i]);
      }
  if (axis->low <= 0)
    axis->logarithmic = FALSE;
  return axis->low < axis->high;
}

static void
add_score (GArray *columns, const Source *source, const Score *score)
{
  Column column = {
      {.title = _ (score->title), .score = TRUE, .percent = score->percent, .logarithmic = score->logarithmic},
      g_new (double, source->n)};
  gboolean first = columns->len == 0;

  for (guint i = 0; i < source->n; i++)
    {
      const LatheRun *run = source->list->pdata[i];
      double value = score->whole ? (double) G_STRUCT_MEMBER (guint64, run, score->offset)
                                  : G_STRUCT_MEMBER (double, run, score->offset);

      column.values[i] = score->percent ? 100 * value : value;
    }
  if (measure (&column, source->n) || first)
    g_array_append_val (columns, column);
  else
    g_free (column.values);
}

/* `row` NULL: the seed. */
static void
add_setting (GArray *columns, const Source *source, const LatheHyperparameter *row)
{
  Column column = {{.title = row ? _ (row->property.title) : _ ("Seed"),
                    .choices = row ? row->property.choices : NULL,
                    .logarithmic = row && row->logarithmic},
                   g_new (double, source->n)};

  for (guint i = 0; i < source->n; i++)
    {
      const LatheHyperparameters *settings = &source->settings[i];

      if (!source->known[i] || (row && !lathe_hyperparameter_counts (row, settings)))
        column.values[i] = NAN;
      else
        column.values[i] = row ? lathe_hyperparameter_get (row, settings) : (double) settings->seed;
    }
  if (measure (&column, source->n))
    g_array_append_val (columns, column);
  else
    g_free (column.values);
}

static GArray *
make_columns (const Source *source)
{
  GArray *columns = g_array_new (FALSE, FALSE, sizeof (Column));
  guint n_rows;
  const LatheHyperparameter *rows = lathe_hyperparameters (&n_rows);

  for (guint i = 0; i < G_N_ELEMENTS (scores); i++)
    add_score (columns, source, &scores[i]);
  for (guint i = 0; i < n_rows; i++)
    add_setting (columns, source, &rows[i]);
  add_setting (columns, source, NULL);
  return columns;
}

static WbRunValues *
take_columns (const Source *source, GArray *columns)
{
  WbRunValues *values = g_new0 (WbRunValues, 1);

  values->n_runs = source->n;
  values->n_all = source->list->len;
  values->axes = g_array_new (FALSE, FALSE, sizeof (WbRunAxis));
  values->ids = g_new (gint64, source->n);
  values->titles = g_new0 (char *, source->n + 1);
  values->values = g_new (double, (gsize) source->n * columns->len);
  for (guint c = 0; c < columns->len; c++)
    {
      Column *column = &g_array_index (columns, Column, c);

      g_array_append_val (values->axes, column->axis);
      for (guint i = 0; i < source->n; i++)
        values->values[(gsize) i * columns->len + c] = column->values[i];
      g_free (column->values);
    }
  for (guint i = 0; i < source->n; i++)
    {
      const LatheRun *run = source->list->pdata[i];

      values->ids[i] = run->id;
      values->titles[i] = *run->name ? g_strdup (run->name) : g_strdup_printf (_ ("Run %" PRId64), run->id);
    }
  return values;
}

WbRunValues *
wb_run_values_read (const char *list, GError **error)
{
  g_autoptr (LatheRuns) runs = lathe_runs_open (list, error);
  g_autoptr (GPtrArray) all = runs ? lathe_runs_list (runs, error) : NULL;
  g_autofree LatheHyperparameters *settings = NULL;
  g_autofree gboolean *known = NULL;
  g_autoptr (GArray) columns = NULL;
  WbRunValues *values;
  Source source;

  if (!all)
    return NULL;
  source = (Source){.list = all, .n = MIN (all->len, WB_RUN_VALUES_MOST)};
  source.settings = settings = g_new0 (LatheHyperparameters, source.n + 1);
  source.known = known = g_new0 (gboolean, source.n + 1);
  for (guint i = 0; i < source.n; i++)
    known[i] =
        lathe_hyperparameters_from_json (((const LatheRun *) all->pdata[i])->hyperparameters, &settings[i], NULL);
  columns = make_columns (&source);
  values = take_columns (&source, columns);
  g_ptr_array_set_size (all, (int) source.n);
  values->settings = lathe_runs_tell_apart (all);
  return values;
}

void
wb_run_values_free (WbRunValues *values)
{
  g_array_unref (values->axes);
  g_free (values->ids);
  g_strfreev (values->titles);
  g_strfreev (values->settings);
  g_free (values->values);
  g_free (values);
}

double
wb_run_values_get (const WbRunValues *values, guint run, guint axis)
{
  return values->values[(gsize) run * values->axes->len + axis];
}

const WbRunAxis *
wb_run_values_get_axis (const WbRunValues *values, guint axis)
{
  return &g_array_index (values->axes, WbRunAxis, axis);
}

char *
wb_run_values_to_csv (const WbRunValues *values)
{
  GString *csv = g_string_new (NULL);

  lathe_csv_append (csv, "run");
  for (guint axis = 0; axis < values->axes->len; axis++)
    lathe_csv_append (csv, wb_run_values_get_axis (values, axis)->title);
  g_string_append_c (csv, '\n');
  for (guint run = 0; run < values->n_runs; run++)
    {
      g_string_append_printf (csv, "%" PRId64 "%s", values->ids[run], values->axes->len > 0 ? "," : "\n");
      if (values->axes->len > 0)
        wb_text_append_numbers (csv, values->values + (gsize) run * values->axes->len, values->axes->len);
    }
  return g_string_free (csv, FALSE);
}

char *
wb_run_axis_format (const WbRunAxis *axis, double value)
{
  if (isnan (value))
    return g_strdup ("–");
  if (axis->choices)
    return g_strdup (value == floor (value) ? _ (axis->choices[(guint) value]) : "");
  if (axis->percent)
    return wb_text_percent (value / 100);
  return value >= 1e5 ? wb_text_short ((guint64) value) : g_strdup_printf ("%.4g", value);
}
