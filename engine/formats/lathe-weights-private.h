/* lathe-weights-private.h: what the readers of weights know of each other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-span.h"
#include "lathe-weights.h"

G_BEGIN_DECLS

#define LATHE_WEIGHTS_MAX_TENSORS 65536 /* of a file */
#define LATHE_WEIGHTS_MAX_NAME 512      /* bytes */

void lathe_weights_tensor_clear (gpointer tensor);

/* In lathe-weights-torch.c. */
gboolean lathe_weights_is_torch (const guint8 *head, gsize n);
gboolean lathe_weights_torch_list (const LatheSpan *source, GArray *tensors, GError **error);

G_END_DECLS
