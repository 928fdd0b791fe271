/* test-augment-pixels.c: where pixels come from, what becomes of their colours, and what is painted over them, against
 * plain arithmetic.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "augment.h"
#include "dataset/lathe-augment.h"
#include "lathe.h"

#define SIDE 33 /* of ramps, with a pixel in the middle */
#define MIDDLE (SIDE / 2)
#define N_RAMP (SIDE * SIDE)

#define MAX_NUMBERS (130 * 70 * 3)

/* --- One map for all of geometry --- */

/* As the map says it, a number at a time, in double precision. */
static double
look_up (const LatheImageSize *s, const LatheWarp *warp, const LatheReal *x, guint i, guint j, guint c)
{
  double middle_x = (s->width - 1) / 2.0, middle_y = (s->height - 1) / 2.0, right = j - middle_x, down = i - middle_y;
  double u = warp->xx * right + warp->xy * down + warp->x0 + middle_x;
  double v = warp->yx * right + warp->yy * down + warp->y0 + middle_y, sum = 0;

  for (int below = 0; below < 2; below++)
    for (int beside = 0; beside < 2; beside++)
      {
        guint row = lathe_reflect ((int) floor (v) + below, s->height);
        guint column = lathe_reflect ((int) floor (u) + beside, s->width);
        double share = (below ? v - floor (v) : 1 - (v - floor (v))) * (beside ? u - floor (u) : 1 - (u - floor (u)));

        sum += share * x[((gsize) row * s->width + column) * s->channels + c];
      }
  return sum;
}

static void
test_warps_are_their_definition (void)
{
  static const LatheImageSize sizes[] = {{1, 1, 1}, {1, 6, 3}, {7, 5, 3}, {6, 8, 1}, {70, 130, 3}, {9, 65, 2}};
  g_autofree LatheReal *x = g_new (LatheReal, MAX_NUMBERS), *y = g_new (LatheReal, MAX_NUMBERS);

  for (guint k = 0; k < G_N_ELEMENTS (sizes); k++)
    for (guint seed = 0; seed < 20; seed++)
      {
        LatheRng rng = lathe_rng (seed, LATHE_RNG_SHUFFLE, k, 1);
        const LatheImageSize *s = &sizes[k];
        LatheWarp warp = LATHE_NO_WARP;

        lathe_warp_mirror (&warp, seed % 2, seed % 3 == 0);
        lathe_warp_rotate (&warp, 360 * lathe_rng_uniform (&rng, 0));
        lathe_warp_scale (&warp, 0.3 + 2 * lathe_rng_uniform (&rng, 1));
        lathe_warp_shear (&warp, lathe_rng_uniform (&rng, 2) - 0.5, 0);
        lathe_warp_move (&warp, 20 * lathe_rng_uniform (&rng, 3) - 10, 20 * lathe_rng_uniform (&rng, 4) - 10);
        augment_fill (x, (gsize) s->height * s->width * s->channels, k);
        lathe_image_warp (s, &warp, x, y);
        for (guint i = 0; i < s->height; i++)
          for (guint j = 0; j < s->width; j++)
            for (guint c = 0; c < s->channels; c++)
              g_assert_cmpfloat_with_epsilon (y[((gsize) i * s->width + j) * s->channels + c],
                                              look_up (s, &warp, x, i, j, c), 2e-4);
      }
}

static void
test_quarter_turns_are_exact (void)
{
  for (guint n = 4; n <= 5; n++)
    {
      LatheImageSize s = {n, n, 3};
      LatheReal x[75], y[75];
      LatheWarp warp = LATHE_NO_WARP;

      augment_fill (x, (gsize) n * n * 3, n);
      lathe_warp_rotate (&warp, 90);
      lathe_image_warp (&s, &warp, x, y);
      for (guint i = 0; i < n; i++)
        for (guint j = 0; j < n; j++)
          for (guint c = 0; c < 3; c++)
            g_assert_cmpfloat (y[(i * n + j) * 3 + c], ==, x[((n - 1 - j) * n + i) * 3 + c]);
      for (guint turn = 1; turn < 4; turn++)
        lathe_warp_rotate (&warp, 90);
      lathe_image_warp (&s, &warp, x, y);
      g_assert_cmpmem (x, (gsize) n * n * 3 * sizeof *x, y, (gsize) n * n * 3 * sizeof *y);
    }
}

