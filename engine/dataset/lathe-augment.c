/* lathe-augment.c: images as they might have been: what training sees is never twice the same.
 *
 * One row a kind, applied in the order of the table. What a row draws is a function of (seed, epoch, image) and of its
 * own place in the stream, so that a row more or less leaves the draws of the others as they were.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-augment.h"

#include <string.h>

#include "base/lathe-rng.h"

/* Places in the stream: never renumber. */
enum
{
  DRAW_FLIP,
  DRAW_DOWN,
  DRAW_RIGHT,
};

/* Where the image at `at` comes from: beyond a rim it is as in a mirror that stands on the last row. */
static guint
reflect (int at, guint n)
{
  int period = 2 * ((int) n - 1), within;

  if (period == 0)
    return 0;
  within = ((at % period) + period) % period;
  return (guint) MIN (within, period - within);
}

/**
 * lathe_image_move:
 * @mirror: left and right change places, before the image is moved
 * @down, @right: pixels, negative for up and left; what comes in is the rim, reflected
 * @y: (out caller-allocates): not x
 */
void
lathe_image_move (const LatheImageSize *size, gboolean mirror, int down, int right, const LatheReal *x, LatheReal *y)
{
  gsize row_size = (gsize) size->width * size->channels;

  for (guint i = 0; i < size->height; i++)
    {
      const LatheReal *row = x + reflect ((int) i - down, size->height) * row_size;

      if (!mirror && right == 0)
        memcpy (y, row, row_size * sizeof *y);
      for (guint j = 0; (mirror || right != 0) && j < size->width; j++)
        {
          guint from = reflect ((int) j - right, size->width);
          const LatheReal *pixel = row + (mirror ? size->width - 1 - from : from) * size->channels;

          for (guint channel = 0; channel < size->channels; channel++)
            y[j * size->channels + channel] = pixel[channel];
        }
      y += row_size;
    }
}

static gboolean
flip_wanted (const LatheAugmentation *augmentation)
{
  return augmentation->flip != LATHE_FLIP_NONE;
}

/* Alternating, the draw is the first epoch's for good, and each epoch turns it round. */
static void
flip (const LatheAugmentation *augmentation, guint64 seed, guint32 epoch, guint32 image, const LatheImageSize *size,
      const LatheReal *x, LatheReal *y)
{
  gboolean alternate = augmentation->flip == LATHE_FLIP_ALTERNATE;
  LatheRng rng = lathe_rng (seed, LATHE_RNG_AUGMENT, alternate ? 0 : epoch, image);
  guint32 turned = lathe_rng_below (&rng, DRAW_FLIP, 2) ^ (alternate ? epoch & 1 : 0);

  lathe_image_move (size, turned != 0, 0, 0, x, y);
}

static gboolean
shift_wanted (const LatheAugmentation *augmentation)
{
  return augmentation->shift > 0;
}

static void
shift (const LatheAugmentation *augmentation, guint64 seed, guint32 epoch, guint32 image, const LatheImageSize *size,
       const LatheReal *x, LatheReal *y)
{
  LatheRng rng = lathe_rng (seed, LATHE_RNG_AUGMENT, epoch, image);
  guint32 bound = 2 * augmentation->shift + 1;

  lathe_image_move (size, FALSE, (int) lathe_rng_below (&rng, DRAW_DOWN, bound) - (int) augmentation->shift,
                    (int) lathe_rng_below (&rng, DRAW_RIGHT, bound) - (int) augmentation->shift, x, y);
}

static const LatheAugmentationRow rows[] = {
    {"flip", "random", flip_wanted, flip},
    {"shift", "2", shift_wanted, shift},
};

const LatheAugmentationRow *
lathe_augmentations (guint *n_rows)
{
  *n_rows = G_N_ELEMENTS (rows);
  return rows;
}

gboolean
lathe_augmentation_is_wanted (const LatheAugmentation *augmentation)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].wanted (augmentation))
      return TRUE;
  return FALSE;
}

/**
 * lathe_augment:
 * @epoch: from 1
 * @image: its index in the dataset
 * @x: (inout): height × width × channels numbers
 * @scratch: as many
 */
void
lathe_augment (const LatheAugmentation *augmentation, guint64 seed, guint32 epoch, guint32 image,
               const LatheImageSize *size, LatheReal *x, LatheReal *scratch)
{
  gsize n = (gsize) size->height * size->width * size->channels;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].wanted (augmentation))
      {
        memcpy (scratch, x, n * sizeof *x);
        rows[i].apply (augmentation, seed, epoch, image, size, scratch, x);
      }
}
