/* lathe-store.h: decoded samples at hand: kept as bytes when they fit, read ahead when they do not.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-dataset.h"
#include "base/lathe-real.h"

G_BEGIN_DECLS

/* Thread-safe for one consumer; decodes on threads of its own. */
typedef struct _LatheStore LatheStore;

/* Decoded bytes are kept up to this much, or a quarter of the machine's memory when that is less. */
#define LATHE_STORE_LIMIT (4ull << 30)

LatheStore *lathe_store_new (LatheDataset *dataset, const LathePreprocess *preprocess, guint n_threads,
                             guint64 limit /* bytes; 0: LATHE_STORE_LIMIT */);
void lathe_store_free (LatheStore *store);

/**
 * lathe_store_expect:
 * @indices: images in the order in which they will be asked for
 *
 * Says what will be read next, so that decoding can go on ahead of it. Replaces what was said before.
 */
void lathe_store_expect (LatheStore *store, const guint32 *indices, gsize n_indices);

/**
 * lathe_store_fill:
 * @x: (out caller-allocates): n × height × width × channels numbers
 * @ok: (out caller-allocates): n flags; FALSE where the image could not be decoded (its sample is zeros)
 *
 * Waits for n samples and writes them in order. An image that turns out unreadable becomes a problem of the store
 * and never an error.
 */
void lathe_store_fill (LatheStore *store, const guint32 *indices, guint n, LatheReal *x, gboolean *ok);

/* Asked before every image or batch, when `done` images are through: FALSE ends it. */
typedef gboolean (*LatheGoOnFunc) (guint done, gpointer data);

/**
 * lathe_store_measure:
 * @indices: n images
 * @preprocess: (inout): that the store was made with; gets the mean and the deviation of each channel over all pixels
 * of these images, as the store decodes them, where black is 0 and white is 1
 *
 * From now on the store's numbers are normalised so. A channel that is the same all over has a deviation of 1. Images
 * that cannot be decoded do not count. The sums are whole numbers: the result is the same on any number of threads.
 *
 * Returns: FALSE when go_on() ended it; nothing is changed then
 */
gboolean lathe_store_measure (LatheStore *store, const guint32 *indices, guint n, LathePreprocess *preprocess,
                              LatheGoOnFunc go_on, gpointer data);

/* Images that the scan believed and decoding refused: (transfer full) (element-type LatheProblem). */
GPtrArray *lathe_store_get_problems (LatheStore *store);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheStore, lathe_store_free)

G_END_DECLS
