/* main.c: lathe-decoder, the program in which pictures are decoded. It is started by others: see lathe-decoder.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <glib/gi18n.h>
#include <locale.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/lathe-error.h"
#include "dataset/lathe-decoder-wire.h"
#include "dataset/lathe-picture.h"
#include "jail.h"

#define KEPT_BYTES (4 << 20)

static GLogWriterOutput
drop_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  return G_LOG_WRITER_HANDLED;
}

static void
load_translations (void)
{
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LATHE_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  /* A catalogue is opened when it is first asked for something, which is too late in the jail. */
  g_dgettext (GETTEXT_PACKAGE, "truncated");
  g_dgettext ("gdk-pixbuf", "Failed to load image");
}

static gboolean
receive (LatheWireRequest *request)
{
  gssize n;
  do
    n = recv (LATHE_WIRE_SOCKET, request, sizeof *request, 0);
  while (n < 0 && errno == EINTR);
  return n == sizeof *request;
}

static gboolean
reply (const LatheWireReply *answer)
{
  return send (LATHE_WIRE_SOCKET, answer, sizeof *answer, MSG_NOSIGNAL) == sizeof *answer;
}

/* Whether the picture may be decoded now: a large one waits for its turn. */
static gboolean
wait_for_room (const LatheImageFile *file)
{
  const LatheWireReply large = {.answer = LATHE_WIRE_LARGE};
  LatheWireRequest go_on;

  return !lathe_picture_is_large (file) || (reply (&large) && receive (&go_on));
}

static gboolean
work (const LatheWireRequest *request, const LatheImageFile *file, guint8 *pixels, LatheWireReply *answer,
      GError **error)
{
  const LathePreprocess preprocess = {
      .width = request->width, .height = request->height, .channels = request->channels, .fit = request->fit};

  answer->width = file->width;
  answer->height = file->height;
  if (request->task == LATHE_WIRE_MEASURE)
    return TRUE;
  if (!wait_for_room (file))
    return FALSE;
  if (request->task == LATHE_WIRE_DECODE)
    return lathe_picture_decode (file, &preprocess, pixels, error);
  lathe_picture_fit (file, request->limit, &answer->width, &answer->height);
  return lathe_picture_preview (file, request->limit, pixels, error);
}

/* The picture is in the room, as if it were an image in an archive that has been unpacked. */
static void
serve (const LatheWireRequest *request, guint8 *room, LatheWireReply *answer)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new_static (room, request->n_bytes);
  g_auto (LathePiece) piece = {
      .kind = LATHE_PIECE_STORED,
      .container = lathe_container_new (bytes),
      .length = (goffset) request->n_bytes,
      .size = (goffset) request->n_bytes,
  };
  g_auto (LatheImageFile) file = {.bytes = LATHE_BYTES_CLOSED};

  *answer = (LatheWireReply){.answer = LATHE_WIRE_DONE};
  if (lathe_image_file_open_here (&file, NULL, &piece, &error) &&
      work (request, &file, room + LATHE_WIRE_PICTURE, answer, &error))
    return;
  *answer = (LatheWireReply){.answer = LATHE_WIRE_REFUSED};
  if (error != NULL)
    {
      answer->code = error->code;
      g_strlcpy (answer->text, error->message, sizeof answer->text);
    }
}

/* One picture of one pixel, by a decoder that had to be loaded: where this does not go in the jail, nothing will. */
static gboolean
decode_one (guint8 *room)
{
  static const char gif[] = "GIF89a\1\0\1\0\200\0\0\0\0\0\377\377\377,\0\0\0\0\1\0\1\0\0\2\2D\1\0;";
  const LatheWireRequest request = {
      .task = LATHE_WIRE_DECODE, .n_bytes = sizeof gif - 1, .width = 1, .height = 1, .channels = 3};
  LatheWireReply answer;

  memcpy (room, gif, sizeof gif - 1);
  serve (&request, room, &answer);
  return answer.answer == LATHE_WIRE_DONE;
}

int
main (void)
{
  LatheWireReply answer = {.answer = LATHE_WIRE_READY, .text = LATHE_VERSION};
  LatheWireRequest request;
  gboolean filtered;
  guint8 *room = mmap (NULL, LATHE_WIRE_ROOM, PROT_READ | PROT_WRITE, MAP_SHARED, LATHE_WIRE_MEMORY, 0);

#ifdef __GLIBC__
  /* Memory for the usual picture is at hand for the next one; what is beyond goes back to the system. */
  mallopt (M_TRIM_THRESHOLD, KEPT_BYTES);
  mallopt (M_MMAP_THRESHOLD, KEPT_BYTES);
#endif
  g_log_set_writer_func (drop_log, NULL, NULL);
  load_translations ();
  if (room == MAP_FAILED || !jail_enter (&filtered) || !decode_one (room))
    return 1;
  answer.code = filtered;
  if (!reply (&answer))
    return 1;
  while (receive (&request))
    {
      serve (&request, room, &answer);
      if (!reply (&answer))
        return 1;
    }
  return 0;
}
