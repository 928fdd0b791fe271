/* augment.h: images, and lists of augmentations, for the tests of both.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"

G_BEGIN_DECLS

#define COLOURED 5 /* the side of a coloured image */
#define N_COLOURED (COLOURED * COLOURED * 3)

extern const LathePreprocess augment_coloured;   /* as in a picture, 0 … 1 */
extern const LathePreprocess augment_normalised; /* the same, by a mean and a deviation a channel */

void augment_fill (LatheReal *x, gsize n, guint32 stream);
void augment_assert_alike (const LatheReal *a, const LatheReal *b, gsize n, double tolerance);
LatheAugmentation augment_read (const char *list);

G_END_DECLS