/* What comes later in the list of changes is done later: a picture moved right, then turned, has gone down. */
static void
test_changes_follow_each_other (void)
{
  const LatheImageSize s = {3, 3, 1};
  const LatheReal x[9] = {0, 0, 0, 0, 1, 0, 0, 0, 0};
  LatheWarp warp = LATHE_NO_WARP;
  LatheReal y[9];

  lathe_warp_move (&warp, 0, 1);
  lathe_warp_rotate (&warp, 90);
  lathe_image_warp (&s, &warp, x, y);
  g_assert_cmpfloat (y[7], ==, 1);
}

/* Each number is how far right of the middle it is, in `across`, or how far below it. */
static void
draw_ramp (LatheReal *x, gboolean across)
{
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++)
      x[i * SIDE + j] = (LatheReal) (across ? j - MIDDLE : i - MIDDLE);
}

/* What was seen one pixel right and one below the middle: where in the image that was. */
typedef struct
{
  double xx, xy, yx, yy, x0, y0;
} Seen;

static Seen
see (const char *list, guint32 index)
{
  static const LathePreprocess ramp = {.height = SIDE, .width = SIDE, .channels = 1, .deviation = {1}};
  LatheAugmentation augmentation = augment_read (list);
  LatheReal x[N_RAMP], y[N_RAMP], scratch[N_RAMP];
  gsize middle = MIDDLE * SIDE + MIDDLE;

  draw_ramp (x, TRUE);
  lathe_augment (&augmentation, 1, 1, index, &ramp, x, scratch);
  draw_ramp (y, FALSE);
  lathe_augment (&augmentation, 1, 1, index, &ramp, y, scratch);
  return (Seen){x[middle + 1] - x[middle],
                x[middle + SIDE] - x[middle],
                y[middle + 1] - y[middle],
                y[middle + SIDE] - y[middle],
                x[middle],
                y[middle]};
}

/* Of many draws: none is beyond the limits, and some come close to both. */
typedef struct
{
  double least, most;
} Range;

static void
range_add (Range *range, double value)
{
  range->least = MIN (range->least, value);
  range->most = MAX (range->most, value);
}

static void
assert_range (const Range *range, double least, double most)
{
  double slack = 0.03 * (most - least);

  g_assert_cmpfloat (range->least, >=, least - 1e-4);
  g_assert_cmpfloat (range->most, <=, most + 1e-4);
  g_assert_cmpfloat (range->least, <, least + slack);
  g_assert_cmpfloat (range->most, >, most - slack);
}

static void
test_geometry_is_within_its_limits (void)
{
  Range turn = {0, 0}, zoom = {1, 1}, lean = {0, 0}, crop = {1, 0.9}, down = {0, 0};

  for (guint32 i = 0; i < 300; i++)
    {
      Seen seen = see ("rotate=20", i);

      g_assert_cmpfloat_with_epsilon (hypot (seen.xx, seen.xy), 1, 1e-4);
      g_assert_cmpfloat_with_epsilon (seen.xy, -seen.yx, 1e-4);
      range_add (&turn, atan2 (seen.xy, seen.xx) * 180 / G_PI);
      seen = see ("zoom=0.4", i);
      g_assert_cmpfloat_with_epsilon (seen.xx, seen.yy, 1e-4);
      range_add (&zoom, 1 / seen.xx);
      seen = see ("shear=30", i);
      g_assert_cmpfloat_with_epsilon (seen.xx, 1, 1e-4);
      g_assert_cmpfloat_with_epsilon (seen.yx, 0, 1e-4);
      range_add (&lean, atan (seen.xy) * 180 / G_PI);
      seen = see ("crop=0.5", i);
      range_add (&crop, seen.xx);
      /* What is cut out is all within the image. */
      g_assert_cmpfloat (fabs (seen.x0), <=, (1 - seen.xx) * SIDE / 2 + 1e-4);
      g_assert_cmpfloat (fabs (seen.y0), <=, (1 - seen.xx) * SIDE / 2 + 1e-4);
      range_add (&down, seen.y0 / ((1 - seen.xx) * SIDE / 2));
    }
  assert_range (&turn, -20, 20);
  assert_range (&zoom, 0.6, 1.4);
  assert_range (&lean, -30, 30);
  assert_range (&crop, 0.5, 1);
  assert_range (&down, -1, 1);
}

