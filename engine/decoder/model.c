/* model.c: reads one model of another program's, and leaves it as a model file of Lathe's: see lathe-import-apart.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include "formats/lathe-import-apart.h"
#include "jail.h"
#include "jobs.h"

/* Beside the room: the libraries, the description of a network as JSON and as a graph, and what is made of the weights,
 * all of them once and the largest tensor a second time, which is as much as the room has for them. */
#define LIBRARIES ((guint64) 1 << 30)

/* Returns: how many bytes a file has; 0 where there is none */
static guint64
size_of (int fd)
{
  struct stat facts;

  return fstat (fd, &facts) == 0 ? (guint64) facts.st_size : 0;
}

gboolean
read_model (const char *name)
{
  const LatheImportFormat *format = lathe_import_format_find (name);
  const LatheSpan source = {.fd = LATHE_APART_FILE, .size = size_of (LATHE_APART_FILE)};
  guint64 size = size_of (LATHE_APART_MEMORY);
  const JailLimits limits = {.memory = LIBRARIES + 3 * size, .seconds = lathe_import_apart_seconds (source.size)};
  guint8 *room = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, LATHE_APART_MEMORY, 0);
  LatheApartReply reply;
  gboolean filtered;

  if (format == NULL || format->read == NULL || room == MAP_FAILED || size < LATHE_APART_MOST_TEXT ||
      !jail_enter (&limits, &filtered) || !say_hello (filtered))
    return FALSE;
  lathe_import_apart_serve (format, &source, room, size, &reply);
  return say (&reply, sizeof reply);
}
