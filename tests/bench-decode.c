/* bench-decode.c: how fast images come from their files: “bench-decode FOLDER SIZE THREADS ROUNDS [MEGABYTES]”.
 *
 * Every round reads all images of the folder into batches, as the first epoch of a training does, and prints images a
 * second. With no more than so many megabytes of memory for them, rounds are epochs of one training.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>

#include "lathe.h"

#define BATCH 32u

static double
read_all (LatheDataset *dataset, LatheStore *store, const LathePreprocess *preprocess)
{
  guint n = lathe_dataset_get_n_images (dataset);
  g_autofree guint32 *order = g_new (guint32, n);
  g_autofree LatheReal *x = g_new (LatheReal, (gsize) BATCH * preprocess->width * preprocess->height * 3);
  LatheRng rng = lathe_rng (1, LATHE_RNG_SHUFFLE, 1, 0);
  gboolean ok[BATCH];

  for (guint i = 0; i < n; i++)
    order[i] = i;
  lathe_rng_shuffle (&rng, order, n);
  gint64 begin = g_get_monotonic_time ();
  lathe_store_expect (store, order, n);
  for (guint i = 0; i < n; i += BATCH)
    lathe_store_fill (store, order + i, MIN (BATCH, n - i), x, ok);
  return n * (double) G_USEC_PER_SEC / (double) (g_get_monotonic_time () - begin);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;

  if (argc != 5 && argc != 6)
    {
      fputs ("usage: bench-decode FOLDER SIZE THREADS ROUNDS [MEGABYTES]\n", stderr);
      return 2;
    }
  g_autoptr (LatheDataset) dataset = lathe_dataset_scan (argv[1], &options, NULL, NULL, NULL, &error);
  if (dataset == NULL)
    {
      fprintf (stderr, "%s\n", error->message);
      return 1;
    }
  guint size = (guint) atoi (argv[2]);
  LathePreprocess preprocess = {.width = size, .height = size, .channels = 3, .deviation = {1, 1, 1}};
  guint64 limit = argc == 6 ? (guint64) atoi (argv[5]) << 20 : 0;
  g_autoptr (LatheStore) store = NULL;
  for (int round = 0; round < atoi (argv[4]); round++)
    {
      if (limit == 0)
        g_clear_pointer (&store, lathe_store_free);
      if (store == NULL)
        store = lathe_store_new (dataset, &preprocess, (guint) atoi (argv[3]), limit);
      printf ("%.0f\n", read_all (dataset, store, &preprocess));
      fflush (stdout);
    }
  return 0;
}