/* --- One matrix for all of colour --- */

static double
luma (const double v[3])
{
  return 0.299 * v[0] + 0.587 * v[1] + 0.114 * v[2];
}

typedef void (*Change) (LatheColour *colour, double amount);

static void
change_colours (Change change, double amount, const LatheReal *x, LatheReal *y)
{
  LatheColour colour;

  lathe_colour_init (&colour, &augment_coloured, x);
  change (&colour, amount);
  memcpy (y, x, N_COLOURED * sizeof *y);
  lathe_colour_apply (&colour, &augment_coloured, y);
}

static void
test_no_change_leaves_colours (void)
{
  static const struct
  {
    Change change;
    double amount;
  } cases[] = {{lathe_colour_brightness, 1}, {lathe_colour_contrast, 1}, {lathe_colour_saturation, 1},
               {lathe_colour_hue, 0},        {lathe_colour_hue, 360},    {lathe_colour_hue, -360}};
  LatheReal x[N_COLOURED], y[N_COLOURED];

  augment_fill (x, N_COLOURED, 1);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      change_colours (cases[i].change, cases[i].amount, x, y);
      augment_assert_alike (x, y, N_COLOURED, 1e-6);
    }
}

static void
test_extremes_of_colour (void)
{
  LatheReal x[N_COLOURED], y[N_COLOURED];
  double mean = 0;

  augment_fill (x, N_COLOURED, 2);
  for (guint i = 0; i < N_COLOURED; i += 3)
    mean += luma ((double[]){x[i], x[i + 1], x[i + 2]}) * 3 / N_COLOURED;
  change_colours (lathe_colour_brightness, 0, x, y);
  for (guint i = 0; i < N_COLOURED; i++)
    g_assert_cmpfloat (y[i], ==, 0);
  change_colours (lathe_colour_contrast, 0, x, y);
  for (guint i = 0; i < N_COLOURED; i++)
    g_assert_cmpfloat_with_epsilon (y[i], mean, 1e-6);
  change_colours (lathe_colour_saturation, 0, x, y);
  for (guint i = 0; i < N_COLOURED; i++)
    g_assert_cmpfloat_with_epsilon (y[i], luma ((double[]){x[i / 3 * 3], x[i / 3 * 3 + 1], x[i / 3 * 3 + 2]}), 1e-6);
  change_colours (lathe_colour_brightness, 3, x, y);
  for (guint i = 0; i < N_COLOURED; i++)
    g_assert_cmpfloat_with_epsilon (y[i], fmin (1, 3 * x[i]), 1e-6);
}

/* In the middle of the colours, where nothing is cut off: the luma stays, three thirds of a turn are none, and grey
 * stays grey. */
static void
test_hue_turns_round_the_luma (void)
{
  LatheReal x[N_COLOURED], y[N_COLOURED];
  LatheColour colour;

  augment_fill (x, N_COLOURED, 3);
  for (guint i = 0; i < N_COLOURED; i++)
    x[i] = i < 3 ? (LatheReal) 0.4 : (LatheReal) 0.45 + (LatheReal) 0.1 * x[i];
  for (double turn = -175; turn < 180; turn += 10)
    {
      change_colours (lathe_colour_hue, turn, x, y);
      for (guint i = 0; i < N_COLOURED; i += 3)
        g_assert_cmpfloat_with_epsilon (luma ((double[]){x[i], x[i + 1], x[i + 2]}),
                                        luma ((double[]){y[i], y[i + 1], y[i + 2]}), 1e-6);
      augment_assert_alike (x, y, 3, 1e-6);
      g_assert_cmpfloat (fabs (x[6] - y[6]) + fabs (x[7] - y[7]) + fabs (x[8] - y[8]), >, 1e-3);
    }
  lathe_colour_init (&colour, &augment_coloured, x);
  for (guint third = 0; third < 3; third++)
    lathe_colour_hue (&colour, 120);
  memcpy (y, x, sizeof y);
  lathe_colour_apply (&colour, &augment_coloured, y);
  augment_assert_alike (x, y, N_COLOURED, 1e-6);
}

