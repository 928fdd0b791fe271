/* lathe-kept-epochs.h: the finished epochs of a training, as its checkpoint tells of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <json-glib/json-glib.h>

#include "lathe-epochs.h"

G_BEGIN_DECLS

#define LATHE_MOST_KEPT_EPOCHS 128 /* that a checkpoint tells all of, and the best one besides */

void lathe_kept_epochs_write (GString *json, const GArray *epochs);
gboolean lathe_kept_epochs_read (JsonObject *object, guint64 n, const GArray *recorded, GArray *epochs);

G_END_DECLS
