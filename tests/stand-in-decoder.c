/* stand-in-decoder.c: takes the place of lathe-decoder, and does whatever a picture's first word says.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/lathe-error.h"
#include "base/lathe-helper.h"
#include "dataset/lathe-decoder-wire.h"

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

int
main (void)
{
  const LatheHelperHello hello = {.version = LATHE_VERSION};

  send (LATHE_HELPER_SOCKET, &hello, sizeof hello, 0);
  answer_pictures ();
  return 0;
}
