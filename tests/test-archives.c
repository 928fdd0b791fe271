/* test-archives.c: datasets in archives: the same as their folders, and what is refused.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "sources.h"

/* --- pictures and .zip files of a test's own --------------------------------------------------------------------- */

/* The bytes of a picture of one colour, 0xrrggbb; each colour gives other bytes. */
static GBytes *
picture (guint32 colour)
{
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, 8, 8);
  char *bytes;
  gsize n;
  gdk_pixbuf_fill (pixbuf, colour << 8 | 0xff);
  g_assert_true (gdk_pixbuf_save_to_buffer (pixbuf, &bytes, &n, "png", NULL, NULL));
  return g_bytes_new_take (bytes, n);
}

/* A picture that nothing compresses. */
static void
put_noise (Fixture *fixture, const char *name, guint32 seed)
{
  g_autofree char *path = place (fixture, name);
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, 100, 100);
  guint8 *pixels = gdk_pixbuf_get_pixels (pixbuf);
  for (gsize i = 0; i < gdk_pixbuf_get_byte_length (pixbuf); i++)
    pixels[i] = (guint8) g_rand_int (random);
  g_assert_true (gdk_pixbuf_save (pixbuf, path, "png", NULL, NULL));
}

/* One entry of a .zip, true or false. */
typedef struct
{
  const char *name;
  GBytes *bytes;
  gboolean deflate;
  guint flags, mode, method; /* method: 0 means what `deflate` says */
  int size_off;              /* what the directory says too much */
  guint32 checksum_off;
  guint twin;    /* 1 + the entry whose bytes it claims for its own */
  gboolean wide; /* its numbers are in the directory's extra field, as those of more than 4 GiB are (ZIP64) */
} ZipEntry;

static GBytes *
deflated (GBytes *bytes)
{
  gsize n = g_bytes_get_size (bytes), room = compressBound (n) + 64;
  guint8 *out = g_malloc (room);
  z_stream stream = {.next_in = (Bytef *) g_bytes_get_data (bytes, NULL), .avail_in = (uInt) n, .next_out = out};
  stream.avail_out = (uInt) room;
  g_assert_cmpint (deflateInit2 (&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), ==, Z_OK);
  g_assert_cmpint (deflate (&stream, Z_FINISH), ==, Z_STREAM_END);
  deflateEnd (&stream);
  return g_bytes_new_take (out, stream.total_out);
}

/* Version, flags, method, time, checksum and lengths: what the two records of an entry share. */
static void
put_facts (GByteArray *out, const ZipEntry *entry, GBytes *packed, gboolean wide)
{
  gsize size = g_bytes_get_size (entry->bytes);
  put_number (out, 20, 2);
  put_number (out, entry->flags, 2);
  put_number (out, entry->method > 0 ? entry->method : entry->deflate ? 8 : 0, 2);
  put_number (out, 0, 4);
  put_number (out, crc32_z (0, g_bytes_get_data (entry->bytes, NULL), size) ^ entry->checksum_off, 4);
  put_number (out, wide ? 0xffffffff : g_bytes_get_size (packed), 4);
  put_number (out, wide ? 0xffffffff : size + (guint) entry->size_off, 4);
  put_number (out, strlen (entry->name), 2);
}

