/* lathe-pretrained-weights.h: the weights of a published model, brought into its network here.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/lathe-model.h"

G_BEGIN_DECLS

/* A sentence around a reason. */
#define LATHE_PRETRAINED_REFUSAL _ ("The weights “%s” cannot be used: %s.")

gboolean lathe_pretrained_read (LatheModel *model, const char *path, GError **error);

G_END_DECLS
