/* lathe-arena.h: memory planned first and taken once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LATHE_ALIGNMENT 64 /* bytes: a cache line, and the widest vector */

/* An arena is filled in two passes. First everyone reserves and gets an offset; then the whole block is taken in one
 * go, zeroed, and offsets become addresses. Nothing is given back before the arena itself. */
typedef struct
{
  gsize size; /* bytes reserved so far */
  char *block;
} LatheArena;

gsize lathe_arena_reserve (LatheArena *arena, gsize bytes);
gboolean lathe_arena_commit (LatheArena *arena, GError **error);
gpointer lathe_arena_at (LatheArena *arena, gsize offset);
void lathe_arena_clear (LatheArena *arena);

guint64 lathe_memory_available (void);
gpointer lathe_memory_new (gsize bytes);
gpointer lathe_memory_try_new (gsize bytes);
void lathe_memory_free (gpointer memory);

G_END_DECLS
