/* lathe-cache.h: what was worked out of images, on the disk: decoded samples of a set that memory cannot hold, and
 * more.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-dataset.h"

G_BEGIN_DECLS

/* All sets together; or half of what the disk has to give, when that is less. */
#define LATHE_CACHE_LIMIT (64ull << 30)

/* Any thread may read and write. */
typedef struct _LatheCache LatheCache;

/**
 * lathe_cache_open:
 *
 * Decoded samples. Where another store has the same ones open already, what is there can be read and nothing is
 * written.
 *
 * Returns: (transfer full) (nullable): NULL where nothing can be kept
 */
LatheCache *lathe_cache_open (LatheDataset *dataset, const LathePreprocess *preprocess,
                              guint64 limit /* bytes; 0: LATHE_CACHE_LIMIT */);

/**
 * lathe_cache_open_for:
 * @kind: the folder below $XDG_CACHE_HOME/lathe
 * @maker: what makes a sample of an image's decoded bytes, in any words: another maker has another file
 * @sample_size: bytes
 *
 * The same for what is made of these samples.
 */
LatheCache *lathe_cache_open_for (LatheDataset *dataset, const LathePreprocess *preprocess, const char *kind,
                                  const char *maker, gsize sample_size, guint64 limit);
void lathe_cache_close (LatheCache *cache);

/* FALSE where the image's sample is not there or not whole. */
gboolean lathe_cache_read (LatheCache *cache, const LatheImage *image, guint8 *bytes);

/* Where there is room for it, and the image's file is still what it was when it was scanned. That it cannot be written
 * is no loss. */
void lathe_cache_write (LatheCache *cache, const LatheImage *image, const guint8 *bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheCache, lathe_cache_close)

G_END_DECLS
