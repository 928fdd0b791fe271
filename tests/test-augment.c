/* test-augment.c: what augmentation draws, for whom, and what becomes of a batch and of a run.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "augment.h"
#include "dataset/lathe-augment.h"
#include "dataset/lathe-mix.h"
#include "lathe.h"
#include "run.h"

#define HEIGHT 3
#define WIDTH 4
#define N (HEIGHT * WIDTH)

static const LatheImageSize size = {HEIGHT, WIDTH, 1};
static const LathePreprocess small = {.height = HEIGHT, .width = WIDTH, .channels = 1, .deviation = {1}};
static const LatheReal image[N] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

/* --- Flips and moves by whole pixels --- */

static void
test_images_move_exactly (void)
{
  static const struct
  {
    gboolean mirror;
    int down, right;
    LatheReal y[N];
  } cases[] = {
      {FALSE, 0, 0, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},  {TRUE, 0, 0, {4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9}},
      {FALSE, 1, 0, {5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8}},     {FALSE, -2, 0, {9, 10, 11, 12, 5, 6, 7, 8, 1, 2, 3, 4}},
      {FALSE, 0, 2, {3, 2, 1, 2, 7, 6, 5, 6, 11, 10, 9, 10}},  {TRUE, 0, -1, {3, 2, 1, 2, 7, 6, 5, 6, 11, 10, 9, 10}},
      {FALSE, 4, -6, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}, /* reflected twice */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LatheReal y[N];

      lathe_image_move (&size, cases[i].mirror, cases[i].down, cases[i].right, image, y);
      g_assert_cmpmem (y, sizeof y, cases[i].y, sizeof y);
    }
}

