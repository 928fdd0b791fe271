/* test-sources.c: what a dataset can be read from: archives, tables of labels, names, IDX and CIFAR files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "lathe.h"

/* --- folders that a test fills ----------------------------------------------------------------------------------- */

typedef struct
{
  char *folder;
} Fixture;

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      remove_tree (child);
    }
  g_remove (path);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("lathe-sources-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  remove_tree (fixture->folder);
  g_free (fixture->folder);
}

static char *
place (Fixture *fixture, const char *name)
{
  char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  return path;
}

static void
put_bytes (Fixture *fixture, const char *name, const void *bytes, gsize n)
{
  g_autofree char *path = place (fixture, name);
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n, NULL));
}

static void
put_text (Fixture *fixture, const char *name, const char *text)
{
  put_bytes (fixture, name, text, strlen (text));
}

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

static void
put_picture (Fixture *fixture, const char *name, guint32 colour)
{
  g_autoptr (GBytes) bytes = picture (colour);
  put_bytes (fixture, name, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
put_pictures (Fixture *fixture, const char *folder, guint n, guint32 first_colour)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s/%04u.png", folder, i);
      put_picture (fixture, name, first_colour + i);
    }
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

/* --- scanning ---------------------------------------------------------------------------------------------------- */

static LatheDataset *
scan_with (Fixture *fixture, const char *name, const char *labels, const char *pattern, GError **error)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  options.labels = labels;
  options.label_pattern = pattern;
  return lathe_dataset_scan (path, &options, NULL, NULL, NULL, error);
}

static LatheDataset *
scan (Fixture *fixture, const char *name)
{
  g_autoptr (GError) error = NULL;
  LatheDataset *dataset = scan_with (fixture, name, NULL, NULL, &error);
  g_assert_no_error (error);
  return dataset;
}

static void
assert_refused (Fixture *fixture, const char *name, int code, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (scan_with (fixture, name, NULL, NULL, &error));
  g_assert_error (error, LATHE_ERROR, code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, part));
  g_assert_null (strchr (error->message, '\n'));
}

/* `name` is below the fixture's folder. */
static void
assert_problem (Fixture *fixture, LatheDataset *dataset, const char *name, const char *part)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  for (guint i = 0; i < lathe_dataset_get_n_problems (dataset); i++)
    {
      const LatheProblem *problem = lathe_dataset_get_problem (dataset, i);
      if (strcmp (problem->path, path) != 0)
        continue;
      g_test_message ("%s: %s", name, problem->reason);
      if (strstr (problem->reason, part) != NULL)
        return;
    }
  g_error ("no problem “%s” of “%s”", part, name);
}

static const LatheImage *
find_image (Fixture *fixture, LatheDataset *dataset, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
    if (strcmp (lathe_dataset_get_image (dataset, i)->path, path) == 0)
      return lathe_dataset_get_image (dataset, i);
  return NULL;
}

static void
assert_image (Fixture *fixture, LatheDataset *dataset, const char *name, const char *class, int split)
{
  const LatheImage *image = find_image (fixture, dataset, name);
  g_assert_nonnull (image);
  g_assert_cmpstr (lathe_dataset_get_classes (dataset)[image->label], ==, class);
  if (split >= 0)
    g_assert_cmpint (image->split, ==, split);
}

static void
assert_counts (LatheDataset *dataset, guint classes, guint images, guint problems)
{
  g_assert_cmpuint (lathe_dataset_get_n_problems (dataset), ==, problems);
  g_assert_cmpuint (lathe_dataset_get_n_classes (dataset), ==, classes);
  g_assert_cmpuint (lathe_dataset_get_n_images (dataset), ==, images);
}

/* The same images, sides and pixels, in the same order. */
static void
assert_same (LatheDataset *dataset, LatheDataset *expected)
{
  const LathePreprocess preprocess = {.width = 5, .height = 7, .channels = 3, .deviation = {1, 1, 1}};
  g_autofree char *x = lathe_dataset_fingerprint (dataset), *y = lathe_dataset_fingerprint (expected);
  guint8 seen[5 * 7 * 3], wanted[5 * 7 * 3];

  assert_counts (dataset, lathe_dataset_get_n_classes (expected), lathe_dataset_get_n_images (expected), 0);
  g_assert_cmpstr (x, ==, y);
  for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
    {
      const LatheImage *image = lathe_dataset_get_image (dataset, i);
      const LatheImage *other = lathe_dataset_get_image (expected, i);
      g_autofree char *name = g_path_get_basename (image->path), *wish = g_path_get_basename (other->path);
      g_assert_cmpstr (name, ==, wish);
      g_assert_cmpint (image->split, ==, other->split);
      g_assert_true (lathe_decode_image (image, &preprocess, seen, NULL));
      g_assert_true (lathe_decode_image (other, &preprocess, wanted, NULL));
      g_assert_cmpmem (seen, sizeof seen, wanted, sizeof wanted);
    }
}

/* --- packing ----------------------------------------------------------------------------------------------------- */

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

