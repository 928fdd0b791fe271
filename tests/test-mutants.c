/* test-mutants.c: pictures with bytes flipped, cut out and spliced in are decoded, or refused with a reason; nothing
 * else comes to harm.
 *
 * LATHE_MUTANTS says how many there are (10,000), LATHE_SEED which.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>

#include "images.h"
#include "mutate.h"

#define NOISE (3 << 20) /* bytes that a heap may grow by without having leaked */

/* --- Sound pictures, a few of each format --- */

static void
add (GPtrArray *sound, const void *bytes, gsize n)
{
  g_ptr_array_add (sound, g_bytes_new (bytes, n));
}

static void
add_samples (GPtrArray *sound)
{
  g_autofree char *folder = sample_path ("");
  g_autoptr (GDir) samples = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (samples)) != NULL)
    {
      g_autofree char *path = sample_path (name);
      char *bytes;
      gsize n;
      g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
      g_ptr_array_add (sound, g_bytes_new_take (bytes, n));
    }
}

/* What GdkPixbuf can write itself. */
static void
add_saved (GPtrArray *sound)
{
  const char *const types[] = {"bmp", "ico", "tiff", "png", "jpeg"};
  g_autofree char *path = sample_path ("photo.jpg");
  g_autoptr (GdkPixbuf) photo = gdk_pixbuf_new_from_file (path, NULL);
  g_autoptr (GdkPixbuf) small = gdk_pixbuf_scale_simple (photo, 24, 18, GDK_INTERP_BILINEAR);
  g_autoptr (GdkPixbuf) clear = gdk_pixbuf_add_alpha (small, TRUE, 0, 0, 0);

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      char *bytes;
      gsize n;
      if (gdk_pixbuf_save_to_buffer (clear, &bytes, &n, types[i], NULL, NULL))
        g_ptr_array_add (sound, g_bytes_new_take (bytes, n));
    }
}

/* A header, and pixels that are any bytes. */
static void
add_raw (GPtrArray *sound, const void *header, gsize n_header, gsize n)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_byte_array_append (bytes, header, (guint) n_header);
  for (gsize i = 0; i < n; i++)
    g_byte_array_append (bytes, &(guint8){(guint8) (i * 37)}, 1);
  add (sound, bytes->data, bytes->len);
}

static void
add_written (GPtrArray *sound)
{
  static const char *const texts[] = {
      "P1 4 2 1 0 1 0 0 1 0 1 ",
      "P2 3 2 255 0 50 100 150 200 250 ",
      "P3 1 2 255 0 50 100 150 200 250 ",
      "#define x_width 8\n#define x_height 2\nstatic char x_bits[] = {0x55, 0xaa};\n",
      "/* XPM */\nstatic char *x[] = {\"2 2 2 1\", \"a c #ff0000\", \"b c None\", \"ab\", \"ba\"};\n",
      "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'><rect width='5' height='6' fill='#123456'/></svg>",
  };
  static const guint8 tga[18] = {[2] = 2, [12] = 6, [14] = 5, [16] = 24};
  static const guint8 tga_runs[18] = {[2] = 10, [12] = 40, [14] = 3, [16] = 24};

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    add (sound, texts[i], strlen (texts[i]));
  add_raw (sound, "P4 16 5\n", 8, 10);
  add_raw (sound, "P5 7 5 255\n", 11, 35);
  add_raw (sound, "P6 7 5 255\n", 11, 105);
  add_raw (sound, tga, sizeof tga, 90);
  add_raw (sound, tga_runs, sizeof tga_runs, 400);
}

/* --- What they are made to do --- */

static guint
open_files (void)
{
  g_autoptr (GDir) files = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;
  while (g_dir_read_name (files) != NULL)
    n++;
  return n;
}

typedef struct
{
  guint n_decoded, n_refused, n_crashed, n_late;
} Tally;

static void
try_mutant (const char *path, const GByteArray *mutant, Tally *tally)
{
  g_autoptr (GError) error = NULL;
  LathePreprocess preprocess = plain (16, 16, 3);
  guint8 bytes[16 * 16 * 3];

  g_unlink (path); /* else what it held stays at the end of it */
  g_assert_true (
      g_file_set_contents_full (path, (const char *) mutant->data, mutant->len, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  gboolean ok = lathe_decode_file (path, &preprocess, bytes, &error);
  g_assert_true (ok == (error == NULL));
  tally->n_decoded += ok;
  if (ok)
    return;
  tally->n_refused++;
  g_assert_true (error->domain == LATHE_ERROR && strlen (error->message) > 0);
  tally->n_crashed += strstr (error->message, "crash") != NULL;
  tally->n_late += strstr (error->message, "too long") != NULL;
  if (strstr (error->message, "crash") != NULL)
    g_test_message ("%u bytes: %s", mutant->len, error->message);
}

static void
test_mutants_cost_neither_run_nor_memory (Fixture *fixture, gconstpointer data)
{
  guint n = number_of ("LATHE_MUTANTS", 10000);
  g_autofree char *path = place (fixture, "mutant");
  g_autoptr (GPtrArray) sound = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  GRand *rng = g_rand_new_with_seed (number_of ("LATHE_SEED", 1));
  gint64 half_way = 0;
  guint n_files = 0;
  Tally tally = {0};

  add_samples (sound);
  add_saved (sound);
  add_written (sound);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GByteArray) mutant = mutate (rng, sound);
      if (mutant->len > 0)
        try_mutant (path, mutant, &tally);
      if (i == n / 2)
        {
          half_way = resident_bytes ();
          n_files = open_files ();
        }
    }
  g_rand_free (rng);
  g_test_message (
      "%u decoded, %u refused, of which %u by a crash and %u by the clock; %" G_GINT64_FORMAT " kB more than half-way",
      tally.n_decoded, tally.n_refused, tally.n_crashed, tally.n_late, (resident_bytes () - half_way) / 1024);
  g_assert_cmpuint (tally.n_decoded, >, n / 20);
  g_assert_cmpuint (tally.n_refused, >, n / 20);
#ifndef LATHE_INSTRUMENTED /* the address sanitizer keeps what is freed for a while */
  g_assert_cmpint (resident_bytes (), <, half_way + NOISE);
#endif
  g_assert_cmpuint (open_files (), <=, n_files);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/mutants/cost-neither-run-nor-memory", test_mutants_cost_neither_run_nor_memory);
  return g_test_run ();
}
