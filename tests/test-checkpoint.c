/* test-checkpoint.c: whatever goes wrong, and whenever: the old checkpoint or the new, never neither.
 *
 * The calls that touch a disk are wrapped here, in the program itself, so that any of them can be made to fail, or to
 * be the last thing that the program does.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "formats/lathe-checkpoint.h"
#include "lathe.h"

/* --- A disk that fails --- */

ssize_t pwrite (int fd, const void *bytes, size_t n, off_t at);
int fsync (int fd);
int ftruncate (int fd, off_t length);
int rename (const char *from, const char *to);

static int countdown = -1; /* calls that still work; -1: all of them */
static int failure;        /* what the next one then says; 0: the program dies there */
static gint n_calls;

static gboolean
is_the_one (void)
{
  int call = g_atomic_int_add (&n_calls, 1);

  if (countdown < 0 || call != countdown)
    return FALSE;
  if (failure == 0)
    raise (SIGKILL);
  errno = failure;
  return TRUE;
}

#define REAL(name) ((__typeof__ (&name)) dlsym (RTLD_NEXT, #name))

ssize_t
pwrite (int fd, const void *bytes, size_t n, off_t at)
{
  gboolean fails = is_the_one ();
  ssize_t put;

  /* A full disk first takes a part. */
  if (fails && n > 1)
    {
      put = REAL (pwrite) (fd, bytes, n / 2, at);
      g_assert_cmpint (put, ==, n / 2);
      errno = failure;
    }
  return fails ? -1 : REAL (pwrite) (fd, bytes, n, at);
}

int
fsync (int fd)
{
  return is_the_one () ? -1 : REAL (fsync) (fd);
}

int
ftruncate (int fd, off_t length)
{
  return is_the_one () ? -1 : REAL (ftruncate) (fd, length);
}

int
rename (const char *from, const char *to)
{
  return is_the_one () ? -1 : REAL (rename) (from, to);
}

/* --- Checkpoints to write --- */

#define N_FIRST 700000 /* numbers: some pieces, the last one not full */
#define N_SECOND 3

typedef struct
{
  char *folder, *path;
  LathePool *pool;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("lathe-checkpoint-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "run.checkpoint", NULL);
  f->pool = lathe_pool_new (2);
  countdown = -1;
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autoptr (GDir) folder = g_dir_open (f->folder, 0, NULL);
  const char *name;

  countdown = -1;
  lathe_pool_free (f->pool);
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (f->folder, name, NULL);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (f->folder), ==, 0);
  g_free (f->folder);
  g_free (f->path);
}

/* Writes the checkpoint of this number: its tensors count up from it. */
static gboolean
write_number (Fixture *f, guint number, GError **error)
{
  g_autoptr (LatheCheckpointWriter) writer = lathe_checkpoint_writer_new (f->path);
  g_autofree float *numbers = g_new (float, N_FIRST + N_SECOND);
  g_autofree char *text = g_strdup_printf ("%u", number);
  const char *facts[] = {"number", text, "words", "“quoted”\n\\", NULL};
  g_autoptr (GArray) tensors = g_array_new (FALSE, FALSE, sizeof (LatheWeight));
  LatheWeight first = {"first", LATHE_SHAPE_VECTOR (N_FIRST), numbers};
  LatheWeight second = {"second", LATHE_SHAPE_VECTOR (N_SECOND), numbers + N_FIRST};

  for (guint i = 0; i < N_FIRST + N_SECOND; i++)
    numbers[i] = (float) (number + i);
  g_array_append_val (tensors, first);
  g_array_append_val (tensors, second);
  return lathe_checkpoint_writer_write (writer, facts, tensors, f->pool, error) &&
         lathe_checkpoint_writer_wait (writer, error);
}

