/* lathe-observation.h: notes what a network says of each image while it learns.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-dynamics.h"
#include "lathe-scorer.h"

G_BEGIN_DECLS

/* Of one training, on its thread. */
typedef struct _LatheObservation LatheObservation;

LatheObservation *lathe_observation_new (guint n_images);
void lathe_observation_free (LatheObservation *observation);
void lathe_observation_note (LatheObservation *observation, const LatheBatch *batch, LatheNetwork *network);
void lathe_observation_note_aside (LatheObservation *observation, const LatheBatch *batch, LatheNetwork *network);
void lathe_observation_settle (LatheObservation *observation, gboolean whole);
LatheReal *lathe_observation_get_numbers (LatheObservation *observation, gsize *n);
GArray *lathe_observation_sum_up (const LatheObservation *observation, LatheDataset *dataset);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheObservation, lathe_observation_free)

G_END_DECLS
