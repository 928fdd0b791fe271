/* lathe-arena.c: memory planned first and taken once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-arena.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lathe-error.h"

#define HUGE_PAGE ((gsize) 2 << 20)

/**
 * lathe_memory_try_new:
 *
 * Takes zeroed memory, aligned for vectors. Large blocks ask for huge pages: a training step walks through all of its
 * memory, and would miss the translation buffer on every small page.
 *
 * Returns: (transfer full) (nullable): memory for lathe_memory_free(), NULL when there is none
 */
gpointer
lathe_memory_try_new (gsize bytes)
{
  gboolean large = bytes >= 4 * HUGE_PAGE;
  gsize alignment = large ? HUGE_PAGE : LATHE_ALIGNMENT;
  gsize rounded = (bytes + alignment - 1) / alignment * alignment;
  gpointer memory;

  if (rounded < bytes || (memory = aligned_alloc (alignment, MAX (rounded, alignment))) == NULL)
    return NULL;
  if (large)
    madvise (memory, rounded, MADV_HUGEPAGE);
  memset (memory, 0, rounded);
  return memory;
}

/**
 * lathe_memory_new:
 *
 * The same for what is small beside the machine: ends the program when there is none, as g_malloc() does.
 */
gpointer
lathe_memory_new (gsize bytes)
{
  gpointer memory = lathe_memory_try_new (bytes);

  if (memory == NULL)
    g_error ("out of memory: %" G_GSIZE_FORMAT " bytes", bytes);
  return memory;
}

void
lathe_memory_free (gpointer memory)
{
  free (memory);
}

/**
 * lathe_arena_reserve:
 *
 * Returns: where the bytes will lie, for lathe_arena_at() once the arena is committed
 */
gsize
lathe_arena_reserve (LatheArena *arena, gsize bytes)
{
  gsize offset = arena->size;

  g_assert (arena->block == NULL);
  arena->size += (bytes + LATHE_ALIGNMENT - 1) / LATHE_ALIGNMENT * LATHE_ALIGNMENT;
  return offset;
}

/**
 * lathe_arena_commit:
 *
 * Takes all that was reserved. Errors: LATHE_ERROR_MEMORY.
 */
gboolean
lathe_arena_commit (LatheArena *arena, GError **error)
{
  g_autofree char *size = g_format_size (arena->size);

  arena->block = lathe_memory_try_new (arena->size);
  if (arena->block != NULL)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_MEMORY,
               _ ("The network needs %s of memory, more than this machine can give; use a smaller batch, smaller "
                  "images or fewer units"),
               size);
  return FALSE;
}

gpointer
lathe_arena_at (LatheArena *arena, gsize offset)
{
  g_assert (arena->block != NULL && offset <= arena->size);
  return arena->block + offset;
}

void
lathe_arena_clear (LatheArena *arena)
{
  g_clear_pointer (&arena->block, lathe_memory_free);
  arena->size = 0;
}
