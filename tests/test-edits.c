/* test-edits.c: what a person decides about images: left out, called otherwise, added, kept together.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sources.h"

#include <glib/gstdio.h>

/* Ten cats and ten dogs. */
static LatheDataset *
scan_pets (Fixture *fixture)
{
  put_images (fixture, "cats", 10, 0x100000);
  put_images (fixture, "dogs", 10, 0x200000);
  return scan (fixture);
}

static const char *
name_at (LatheDataset *dataset, guint i)
{
  return lathe_image_get_name (dataset, lathe_dataset_get_image (dataset, i));
}

static LatheDataset *
edit (LatheDataset *dataset, const LatheEdits *edits)
{
  g_autoptr (GError) error = NULL;
  LatheDataset *edited = lathe_dataset_edit (dataset, edits, NULL, &error);

  g_assert_no_error (error);
  return edited;
}

static const LatheImage *
find (LatheDataset *dataset, const char *name)
{
  for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
    if (g_str_equal (name_at (dataset, i), name))
      return lathe_dataset_get_image (dataset, i);
  return NULL;
}

static void
test_excluded (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_pets (fixture);
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  g_autoptr (LatheDataset) edited = NULL, back = NULL;
  g_autofree char *name = g_strdup (name_at (dataset, 3)), *before = lathe_dataset_fingerprint (dataset);
  g_autofree char *without = NULL, *after = NULL;

  g_assert_true (g_str_has_prefix (name, "cats/"));
  lathe_edits_set_excluded (edits, name, TRUE);
  edited = edit (dataset, edits);
  assert_counts (edited, 2, 19, 0);
  g_assert_null (find (edited, name));
  g_assert_cmpuint (lathe_dataset_get_n_excluded (edited), ==, 1);
  g_assert_cmpstr (lathe_image_get_name (edited, lathe_dataset_get_excluded (edited, 0)), ==, name);
  g_assert_cmpuint (lathe_dataset_get_excluded (edited, 0)->label, ==, 0);
  without = lathe_dataset_fingerprint (edited);
  g_assert_cmpstr (without, !=, before);

  lathe_edits_set_excluded (edits, name, FALSE);
  back = edit (edited, edits);
  assert_same (back, dataset);
  after = lathe_dataset_fingerprint (back);
  g_assert_cmpstr (after, ==, before);
}

static void
test_relabelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_pets (fixture);
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  g_autoptr (LatheDataset) edited = NULL;

  for (guint i = 0; i < 3; i++)
    lathe_edits_set_label (edits, name_at (dataset, i), "dogs");
  for (guint i = 3; i < 6; i++)
    lathe_edits_set_label (edits, name_at (dataset, i), "birds");
  edited = edit (dataset, edits);
  assert_counts (edited, 3, 20, 0);
  g_assert_cmpstr (lathe_dataset_get_classes (edited)[0], ==, "birds");
  g_assert_cmpuint (lathe_dataset_count (edited, 0, -1), ==, 3);
  g_assert_cmpuint (lathe_dataset_count (edited, 1, -1), ==, 4);
  g_assert_cmpuint (lathe_dataset_count (edited, 2, -1), ==, 13);
  g_assert_cmpuint (find (edited, name_at (dataset, 0))->label, ==, 2);
  for (guint i = 1; i < 20; i++)
    g_assert_cmpuint (lathe_dataset_get_image (edited, i)->label, >=, lathe_dataset_get_image (edited, i - 1)->label);
}

static void
test_last_of_a_class (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_pets (fixture);
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  g_autoptr (LatheDataset) edited = NULL;

  for (guint i = 0; i < 10; i++)
    lathe_edits_set_excluded (edits, name_at (dataset, i), TRUE);
  edited = edit (dataset, edits);
  assert_counts (edited, 1, 10, 0);
  g_assert_cmpstr (lathe_dataset_get_classes (edited)[0], ==, "dogs");
}

