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

/* A number of bytes from a file whose first number it is, after `key`; G_MAXUINT64 when there is none ("max"). */
static guint64
read_bytes (const char *path, const char *key, guint64 unit)
{
  g_autofree char *text = NULL;
  const char *at;
  char *end;
  guint64 n;

  if (!g_file_get_contents (path, &text, NULL, NULL) || (at = strstr (text, key)) == NULL)
    return G_MAXUINT64;
  at += strlen (key);
  n = g_ascii_strtoull (at, &end, 10);
  return end == at || n > G_MAXUINT64 / unit ? G_MAXUINT64 : n * unit;
}

/* What the control group, a container's for example, leaves to this program. */
static guint64
left_by_group (void)
{
  g_autofree char *text = NULL, *most_path = NULL, *now_path = NULL;
  guint64 most, now;
  char *group;

  if (!g_file_get_contents ("/proc/self/cgroup", &text, NULL, NULL) || (group = strstr (text, "0::")) == NULL)
    return G_MAXUINT64;
  group += strlen ("0::");
  group[strcspn (group, "\n")] = '\0';
  most_path = g_build_filename ("/sys/fs/cgroup", group, "memory.max", NULL);
  now_path = g_build_filename ("/sys/fs/cgroup", group, "memory.current", NULL);
  most = read_bytes (most_path, "", 1);
  now = read_bytes (now_path, "", 1);
  return most == G_MAXUINT64 || now == G_MAXUINT64 ? G_MAXUINT64 : most - MIN (most, now);
}

/**
 * lathe_memory_available:
 *
 * Returns: bytes that this program may still take without driving others out of memory, swap space counted; G_MAXUINT64
 * when the system does not say
 */
guint64
lathe_memory_available (void)
{
  guint64 memory = read_bytes ("/proc/meminfo", "MemAvailable:", 1024);
  guint64 swap = read_bytes ("/proc/meminfo", "SwapFree:", 1024);

  if (memory != G_MAXUINT64 && swap != G_MAXUINT64)
    memory += swap;
  return MIN (memory, left_by_group ());
}

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

  /* The system promises more than it has, and kills the program that takes it at its word. */
  if (rounded < bytes || (large && rounded > lathe_memory_available ()) ||
      (memory = aligned_alloc (alignment, MAX (rounded, alignment))) == NULL)
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

  gsize rounded = (bytes + LATHE_ALIGNMENT - 1) / LATHE_ALIGNMENT * LATHE_ALIGNMENT;

  g_assert (arena->block == NULL);
  /* A size that no machine has must not come round to a small one. */
  if (rounded < bytes || !g_size_checked_add (&arena->size, offset, rounded))
    arena->size = G_MAXSIZE;
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
  g_autofree char *size = g_format_size (arena->size), *available = NULL;

  arena->block = lathe_memory_try_new (arena->size);
  if (arena->block != NULL)
    return TRUE;
  available = g_format_size (lathe_memory_available ());
  g_set_error (
      error, LATHE_ERROR, LATHE_ERROR_MEMORY,
      _ ("The network needs %s of memory, and this machine has %s left: use a smaller batch, smaller images or "
         "fewer units"),
      size, available);
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
