/* wb-stalls.h: measures how long the main loop was away: LATHE_DEBUG=stalls.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gdk/gdk.h>

G_BEGIN_DECLS

/* Starts the watch when the environment asks for it; each second it prints the longest gap of that second, the most of
 * the processor's time that the main loop took in a gap, and in a turn without the frames. */
void wb_stalls_init (void);

/* What was made then (monotonic microseconds) is about to be shown, in the next frame of this clock. Each second the
 * longest time until such a frame was painted is told, too, and the longest time of the processor that it took from now
 * on. */
void wb_stalls_await_frame (GdkFrameClock *clock, gint64 made);

/* Stop was asked for; Stop was answered. Prints the time between. */
void wb_stalls_stop_asked (void);
void wb_stalls_stop_answered (void);

/* An image came to be tried; its answer is in the widgets. Prints the time until that is painted. */
void wb_stalls_image_came (void);
void wb_stalls_image_answered (void);

G_END_DECLS