static void
test_last_of_all (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_pets (fixture);
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  g_autoptr (LatheDataset) edited = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 20; i++)
    lathe_edits_set_excluded (edits, name_at (dataset, i), TRUE);
  edited = lathe_dataset_edit (dataset, edits, NULL, &error);
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_DATA);
  g_assert_null (edited);
}

/* As a person does who starts with the images of one. */
static void
test_second_class_comes_by_edits (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  g_autoptr (LatheDataset) dataset = NULL, edited = NULL;

  put_images (fixture, "pets", 10, 0x100000);
  dataset = scan (fixture);
  for (guint i = 0; i < 4; i++)
    lathe_edits_set_label (edits, name_at (dataset, i), "dogs");
  edited = edit (dataset, edits);
  assert_counts (edited, 2, 10, 0);
  g_assert_cmpuint (lathe_dataset_count (edited, 0, -1), ==, 4);
}

static void
test_added (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_pets (fixture);
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  g_autoptr (LatheDataset) edited = NULL, again = NULL;
  g_autofree char *elsewhere = g_dir_make_tmp (NULL, NULL);
  g_autofree char *image = g_build_filename (elsewhere, "fish.png", NULL);
  g_autofree char *text = g_build_filename (elsewhere, "fish.txt", NULL);
  g_autofree char *from = g_strdup (lathe_dataset_get_image (dataset, 0)->path);
  g_autofree char *bytes = NULL;
  gsize n;

  g_assert_true (g_file_get_contents (from, &bytes, &n, NULL));
  g_assert_true (g_file_set_contents (image, bytes, (gssize) n, NULL));
  g_assert_true (g_file_set_contents (text, "no image", -1, NULL));

  lathe_edits_add (edits, elsewhere, "fish");
  lathe_edits_add (edits, image, "dogs");
  lathe_edits_add (edits, from, "dogs");
  edited = edit (dataset, edits);
  assert_counts (edited, 2, 21, 2);
  g_assert_cmpstr (find (edited, image)->path, ==, image);
  g_assert_cmpuint (find (edited, image)->label, ==, 1);

  /* What is known is not looked at again. */
  g_assert_cmpint (g_unlink (image), ==, 0);
  g_assert_cmpint (g_unlink (text), ==, 0);
  lathe_edits_remove (edits, from);
  again = edit (edited, edits);
  assert_counts (again, 2, 21, 1);

  g_assert_cmpint (g_rmdir (elsewhere), ==, 0);
}

static void
test_joined (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_pets (fixture);
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < 8; i += 2)
    g_ptr_array_add (names, (gpointer) name_at (dataset, i));
  g_ptr_array_add (names, (gpointer) name_at (dataset, 15));
  g_ptr_array_add (names, NULL);
  lathe_edits_join (edits, (const char *const *) names->pdata);
  lathe_edits_join (edits, (const char *const[]){name_at (dataset, 2), name_at (dataset, 17), NULL});
  g_assert_cmpuint (lathe_edits_get_joined (edits, name_at (dataset, 0)), ==,
                    lathe_edits_get_joined (edits, name_at (dataset, 17)));

  for (guint64 seed = 1; seed < 20; seed++)
    {
      LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
      g_autoptr (LatheDataset) other = NULL, edited = NULL;

      options.seed = seed;
      other = lathe_dataset_resplit (dataset, &options, NULL);
      edited = edit (other, edits);
      for (guint i = 0; names->pdata[i] != NULL; i++)
        g_assert_cmpint (find (edited, names->pdata[i])->split, ==, find (edited, name_at (dataset, 17))->split);
    }
}

static void
test_divided_anew (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_pets (fixture);
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  g_autoptr (LatheDataset) edited = NULL, other = NULL;
  LatheDatasetOptions options = {.seed = 1, .share = {0.5, 0.5, 0}};

  lathe_edits_set_excluded (edits, name_at (dataset, 0), TRUE);
  edited = edit (dataset, edits);
  other = lathe_dataset_resplit (edited, &options, NULL);
  g_assert_true (lathe_edits_equal (lathe_dataset_get_edits (other), edits));
  g_assert_cmpuint (lathe_dataset_get_n_excluded (other), ==, 1);
  assert_counts (other, 2, 19, 0);
}

