/* lathe-snapshot.c: what a trainer says, counted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-trainer.h"

#include <math.h>

/**
 * lathe_points_follow:
 * @points: (inout) (element-type LathePoint): in order
 * @newer: (element-type LathePoint): of one snapshot, or of several, one after another
 * @position: of the newest of these snapshots
 *
 * Appends what came. Where a training went back, what it learns anew takes the place of what it had learned there.
 */
void
lathe_points_follow (GArray *points, const GArray *newer, double position)
{
  for (guint i = 0; i < newer->len; i++)
    {
      const LathePoint *point = &g_array_index (newer, LathePoint, i);
      guint n = points->len;

      while (n > 0 && g_array_index (points, LathePoint, n - 1).epoch >= point->epoch)
        n--;
      g_array_set_size (points, n);
      g_array_append_val (points, *point);
    }
  while (points->len > 0 && g_array_index (points, LathePoint, points->len - 1).epoch > position)
    g_array_set_size (points, points->len - 1);
}

/* What a point stands for, in epochs: all since the one before it. */
static double
span_of (const GArray *points, guint i)
{
  const LathePoint *point = &g_array_index (points, LathePoint, i);

  return point->epoch - (i > 0 ? g_array_index (points, LathePoint, i - 1).epoch : 0);
}

static double
mean (double a, double weight_a, double b, double weight_b)
{
  if (isnan (a) || isnan (b))
    return isnan (a) ? b : a;
  return (a * weight_a + b * weight_b) / (weight_a + weight_b);
}

/* Two neighbours as one, which stands where the later one does. */
static LathePoint
merge (const LathePoint *a, double span_a, const LathePoint *b, double span_b)
{
  LathePoint both = *b;

  both.loss = mean (a->loss, span_a, b->loss, span_b);
  both.accuracy = mean (a->accuracy, span_a, b->accuracy, span_b);
  both.gradient_norm = mean (a->gradient_norm, span_a, b->gradient_norm, span_b);
  return both;
}

/**
 * lathe_points_thin:
 * @points: (inout) (element-type LathePoint): in order
 *
 * Of more than LATHE_MOST_POINTS makes at most half as many: neighbours become their mean, weighed by what they stand
 * for, until each stands for about as long a piece of the training. So points that come for hours take no more memory
 * than those of minutes. The first, which tells how it was before anything was learned, stays.
 */
void
lathe_points_thin (GArray *points)
{
  LathePoint *point = (LathePoint *) (gpointer) points->data;
  double longest, span = 0;
  guint n = 1;

  if (points->len <= LATHE_MOST_POINTS)
    return;
  longest = (point[points->len - 1].epoch - point[0].epoch) / (LATHE_MOST_POINTS / 4.0);
  for (guint i = 1; i < points->len; i++)
    {
      double more = span_of (points, i);

      if (n > 1 && span + more <= longest)
        point[n - 1] = merge (&point[n - 1], span, &point[i], more);
      else
        {
          point[n++] = point[i];
          span = 0;
        }
      span += more;
    }
  g_array_set_size (points, n);
}

LatheSnapshot *
lathe_snapshot_ref (LatheSnapshot *snapshot)
{
  g_atomic_ref_count_inc (&snapshot->references);
  return snapshot;
}

void
lathe_snapshot_unref (LatheSnapshot *snapshot)
{
  if (!g_atomic_ref_count_dec (&snapshot->references))
    return;
  g_ptr_array_unref (snapshot->unreadable);
  g_array_unref (snapshot->points);
  lathe_epochs_clear (&snapshot->epochs_until);
  g_array_unref (snapshot->changes);
  g_ptr_array_unref (snapshot->layers);
  g_ptr_array_unref (snapshot->answers);
  g_clear_pointer (&snapshot->best, lathe_model_unref);
  g_clear_pointer (&snapshot->transfer, lathe_transfer_unref);
  g_clear_error (&snapshot->error);
  g_free (snapshot->warning);
  g_free (snapshot);
}