static void
put_number (GByteArray *out, guint64 value, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      guint8 byte = (guint8) (value >> (8 * i));
      g_byte_array_append (out, &byte, 1);
    }
}

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

static struct archive *
begin_pack (Fixture *fixture, const char *name)
{
  g_autofree char *path = place (fixture, name);
  struct archive *archive = archive_write_new ();
  if (g_str_has_suffix (name, ".zip"))
    archive_write_set_format_zip (archive);
  else
    archive_write_set_format_pax_restricted (archive);
  const char *const filters[] = {"gz", "zst", "xz", "bz2"}, *const full[] = {"gzip", "zstd", "xz", "bzip2"};
  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    if (g_str_has_suffix (name, filters[i]))
      g_assert_cmpint (archive_write_add_filter_by_name (archive, full[i]), ==, ARCHIVE_OK);
  g_assert_cmpint (archive_write_open_filename (archive, path), ==, ARCHIVE_OK);
  return archive;
}

/* type: AE_IFREG and so on; link: where it leads, of a hard link too where the type is a regular file's */
static void
pack (struct archive *archive, const char *name, guint type, const char *link, GBytes *bytes)
{
  struct archive_entry *entry = archive_entry_new ();
  archive_entry_copy_pathname (entry, name);
  archive_entry_set_filetype (entry, type);
  archive_entry_set_perm (entry, 0644);
  archive_entry_set_size (entry, bytes != NULL ? (la_int64_t) g_bytes_get_size (bytes) : 0);
  if (link != NULL && type == AE_IFLNK)
    archive_entry_copy_symlink (entry, link);
  else if (link != NULL)
    archive_entry_copy_hardlink (entry, link);
  g_assert_cmpint (archive_write_header (archive, entry), ==, ARCHIVE_OK);
  if (bytes != NULL)
    archive_write_data (archive, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  archive_entry_free (entry);
}

static void
pack_folder (Fixture *fixture, struct archive *archive, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *child;

  if (dir == NULL)
    {
      char *bytes;
      gsize n;
      g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
      g_autoptr (GBytes) taken = g_bytes_new_take (bytes, n);
      pack (archive, name, AE_IFREG, NULL, taken);
      return;
    }
  pack (archive, name, AE_IFDIR, NULL, NULL);
  while ((child = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *below = g_build_filename (name, child, NULL);
      pack_folder (fixture, archive, below);
    }
}

static void
end_pack (struct archive *archive)
{
  g_assert_cmpint (archive_write_close (archive), ==, ARCHIVE_OK);
  archive_write_free (archive);
}

static void
put_archive_of (Fixture *fixture, const char *name, const char *folder)
{
  struct archive *archive = begin_pack (fixture, name);
  pack_folder (fixture, archive, folder);
  end_pack (archive);
}

static void
put_cut (Fixture *fixture, const char *name, const char *of, double share)
{
  g_autofree char *path = g_build_filename (fixture->folder, of, NULL);
  g_autofree char *bytes = NULL;
  gsize n;
  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  put_bytes (fixture, name, bytes, (gsize) ((double) n * share));
}

/* --- archives ---------------------------------------------------------------------------------------------------- */

static const char *const archives[] = {"a.zip", "a.tar", "a.tar.gz", "a.tar.zst", "a.tar.xz", "a.tar.bz2"};

static void
put_pets (Fixture *fixture)
{
  put_pictures (fixture, "pets/cats", 10, 0x100000);
  put_pictures (fixture, "pets/dogs/large ones", 6, 0x200000);
  put_pictures (fixture, "pets/dogs", 6, 0x300000);
  put_pictures (fixture, "pets/猫\n", 5, 0x400000);
  put_picture (fixture, "pets/cats/copy.png", 0x100003);
}

static void
test_archives_equal_the_folder (Fixture *fixture, gconstpointer data)
{
  put_pets (fixture);
  g_autoptr (LatheDataset) expected = scan (fixture, "pets");
  put_text (fixture, "pets/.hidden", "litter");
  put_text (fixture, "pets/__MACOSX/cats/1.png", "litter");
  for (guint i = 0; i < G_N_ELEMENTS (archives); i++)
    {
      put_archive_of (fixture, archives[i], "pets");
      g_autoptr (LatheDataset) dataset = scan (fixture, archives[i]);
      g_autofree char *name = g_strdup_printf ("%s/pets/dogs/large ones/0002.png", archives[i]);
      assert_same (dataset, expected);
      assert_image (fixture, dataset, name, "dogs", -1);
    }
}

static void
test_archives_without_a_common_folder (Fixture *fixture, gconstpointer data)
{
  put_pets (fixture);
  g_autoptr (LatheDataset) expected = scan (fixture, "pets");
  g_autofree char *inside = g_build_filename (fixture->folder, "pets", NULL);
  Fixture pets = {.folder = inside};
  const char *const names[] = {"cats", "dogs", "猫\n"};
  struct archive *archive = begin_pack (fixture, "b.zip");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    pack_folder (&pets, archive, names[i]);
  end_pack (archive);
  g_autoptr (LatheDataset) dataset = scan (fixture, "b.zip");
  assert_same (dataset, expected);
}

static void
test_archives_are_split_by_folders (Fixture *fixture, gconstpointer data)
{
  const char *const sides[] = {"train", "val", "test"};
  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    {
      g_autofree char *cats = g_strdup_printf ("s/%s/cats", sides[i]), *dogs = g_strdup_printf ("s/%s/dogs", sides[i]);
      put_pictures (fixture, cats, 3, 0x100000 + i * 100);
      put_pictures (fixture, dogs, 3, 0x200000 + i * 100);
    }
  g_autoptr (LatheDataset) expected = scan (fixture, "s");
  for (guint i = 0; i < 3; i++)
    {
      put_archive_of (fixture, archives[i], "s");
      g_autoptr (LatheDataset) dataset = scan (fixture, archives[i]);
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

      g_autoptr (LatheDataset) dataset = scan (fixture, names[i]);
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
  g_autoptr (LatheDataset) dataset = scan (fixture, "a.zip");
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
  g_autoptr (LatheDataset) wide = scan (fixture, "wide.zip");
  assert_counts (wide, 2, 2, 0);

  const ZipEntry narrow[] = {{.name = "cats/1.png", .bytes = one, .deflate = TRUE},
                             {.name = "dogs/2.png", .bytes = two}};
  g_autoptr (GByteArray) plain = make_zip (narrow, G_N_ELEMENTS (narrow));
  g_byte_array_prepend (plain, (const guint8 *) "PK\0\0 a program", 14);
  put_bytes (fixture, "shifted.zip", plain->data, plain->len);
  g_autoptr (LatheDataset) shifted = scan (fixture, "shifted.zip");
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
      g_autoptr (LatheDataset) dataset = scan (fixture, cut);
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
  g_autoptr (LatheDataset) expected = scan (fixture, "pets");
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
      g_autoptr (LatheDataset) dataset = scan (fixture, archives[i]);
      g_autoptr (LatheStore) store = lathe_store_new (dataset, &preprocess, 4, 8 * sample);
      g_autofree char *path = g_build_filename (fixture->folder, archives[i], NULL);
      lathe_store_expect (store, order, n);
      g_assert_cmpint (g_unlink (path), ==, 0);
      lathe_store_fill (store, order, n, y, ok);
      g_assert_cmpmem (x, n * sample * sizeof *x, y, n * sample * sizeof *y);
    }

  put_archive_of (fixture, "b.tar", "pets");
  g_autofree char *path = g_build_filename (fixture->folder, "b.tar", NULL);
  g_autoptr (LatheDataset) dataset = scan (fixture, "b.tar");
  g_autoptr (LatheStore) store = lathe_store_new (dataset, &preprocess, 2, 0);
  g_assert_cmpint (truncate (path, 600), ==, 0);
  lathe_store_fill (store, order, n, y, ok);
  g_autoptr (GPtrArray) problems = lathe_store_get_problems (store);
  g_assert_cmpuint (problems->len, ==, n);
}

/* --- tables and names -------------------------------------------------------------------------------------------- */

static void
put_flat (Fixture *fixture, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("flat/%s_%02u.png", i % 2 ? "dog" : "cat", i);
      put_picture (fixture, name, 0x100000 + i);
    }
}

static void
test_table_of_labels (Fixture *fixture, gconstpointer data)
{
  put_flat (fixture, 16);
  put_picture (fixture, "flat/deep/with \"quotes\", and\nmore.png", 0x77);
  put_text (fixture, "flat/README", "about");
  put_text (fixture, "flat/labels.csv",
            "\xef\xbb\xbf"
            "Label,note,FILE,split\r\n"
            "cat,,cat_00.png,train\r\n"
            "\"dog, large\",\"a \"\"note\"\"\r\nin two lines\",dog_01.png,Training\r\n"
            "\r\n"
            "cat,,./cat_02.png,val\r\n"
            "\"dog, large\",,dog_03.png,validation\r\n"
            " cat ,,cat_04.png,test\r\n"
            "\"dog, large\",,\"dog_05.png\",test\r\n"
            "cat,,\"deep/with \"\"quotes\"\", and\nmore.png\",train\r\n"
            "cat,,missing.png,train\r\n"
            "cat,,../../../etc/passwd,train\r\n"
            ",,cat_06.png,train\r\n"
            "dog\r\n"
            "cat,,cat_00.png,test\r\n"
            "cat,,cat_08.png,holdout\r\n"
            "\"dog, large\",,dog_09.png");
  g_autoptr (LatheDataset) dataset = scan (fixture, "flat");
  assert_image (fixture, dataset, "flat/cat_00.png", "cat", LATHE_SPLIT_TRAIN);
  assert_image (fixture, dataset, "flat/dog_01.png", "dog, large", LATHE_SPLIT_TRAIN);
  assert_image (fixture, dataset, "flat/cat_02.png", "cat", LATHE_SPLIT_VALIDATION);
  assert_image (fixture, dataset, "flat/dog_03.png", "dog, large", LATHE_SPLIT_VALIDATION);
  assert_image (fixture, dataset, "flat/cat_04.png", "cat", LATHE_SPLIT_TEST);
  assert_image (fixture, dataset, "flat/dog_05.png", "dog, large", LATHE_SPLIT_TEST);
  assert_image (fixture, dataset, "flat/dog_09.png", "dog, large", LATHE_SPLIT_TRAIN);
  assert_image (fixture, dataset, "flat/deep/with \"quotes\", and\nmore.png", "cat", LATHE_SPLIT_TRAIN);
  assert_problem (fixture, dataset, "flat/missing.png", "but not there");
  assert_problem (fixture, dataset, "flat/../../../etc/passwd", "but not there");
  assert_problem (fixture, dataset, "flat/cat_06.png", "has no label");
  assert_problem (fixture, dataset, "flat/labels.csv", "line 15 names no file");
  assert_problem (fixture, dataset, "flat/cat_00.png", "again, in line 16");
  assert_problem (fixture, dataset, "flat/cat_08.png", "“holdout” is not a side");
  assert_problem (fixture, dataset, "flat/dog_07.png", "not in the list");
  assert_problem (fixture, dataset, "flat/README", "not in the list");
  assert_counts (dataset, 2, 8, 7 + 1 + 7 - 1); /* cat_10 to dog_15 and the eight above, and dog_07 is one of seven */
}

static void
test_table_without_a_header (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (NULL);
  put_flat (fixture, 40);
  for (guint i = 0; i < 40; i++)
    g_string_append_printf (text, "%s_%02u.png;%s\n", i % 2 ? "dog" : "cat", i, i % 2 ? "dog" : "cat");
  put_text (fixture, "elsewhere.csv", text->str);
  g_autofree char *path = g_build_filename (fixture->folder, "elsewhere.csv", NULL);
  g_autoptr (LatheDataset) dataset = scan_with (fixture, "flat", path, NULL, NULL);
  assert_counts (dataset, 2, 40, 0);
  g_assert_cmpuint (lathe_dataset_count (dataset, 0, LATHE_SPLIT_TRAIN), ==, 14);
  g_assert_cmpstr (lathe_dataset_get_options (dataset)->labels, ==, path);

  put_text (fixture, "flat/labels.csv", text->str);
  g_autoptr (LatheDataset) beside = scan (fixture, "flat");
  assert_same (beside, dataset);
  for (guint i = 0; i < 3; i++)
    {
      put_archive_of (fixture, archives[i], "flat");
      g_autoptr (LatheDataset) packed = scan (fixture, archives[i]);
      assert_same (packed, dataset);
    }
}

static void
test_refused_tables (Fixture *fixture, gconstpointer data)
{
  const struct
  {
    const char *text, *part;
  } tables[] = {
      {"file,label\ncat_00.png,\"cat\ndog_01.png,dog\n", "a quote in line 2 is not closed"},
      {"1,cat\n2,dog\n", "no image"},
      {"", "empty"},
      {"file,label\n\xff\xfe,cat\n", "UTF-8"},
  };
  put_flat (fixture, 8);
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      put_text (fixture, "flat/labels.csv", tables[i].text);
      assert_refused (fixture, "flat", LATHE_ERROR_DATA, tables[i].part);
    }
}