/* As many of each class and side as there are when one goes through the images. */
static void
assert_counted (LatheDataset *dataset)
{
  guint n_classes = lathe_dataset_get_n_classes (dataset), all = 0;
  g_autofree guint *counts = g_new0 (guint, n_classes * LATHE_N_SPLITS);

  for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
    {
      const LatheImage *image = lathe_dataset_get_image (dataset, i);

      counts[image->label * LATHE_N_SPLITS + image->split]++;
    }
  for (guint side = 0; side < LATHE_N_SPLITS; side++)
    {
      guint n = 0;

      for (guint label = 0; label < n_classes; label++)
        {
          guint counted = counts[label * LATHE_N_SPLITS + side];

          g_assert_cmpuint (lathe_dataset_count (dataset, (int) label, (int) side), ==, counted);
          n += counted;
        }
      g_assert_cmpuint (lathe_dataset_count (dataset, -1, (int) side), ==, n);
      all += n;
    }
  g_assert_cmpuint (lathe_dataset_count (dataset, -1, -1), ==, all);
  g_assert_cmpuint (all, ==, lathe_dataset_get_n_images (dataset));
}

static void
test_counted (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_pets (fixture);
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  g_autoptr (LatheDataset) edited = NULL, other = NULL;
  LatheDatasetOptions options = {.seed = 1, .share = {0.4, 0.4, 0.2}};

  assert_counted (dataset);
  lathe_edits_set_excluded (edits, name_at (dataset, 0), TRUE);
  for (guint i = 1; i < 5; i++)
    lathe_edits_set_label (edits, name_at (dataset, i), "birds");
  edited = edit (dataset, edits);
  assert_counted (edited);
  other = lathe_dataset_resplit (edited, &options, NULL);
  g_assert_cmpuint (lathe_dataset_count (other, -1, LATHE_SPLIT_TRAIN), <,
                    lathe_dataset_count (edited, -1, LATHE_SPLIT_TRAIN));
  assert_counted (other);
}

static LatheEdits *
some_edits (void)
{
  LatheEdits *edits = lathe_edits_new ();

  lathe_edits_set_excluded (edits, "cats/100 %.png", TRUE);
  lathe_edits_set_excluded (edits, "cats/\xff\n.png", TRUE);
  lathe_edits_set_label (edits, "cats/é.png", "chats “noirs”");
  lathe_edits_add (edits, "/tmp/\xfe.png", "dogs");
  lathe_edits_join (edits, (const char *const[]){"a", "b", NULL});
  lathe_edits_join (edits, (const char *const[]){"c", "d", NULL});
  lathe_edits_set_kept (edits, "duplicate", (const char *const[]){"two\nlines", "b\xff", NULL}, TRUE);
  lathe_edits_set_kept (edits, "imbalance", (const char *const[]){NULL}, TRUE);
  return edits;
}

static void
test_kept (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheEdits) edits = some_edits (), copy = lathe_edits_copy (edits), read = NULL;
  g_autofree char *path = place (fixture, "edits.json");
  g_autofree char *first = NULL, *second = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (lathe_edits_save (edits, path, &error));
  g_assert_true (g_file_get_contents (path, &first, NULL, NULL));
  read = lathe_edits_load (path, &error);
  g_assert_no_error (error);
  g_assert_true (lathe_edits_equal (read, edits));
  g_assert_true (lathe_edits_equal (read, copy));
  lathe_edits_join (read, (const char *const[]){"a", "d", NULL});
  g_assert_false (lathe_edits_equal (read, edits));

  g_assert_true (lathe_edits_save (copy, path, &error));
  g_assert_true (g_file_get_contents (path, &second, NULL, NULL));
  g_assert_cmpstr (first, ==, second);
}

