/* wb-stalls.c: measures how long the main loop was away: LATHE_DEBUG=stalls.
 *
 * How long it was away depends on what else the machine does, and on how fast GTK draws. So the work is measured as
 * well: the processor's time that a turn of the main loop took from one poll to the next, without that of the frames,
 * in which GTK styles, lays out and draws.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-stalls.h"

#include <gdk/gdk.h>
#include <time.h>

#define TICK_MS 5

static const GDebugKey debug_keys[] = {{"stalls", 1}};

static gboolean watching;
static gint64 last_tick, longest, last_report, stop_asked;

/* In the processor's time of the main loop. */
static gint64 turn_began, frame_began, in_frames, longest_work;

static gint64
get_processor_time (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static int
end_turn (GPollFD *fds, guint n_fds, int timeout)
{
  int result;

  longest_work = MAX (longest_work, get_processor_time () - turn_began - in_frames);
  result = g_poll (fds, n_fds, timeout);
  in_frames = 0;
  turn_began = get_processor_time ();
  return result;
}

static gboolean
on_frame (GSignalInvocationHint *hint, guint n_values, const GValue *values, gpointer begins)
{
  if (begins)
    frame_began = get_processor_time ();
  else
    in_frames += get_processor_time () - frame_began;
  return TRUE;
}

static void
watch_turns (void)
{
  g_type_class_ref (GDK_TYPE_FRAME_CLOCK);
  g_signal_add_emission_hook (g_signal_lookup ("before-paint", GDK_TYPE_FRAME_CLOCK), 0, on_frame,
                              GINT_TO_POINTER (TRUE), NULL);
  g_signal_add_emission_hook (g_signal_lookup ("after-paint", GDK_TYPE_FRAME_CLOCK), 0, on_frame, NULL, NULL);
  turn_began = get_processor_time ();
  g_main_context_set_poll_func (NULL, end_turn);
}

static gboolean
on_tick (gpointer data)
{
  gint64 now = g_get_monotonic_time ();

  longest = MAX (longest, now - last_tick - TICK_MS * 1000);
  last_tick = now;
  if (now - last_report >= G_USEC_PER_SEC)
    {
      g_printerr ("stall: longest main-loop gap %.1f ms\n", longest / 1000.0);
      g_printerr ("work: longest turn of the main loop %.1f ms\n", longest_work / 1000.0);
      longest = longest_work = 0;
      last_report = now;
    }
  return G_SOURCE_CONTINUE;
}

void
wb_stalls_init (void)
{
  const char *debug = g_getenv ("LATHE_DEBUG");

  watching = g_parse_debug_string (debug, debug_keys, G_N_ELEMENTS (debug_keys)) != 0;
  if (!watching)
    return;
  watch_turns ();
  last_tick = last_report = g_get_monotonic_time ();
  g_timeout_add_full (G_PRIORITY_HIGH, TICK_MS, on_tick, NULL, NULL);
}

void
wb_stalls_stop_asked (void)
{
  stop_asked = g_get_monotonic_time ();
}

void
wb_stalls_stop_answered (void)
{
  if (watching && stop_asked)
    g_printerr ("stop: answered after %.1f ms\n", (g_get_monotonic_time () - stop_asked) / 1000.0);
  stop_asked = 0;
}