static void
test_groups_share_a_side (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new ("file,label,group\n");
  put_flat (fixture, 120);
  put_picture (fixture, "flat/copy.png", 0x100000); /* of cat_00, of group 0 */
  for (guint i = 0; i < 120; i++)
    g_string_append_printf (text, "%s_%02u.png,%s,person %u\n", i % 2 ? "dog" : "cat", i, i % 2 ? "dog" : "cat", i / 6);
  g_string_append (text, "copy.png,cat,person 19\n");
  put_text (fixture, "flat/labels.csv", text->str);

  g_autoptr (LatheDataset) dataset = scan (fixture, "flat");
  int sides[21];
  memset (sides, -1, sizeof sides);
  for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
    {
      const LatheImage *image = lathe_dataset_get_image (dataset, i);
      g_assert_cmpuint (image->group, >=, 1);
      g_assert_cmpuint (image->group, <=, 20);
      if (sides[image->group] >= 0)
        g_assert_cmpint (sides[image->group], ==, image->split);
      sides[image->group] = image->split;
    }
  g_assert_cmpint (sides[1], ==, sides[20]);
  for (int label = 0; label < 2; label++)
    for (int side = 0; side < LATHE_N_SPLITS; side++)
      g_assert_cmpuint (lathe_dataset_count (dataset, label, side), >=, 3);
}

