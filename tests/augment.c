/* augment.c: images, and lists of augmentations, for the tests of both.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "augment.h"

const LathePreprocess augment_coloured = {.height = COLOURED, .width = COLOURED, .channels = 3, .deviation = {1, 1, 1}};
const LathePreprocess augment_normalised = {
    .height = COLOURED,
    .width = COLOURED,
    .channels = 3,
    .mean = {0.5f, 0.4f, 0.3f},
    .deviation = {0.2f, 0.25f, 0.3f},
};

/* Anything within 0 … 1. */
void
augment_fill (LatheReal *x, gsize n, guint32 stream)
{
  LatheRng rng = lathe_rng (1, LATHE_RNG_SHUFFLE, stream, 0);

  for (gsize i = 0; i < n; i++)
    x[i] = (LatheReal) lathe_rng_uniform (&rng, (guint32) i);
}

void
augment_assert_alike (const LatheReal *a, const LatheReal *b, gsize n, double tolerance)
{
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (a[i], b[i], tolerance);
}

LatheAugmentation
augment_read (const char *list)
{
  LatheHyperparameters h;
  g_autoptr (GError) error = NULL;

  lathe_hyperparameters_defaults (&h);
  lathe_augmentation_list_read (list, &h, &error);
  g_assert_no_error (error);
  return h.augmentation;
}
