/* lathe-kept.c: files under $XDG_CACHE_HOME/lathe, which anybody may delete at any time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-kept.h"

#include <dirent.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <xxhash.h>

typedef struct
{
  char *path;
  guint64 bytes; /* on the disk */
  gint64 used;   /* seconds since 1970 */
} Kept;

static void
kept_clear (gpointer data)
{
  g_free (((Kept *) data)->path);
}

char *
lathe_kept_path (const char *kind, const char *subject)
{
  XXH128_hash_t digest = XXH3_128bits (subject, strlen (subject));
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), "lathe", kind, NULL);

  if (g_mkdir_with_parents (folder, 0700) != 0)
    return NULL;
  return g_strdup_printf ("%s/%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x", folder, (guint64) digest.high64,
                          (guint64) digest.low64);
}

void
lathe_kept_write (const char *path, const void *bytes, gsize n)
{
  g_file_set_contents_full (path, bytes, (gssize) n, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_ONLY_EXISTING,
                            0600, NULL);
}

void
lathe_kept_touch (const char *path)
{
  utimensat (AT_FDCWD, path, NULL, 0);
}

/* The other files of the folder. */
static GArray *
list_others (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  GArray *others = g_array_new (FALSE, FALSE, sizeof (Kept));
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  struct stat status;
  const char *name;

  g_array_set_clear_func (others, kept_clear);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *other = g_build_filename (folder, name, NULL);
      if (strcmp (other, path) == 0 || lstat (other, &status) != 0 || !S_ISREG (status.st_mode))
        continue;
      Kept kept = {g_steal_pointer (&other), (guint64) status.st_blocks * 512, status.st_mtim.tv_sec};
      g_array_append_val (others, kept);
    }
  return others;
}

static int
compare_used (gconstpointer a, gconstpointer b)
{
  const Kept *x = a, *y = b;
  return x->used != y->used ? (x->used < y->used ? -1 : 1) : strcmp (x->path, y->path);
}

static gboolean
delete_unlocked (const char *path)
{
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  gboolean deleted = fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0 && g_unlink (path) == 0;

  if (fd >= 0)
    close (fd);
  return deleted;
}

static guint64
bytes_on_disk (const char *path)
{
  struct stat status;
  return stat (path, &status) == 0 ? (guint64) status.st_blocks * 512 : 0;
}

static guint64
bytes_free (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  struct statvfs disk;
  return statvfs (folder, &disk) == 0 ? (guint64) disk.f_bavail * disk.f_frsize : 0;
}

guint64
lathe_kept_make_room (const char *path, guint64 most, guint64 wanted)
{
  g_autoptr (GArray) others = list_others (path);
  guint64 taken = 0;

  for (guint i = 0; i < others->len; i++)
    taken += g_array_index (others, Kept, i).bytes;
  guint64 limit = MIN (most, (bytes_free (path) + taken + bytes_on_disk (path)) / 2);
  wanted = MIN (wanted, limit);
  g_array_sort (others, compare_used);
  for (guint i = 0; i < others->len && taken + wanted > limit; i++)
    {
      const Kept *oldest = &g_array_index (others, Kept, i);
      if (delete_unlocked (oldest->path))
        taken -= oldest->bytes;
    }
  return limit > taken ? limit - taken : 0;
}