/* In the order of the table, and nothing cut off before the end. */
static void
test_colours_are_changed_in_order (void)
{
  LatheReal x[N_COLOURED], y[N_COLOURED];
  double mean = 0, v[N_COLOURED];
  LatheColour colour;

  augment_fill (x, N_COLOURED, 4);
  lathe_colour_init (&colour, &augment_coloured, x);
  lathe_colour_brightness (&colour, 1.4);
  lathe_colour_contrast (&colour, 1.3);
  lathe_colour_saturation (&colour, 0.3);
  memcpy (y, x, sizeof y);
  lathe_colour_apply (&colour, &augment_coloured, y);
  for (guint i = 0; i < N_COLOURED; i++)
    v[i] = 1.4 * x[i];
  for (guint i = 0; i < N_COLOURED; i += 3)
    mean += luma (v + i) * 3 / N_COLOURED;
  for (guint i = 0; i < N_COLOURED; i++)
    v[i] = mean + 1.3 * (v[i] - mean);
  for (guint i = 0; i < N_COLOURED; i += 3)
    {
      double grey = luma (v + i);

      for (guint c = 0; c < 3; c++)
        g_assert_cmpfloat_with_epsilon (y[i + c], CLAMP (grey + 0.3 * (v[i + c] - grey), 0, 1), 1e-5);
    }
}

/* What a person sees does not depend on how the numbers are normalised for the network. */
static void
test_normalised_images_change_alike (void)
{
  static const char *const lists[] = {"brightness=0.9", "contrast=0.9", "saturation=0.9", "hue=180",  "randaugment=10",
                                      "noise=0.2",      "cutout=2",     "blur=1",         "rotate=40"};

  for (guint k = 0; k < G_N_ELEMENTS (lists); k++)
    for (guint32 i = 0; i < 60; i++)
      {
        LatheAugmentation augmentation = augment_read (lists[k]);
        LatheReal x[N_COLOURED], y[N_COLOURED], scratch[N_COLOURED];
        guint n_other = 0;

        augment_fill (x, N_COLOURED, i);
        for (guint at = 0; at < N_COLOURED; at++)
          y[at] = lathe_channel_number (&augment_normalised, at % 3, x[at]);
        lathe_augment (&augmentation, 1, 1, i, &augment_coloured, x, scratch);
        lathe_augment (&augmentation, 1, 1, i, &augment_normalised, y, scratch);
        /* A tone on the edge between two may be rounded to the other. */
        for (guint at = 0; at < N_COLOURED; at++)
          n_other += fabs (y[at] - lathe_channel_number (&augment_normalised, at % 3, x[at])) > 1e-4;
        g_assert_cmpuint (n_other, <=, augmentation.randaugment > 0 ? 2 : 0);
      }
}

static double
quotient (const char *list, guint32 index)
{
  LatheAugmentation augmentation = augment_read (list);
  LatheReal x[N_COLOURED], scratch[N_COLOURED];

  for (guint i = 0; i < N_COLOURED; i++)
    x[i] = i % 3 == 0 ? (LatheReal) 0.42 : (LatheReal) 0.4;
  x[0] = x[1] = x[2] = (LatheReal) 0.38; /* so that there is some contrast, about a mean that is known */
  lathe_augment (&augmentation, 1, 1, index, &augment_coloured, x, scratch);
  return g_str_has_prefix (list, "brightness") ? x[3] / 0.42
         : g_str_has_prefix (list, "contrast") ? (x[4] - x[1]) / 0.02
                                               : (x[3] - x[4]) / 0.02;
}