/* A hundred thousand with names that cannot be guessed take less than the checkpoint of a run has room for. */
static void
test_packed (void)
{
  g_autoptr (LatheEdits) edits = some_edits (), unpacked = NULL, none = NULL;
  g_autofree char *few = lathe_edits_pack (edits), *many = NULL;
  g_autoptr (GError) error = NULL, reason = NULL;

  unpacked = lathe_edits_unpack (few, &error);
  g_assert_no_error (error);
  g_assert_true (lathe_edits_equal (unpacked, edits));
  for (guint i = 0; i < 100000; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", i);
      g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, number, -1);
      g_autofree char *name = g_strconcat ("animals/wild/", digest, ".jpg", NULL);

      lathe_edits_set_label (edits, name, "animals of the night");
    }
  many = lathe_edits_pack (edits);
  g_test_message ("%zu bytes", strlen (many));
  g_assert_cmpuint (strlen (many), <, 6 << 20);
  g_clear_pointer (&unpacked, lathe_edits_free);
  unpacked = lathe_edits_unpack (many, &error);
  g_assert_no_error (error);
  g_assert_true (lathe_edits_equal (unpacked, edits));

  few[strlen (few) / 2] = '\0';
  none = lathe_edits_unpack (few, &reason);
  g_assert_null (none);
  g_assert_error (reason, LATHE_ERROR, LATHE_ERROR_FORMAT);
}

static void
test_not_edits (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = {
      "",
      "[]",
      "{}",
      "{\"version\": 2}",
      "{\"version\": 1, \"excluded\": {}}",
      "{\"version\": 1, \"excluded\": [1]}",
      "{\"version\": 1, \"excluded\": [\"a%00\"]}",
      "{\"version\": 1, \"excluded\": [\"\"]}",
      "{\"version\": 1, \"labels\": {\"a\": \"\"}}",
      "{\"version\": 1, \"added\": {\"a\": \"dogs\"}}",
      "{\"version\": 1, \"joined\": [[\"a\"], [\"a\"]]}",
      "{\"version\": 1, \"joined\": [\"a\"]}",
      "{\"version\": 1, \"kept\": [\"duplicate\"]}",
      "{\"version\": 1, \"kept\": [{\"images\": [\"a\"]}]}",
      "{\"version\": 1, \"kept\": [{\"flaw\": \"duplicate\", \"images\": [1]}]}",
  };
  g_autofree char *path = place (fixture, "edits.json");

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      put_text (fixture, "edits.json", texts[i]);
      g_assert_null (lathe_edits_load (path, &error));
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT);
      g_assert_nonnull (strstr (error->message, path));
    }
}

/* --- Cures --- */

/* @images: indices, up to a -1 */
static LatheFinding
find_flaw (LatheFlaw flaw, const int *images)
{
  LatheFinding finding = {.flaw = flaw, .images = g_array_new (FALSE, FALSE, sizeof (guint))};

  for (guint i = 0; images[i] >= 0; i++)
    g_array_append_val (finding.images, images[i]);
  return finding;
}

static void
cure (LatheDataset *dataset, LatheEdits *edits, LatheFlaw flaw, const int *images)
{
  LatheFinding finding = find_flaw (flaw, images);

  lathe_finding_cure (&finding, dataset, edits);
  g_array_unref (finding.images);
}

static gboolean
join (LatheDataset *dataset, LatheEdits *edits, LatheFlaw flaw, const int *images)
{
  LatheFinding finding = find_flaw (flaw, images);
  gboolean joined = lathe_finding_is_joinable (&finding, dataset);

  lathe_finding_join (&finding, dataset, edits);
  g_array_unref (finding.images);
  return joined;
}

/* @images: as above, that are left out, and no others */
static void
assert_excluded (LatheDataset *dataset, const LatheEdits *edits, const int *images)
{
  for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
    {
      gboolean wanted = FALSE;

      for (guint j = 0; images[j] >= 0; j++)
        wanted = wanted || images[j] == (int) i;
      g_assert_cmpint (lathe_edits_get_excluded (edits, name_at (dataset, i)), ==, wanted);
    }
}

