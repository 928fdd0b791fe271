/* lathe-randaugment.c: two changes of an image out of fourteen, all as strong as one number says.
 *
 * Cubuk, Zoph, Shlens, Le: "RandAugment", arXiv 1909.13719, with the changes of its section 3 and N = 2. What is drawn
 * takes its turn among the other augmentations, so that an image is still sampled once, and its colours multiplied
 * once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-randaugment.h"

#include <math.h>

#define N_CHANGES 2

/* The most of each, at full strength. */
#define MOST_ROTATE 30.0    /* degrees */
#define MOST_SHEAR 0.3      /* of the distance from the centre */
#define MOST_MOVE (1.0 / 3) /* of the side */
#define MOST_COLOUR 0.9     /* of the factor, from 1 */
#define MOST_SOLARIZE 1.0   /* of the way from white to black */
#define MOST_POSTERIZE 4.0  /* bits that are lost */

typedef enum
{
  IDENTITY,
  ROTATE,
  SHEAR_ACROSS,
  SHEAR_DOWN,
  MOVE_ACROSS,
  MOVE_DOWN,
  BRIGHTNESS,
  CONTRAST,
  SATURATION,
  SHARPNESS,
  AUTOCONTRAST,
  EQUALIZE,
  SOLARIZE,
  POSTERIZE,
  N_KINDS
} Kind;

/* One that was drawn. */
typedef struct
{
  Kind kind;
  double strength; /* 0 … 1 */
  double way;      /* -strength or strength */
} Change;

static Change
draw_change (const LatheDraw *draw, double strength, guint which)
{
  LatheRng rng = lathe_draw_rng (draw);
  guint32 place = LATHE_DRAW_RANDAUGMENT + 2 * which;
  double share = strength / LATHE_MAX_STRENGTH;

  return (Change){
      .kind = (Kind) lathe_rng_below (&rng, place, N_KINDS),
      .strength = share,
      .way = lathe_rng_below (&rng, place + 1, 2) == 0 ? share : -share,
  };
}

void
lathe_randaugment_warp (const LatheDraw *draw, double strength, const LatheImageSize *size, LatheWarp *warp)
{
  for (guint i = 0; i < N_CHANGES; i++)
    {
      Change change = draw_change (draw, strength, i);

      if (change.kind == ROTATE)
        lathe_warp_rotate (warp, MOST_ROTATE * change.way);
      else if (change.kind == SHEAR_ACROSS)
        lathe_warp_shear (warp, MOST_SHEAR * change.way, 0);
      else if (change.kind == SHEAR_DOWN)
        lathe_warp_shear (warp, 0, MOST_SHEAR * change.way);
      else if (change.kind == MOVE_ACROSS)
        lathe_warp_move (warp, 0, MOST_MOVE * change.way * size->width);
      else if (change.kind == MOVE_DOWN)
        lathe_warp_move (warp, MOST_MOVE * change.way * size->height, 0);
    }
}

void
lathe_randaugment_colour (const LatheDraw *draw, double strength, LatheColour *colour)
{
  for (guint i = 0; i < N_CHANGES; i++)
    {
      Change change = draw_change (draw, strength, i);
      double factor = 1 + MOST_COLOUR * change.way;

      if (change.kind == BRIGHTNESS)
        lathe_colour_brightness (colour, factor);
      else if (change.kind == CONTRAST)
        lathe_colour_contrast (colour, factor);
      else if (change.kind == SATURATION)
        lathe_colour_saturation (colour, factor);
    }
}

/* --- Tones --- */

/* The darkest becomes black and the lightest white. */
static void
autocontrast (const guint32 counts[LATHE_N_TONES], float tones[LATHE_N_TONES])
{
  guint low = 0, high = LATHE_N_TONES - 1;

  while (low < high && counts[low] == 0)
    low++;
  while (high > low && counts[high] == 0)
    high--;
  for (guint tone = 0; tone < LATHE_N_TONES; tone++)
    tones[tone] = high > low ? CLAMP (((float) tone - (float) low) / (float) (high - low), 0.0f, 1.0f)
                             : (float) tone / (LATHE_N_TONES - 1);
}

/* Every tone comes up about as often; the lightest stays white. */
static void
equalize (const guint32 counts[LATHE_N_TONES], float tones[LATHE_N_TONES])
{
  guint last = LATHE_N_TONES - 1;
  guint32 below = 0, n = 0;

  while (last > 0 && counts[last] == 0)
    last--;
  for (guint tone = 0; tone < last; tone++)
    n += counts[tone];
  for (guint tone = 0; tone < LATHE_N_TONES; tone++)
    {
      tones[tone] = n > 0 ? MIN (1.0f, (float) below / (float) n) : (float) tone / (LATHE_N_TONES - 1);
      below += counts[tone];
    }
}

/* What is as light as that or lighter is turned into its negative. */
static void
solarize (double threshold, float tones[LATHE_N_TONES])
{
  for (guint tone = 0; tone < LATHE_N_TONES; tone++)
    {
      float value = (float) tone / (LATHE_N_TONES - 1);

      tones[tone] = value >= (float) threshold ? 1 - value : value;
    }
}

static void
posterize (guint lost_bits, float tones[LATHE_N_TONES])
{
  for (guint tone = 0; tone < LATHE_N_TONES; tone++)
    tones[tone] = (float) (tone >> lost_bits << lost_bits) / (LATHE_N_TONES - 1);
}

static void
change_tones (const Change *change, const LatheCanvas *canvas)
{
  guint32 counts[3][LATHE_N_TONES];
  LatheTones tones;

  lathe_paint_count_tones (canvas, counts);
  for (guint c = 0; c < canvas->preprocess->channels; c++)
    if (change->kind == AUTOCONTRAST)
      autocontrast (counts[c], tones[c]);
    else if (change->kind == EQUALIZE)
      equalize (counts[c], tones[c]);
    else if (change->kind == SOLARIZE)
      solarize (1 - MOST_SOLARIZE * change->strength, tones[c]);
    else
      posterize ((guint) (MOST_POSTERIZE * change->strength + 0.5), tones[c]);
  lathe_paint_tones (canvas, tones);
}

void
lathe_randaugment_paint (const LatheDraw *draw, double strength, const LatheCanvas *canvas)
{
  for (guint i = 0; i < N_CHANGES; i++)
    {
      Change change = draw_change (draw, strength, i);

      if (change.kind >= AUTOCONTRAST)
        change_tones (&change, canvas);
      else if (change.kind == SHARPNESS)
        lathe_paint_sharpness (canvas, 1 + MOST_COLOUR * change.way);
    }
}
