/* test-survey.c: what is wrong with a dataset's images is found, said, and nothing else is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "dataset/lathe-look.h"
#include "images.h"
#include "lathe.h"

#define SIDE 96
#define N_WAVES 40

static Fixture fixture;

/* A picture of its own for each number: waves of low frequency, as photographs mostly are. */
static GdkPixbuf *
paint (guint number)
{
  LatheRng rng = lathe_rng (number, LATHE_RNG_SPLIT, 0, 0);
  GdkPixbuf *pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, SIDE + 32, SIDE);
  double wave[3][N_WAVES][4];

  for (guint i = 0; i < 3 * N_WAVES * 4; i++)
    (&wave[0][0][0])[i] = lathe_rng_uniform (&rng, i);
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE + 32; x++)
      for (guint c = 0; c < 3; c++)
        {
          double sum = 0;

          for (guint i = 0; i < N_WAVES; i++)
            sum += (wave[c][i][0] - 0.5) *
                   cos (6.28 * (4 * wave[c][i][1] * x / SIDE + (8 * wave[c][i][2] - 4) * y / SIDE + wave[c][i][3]));
          gdk_pixbuf_get_pixels (pixbuf)[y * gdk_pixbuf_get_rowstride (pixbuf) + 3 * x + (int) c] =
              (guint8) CLAMP (127 + 40 * sum, 0, 255);
        }
  return pixbuf;
}

/* (transfer full) pixbuf */
static void
save (GdkPixbuf *pixbuf, const char *class, const char *name)
{
  g_autofree char *directory = g_build_filename (fixture.folder, class, NULL);
  g_autofree char *path = g_build_filename (directory, name, NULL);
  gboolean jpeg = g_str_has_suffix (name, ".jpg");

  g_mkdir_with_parents (directory, 0700);
  g_assert_true (gdk_pixbuf_save (pixbuf, path, jpeg ? "jpeg" : "png", NULL, jpeg ? "quality" : NULL, "60", NULL));
  g_object_unref (pixbuf);
}

static GdkPixbuf *
changed (guint number, gboolean mirror, GdkPixbufRotation turn, double scale)
{
  g_autoptr (GdkPixbuf) painted = paint (number);
  g_autoptr (GdkPixbuf) turned = gdk_pixbuf_rotate_simple (painted, turn);
  g_autoptr (GdkPixbuf) flipped = mirror ? gdk_pixbuf_flip (turned, TRUE) : g_object_ref (turned);

  return gdk_pixbuf_scale_simple (flipped, (int) (scale * gdk_pixbuf_get_width (flipped)),
                                  (int) (scale * gdk_pixbuf_get_height (flipped)), GDK_INTERP_BILINEAR);
}

static GdkPixbuf *
blank (void)
{
  GdkPixbuf *pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, SIDE, SIDE);

  gdk_pixbuf_fill (pixbuf, 0x808040ff);
  return pixbuf;
}

static void
plant (void)
{
  GdkPixbuf *other = blank ();

  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *name = g_strdup_printf ("%02u.png", i);

      save (paint (i), "a", name);
    }
  save (paint (20), "b", "20.png");
  save (paint (1), "a", "same-01.png");
  save (changed (2, FALSE, GDK_PIXBUF_ROTATE_NONE, 0.5), "a", "half-02.jpg");
  save (changed (2, FALSE, GDK_PIXBUF_ROTATE_NONE, 1.7), "a", "large-02.png");
  save (changed (3, TRUE, GDK_PIXBUF_ROTATE_NONE, 1), "a", "mirrored-03.jpg");
  save (changed (4, FALSE, GDK_PIXBUF_ROTATE_CLOCKWISE, 1), "a", "turned-04.png");
  save (changed (20, FALSE, GDK_PIXBUF_ROTATE_UPSIDEDOWN, 1), "b", "over-20.png");
  save (changed (9, FALSE, GDK_PIXBUF_ROTATE_NONE, 0.9), "b", "also-09.jpg");
  save (changed (30, FALSE, GDK_PIXBUF_ROTATE_NONE, 0.2), "b", "small.png");
  save (blank (), "b", "blank-1.png");
  save (changed (31, FALSE, GDK_PIXBUF_ROTATE_NONE, 1), "b", "31.png");
  gdk_pixbuf_fill (other, 0x102030ff);
  save (other, "b", "blank-2.png");
}

