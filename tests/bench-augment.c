/* bench-augment.c: how fast images are augmented: “bench-augment SIZE THREADS ROUNDS LIST…”.
 *
 * A LIST is as "lathe-cli train --augment" takes it. Prints for each the milliseconds that a batch of 32 colour images
 * of SIZE × SIZE takes, in the best of the rounds.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lathe.h"

#define BATCH 32u

typedef struct
{
  LatheAugmentation augmentation;
  LathePreprocess preprocess;
  guint32 epoch;
  gsize size;
  LatheReal *images, *x, *scratch; /* BATCH × size each */
} Bench;

static void
augment_image (gpointer data, guint image, guint thread)
{
  const Bench *bench = data;
  gsize at = image * bench->size;

  lathe_augment (&bench->augmentation, 1, bench->epoch, image, &bench->preprocess, bench->x + at, bench->scratch + at);
}

static double
best_of (Bench *bench, LathePool *pool, guint rounds)
{
  double best = G_MAXDOUBLE;

  for (bench->epoch = 1; bench->epoch <= rounds; bench->epoch++)
    {
      memcpy (bench->x, bench->images, BATCH * bench->size * sizeof *bench->x);
      gint64 begin = g_get_monotonic_time ();
      lathe_pool_run (pool, BATCH, augment_image, bench);
      best = MIN (best, (double) (g_get_monotonic_time () - begin) / 1000);
    }
  return best;
}

int
main (int argc, char **argv)
{
  if (argc < 5)
    {
      fputs ("usage: bench-augment SIZE THREADS ROUNDS LIST…\n", stderr);
      return 2;
    }
  guint side = (guint) atoi (argv[1]);
  g_autoptr (LathePool) pool = lathe_pool_new ((guint) atoi (argv[2]));
  LatheRng rng = lathe_rng (1, LATHE_RNG_AUGMENT, 0, 0);
  gsize size = (gsize) side * side * 3;
  g_autofree LatheReal *images = g_new (LatheReal, 3 * BATCH * size);
  Bench bench = {
      .preprocess = {.width = side, .height = side, .channels = 3, .deviation = {1, 1, 1}},
      .size = size,
      .images = images,
      .x = images + BATCH * size,
      .scratch = images + 2 * BATCH * size,
  };

  for (gsize i = 0; i < BATCH * size; i++)
    images[i] = (LatheReal) lathe_rng_uniform (&rng, (guint32) i);
  for (int i = 4; i < argc; i++)
    {
      g_autoptr (GError) error = NULL;
      LatheHyperparameters hyperparameters;

      lathe_hyperparameters_defaults (&hyperparameters);
      if (!lathe_augmentation_list_read (argv[i], &hyperparameters, &error))
        {
          fprintf (stderr, "%s\n", error->message);
          return 1;
        }
      bench.augmentation = hyperparameters.augmentation;
      printf ("%.3f\n", best_of (&bench, pool, (guint) atoi (argv[3])));
    }
  return 0;
}
