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
#include "dataset/lathe-decoder-wire.h"

static gboolean
says (const guint8 *room, const char *word)
{
  return memcmp (room, word, strlen (word)) == 0;
}

static void
behave (const guint8 *room, LatheWireReply *reply)
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
  else if (says (room, "boast"))
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

int
main (void)
{
  LatheWireReply reply = {.answer = LATHE_WIRE_READY, .text = LATHE_VERSION};
  LatheWireRequest request;
  guint8 *room = mmap (NULL, LATHE_WIRE_ROOM, PROT_READ | PROT_WRITE, MAP_SHARED, LATHE_WIRE_MEMORY, 0);

  send (LATHE_WIRE_SOCKET, &reply, sizeof reply, 0);
  while (recv (LATHE_WIRE_SOCKET, &request, sizeof request, 0) == sizeof request)
    {
      reply = (LatheWireReply){.answer = LATHE_WIRE_DONE, .width = 2, .height = 2};
      memset (room + LATHE_WIRE_PICTURE, 0x77, 64);
      behave (room, &reply);
      send (LATHE_WIRE_SOCKET, &reply, sizeof reply, 0);
    }
  return 0;
}
