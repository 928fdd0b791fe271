/* lathe-span.h: the bytes of a file, or a part of them, wherever they are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Those in memory, or else those behind a descriptor; neither is owned. */
typedef struct
{
  const guint8 *bytes;
  int fd;
  guint64 begin, size;
} LatheSpan;

gboolean lathe_span_read (const LatheSpan *span, guint64 at, gpointer bytes, gsize n);

G_END_DECLS
