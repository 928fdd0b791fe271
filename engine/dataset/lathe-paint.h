/* lathe-paint.h: what is done to an image as it lies there: blur, noise, holes, tones.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-rng.h"
#include "lathe-colour.h"
#include "lathe-warp.h"

G_BEGIN_DECLS

#define LATHE_MAX_BLUR 10 /* pixels */
#define LATHE_N_TONES 256

/* An image as the network takes it, and room for another. */
typedef struct
{
  const LathePreprocess *preprocess;
  LatheReal *x, *scratch; /* height × width × channels each */
} LatheCanvas;

/* What each of 256 steps from black to white becomes, 0 … 1. */
typedef float LatheTones[3][LATHE_N_TONES];

void lathe_paint_blur (const LatheCanvas *canvas, double deviation);
void lathe_paint_sharpness (const LatheCanvas *canvas, double factor);
void lathe_paint_noise (const LatheCanvas *canvas, const LatheRng *rng, double deviation);
void lathe_paint_hole (const LatheCanvas *canvas, int top, int left, guint side);
void lathe_paint_count_tones (const LatheCanvas *canvas, guint32 counts[3][LATHE_N_TONES]);
void lathe_paint_tones (const LatheCanvas *canvas, LatheTones tones);

G_END_DECLS