/* The number of what is there, after a look at every tensor; 0: nothing can be read. */
static guint
read_number (Fixture *f, GError **error)
{
  g_autoptr (LatheCheckpoint) checkpoint = lathe_checkpoint_read (f->path, error);
  const float *first, *second;
  guint number;

  if (checkpoint == NULL)
    return 0;
  number = (guint) strtoul (lathe_checkpoint_get (checkpoint, "number"), NULL, 10);
  first = lathe_checkpoint_tensor (checkpoint, "first", N_FIRST);
  second = lathe_checkpoint_tensor (checkpoint, "second", N_SECOND);
  g_assert_nonnull (first);
  g_assert_nonnull (second);
  g_assert_cmpstr (lathe_checkpoint_get (checkpoint, "words"), ==, "“quoted”\n\\");
  for (guint i = 0; i < N_FIRST; i++)
    g_assert_cmpfloat (first[i], ==, (float) (number + i));
  for (guint i = 0; i < N_SECOND; i++)
    g_assert_cmpfloat (second[i], ==, (float) (number + N_FIRST + i));
  if (checkpoint->damage != NULL && error != NULL)
    *error = g_error_copy (checkpoint->damage);
  return number;
}

static void
must_write (Fixture *f, guint number)
{
  g_autoptr (GError) error = NULL;

  write_number (f, number, &error);
  g_assert_no_error (error);
}

/* --- The promises --- */

static void
test_newest_and_the_one_before (Fixture *f, gconstpointer data)
{
  g_autofree char *previous = lathe_checkpoint_previous (f->path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (read_number (f, &error), ==, 0);
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_IO);
  g_assert_nonnull (strstr (error->message, f->path));
  g_clear_error (&error);
  must_write (f, 1);
  must_write (f, 2);
  must_write (f, 3);
  g_assert_cmpuint (read_number (f, &error), ==, 3);
  g_assert_no_error (error);
  g_unlink (f->path);
  g_assert_cmpuint (read_number (f, &error), ==, 2);
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_IO);
  lathe_checkpoint_remove (f->path);
  g_assert_false (g_file_test (previous, G_FILE_TEST_EXISTS));
}

/* One bit, wherever it is: the checksum, or the header's checks, see it. */
static void
test_damage_falls_back_to_the_one_before (Fixture *f, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  gsize n;

  must_write (f, 1);
  must_write (f, 2);
  g_assert_true (g_file_get_contents (f->path, &bytes, &n, NULL));
  for (guint i = 0; i < 64; i++)
    {
      g_autoptr (GError) error = NULL;
      gsize at = i < 32 ? i * 29 % 900 : (i - 32) * (n - 1) / 31;

      bytes[at] ^= (char) (1 << (i % 7));
      g_assert_true (g_file_set_contents (f->path, bytes, (gssize) n, NULL));
      g_assert_cmpuint (read_number (f, &error), ==, 1);
      g_assert_nonnull (error);
      bytes[at] ^= (char) (1 << (i % 7));
    }
  for (guint i = 0; i < 16; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (f->path, bytes, (gssize) (n * i / 16), NULL));
      g_assert_cmpuint (read_number (f, &error), ==, 1);
      g_assert_nonnull (error);
    }
}

/* Every call in turn says that the disk is full, broken, or not to be written to. */
static void
test_every_call_fails_once (Fixture *f, gconstpointer data)
{
  const int failures[] = {ENOSPC, EIO, EROFS};
  guint n_failed = 0, number = 1;

  must_write (f, number);
  for (guint i = 0; i < G_N_ELEMENTS (failures); i++)
    for (int call = 0;; call++)
      {
        g_autoptr (GError) error = NULL;
        gboolean written;
        guint found;

        n_calls = 0;
        failure = failures[i];
        countdown = call;
        written = write_number (f, number + 1, &error);
        countdown = -1;
        if (n_calls <= call)
          break;
        n_failed++;
        g_assert_false (written);
        g_assert_error (error, LATHE_ERROR, LATHE_ERROR_IO);
        g_assert_nonnull (strstr (error->message, f->path));
        found = read_number (f, NULL);
        g_assert_true (found == number || found == number + 1);
        number = found;
        must_write (f, ++number);
        g_assert_cmpuint (read_number (f, NULL), ==, number);
      }
  g_assert_cmpuint (n_failed, >=, 3 * 8);
}

