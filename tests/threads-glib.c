/* threads-glib.c: tells the thread sanitizer what GLib's locks guard.
 *
 * GLib is built without the sanitizer, which sees its threads, as they are made by pthread_create(), but neither its
 * mutexes nor its atomic counts: everything that they put in order would look like a race. These functions stand
 * before GLib's own in every test program, say what happens, and pass the call on.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <dlfcn.h>
#include <glib.h>
#include <sanitizer/tsan_interface.h>

/* The function that this one stands before; looked for once. */
#define REAL(name)                                                                                                     \
  ({                                                                                                                   \
    static __typeof__ (&name) real;                                                                                    \
    __typeof__ (&name) found = __atomic_load_n (&real, __ATOMIC_RELAXED);                                              \
    if (found == NULL)                                                                                                 \
      __atomic_store_n (&real, found = (__typeof__ (&name)) dlsym (RTLD_NEXT, #name), __ATOMIC_RELAXED);               \
    found;                                                                                                             \
  })

/* --- Mutexes and conditions --- */

#define MUTEX __tsan_mutex_linker_init /* all zeros is a mutex, too */

static void
about_to_give_up (GMutex *mutex)
{
  __tsan_mutex_pre_unlock (mutex, 0);
  __tsan_mutex_post_unlock (mutex, 0);
}

static void
has_taken (GMutex *mutex)
{
  __tsan_mutex_pre_lock (mutex, MUTEX);
  __tsan_mutex_post_lock (mutex, MUTEX, 0);
}

void
g_mutex_clear (GMutex *mutex)
{
  __tsan_mutex_destroy (mutex, MUTEX);
  REAL (g_mutex_clear) (mutex);
}

void
g_mutex_lock (GMutex *mutex)
{
  __tsan_mutex_pre_lock (mutex, MUTEX);
  REAL (g_mutex_lock) (mutex);
  __tsan_mutex_post_lock (mutex, MUTEX, 0);
}

gboolean
g_mutex_trylock (GMutex *mutex)
{
  gboolean taken;

  __tsan_mutex_pre_lock (mutex, MUTEX | __tsan_mutex_try_lock);
  taken = REAL (g_mutex_trylock) (mutex);
  __tsan_mutex_post_lock (mutex, MUTEX | __tsan_mutex_try_lock | (taken ? 0 : __tsan_mutex_try_lock_failed), 0);
  return taken;
}

void
g_mutex_unlock (GMutex *mutex)
{
  __tsan_mutex_pre_unlock (mutex, 0);
  REAL (g_mutex_unlock) (mutex);
  __tsan_mutex_post_unlock (mutex, 0);
}

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  about_to_give_up (mutex);
  REAL (g_cond_wait) (cond, mutex);
  has_taken (mutex);
}

gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end)
{
  gboolean signalled;

  about_to_give_up (mutex);
  signalled = REAL (g_cond_wait_until) (cond, mutex, end);
  has_taken (mutex);
  return signalled;
}

/* --- What is done once, and counted --- */

#undef g_once_init_enter
#undef g_once_init_leave

gboolean
g_once_init_enter (volatile void *location)
{
  gboolean first = REAL (g_once_init_enter) (location);

  if (!first)
    __tsan_acquire ((void *) location);
  return first;
}

void
g_once_init_leave (volatile void *location, gsize result)
{
  __tsan_release ((void *) location);
  REAL (g_once_init_leave) (location, result);
}

#undef g_atomic_ref_count_dec

gboolean
g_atomic_ref_count_dec (gatomicrefcount *count)
{
  gboolean last;

  __tsan_release (count);
  last = REAL (g_atomic_ref_count_dec) (count);
  if (last)
    __tsan_acquire (count);
  return last;
}