static GByteArray *
make_zip (const ZipEntry *entries, guint n)
{
  GByteArray *out = g_byte_array_new ();
  g_autoptr (GByteArray) directory = g_byte_array_new ();
  g_autofree guint *heads = g_new (guint, n);

  for (guint i = 0; i < n; i++)
    {
      const ZipEntry *entry = &entries[i];
      g_autoptr (GBytes) packed = entry->deflate ? deflated (entry->bytes) : g_bytes_ref (entry->bytes);
      heads[i] = entry->twin > 0 ? heads[entry->twin - 1] : out->len;
      if (entry->twin == 0)
        {
          put_number (out, 0x04034b50, 4);
          put_facts (out, entry, packed, FALSE);
          put_number (out, 0, 2);
          g_byte_array_append (out, (const guint8 *) entry->name, (guint) strlen (entry->name));
          g_byte_array_append (out, g_bytes_get_data (packed, NULL), (guint) g_bytes_get_size (packed));
        }
      put_number (directory, 0x02014b50, 4);
      put_number (directory, 3 << 8 | 20, 2); /* made on Unix */
      put_facts (directory, entry, packed, entry->wide);
      put_number (directory, entry->wide ? 28 : 0, 2);
      put_number (directory, 0, 6);
      put_number (directory, 0, 2);
      put_number (directory, (entry->mode > 0 ? entry->mode : (guint) S_IFREG | 0644), 2);
      put_number (directory, entry->wide ? 0xffffffff : heads[i], 4);
      g_byte_array_append (directory, (const guint8 *) entry->name, (guint) strlen (entry->name));
      if (entry->wide)
        {
          put_number (directory, 1 | 24 << 16, 4);
          put_number (directory, g_bytes_get_size (entry->bytes), 8);
          put_number (directory, g_bytes_get_size (packed), 8);
          put_number (directory, heads[i], 8);
        }
    }
  guint start = out->len, end = start + directory->len;
  gboolean wide = entries[0].wide;
  g_byte_array_append (out, directory->data, directory->len);
  if (wide)
    {
      put_number (out, 0x06064b50, 4);
      put_number (out, 44, 8);
      put_number (out, 0, 12);
      put_number (out, n, 8);
      put_number (out, n, 8);
      put_number (out, directory->len, 8);
      put_number (out, start, 8);
      put_number (out, 0x07064b50, 4);
      put_number (out, 0, 4);
      put_number (out, end, 8);
      put_number (out, 1, 4);
    }
  put_number (out, 0x06054b50, 4);
  put_number (out, 0, 4);
  put_number (out, wide ? 0xffff : n, 2);
  put_number (out, wide ? 0xffff : n, 2);
  put_number (out, wide ? 0xffffffff : directory->len, 4);
  put_number (out, wide ? 0xffffffff : start, 4);
  put_number (out, 0, 2);
  return out;
}

static void
put_zip (Fixture *fixture, const char *name, const ZipEntry *entries, guint n)
{
  g_autoptr (GByteArray) bytes = make_zip (entries, n);
  put_bytes (fixture, name, bytes->data, bytes->len);
}

/* --- archives ---------------------------------------------------------------------------------------------------- */

static void
put_pets (Fixture *fixture)
{
  put_images (fixture, "pets/cats", 10, 0x100000);
  put_images (fixture, "pets/dogs/large ones", 6, 0x200000);
  put_images (fixture, "pets/dogs", 6, 0x300000);
  put_images (fixture, "pets/猫\n", 5, 0x400000);
  put_image (fixture, "pets/cats/copy.png", 8, 8, 0x100003, "png");
}

static void
test_archives_equal_the_folder (Fixture *fixture, gconstpointer data)
{
  put_pets (fixture);
  g_autoptr (LatheDataset) expected = scan_source (fixture, "pets");
  put_text (fixture, "pets/.hidden", "litter");
  put_text (fixture, "pets/__MACOSX/cats/1.png", "litter");
  for (guint i = 0; i < N_ARCHIVES; i++)
    {
      put_archive_of (fixture, archives[i], "pets");
      g_autoptr (LatheDataset) dataset = scan_source (fixture, archives[i]);
      g_autofree char *name = g_strdup_printf ("%s/pets/dogs/large ones/0002.png", archives[i]);
      assert_same (dataset, expected);
      assert_image (fixture, dataset, name, "dogs", -1);
    }
}

