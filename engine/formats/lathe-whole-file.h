/* lathe-whole-file.h: a file that is written whole or not at all.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A temporary in the folder of `path`, until finish() gives it its name. Errors are a reason, to be put into a
 * sentence: LATHE_ERROR_IO, and of begin() LATHE_ERROR_CHANGED where another program is writing the file just now. */
typedef struct
{
  char *path, *temporary; /* owned */
  int fd;
} LatheWholeFile;

gboolean lathe_whole_file_begin (LatheWholeFile *file, const char *path, GError **error);
gboolean lathe_whole_file_write (LatheWholeFile *file, guint64 at, const void *bytes, guint64 n, GError **error);
gboolean lathe_whole_file_finish (LatheWholeFile *file, const char *previous, GError **error);
gboolean lathe_whole_file_put (const char *path, GBytes *bytes, GError **error);
void lathe_whole_file_abandon (LatheWholeFile *file);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheWholeFile, lathe_whole_file_abandon)

G_END_DECLS