static void
test_pattern (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  put_flat (fixture, 20);
  put_picture (fixture, "flat/42.png", 0x42);
  g_autoptr (LatheDataset) dataset = scan_with (fixture, "flat", NULL, "^([a-z]+)_", &error);
  g_assert_no_error (error);
  assert_image (fixture, dataset, "flat/dog_03.png", "dog", -1);
  assert_problem (fixture, dataset, "flat/42.png", "by the pattern");
  assert_counts (dataset, 2, 20, 1);

  const struct
  {
    const char *pattern;
    int code;
    const char *part;
  } refused[] = {
      {"^([a-z]+_", LATHE_ERROR_INVALID, "cannot be used"},
      {"^[a-z]+_", LATHE_ERROR_INVALID, "no parentheses"},
      {"^([A-Z]+)_", LATHE_ERROR_DATA, "by the pattern"},
      {"^(cat)_", LATHE_ERROR_DATA, "the class “cat” alone"},
  };
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) reason = NULL;
      g_assert_null (scan_with (fixture, "flat", NULL, refused[i].pattern, &reason));
      g_assert_error (reason, LATHE_ERROR, refused[i].code);
      g_assert_nonnull (strstr (reason->message, refused[i].part));
    }
}

/* --- IDX --------------------------------------------------------------------------------------------------------- */

