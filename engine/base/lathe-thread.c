/* lathe-thread.c: threads that work something out.
 *
 * A program with a window has one thread that answers a person, and as many more as there are cores that work things
 * out. Where all are equal to the system, the first waits its turn: a frame of 10 milliseconds takes 20 or 30. So the
 * others can be made to give way; while nobody asks for the processor they lose nothing by it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-thread.h"

#include <stdatomic.h>
#include <sys/resource.h>

/* A thread whose niceness is higher by 10 weighs a tenth (sched(7)); there is none above 19. */
#define GIVING_WAY 10
#define MOST_NICENESS 19

static atomic_int niceness = G_MININT; /* of threads that give way */

/* What a thread begins with. */
typedef struct
{
  GThreadFunc func;
  gpointer data;
} Begin;

/**
 * lathe_threads_give_way:
 *
 * From now on the engine's threads leave the processor to whoever else wants it. For a program with a window, at its
 * start, before there are any.
 */
void
lathe_threads_give_way (void)
{
  atomic_store (&niceness, MIN (getpriority (PRIO_PROCESS, 0) + GIVING_WAY, MOST_NICENESS));
}

/**
 * lathe_thread_give_way:
 *
 * Does so for the calling thread, for good: a system lets nobody take it back. Nothing happens unless
 * lathe_threads_give_way() was called.
 */
void
lathe_thread_give_way (void)
{
  int wanted = atomic_load (&niceness);

  /* On Linux niceness is a thread's own, and 0 is the thread that calls. What a system refuses is no reason to stop. */
  if (getpriority (PRIO_PROCESS, 0) < wanted)
    setpriority (PRIO_PROCESS, 0, wanted);
}

static gpointer
begin (gpointer data)
{
  g_autofree Begin *how = data;

  lathe_thread_give_way ();
  return how->func (how->data);
}

/**
 * lathe_thread_new:
 * @name: at most 15 characters
 *
 * As g_thread_new(), for a thread that works something out.
 *
 * Returns: (transfer full): the thread, to be joined
 */
GThread *
lathe_thread_new (const char *name, GThreadFunc func, gpointer data)
{
  Begin *how = g_new (Begin, 1);

  *how = (Begin){func, data};
  return g_thread_new (name, begin, how);
}
