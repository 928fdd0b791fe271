/* lathe-span.c: the bytes of a file, or a part of them, wherever they are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-span.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/**
 * lathe_span_read:
 *
 * Returns: whether there are so many bytes at that place, and they could be read
 */
gboolean
lathe_span_read (const LatheSpan *span, guint64 at, gpointer bytes, gsize n)
{
  if (at > span->size || n > span->size - at)
    return FALSE;
  if (span->bytes != NULL)
    {
      memcpy (bytes, span->bytes + span->begin + at, n);
      return TRUE;
    }
  for (gsize done = 0; done < n;)
    {
      gssize got = pread (span->fd, (guint8 *) bytes + done, n - done, (off_t) (span->begin + at + done));

      if (got == 0 || (got < 0 && errno != EINTR))
        return FALSE;
      done += got > 0 ? (gsize) got : 0;
    }
  return TRUE;
}
