/* wb-curves.c: how a training goes, and how others went, in one chart.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-curves.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-text.h"

/* Members of LathePoint and LatheEpoch, or NONE, and what they are called. */
typedef struct
{
  gssize of_points, of_epochs;
  const char *points_name, *points_title, *epochs_title;
  gboolean percent, smoothed;
} Kind;

#define NONE -1

static const Kind kinds[WB_N_CURVES] = {
    [WB_CURVES_LOSS] = {G_STRUCT_OFFSET (LathePoint, loss), G_STRUCT_OFFSET (LatheEpoch, validation_loss),
                        N_ ("training"), N_ ("Training loss"), N_ ("validation loss"), .smoothed = TRUE},
    [WB_CURVES_ACCURACY] = {G_STRUCT_OFFSET (LathePoint, accuracy), G_STRUCT_OFFSET (LatheEpoch, validation_accuracy),
                            N_ ("training"), N_ ("Training accuracy"), N_ ("validation accuracy"), .percent = TRUE,
                            .smoothed = TRUE},
    [WB_CURVES_MACRO_F1] = {NONE, G_STRUCT_OFFSET (LatheEpoch, validation_macro_f1), NULL, NULL,
                            N_ ("validation macro F1"), .percent = TRUE},
    [WB_CURVES_RATE] = {G_STRUCT_OFFSET (LathePoint, learning_rate), NONE, NULL, N_ ("Learning rate"), NULL},
    [WB_CURVES_NORM] = {G_STRUCT_OFFSET (LathePoint, gradient_norm), NONE, NULL, N_ ("Gradient norm"), NULL,
                        .smoothed = TRUE},
};

/* A line with all that it points to. */
typedef struct
{
  WbChartSeries series;
  double *x, *y;
  char *name, *title, *mark_text;
  guint best_epoch;
} Curve;

static void
curve_clear (gpointer data)
{
  Curve *curve = data;

  g_free (curve->x);
  g_free (curve->y);
  g_free (curve->name);
  g_free (curve->title);
  g_free (curve->mark_text);
}

static Curve *
add_curve (GArray *curves, guint n, char *name, char *title, WbChartColor color)
{
  Curve curve = {.x = g_new (double, n + 1), .y = g_new (double, n + 1), .name = name, .title = title};

  curve.series = (WbChartSeries){.name = name, .title = title, .color = color, .x = curve.x, .y = curve.y, .mark = -1};
  g_array_append_val (curves, curve);
  return &g_array_index (curves, Curve, curves->len - 1);
}

static double
place_of_point (const LathePoint *point, WbCurvesAxis axis)
{
  return axis == WB_AXIS_EPOCH ? point->epoch : axis == WB_AXIS_STEP ? point->step : point->seconds;
}

/* What an earlier version wrote down is nowhere on an axis that it did not know. */
static void
add_points (GArray *curves, const Kind *kind, WbCurvesAxis axis, const GArray *points)
{
  Curve *curve = add_curve (curves, points->len, g_strdup (kind->points_name ? _ (kind->points_name) : ""),
                            g_strdup (_ (kind->points_title)), WB_CHART_ORANGE);
  guint n = 0;

  for (guint i = 0; i < points->len; i++)
    {
      const LathePoint *point = &g_array_index (points, LathePoint, i);

      curve->x[n] = place_of_point (point, axis);
      curve->y[n] = G_STRUCT_MEMBER (double, point, kind->of_points);
      n += isfinite (curve->x[n]);
    }
  curve->series.n = n;
  curve->series.smoothed = kind->smoothed;
}

/* `seconds`: of all epochs up to its end, for runs whose end was not written down. */
static double
place_of_epoch (const LatheEpoch *epoch, WbCurvesAxis axis, double seconds)
{
  if (axis == WB_AXIS_EPOCH)
    return epoch->epoch;
  if (axis == WB_AXIS_STEP)
    return epoch->step;
  return isfinite (epoch->elapsed) ? epoch->elapsed : seconds;
}

