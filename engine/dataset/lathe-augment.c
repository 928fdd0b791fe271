/* lathe-augment.c: images as they might have been: what training sees is never twice the same.
 *
 * One row a kind. What a row draws is a function of (seed, epoch, image) and of its own place in the stream, so that a
 * row more or less leaves the draws of the others as they were.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-augment.h"

#include <string.h>

#include "base/lathe-math.h"
#include "lathe-randaugment.h"

/* From -amount up to amount. */
static double
either_way (const LatheDraw *draw, LatheDrawPlace place, double amount)
{
  LatheRng rng = lathe_draw_rng (draw);

  return amount * (2 * lathe_rng_uniform (&rng, place) - 1);
}

/* From above 0 to amount. */
static double
up_to (const LatheDraw *draw, LatheDrawPlace place, double amount)
{
  LatheRng rng = lathe_draw_rng (draw);

  return amount * (1 - lathe_rng_uniform (&rng, place));
}

/* From -amount to amount, by whole pixels. */
static int
by_pixels (const LatheDraw *draw, LatheDrawPlace place, guint amount)
{
  LatheRng rng = lathe_draw_rng (draw);

  return (int) lathe_rng_below (&rng, place, 2 * amount + 1) - (int) amount;
}

/* --- Where pixels are --- */

/* Alternating, the draw is the first epoch's for good, and each epoch turns it round. */
static gboolean
is_flipped (const LatheDraw *draw, LatheDrawPlace place, double flip)
{
  gboolean alternate = flip == LATHE_FLIP_ALTERNATE;
  LatheRng rng = lathe_rng (draw->seed, LATHE_RNG_AUGMENT, alternate ? 0 : draw->epoch, draw->image);

  return (lathe_rng_below (&rng, place, 2) ^ (alternate ? draw->epoch & 1 : 0)) != 0;
}

static void
flip (const LatheDraw *draw, double amount, const LatheImageSize *size, LatheWarp *warp)
{
  lathe_warp_mirror (warp, is_flipped (draw, LATHE_DRAW_FLIP, amount), FALSE);
}

static void
flip_vertical (const LatheDraw *draw, double amount, const LatheImageSize *size, LatheWarp *warp)
{
  lathe_warp_mirror (warp, FALSE, is_flipped (draw, LATHE_DRAW_FLIP_VERTICAL, amount));
}

static void
rotate (const LatheDraw *draw, double amount, const LatheImageSize *size, LatheWarp *warp)
{
  lathe_warp_rotate (warp, either_way (draw, LATHE_DRAW_ROTATE, amount));
}

static void
zoom (const LatheDraw *draw, double amount, const LatheImageSize *size, LatheWarp *warp)
{
  lathe_warp_scale (warp, 1 + either_way (draw, LATHE_DRAW_ZOOM, amount));
}

static void
shear (const LatheDraw *draw, double amount, const LatheImageSize *size, LatheWarp *warp)
{
  double turn = either_way (draw, LATHE_DRAW_SHEAR, amount) / 180;

  lathe_warp_shear (warp, lathe_cos_pi (0.5 - turn) / lathe_cos_pi (turn), 0);
}

/* What is left of the sides is seen at full size; the place is any within the image. */
static void
crop (const LatheDraw *draw, double amount, const LatheImageSize *size, LatheWarp *warp)
{
  double cut = up_to (draw, LATHE_DRAW_CROP, amount);

  lathe_warp_move (warp, either_way (draw, LATHE_DRAW_CROP_DOWN, cut / 2 * size->height),
                   either_way (draw, LATHE_DRAW_CROP_RIGHT, cut / 2 * size->width));
  lathe_warp_scale (warp, 1 / (1 - cut));
}

static void
shift (const LatheDraw *draw, double amount, const LatheImageSize *size, LatheWarp *warp)
{
  lathe_warp_move (warp, by_pixels (draw, LATHE_DRAW_DOWN, (guint) amount),
                   by_pixels (draw, LATHE_DRAW_RIGHT, (guint) amount));
}

/* --- What colour they have --- */

static void
brightness (const LatheDraw *draw, double amount, LatheColour *colour)
{
  lathe_colour_brightness (colour, 1 + either_way (draw, LATHE_DRAW_BRIGHTNESS, amount));
}

static void
contrast (const LatheDraw *draw, double amount, LatheColour *colour)
{
  lathe_colour_contrast (colour, 1 + either_way (draw, LATHE_DRAW_CONTRAST, amount));
}

static void
saturation (const LatheDraw *draw, double amount, LatheColour *colour)
{
  lathe_colour_saturation (colour, 1 + either_way (draw, LATHE_DRAW_SATURATION, amount));
}

static void
hue (const LatheDraw *draw, double amount, LatheColour *colour)
{
  lathe_colour_hue (colour, either_way (draw, LATHE_DRAW_HUE, amount));
}

/* --- What is done to them as they lie there --- */

static void
blur (const LatheDraw *draw, double amount, const LatheCanvas *canvas)
{
  lathe_paint_blur (canvas, up_to (draw, LATHE_DRAW_BLUR, amount));
}

static void
noise (const LatheDraw *draw, double amount, const LatheCanvas *canvas)
{
  LatheRng rng = lathe_rng (draw->seed, LATHE_RNG_NOISE, draw->epoch, draw->image);

  lathe_paint_noise (canvas, &rng, up_to (draw, LATHE_DRAW_NOISE, amount));
}

