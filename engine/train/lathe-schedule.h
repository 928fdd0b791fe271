/* lathe-schedule.h: how the learning rate changes while a training goes on, and when it is enough.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-hyperparameters.h"

G_BEGIN_DECLS

/* Both are functions of where the training stands and of how its epochs went, without a memory of their own: a run that
 * is taken up again goes on as if it had never been left.
 *
 * @better: for each finished epoch, whether it was the best until then */
double lathe_schedule_rate (const LatheHyperparameters *hyperparameters, guint64 step, guint64 steps_per_epoch,
                            const gboolean *better, guint n_finished);
double lathe_schedule_rate_since (const LatheHyperparameters *hyperparameters, guint64 restart, guint64 step,
                                  guint64 steps_per_epoch, const gboolean *better, guint n_finished);
void lathe_schedule_trace (const LatheHyperparameters *hyperparameters, guint64 steps_per_epoch, const gboolean *better,
                           guint n_finished, guint n, double *epochs, double *rates);
char *lathe_schedule_describe (const LatheHyperparameters *hyperparameters, guint64 steps_per_epoch);
gboolean lathe_schedule_is_enough (const LatheHyperparameters *hyperparameters, const gboolean *better,
                                   guint n_finished);

G_END_DECLS
