/* lathe-pool.c: the thread pool.
 *
 * The caller is thread 0 and works along. A run is announced by raising `run`; `running` tells when it is done.
 * Tiles are cut into as many shares as there are threads. Each thread takes its own share first, counting it up, and
 * then from those of the others: so the same thread mostly meets the same part of a batch again, while its cache still
 * has what the layer before wrote there. Between runs of one training step lie microseconds, so a worker first spins
 * for a while before it goes to sleep; with as many threads as cores that costs nothing, since nobody else wants the
 * core.
 *
 * Nobody is woken who does not sleep: a condition variable asks the system each time, and whoever holds `lock`
 * meanwhile keeps the next run waiting. So a thread first says in `sleeping` or `waiting` that it is about to sleep,
 * and then looks once more; whoever brings news first brings it and then looks whether someone sleeps. In one order of
 * all these (they are sequentially consistent) one of the two sees the other.
 *
 *   field                  written by           guarded by
 *   func, data             the caller           published by `run`, read after it
 *   shares, running, run   everyone             atomic
 *   sleeping               workers              atomic; changed under `lock`
 *   waiting                the caller           the same
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-pool.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "lathe-denormals.h"
#include "lathe-thread.h"

#define SPINS 4000 /* some 50 microseconds */
#define MAX_THREADS 256

typedef struct
{
  LathePool *pool;
  guint thread;
  GThread *handle;
} Worker;

/* On a cache line of its own. */
typedef struct
{
  _Alignas(64) atomic_uint next; /* the tile to take */
  guint end;
} Share;

struct _LathePool
{
  guint n_threads;
  Worker *workers; /* n_threads - 1 */

  LatheTileFunc func;
  gpointer data;
  Share *shares;                    /* n_threads */
  _Alignas(64) atomic_uint running; /* workers that have not finished this run */
  _Alignas(64) atomic_uint run;     /* counts up; 0 at the start */
  atomic_bool quit;

  GMutex lock;
  GCond wake;           /* a new run */
  GCond done;           /* running is 0 */
  atomic_uint sleeping; /* workers that wait for wake */
  atomic_bool waiting;  /* whether the caller waits for done */
};

static inline void
relax (void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause ();
#endif
}

static void
take_share (LathePool *pool, Share *share, guint thread)
{
  guint tile;

  while ((tile = atomic_fetch_add_explicit (&share->next, 1, memory_order_relaxed)) < share->end)
    pool->func (pool->data, tile, thread);
}

static void
take_tiles (LathePool *pool, guint thread)
{
  for (guint i = 0; i < pool->n_threads; i++)
    take_share (pool, &pool->shares[(thread + i) % pool->n_threads], thread);
}

static guint
wait_for_run (LathePool *pool, guint seen)
{
  guint run;

  for (guint i = 0; i < SPINS; i++)
    {
      if ((run = atomic_load_explicit (&pool->run, memory_order_acquire)) != seen)
        return run;
      relax ();
    }
  g_mutex_lock (&pool->lock);
  atomic_fetch_add (&pool->sleeping, 1);
  while ((run = atomic_load (&pool->run)) == seen)
    g_cond_wait (&pool->wake, &pool->lock);
  atomic_fetch_sub (&pool->sleeping, 1);
  g_mutex_unlock (&pool->lock);
  return run;
}

static gpointer
worker_main (gpointer data)
{
  Worker *worker = data;
  LathePool *pool = worker->pool;
  guint seen = 0;

  lathe_denormals_flush ();
  for (;;)
    {
      seen = wait_for_run (pool, seen);
      if (atomic_load (&pool->quit))
        return NULL;
      take_tiles (pool, worker->thread);
      if (atomic_fetch_sub (&pool->running, 1) == 1 && atomic_load (&pool->waiting))
        {
          g_mutex_lock (&pool->lock);
          g_cond_signal (&pool->done);
          g_mutex_unlock (&pool->lock);
        }
    }
}

