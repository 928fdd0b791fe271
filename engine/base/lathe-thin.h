/* lathe-thin.h: a list that grows by something an epoch, and takes no more memory for it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void lathe_thin (GPtrArray *list, guint (*epoch_of) (gconstpointer item), guint most);

G_END_DECLS