/* Divided anew, the images still know where they lie. */
static void
test_archives_are_divided_anew (Fixture *fixture, gconstpointer data)
{
  LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  options.seed = 5;
  put_pets (fixture);
  put_archive_of (fixture, "a.zip", "pets");
  g_autofree char *folder = g_build_filename (fixture->folder, "pets", NULL);
  g_autoptr (LatheDataset) expected = lathe_dataset_scan (folder, &options, NULL, NULL, NULL, NULL);
  LatheDataset *first = scan_source (fixture, "a.zip");
  g_autoptr (LatheDataset) dataset = lathe_dataset_resplit (first, &options, NULL);
  g_assert_true (dataset != first);
  lathe_dataset_unref (first);
  assert_same (dataset, expected);
}

static void
test_archives_without_a_common_folder (Fixture *fixture, gconstpointer data)
{
  put_pets (fixture);
  g_autoptr (LatheDataset) expected = scan_source (fixture, "pets");
  g_autofree char *inside = g_build_filename (fixture->folder, "pets", NULL);
  Fixture pets = {.folder = inside};
  const char *const names[] = {"cats", "dogs", "猫\n"};
  struct archive *archive = begin_pack (fixture, "b.zip");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    pack_folder (&pets, archive, names[i]);
  end_pack (archive);
  g_autoptr (LatheDataset) dataset = scan_source (fixture, "b.zip");
  assert_same (dataset, expected);
}

static void
test_archives_are_split_by_folders (Fixture *fixture, gconstpointer data)
{
  const char *const sides[] = {"train", "val", "test"};
  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    {
      g_autofree char *cats = g_strdup_printf ("s/%s/cats", sides[i]), *dogs = g_strdup_printf ("s/%s/dogs", sides[i]);
      put_images (fixture, cats, 3, 0x100000 + i * 100);
      put_images (fixture, dogs, 3, 0x200000 + i * 100);
    }
  g_autoptr (LatheDataset) expected = scan_source (fixture, "s");
  for (guint i = 0; i < 3; i++)
    {
      put_archive_of (fixture, archives[i], "s");
      g_autoptr (LatheDataset) dataset = scan_source (fixture, archives[i]);
      assert_same (dataset, expected);
      for (int side = 0; side < LATHE_N_SPLITS; side++)
        g_assert_cmpuint (lathe_dataset_count (dataset, -1, side), ==, 6);
    }
}

static void
test_tar_refuses_entries (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) one = picture (1), two = picture (2), three = picture (3);
  g_autofree char *deep = g_strnfill (199, '/');
  for (guint i = 0; i < 199; i += 2)
    deep[i] = 'd';
  for (guint i = 0; i < 3; i++)
    {
      const char *const names[] = {"n.tar", "n.tar.gz", "n.tar.zst"};
      struct archive *archive = begin_pack (fixture, names[i]);
      pack (archive, "cats/1.png", AE_IFREG, NULL, one);
      pack (archive, "dogs/2.png", AE_IFREG, NULL, two);
      pack (archive, "../out.png", AE_IFREG, NULL, one);
      pack (archive, "cats/../../out.png", AE_IFREG, NULL, one);
      pack (archive, "/etc/abs.png", AE_IFREG, NULL, one);
      pack (archive, "cats/soft.png", AE_IFLNK, "/etc/passwd", NULL);
      pack (archive, "cats/hard.png", AE_IFREG, "cats/1.png", NULL);
      pack (archive, "cats/pipe.png", AE_IFIFO, NULL, NULL);
      pack (archive, "cats/disk.png", AE_IFBLK, NULL, NULL);
      pack (archive, "cats/1.png", AE_IFREG, NULL, three);
      pack (archive, deep, AE_IFREG, NULL, three);
      pack (archive, "./cats//3.png", AE_IFREG, NULL, three);
      end_pack (archive);

      g_autoptr (LatheDataset) dataset = scan_source (fixture, names[i]);
      const struct
      {
        const char *name, *part;
      } problems[] = {
          {"../out.png", "climbs out"},       {"cats/../../out.png", "climbs out"},
          {"/etc/abs.png", "climbs out"},     {"cats/soft.png", "link"},
          {"cats/hard.png", "link"},          {"cats/pipe.png", "not a regular file"},
          {"cats/disk.png", "not a regular"}, {"cats/1.png", "more than once"},
          {deep, "too many folders"},
      };
      for (guint k = 0; k < G_N_ELEMENTS (problems); k++)
        {
          g_autofree char *name = g_strconcat (names[i], "/", problems[k].name, NULL);
          g_autofree char *path = g_strconcat (fixture->folder, "/", name, NULL);
          gboolean found = FALSE;
          for (guint p = 0; p < lathe_dataset_get_n_problems (dataset); p++)
            {
              const LatheProblem *problem = lathe_dataset_get_problem (dataset, p);
              found =
                  found || (strcmp (problem->path, path) == 0 && strstr (problem->reason, problems[k].part) != NULL);
            }
          g_test_message ("%s", name);
          g_assert_true (found);
        }
      assert_counts (dataset, 2, 3, G_N_ELEMENTS (problems));
      g_autofree char *good = g_strconcat (names[i], "/cats/3.png", NULL);
      assert_image (fixture, dataset, good, "cats", -1);
    }
}

