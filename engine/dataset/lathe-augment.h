/* lathe-augment.h: images as they might have been: what training sees is never twice the same.
 *
 * Whatever is asked for is done to an image in this order:
 *
 *   1. flips, rotation, zoom, shear, crop, shift, and those of RandAugment: one affine map, by which it is sampled once
 *   2. brightness, contrast, saturation, hue, and those of RandAugment: one matrix, by which colours are multiplied
 * once
 *   3. what is left of RandAugment: tones, sharpness
 *   4. blur, then noise, then cutout
 *   5. mixup or CutMix, of the images of one batch, in lathe-mix.h
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "base/lathe-rng.h"
#include "lathe-colour.h"
#include "lathe-paint.h"
#include "lathe-warp.h"

G_BEGIN_DECLS

/* The numbers are those of the row's choices: new ones go to the end. */
typedef enum
{
  LATHE_FLIP_NONE,
  LATHE_FLIP_RANDOM,
  LATHE_FLIP_ALTERNATE, /* Jordan 2024, arXiv 2404.00498, section 3.6 */
  LATHE_N_FLIPS
} LatheFlip;

#define LATHE_MAX_STRENGTH 10 /* of RandAugment */

/* 0 is none of it. What is drawn is within so much of no change, both ways where there are two. */
typedef struct
{
  guint flip, flip_vertical;               /* LatheFlip */
  double rotate, zoom, shear, crop;        /* degrees, share of the size, degrees, share of the side */
  guint shift;                             /* pixels */
  double brightness, contrast, saturation; /* shares */
  double hue;                              /* degrees */
  double randaugment;                      /* strength, 0 … LATHE_MAX_STRENGTH */
  double blur, noise;                      /* deviation: in pixels; where black is 0 and white is 1 */
  guint cutout;                            /* the square's side in pixels */
  double mixup, cutmix;                    /* alpha of the beta distribution */
} LatheAugmentation;

/* Places in the stream of what is drawn for one image in one epoch: never renumber. */
typedef enum
{
  LATHE_DRAW_FLIP,
  LATHE_DRAW_DOWN,
  LATHE_DRAW_RIGHT,
  LATHE_DRAW_FLIP_VERTICAL,
  LATHE_DRAW_ROTATE,
  LATHE_DRAW_ZOOM,
  LATHE_DRAW_SHEAR,
  LATHE_DRAW_CROP,
  LATHE_DRAW_CROP_DOWN,
  LATHE_DRAW_CROP_RIGHT,
  LATHE_DRAW_BRIGHTNESS,
  LATHE_DRAW_CONTRAST,
  LATHE_DRAW_SATURATION,
  LATHE_DRAW_HUE,
  LATHE_DRAW_BLUR,
  LATHE_DRAW_NOISE,
  LATHE_DRAW_CUT_DOWN,
  LATHE_DRAW_CUT_RIGHT,
  LATHE_DRAW_MIX_KIND,
  LATHE_DRAW_MIX_OTHER,
  LATHE_DRAW_MIX_SHARE, /* and the one after it */
  LATHE_DRAW_MIX_DOWN = LATHE_DRAW_MIX_SHARE + 2,
  LATHE_DRAW_MIX_RIGHT,
  LATHE_DRAW_RANDAUGMENT /* and those after it */
} LatheDrawPlace;

/* For whom is drawn. */
typedef struct
{
  guint64 seed;
  guint32 epoch, image;
} LatheDraw;

/* One kind of augmentation, as a list of them names it. It does one or more of three things; what it does to a batch is
 * not here. */
typedef struct
{
  const char *name;  /* of the hyperparameter that says how much */
  const char *usual; /* its value where a list only names it */
  gsize offset;      /* within LatheAugmentation */
  gboolean real;     /* a double there, else a guint */
  void (*warp) (const LatheDraw *draw, double amount, const LatheImageSize *size, LatheWarp *warp);
  void (*colour) (const LatheDraw *draw, double amount, LatheColour *colour);
  void (*paint) (const LatheDraw *draw, double amount, const LatheCanvas *canvas);
} LatheAugmentationRow;

const LatheAugmentationRow *lathe_augmentations (guint *n_rows);
double lathe_augmentation_amount (const LatheAugmentationRow *row, const LatheAugmentation *augmentation);
gboolean lathe_augmentation_is_wanted (const LatheAugmentation *augmentation);
void lathe_augment (const LatheAugmentation *augmentation, guint64 seed, guint32 epoch, guint32 image,
                    const LathePreprocess *preprocess, LatheReal *x, LatheReal *scratch);

static inline LatheRng
lathe_draw_rng (const LatheDraw *draw)
{
  return lathe_rng (draw->seed, LATHE_RNG_AUGMENT, draw->epoch, draw->image);
}

G_END_DECLS
