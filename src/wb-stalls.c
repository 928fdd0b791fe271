/* wb-stalls.c: measures how long the main loop was away: LATHE_DEBUG=stalls.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-stalls.h"

#define TICK_MS 5

static const GDebugKey debug_keys[] = {{"stalls", 1}};

static gboolean watching;
static gint64 last_tick, longest, last_report, stop_asked;

static gboolean
on_tick (gpointer data)
{
  gint64 now = g_get_monotonic_time ();

  longest = MAX (longest, now - last_tick - TICK_MS * 1000);
  last_tick = now;
  if (now - last_report >= G_USEC_PER_SEC)
    {
      g_printerr ("stall: longest main-loop gap %.1f ms\n", longest / 1000.0);
      longest = 0;
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