static void
test_channels_stay_together (void)
{
  const LatheImageSize coloured = {2, 2, 3};
  const LatheReal x[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  LatheReal y[12];

  lathe_image_move (&coloured, TRUE, 1, 0, x, y);
  g_assert_cmpmem (y, sizeof y, ((LatheReal[]){10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3}), sizeof y);
}

static void
augmented (guint flip, guint shift, guint64 seed, guint32 epoch, guint32 index, LatheReal *x)
{
  LatheReal scratch[N];

  memcpy (x, image, sizeof image);
  lathe_augment (&(LatheAugmentation){.flip = flip, .shift = shift}, seed, epoch, index, &small, x, scratch);
}

static gboolean
is_mirrored (guint flip, guint32 epoch, guint32 index)
{
  LatheReal x[N];

  augmented (flip, 0, 1, epoch, index, x);
  return x[0] != image[0];
}

static void
test_nothing_is_changed_unasked (void)
{
  LatheReal x[N];

  g_assert_false (lathe_augmentation_is_wanted (&(LatheAugmentation){0}));
  augmented (LATHE_FLIP_NONE, 0, 1, 1, 7, x);
  g_assert_cmpmem (x, sizeof x, image, sizeof image);
}

/* A function of the seed, the epoch and the image alone, and not the same for all of them. */
static void
test_draws_are_of_their_place (void)
{
  LatheReal x[N], again[N], other[N];
  guint n_other[3] = {0};

  for (guint32 i = 0; i < 100; i++)
    {
      augmented (LATHE_FLIP_RANDOM, 2, 1, 5, i, x);
      augmented (LATHE_FLIP_RANDOM, 2, 1, 5, i, again);
      g_assert_cmpmem (x, sizeof x, again, sizeof again);
      augmented (LATHE_FLIP_RANDOM, 2, 2, 5, i, other);
      n_other[0] += memcmp (x, other, sizeof x) != 0;
      augmented (LATHE_FLIP_RANDOM, 2, 1, 6, i, other);
      n_other[1] += memcmp (x, other, sizeof x) != 0;
      augmented (LATHE_FLIP_RANDOM, 2, 1, 5, i + 100, other);
      n_other[2] += memcmp (x, other, sizeof x) != 0;
    }
  for (guint i = 0; i < G_N_ELEMENTS (n_other); i++)
    g_assert_cmpuint (n_other[i], >, 80);
}

/* Each kind alone: again the same for the same place, and mostly another for another. */
static void
test_every_draw_is_of_its_place (void)
{
  static const LathePreprocess coloured = {.height = 8, .width = 8, .channels = 3, .deviation = {1, 1, 1}};
  guint n;
  const LatheAugmentationRow *rows = lathe_augmentations (&n);

  for (guint k = 0; k < n; k++)
    {
      LatheAugmentation augmentation = augment_read (rows[k].name);
      guint n_other = 0;

      if (rows[k].warp == NULL && rows[k].colour == NULL && rows[k].paint == NULL)
        continue;
      for (guint32 i = 0; i < 100; i++)
        {
          LatheReal x[4][192], scratch[192];

          for (guint copy = 0; copy < 4; copy++)
            {
              augment_fill (x[copy], 192, 1);
              lathe_augment (&augmentation, copy == 3 ? 2 : 1, copy == 2 ? 6 : 5, i, &coloured, x[copy], scratch);
            }
          g_assert_cmpmem (x[0], sizeof *x, x[1], sizeof *x);
          n_other += memcmp (x[0], x[2], sizeof *x) != 0;
          n_other += memcmp (x[0], x[3], sizeof *x) != 0;
        }
      g_assert_cmpuint (n_other, >, 70);
    }
}

static void
test_half_are_flipped (void)
{
  guint n_random = 0, n_first = 0, n_turned = 0;

  for (guint32 i = 0; i < 2000; i++)
    {
      gboolean first = is_mirrored (LATHE_FLIP_ALTERNATE, 1, i);

      n_random += is_mirrored (LATHE_FLIP_RANDOM, 3, i);
      n_turned += is_mirrored (LATHE_FLIP_RANDOM, 3, i) != is_mirrored (LATHE_FLIP_RANDOM, 4, i);
      n_first += first;
      for (guint32 epoch = 2; epoch < 6; epoch++)
        g_assert_cmpint (is_mirrored (LATHE_FLIP_ALTERNATE, epoch, i), ==, epoch % 2 == 0 ? !first : first);
    }
  g_assert_cmpuint (n_random, >, 900);
  g_assert_cmpuint (n_random, <, 1100);
  g_assert_cmpuint (n_first, >, 900);
  g_assert_cmpuint (n_first, <, 1100);
  g_assert_cmpuint (n_turned, >, 900);
  g_assert_cmpuint (n_turned, <, 1100);
}

static void
test_vertical_flip_turns_rows_round (void)
{
  guint n_turned = 0;

  for (guint32 i = 0; i < 200; i++)
    {
      LatheReal x[N], scratch[N];

      memcpy (x, image, sizeof x);
      lathe_augment (&(LatheAugmentation){.flip_vertical = LATHE_FLIP_RANDOM}, 1, 1, i, &small, x, scratch);
      for (guint row = 0; row < HEIGHT; row++)
        {
          guint from = x[0] == image[0] ? row : HEIGHT - 1 - row;

          g_assert_cmpmem (x + row * WIDTH, WIDTH * sizeof *x, image + from * WIDTH, WIDTH * sizeof *x);
        }
      n_turned += x[0] != image[0];
    }
  g_assert_cmpuint (n_turned, >, 70);
  g_assert_cmpuint (n_turned, <, 130);
}

/* Every place that is allowed comes up, as often as any other, and no other does. */
static void
test_shifts_are_even (void)
{
  guint n[5][5] = {{0}};

  for (guint32 i = 0; i < 5000; i++)
    {
      LatheReal x[N];
      int down = -2, right = -2;

      augmented (LATHE_FLIP_NONE, 2, 1, 1, i, x);
      for (gboolean found = FALSE; !found;)
        {
          LatheReal y[N];

          lathe_image_move (&size, FALSE, down, right, image, y);
          found = memcmp (x, y, sizeof x) == 0;
          if (found)
            n[down + 2][right + 2]++;
          else if (++right > 2)
            {
              right = -2;
              g_assert_cmpint (++down, <=, 2);
            }
        }
    }
  /* A shift of three rows by two is the same up and down: those count together. */
  for (guint j = 0; j < 5; j++)
    for (guint i = 0; i < 4; i++)
      {
        g_assert_cmpuint (n[i][j], >, i == 0 ? 330 : 150);
        g_assert_cmpuint (n[i][j], <, i == 0 ? 470 : 260);
      }
}

/* Turning one on leaves the draws of the other as they were. */
static void
test_augmentations_do_not_disturb_each_other (void)
{
  for (guint32 i = 0; i < 50; i++)
    {
      LatheReal both[N], flipped[N], scratch[N];

      augmented (LATHE_FLIP_RANDOM, 2, 1, 4, i, both);
      augmented (LATHE_FLIP_RANDOM, 0, 1, 4, i, flipped);
      lathe_augment (&(LatheAugmentation){.shift = 2}, 1, 4, i, &small, flipped, scratch);
      g_assert_cmpmem (both, sizeof both, flipped, sizeof flipped);
    }
}

static void
test_each_augmentation_is_a_hyperparameter (void)
{
  guint n;
  const LatheAugmentationRow *rows = lathe_augmentations (&n);

  for (guint i = 0; i < n; i++)
    {
      const LatheHyperparameter *row = lathe_hyperparameter_find (rows[i].name);
      LatheHyperparameters h;
      double value;

      g_assert_nonnull (row);
      g_assert_true (lathe_property_parse (&row->property, rows[i].usual, &value, NULL));
      lathe_hyperparameters_defaults (&h);
      g_assert_cmpfloat (lathe_augmentation_amount (&rows[i], &h.augmentation), ==, 0);
      g_assert_false (lathe_augmentation_is_wanted (&h.augmentation));
      lathe_hyperparameter_set (row, &h, value);
      g_assert_cmpfloat (lathe_augmentation_amount (&rows[i], &h.augmentation), ==, value);
      g_assert_true (lathe_augmentation_is_wanted (&h.augmentation));
    }
}

/* --- RandAugment --- */

/* Of many draws some are one change alone, which is known: each must come up. */
typedef enum
{
  UNCHANGED,
  STRETCHED,
  EQUALIZED,
  NEGATIVE,
  COARSE,
  BRIGHTER,
  DARKER,
  MOVED_RIGHT,
  MOVED_UP,
  LEANING,
  TURNED,
  N_EXPECTED
} Expected;

/* The share of the others that are darker, of those that are not the lightest. */
static double
rank (const LatheReal *x, guint at)
{
  guint n_darker = 0, n_below_most = 0;

  for (guint i = 0; i < 81; i++)
    {
      n_darker += x[i] < x[at];
      n_below_most += x[i] < (LatheReal) 144 / 255;
    }
  return (double) n_darker / n_below_most;
}

static double
expected (Expected what, const LatheReal *x, guint at, const LatheReal *turned, const LatheReal *leaning)
{
  guint tone = (guint) (x[at] * 255 + 0.5), row = at / 9, column = at % 9;

  return what == STRETCHED     ? (tone - 64.0) / 80
         : what == EQUALIZED   ? rank (x, at)
         : what == NEGATIVE    ? 1 - x[at]
         : what == COARSE      ? (tone & 0xf0) / 255.0
         : what == BRIGHTER    ? fmin (1, x[at] * 1.9)
         : what == DARKER      ? x[at] * 0.1
         : what == MOVED_RIGHT ? x[row * 9 + lathe_reflect ((int) column - 3, 9)]
         : what == MOVED_UP    ? x[lathe_reflect ((int) row + 3, 9) * 9 + column]
         : what == LEANING     ? leaning[at]
         : what == TURNED      ? turned[at]
                               : x[at];
}

static void
test_randaugment_draws_every_change (void)
{
  static const LathePreprocess grey = {.height = 9, .width = 9, .channels = 1, .deviation = {1}};
  const LatheImageSize s = {9, 9, 1};
  LatheReal x[81], y[81], scratch[81], turned[81], leaning[81];
  LatheWarp turn = LATHE_NO_WARP, lean = LATHE_NO_WARP;
  guint n_found[N_EXPECTED] = {0};

  for (guint i = 0; i < 81; i++)
    x[i] = (LatheReal) (64 + (i * 37 % 81) * (i * 37 % 81) / 80) / 255; /* more dark than light */
  lathe_warp_rotate (&turn, 30);
  lathe_image_warp (&s, &turn, x, turned);
  lathe_warp_shear (&lean, 0.3, 0);
  lathe_image_warp (&s, &lean, x, leaning);
  for (guint32 i = 0; i < 4000; i++)
    {
      memcpy (y, x, sizeof y);
      lathe_augment (&(LatheAugmentation){.randaugment = 10}, 1, 1, i, &grey, y, scratch);
      for (guint what = 0; what < N_EXPECTED; what++)
        {
          gboolean is = TRUE;

          for (guint at = 0; at < 81; at++)
            {
              g_assert_true (y[at] >= 0 && y[at] <= 1);
              is &= fabs (y[at] - expected (what, x, at, turned, leaning)) < 1e-4;
            }
          n_found[what] += is;
        }
    }
  for (guint what = 0; what < N_EXPECTED; what++)
    g_assert_cmpuint (n_found[what], >, 8);
}

static void
test_randaugment_is_as_strong_as_asked (void)
{
  double change[2] = {0};

  for (guint32 i = 0; i < 300; i++)
    for (guint k = 0; k < 2; k++)
      {
        LatheReal x[N_COLOURED], y[N_COLOURED], scratch[N_COLOURED];

        augment_fill (x, N_COLOURED, 8);
        memcpy (y, x, sizeof y);
        lathe_augment (&(LatheAugmentation){.randaugment = k == 0 ? 2 : 8}, 1, 1, i, &augment_coloured, y, scratch);
        for (guint at = 0; at < N_COLOURED; at++)
          change[k] += fabs (x[at] - y[at]);
      }
  g_assert_cmpfloat (change[0], >, 0);
  g_assert_cmpfloat (change[1], >, 1.5 * change[0]);
}

/* --- Mixing --- */

static void
test_shares_are_of_a_beta_distribution (void)
{
  static const double alphas[] = {0.1, 0.2, 0.5, 1, 2, 10, 100};
  LatheRng rng = lathe_rng (3, LATHE_RNG_SHUFFLE, 0, 0);

  for (guint k = 0; k < G_N_ELEMENTS (alphas); k++)
    {
      double sum = 0, squares = 0, fourths = 0, variance = 1 / (4 * (2 * alphas[k] + 1));
      double kurtosis = 3 - 6 / (2 * alphas[k] + 3);
      guint n = 40000;

      for (guint i = 0; i < n; i++)
        {
          double share =
              lathe_beta (alphas[k], 1 - lathe_rng_uniform (&rng, 2 * i), lathe_rng_uniform (&rng, 2 * i + 1));
          double away = share - 0.5;

          g_assert_true (share >= 0 && share <= 1);
          sum += away;
          squares += away * away;
          fourths += away * away * away * away;
        }
      g_assert_cmpfloat (fabs (sum / n), <, 4 * sqrt (variance / n));
      g_assert_cmpfloat_with_epsilon (squares / n / variance, 1, 0.04);
      g_assert_cmpfloat_with_epsilon (fourths / n / (variance * variance), kurtosis, 0.2);
    }
}

static void
test_images_are_mixed_as_their_labels (void)
{
  const LatheImageSize s = {10, 8, 3};
  guint n_others[8] = {0}, n_blended = 0, n_cut = 0;

  for (guint32 i = 0; i < 800; i++)
    {
      LatheAugmentation both = {.mixup = 1, .cutmix = 1};
      LatheMix mix = lathe_mix_draw (&both, &(LatheDraw){1, 1, i}, &s, i % 8, 8);
      LatheReal other[240], x[240];
      double sum = 0;

      g_assert_cmpuint (mix.other, !=, i % 8);
      g_assert_cmpuint (mix.other, <, 8);
      g_assert_true (mix.share >= 0 && mix.share <= 0.5);
      n_others[(mix.other + 8 - i % 8) % 8]++;
      for (guint k = 0; k < 240; k++)
        {
          other[k] = 1;
          x[k] = 0;
        }
      lathe_mix_apply (&mix, &s, other, x);
      for (guint k = 0; k < 240; k++)
        {
          sum += x[k];
          g_assert_true (mix.height == 0 ? fabs (x[k] - mix.share) < 1e-6 : x[k] == 0 || x[k] == 1);
        }
      g_assert_cmpfloat_with_epsilon (sum / 240, mix.share, 1e-6);
      n_blended += mix.height == 0;
      n_cut += mix.height > 0;
    }
  g_assert_cmpuint (n_others[0], ==, 0);
  for (guint k = 1; k < 8; k++)
    g_assert_cmpuint (n_others[k], >, 80);
  g_assert_cmpuint (n_blended, >, 350);
  g_assert_cmpuint (n_cut, >, 300);
}

static void
test_one_image_is_mixed_with_none (void)
{
  const LatheImageSize s = {2, 2, 1};
  LatheMix mix = lathe_mix_draw (&(LatheAugmentation){.mixup = 1}, &(LatheDraw){1, 1, 1}, &s, 0, 1);

  g_assert_cmpuint (mix.other, ==, 0);
  g_assert_cmpfloat (mix.share, ==, 0);
}

static void
test_losses_that_take_one_label_refuse_mixing (void)
{
  for (guint loss = 0; loss < LATHE_N_LOSSES; loss++)
    for (guint kind = 0; kind < 3; kind++)
      {
        gboolean takes = loss != LATHE_LOSS_FOCAL && loss != LATHE_LOSS_HINGE;
        g_autoptr (GError) error = NULL;
        LatheHyperparameters h;

        lathe_hyperparameters_defaults (&h);
        h.loss = loss;
        h.augmentation.mixup = kind == 1 ? 0.2 : 0;
        h.augmentation.cutmix = kind == 2 ? 1 : 0;
        g_assert_cmpint (lathe_hyperparameters_check (&h, &error), ==, takes || kind == 0);
        if (takes || kind == 0)
          continue;
        g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
        g_assert_nonnull (strstr (error->message, lathe_loss_names[loss]));
        g_assert_nonnull (strstr (error->message, "cross_entropy"));
      }
}

/* --- Lists and previews --- */

static void
test_lists_are_read (void)
{
  LatheAugmentation augmentation = augment_read ("flip,rotate=15.5,cutout=8,mixup");

  g_assert_cmpuint (augmentation.flip, ==, LATHE_FLIP_RANDOM);
  g_assert_cmpfloat (augmentation.rotate, ==, 15.5);
  g_assert_cmpuint (augmentation.cutout, ==, 8);
  g_assert_cmpfloat (augmentation.mixup, ==, 0.2);
  g_assert_cmpuint (augmentation.shift, ==, 0);
  g_assert_cmpfloat (augmentation.hue, ==, 0);
}

static void
test_unknown_names_list_those_there_are (void)
{
  LatheHyperparameters h;
  g_autoptr (GError) error = NULL;
  guint n;
  const LatheAugmentationRow *rows = lathe_augmentations (&n);

  lathe_hyperparameters_defaults (&h);
  g_assert_false (lathe_augmentation_list_read ("flip,turn=3", &h, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "turn"));
  for (guint i = 0; i < n; i++)
    g_assert_nonnull (strstr (error->message, rows[i].name));
  g_clear_error (&error);
  g_assert_false (lathe_augmentation_list_read ("rotate=181", &h, &error));
  g_assert_nonnull (error);
}

static void
test_previews_are_what_the_network_sees (void)
{
  LatheAugmentation augmentation = augment_read ("flip,rotate=15,contrast=0.5");
  const guint32 images[2] = {7, 3};
  guint8 bytes[2 * N_COLOURED], drawn[2 * N_COLOURED];
  LatheReal x[2 * N_COLOURED], scratch[N_COLOURED];
  LatheByteTable table;

  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8) (i * 97 % 256);
  lathe_augment_preview (&(LatheAugmentation){0}, 1, 1, &augment_normalised, images, 2, bytes, drawn);
  g_assert_cmpmem (bytes, sizeof bytes, drawn, sizeof drawn);
  lathe_augment_preview (&augmentation, 1, 4, &augment_normalised, images, 2, bytes, drawn);
  lathe_preprocess_tabulate (&augment_normalised, table);
  lathe_preprocess_apply (&augment_normalised, table, bytes, 2, x);
  for (guint i = 0; i < 2; i++)
    {
      lathe_augment (&augmentation, 1, 4, images[i], &augment_normalised, x + i * N_COLOURED, scratch);
      for (guint k = 0; k < N_COLOURED; k++)
        g_assert_cmpfloat_with_epsilon (
            drawn[i * N_COLOURED + k],
            (x[i * N_COLOURED + k] * augment_normalised.deviation[k % 3] + augment_normalised.mean[k % 3]) * 255,
            0.5 + 1e-3);
    }
}

