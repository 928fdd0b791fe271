/* lathe-helper.c: a process without privileges, of the program lathe-decoder: started, talked to, and buried.
 *
 * It ends with its parent because of the lifeline, a pipe of which only the parent has the other end: when that closes,
 * the system sends the helper a signal. The obvious way, PR_SET_PDEATHSIG, goes by the thread that started the helper,
 * and the threads that do so come and go.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _GNU_SOURCE /* memfd_create(), pipe2(), posix_spawn_file_actions_addclosefrom_np() */
#include "lathe-helper.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lathe-error.h"

#define FIRST_FILE 10    /* above those that the helper gets, so that none is overwritten before it is passed on */
#define START_SECONDS 30 /* a machine may be busy */

/* The helper's ends, for as long as it takes to start it. */
typedef struct
{
  int lifeline, socket;
  int files[LATHE_HELPER_MOST_FILES];
  guint n_files;
} Ends;

static void
close_file (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static int
move_up (int fd)
{
  int moved = fd >= 0 ? fcntl (fd, F_DUPFD_CLOEXEC, FIRST_FILE) : -1;
  close_file (&fd);
  return moved;
}

/**
 * lathe_helper_find_program:
 *
 * The environment's LATHE_DECODER names the program, or, empty, none.
 *
 * Returns: (transfer full) (nullable): lathe-decoder of this build, or of this installation
 */
char *
lathe_helper_find_program (void)
{
  const char *const places[] = {LATHE_DECODER_BUILD, LATHE_DECODER_INSTALLED};
  const char *named = g_getenv ("LATHE_DECODER");

  if (named != NULL)
    return named[0] != '\0' ? g_strdup (named) : NULL;
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    if (g_file_test (places[i], G_FILE_TEST_IS_EXECUTABLE))
      return g_strdup (places[i]);
  return NULL;
}

/**
 * lathe_helper_open_memory:
 * @size: in bytes, which take no memory before they are written
 * @seals: F_SEAL_…: what nobody may do with it
 *
 * Returns: a file of memory, all zeros, to be closed; or -1, and errno says why
 */
int
lathe_helper_open_memory (guint64 size, int seals)
{
  int fd = memfd_create ("lathe-decoder", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd >= 0 && (ftruncate (fd, (off_t) size) != 0 || fcntl (fd, F_ADD_SEALS, seals) != 0))
    close_file (&fd);
  return fd;
}

static gboolean
make_ends (LatheHelper *helper, Ends *ends, const int *files, guint n_files)
{
  int lifeline[2], sockets[2];
  gboolean ok = TRUE;

  if (pipe2 (lifeline, O_CLOEXEC) == 0)
    {
      ends->lifeline = move_up (lifeline[0]);
      helper->lifeline = move_up (lifeline[1]);
    }
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0)
    {
      ends->socket = move_up (sockets[0]);
      helper->socket = move_up (sockets[1]);
    }
  for (ends->n_files = 0; ok && ends->n_files < n_files; ends->n_files++)
    {
      ends->files[ends->n_files] = fcntl (files[ends->n_files], F_DUPFD_CLOEXEC, FIRST_FILE);
      ok = ends->files[ends->n_files] >= 0;
    }
  return ok && ends->lifeline >= 0 && helper->lifeline >= 0 && ends->socket >= 0 && helper->socket >= 0;
}

static void
close_ends (Ends *ends)
{
  close_file (&ends->lifeline);
  close_file (&ends->socket);
  for (guint i = 0; i < ends->n_files; i++)
    close_file (&ends->files[i]);
}

/* A process group of its own keeps Ctrl+C in the terminal for the program that asks. Returns: an errno. */
static int
spawn (const char *program, const char *job, const Ends *ends, pid_t *pid)
{
  char *arguments[] = {(char *) program, (char *) job, NULL};
  g_auto (GStrv) environment = g_get_environ ();
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t none, all;

  sigemptyset (&none);
  sigfillset (&all);
  posix_spawnattr_init (&attributes);
  posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask (&attributes, &none);
  posix_spawnattr_setsigdefault (&attributes, &all);
  posix_spawn_file_actions_init (&files);
  posix_spawn_file_actions_adddup2 (&files, ends->lifeline, LATHE_HELPER_LIFELINE);
  posix_spawn_file_actions_adddup2 (&files, ends->socket, LATHE_HELPER_SOCKET);
  for (guint i = 0; i < ends->n_files; i++)
    posix_spawn_file_actions_adddup2 (&files, ends->files[i], LATHE_HELPER_FILES + (int) i);
  posix_spawn_file_actions_addopen (&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
#ifndef LATHE_INSTRUMENTED
  posix_spawn_file_actions_addopen (&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
#endif
  posix_spawn_file_actions_addclosefrom_np (&files, LATHE_HELPER_FILES + (int) ends->n_files);
  int failure = posix_spawn (pid, program, &files, &attributes, arguments, environment);
  posix_spawn_file_actions_destroy (&files);
  posix_spawnattr_destroy (&attributes);
  return failure;
}

/* Takes what it says at first. */
static gboolean
greet (LatheHelper *helper, const char *program, gboolean *filtered, GError **error)
{
  LatheHelperHello hello;
  LatheHelperOutcome outcome = lathe_helper_receive (helper, START_SECONDS, &hello, sizeof hello);
  g_autofree char *name = g_filename_display_name (program);
  g_autofree char *cause = NULL;

  if (outcome == LATHE_HELPER_ANSWERED)
    {
      lathe_helper_clean_text (hello.version, sizeof hello.version);
      *filtered = hello.filtered != 0;
      if (g_str_equal (hello.version, LATHE_VERSION))
        return TRUE;
    }
  cause = lathe_helper_end (helper);
  if (outcome == LATHE_HELPER_DIED)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("“%s” ends as soon as it is started (%s)"), name, cause);
  else
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("“%s” does not answer as this version's does"), name);
  return FALSE;
}

