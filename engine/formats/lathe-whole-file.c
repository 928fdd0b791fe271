/* lathe-whole-file.c: a file that is written whole or not at all.
 *
 * Whoever looks, at any moment and after any crash, finds the old file or the new one: the bytes go to a temporary
 * beside it, reach the disk, and only then get the name; the renaming itself outlives a power cut once the folder is on
 * the disk too.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-whole-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lathe-error.h"

static gboolean
refuse (GError **error, int number)
{
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_IO, g_strerror (number));
  return FALSE;
}

/* That the open file is the one that its name leads to: another program may have renamed it meanwhile. */
static gboolean
is_there (const char *path, int fd)
{
  struct stat named, opened;

  return g_stat (path, &named) == 0 && fstat (fd, &opened) == 0 && named.st_ino == opened.st_ino &&
         named.st_dev == opened.st_dev;
}

/**
 * lathe_whole_file_begin:
 *
 * Makes the temporary, or takes over what a program that died has left of it: no crash leaves litter that grows. Where
 * another program is writing the same file, that one goes on. On failure there is nothing to abandon.
 */
gboolean
lathe_whole_file_begin (LatheWholeFile *file, const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path), *name = g_path_get_basename (path);
  g_autofree char *hidden = g_strconcat (".", name, ".part", NULL);
  g_auto (LatheWholeFile) part = {.fd = -1};
  g_autofree char *temporary = g_build_filename (folder, hidden, NULL);
  int number;

  *file = (LatheWholeFile){.fd = -1};
  part.fd = g_open (temporary, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (part.fd < 0)
    return refuse (error, errno);
  number = flock (part.fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
  if (number == EWOULDBLOCK || !is_there (temporary, part.fd))
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_CHANGED, _ ("another program is writing it just now"));
      return FALSE;
    }
  part.temporary = g_steal_pointer (&temporary);
  if (ftruncate (part.fd, 0) != 0)
    return refuse (error, errno);
  part.path = g_strdup (path);
  *file = part;
  part = (LatheWholeFile){.fd = -1};
  return TRUE;
}

/**
 * lathe_whole_file_write:
 * @at: from the file's beginning, in bytes
 *
 * May be called by several threads at once, for places that do not overlap.
 */
gboolean
lathe_whole_file_write (LatheWholeFile *file, guint64 at, const void *bytes, guint64 n, GError **error)
{
  for (const char *from = bytes; n > 0;)
    {
      gssize put = pwrite (file->fd, from, MIN (n, 1u << 30), (off_t) at);

      if (put < 0 && errno == EINTR)
        continue;
      if (put <= 0)
        return refuse (error, put < 0 ? errno : ENOSPC);
      from += put;
      at += (guint64) put;
      n -= (guint64) put;
    }
  return TRUE;
}

/* Some file systems cannot flush a folder; the file is whole all the same. */
static gboolean
flush_folder (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), number = 0;

  if (fd < 0)
    return TRUE;
  if (fsync (fd) != 0 && errno != EINVAL && errno != ENOTSUP)
    number = errno;
  close (fd);
  return number == 0 || refuse (error, number);
}

/**
 * lathe_whole_file_finish:
 * @previous: (nullable): the name that the file which is there now gets
 *
 * Flushes and renames. In any case the file is closed, and on failure the temporary is gone.
 */
gboolean
lathe_whole_file_finish (LatheWholeFile *file, const char *previous, GError **error)
{
  g_auto (LatheWholeFile) whole = *file; /* closed at the end, so that the name is locked until it is taken */

  *file = (LatheWholeFile){.fd = -1};
  if (fsync (whole.fd) != 0)
    return refuse (error, errno);
  if (previous != NULL && g_rename (whole.path, previous) != 0 && errno != ENOENT)
    return refuse (error, errno);
  if (g_rename (whole.temporary, whole.path) != 0)
    return refuse (error, errno);
  g_clear_pointer (&whole.temporary, g_free);
  return flush_folder (whole.path, error);
}

/**
 * lathe_whole_file_put:
 *
 * Writes the whole file or none; one that is there already is replaced.
 */
gboolean
lathe_whole_file_put (const char *path, GBytes *bytes, GError **error)
{
  g_auto (LatheWholeFile) file = {.fd = -1};
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  return lathe_whole_file_begin (&file, path, error) && lathe_whole_file_write (&file, 0, data, size, error) &&
         lathe_whole_file_finish (&file, NULL, error);
}

/**
 * lathe_whole_file_abandon:
 *
 * Takes the temporary away, if there is one. What stood under the name stands there still.
 */
void
lathe_whole_file_abandon (LatheWholeFile *file)
{
  /* In this order: once it is closed, and with that unlocked, the name may be another program's. */
  if (file->temporary != NULL)
    g_unlink (file->temporary);
  if (file->fd >= 0)
    close (file->fd);
  g_free (file->temporary);
  g_free (file->path);
  *file = (LatheWholeFile){.fd = -1};
}
