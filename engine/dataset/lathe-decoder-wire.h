/* lathe-decoder-wire.h: what the program lathe-decoder is asked, and what it answers.
 *
 * A helper for pictures has, in its first file, the room that both have mapped: in it lie a picture's bytes and, behind
 * them, the pixels that came of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "lathe-decode.h"

G_BEGIN_DECLS

#define LATHE_WIRE_PICTURE ((gsize) LATHE_MAX_IMAGE_BYTES)
#define LATHE_WIRE_PIXELS ((gsize) LATHE_MAX_PIXELS * 3)
#define LATHE_WIRE_ROOM (LATHE_WIRE_PICTURE + LATHE_WIRE_PIXELS)

typedef enum
{
  LATHE_WIRE_MEASURE,
  LATHE_WIRE_DECODE,
  LATHE_WIRE_PREVIEW,
  LATHE_WIRE_GO_ON, /* after LATHE_WIRE_LARGE */
} LatheWireTask;

typedef struct
{
  LatheWireTask task;
  guint64 n_bytes;               /* of the picture */
  guint width, height, channels; /* to decode */
  LatheFit fit;                  /* to decode */
  guint limit;                   /* to preview */
} LatheWireRequest;

typedef enum
{
  LATHE_WIRE_DONE,    /* width, height: measured, or of the preview */
  LATHE_WIRE_REFUSED, /* code: a LatheError; text: why */
  LATHE_WIRE_LARGE,   /* it would take much memory: LATHE_WIRE_GO_ON is waited for */
} LatheWireAnswer;

typedef struct
{
  LatheWireAnswer answer;
  int code;
  guint width, height;
  char text[400];
} LatheWireReply;

G_END_DECLS
