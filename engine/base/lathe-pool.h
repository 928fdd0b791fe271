/* lathe-pool.h: the thread pool.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Work is cut into tiles by the caller, and the cut must not depend on the number of threads: then the
 * result does not either. Each tile is done whole by one thread; `thread` (0 … n_threads - 1) picks that
 * thread's scratch memory. */
typedef struct _LathePool LathePool;

typedef void (*LatheTileFunc) (gpointer data, guint tile, guint thread);

LathePool *lathe_pool_new (guint n_threads);
void lathe_pool_free (LathePool *pool);
guint lathe_pool_get_n_threads (LathePool *pool);
void lathe_pool_run (LathePool *pool, guint n_tiles, LatheTileFunc func, gpointer data);
guint lathe_default_threads (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LathePool, lathe_pool_free)

G_END_DECLS
