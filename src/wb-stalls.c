/* wb-stalls.c: measures how long the main loop was away: LATHE_DEBUG=stalls.
 *
 * How long it was away depends on what else the machine does, and on how fast GTK draws. So the processor's time is
 * measured as well: how much of it the main loop took while it was away, and how much of it a turn took from one poll
 * to the next, without that of the frames, in which GTK styles, lays out and draws.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-stalls.h"

#include <time.h>

#define TICK_MS 5

static const GDebugKey debug_keys[] = {{"stalls", 1}};

static gboolean watching;
static gint64 last_tick, longest, last_report, stop_asked, image_came;
static gint64 awaited, longest_frame;         /* 0: none */
static gint64 drawing_began, longest_drawing; /* in the processor's time of the main loop */
static gboolean image_answered;

/* In the processor's time of the main loop. */
static gint64 turn_began, frame_began, in_frames, longest_work, image_work_began, last_spent, longest_own;

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
  if (!begins && image_answered && image_came)
    {
      g_printerr ("try: painted after %.1f ms\n", (g_get_monotonic_time () - image_came) / 1000.0);
      g_printerr ("trying: took %.1f ms of the main loop\n", (get_processor_time () - image_work_began) / 1000.0);
      image_answered = FALSE;
      image_came = 0;
    }
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
  gint64 now = g_get_monotonic_time (), spent = get_processor_time ();

  longest = MAX (longest, now - last_tick - TICK_MS * 1000);
  longest_own = MAX (longest_own, spent - last_spent);
  last_tick = now;
  last_spent = spent;
  if (now - last_report >= G_USEC_PER_SEC)
    {
      g_printerr ("stall: longest main-loop gap %.1f ms\n", longest / 1000.0);
      g_printerr ("own: the main loop's own time in a gap at most %.1f ms\n", longest_own / 1000.0);
      g_printerr ("work: longest turn of the main loop %.1f ms\n", longest_work / 1000.0);
      if (longest_frame)
        g_printerr ("frame: drawn after at most %.1f ms\ndrawing: took at most %.1f ms\n", longest_frame / 1000.0,
                    longest_drawing / 1000.0);
      longest_drawing = 0;
      longest = longest_own = longest_work = longest_frame = 0;
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
  last_spent = get_processor_time ();
  last_tick = last_report = g_get_monotonic_time ();
  g_timeout_add_full (G_PRIORITY_HIGH, TICK_MS, on_tick, NULL, NULL);
}

static void
on_painted (GdkFrameClock *clock, gpointer data)
{
  longest_frame = MAX (longest_frame, g_get_monotonic_time () - awaited);
  longest_drawing = MAX (longest_drawing, get_processor_time () - drawing_began);
  awaited = 0;
  g_signal_handlers_disconnect_by_func (clock, on_painted, data);
}

void
wb_stalls_await_frame (GdkFrameClock *clock, gint64 made)
{
  if (!watching || awaited || !clock)
    return;
  awaited = made;
  drawing_began = get_processor_time ();
  g_signal_connect (clock, "after-paint", G_CALLBACK (on_painted), NULL);
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

void
wb_stalls_image_came (void)
{
  image_came = g_get_monotonic_time ();
  image_work_began = get_processor_time ();
}

void
wb_stalls_image_answered (void)
{
  image_answered = watching;
}