#define INDICES(...) ((const int[]){__VA_ARGS__, -1})

static void
test_cured (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  g_autoptr (LatheDataset) dataset = NULL;

  put_image (fixture, "cats/0003.png", 9, 8, 0xff0000, "png");
  put_images (fixture, "cats", 3, 0x100000);
  put_images (fixture, "dogs", 6, 0x200000);
  dataset = scan (fixture);

  /* The largest is kept; of equals the first. */
  cure (dataset, edits, LATHE_FLAW_NEAR_DUPLICATE, INDICES (2, 3));
  cure (dataset, edits, LATHE_FLAW_DUPLICATE, INDICES (4, 5));
  assert_excluded (dataset, edits, INDICES (2, 5));
  /* What one cure left out is not what the next one keeps. */
  cure (dataset, edits, LATHE_FLAW_TURNED, INDICES (5, 6));
  assert_excluded (dataset, edits, INDICES (2, 5));
  cure (dataset, edits, LATHE_FLAW_TWO_LABELS, INDICES (0, 9));
  cure (dataset, edits, LATHE_FLAW_BLANK, INDICES (8));
  cure (dataset, edits, LATHE_FLAW_IMBALANCE, INDICES (-1));
  assert_excluded (dataset, edits, INDICES (0, 2, 5, 8, 9));
}

/* What is found is the same while the flaw and its images are, whatever else is decided. */
static void
test_findings_are_kept (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_pets (fixture), edited = NULL, back = NULL;
  g_autoptr (LatheEdits) edits = lathe_edits_new (), read = NULL;
  LatheFinding finding = find_flaw (LATHE_FLAW_NEAR_DUPLICATE, INDICES (1, 2));
  LatheFinding larger = find_flaw (LATHE_FLAW_NEAR_DUPLICATE, INDICES (1, 2, 3));
  LatheFinding other = find_flaw (LATHE_FLAW_TURNED, INDICES (1, 2));
  g_autofree char *json = NULL;

  g_assert_false (lathe_finding_is_kept (&finding, dataset));
  lathe_finding_keep (&finding, dataset, edits, TRUE);
  g_assert_false (lathe_edits_is_empty (edits));
  json = lathe_edits_to_json (edits);
  read = lathe_edits_from_json (json, NULL);
  g_assert_true (lathe_edits_equal (read, edits));
  edited = edit (dataset, read);
  assert_same (edited, dataset);
  g_assert_true (lathe_finding_is_kept (&finding, edited));
  g_assert_false (lathe_finding_is_kept (&larger, edited));
  g_assert_false (lathe_finding_is_kept (&other, edited));

  lathe_edits_set_label (read, name_at (dataset, 1), "zebras"); /* which comes behind the other now */
  back = edit (dataset, read);
  g_array_index (finding.images, guint, 0) = 1;
  g_array_index (finding.images, guint, 1) = lathe_dataset_get_n_images (back) - 1;
  g_assert_true (lathe_finding_is_kept (&finding, back));
  lathe_finding_keep (&finding, back, read, FALSE);
  lathe_edits_set_label (read, name_at (dataset, 1), NULL);
  g_assert_true (lathe_edits_is_empty (read));
  g_array_unref (finding.images);
  g_array_unref (larger.images);
  g_array_unref (other.images);
}

static void
test_joined_instead (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_pets (fixture);
  g_autoptr (LatheEdits) edits = lathe_edits_new ();

  lathe_edits_set_excluded (edits, name_at (dataset, 1), TRUE);
  g_assert_true (join (dataset, edits, LATHE_FLAW_NEAR_DUPLICATE, INDICES (0, 1, 2)));
  g_assert_true (join (dataset, edits, LATHE_FLAW_DUPLICATE, INDICES (1, 3)));
  assert_excluded (dataset, edits, INDICES (1));
  g_assert_cmpuint (lathe_edits_get_joined (edits, name_at (dataset, 0)), >, 0);
  g_assert_cmpuint (lathe_edits_get_joined (edits, name_at (dataset, 0)), ==,
                    lathe_edits_get_joined (edits, name_at (dataset, 2)));
  g_assert_cmpuint (lathe_edits_get_joined (edits, name_at (dataset, 1)), ==, 0);
  g_assert_cmpuint (lathe_edits_get_joined (edits, name_at (dataset, 3)), ==, 0);
}

