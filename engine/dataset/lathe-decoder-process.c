/* lathe-decoder-process.c: one helper that decodes: started, asked, and buried.
 *
 * It ends with its parent because of the lifeline, a pipe of which only the parent has the other end: when that closes,
 * the system sends the helper a signal. The obvious way, PR_SET_PDEATHSIG, goes by the thread that started the helper,
 * and the threads that decode come and go.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _GNU_SOURCE /* memfd_create(), pipe2(), posix_spawn_file_actions_addclosefrom_np() */
#include "lathe-decoder-process.h"

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

#include "base/lathe-error.h"
#include "lathe-picture.h"

#define FIRST_FILE 10         /* above those that the helper gets, so that none is overwritten before it is passed on */
#define START_SECONDS 30      /* a machine may be busy */
#define KEPT_BYTES (1u << 20) /* of the room's halves; what a larger picture needed goes back to the system */

struct _LatheDecoderProcess
{
  pid_t pid;
  int socket, lifeline;
  guint8 *room;
  gsize n_bytes, n_pixels; /* of the room's halves, in use */
  guint n_asked;
};

/* The helper's ends, for as long as it takes to start it. */
typedef struct
{
  int lifeline, socket, memory;
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

/* A file of memory that neither end can make smaller under the other. */
static int
make_memory (void)
{
  int fd = move_up (memfd_create ("lathe-decoder", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (fd >= 0 && (ftruncate (fd, (off_t) LATHE_WIRE_ROOM) != 0 ||
                  fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0))
    close_file (&fd);
  return fd;
}

static gboolean
make_ends (LatheDecoderProcess *process, Ends *ends)
{
  int lifeline[2], sockets[2];

  if (pipe2 (lifeline, O_CLOEXEC) == 0)
    {
      ends->lifeline = move_up (lifeline[0]);
      process->lifeline = move_up (lifeline[1]);
    }
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0)
    {
      ends->socket = move_up (sockets[0]);
      process->socket = move_up (sockets[1]);
    }
  ends->memory = make_memory ();
  if (ends->lifeline < 0 || process->lifeline < 0 || ends->socket < 0 || process->socket < 0 || ends->memory < 0)
    return FALSE;
  process->room = mmap (NULL, LATHE_WIRE_ROOM, PROT_READ | PROT_WRITE, MAP_SHARED, ends->memory, 0);
  return process->room != MAP_FAILED;
}

/* A process group of its own keeps Ctrl+C in the terminal for the program that asks. Returns: an errno. */
static int
spawn (const char *program, const Ends *ends, pid_t *pid)
{
  char *arguments[] = {(char *) program, NULL};
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
  posix_spawn_file_actions_adddup2 (&files, ends->lifeline, LATHE_WIRE_LIFELINE);
  posix_spawn_file_actions_adddup2 (&files, ends->socket, LATHE_WIRE_SOCKET);
  posix_spawn_file_actions_adddup2 (&files, ends->memory, LATHE_WIRE_MEMORY);
  posix_spawn_file_actions_addopen (&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
#ifndef LATHE_INSTRUMENTED
  posix_spawn_file_actions_addopen (&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
#endif
  posix_spawn_file_actions_addclosefrom_np (&files, LATHE_WIRE_MEMORY + 1);
  int failure = posix_spawn (pid, program, &files, &attributes, arguments, environment);
  posix_spawn_file_actions_destroy (&files);
  posix_spawnattr_destroy (&attributes);
  return failure;
}

/* A whole reply, before the deadline. */
static LatheDecoderOutcome
receive (LatheDecoderProcess *process, gint64 deadline, LatheWireReply *reply)
{
  for (;;)
    {
      struct pollfd file = {.fd = process->socket, .events = POLLIN};
      gint64 left = (deadline - g_get_monotonic_time ()) / 1000;
      int n_ready = poll (&file, 1, (int) CLAMP (left, 0, G_MAXINT));

      if (n_ready == 0)
        return LATHE_DECODER_LATE;
      gssize n = n_ready > 0 ? recv (process->socket, reply, sizeof *reply, MSG_DONTWAIT) : -1;
      if (n == sizeof *reply)
        return LATHE_DECODER_ANSWERED;
      if (n >= 0 || (errno != EINTR && errno != EAGAIN))
        return LATHE_DECODER_DIED;
    }
}

static gboolean
send_request (LatheDecoderProcess *process, const LatheWireRequest *request)
{
  gssize n;
  do
    n = send (process->socket, request, sizeof *request, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n == sizeof *request;
}

/* Text from a process that may be in the hands of a picture: one line of UTF-8. */
static void
clean_text (char *text, gsize size)
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

LatheDecoderProcess *
lathe_decoder_process_start (const char *program, gboolean *filtered, GError **error)
{
  LatheDecoderProcess *process = g_new (LatheDecoderProcess, 1);
  Ends ends = {-1, -1, -1};
  LatheWireReply hello;
  int failure = 0;

  *process = (LatheDecoderProcess){.socket = -1, .lifeline = -1, .room = MAP_FAILED};
  if (!make_ends (process, &ends))
    failure = errno;
  else
    failure = spawn (program, &ends, &process->pid);
  close_file (&ends.lifeline);
  close_file (&ends.socket);
  close_file (&ends.memory);
  if (failure != 0)
    {
      g_autofree char *name = g_filename_display_name (program);
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("“%s” cannot be started: %s"), name, g_strerror (failure));
      g_free (lathe_decoder_process_end (process));
      return NULL;
    }

  LatheDecoderOutcome outcome = receive (process, g_get_monotonic_time () + START_SECONDS * G_USEC_PER_SEC, &hello);
  if (outcome == LATHE_DECODER_ANSWERED && hello.answer == LATHE_WIRE_READY)
    {
      clean_text (hello.text, sizeof hello.text);
      if (g_str_equal (hello.text, LATHE_VERSION))
        {
          *filtered = hello.code != 0;
          return process;
        }
    }
  g_autofree char *name = g_filename_display_name (program);
  g_autofree char *cause = lathe_decoder_process_end (process);
  if (outcome == LATHE_DECODER_DIED)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("“%s” ends as soon as it is started (%s)"), name, cause);
  else
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("“%s” does not answer as this version's does"), name);
  return NULL;
}

char *
lathe_decoder_process_end (LatheDecoderProcess *process)
{
  int status = 0;
  char *cause = NULL;

  close_file (&process->socket);
  close_file (&process->lifeline);
  if (process->room != MAP_FAILED)
    munmap (process->room, LATHE_WIRE_ROOM);
  if (process->pid > 0)
    {
#ifndef LATHE_INSTRUMENTED
      /* One that is dying already keeps what it dies of. */
      kill (process->pid, SIGKILL);
#endif
      while (waitpid (process->pid, &status, 0) < 0 && errno == EINTR)
        ;
    }
  if (WIFSIGNALED (status))
    cause = g_strdup (g_strsignal (WTERMSIG (status)));
  else
    cause = g_strdup_printf (_ ("exit status %d"), WEXITSTATUS (status));
  g_free (process);
  return cause;
}

/* How many bytes the answer has left in the room; more than fit are no answer. */
static gsize
count_pixels (const LatheWireRequest *request, const LatheWireReply *reply)
{
  if (request->task == LATHE_WIRE_DECODE)
    return (gsize) request->width * request->height * request->channels;
  return request->task == LATHE_WIRE_PREVIEW ? (gsize) reply->width * reply->height * 3 : 0;
}

static gboolean
is_sound (LatheDecoderProcess *process, const LatheWireRequest *request, LatheWireReply *reply)
{
  clean_text (reply->text, sizeof reply->text);
  if (reply->answer == LATHE_WIRE_REFUSED)
    return reply->code == LATHE_ERROR_IO || reply->code == LATHE_ERROR_FORMAT || reply->code == LATHE_ERROR_UNSUPPORTED;
  process->n_pixels = count_pixels (request, reply);
  return reply->answer == LATHE_WIRE_DONE && MIN (reply->width, reply->height) > 0 &&
         MAX (reply->width, reply->height) <= LATHE_MAX_SIDE && process->n_pixels <= LATHE_WIRE_PIXELS;
}

LatheDecoderOutcome
lathe_decoder_process_ask (LatheDecoderProcess *process, const LatheBytes *picture, const LatheWireRequest *request,
                           guint seconds, LatheWireReply *reply)
{
  g_autoptr (GMutexLocker) alone = NULL;
  LatheWireRequest asked = *request;
  LatheDecoderOutcome outcome;

  process->n_asked++;
  process->n_bytes = asked.n_bytes = lathe_bytes_read (picture, 0, process->room, (gsize) picture->size);
  for (;;)
    {
      if (!send_request (process, &asked))
        return LATHE_DECODER_DIED;
      outcome = receive (process, g_get_monotonic_time () + seconds * G_USEC_PER_SEC, reply);
      if (outcome != LATHE_DECODER_ANSWERED || reply->answer != LATHE_WIRE_LARGE || alone != NULL)
        break;
      alone = lathe_picture_wait_for_room ();
      asked.task = LATHE_WIRE_GO_ON;
    }
  if (outcome == LATHE_DECODER_ANSWERED && !is_sound (process, request, reply))
    outcome = LATHE_DECODER_DIED;
  if (outcome != LATHE_DECODER_ANSWERED)
    kill (process->pid, SIGKILL);
  return outcome;
}

static void
shrink (guint8 *half, gsize n)
{
  if (n > KEPT_BYTES)
    madvise (half + KEPT_BYTES, n - KEPT_BYTES, MADV_REMOVE);
}

void
lathe_decoder_process_rest (LatheDecoderProcess *process)
{
  shrink (process->room, process->n_bytes);
  shrink (process->room + LATHE_WIRE_PICTURE, process->n_pixels);
  process->n_bytes = process->n_pixels = 0;
}

guint
lathe_decoder_process_get_n_asked (const LatheDecoderProcess *process)
{
  return process->n_asked;
}

const guint8 *
lathe_decoder_process_get_pixels (const LatheDecoderProcess *process)
{
  return process->room + LATHE_WIRE_PICTURE;
}
