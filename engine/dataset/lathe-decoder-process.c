/* lathe-decoder-process.c: one helper that decodes: started, asked, and buried.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _GNU_SOURCE /* F_SEAL_… */
#include "lathe-decoder-process.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/lathe-error.h"
#include "base/lathe-helper.h"
#include "lathe-picture.h"

#define KEPT_BYTES (1u << 20) /* of the room's halves; what a larger picture needed goes back to the system */
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) /* neither end can make the room smaller under the other */

struct _LatheDecoderProcess
{
  LatheHelper helper;
  guint8 *room;
  gsize n_bytes, n_pixels; /* of the room's halves, in use */
  guint n_asked;
};

LatheDecoderProcess *
lathe_decoder_process_start (const char *program, gboolean *filtered, GError **error)
{
  int memory = lathe_helper_open_memory (LATHE_WIRE_ROOM, SEALS);
  guint8 *room = memory >= 0 ? mmap (NULL, LATHE_WIRE_ROOM, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0) : MAP_FAILED;
  LatheDecoderProcess *process = NULL;
  LatheHelper helper;

  if (room == MAP_FAILED)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("there is no memory for it: %s"), g_strerror (errno));
  else if (!lathe_helper_start (&helper, program, NULL, &memory, 1, filtered, error))
    munmap (room, LATHE_WIRE_ROOM);
  else
    {
      process = g_new (LatheDecoderProcess, 1);
      *process = (LatheDecoderProcess){.helper = helper, .room = room};
    }
  if (memory >= 0)
    close (memory);
  return process;
}

char *
lathe_decoder_process_end (LatheDecoderProcess *process)
{
  char *cause = lathe_helper_end (&process->helper);

  munmap (process->room, LATHE_WIRE_ROOM);
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
  lathe_helper_clean_text (reply->text, sizeof reply->text);
  if (reply->answer == LATHE_WIRE_REFUSED)
    return reply->code == LATHE_ERROR_IO || reply->code == LATHE_ERROR_FORMAT || reply->code == LATHE_ERROR_UNSUPPORTED;
  process->n_pixels = count_pixels (request, reply);
  return reply->answer == LATHE_WIRE_DONE && MIN (reply->width, reply->height) > 0 &&
         MAX (reply->width, reply->height) <= LATHE_MAX_SIDE && process->n_pixels <= LATHE_WIRE_PIXELS;
}

LatheHelperOutcome
lathe_decoder_process_ask (LatheDecoderProcess *process, const LatheBytes *picture, const LatheWireRequest *request,
                           guint seconds, LatheWireReply *reply)
{
  g_autoptr (GMutexLocker) alone = NULL;
  LatheWireRequest asked = *request;
  LatheHelperOutcome outcome;

  process->n_asked++;
  process->n_bytes = asked.n_bytes = lathe_bytes_read (picture, 0, process->room, (gsize) picture->size);
  for (;;)
    {
      if (!lathe_helper_send (&process->helper, &asked, sizeof asked))
        return LATHE_HELPER_DIED;
      outcome = lathe_helper_receive (&process->helper, seconds, reply, sizeof *reply);
      if (outcome != LATHE_HELPER_ANSWERED || reply->answer != LATHE_WIRE_LARGE || alone != NULL)
        break;
      alone = lathe_picture_wait_for_room ();
      asked.task = LATHE_WIRE_GO_ON;
    }
  if (outcome == LATHE_HELPER_ANSWERED && !is_sound (process, request, reply))
    outcome = LATHE_HELPER_DIED;
  if (outcome != LATHE_HELPER_ANSWERED)
    lathe_helper_kill (&process->helper);
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
