/* wb-curve-set.c: the ROC and precision–recall curves of an evaluation: one of each class, and their mean.
 *
 * The mean is taken at each false positive rate, or at each recall, over the classes that have a curve: so its area is
 * the mean of their areas, which is the score's value. Between points a ROC curve is straight; precision at a recall is
 * that of the first threshold which reaches it, as average precision counts it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-curve-set.h"

#include <math.h>

#define FINENESS 300 /* nothing that is nearer than one of so many parts of an axis is told apart */
#define MEAN_STEPS 200

static const LatheCurvePoint *
get_point (const GArray *points, guint i)
{
  return &g_array_index (points, LatheCurvePoint, i);
}

GArray *
wb_curve_new (const GArray *thresholds, WbCurveKind kind)
{
  return kind == WB_CURVE_ROC ? lathe_roc_curve (thresholds, TRUE) : lathe_precision_recall_curve (thresholds);
}

static GArray *
thin_out (const GArray *points)
{
  GArray *kept = g_array_new (FALSE, FALSE, sizeof (LatheCurvePoint));
  const LatheCurvePoint *last = NULL;

  for (guint i = 0; i < points->len; i++)
    {
      const LatheCurvePoint *point = get_point (points, i);

      if (last != NULL && i + 1 < points->len && fabs (point->x - last->x) + fabs (point->y - last->y) < 1.0 / FINENESS)
        continue;
      g_array_append_vals (kept, point, 1);
      last = point;
    }
  return kept;
}

/* The last point at or before x, and what lies between it and the next. */
static double
read_roc (const GArray *points, double x, guint *at)
{
  const LatheCurvePoint *a, *b;

  while (*at + 1 < points->len && get_point (points, *at + 1)->x <= x)
    (*at)++;
  a = get_point (points, *at);
  b = *at + 1 < points->len ? get_point (points, *at + 1) : a;
  return b->x > a->x ? a->y + (b->y - a->y) * (x - a->x) / (b->x - a->x) : a->y;
}

static double
read_precision (const GArray *points, double x, guint *at)
{
  while (*at + 1 < points->len && get_point (points, *at)->x < x)
    (*at)++;
  return get_point (points, *at)->y;
}

static void
add_to_mean (double *sums, const GArray *points, WbCurveKind kind)
{
  guint at = 0;

  for (guint i = 0; i <= MEAN_STEPS; i++)
    {
      double x = (double) i / MEAN_STEPS;

      sums[i] += kind == WB_CURVE_ROC ? read_roc (points, x, &at) : read_precision (points, x, &at);
    }
}

static gboolean
exists (const GArray *points)
{
  for (guint i = 0; i < points->len; i++)
    if (!isfinite (get_point (points, i)->x) || !isfinite (get_point (points, i)->y))
      return FALSE;
  return points->len > 1;
}

static void
add_class (WbCurveSet *set, const GArray *thresholds, double sums[WB_N_CURVES][MEAN_STEPS + 1], guint *n)
{
  for (guint kind = 0; kind < WB_N_CURVES; kind++)
    {
      g_autoptr (GArray) points = wb_curve_new (thresholds, kind);

      g_ptr_array_add (set->classes[kind], exists (points) ? thin_out (points) : NULL);
      if (!exists (points))
        continue;
      add_to_mean (sums[kind], points, kind);
      n[kind]++;
    }
}

static void
free_points (gpointer points)
{
  if (points != NULL)
    g_array_unref (points);
}

WbCurveSet *
wb_curve_set_new (const LatheEvaluation *evaluation)
{
  WbCurveSet *set = g_new0 (WbCurveSet, 1);
  double sums[WB_N_CURVES][MEAN_STEPS + 1] = {0};
  guint n[WB_N_CURVES] = {0};

  set->n_classes = evaluation->n_classes;
  set->shares = g_new0 (double, set->n_classes);
  for (guint kind = 0; kind < WB_N_CURVES; kind++)
    set->classes[kind] = g_ptr_array_new_with_free_func (free_points);
  for (guint i = 0; i < set->n_classes; i++)
    {
      g_autoptr (GArray) thresholds = lathe_thresholds (evaluation, i);

      set->shares[i] = (double) evaluation->metrics->support[i] / MAX (evaluation->metrics->n, 1);
      add_class (set, thresholds, sums, n);
    }
  for (guint kind = 0; kind < WB_N_CURVES; kind++)
    {
      set->mean[kind] = g_array_new (FALSE, FALSE, sizeof (LatheCurvePoint));
      for (guint i = 0; i <= MEAN_STEPS && n[kind] > 0; i++)
        {
          LatheCurvePoint point = {NAN, (double) i / MEAN_STEPS, sums[kind][i] / n[kind]};

          g_array_append_val (set->mean[kind], point);
        }
    }
  return set;
}

void
wb_curve_set_free (WbCurveSet *set)
{
  for (guint kind = 0; kind < WB_N_CURVES; kind++)
    {
      g_ptr_array_unref (set->classes[kind]);
      g_array_unref (set->mean[kind]);
    }
  g_free (set->shares);
  g_free (set);
}