/* Every so many epochs are drawn, so that a line takes no more memory and time however long the training is. */
static guint
find_stride (const GArray *epochs)
{
  guint stride = 1;

  while (epochs->len / stride > LATHE_MOST_POINTS)
    stride *= 2;
  return stride;
}

/* And the best one, and the last. */
static guint
most_drawn (const GArray *epochs)
{
  return epochs->len / find_stride (epochs) + 3;
}

/* The best of those with a value; -1: there is none. */
static int
find_best (const Kind *kind, const GArray *epochs)
{
  for (guint i = epochs->len; i > 0; i--)
    {
      const LatheEpoch *epoch = &g_array_index (epochs, LatheEpoch, i - 1);

      if (epoch->best && isfinite (G_STRUCT_MEMBER (double, epoch, kind->of_epochs)))
        return (int) i - 1;
    }
  return -1;
}

/* Up to the last epoch with a value, and the best of them with a dot. */
static void
fill_epochs (Curve *curve, const Kind *kind, WbCurvesAxis axis, const GArray *epochs)
{
  guint n = 0, stride = find_stride (epochs);
  int best = find_best (kind, epochs);
  double seconds = 0;

  for (guint i = 0; i < epochs->len; i++)
    {
      const LatheEpoch *epoch = &g_array_index (epochs, LatheEpoch, i);

      if (!lathe_epoch_is_known (epoch))
        continue;
      seconds += epoch->seconds;
      if (i % stride != 0 && (int) i != best && i + 1 < epochs->len)
        continue;
      curve->x[n] = place_of_epoch (epoch, axis, seconds);
      curve->y[n] = G_STRUCT_MEMBER (double, epoch, kind->of_epochs);
      if (!isfinite (curve->x[n]))
        continue;
      if ((int) i == best)
        {
          curve->series.mark = (int) n;
          curve->best_epoch = epoch->epoch;
        }
      if (isfinite (curve->y[n++]))
        curve->series.n = n;
    }
  curve->series.dashed = TRUE;
}

static void
add_validation (GArray *curves, const Kind *kind, WbCurvesAxis axis, const GArray *epochs)
{
  Curve *curve = add_curve (curves, most_drawn (epochs), g_strdup (_ ("validation")), g_strdup (_ (kind->epochs_title)),
                            WB_CHART_BLUE);
  g_autofree char *value = NULL;
  double best;

  fill_epochs (curve, kind, axis, epochs);
  if (curve->series.mark < 0)
    return;
  best = curve->y[curve->series.mark];
  value = kind->percent ? wb_text_percent (best) : wb_text_number (best, 3);
  curve->mark_text = g_strdup_printf (_ ("best %s (epoch %d)"), value, (int) curve->best_epoch);
  curve->series.mark_text = curve->mark_text;
}

/* Where a run ends, or is to end: nobody knows that in seconds. */
static double
end_of_run (const LatheRun *run, const GArray *epochs, WbCurvesAxis axis)
{
  const LatheEpoch *last = epochs->len > 0 ? &g_array_index (epochs, LatheEpoch, epochs->len - 1) : NULL;
  guint end = run->state <= LATHE_RUN_PAUSED ? run->epochs : run->epoch;

  if (axis == WB_AXIS_EPOCH || last == NULL)
    return axis == WB_AXIS_EPOCH ? end : 0;
  if (axis == WB_AXIS_STEP)
    return isfinite (last->step) ? last->step / last->epoch * end : 0;
  return isfinite (last->elapsed) ? last->elapsed : run->seconds;
}

