/* lathe-pace.h: how fast a training goes, and so how long the rest of it takes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LATHE_PACE_PIECES 5 /* the one that goes on, and the epoch before it in quarters */

/* What the last epoch's worth of images took: what was long ago says nothing of a machine that others use, too. */
typedef struct
{
  double images, work, waiting; /* seconds, at work and waiting for images to be read */
} LathePacePiece;

typedef struct
{
  double piece;   /* images of one */
  gboolean first; /* the first epoch, in which images are decoded that later ones find decoded */
  LathePacePiece pieces[LATHE_PACE_PIECES];
  guint at;
} LathePace;

void lathe_pace_init (LathePace *pace, double images);
void lathe_pace_note (LathePace *pace, double images, double work, double waiting);
void lathe_pace_end_epoch (LathePace *pace);
double lathe_pace_left (const LathePace *pace, double now, double later);

G_END_DECLS
