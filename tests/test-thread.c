/* test-thread.c: what the window has worked out on threads: wb-thread.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <sys/resource.h>

#include "wb-thread.h"

static gpointer
ask_niceness (gpointer niceness, GCancellable *cancellable, GError **error)
{
  *(int *) niceness = getpriority (PRIO_PROCESS, 0); /* on Linux, of the thread that asks */
  return niceness;
}

static void
on_asked (GObject *owner, gpointer result, const GError *error, gpointer done)
{
  g_assert_nonnull (result);
  *(gboolean *) done = TRUE;
}

static void
wait_for (const gboolean *done)
{
  while (!*done)
    g_main_context_iteration (NULL, TRUE);
}

/* Of a thread, and for good: so in a program of its own. */
static void
test_only_what_the_end_waits_for_gives_no_way (void)
{
  int own = getpriority (PRIO_PROCESS, 0), by_the_way = G_MININT, now = G_MININT;
  gboolean is_asked = FALSE, is_asked_now = FALSE;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
      g_test_trap_assert_passed ();
      return;
    }
  lathe_threads_give_way ();
  wb_thread_call (NULL, ask_niceness, &by_the_way, NULL, NULL, NULL, on_asked, &is_asked);
  wait_for (&is_asked);
  wb_thread_call_now (NULL, ask_niceness, &now, NULL, NULL, on_asked, &is_asked_now);
  wait_for (&is_asked_now);
  g_assert_cmpint (now, ==, own);
  g_assert_cmpint (by_the_way, ==, MIN (own + 10, 19));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/thread/gives-way", test_only_what_the_end_waits_for_gives_no_way);
  return g_test_run ();
}
