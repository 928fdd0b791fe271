/* lathe-kept.h: files under $XDG_CACHE_HOME/lathe, which anybody may delete at any time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * lathe_kept_path:
 * @kind: the folder below $XDG_CACHE_HOME/lathe, which is made if need be
 * @subject: what the file is about, in any words: another subject has another file
 *
 * Returns: (transfer full) (nullable): NULL where there can be no such folder
 */
char *lathe_kept_path (const char *kind, const char *subject);

/* Whole or not at all. That it cannot be written is no loss. */
void lathe_kept_write (const char *path, const void *bytes, gsize n);

/* Notes that the file was of use just now. */
void lathe_kept_touch (const char *path);

/**
 * lathe_kept_make_room:
 * @most: bytes that all files of the folder may have, or half of what the disk has to give when that is less
 * @wanted: bytes that the file is going to have
 *
 * Deletes the other files of the folder, the one first that was of use longest ago, until there is room. What another
 * program holds locked stays.
 *
 * Returns: bytes that the file may have
 */
guint64 lathe_kept_make_room (const char *path, guint64 most, guint64 wanted);

G_END_DECLS