enum
{
  IDX_WIDTH = 3,
  IDX_HEIGHT = 4,
};

static guint8
idx_pixel (guint image, guint at)
{
  return (guint8) (image * 31 + at * 7);
}

/* says: how many it says that it holds */
static GBytes *
idx_file (gboolean images, guint n, guint says, guint classes)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  const guint dimensions[] = {says, IDX_HEIGHT, IDX_WIDTH};
  put_number (out, 0, 2);
  put_number (out, 8, 1);
  put_number (out, images ? 3 : 1, 1);
  for (guint i = 0; i < (images ? 3 : 1); i++)
    put_number (out, GUINT32_SWAP_LE_BE (dimensions[i]), 4);
  for (guint i = 0; i < n; i++)
    if (!images)
      put_number (out, i % classes, 1);
    else
      for (guint k = 0; k < IDX_WIDTH * IDX_HEIGHT; k++)
        put_number (out, idx_pixel (i, k), 1);
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}

static void
put_idx (Fixture *fixture, const char *name, gboolean images, guint n, guint says, guint classes)
{
  g_autoptr (GBytes) bytes = idx_file (images, n, says, classes);
  g_autofree char *path = place (fixture, name);
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);
  if (!g_str_has_suffix (name, ".gz"))
    {
      put_bytes (fixture, name, data, size);
      return;
    }
  gzFile file = gzopen (path, "wb");
  g_assert_cmpint (gzwrite (file, data, (unsigned) size), ==, (int) size);
  gzclose (file);
}

static void
put_idx_set (Fixture *fixture, const char *folder, const char *end)
{
  const struct
  {
    const char *name;
    gboolean images;
    guint n;
  } files[] = {
      {"train-images-idx3-ubyte", TRUE, 60},
      {"train-labels-idx1-ubyte", FALSE, 60},
      {"t10k-images-idx3-ubyte", TRUE, 20},
      {"t10k-labels-idx1-ubyte", FALSE, 20},
  };
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *name = g_strconcat (folder, "/", files[i].name, end, NULL);
      put_idx (fixture, name, files[i].images, files[i].n, files[i].n, 10);
    }
}

static void
test_idx (Fixture *fixture, gconstpointer data)
{
  const LathePreprocess preprocess = {.width = IDX_WIDTH, .height = IDX_HEIGHT, .channels = 1, .deviation = {1}};
  guint8 pixels[IDX_WIDTH * IDX_HEIGHT];

  put_idx_set (fixture, "raw", "");
  g_autoptr (LatheDataset) dataset = scan (fixture, "raw");
  assert_counts (dataset, 10, 80, 0);
  g_assert_cmpuint (lathe_dataset_count (dataset, 3, LATHE_SPLIT_TEST), ==, 2);
  g_assert_cmpuint (lathe_dataset_count (dataset, 3, LATHE_SPLIT_TRAIN), ==, 5);
  g_assert_cmpuint (lathe_dataset_count (dataset, 3, LATHE_SPLIT_VALIDATION), ==, 1);
  assert_image (fixture, dataset, "raw/train-images-idx3-ubyte/000042", "2", -1);
  assert_image (fixture, dataset, "raw/t10k-images-idx3-ubyte/000019", "9", LATHE_SPLIT_TEST);

  const LatheImage *image = find_image (fixture, dataset, "raw/train-images-idx3-ubyte/000042");
  g_assert_true (image->grey);
  g_assert_cmpuint (image->width, ==, IDX_WIDTH);
  g_assert_cmpuint (image->height, ==, IDX_HEIGHT);
  g_assert_true (lathe_decode_image (image, &preprocess, pixels, NULL));
  for (guint k = 0; k < sizeof pixels; k++)
    g_assert_cmpuint (pixels[k], ==, idx_pixel (42, k));
  g_autoptr (GdkPixbuf) preview = lathe_decode_image_preview (image, 0, NULL);
  g_assert_cmpint (gdk_pixbuf_get_width (preview), ==, IDX_WIDTH);

  /* One file stands for its set; compressed, and packed once more, it is the same. */
  g_autoptr (LatheDataset) chosen = scan (fixture, "raw/t10k-labels-idx1-ubyte");
  assert_same (chosen, dataset);
  put_idx_set (fixture, "zipped", ".gz");
  g_autoptr (LatheDataset) zipped = scan (fixture, "zipped");
  g_autofree char *x = lathe_dataset_fingerprint (zipped), *y = lathe_dataset_fingerprint (dataset);
  g_assert_cmpstr (x, ==, y);
  for (guint i = 0; i < 3; i++)
    {
      put_archive_of (fixture, archives[i], i == 1 ? "zipped" : "raw");
      g_autoptr (LatheDataset) packed = scan (fixture, archives[i]);
      assert_same (packed, dataset);
    }
}

