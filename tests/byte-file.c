/* byte-file.c: bytes as a file, for readers that take a path.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _GNU_SOURCE /* memfd_create() */
#include "byte-file.h"

#include <sys/mman.h>
#include <unistd.h>

/**
 * byte_file:
 *
 * Returns: (transfer none): the path of a file in memory that holds these bytes, until the next call
 */
const char *
byte_file (const guint8 *bytes, gsize n)
{
  static int fd = -1;
  static char path[64];

  if (fd < 0)
    {
      fd = memfd_create ("fuzz", MFD_CLOEXEC);
      g_assert_cmpint (fd, >=, 0);
      g_snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
    }
  g_assert_cmpint (ftruncate (fd, 0), ==, 0);
  g_assert_cmpint (pwrite (fd, bytes, n, 0), ==, (gssize) n);
  return path;
}
