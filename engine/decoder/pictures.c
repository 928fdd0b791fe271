/* pictures.c: decodes pictures, one after another, as long as the program lives that asks for them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/lathe-error.h"
#include "base/lathe-helper.h"
#include "dataset/lathe-decoder-wire.h"
#include "dataset/lathe-picture.h"
#include "jail.h"
#include "jobs.h"

#define KEPT_BYTES (4 << 20)

/* The room; the largest picture with an alpha channel, once as it is stored and once upright; a progressive JPEG's
 * coefficients, or a file's bytes again; and the libraries. No helper has so much to do as would take an hour; one that
 * turns in circles unasked ends. */
static const JailLimits limits = {.memory = (guint64) 3 << 30, .seconds = 3600};

/* Every format's decoder is a file that is loaded when it is first used, which is too late in the jail. */
static void
load_decoders (void)
{
  g_autoptr (GSList) formats = gdk_pixbuf_get_formats ();

  for (GSList *item = formats; item != NULL; item = item->next)
    {
      g_autofree char *name = gdk_pixbuf_format_get_name (item->data);
      g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new_with_type (name, NULL);
      if (loader != NULL)
        gdk_pixbuf_loader_close (loader, NULL);
    }
}

static gboolean
receive (LatheWireRequest *request)
{
  gssize n;
  do
    n = recv (LATHE_HELPER_SOCKET, request, sizeof *request, 0);
  while (n < 0 && errno == EINTR);
  return n == sizeof *request;
}

/* Whether the picture may be decoded now: a large one waits for its turn. */
static gboolean
wait_for_room (const LatheImageFile *file)
{
  const LatheWireReply large = {.answer = LATHE_WIRE_LARGE};
  LatheWireRequest go_on;

  return !lathe_picture_is_large (file) || (say (&large, sizeof large) && receive (&go_on));
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

gboolean
decode_pictures (void)
{
  LatheWireReply answer;
  LatheWireRequest request;
  gboolean filtered;
  guint8 *room = mmap (NULL, LATHE_WIRE_ROOM, PROT_READ | PROT_WRITE, MAP_SHARED, LATHE_HELPER_FILES, 0);

#ifdef __GLIBC__
  /* Memory for the usual picture is at hand for the next one; what is beyond goes back to the system. */
  mallopt (M_TRIM_THRESHOLD, KEPT_BYTES);
  mallopt (M_MMAP_THRESHOLD, KEPT_BYTES);
#endif
  load_decoders ();
  if (room == MAP_FAILED || !jail_enter (&limits, &filtered) || !decode_one (room) || !say_hello (filtered))
    return FALSE;
  while (receive (&request))
    {
      serve (&request, room, &answer);
      if (!say (&answer, sizeof answer))
        return FALSE;
    }
  return TRUE;
}