/* The program is killed at every call in turn; what it leaves behind is in nobody's way. */
static void
test_killed_at_every_call (Fixture *f, gconstpointer data)
{
  guint number = 1, n_killed = 0;
  int status = 0;

  must_write (f, number);
  for (int call = 0;; call++)
    {
      guint found;
      pid_t child = fork ();

      if (child == 0)
        {
          f->pool = lathe_pool_new (2); /* threads do not survive a fork */
          n_calls = 0;
          failure = 0;
          countdown = call;
          _exit (write_number (f, number + 1, NULL) ? 0 : 1);
        }
      g_assert_cmpint (waitpid (child, &status, 0), ==, child);
      if (WIFEXITED (status))
        break;
      n_killed++;
      found = read_number (f, NULL);
      g_assert_true (found == number || found == number + 1);
      number = found;
    }
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  g_assert_cmpuint (n_killed, >=, 8);
  g_assert_cmpuint (read_number (f, NULL), ==, number + 1);
}

static void
test_folder_that_is_read_only (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  must_write (f, 1);
  g_assert_cmpint (g_chmod (f->folder, 0500), ==, 0);
  if (access (f->folder, W_OK) == 0)
    g_test_skip ("root may write to any folder");
  else
    {
      g_assert_false (write_number (f, 2, &error));
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_IO);
      g_assert_cmpuint (read_number (f, NULL), ==, 1);
    }
  g_chmod (f->folder, 0700);
}

/* A real full disk, and a real read-only one: a small file system in memory. */
static void
test_disk_that_is_full (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  if (mount ("lathe", f->folder, "tmpfs", 0, "size=7m") != 0)
    {
      g_test_skip ("only root may mount a small disk");
      return;
    }
  must_write (f, 1);
  must_write (f, 2);
  g_assert_false (write_number (f, 3, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_IO);
  g_assert_nonnull (strstr (error->message, g_strerror (ENOSPC)));
  g_assert_cmpuint (read_number (f, NULL), ==, 2);
  g_clear_error (&error);
  g_assert_cmpint (mount ("lathe", f->folder, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL), ==, 0);
  g_assert_false (write_number (f, 3, &error));
  g_assert_nonnull (strstr (error->message, g_strerror (EROFS)));
  g_assert_cmpuint (read_number (f, NULL), ==, 2);
  g_assert_cmpint (umount (f->folder), ==, 0);
}

/* A second program that writes the same file is told so, and harms nothing; what a dead one left is taken over. */
static void
test_two_programs_at_once (Fixture *f, gconstpointer data)
{
  g_autofree char *part = g_build_filename (f->folder, ".run.checkpoint.part", NULL);
  g_autoptr (GError) error = NULL;
  int fd;

  must_write (f, 1);
  fd = g_open (part, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  g_assert_cmpint (flock (fd, LOCK_EX), ==, 0);
  g_assert_false (write_number (f, 2, &error));
  g_assert_nonnull (strstr (error->message, "another program"));
  g_assert_true (g_file_test (part, G_FILE_TEST_EXISTS));
  g_close (fd, NULL);
  must_write (f, 2);
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (read_number (f, NULL), ==, 2);
}

#define ADD(name, function) g_test_add ("/checkpoint/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("newest-and-the-one-before", test_newest_and_the_one_before);
  ADD ("damage-falls-back-to-the-one-before", test_damage_falls_back_to_the_one_before);
  ADD ("every-call-fails-once", test_every_call_fails_once);
  ADD ("killed-at-every-call", test_killed_at_every_call);
  ADD ("folder-that-is-read-only", test_folder_that_is_read_only);
  ADD ("disk-that-is-full", test_disk_that_is_full);
  ADD ("two-programs-at-once", test_two_programs_at_once);
  return g_test_run ();
}
