/* test-selective.c: thresholds below which a model says that it does not know, and tables of what it said.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>

#include "lathe.h"

/* Answers of these confidences, of which these are right. */
static GArray *
curve_of (const float *confidence, const gboolean *right, guint n)
{
  g_autoptr (LatheEvaluation) evaluation = lathe_evaluation_new (MAX (n, 1), 2, NULL);

  for (guint i = 0; i < n; i++)
    {
      float p[] = {confidence[i], 1 - confidence[i]};

      lathe_evaluation_add (evaluation, i, right[i] ? 0 : 1, 0, p, p);
    }
  return lathe_selective_curve (evaluation);
}

static void
assert_at (const GArray *curve, double threshold, guint answered, guint correct)
{
  LatheAnswered at = lathe_selective_at (curve, threshold);

  g_assert_cmpuint (at.answered, ==, answered);
  g_assert_cmpuint (at.correct, ==, correct);
}

static const float confidence[] = {0.625f, 1, 0.75f, 0.875f, 0.75f};
static const gboolean right[] = {FALSE, TRUE, FALSE, TRUE, TRUE};

static void
test_answers_are_counted_at_every_threshold (void)
{
  g_autoptr (GArray) curve = curve_of (confidence, right, 5);

  g_assert_cmpuint (curve->len, ==, 4); /* two are as sure as each other */
  assert_at (curve, 0, 5, 3);
  assert_at (curve, 0.625, 5, 3); /* the threshold itself is answered */
  assert_at (curve, 0.626, 4, 3);
  assert_at (curve, 0.75, 4, 3);
  assert_at (curve, 0.8, 2, 2);
  assert_at (curve, 1, 1, 1);
  assert_at (curve, 1.5, 0, 0);
}

static void
test_smallest_threshold_that_is_right_often_enough_is_found (void)
{
  g_autoptr (GArray) curve = curve_of (confidence, right, 5);
  LatheAnswered found;

  g_assert_true (lathe_selective_find (curve, 0.6, &found));
  g_assert_cmpfloat (found.threshold, ==, 0); /* all: what it is less sure of, too */
  g_assert_true (lathe_selective_find (curve, 0.75, &found));
  g_assert_cmpfloat (found.threshold, ==, 0.75);
  g_assert_cmpfloat (lathe_answered_accuracy (&found), ==, 0.75);
  g_assert_true (lathe_selective_find (curve, 0.95, &found));
  g_assert_cmpfloat (found.threshold, ==, 0.875);
  g_assert_cmpuint (found.answered, ==, 2);
}

static void
test_no_threshold_is_found_where_the_surest_is_wrong (void)
{
  const float sure[] = {1, 0.75f};
  const gboolean but[] = {FALSE, TRUE};
  g_autoptr (GArray) curve = curve_of (sure, but, 2), none = curve_of (sure, but, 0);
  LatheAnswered found;

  g_assert_false (lathe_selective_find (curve, 0.95, &found));
  g_assert_cmpfloat (found.threshold, ==, 0);
  g_assert_cmpuint (found.answered, ==, 2);
  g_assert_false (lathe_selective_find (none, 0.95, &found));
  g_assert_true (isnan (lathe_answered_accuracy (&found)));
}

static void
test_table_is_read_as_it_was_written (void)
{
  GString *table = lathe_prediction_table_new ();
  g_autofree char *text = NULL;

  lathe_prediction_table_add (table, &(LathePredictionRow){"a, \"b\".png", "cat", 0.5, TRUE});
  lathe_prediction_table_add (table, &(LathePredictionRow){"c.png", "two\nlines", 0.25, FALSE});
  lathe_prediction_table_add (table, &(LathePredictionRow){.file = "d.png"});
  text = g_string_free (table, FALSE);
  g_assert_cmpstr (text, ==,
                   "file,label,probability,known\n"
                   "\"a, \"\"b\"\".png\",cat,0.5,true\n"
                   "c.png,\"two\nlines\",0.25,false\n"
                   "d.png,,,\n");
}

static void
touch (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL), *above = g_path_get_dirname (path);

  g_mkdir_with_parents (above, 0700);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
}

static void
test_images_of_a_folder_are_found (void)
{
  const char *const names[] = {"b.png", "a.JPG", "x/c.webp", "x/y/d.png", "notes.txt", ".hidden.png", "x/nameless"};
  const char *const found[] = {"a.JPG", "b.png", "x/c.webp", "x/nameless", "x/y/d.png"};
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("lathe-XXXXXX", &error), *empty = g_build_filename (folder, "z", NULL);
  g_autoptr (GPtrArray) paths = NULL, none = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    touch (folder, names[i]);
  g_mkdir (empty, 0700);
  paths = lathe_find_images (folder, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (paths->len, ==, G_N_ELEMENTS (found));
  for (guint i = 0; i < paths->len; i++)
    {
      g_autofree char *path = g_build_filename (folder, found[i], NULL);

      g_assert_cmpstr (paths->pdata[i], ==, path);
    }
  none = lathe_find_images (empty, NULL, &error);
  g_assert_null (none);
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_DATA);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/selective/counted", test_answers_are_counted_at_every_threshold);
  g_test_add_func ("/selective/found", test_smallest_threshold_that_is_right_often_enough_is_found);
  g_test_add_func ("/selective/none", test_no_threshold_is_found_where_the_surest_is_wrong);
  g_test_add_func ("/selective/table", test_table_is_read_as_it_was_written);
  g_test_add_func ("/selective/folder", test_images_of_a_folder_are_found);
  return g_test_run ();
}
