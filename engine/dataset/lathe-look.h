/* lathe-look.h: one look at one image, and which images look alike.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-survey.h"

G_BEGIN_DECLS

#define LATHE_LOOK_PIXELS 64 /* a side of what is looked at */

/* Two images that show the same. */
typedef struct
{
  guint first, second; /* indices, first < second */
  guint lies;          /* LATHE_LIES_…: what brings the first over the second */
  float detail;        /* correlation of what is small in them */
} LatheAlike;

void lathe_look_at (const guint8 *rgb, LatheLook *look);
guint64 lathe_look_hash_lying (guint64 hash, guint lies);
GArray *lathe_looks_find_alike (const LatheLook *looks, guint n, GCancellable *cancellable);

G_END_DECLS
