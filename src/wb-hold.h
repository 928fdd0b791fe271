/* wb-hold.h: keeps the program from ending before something is done, also when its windows are closed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Holds the program or lets it go, where `held` says that it does the other until now. */
void wb_hold (gboolean *held, gboolean wanted);

G_END_DECLS
