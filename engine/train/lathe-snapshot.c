/* lathe-snapshot.c: what a trainer says, counted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-trainer.h"

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
  g_array_unref (snapshot->finished);
  g_array_unref (snapshot->changes);
  g_ptr_array_unref (snapshot->layers);
  g_ptr_array_unref (snapshot->answers);
  g_clear_pointer (&snapshot->best, lathe_model_unref);
  g_clear_error (&snapshot->error);
  g_free (snapshot->warning);
  g_free (snapshot);
}