/* The files of a finding, in order of their names, as a/1.png = b/2.png. */
static char *
name_files (LatheDataset *dataset, const LatheFinding *finding)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < finding->images->len; i++)
    {
      const char *path = lathe_dataset_get_image (dataset, g_array_index (finding->images, guint, i))->path;

      g_string_append_printf (text, "%s%s", i > 0 ? " = " : "", path + strlen (fixture.folder) + 1);
    }
  return g_string_free (text, FALSE);
}

static void
test_planted_flaws_are_found_and_no_others (void)
{
  static const struct
  {
    LatheFlaw flaw;
    const char *files;
  } expected[] = {
      {LATHE_FLAW_TWO_LABELS, "a/09.png = b/also-09.jpg"},
      {LATHE_FLAW_DUPLICATE, "a/01.png = a/same-01.png"},
      {LATHE_FLAW_NEAR_DUPLICATE, "a/02.png = a/half-02.jpg = a/large-02.png"},
      {LATHE_FLAW_NEAR_DUPLICATE, "a/03.png = a/mirrored-03.jpg"},
      {LATHE_FLAW_TURNED, "a/04.png = a/turned-04.png"},
      {LATHE_FLAW_TURNED, "b/20.png = b/over-20.png"},
      {LATHE_FLAW_SMALL, "b/small.png"},
      {LATHE_FLAW_BLANK, "b/blank-1.png"},
      {LATHE_FLAW_BLANK, "b/blank-2.png"},
      {LATHE_FLAW_IMBALANCE, ""},
  };
  g_autoptr (LatheDataset) dataset = NULL;
  g_autoptr (LatheSurvey) survey = NULL;
  g_autoptr (GPtrArray) findings = NULL;

  dataset = scan (&fixture);
  survey = lathe_survey_new (dataset, 2, NULL, NULL, NULL, NULL);
  findings = lathe_survey_find_flaws (survey, 32, 32);
  for (guint i = 0; i < findings->len; i++)
    {
      const LatheFinding *finding = findings->pdata[i];
      g_autofree char *files = name_files (dataset, finding);

      g_test_message ("%s: %s: %s", lathe_flaw_get_name (finding->flaw), files, finding->reason);
      g_assert_cmpuint (i, <, G_N_ELEMENTS (expected));
      g_assert_cmpstr (files, ==, expected[i].files);
      g_assert_cmpuint (finding->flaw, ==, expected[i].flaw);
    }
  g_assert_cmpuint (findings->len, ==, G_N_ELEMENTS (expected));
}

/* Findings that make scores lie, in four divisions of the images. */
static guint
count_across_sides (LatheDataset *scanned)
{
  guint n = 0;

  for (LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT; options.seed < 5; options.seed++)
    {
      g_autoptr (LatheDataset) dataset = lathe_dataset_resplit (scanned, &options, NULL);
      g_autoptr (LatheSurvey) survey = lathe_survey_new (dataset, 2, NULL, NULL, NULL, NULL);
      g_autoptr (GPtrArray) findings = lathe_survey_find_flaws (survey, 0, 0);

      for (guint i = 0; i < findings->len; i++)
        n += ((const LatheFinding *) findings->pdata[i])->across_sides;
    }
  return n;
}

/* What shows the same is one group: its number, which all names end in. */
static void
test_grouped_pictures_lie_on_no_two_sides (void)
{
  g_autoptr (LatheDataset) scanned = scan (&fixture), grouped = NULL;
  g_autoptr (GString) text = g_string_new ("file,label,group\n");
  g_autoptr (GError) error = NULL;
  LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  g_autofree char *path = place (&fixture, "groups.csv");

  for (guint i = 0; i < lathe_dataset_get_n_images (scanned); i++)
    {
      const LatheImage *image = lathe_dataset_get_image (scanned, i);
      const char *name = image->path + strlen (fixture.folder) + 1;

      g_string_append_printf (text, "%s,%s,%.2s\n", name, lathe_dataset_get_classes (scanned)[image->label],
                              strrchr (name, '.') - 2);
    }
  g_assert_true (g_file_set_contents (path, text->str, -1, NULL));
  options.labels = path;
  grouped = lathe_dataset_scan (fixture.folder, &options, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpuint (count_across_sides (scanned), >, 0);
  g_assert_cmpuint (count_across_sides (grouped), ==, 0);
}

/* What was found to show the same is joined by hand. */
static void
test_joined_pictures_lie_on_no_two_sides (void)
{
  g_autoptr (LatheDataset) scanned = scan (&fixture), joined = NULL;
  g_autoptr (LatheSurvey) survey = lathe_survey_new (scanned, 2, NULL, NULL, NULL, NULL);
  g_autoptr (GPtrArray) findings = lathe_survey_find_flaws (survey, 0, 0);
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < findings->len; i++)
    {
      const GArray *images = ((const LatheFinding *) findings->pdata[i])->images;
      g_autoptr (GPtrArray) names = g_ptr_array_new ();

      for (guint k = 0; k < images->len; k++)
        g_ptr_array_add (names, (gpointer) lathe_image_get_name (
                                    scanned, lathe_dataset_get_image (scanned, g_array_index (images, guint, k))));
      g_ptr_array_add (names, NULL);
      if (images->len > 1)
        lathe_edits_join (edits, (const char *const *) names->pdata);
    }
  joined = lathe_dataset_edit (scanned, edits, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_across_sides (joined), ==, 0);
}