/**
 * lathe_helper_start:
 * @helper: (out): to be ended, where it was started
 * @job: (nullable): what it is for, its first argument
 * @files: become its files from LATHE_HELPER_FILES on, and stay the caller's
 * @filtered: (out): whether its system calls are
 *
 * Waits until it has said that it is ready.
 * Errors: LATHE_ERROR_IO; a reason.
 */
gboolean
lathe_helper_start (LatheHelper *helper, const char *program, const char *job, const int *files, guint n_files,
                    gboolean *filtered, GError **error)
{
  Ends ends = {.lifeline = -1, .socket = -1};
  int failure;

  g_return_val_if_fail (n_files <= LATHE_HELPER_MOST_FILES, FALSE);

  *helper = (LatheHelper){.socket = -1, .lifeline = -1};
  failure = make_ends (helper, &ends, files, n_files) ? spawn (program, job, &ends, &helper->pid) : errno;
  close_ends (&ends);
  if (failure == 0)
    return greet (helper, program, filtered, error);
  g_autofree char *name = g_filename_display_name (program);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("“%s” cannot be started: %s"), name, g_strerror (failure));
  helper->pid = 0;
  g_free (lathe_helper_end (helper));
  return FALSE;
}

/* --- Talking --- */

gboolean
lathe_helper_send (const LatheHelper *helper, gconstpointer message, gsize size)
{
  gssize n;
  do
    n = send (helper->socket, message, size, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n == (gssize) size;
}

/**
 * lathe_helper_receive:
 * @seconds: it has so long
 * @message: (out): what it says, to be looked at with distrust
 *
 * A message of another size counts as its death.
 */
LatheHelperOutcome
lathe_helper_receive (const LatheHelper *helper, guint seconds, gpointer message, gsize size)
{
  gint64 deadline = g_get_monotonic_time () + (gint64) seconds * G_USEC_PER_SEC;

  for (;;)
    {
      struct pollfd file = {.fd = helper->socket, .events = POLLIN};
      gint64 left = (deadline - g_get_monotonic_time ()) / 1000;
      int n_ready = poll (&file, 1, (int) CLAMP (left, 0, G_MAXINT));

      if (n_ready == 0)
        return LATHE_HELPER_LATE;
      gssize n = n_ready > 0 ? recv (helper->socket, message, size, MSG_DONTWAIT) : -1;
      if (n == (gssize) size)
        return LATHE_HELPER_ANSWERED;
      if (n >= 0 || (errno != EINTR && errno != EAGAIN))
        return LATHE_HELPER_DIED;
    }
}

/**
 * lathe_helper_clean_text:
 * @text: from a process that may be in the hands of what it reads; becomes one line of UTF-8
 * @size: of the array that it is in
 */
void
lathe_helper_clean_text (char *text, gsize size)
{
  const char *end;

  text[size - 1] = '\0';
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  for (char *at = valid; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      *at = ' ';
  g_strlcpy (text, valid, size);
  if (!g_utf8_validate (text, -1, &end)) /* it was cut within a character */
    text[end - text] = '\0';
}

/* --- The end --- */

void
lathe_helper_kill (const LatheHelper *helper)
{
  kill (helper->pid, SIGKILL);
}

/**
 * lathe_helper_end:
 *
 * Ends it, and waits until it is gone.
 *
 * Returns: (transfer full): what it died of
 */
char *
lathe_helper_end (LatheHelper *helper)
{
  int status = 0;

  close_file (&helper->socket);
  close_file (&helper->lifeline);
  if (helper->pid > 0)
    {
#ifndef LATHE_INSTRUMENTED
      /* One that is dying already keeps what it dies of. */
      lathe_helper_kill (helper);
#endif
      while (waitpid (helper->pid, &status, 0) < 0 && errno == EINTR)
        ;
    }
  helper->pid = 0;
  if (WIFSIGNALED (status))
    return g_strdup (g_strsignal (WTERMSIG (status)));
  return g_strdup_printf (_ ("exit status %d"), WEXITSTATUS (status));
}
