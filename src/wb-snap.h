/* wb-snap.h: what is moved over a canvas lines up with what is there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-point.h"

G_BEGIN_DECLS

typedef struct
{
  WbPoint from, to;
} WbGuide;

typedef struct
{
  WbPoint middle; /* of the moved box, where it snaps to */
  guint n_guides; /* 0 … 2: first the upright one, when there is one */
  WbGuide guides[2];
} WbSnap;

/**
 * wb_snap:
 * @moved: where the pointer has it
 * @others: n boxes that stand still
 * @reach: how far it jumps, canvas units
 *
 * Lines the middle of a moved box up with the nearest middle each way that is within reach. A guide runs through all
 * the middles that then are in line, from the outermost border to the other.
 */
WbSnap wb_snap (WbBox moved, const WbBox *others, guint n, double reach);

G_END_DECLS
