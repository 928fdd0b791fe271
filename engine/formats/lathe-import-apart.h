/* lathe-import-apart.h: a model of another program's is read in a process without privileges, not in this one.
 *
 * That process, of the program lathe-decoder, gets the file, open for reading, and memory of a size that the file's
 * allows. In the memory it leaves a model file of Lathe's, or why there is none, and says how long that is. Only when
 * it is gone, and nobody can change the memory any more, is it looked at: as a model file from anywhere.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-helper.h"
#include "lathe-import.h"
#include "lathe-span.h"

G_BEGIN_DECLS

LatheModel *lathe_import_apart (const LatheImportFormat *format, const char *program, guint seconds, int fd,
                                guint64 size, LatheImportNotes *notes, GError **error);
guint lathe_import_apart_seconds (guint64 size);

/* --- What both ends know --- */

enum
{
  LATHE_APART_MEMORY = LATHE_HELPER_FILES,
  LATHE_APART_FILE,
};

/* A number of the file has two bytes at least, and four in the model; the rest is for what is said of them. */
#define LATHE_APART_ROOM(size) (2 * (guint64) (size) + ((guint64) 64 << 20))

#define LATHE_APART_MOST_TEXT ((guint64) 16 << 20) /* bytes, of a reason and problems */

/* What the process says when it is done. */
typedef struct
{
  guint64 n_bytes; /* of the memory's: a model file; or texts, each with a 0 behind: the reason, and the problems */
  gboolean is_model;
  int code; /* of the reason, a LatheError */
  gboolean unnamed, unprepared;
} LatheApartReply;

void lathe_import_apart_serve (const LatheImportFormat *format, const LatheSpan *source, guint8 *room, guint64 size,
                               LatheApartReply *reply);

G_END_DECLS
