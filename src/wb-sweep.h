/* wb-sweep.h: a sweep of settings, as the window sees it. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-study.h"

G_BEGIN_DECLS

#define WB_TYPE_SWEEP (wb_sweep_get_type ())
G_DECLARE_FINAL_TYPE (WbSweep, wb_sweep, WB, SWEEP, WbStudy)

/* Its reports are LatheSweepReport. */

WbSweep *wb_sweep_new (void);
/* In the background. What an earlier sweep has found is forgotten. All but the dataset is copied. */
void wb_sweep_start (WbSweep *sweep, const LatheSweepJob *job);
/* Works out in the background what it would come to; `done` gets a WbSweepEstimate, or why it makes no sense. */
typedef struct
{
  guint n_runs;
  guint64 n_epochs;
  double seconds_an_epoch; /* NAN: not measured */
} WbSweepEstimate;
/* `seconds_an_epoch`: where it was measured before; NAN: it is now. 0: it is not to be. */
void wb_sweep_estimate (const LatheSweepJob *job, double seconds_an_epoch, GObject *owner, GCancellable *cancellable,
                        WbDone done);

G_END_DECLS
