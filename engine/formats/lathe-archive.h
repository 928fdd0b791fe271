/* lathe-archive.h: the archives that Keras and PyTorch write: ZIP files, in which nothing is compressed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-span.h"

G_BEGIN_DECLS

/* --- Out --- */

typedef struct
{
  GByteArray *bytes;
  GByteArray *directory;
  guint n_files;
  const char *name;  /* of the file that is being written */
  guint head, begin; /* where it begins: what is said of it, and it itself */
} LatheArchiveOut;

void lathe_archive_out_begin (LatheArchiveOut *out, GByteArray *bytes);
void lathe_archive_out_open (LatheArchiveOut *out, const char *name);
void lathe_archive_out_close (LatheArchiveOut *out);
void lathe_archive_out_text (LatheArchiveOut *out, const char *name, const char *text);
GBytes *lathe_archive_out_finish (LatheArchiveOut *out);

/* --- In --- */

/* An archive that is open for reading. */
typedef struct
{
  LatheSpan source;
  guint8 *directory;   /* as it is in the file */
  guint32 n_bytes;     /* of it */
  GPtrArray *names;    /* (element-type utf8): of the files, in the directory's order, perhaps not in UTF-8 */
  GHashTable *entries; /* (element-type utf8 guint8): the place in the directory of each */
} LatheArchiveIn;

gboolean lathe_archive_is (const guint8 *head, gsize n);
gboolean lathe_archive_begins_with (const guint8 *head, gsize n, const char *name);
gboolean lathe_archive_in_open (LatheArchiveIn *in, const LatheSpan *source, GError **error);
void lathe_archive_in_close (LatheArchiveIn *in);
gboolean lathe_archive_in_find (const LatheArchiveIn *in, const char *name, LatheSpan *file, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheArchiveIn, lathe_archive_in_close)

G_END_DECLS
