/* lathe-keras-archive.h: the archive that a .keras file is: a ZIP file, in which nothing is compressed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-hdf5.h"

G_BEGIN_DECLS

#define LATHE_KERAS_METADATA "metadata.json"
#define LATHE_KERAS_CONFIG "config.json"
#define LATHE_KERAS_WEIGHTS "model.weights.h5"

char *lathe_keras_archive_name (GHashTable *classes, const char *class);

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

gboolean lathe_archive_is_keras (const guint8 *head, gsize n);
gboolean lathe_archive_find (const LatheSpan *archive, const char *name, LatheSpan *file, GError **error);

G_END_DECLS