static void
test_colours_are_within_their_limits (void)
{
  Range brightness = {1, 1}, contrast = {1, 1}, saturation = {1, 1};

  for (guint32 i = 0; i < 300; i++)
    {
      range_add (&brightness, quotient ("brightness=0.5", i));
      range_add (&contrast, quotient ("contrast=0.5", i));
      range_add (&saturation, quotient ("saturation=0.5", i));
    }
  assert_range (&brightness, 0.5, 1.5);
  assert_range (&contrast, 0.5, 1.5);
  assert_range (&saturation, 0.5, 1.5);
}

static void
test_grey_images_have_no_colours (void)
{
  static const LathePreprocess grey = {.height = 3, .width = 4, .channels = 1, .deviation = {1}};
  LatheAugmentation augmentation = augment_read ("saturation=1,hue=180");

  for (guint32 i = 0; i < 20; i++)
    {
      LatheReal x[12], y[12], scratch[12];

      augment_fill (x, 12, i);
      memcpy (y, x, sizeof y);
      lathe_augment (&augmentation, 1, 1, i, &grey, y, scratch);
      g_assert_cmpmem (x, sizeof x, y, sizeof y);
    }
}

/* --- What is done to an image as it lies there --- */

static void
test_blur_is_a_normal_distribution (void)
{
  static const LathePreprocess sizes[] = {
      {.height = 9, .width = 14, .channels = 3, .deviation = {1, 1, 1}},
      {.height = 3, .width = 2, .channels = 1, .deviation = {1}},
  };

  for (guint k = 0; k < G_N_ELEMENTS (sizes); k++)
    for (double deviation = 0.3; deviation < 3; deviation += 0.8)
      {
        int height = (int) sizes[k].height, width = (int) sizes[k].width, channels = (int) sizes[k].channels;
        LatheReal x[9 * 14 * 3], y[9 * 14 * 3], scratch[9 * 14 * 3];
        int reach = (int) ceil (3 * deviation);

        augment_fill (x, (gsize) (height * width * channels), k);
        memcpy (y, x, (gsize) (height * width * channels) * sizeof *y);
        lathe_paint_blur (&(LatheCanvas){&sizes[k], y, scratch}, deviation);
        for (int i = 0; i < height * width * channels; i++)
          {
            double sum = 0, weights = 0;

            for (int down = -reach; down <= reach; down++)
              for (int right = -reach; right <= reach; right++)
                {
                  double weight = exp (-(down * down + right * right) / (2 * deviation * deviation));
                  int row = (int) lathe_reflect (i / channels / width + down, sizes[k].height);
                  int column = (int) lathe_reflect (i / channels % width + right, sizes[k].width);

                  sum += weight * x[(row * width + column) * channels + i % channels];
                  weights += weight;
                }
            g_assert_cmpfloat_with_epsilon (y[i], sum / weights, 1e-5);
          }
      }
}

static void
test_noise_has_its_deviation (void)
{
  static const LathePreprocess grey = {.height = 70, .width = 130, .channels = 1, .deviation = {1}};
  g_autofree LatheReal *x = g_new (LatheReal, 70 * 130);
  LatheRng rng = lathe_rng (5, LATHE_RNG_NOISE, 1, 2);
  double sum = 0, squares = 0, fourths = 0;

  for (guint i = 0; i < 70 * 130; i++)
    x[i] = 0.5;
  lathe_paint_noise (&(LatheCanvas){&grey, x, NULL}, &rng, 0.1);
  for (guint i = 0; i < 70 * 130; i++)
    {
      double unit = (x[i] - 0.5) / 0.1;

      sum += unit;
      squares += unit * unit;
      fourths += unit * unit * unit * unit;
    }
  g_assert_cmpfloat_with_epsilon (sum / (70 * 130), 0, 0.05);
  g_assert_cmpfloat_with_epsilon (squares / (70 * 130), 1, 0.05);
  g_assert_cmpfloat_with_epsilon (fourths / (70 * 130), 2.7, 0.2); /* a normal distribution has 3 */
  lathe_paint_noise (&(LatheCanvas){&grey, x, NULL}, &rng, 1);
  for (guint i = 0; i < 70 * 130; i++)
    g_assert_true (x[i] >= 0 && x[i] <= 1);
}

