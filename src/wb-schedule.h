/* wb-schedule.h: how the learning rate changes over a training, before it begins and while it goes on.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"
#include "wb-figure.h"

G_BEGIN_DECLS

#define WB_TYPE_SCHEDULE (wb_schedule_get_type ())
G_DECLARE_FINAL_TYPE (WbSchedule, wb_schedule, WB, SCHEDULE, WbFigure)

GtkWidget *wb_schedule_new (void);
/* `steps` are those of an epoch. A training that goes on, or has ended, has a snapshot: a dot says where it stands. */
void wb_schedule_show (WbSchedule *schedule, const LatheHyperparameters *hyperparameters, guint steps,
                       const LatheSnapshot *snapshot);

G_END_DECLS
