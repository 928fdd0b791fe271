/* stand-in-decoder.c: takes the place of lathe-decoder, and does whatever the first word of a picture or a model says.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lathe-error.h"
#include "base/lathe-helper.h"
#include "dataset/lathe-decoder-wire.h"
#include "formats/lathe-import-apart.h"

static gboolean
says (const guint8 *room, const char *word)
{
  return memcmp (room, word, strlen (word)) == 0;
}

static void
misbehave (const guint8 *room)
{
  if (says (room, "crash"))
    {
      signal (SIGSEGV, SIG_DFL); /* which a sanitizer has taken for itself */
      raise (SIGSEGV);
    }
  else if (says (room, "leave"))
    _exit (3);
  else if (says (room, "sleep"))
    pause ();
}

/* --- Pictures --- */

static void
answer_picture (const guint8 *room, LatheWireReply *reply)
{
  misbehave (room);
  if (says (room, "boast"))
    reply->width = reply->height = LATHE_MAX_SIDE;
  else if (says (room, "wrong"))
    reply->answer = (LatheWireAnswer) 99;
  else if (says (room, "again"))
    reply->answer = LATHE_WIRE_LARGE;
  else if (says (room, "shout"))
    {
      reply->answer = LATHE_WIRE_REFUSED;
      reply->code = LATHE_ERROR_FORMAT;
      memset (reply->text, '\xff', sizeof reply->text);
      memcpy (reply->text, "one\ntwo\033", 8);
    }
  else if (says (room, "claim"))
    {
      reply->answer = LATHE_WIRE_REFUSED;
      reply->code = LATHE_ERROR_INVALID;
    }
}

static void
answer_pictures (void)
{
  LatheWireReply reply;
  LatheWireRequest request;
  guint8 *room = mmap (NULL, LATHE_WIRE_ROOM, PROT_READ | PROT_WRITE, MAP_SHARED, LATHE_HELPER_FILES, 0);

  while (recv (LATHE_HELPER_SOCKET, &request, sizeof request, 0) == sizeof request)
    {
      reply = (LatheWireReply){.answer = LATHE_WIRE_DONE, .width = 2, .height = 2};
      memset (room + LATHE_WIRE_PICTURE, 0x77, 64);
      answer_picture (room, &reply);
      send (LATHE_HELPER_SOCKET, &reply, sizeof reply, 0);
    }
}

/* --- Models --- */

#define WORD 5 /* letters; behind it comes what is left in the memory */

/* A process that nobody knows of keeps hold of the memory for some seconds. */
static void
leave_another (void)
{
  if (fork () != 0)
    return;
  close (LATHE_HELPER_SOCKET);
  sleep (3);
  _exit (0);
}

static void
answer_model (void)
{
  guint8 word[WORD] = "";
  struct stat file, memory;

  fstat (LATHE_APART_FILE, &file);
  fstat (LATHE_APART_MEMORY, &memory);
  LatheApartReply reply = {.n_bytes = (guint64) file.st_size - WORD, .code = LATHE_ERROR_FORMAT};
  guint8 *room = mmap (NULL, (gsize) memory.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, LATHE_APART_MEMORY, 0);
  gssize n = pread (LATHE_APART_FILE, word, WORD, 0) + pread (LATHE_APART_FILE, room, reply.n_bytes, WORD);

  misbehave (word);
  reply.is_model = says (word, "model") || says (word, "boast") || says (word, "other");
  reply.unnamed = says (word, "model");
  if (n != file.st_size || says (word, "empty"))
    reply.n_bytes = 0;
  else if (says (word, "boast"))
    reply.n_bytes = (guint64) memory.st_size + 1;
  else if (says (word, "brags"))
    reply.n_bytes = LATHE_APART_MOST_TEXT + 1;
  else if (says (word, "wrong"))
    reply.code = 99;
  else if (says (word, "other"))
    leave_another ();
  send (LATHE_HELPER_SOCKET, &reply, says (word, "short") ? 3 : sizeof reply, 0);
}

int
main (int argc, char **argv)
{
  const LatheHelperHello hello = {.version = LATHE_VERSION};

  send (LATHE_HELPER_SOCKET, &hello, sizeof hello, 0);
  if (argc > 1)
    answer_model ();
  else
    answer_pictures ();
  return 0;
}