static void
test_idx_names (Fixture *fixture, gconstpointer data)
{
  put_idx_set (fixture, "m", "");
  put_text (fixture, "m/labels.txt", "nil\r\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n\n");
  g_autoptr (LatheDataset) named = scan (fixture, "m");
  assert_image (fixture, named, "m/train-images-idx3-ubyte/000040", "nil", -1);

  put_text (fixture, "m/labels.txt", "nil\none\n");
  g_autoptr (LatheDataset) few = scan (fixture, "m");
  assert_image (fixture, few, "m/train-images-idx3-ubyte/000040", "0", -1);
  assert_problem (fixture, few, "m/labels.txt", "names 2 classes, and there are 10");

  put_text (fixture, "m/labels.txt", "nil\nnil\n");
  g_autoptr (LatheDataset) twice = scan (fixture, "m");
  assert_problem (fixture, twice, "m/labels.txt", "not a list of names");
}

static void
test_refused_idx (Fixture *fixture, gconstpointer data)
{
  const char *const images = "m/train-images-idx3-ubyte", *const labels = "m/train-labels-idx1-ubyte";
  const guint counts[] = {41, 39, 0x7fffffff, 0xffffffff};

  put_idx (fixture, images, TRUE, 40, 40, 2);
  assert_refused (fixture, "m", LATHE_ERROR_FORMAT, "labels are missing");
  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      put_idx (fixture, labels, FALSE, 40, 40, 2);
      put_idx (fixture, images, TRUE, 40, counts[i], 2);
      assert_refused (fixture, "m", LATHE_ERROR_FORMAT, "it says that");
      put_idx (fixture, images, TRUE, 40, 40, 2);
      put_idx (fixture, labels, FALSE, 40, counts[i], 2);
      assert_refused (fixture, "m", LATHE_ERROR_FORMAT, "it says that");
    }
  put_idx (fixture, labels, FALSE, 39, 39, 2);
  assert_refused (fixture, "m", LATHE_ERROR_FORMAT, "it holds 40 images, and there are 39 labels");

  put_text (fixture, images, "not an IDX file at all");
  assert_refused (fixture, "m", LATHE_ERROR_FORMAT, "does not begin");
  put_text (fixture, images, "");
  assert_refused (fixture, "m", LATHE_ERROR_FORMAT, "truncated");
  put_bytes (fixture, images, "\0\0\x08\x03\0\0\0\1\0\1\0\0\0\1\0\0", 16);
  assert_refused (fixture, "m", LATHE_ERROR_FORMAT, "past all bounds");
  put_bytes (fixture, images, "\0\0\x08\x03\0\0\0\1\0\0\0\0\0\0\0\1", 16);
  assert_refused (fixture, "m", LATHE_ERROR_FORMAT, "no size");

  put_idx_set (fixture, "gz", ".gz");
  put_cut (fixture, "gz/train-images-idx3-ubyte.gz", "gz/train-images-idx3-ubyte.gz", 0.5);
  assert_refused (fixture, "gz", LATHE_ERROR_FORMAT, "truncated");

  put_idx_set (fixture, "two", "");
  put_idx (fixture, "two/letters-train-images-idx3-ubyte", TRUE, 40, 40, 2);
  put_idx (fixture, "two/letters-train-labels-idx1-ubyte", FALSE, 40, 40, 2);
  assert_refused (fixture, "two", LATHE_ERROR_DATA, "several sets");
  g_autoptr (LatheDataset) letters = scan (fixture, "two/letters-train-images-idx3-ubyte");
  assert_counts (letters, 2, 40, 0);
}

/* The set that Debian has, where it is installed. */
static void
test_idx_of_debian (void)
{
  const char *folder = "/usr/share/datasets/fashion-mnist";
  LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  g_autoptr (GError) error = NULL;

  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    {
      g_test_skip ("dataset-fashion-mnist is not installed");
      return;
    }
  g_autoptr (LatheDataset) dataset = lathe_dataset_scan (folder, &options, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_counts (dataset, 10, 70000, 0);
  for (int label = 0; label < 10; label++)
    g_assert_cmpuint (lathe_dataset_count (dataset, label, LATHE_SPLIT_TEST), ==, 1000);
}

/* --- CIFAR ------------------------------------------------------------------------------------------------------- */

static guint8
cifar_pixel (guint image, guint at)
{
  return (guint8) (image * 17 + at * 5 + at / 1024);
}

static void
put_cifar (Fixture *fixture, const char *name, guint n_labels, guint n, guint classes, gsize cut)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  for (guint i = 0; i < n; i++)
    {
      if (n_labels == 2)
        put_number (out, 19, 1);
      put_number (out, i % classes, 1);
      for (guint k = 0; k < 3072; k++)
        put_number (out, cifar_pixel (i, k), 1);
    }
  put_bytes (fixture, name, out->data, out->len - cut);
}