static void
test_zip_refuses_entries (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) one = picture (1), two = picture (2), three = picture (3), text = g_bytes_new_static ("no", 2);
  g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);
  g_autoptr (GBytes) zeros = g_bytes_new_take (g_malloc0 (8 << 20), 8 << 20);
  const ZipEntry entries[] = {
      {.name = "cats/1.png", .bytes = one, .deflate = TRUE},
      {.name = "dogs/2.png", .bytes = two},
      {.name = "../out.png", .bytes = one},
      {.name = "a/../../out.png", .bytes = one},
      {.name = "/abs.png", .bytes = one},
      {.name = "cats/link.png", .bytes = text, .mode = S_IFLNK | 0777},
      {.name = "cats/pipe.png", .bytes = text, .mode = S_IFIFO | 0644},
      {.name = "cats/secret.png", .bytes = one, .flags = 1},
      {.name = "cats/odd.png", .bytes = one, .method = 97},
      {.name = "cats/long.png", .bytes = three, .deflate = TRUE, .size_off = 7},
      {.name = "cats/short.png", .bytes = three, .deflate = TRUE, .size_off = -7},
      {.name = "cats/stored.png", .bytes = three, .size_off = 7},
      {.name = "cats/sum.png", .bytes = three, .deflate = TRUE, .checksum_off = 1},
      {.name = "cats/stored sum.png", .bytes = three, .checksum_off = 1},
      {.name = "cats/bomb.png", .bytes = zeros, .deflate = TRUE},
      {.name = "cats/twin.png", .bytes = two, .twin = 2},
      {.name = "cats/1.png", .bytes = two},
      {.name = "cats/empty.png", .bytes = nothing},
      {.name = "cats/text.png", .bytes = text, .deflate = TRUE},
      {.name = "cats/", .bytes = nothing, .mode = S_IFDIR | 0755},
      {.name = "cats/.hidden.png", .bytes = text},
      {.name = "cats/Thumbs.db", .bytes = text},
  };
  const struct
  {
    const char *name, *part;
  } problems[] = {
      {"a.zip/cats/link.png", "a link"},
      {"a.zip/cats/pipe.png", "not a regular file"},
      {"a.zip/cats/secret.png", "encrypted"},
      {"a.zip/cats/odd.png", "compressed in a way"},
      {"a.zip/cats/long.png", "does not unpack to the size"},
      {"a.zip/cats/short.png", "does not unpack to the size"},
      {"a.zip/cats/stored.png", "more or fewer bytes"},
      {"a.zip/cats/sum.png", "checksum"},
      {"a.zip/cats/stored sum.png", "checksum"},
      {"a.zip/cats/bomb.png", "unpacks to far more"},
      {"a.zip/cats/twin.png", "shares its bytes"},
      {"a.zip/cats/1.png", "more than once"},
      {"a.zip/cats/empty.png", "empty"},
      {"a.zip/cats/text.png", "not an image"},
  };

  put_zip (fixture, "a.zip", entries, G_N_ELEMENTS (entries));
  g_autoptr (LatheDataset) dataset = scan_source (fixture, "a.zip");
  for (guint i = 0; i < G_N_ELEMENTS (problems); i++)
    assert_problem (fixture, dataset, problems[i].name, problems[i].part);
  assert_counts (dataset, 2, 2, G_N_ELEMENTS (problems) + 3); /* and the three that climb */
}

