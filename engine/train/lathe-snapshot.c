/* lathe-snapshot.c: what a trainer says, counted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-trainer.h"

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
  g_clear_pointer (&snapshot->best, lathe_model_unref);
  g_clear_error (&snapshot->error);
  g_free (snapshot->warning);
  g_free (snapshot);
}