static void
test_cifar (Fixture *fixture, gconstpointer data)
{
  const LathePreprocess preprocess = {.width = 32, .height = 32, .channels = 3, .deviation = {1, 1, 1}};
  guint8 pixels[3072];

  put_cifar (fixture, "c/data_batch_1.bin", 1, 30, 10, 0);
  put_cifar (fixture, "c/data_batch_2.bin", 1, 30, 10, 0);
  put_cifar (fixture, "c/test_batch.bin", 1, 20, 10, 0);
  put_text (fixture, "c/batches.meta.txt", "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n");
  put_text (fixture, "c/readme.html", "<html>");
  g_autoptr (LatheDataset) dataset = scan (fixture, "c");
  assert_counts (dataset, 10, 80, 0);
  assert_image (fixture, dataset, "c/data_batch_2.bin/00013", "cat", -1);
  assert_image (fixture, dataset, "c/test_batch.bin/00019", "truck", LATHE_SPLIT_TEST);
  const LatheImage *image = find_image (fixture, dataset, "c/data_batch_2.bin/00013");
  g_assert_false (image->grey);
  g_assert_true (lathe_decode_image (image, &preprocess, pixels, NULL));
  for (guint k = 0; k < 1024; k++)
    for (guint c = 0; c < 3; c++)
      g_assert_cmpuint (pixels[k * 3 + c], ==, cifar_pixel (13, c * 1024 + k));

  g_autoptr (LatheDataset) chosen = scan (fixture, "c/test_batch.bin");
  assert_same (chosen, dataset);
  for (guint i = 0; i < 3; i++)
    {
      put_archive_of (fixture, archives[i], "c");
      g_autoptr (LatheDataset) packed = scan (fixture, archives[i]);
      assert_same (packed, dataset);
    }
}

static void
test_cifar_100 (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) names = g_string_new (NULL);
  for (guint i = 0; i < 100; i++)
    g_string_append_printf (names, "thing %u\n", i);
  put_cifar (fixture, "c/train.bin", 2, 200, 100, 0);
  put_cifar (fixture, "c/test.bin", 2, 100, 100, 0);
  put_text (fixture, "c/fine_label_names.txt", names->str);
  g_autoptr (LatheDataset) dataset = scan (fixture, "c");
  assert_counts (dataset, 100, 300, 0);
  assert_image (fixture, dataset, "c/train.bin/00150", "thing 50", -1);
  assert_image (fixture, dataset, "c/test.bin/00099", "thing 99", LATHE_SPLIT_TEST);
}

static void
test_damaged_cifar (Fixture *fixture, gconstpointer data)
{
  put_cifar (fixture, "c/data_batch_1.bin", 1, 30, 10, 1);
  put_cifar (fixture, "c/test_batch.bin", 1, 24, 12, 0);
  g_autoptr (LatheDataset) dataset = scan (fixture, "c");
  assert_problem (fixture, dataset, "c/data_batch_1.bin", "truncated");
  assert_problem (fixture, dataset, "c/test_batch.bin/00010", "past the last class");
  assert_problem (fixture, dataset, "c/test_batch.bin/00023", "past the last class");
  assert_counts (dataset, 10, 29 + 20, 1 + 4);

  put_cifar (fixture, "c/data_batch_1.bin", 1, 1, 10, 3000);
  assert_refused (fixture, "c", LATHE_ERROR_FORMAT, "truncated");
}

/* --- mutations --------------------------------------------------------------------------------------------------- */

/* Bytes flipped, set, cut, moved; each `seed` another way. */
static GByteArray *
mutate (const guint8 *bytes, gsize n, guint32 seed)
{
  static const guint8 odd[] = {0, 1, 0x7f, 0x80, 0xff};
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  GByteArray *out = g_byte_array_new ();
  g_byte_array_append (out, bytes, (guint) n);
  for (gint32 i = g_rand_int_range (random, 1, 6); i > 0 && out->len > 8; i--)
    {
      guint at = (guint) g_rand_int_range (random, 0, (gint32) out->len);
      guint to = (guint) g_rand_int_range (random, 0, (gint32) out->len);
      guint length = (guint) g_rand_int_range (random, 1, 64), room = out->len - MAX (at, to);
      switch (g_rand_int_range (random, 0, 5))
        {
        case 0:
          out->data[at] ^= (guint8) (1 << g_rand_int_range (random, 0, 8));
          break;
        case 1:
          out->data[at] = odd[g_rand_int_range (random, 0, G_N_ELEMENTS (odd))];
          break;
        case 2:
          memset (out->data + at, odd[g_rand_int_range (random, 0, G_N_ELEMENTS (odd))], MIN (4, out->len - at));
          break;
        case 3:
          memmove (out->data + to, out->data + at, MIN (length, room));
          break;
        default:
          if (g_rand_boolean (random))
            g_byte_array_set_size (out, at);
          break;
        }
    }
  return out;
}