static void
test_cutout_covers_a_square (void)
{
  static const LathePreprocess grey = {.height = 12, .width = 20, .channels = 1, .deviation = {1}};
  guint n_full = 0, n_seen[240] = {0};

  for (guint32 i = 0; i < 3000; i++)
    {
      LatheReal x[240], y[240], scratch[240];
      double mean[3];
      guint n = 0, top = 12, low = 0, left = 20, right = 0;

      augment_fill (x, 240, 9);
      memcpy (y, x, sizeof y);
      lathe_image_mean (&grey, x, mean);
      lathe_augment (&(LatheAugmentation){.cutout = 5}, 1, 1, i, &grey, y, scratch);
      for (guint at = 0; at < 240; at++)
        if (y[at] != x[at])
          {
            g_assert_cmpfloat_with_epsilon (y[at], mean[0], 1e-6);
            n++;
            n_seen[at]++;
            top = MIN (top, at / 20);
            low = MAX (low, at / 20);
            left = MIN (left, at % 20);
            right = MAX (right, at % 20);
          }
      g_assert_cmpuint (n, ==, (low - top + 1) * (right - left + 1));
      g_assert_cmpuint (MAX (low - top, right - left), <=, 4);
      n_full += n == 25;
    }
  g_assert_cmpuint (n_full, >, 3000 * 8 * 16 / 240 - 200); /* the centres that are far enough from the rim */
  g_assert_cmpuint (n_full, <, 3000 * 8 * 16 / 240 + 200);
  for (guint at = 0; at < 240; at++)
    g_assert_cmpuint (n_seen[at], >, 50);
}

static void
test_sharpness_is_softness_undone (void)
{
  LatheReal x[N_COLOURED], y[N_COLOURED], scratch[N_COLOURED];
  guint centre = (2 * COLOURED + 2) * 3;
  double soft = 5 * 13;

  augment_fill (x, N_COLOURED, 6);
  memcpy (y, x, sizeof y);
  lathe_paint_sharpness (&(LatheCanvas){&augment_coloured, y, scratch}, 1);
  augment_assert_alike (x, y, N_COLOURED, 1e-6);
  lathe_paint_sharpness (&(LatheCanvas){&augment_coloured, y, scratch}, 0);
  soft = 4 * x[centre];
  for (guint i = 1; i < 4; i++)
    for (guint j = 1; j < 4; j++)
      soft += x[(i * COLOURED + j) * 3];
  g_assert_cmpfloat_with_epsilon (y[centre], soft / 13, 1e-6);
  g_assert_cmpmem (x, COLOURED * 3 * sizeof *x, y, COLOURED * 3 * sizeof *y); /* the rim */
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/augment/warp/definition", test_warps_are_their_definition);
  g_test_add_func ("/augment/warp/quarter", test_quarter_turns_are_exact);
  g_test_add_func ("/augment/warp/order", test_changes_follow_each_other);
  g_test_add_func ("/augment/warp/limits", test_geometry_is_within_its_limits);
  g_test_add_func ("/augment/colour/none", test_no_change_leaves_colours);
  g_test_add_func ("/augment/colour/extremes", test_extremes_of_colour);
  g_test_add_func ("/augment/colour/hue", test_hue_turns_round_the_luma);
  g_test_add_func ("/augment/colour/order", test_colours_are_changed_in_order);
  g_test_add_func ("/augment/colour/normalised", test_normalised_images_change_alike);
  g_test_add_func ("/augment/colour/limits", test_colours_are_within_their_limits);
  g_test_add_func ("/augment/colour/grey", test_grey_images_have_no_colours);
  g_test_add_func ("/augment/paint/blur", test_blur_is_a_normal_distribution);
  g_test_add_func ("/augment/paint/noise", test_noise_has_its_deviation);
  g_test_add_func ("/augment/paint/cutout", test_cutout_covers_a_square);
  g_test_add_func ("/augment/paint/sharpness", test_sharpness_is_softness_undone);
  return g_test_run ();
}