/* Returns: the end of the listed runs that are shown. `now` is drawn already. */
static double
add_runs (GArray *curves, const Kind *kind, WbCurvesAxis axis, const GPtrArray *shown, gint64 now)
{
  guint n_shown = 0;
  double end = 0;

  for (guint i = 0; i < shown->len; i++)
    {
      WbRunItem *item = shown->pdata[i];
      const LatheRun *run = wb_run_item_get_run (item);
      const GArray *epochs = wb_run_item_get_epochs (item);
      char *title = epochs && run->id != now ? wb_run_item_get_title (item) : NULL;

      if (!title)
        continue;
      fill_epochs (add_curve (curves, most_drawn (epochs), title,
                              g_strdup_printf ("%s: %s", title, _ (kind->epochs_title)),
                              n_shown++ % 2 ? WB_CHART_PURPLE : WB_CHART_GREEN),
                   kind, axis, epochs);
      end = MAX (end, end_of_run (run, epochs, axis));
    }
  return end;
}

static double
end_of_training (const LatheSnapshot *snapshot, WbCurvesAxis axis)
{
  if (!snapshot)
    return 1;
  if (axis == WB_AXIS_EPOCH)
    return snapshot->epochs;
  return axis == WB_AXIS_STEP ? (double) snapshot->epochs * snapshot->steps : snapshot->elapsed;
}

/* What was changed at one place, a line for each: a chart has room for one mark there. */
static char *
describe_from (const GArray *changes, guint *i)
{
  g_autoptr (GString) text = g_string_new (NULL);
  double epoch = g_array_index (changes, LatheChange, *i).epoch;

  for (; *i < changes->len && g_array_index (changes, LatheChange, *i).epoch == epoch; (*i)++)
    {
      g_autofree char *change = lathe_change_describe (&g_array_index (changes, LatheChange, *i));

      /* Translators: between two things that were changed */
      g_string_append_printf (text, "%s%s", text->len > 0 ? _ (", ") : "", change);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* The step of a change may lie between two points. */
static double
place_of_change (const LatheChange *change, WbCurvesAxis axis, const GArray *points)
{
  if (axis == WB_AXIS_EPOCH)
    return change->epoch;
  if (axis == WB_AXIS_STEP)
    return (double) change->step;
  for (guint i = points->len; i > 0; i--)
    if (g_array_index (points, LathePoint, i - 1).step <= (double) change->step)
      return g_array_index (points, LathePoint, i - 1).seconds;
  return 0;
}

static void
mark_changes (WbChart *chart, WbCurvesAxis axis, const GArray *changes, const GArray *points)
{
  g_autofree WbChartMark *marks = g_new (WbChartMark, changes->len + 1);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < changes->len;)
    {
      marks[texts->len].x = place_of_change (&g_array_index (changes, LatheChange, i), axis, points);
      marks[texts->len].text = describe_from (changes, &i);
      g_ptr_array_add (texts, (gpointer) marks[texts->len].text);
    }
  wb_chart_set_marks (chart, marks, texts->len);
}

void
wb_curves_show (WbChart *chart, WbCurves what, WbCurvesAxis axis, WbRun *run, WbRuns *runs)
{
  const Kind *kind = &kinds[what];
  const LatheSnapshot *snapshot = wb_run_get_snapshot (run);
  g_autoptr (GArray) curves = g_array_new (FALSE, FALSE, sizeof (Curve));
  g_autofree WbChartSeries *series = NULL;
  double end = end_of_training (snapshot, axis), end_of_runs = 0;

  g_array_set_clear_func (curves, curve_clear);
  if (snapshot && kind->of_points != NONE)
    add_points (curves, kind, axis, wb_run_get_points (run));
  if (snapshot && kind->of_epochs != NONE)
    add_validation (curves, kind, axis, snapshot->finished);
  if (kind->of_epochs != NONE)
    end_of_runs = add_runs (curves, kind, axis, wb_runs_get_shown (runs), snapshot ? snapshot->run : 0);
  series = g_new (WbChartSeries, curves->len + 1);
  for (guint i = 0; i < curves->len; i++)
    series[i] = g_array_index (curves, Curve, i).series;
  wb_chart_set_series (chart, series, curves->len, 0, MAX (MAX (end, end_of_runs), 1));
  if (snapshot)
    mark_changes (chart, axis, snapshot->changes, wb_run_get_points (run));
}