/* Without the care that g_file_set_contents () takes, which is slow. */
static void
put_over (const char *path, GByteArray *bytes)
{
  FILE *file = fopen (path, "wb");
  g_assert_cmpuint (fwrite (bytes->data, 1, bytes->len, file), ==, bytes->len);
  fclose (file);
}

/* Whatever it holds, each of its images that the scan believes is decoded or refused with a reason. */
static void
try_source (Fixture *fixture, const char *name)
{
  const LathePreprocess preprocess = {.width = 4, .height = 4, .channels = 3, .deviation = {1, 1, 1}};
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheDataset) dataset = scan_with (fixture, name, NULL, NULL, &error);
  guint8 bytes[4 * 4 * 3];

  if (dataset == NULL)
    {
      g_assert_cmpuint (error->domain, ==, LATHE_ERROR);
      return;
    }
  for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
    {
      g_autoptr (GError) reason = NULL;
      if (!lathe_decode_image (lathe_dataset_get_image (dataset, i), &preprocess, bytes, &reason))
        g_assert_cmpuint (reason->domain, ==, LATHE_ERROR);
    }
}

static void
test_mutated_sources (Fixture *fixture, gconstpointer data)
{
  const char *const files[] = {"s.zip",
                               "s.tar",
                               "s.tar.gz",
                               "f/labels.csv",
                               "m/train-images-idx3-ubyte",
                               "m/train-labels-idx1-ubyte",
                               "g/train-images-idx3-ubyte.gz",
                               "c/data_batch_1.bin",
                               "c/batches.meta.txt"};
  const char *const sources[] = {"s.zip", "s.tar", "s.tar.gz", "f", "m", "m", "g", "c", "c"};
  guint n = g_test_slow () ? 5000 : 300;

  put_pictures (fixture, "s/cats", 3, 0x100000);
  put_pictures (fixture, "s/dogs", 3, 0x200000);
  put_pictures (fixture, "f", 4, 0x300000);
  put_text (fixture, "f/labels.csv",
            "file,label,split,group\n0000.png,\"a\",train,1\n0001.png,b,test,\"2\n\"\n"
            "0002.png,b,,\n0003.png,a,,1\n");
  for (guint i = 0; i < 3; i++)
    put_archive_of (fixture, files[i], "s");
  put_idx (fixture, "m/train-images-idx3-ubyte", TRUE, 20, 20, 4);
  put_idx (fixture, "m/train-labels-idx1-ubyte", FALSE, 20, 20, 4);
  put_idx (fixture, "g/train-images-idx3-ubyte.gz", TRUE, 20, 20, 4);
  put_idx (fixture, "g/train-labels-idx1-ubyte", FALSE, 20, 20, 4);
  put_cifar (fixture, "c/data_batch_1.bin", 1, 12, 10, 0);
  put_text (fixture, "c/batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n");
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, files[i], NULL);
      g_autofree char *bytes = NULL;
      gsize size;
      g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
      for (guint32 seed = 0; seed < n; seed++)
        {
          g_autoptr (GByteArray) mutant = mutate ((const guint8 *) bytes, size, seed);
          put_over (path, mutant);
          try_source (fixture, sources[i]);
        }
      put_bytes (fixture, files[i], bytes, size);
      g_autoptr (LatheDataset) whole = scan (fixture, sources[i]);
    }
}

int
main (int argc, char **argv)
{
  setlocale (LC_CTYPE, "C.UTF-8"); /* libarchive writes names in the encoding of the locale */
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/sources/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("archives/equal-the-folder", test_archives_equal_the_folder);
  ADD ("archives/without-a-common-folder", test_archives_without_a_common_folder);
  ADD ("archives/are-split-by-folders", test_archives_are_split_by_folders);
  ADD ("archives/tar-refuses-entries", test_tar_refuses_entries);
  ADD ("archives/zip-refuses-entries", test_zip_refuses_entries);
  ADD ("archives/large-and-shifted-zips", test_large_and_shifted_zips);
  ADD ("archives/truncated", test_truncated_archives);
  ADD ("archives/compressed-tar-past-memory", test_compressed_tar_past_memory);
  ADD ("archives/are-read-by-the-store", test_store_reads_archives);
  ADD ("labels/table", test_table_of_labels);
  ADD ("labels/table-without-a-header", test_table_without_a_header);
  ADD ("labels/refused-tables", test_refused_tables);
  ADD ("labels/groups-share-a-side", test_groups_share_a_side);
  ADD ("labels/pattern", test_pattern);
  ADD ("idx/set", test_idx);
  ADD ("idx/names", test_idx_names);
  ADD ("idx/refused", test_refused_idx);
  g_test_add_func ("/sources/idx/of-debian", test_idx_of_debian);
  ADD ("cifar/10", test_cifar);
  ADD ("cifar/100", test_cifar_100);
  ADD ("cifar/damaged", test_damaged_cifar);
  ADD ("mutated", test_mutated_sources);
  return g_test_run ();
}
