/* wb-stalls.h: measures how long the main loop was away: LATHE_DEBUG=stalls.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Starts the watch when the environment asks for it; each second it prints the longest gap of that second, and the
 * longest turn of the main loop without the frames, in the processor's time. */
void wb_stalls_init (void);

/* Stop was asked for; Stop was answered. Prints the time between. */
void wb_stalls_stop_asked (void);
void wb_stalls_stop_answered (void);

G_END_DECLS
