/* test-variant-list.c: variants that are removed, brought back and measured in the window are each what they were.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>

#include "few.h"
#include "wb-variants.h"

#define PATIENCE (60 * G_USEC_PER_SEC)

static LatheDataset *samples;
static LatheModel *model;

/* A list of the model's variants, and where they are kept. */
typedef struct
{
  char *runs, *folder;
  WbVariants *variants;
} Fixture;

/* Lets the main loop run until this is so. */
#define wait_until(condition)                                                                                          \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    gint64 end = g_get_monotonic_time () + PATIENCE;                                                                   \
    while (!(condition))                                                                                               \
      {                                                                                                                \
        g_assert_cmpint (g_get_monotonic_time (), <, end);                                                             \
        g_main_context_iteration (NULL, FALSE);                                                                        \
        g_usleep (1000);                                                                                               \
      }                                                                                                                \
  }                                                                                                                    \
  G_STMT_END

static const GPtrArray *
list (const Fixture *fixture)
{
  return wb_variants_get_list (fixture->variants);
}

static LatheVariant *
at (const Fixture *fixture, guint i)
{
  return list (fixture)->pdata[i];
}

static gboolean
is_kept (const Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* One that is not measured yet. */
static void
keep (const Fixture *fixture, double share)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheModel) pruned = lathe_prune (model, &(LathePruning){.share = share}, &error);
  g_autoptr (LatheVariant) variant =
      pruned ? lathe_variant_new (&(LatheVariantStep){LATHE_VARIANT_CHANNELS, share, 0}, pruned) : NULL;
  g_autoptr (LatheVariant) kept = variant ? lathe_variant_keep (variant, fixture->folder, &error) : NULL;

  g_assert_no_error (error);
}

static void
open_list (Fixture *fixture)
{
  wb_variants_set_model (fixture->variants, model, samples, fixture->runs);
  wait_until (list (fixture)->len > 0);
}

static void
make (Fixture *fixture, double share)
{
  guint before = list (fixture)->len;
  LatheVariantRecipe recipe = {.kind = LATHE_VARIANT_CHANNELS, .pruning = {.share = share}};

  wb_variants_make (fixture->variants, at (fixture, 0), &recipe);
  wait_until (list (fixture)->len == before + 1);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->runs = g_dir_make_tmp ("lathe-variant-list-XXXXXX", NULL);
  fixture->folder = lathe_variants_folder (fixture->runs, model);
  fixture->variants = wb_variants_new ();
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);

  for (const char *name; dir && (name = g_dir_read_name (dir));)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR))
        remove_folder (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_add_weak_pointer (G_OBJECT (fixture->variants), (gpointer *) &fixture->variants);
  wb_variants_set_model (fixture->variants, NULL, NULL, NULL); /* which ends what goes on */
  g_object_unref (fixture->variants);
  wait_until (!fixture->variants);
  remove_folder (fixture->runs);
  g_free (fixture->folder);
  g_free (fixture->runs);
}

static void
assert_weights (const LatheVariant *variant, const char *expected)
{
  g_autofree char *sha256 = lathe_model_weights_sha256 (variant->model);

  g_assert_cmpstr (sha256, ==, expected);
}

static void
test_undo_leaves_a_newer_one_of_the_same_number_as_it_is (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = NULL, *second = NULL;
  g_autoptr (GPtrArray) kept = NULL, problems = NULL;

  open_list (fixture);
  make (fixture, 0.5);
  first = lathe_model_weights_sha256 (at (fixture, 1)->model);
  wb_variants_drop (fixture->variants, 1);
  wait_until (!is_kept (fixture, "1.safetensors"));
  make (fixture, 0.7);
  g_assert_cmpuint (at (fixture, 1)->id, ==, 1);
  second = lathe_model_weights_sha256 (at (fixture, 1)->model);
  g_assert_cmpstr (first, !=, second);

  wb_variants_restore (fixture->variants);
  g_assert_null (wb_variants_get_dropped (fixture->variants));
  g_assert_cmpuint (list (fixture)->len, ==, 3);
  g_assert_cmpuint (at (fixture, 1)->id, ==, 1);
  g_assert_cmpuint (at (fixture, 2)->id, ==, 2);
  wait_until (is_kept (fixture, "2.json"));
  kept = lathe_variants_read (fixture->folder, model, samples, &problems);
  g_assert_cmpuint (problems->len, ==, 0);
  g_assert_cmpuint (kept->len, ==, 3);
  assert_weights (kept->pdata[1], second);
  assert_weights (kept->pdata[2], first);
}

static void
test_undo_gives_the_number_back_that_no_other_one_has (Fixture *fixture, gconstpointer data)
{
  keep (fixture, 0.5);
  keep (fixture, 0.7);
  open_list (fixture);
  g_assert_cmpuint (list (fixture)->len, ==, 3);
  wb_variants_drop (fixture->variants, 1);
  wait_until (!is_kept (fixture, "1.safetensors"));
  wb_variants_restore (fixture->variants);
  g_assert_cmpuint (at (fixture, 1)->id, ==, 1);
  g_assert_cmpuint (at (fixture, 2)->id, ==, 2);
  wait_until (is_kept (fixture, "1.json"));
  g_assert_true (is_kept (fixture, "1.safetensors"));
}

/* The one after it is measured all the same, which takes as long as what was cancelled would have. */
static void
test_one_that_is_removed_while_it_is_measured_stays_away (Fixture *fixture, gconstpointer data)
{
  keep (fixture, 0.5);
  keep (fixture, 0.7);
  open_list (fixture);
  wb_variants_measure (fixture->variants);
  wait_until (at (fixture, 0)->fingerprint);
  wb_variants_drop (fixture->variants, 1);
  g_assert_cmpuint (list (fixture)->len, ==, 2);
  wait_until (at (fixture, 1)->fingerprint);
  g_assert_cmpuint (at (fixture, 1)->id, ==, 2);
  g_assert_false (is_kept (fixture, "1.json"));
  g_assert_false (is_kept (fixture, "1.safetensors"));
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  samples = few_new (20);
  model = few_model (samples, "lenet");
  g_test_add ("/variant-list/undo-renumbered", Fixture, NULL, set_up,
              test_undo_leaves_a_newer_one_of_the_same_number_as_it_is, tear_down);
  g_test_add ("/variant-list/undo", Fixture, NULL, set_up, test_undo_gives_the_number_back_that_no_other_one_has,
              tear_down);
  g_test_add ("/variant-list/removed-while-measured", Fixture, NULL, set_up,
              test_one_that_is_removed_while_it_is_measured_stays_away, tear_down);
  result = g_test_run ();
  lathe_model_unref (model);
  few_free (samples);
  return result;
}
