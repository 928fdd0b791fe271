/* sources.c: datasets that are not folders, packed and looked at by a test.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sources.h"

#include <glib/gstdio.h>
#include <string.h>

const char *const archives[] = {"a.zip", "a.tar", "a.tar.gz", "a.tar.zst", "a.tar.xz", "a.tar.bz2"};

/* --- scanning ---------------------------------------------------------------------------------------------------- */

LatheDataset *
scan_with (Fixture *fixture, const char *name, const char *labels, const char *pattern, GError **error)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  options.labels = labels;
  options.label_pattern = pattern;
  return lathe_dataset_scan (path, &options, NULL, NULL, NULL, error);
}

LatheDataset *
scan_source (Fixture *fixture, const char *name)
{
  g_autoptr (GError) error = NULL;
  LatheDataset *dataset = scan_with (fixture, name, NULL, NULL, &error);
  g_assert_no_error (error);
  return dataset;
}

void
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
void
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

const LatheImage *
find_image (Fixture *fixture, LatheDataset *dataset, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
    if (strcmp (lathe_dataset_get_image (dataset, i)->path, path) == 0)
      return lathe_dataset_get_image (dataset, i);
  return NULL;
}

void
assert_image (Fixture *fixture, LatheDataset *dataset, const char *name, const char *class, int split)
{
  const LatheImage *image = find_image (fixture, dataset, name);
  g_assert_nonnull (image);
  g_assert_cmpstr (lathe_dataset_get_classes (dataset)[image->label], ==, class);
  if (split >= 0)
    g_assert_cmpint (image->split, ==, split);
}

void
assert_counts (LatheDataset *dataset, guint classes, guint images, guint problems)
{
  g_assert_cmpuint (lathe_dataset_get_n_problems (dataset), ==, problems);
  g_assert_cmpuint (lathe_dataset_get_n_classes (dataset), ==, classes);
  g_assert_cmpuint (lathe_dataset_get_n_images (dataset), ==, images);
}

/* The same images, sides and pixels, in the same order. */
void
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

/* --- packing ---------------------------------------------------------------------------------------------------- */

void
put_number (GByteArray *out, guint64 value, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      guint8 byte = i < sizeof value ? (guint8) (value >> (8 * i)) : 0;
      g_byte_array_append (out, &byte, 1);
    }
}

struct archive *
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
void
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

void
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

void
end_pack (struct archive *archive)
{
  g_assert_cmpint (archive_write_close (archive), ==, ARCHIVE_OK);
  archive_write_free (archive);
}

void
put_archive_of (Fixture *fixture, const char *name, const char *folder)
{
  struct archive *archive = begin_pack (fixture, name);
  pack_folder (fixture, archive, folder);
  end_pack (archive);
}

void
put_cut (Fixture *fixture, const char *name, const char *of, double share)
{
  g_autofree char *path = g_build_filename (fixture->folder, of, NULL);
  g_autofree char *bytes = NULL;
  gsize n;
  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  put_bytes (fixture, name, bytes, (gsize) ((double) n * share));
}
