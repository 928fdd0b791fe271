/* lathe-pace.c: how fast a training goes, and so how long the rest of it takes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-pace.h"

#include <math.h>

/**
 * lathe_pace_init:
 * @pace: (out caller-allocates)
 * @images: of an epoch
 */
void
lathe_pace_init (LathePace *pace, double images)
{
  *pace = (LathePace){.piece = images / (LATHE_PACE_PIECES - 1), .first = TRUE};
}

/* So many images have taken so long. */
void
lathe_pace_note (LathePace *pace, double images, double work, double waiting)
{
  LathePacePiece *piece = &pace->pieces[pace->at];

  if (piece->images >= pace->piece)
    {
      pace->at = (pace->at + 1) % LATHE_PACE_PIECES;
      piece = &pace->pieces[pace->at];
      *piece = (LathePacePiece){0};
    }
  piece->images += images;
  piece->work += work;
  piece->waiting += waiting;
}

/* How long was waited for images in the first epoch says nothing of the next ones. */
void
lathe_pace_end_epoch (LathePace *pace)
{
  for (guint i = 0; pace->first && i < LATHE_PACE_PIECES; i++)
    pace->pieces[i].waiting = 0;
  pace->first = FALSE;
}

/**
 * lathe_pace_left:
 * @now: images that are left of this epoch
 * @later: of those after it
 *
 * Returns: seconds that they take; NAN as long as nothing was noted
 */
double
lathe_pace_left (const LathePace *pace, double now, double later)
{
  LathePacePiece all = {0};

  for (guint i = 0; i < LATHE_PACE_PIECES; i++)
    {
      all.images += pace->pieces[i].images;
      all.work += pace->pieces[i].work;
      all.waiting += pace->pieces[i].waiting;
    }
  if (all.images == 0)
    return NAN;
  return (all.work * (now + later) + all.waiting * (now + (pace->first ? 0 : later))) / all.images;
}
