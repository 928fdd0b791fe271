/* lathe-index.h: what an earlier scan found out about files that have not changed since.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-dataset-private.h"

G_BEGIN_DECLS

/* All sources together; a file takes 32 bytes. */
#define LATHE_INDEX_LIMIT (64u << 20)

typedef struct _LatheIndex LatheIndex;

/**
 * lathe_index_open:
 * @source: whose files they are, absolute
 * @n: files
 *
 * Never fails: in the worst case nothing is known.
 */
LatheIndex *lathe_index_open (const char *source, guint n);

/* Whether the i-th file is known and has not changed. Any thread may ask, each about other files. */
gboolean lathe_index_find (LatheIndex *index, guint i, const LatheWalkFile *file, LatheFacts *facts);

/* Keeps what is known now; not what is wrong with a file, which is found out again. */
void lathe_index_keep (LatheIndex *index, const LatheFacts *facts);
void lathe_index_free (LatheIndex *index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheIndex, lathe_index_free)

G_END_DECLS
