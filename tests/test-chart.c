/* test-chart.c: what the charts promise about their geometry.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib.h>
#include <math.h>

#include "wb-chart-geometry.h"

#define EPSILON 1e-9

static void
test_ticks_are_round (void)
{
  static const struct
  {
    double minimum, maximum;
    guint at_most;
    WbTicks expected;
  } cases[] = {
      {0, 1, 6, {0, 0.2, 6, 1}},
      {0, 10, 6, {0, 2, 6, 0}},
      {0, 2.31, 6, {0, 0.5, 5, 1}},
      {0.4, 0.93, 5, {0.4, 0.2, 3, 1}},
      {-0.3, 0.3, 7, {-0.3, 0.1, 7, 1}},
      {0, 100000, 3, {0, 50000, 3, 0}},
      {0.001, 0.0042, 5, {0.001, 0.001, 4, 3}},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      WbTicks ticks = wb_ticks (cases[i].minimum, cases[i].maximum, cases[i].at_most);

      g_assert_cmpfloat_with_epsilon (ticks.first, cases[i].expected.first, EPSILON);
      g_assert_cmpfloat_with_epsilon (ticks.step, cases[i].expected.step, EPSILON);
      g_assert_cmpuint (ticks.n, ==, cases[i].expected.n);
      g_assert_cmpuint (ticks.decimals, ==, cases[i].expected.decimals);
    }
}

static void
test_ticks_never_too_many (void)
{
  for (double range = 1e-6; range < 1e9; range *= 1.37)
    for (guint at_most = 2; at_most < 12; at_most++)
      {
        WbTicks ticks = wb_ticks (range / 3, range * 4 / 3, at_most);

        g_assert_cmpuint (ticks.n, <=, at_most);
        g_assert_cmpuint (ticks.n, >=, at_most / 3);
        g_assert_cmpfloat (ticks.first, >=, range / 3 * (1 - EPSILON));
        g_assert_cmpfloat (ticks.first + ticks.step * (ticks.n - 1), <=, range * 4 / 3 * (1 + EPSILON));
      }
}

static void
test_ticks_of_nothing (void)
{
  g_assert_cmpuint (wb_ticks (2, 2, 5).n, ==, 1);
  g_assert_cmpuint (wb_ticks (NAN, NAN, 5).n, ==, 0);
}

/* A spike of one point among a million must still be seen, and the points must fit the room promised. */
static void
test_decimation_keeps_extremes (void)
{
  const gsize n = 1000000;
  const guint columns = 700;
  g_autofree double *x = g_new (double, n);
  g_autofree double *y = g_new (double, n);
  g_autofree WbPoint *points = g_new (WbPoint, columns * 4);
  double lowest = 0, highest = 0;
  gsize n_points;

  for (gsize i = 0; i < n; i++)
    {
      x[i] = i;
      y[i] = sin (i * 0.001);
    }
  y[345678] = 9;
  y[765432] = -7;

  n_points = wb_decimate (x, y, n, 0, n, columns, points);
  g_assert_cmpuint (n_points, <=, columns * 4);
  g_assert_cmpuint (n_points, >, columns);
  for (gsize i = 0; i < n_points; i++)
    {
      lowest = MIN (lowest, points[i].y);
      highest = MAX (highest, points[i].y);
      g_assert_true (i == 0 || points[i].x > points[i - 1].x);
    }
  g_assert_cmpfloat (highest, ==, 9);
  g_assert_cmpfloat (lowest, ==, -7);
  g_assert_cmpfloat (points[0].x, ==, 0);
  g_assert_cmpfloat (points[n_points - 1].x, ==, n - 1);
}

static void
test_decimation_leaves_few_points_alone (void)
{
  const double x[] = {0, 1, 2, 3, 4};
  const double y[] = {5, NAN, 3, 4, INFINITY};
  WbPoint points[5];

  g_assert_cmpuint (wb_decimate (x, y, 5, 0, 5, 100, points), ==, 3);
  g_assert_cmpfloat (points[0].y, ==, 5);
  g_assert_cmpfloat (points[1].y, ==, 3);
  g_assert_cmpfloat (points[2].x, ==, 3);
}

static void
test_smoothing_has_no_lag_at_the_start (void)
{
  const double y[] = {4, 4, NAN, 4, 8};
  double smooth[5];

  wb_smooth (y, 5, 0.9, smooth);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpfloat_with_epsilon (smooth[i], 4, EPSILON);
  g_assert_cmpfloat (smooth[4], >, 4);
  g_assert_cmpfloat (smooth[4], <, 6);
}

static void
test_labels_do_not_overlap (void)
{
  double centres[] = {50, 12, 51, 49, 98};

  wb_place_labels (centres, 5, 18, 0, 100);
  g_assert_cmpfloat (centres[1], <, centres[3]);
  g_assert_cmpfloat (centres[3], <, centres[0]);
  g_assert_cmpfloat (centres[0], <, centres[2]);
  g_assert_cmpfloat (centres[2], <, centres[4]);
  for (guint i = 0; i < 5; i++)
    {
      g_assert_cmpfloat (centres[i], >=, 9 - EPSILON);
      g_assert_cmpfloat (centres[i], <=, 91 + EPSILON);
      for (guint j = 0; j < i; j++)
        g_assert_cmpfloat (fabs (centres[i] - centres[j]), >=, 18 - EPSILON);
    }
}

static void
test_nearest (void)
{
  const double x[] = {0, 1, 2, 4};

  g_assert_cmpuint (wb_nearest (x, 4, -5), ==, 0);
  g_assert_cmpuint (wb_nearest (x, 4, 1.4), ==, 1);
  g_assert_cmpuint (wb_nearest (x, 4, 1.6), ==, 2);
  g_assert_cmpuint (wb_nearest (x, 4, 9), ==, 3);
  g_assert_cmpuint (wb_nearest (x, 1, 9), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chart/ticks/are-round", test_ticks_are_round);
  g_test_add_func ("/chart/ticks/never-too-many", test_ticks_never_too_many);
  g_test_add_func ("/chart/ticks/of-nothing", test_ticks_of_nothing);
  g_test_add_func ("/chart/decimation/keeps-extremes", test_decimation_keeps_extremes);
  g_test_add_func ("/chart/decimation/leaves-few-points-alone", test_decimation_leaves_few_points_alone);
  g_test_add_func ("/chart/smoothing/has-no-lag-at-the-start", test_smoothing_has_no_lag_at_the_start);
  g_test_add_func ("/chart/labels/do-not-overlap", test_labels_do_not_overlap);
  g_test_add_func ("/chart/nearest", test_nearest);
  return g_test_run ();
}
