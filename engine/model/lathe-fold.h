/* lathe-fold.h: batch norms that answer, made part of the layers in front of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-model.h"

G_BEGIN_DECLS

LatheModel *lathe_model_fold (const LatheModel *model, GError **error);

G_END_DECLS
