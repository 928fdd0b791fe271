/* fuzz-driver.c: runs a fuzz target without libFuzzer: on the seeds as they are, and on damaged ones.
 *
 * Usage: fuzz-NAME FOLDER, with seeds in it. LATHE_MUTANTS says how many there are (10,000), LATHE_SEED which.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <time.h>

#include "fuzz.h"
#include "mutate.h"

#define NOISE (4 << 20) /* bytes that a heap may grow by without having leaked */
#define LONGEST 1.0     /* seconds of the processor that one input may take */

static char *folder;

static GPtrArray *
read_seeds (void)
{
  GPtrArray *seeds = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GDir) files = g_dir_open (folder, 0, NULL);
  const char *name;

  g_assert_nonnull (files);
  while ((name = g_dir_read_name (files)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      char *bytes;
      gsize n;

      g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
      g_ptr_array_add (seeds, g_bytes_new_take (bytes, n));
    }
  g_assert_cmpuint (seeds->len, >, 0);
  return seeds;
}

/* Returns: seconds of the processor, whatever else the machine does */
static double
run (const guint8 *bytes, gsize n)
{
  clock_t begin = clock ();

  LLVMFuzzerTestOneInput (bytes, n);
  return (double) (clock () - begin) / CLOCKS_PER_SEC;
}

static void
test_any_bytes_cost_neither_time_nor_memory (void)
{
  guint n = number_of ("LATHE_MUTANTS", 10000);
  g_autoptr (GPtrArray) seeds = read_seeds ();
  GRand *rng = g_rand_new_with_seed (number_of ("LATHE_SEED", 1));
  gint64 half_way = 0;
  double longest = 0;

  for (guint i = 0; i < seeds->len; i++)
    {
      gsize size;
      const guint8 *bytes = g_bytes_get_data (seeds->pdata[i], &size);

      longest = MAX (longest, run (bytes, size));
    }
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GByteArray) mutant = mutate (rng, seeds);

      longest = MAX (longest, run (mutant->data, mutant->len));
      if (i == n / 2)
        half_way = resident_bytes ();
    }
  g_rand_free (rng);
  g_test_message ("the longest took %.1f ms; %" G_GINT64_FORMAT " kB more than half-way", 1000 * longest,
                  (resident_bytes () - half_way) / 1024);
#ifndef LATHE_INSTRUMENTED
  g_assert_cmpfloat (longest, <, LONGEST);
  g_assert_cmpint (resident_bytes (), <, half_way + NOISE);
#endif
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  folder = argv[1];
  g_test_add_func ("/fuzz/any-bytes-cost-neither-time-nor-memory", test_any_bytes_cost_neither_time_nor_memory);
  return g_test_run ();
}