/* --- A run --- */

static char *
weights_after_a_run (guint n_threads, const char *list)
{
  g_autoptr (LatheDataset) dataset = run_samples (0.1);
  g_autoptr (LatheGraph) graph = lathe_preset_load ("lenet", NULL);
  g_autoptr (LatheModel) model = NULL;
  LathePreprocess preprocess;
  LatheHyperparameters h;

  lathe_dataset_suggest (dataset, 0, 0, &preprocess);
  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (preprocess.height, preprocess.width, preprocess.channels),
                     lathe_dataset_get_n_classes (dataset));
  lathe_hyperparameters_defaults (&h);
  h.epochs = 2;
  h.threads = n_threads;
  h.augmentation = augment_read (list);
  model = run_to_end (dataset, graph, &preprocess, &h);
  return lathe_model_weights_sha256 (model);
}

static void
test_same_seed_same_bits (void)
{
  static const char everything[] = "flip,flip-vertical,rotate,zoom,shear,crop,shift,brightness,contrast,saturation,hue,"
                                   "randaugment,blur,noise,cutout,mixup,cutmix";
  g_autofree char *one = weights_after_a_run (1, everything), *two = weights_after_a_run (2, everything);
  g_autofree char *none = weights_after_a_run (2, "flip=none");

  g_assert_cmpstr (one, ==, two);
  g_assert_cmpstr (one, !=, none);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/augment/move", test_images_move_exactly);
  g_test_add_func ("/augment/channels", test_channels_stay_together);
  g_test_add_func ("/augment/nothing", test_nothing_is_changed_unasked);
  g_test_add_func ("/augment/draws", test_draws_are_of_their_place);
  g_test_add_func ("/augment/every-draw", test_every_draw_is_of_its_place);
  g_test_add_func ("/augment/warp/flip-vertical", test_vertical_flip_turns_rows_round);
  g_test_add_func ("/augment/flip", test_half_are_flipped);
  g_test_add_func ("/augment/shift", test_shifts_are_even);
  g_test_add_func ("/augment/together", test_augmentations_do_not_disturb_each_other);
  g_test_add_func ("/augment/hyperparameters", test_each_augmentation_is_a_hyperparameter);
  g_test_add_func ("/augment/randaugment/kinds", test_randaugment_draws_every_change);
  g_test_add_func ("/augment/randaugment/strength", test_randaugment_is_as_strong_as_asked);
  g_test_add_func ("/augment/mix/beta", test_shares_are_of_a_beta_distribution);
  g_test_add_func ("/augment/mix/images", test_images_are_mixed_as_their_labels);
  g_test_add_func ("/augment/mix/alone", test_one_image_is_mixed_with_none);
  g_test_add_func ("/augment/mix/losses", test_losses_that_take_one_label_refuse_mixing);
  g_test_add_func ("/augment/list/read", test_lists_are_read);
  g_test_add_func ("/augment/list/unknown", test_unknown_names_list_those_there_are);
  g_test_add_func ("/augment/preview", test_previews_are_what_the_network_sees);
  g_test_add_func ("/augment/run", test_same_seed_same_bits);
  return g_test_run ();
}