/* A file that the scan believed and that is gone when it is looked at. */
static void
test_what_cannot_be_decoded_is_named (void)
{
  g_autoptr (LatheDataset) dataset = scan (&fixture);
  g_autofree char *path = g_build_filename (fixture.folder, "a", "00.png", NULL);
  g_autoptr (LatheSurvey) survey = NULL;
  g_autoptr (GPtrArray) findings = NULL;
  const LatheFinding *first;
  g_autofree char *files = NULL;

  g_assert_cmpint (g_unlink (path), ==, 0);
  survey = lathe_survey_new (dataset, 1, NULL, NULL, NULL, NULL);
  findings = lathe_survey_find_flaws (survey, 0, 0);
  first = findings->pdata[0];
  files = name_files (dataset, first);
  g_assert_cmpuint (first->flaw, ==, LATHE_FLAW_UNREADABLE);
  g_assert_cmpstr (files, ==, "a/00.png");
}

static guint
count_flaws (LatheSurvey *survey, LatheFlaw flaw)
{
  g_autoptr (GPtrArray) findings = lathe_survey_find_flaws (survey, 32, 32);
  guint n = 0;

  for (guint i = 0; i < findings->len; i++)
    n += ((LatheFinding *) findings->pdata[i])->flaw == flaw;
  return n;
}

/* What is cured is gone, and nothing else; to go back brings it back. */
static void
test_survey_follows_edits (void)
{
  g_autoptr (LatheDataset) dataset = scan (&fixture);
  g_autoptr (LatheDataset) edited = NULL;
  g_autoptr (LatheEdits) edits = lathe_edits_new ();
  g_autoptr (LatheSurvey) survey = lathe_survey_new (dataset, 2, NULL, NULL, NULL, NULL);
  g_autoptr (LatheSurvey) without = NULL, back = NULL, late = NULL, again = NULL;
  g_autoptr (GError) error = NULL;
  guint n_images = lathe_dataset_get_n_images (dataset);

  lathe_edits_set_excluded (edits, "a/mirrored-03.jpg", TRUE);
  lathe_edits_set_excluded (edits, "a/same-01.png", TRUE);
  lathe_edits_set_label (edits, "b/also-09.jpg", "a");
  edited = lathe_dataset_edit (dataset, edits, NULL, &error);
  g_assert_no_error (error);

  without = lathe_survey_adapt (survey, edited);
  g_assert_cmpuint (lathe_survey_get_n_unlooked (without), ==, 0);
  g_assert_cmpuint (count_flaws (without, LATHE_FLAW_DUPLICATE), ==, 0);
  g_assert_cmpuint (count_flaws (without, LATHE_FLAW_TWO_LABELS), ==, 0);
  g_assert_cmpuint (count_flaws (without, LATHE_FLAW_NEAR_DUPLICATE), ==, 2); /* 02, and 09 of one class now */
  g_assert_cmpuint (count_flaws (without, LATHE_FLAW_TURNED), ==, 2);
  g_assert_cmpuint (count_flaws (without, LATHE_FLAW_BLANK), ==, 2);

  back = lathe_survey_adapt (survey, dataset);
  g_assert_cmpuint (count_flaws (back, LATHE_FLAW_NEAR_DUPLICATE), ==, count_flaws (survey, LATHE_FLAW_NEAR_DUPLICATE));
  g_assert_cmpuint (count_flaws (back, LATHE_FLAW_DUPLICATE), ==, 1);

  late = lathe_survey_new (edited, 2, NULL, NULL, NULL, NULL);
  again = lathe_survey_adapt (late, dataset);
  g_assert_cmpuint (lathe_survey_get_n_unlooked (again), ==, 2);
  g_assert_cmpuint (lathe_dataset_get_n_images (edited), ==, n_images - 2);
}