static void
test_folders_are_not_joined (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = NULL;
  g_autoptr (LatheEdits) edits = lathe_edits_new ();

  put_images (fixture, "train/cats", 4, 0x100000);
  put_images (fixture, "train/dogs", 4, 0x200000);
  put_images (fixture, "test/cats", 4, 0x300000);
  put_images (fixture, "test/dogs", 4, 0x400000);
  dataset = scan (fixture);
  g_assert_cmpint (lathe_dataset_get_image (dataset, 0)->split, ==, LATHE_SPLIT_TEST);
  g_assert_cmpint (lathe_dataset_get_image (dataset, 4)->split, !=, LATHE_SPLIT_TEST);
  g_assert_false (join (dataset, edits, LATHE_FLAW_DUPLICATE, INDICES (0, 4)));
  g_assert_true (lathe_edits_is_empty (edits));
  g_assert_true (join (dataset, edits, LATHE_FLAW_DUPLICATE, INDICES (0, 1)));
}

/* --- The trash --- */

static void
test_trash (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_pets (fixture);
  const LatheImage *image = lathe_dataset_get_image (dataset, 4);
  g_autofree char *base = g_path_get_basename (image->path);
  g_autofree char *trashed = g_build_filename (g_get_user_data_dir (), "Trash", "files", base, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (lathe_dataset_trash (dataset, image, &error));
  g_assert_no_error (error);
  g_assert_false (g_file_test (image->path, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (trashed, G_FILE_TEST_EXISTS));

  g_assert_false (lathe_dataset_trash (dataset, image, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_IO);
  g_assert_nonnull (strstr (error->message, base));
}

static void
test_no_trash_of_pieces (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = NULL;
  g_autofree char *archive = place (fixture, "pets.zip");
  g_autoptr (GError) error = NULL;

  put_images (fixture, "pets/cats", 4, 0x100000);
  put_images (fixture, "pets/dogs", 4, 0x200000);
  put_archive_of (fixture, "pets.zip", "pets");
  dataset = scan_source (fixture, "pets.zip");
  g_assert_false (lathe_dataset_trash (dataset, lathe_dataset_get_image (dataset, 0), &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED);
  g_assert_true (g_file_test (archive, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  Fixture home;
  int status;

  /* With a trash of its own. */
  set_up (&home, NULL);
  g_setenv ("HOME", home.folder, TRUE);
  g_setenv ("XDG_DATA_HOME", home.folder, TRUE);
  g_test_init (&argc, &argv, NULL);
  ADD ("/edits/excluded", test_excluded);
  ADD ("/edits/relabelled", test_relabelled);
  ADD ("/edits/last-of-a-class", test_last_of_a_class);
  ADD ("/edits/last-of-all", test_last_of_all);
  ADD ("/edits/second-class-comes-by-edits", test_second_class_comes_by_edits);
  ADD ("/edits/added", test_added);
  ADD ("/edits/joined", test_joined);
  ADD ("/edits/divided-anew", test_divided_anew);
  ADD ("/edits/counted", test_counted);
  ADD ("/edits/kept", test_kept);
  g_test_add_func ("/edits/packed", test_packed);
  ADD ("/edits/not-edits", test_not_edits);
  ADD ("/edits/cured", test_cured);
  ADD ("/edits/findings-are-kept", test_findings_are_kept);
  ADD ("/edits/joined-instead", test_joined_instead);
  ADD ("/edits/folders-are-not-joined", test_folders_are_not_joined);
  ADD ("/edits/trash", test_trash);
  ADD ("/edits/no-trash-of-pieces", test_no_trash_of_pieces);
  status = g_test_run ();
  tear_down (&home, NULL);
  return status;
}
