/* test-looks.c: of the looks at layers of a long training, of what was said of watched images, and of its points, lists
 * keep few, spread evenly.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "lathe.h"

static guint
epoch_at (const GPtrArray *list, guint i)
{
  return ((const LatheLayerLooks *) list->pdata[i])->epoch;
}

static void
assert_even (const GPtrArray *list, guint first, guint last)
{
  guint stride = list->len > 2 ? epoch_at (list, 1) - first : 1;

  g_assert_cmpuint (list->len, <=, LATHE_MOST_LOOKS);
  g_assert_cmpuint (epoch_at (list, 0), ==, first);
  g_assert_cmpuint (epoch_at (list, list->len - 1), ==, last);
  for (guint i = 1; i + 1 < list->len; i++)
    g_assert_cmpuint (epoch_at (list, i), ==, first + i * stride);
  /* No epoch was spared in vain. */
  if (last - first >= LATHE_MOST_LOOKS)
    g_assert_cmpuint (list->len, >=, LATHE_MOST_LOOKS / 2);
  else
    g_assert_cmpuint (list->len, ==, last - first + 1);
}

/* As a training that began at `first` sees it. */
static void
check_growing (guint first)
{
  g_autoptr (GPtrArray) list = lathe_layer_looks_list (NULL);

  lathe_layer_looks_thin (list);
  g_assert_cmpuint (list->len, ==, 0);
  for (guint epoch = first; epoch < first + 3000; epoch++)
    {
      g_ptr_array_add (list, lathe_layer_looks_new (epoch));
      lathe_layer_looks_thin (list);
      assert_even (list, first, epoch);
    }
}

static void
test_growing_list (void)
{
  check_growing (1);
  check_growing (5001);
}

/* What is thinned at the end is what is left of one that was thinned all the time. */
static void
test_whole_list (void)
{
  g_autoptr (GPtrArray) list = lathe_layer_looks_list (NULL);

  for (guint epoch = 1; epoch <= 1000; epoch++)
    g_ptr_array_add (list, lathe_layer_looks_new (epoch));
  lathe_layer_looks_thin (list);
  assert_even (list, 1, 1000);
}

/* As many as 30 a second are in two hours: the loss falls with the epoch, and now and then it is not known. */
#define N_POINTS 216000
#define EPOCHS 400.0

static LathePoint
point_at (guint i)
{
  double epoch = (i + 1) * EPOCHS / N_POINTS;

  return (LathePoint){epoch, 1000 - epoch, epoch / EPOCHS, 100 * epoch, epoch, 0.001, i % 7 == 0 ? NAN : 1};
}

static void
test_points (void)
{
  g_autoptr (GArray) points = g_array_new (FALSE, FALSE, sizeof (LathePoint));
  guint most = 0;
  double before = 0, sum = 0;

  for (guint i = 0; i < N_POINTS; i++)
    {
      LathePoint point = point_at (i);

      g_array_append_val (points, point);
      lathe_points_thin (points);
      most = MAX (most, points->len);
    }
  g_assert_cmpuint (most, ==, LATHE_MOST_POINTS);
  g_assert_cmpuint (points->len, >, LATHE_MOST_POINTS / 8);
  for (guint i = 0; i < points->len; i++)
    {
      const LathePoint *point = &g_array_index (points, LathePoint, i);
      double span = point->epoch - before, middle = before + (span + EPOCHS / N_POINTS) / 2;

      g_assert_cmpfloat (span, >, 0);
      g_assert_cmpfloat (span, <=, EPOCHS / (LATHE_MOST_POINTS / 4.0) * 1.001);
      g_assert_cmpfloat_with_epsilon (point->loss, 1000 - middle, 1e-6); /* the mean of a straight line */
      g_assert_cmpfloat_with_epsilon (point->step, 100 * point->epoch, 1e-9);
      g_assert_true (isnan (point->gradient_norm) ? span < 1.5 * EPOCHS / N_POINTS
                                                  : fabs (point->gradient_norm - 1) < 1e-12);
      sum += point->loss * span;
      before = point->epoch;
    }
  g_assert_cmpfloat_with_epsilon (before, EPOCHS, 1e-9);
  g_assert_cmpfloat_with_epsilon (sum / EPOCHS, 1000 - EPOCHS / 2, 1e-3);
}

/* What is short is left alone. */
static void
test_few_points (void)
{
  g_autoptr (GArray) points = g_array_new (FALSE, FALSE, sizeof (LathePoint));

  lathe_points_thin (points);
  for (guint i = 0; i < LATHE_MOST_POINTS; i++)
    {
      LathePoint point = point_at (i);

      g_array_append_val (points, point);
    }
  lathe_points_thin (points);
  g_assert_cmpuint (points->len, ==, LATHE_MOST_POINTS);
}

/* What was said of watched images comes down the same way. */
static void
test_answers (void)
{
  static const char *const paths[] = {"/a.png", NULL};
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_answers_unref);

  for (guint epoch = 7; epoch < 5000; epoch++)
    {
      const LatheAnswers *first, *last;

      g_ptr_array_add (list, lathe_answers_new (epoch, 2, paths));
      lathe_answers_thin (list);
      first = list->pdata[0];
      last = list->pdata[list->len - 1];
      g_assert_cmpuint (list->len, <=, LATHE_MOST_ANSWERS);
      g_assert_cmpuint (list->len, >=, MIN (epoch - 6, LATHE_MOST_ANSWERS / 2));
      g_assert_cmpuint (first->epoch, ==, 7);
      g_assert_cmpuint (last->epoch, ==, epoch);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/looks/growing-list", test_growing_list);
  g_test_add_func ("/looks/whole-list", test_whole_list);
  g_test_add_func ("/looks/answers", test_answers);
  g_test_add_func ("/looks/points", test_points);
  g_test_add_func ("/looks/few-points", test_few_points);
  return g_test_run ();
}