/* Directories of more than 65,535 entries or 4 GiB, and archives that unpack themselves. */
static void
test_large_and_shifted_zips (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) one = picture (1), two = picture (2);
  const ZipEntry entries[] = {
      {.name = "cats/1.png", .bytes = one, .deflate = TRUE, .wide = TRUE},
      {.name = "dogs/2.png", .bytes = two, .wide = TRUE},
  };
  g_autoptr (GByteArray) zip = make_zip (entries, G_N_ELEMENTS (entries));
  put_bytes (fixture, "wide.zip", zip->data, zip->len);
  g_autoptr (LatheDataset) wide = scan_source (fixture, "wide.zip");
  assert_counts (wide, 2, 2, 0);

  const ZipEntry narrow[] = {{.name = "cats/1.png", .bytes = one, .deflate = TRUE},
                             {.name = "dogs/2.png", .bytes = two}};
  g_autoptr (GByteArray) plain = make_zip (narrow, G_N_ELEMENTS (narrow));
  g_byte_array_prepend (plain, (const guint8 *) "PK\0\0 a program", 14);
  put_bytes (fixture, "shifted.zip", plain->data, plain->len);
  g_autoptr (LatheDataset) shifted = scan_source (fixture, "shifted.zip");
  assert_same (shifted, wide);
}

/* What was there before the archive breaks off is used; a .zip, whose directory is at its end, is not. */
static void
test_truncated_archives (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *name = g_strdup_printf ("p/%s/%u.png", i < 10 ? "cats" : "dogs", i);
      put_noise (fixture, name, i);
    }
  const char *const names[] = {"a.tar", "a.tar.gz", "a.tar.zst", "a.tar.xz"};
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *cut = g_strconcat ("cut-", names[i], NULL), *stub = g_strconcat ("stub-", names[i], NULL);
      put_archive_of (fixture, names[i], "p");
      put_cut (fixture, cut, names[i], 0.7);
      put_cut (fixture, stub, names[i], 0.001);
      g_autoptr (LatheDataset) dataset = scan_source (fixture, cut);
      assert_problem (fixture, dataset, cut, "breaks off");
      g_assert_cmpuint (lathe_dataset_get_n_images (dataset), >, 10);
      g_assert_cmpuint (lathe_dataset_get_n_images (dataset), <, 20);
      assert_refused (fixture, stub, LATHE_ERROR_FORMAT, stub);
    }
  put_archive_of (fixture, "a.zip", "p");
  put_cut (fixture, "cut.zip", "a.zip", 0.7);
  put_cut (fixture, "stub.zip", "a.zip", 0.001);
  assert_refused (fixture, "cut.zip", LATHE_ERROR_FORMAT, "directory");
  assert_refused (fixture, "stub.zip", LATHE_ERROR_FORMAT, "truncated");
  put_text (fixture, "nothing.tar", "");
  assert_refused (fixture, "nothing.tar", LATHE_ERROR_IO, "not a folder");
}