static void
announce (LathePool *pool)
{
  atomic_fetch_add (&pool->run, 1);
  if (atomic_load (&pool->sleeping) == 0)
    return;
  g_mutex_lock (&pool->lock);
  g_cond_broadcast (&pool->wake);
  g_mutex_unlock (&pool->lock);
}

/**
 * lathe_pool_new:
 * @n_threads: the caller's own thread included; at least 1
 *
 * Makes a pool for one caller at a time: lathe_pool_run() must not be called from two threads at once, nor from
 * inside a tile.
 *
 * Returns: (transfer full): a pool
 */
LathePool *
lathe_pool_new (guint n_threads)
{
  LathePool *pool;

  g_return_val_if_fail (n_threads > 0, NULL);

  pool = g_aligned_alloc0 (1, sizeof *pool, _Alignof(LathePool));
  pool->n_threads = MIN (n_threads, MAX_THREADS);
  pool->workers = g_new0 (Worker, pool->n_threads);
  pool->shares = g_aligned_alloc0 (pool->n_threads, sizeof (Share), _Alignof(Share));
  g_mutex_init (&pool->lock);
  g_cond_init (&pool->wake);
  g_cond_init (&pool->done);
  for (guint i = 0; i + 1 < pool->n_threads; i++)
    {
      pool->workers[i] = (Worker){.pool = pool, .thread = i + 1};
      pool->workers[i].handle = lathe_thread_new ("lathe-pool", worker_main, &pool->workers[i]);
    }
  return pool;
}

void
lathe_pool_free (LathePool *pool)
{
  atomic_store (&pool->quit, true);
  announce (pool);
  for (guint i = 0; i + 1 < pool->n_threads; i++)
    g_thread_join (pool->workers[i].handle);
  g_mutex_clear (&pool->lock);
  g_cond_clear (&pool->wake);
  g_cond_clear (&pool->done);
  g_free (pool->workers);
  g_aligned_free (pool->shares);
  g_aligned_free (pool);
}

guint
lathe_pool_get_n_threads (LathePool *pool)
{
  return pool->n_threads;
}

static void
run_together (LathePool *pool, guint n_tiles, LatheTileFunc func, gpointer data)
{
  pool->func = func;
  pool->data = data;
  for (guint i = 0; i < pool->n_threads; i++)
    {
      pool->shares[i].end = (guint) ((guint64) n_tiles * (i + 1) / pool->n_threads);
      atomic_store_explicit (&pool->shares[i].next, (guint) ((guint64) n_tiles * i / pool->n_threads),
                             memory_order_relaxed);
    }
  atomic_store_explicit (&pool->running, pool->n_threads - 1, memory_order_relaxed);
  announce (pool);
  take_tiles (pool, 0);

  for (guint i = 0; i < SPINS; i++)
    {
      if (atomic_load_explicit (&pool->running, memory_order_acquire) == 0)
        return;
      relax ();
    }
  g_mutex_lock (&pool->lock);
  atomic_store (&pool->waiting, true);
  while (atomic_load (&pool->running) != 0)
    g_cond_wait (&pool->done, &pool->lock);
  atomic_store (&pool->waiting, false);
  g_mutex_unlock (&pool->lock);
}

/**
 * lathe_pool_run:
 *
 * Calls `func` once for every tile 0 … n_tiles - 1, on all threads, and returns when all are done. What they work out
 * below 2^-126 is 0.
 */
void
lathe_pool_run (LathePool *pool, guint n_tiles, LatheTileFunc func, gpointer data)
{
  LATHE_WITHOUT_DENORMALS;

  if (pool->n_threads == 1 || n_tiles <= 1)
    for (guint tile = 0; tile < n_tiles; tile++)
      func (data, tile, 0);
  else
    run_together (pool, n_tiles, func, data);
}

/**
 * lathe_default_threads:
 *
 * Returns: how many threads suit this machine: the cores that this process may use
 */
guint
lathe_default_threads (void)
{
  return CLAMP (g_get_num_processors (), 1, MAX_THREADS);
}