/* The centre is any of the image's pixels, so that the square may reach beyond the rim: DeVries & Taylor 2017. */
static void
cutout (const LatheDraw *draw, double amount, const LatheCanvas *canvas)
{
  LatheRng rng = lathe_draw_rng (draw);
  int down = (int) lathe_rng_below (&rng, LATHE_DRAW_CUT_DOWN, canvas->preprocess->height);
  int right = (int) lathe_rng_below (&rng, LATHE_DRAW_CUT_RIGHT, canvas->preprocess->width);
  guint side = (guint) amount;

  lathe_paint_hole (canvas, down - (int) side / 2, right - (int) side / 2, side);
}

/* --- All of them --- */

#define WHOLE(member) .offset = G_STRUCT_OFFSET (LatheAugmentation, member), .real = FALSE
#define REAL(member) .offset = G_STRUCT_OFFSET (LatheAugmentation, member), .real = TRUE

static const LatheAugmentationRow rows[] = {
    {"flip", "random", WHOLE (flip), .warp = flip},
    {"flip-vertical", "random", WHOLE (flip_vertical), .warp = flip_vertical},
    {"rotate", "15", REAL (rotate), .warp = rotate},
    {"zoom", "0.2", REAL (zoom), .warp = zoom},
    {"shear", "10", REAL (shear), .warp = shear},
    {"crop", "0.2", REAL (crop), .warp = crop},
    {"shift", "2", WHOLE (shift), .warp = shift},
    {"brightness", "0.2", REAL (brightness), .colour = brightness},
    {"contrast", "0.2", REAL (contrast), .colour = contrast},
    {"saturation", "0.2", REAL (saturation), .colour = saturation},
    {"hue", "15", REAL (hue), .colour = hue},
    {"randaugment", "5", REAL (randaugment), .warp = lathe_randaugment_warp, .colour = lathe_randaugment_colour,
     .paint = lathe_randaugment_paint},
    {"blur", "1", REAL (blur), .paint = blur},
    {"noise", "0.05", REAL (noise), .paint = noise},
    {"cutout", "8", WHOLE (cutout), .paint = cutout},
    {"mixup", "0.2", REAL (mixup)},
    {"cutmix", "1", REAL (cutmix)},
};

const LatheAugmentationRow *
lathe_augmentations (guint *n_rows)
{
  *n_rows = G_N_ELEMENTS (rows);
  return rows;
}

/**
 * lathe_augmentation_amount:
 *
 * Returns: how much of this row; 0: nothing is changed by it
 */
double
lathe_augmentation_amount (const LatheAugmentationRow *row, const LatheAugmentation *augmentation)
{
  return row->real ? G_STRUCT_MEMBER (double, augmentation, row->offset)
                   : G_STRUCT_MEMBER (guint, augmentation, row->offset);
}

gboolean
lathe_augmentation_is_wanted (const LatheAugmentation *augmentation)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (lathe_augmentation_amount (&rows[i], augmentation) > 0)
      return TRUE;
  return FALSE;
}

static void
warp_image (const LatheAugmentation *augmentation, const LatheDraw *draw, const LatheCanvas *canvas)
{
  LatheImageSize size = lathe_image_size (canvas->preprocess);
  LatheWarp warp = LATHE_NO_WARP;
  gboolean wanted = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].warp != NULL && lathe_augmentation_amount (&rows[i], augmentation) > 0)
      {
        rows[i].warp (draw, lathe_augmentation_amount (&rows[i], augmentation), &size, &warp);
        wanted = TRUE;
      }
  if (!wanted)
    return;
  memcpy (canvas->scratch, canvas->x, (gsize) size.height * size.width * size.channels * sizeof (LatheReal));
  lathe_image_warp (&size, &warp, canvas->scratch, canvas->x);
}

static void
colour_image (const LatheAugmentation *augmentation, const LatheDraw *draw, const LatheCanvas *canvas)
{
  LatheColour colour;
  gboolean wanted = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].colour != NULL && lathe_augmentation_amount (&rows[i], augmentation) > 0)
      {
        if (!wanted)
          lathe_colour_init (&colour, canvas->preprocess, canvas->x);
        rows[i].colour (draw, lathe_augmentation_amount (&rows[i], augmentation), &colour);
        wanted = TRUE;
      }
  if (wanted)
    lathe_colour_apply (&colour, canvas->preprocess, canvas->x);
}

/**
 * lathe_augment:
 * @epoch: from 1
 * @image: its index in the dataset
 * @x: (inout): height × width × channels numbers, as the network takes them
 * @scratch: as many
 */
void
lathe_augment (const LatheAugmentation *augmentation, guint64 seed, guint32 epoch, guint32 image,
               const LathePreprocess *preprocess, LatheReal *x, LatheReal *scratch)
{
  LatheDraw draw = {seed, epoch, image};
  LatheCanvas canvas = {preprocess, x, scratch};

  warp_image (augmentation, &draw, &canvas);
  colour_image (augmentation, &draw, &canvas);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].paint != NULL && lathe_augmentation_amount (&rows[i], augmentation) > 0)
      rows[i].paint (&draw, lathe_augmentation_amount (&rows[i], augmentation), &canvas);
}