/* It need not be unpacked to be refused. */
static void
test_compressed_tar_past_memory (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = place (fixture, "large.tar.gz");
  g_autoptr (GBytes) one = picture (1);
  gzFile file = gzopen (path, "wb");
  struct archive *archive = begin_pack (fixture, "head.tar");
  g_autofree char *head = NULL, *plain = g_build_filename (fixture->folder, "head.tar", NULL);
  pack (archive, "cats/1.png", AE_IFREG, NULL, one);
  end_pack (archive);
  g_assert_true (g_file_get_contents (plain, &head, NULL, NULL));

  guint sum = 0;
  memcpy (head + 124, "17777777777", 11); /* 8 GiB - 1 */
  memset (head + 148, ' ', 8);
  for (guint i = 0; i < 512; i++)
    sum += (guint8) head[i];
  g_snprintf (head + 148, 8, "%06o", sum);
  gzwrite (file, head, 512);
  gzclose (file);
  assert_refused (fixture, "large.tar.gz", LATHE_ERROR_UNSUPPORTED, "Unpack it");
}

/* What lies in an archive is found when it is asked for, and missed when it is gone. */
static void
test_store_reads_archives (Fixture *fixture, gconstpointer data)
{
  put_pets (fixture);
  g_autoptr (LatheDataset) expected = scan_source (fixture, "pets");
  guint n = lathe_dataset_get_n_images (expected), sample = 6 * 6 * 3;
  const LathePreprocess preprocess = {.width = 6, .height = 6, .channels = 3, .deviation = {1, 1, 1}};
  g_autofree LatheReal *x = g_new (LatheReal, n * sample), *y = g_new (LatheReal, n * sample);
  g_autofree gboolean *ok = g_new (gboolean, n);
  g_autofree guint32 *order = g_new (guint32, n);
  for (guint32 i = 0; i < n; i++)
    order[i] = i * 5 % n;

  g_autoptr (LatheStore) files = lathe_store_new (expected, &preprocess, 2, 0);
  lathe_store_fill (files, order, n, x, ok);
  for (guint i = 0; i < 3; i++)
    {
      put_archive_of (fixture, archives[i], "pets");
      g_autoptr (LatheDataset) dataset = scan_source (fixture, archives[i]);
      g_autoptr (LatheStore) store = lathe_store_new (dataset, &preprocess, 4, 8 * sample);
      g_autofree char *path = g_build_filename (fixture->folder, archives[i], NULL);
      lathe_store_expect (store, order, n);
      g_assert_cmpint (g_unlink (path), ==, 0);
      lathe_store_fill (store, order, n, y, ok);
      g_assert_cmpmem (x, n * sample * sizeof *x, y, n * sample * sizeof *y);
    }

  put_archive_of (fixture, "b.tar", "pets");
  g_autofree char *path = g_build_filename (fixture->folder, "b.tar", NULL);
  g_autoptr (LatheDataset) dataset = scan_source (fixture, "b.tar");
  g_autoptr (LatheStore) store = lathe_store_new (dataset, &preprocess, 2, 0);
  g_assert_cmpint (truncate (path, 600), ==, 0);
  lathe_store_fill (store, order, n, y, ok);
  g_autoptr (GPtrArray) problems = lathe_store_get_problems (store);
  g_assert_cmpuint (problems->len, ==, n);
}

int
main (int argc, char **argv)
{
  setlocale (LC_CTYPE, "C.UTF-8"); /* libarchive writes names in the encoding of the locale */
  g_test_init (&argc, &argv, NULL);
  ADD ("/archives/equal-the-folder", test_archives_equal_the_folder);
  ADD ("/archives/are-divided-anew", test_archives_are_divided_anew);
  ADD ("/archives/without-a-common-folder", test_archives_without_a_common_folder);
  ADD ("/archives/are-split-by-folders", test_archives_are_split_by_folders);
  ADD ("/archives/tar-refuses-entries", test_tar_refuses_entries);
  ADD ("/archives/zip-refuses-entries", test_zip_refuses_entries);
  ADD ("/archives/large-and-shifted-zips", test_large_and_shifted_zips);
  ADD ("/archives/truncated", test_truncated_archives);
  ADD ("/archives/compressed-tar-past-memory", test_compressed_tar_past_memory);
  ADD ("/archives/are-read-by-the-store", test_store_reads_archives);
  return g_test_run ();
}
