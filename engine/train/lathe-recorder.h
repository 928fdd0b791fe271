/* lathe-recorder.h: writes down a training while it goes on, and lets other programs pause it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-trainer.h"

G_BEGIN_DECLS

/* Of one trainer, on its thread. */
typedef struct _LatheRecorder LatheRecorder;

LatheRecorder *lathe_recorder_new (LatheTrainer *trainer, GError **error);
void lathe_recorder_free (LatheRecorder *recorder);
gint64 lathe_recorder_get_id (const LatheRecorder *recorder);
gboolean lathe_recorder_write (LatheRecorder *recorder, const LatheSnapshot *snapshot, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheRecorder, lathe_recorder_free)

G_END_DECLS