/* Which files are the same needs no look. */
static void
test_files_alone_tell_of_duplicates (void)
{
  g_autoptr (LatheDataset) dataset = scan (&fixture);
  g_autoptr (LatheSurvey) survey = lathe_survey_new_unlooked (dataset);

  g_assert_cmpuint (lathe_survey_get_n_unlooked (survey), ==, lathe_dataset_get_n_images (dataset));
  g_assert_null (lathe_survey_get_look (survey, 0));
  g_assert_cmpuint (count_flaws (survey, LATHE_FLAW_DUPLICATE), ==, 1);
  g_assert_cmpuint (count_flaws (survey, LATHE_FLAW_NEAR_DUPLICATE), ==, 0);
  g_assert_cmpuint (count_flaws (survey, LATHE_FLAW_BLANK), ==, 0);
  g_assert_cmpuint (count_flaws (survey, LATHE_FLAW_UNREADABLE), ==, 0);
}

static void
test_cancelled_survey_is_none (void)
{
  g_autoptr (LatheDataset) dataset = scan (&fixture);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (lathe_survey_new (dataset, 2, NULL, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* --- Looks --- */

/* At the middle square of it. (transfer full) pixbuf */
static void
look (GdkPixbuf *pixbuf, LatheLook *result)
{
  g_autoptr (GdkPixbuf) square = gdk_pixbuf_new_subpixbuf (pixbuf, (gdk_pixbuf_get_width (pixbuf) - SIDE) / 2,
                                                           (gdk_pixbuf_get_height (pixbuf) - SIDE) / 2, SIDE, SIDE);
  static const LathePreprocess small = {
      .width = LATHE_LOOK_PIXELS, .height = LATHE_LOOK_PIXELS, .channels = 3, .deviation = {1, 1, 1}};
  guint8 rgb[LATHE_LOOK_PIXELS * LATHE_LOOK_PIXELS * 3];

  lathe_decode_pixbuf (square, &small, rgb);
  lathe_look_at (rgb, result);
  g_object_unref (pixbuf);
}

/* But for what rounding makes of frequencies that are hardly there. */
static void
assert_near (guint64 a, guint64 b)
{
  g_assert_cmpint (__builtin_popcountll (a ^ b), <=, 3);
}

static void
test_hash_knows_how_a_picture_lies (void)
{
  LatheLook upright, mirrored, over, left;

  look (paint (50), &upright);
  look (changed (50, TRUE, GDK_PIXBUF_ROTATE_NONE, 1), &mirrored);
  look (changed (50, FALSE, GDK_PIXBUF_ROTATE_UPSIDEDOWN, 1), &over);
  look (changed (50, FALSE, GDK_PIXBUF_ROTATE_CLOCKWISE, 1), &left);
  assert_near (lathe_look_hash_lying (upright.hash, LATHE_LIES_MIRRORED), mirrored.hash);
  assert_near (lathe_look_hash_lying (upright.hash, LATHE_LIES_MIRRORED | LATHE_LIES_UPSIDE_DOWN), over.hash);
  assert_near (lathe_look_hash_lying (upright.hash, LATHE_LIES_UPSIDE_DOWN | LATHE_LIES_ACROSS), left.hash);
}

static void
test_look_measures (void)
{
  guint8 rgb[LATHE_LOOK_PIXELS * LATHE_LOOK_PIXELS * 3];
  LatheLook result;

  /* Columns of 51 and 204 in red, green 102, no blue. */
  for (guint i = 0; i < LATHE_LOOK_PIXELS * LATHE_LOOK_PIXELS; i++)
    {
      rgb[3 * i] = i % 2 == 0 ? 51 : 204;
      rgb[3 * i + 1] = 102;
      rgb[3 * i + 2] = 0;
    }
  lathe_look_at (rgb, &result);
  g_assert_cmpfloat_with_epsilon (result.mean[0], 0.5, 1e-6);
  g_assert_cmpfloat_with_epsilon (result.mean[1], 0.4, 1e-6);
  g_assert_cmpfloat_with_epsilon (result.mean[2], 0, 1e-6);
  g_assert_cmpfloat_with_epsilon (result.deviation[0], 0.3, 1e-6);
  g_assert_cmpfloat_with_epsilon (result.deviation[1], 0, 1e-3);
  g_assert_cmpfloat_with_epsilon (result.brightness, 0.299 * 0.5 + 0.587 * 0.4, 1e-6);
  g_assert_cmpfloat_with_epsilon (result.contrast, 0.299 * 0.3, 1e-6);
  g_assert_cmpfloat_with_epsilon (result.sharpness, 2 * 0.299 * 0.6, 1e-6);
}

/* Hashes drawn at random, some with a neighbour of up to 12 other bits: found by parts as by comparing all. */
static void
test_no_pair_is_missed (void)
{
  enum
  {
    N = 3000
  };
  g_autofree LatheLook *looks = g_new0 (LatheLook, N);
  g_autoptr (GArray) alike = NULL;
  LatheRng rng = lathe_rng (1, LATHE_RNG_SPLIT, 0, 0);
  guint64 draws = 0;
  guint n_expected = 0, n_found = 0;

  for (guint i = 0; i < N; i++)
    {
      looks[i].seen = TRUE;
      looks[i].contrast = 1;
      for (guint k = 0; k < LATHE_LOOK_SIDE * LATHE_LOOK_SIDE; k++)
        looks[i].grey[k] = (guint8) k; /* those of all agree upright, so that the hash alone decides */
      for (guint part = 0; part < 4; part++)
        looks[i].hash = looks[i].hash << 16 | lathe_rng_below (&rng, draws++, 65536);
      if (i % 3 == 1)
        {
          looks[i].hash = looks[i - 1].hash;
          for (guint bits = lathe_rng_below (&rng, draws++, 13); bits > 0; bits--)
            looks[i].hash ^= 1ull << lathe_rng_below (&rng, draws++, 64);
        }
    }
  for (guint i = 0; i < N; i++)
    for (guint k = i + 1; k < N; k++)
      n_expected += __builtin_popcountll (looks[i].hash ^ looks[k].hash) <= 11 ? 1 : 0;
  alike = lathe_looks_find_alike (looks, N, NULL);
  for (guint i = 0; i < alike->len; i++)
    {
      const LatheAlike *pair = &g_array_index (alike, LatheAlike, i);

      if (pair->lies != 0)
        continue;
      g_assert_cmpuint (__builtin_popcountll (looks[pair->first].hash ^ looks[pair->second].hash), <=, 11);
      n_found++;
    }
  g_assert_cmpuint (n_expected, >, N / 4);
  g_assert_cmpuint (n_found, ==, n_expected);
}

/* Forty of one shape, each with a pattern of its own, and a copy of one of them. */
static void
test_lookalikes_are_no_copies (void)
{
  enum
  {
    N = 41,
    CELLS = LATHE_LOOK_SIDE * LATHE_LOOK_SIDE
  };
  g_autofree LatheLook *looks = g_new0 (LatheLook, N);
  g_autoptr (GArray) alike = NULL;
  LatheRng rng = lathe_rng (1, LATHE_RNG_SPLIT, 0, 0);
  guint64 draws = 0;

  for (guint i = 0; i < N; i++)
    {
      looks[i].seen = TRUE;
      looks[i].contrast = 1;
      looks[i].hash = 0x0123456789abcdef;
      for (guint k = 0; k < CELLS; k++)
        looks[i].grey[k] = (guint8) (k / 2 + 40 + lathe_rng_below (&rng, draws++, 21));
    }
  memcpy (looks[N - 1].grey, looks[5].grey, sizeof looks[5].grey);

  alike = lathe_looks_find_alike (looks, N, NULL);
  g_assert_cmpuint (alike->len, ==, 1);
  g_assert_cmpuint (g_array_index (alike, LatheAlike, 0).first, ==, 5);
  g_assert_cmpuint (g_array_index (alike, LatheAlike, 0).second, ==, N - 1);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  set_up (&fixture, NULL);
  plant ();
  g_test_add_func ("/survey/planted", test_planted_flaws_are_found_and_no_others);
  g_test_add_func ("/survey/grouped", test_grouped_pictures_lie_on_no_two_sides);
  g_test_add_func ("/survey/joined", test_joined_pictures_lie_on_no_two_sides);
  g_test_add_func ("/survey/edits", test_survey_follows_edits);
  g_test_add_func ("/survey/unlooked", test_files_alone_tell_of_duplicates);
  g_test_add_func ("/survey/gone", test_what_cannot_be_decoded_is_named);
  g_test_add_func ("/survey/cancelled", test_cancelled_survey_is_none);
  g_test_add_func ("/look/lies", test_hash_knows_how_a_picture_lies);
  g_test_add_func ("/look/measures", test_look_measures);
  g_test_add_func ("/look/alike", test_no_pair_is_missed);
  g_test_add_func ("/look/lookalikes", test_lookalikes_are_no_copies);
  status = g_test_run ();
  tear_down (&fixture, NULL);
  return status;
}
