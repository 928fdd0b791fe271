/* test-chart.c: what the charts promise about their geometry.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib.h>
#include <math.h>

#include "wb-chart-geometry.h"
#include "wb-chart-pyramid.h"

#define EPSILON 1e-9

static WbPyramid *
pyramid_of (const double *y, gsize n)
{
  WbPyramid *pyramid = wb_pyramid_new ();

  wb_pyramid_grow (pyramid, y, n);
  return pyramid;
}

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
test_ticks_give_a_scale (void)
{
  WbTicks few = wb_ticks_of_scale (0, 0.0485, 2), many = wb_ticks_of_scale (0, 0.0485, 5);

  g_assert_cmpuint (wb_ticks (0, 0.0485, 2).n, ==, 1);
  g_assert_cmpuint (few.n, ==, 3);
  g_assert_cmpfloat_with_epsilon (few.step, 0.02, EPSILON);
  g_assert_cmpuint (many.n, ==, wb_ticks (0, 0.0485, 5).n);
  for (double range = 0.011; range < 1100; range *= 1.07)
    g_assert_cmpuint (wb_ticks_of_scale (0, range, 2).n, >=, 2);
}

static void
test_ticks_of_nothing (void)
{
  g_assert_cmpuint (wb_ticks (2, 2, 5).n, ==, 1);
  g_assert_cmpuint (wb_ticks (NAN, NAN, 5).n, ==, 0);
}

static void
test_log_ticks_are_round (void)
{
  static const struct
  {
    double minimum, maximum;
    guint at_most, n;
    double expected[8];
  } cases[] = {
      {0.15, 2.3, 8, 4, {0.2, 0.5, 1, 2}},    {0.1, 10, 7, 7, {0.1, 0.2, 0.5, 1, 2, 5, 10}},
      {0.1, 10, 6, 3, {0.1, 1, 10}},          {1e-6, 1, 7, 7, {1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1}},
      {1e-6, 1, 4, 4, {1e-6, 1e-4, 1e-2, 1}}, {0.61, 0.79, 5, 3, {0.65, 0.7, 0.75}},
      {0.9, 1.15, 3, 3, {0.9, 1.0, 1.1}},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double ticks[8];
      guint n = wb_log_ticks (cases[i].minimum, cases[i].maximum, cases[i].at_most, ticks);

      g_assert_cmpuint (n, ==, cases[i].n);
      for (guint k = 0; k < n; k++)
        g_assert_cmpfloat_with_epsilon (ticks[k] / cases[i].expected[k], 1, EPSILON);
    }
}

static void
test_log_ticks_never_too_many (void)
{
  for (double low = 1e-12; low < 1e6; low *= 3.7)
    for (double ratio = 1.001; ratio < 1e15; ratio *= 2.3)
      for (guint at_most = 2; at_most < 12; at_most++)
        {
          double ticks[12];
          guint n = wb_log_ticks (low, low * ratio, at_most, ticks);

          g_assert_cmpuint (n, <=, at_most);
          g_assert_cmpuint (n, >, 0);
          for (guint i = 0; i < n; i++)
            {
              g_assert_cmpfloat (ticks[i], >=, low * (1 - EPSILON));
              g_assert_cmpfloat (ticks[i], <=, low * ratio * (1 + EPSILON));
              g_assert_true (i == 0 || ticks[i] > ticks[i - 1]);
            }
        }
}

static void
test_log_ticks_of_nothing (void)
{
  double ticks[4];

  g_assert_cmpuint (wb_log_ticks (0, 1, 4, ticks), ==, 0);
  g_assert_cmpuint (wb_log_ticks (1, 1, 4, ticks), ==, 0);
  g_assert_cmpuint (wb_log_ticks (NAN, NAN, 4, ticks), ==, 0);
}

static void
test_zoom_keeps_its_place (void)
{
  const WbRange whole = {0, 100};
  WbRange range = wb_range_zoom (whole, whole, 25, 0.5);

  g_assert_cmpfloat_with_epsilon (range.from, 12.5, EPSILON);
  g_assert_cmpfloat_with_epsilon (range.to, 62.5, EPSILON);
  range = wb_range_zoom (range, whole, 25, 2);
  g_assert_cmpfloat_with_epsilon (range.from, 0, EPSILON);
  g_assert_cmpfloat_with_epsilon (range.to, 100, EPSILON);
}

static void
test_range_stays_within_the_whole (void)
{
  const WbRange whole = {0, 100};
  WbRange range = wb_range_zoom ((WbRange){80, 100}, whole, 80, 2);

  g_assert_cmpfloat_with_epsilon (range.from, 60, EPSILON);
  g_assert_cmpfloat_with_epsilon (range.to, 100, EPSILON);
  range = wb_range_move ((WbRange){60, 80}, whole, 50);
  g_assert_cmpfloat_with_epsilon (range.from, 80, EPSILON);
  g_assert_cmpfloat_with_epsilon (range.to, 100, EPSILON);
  range = wb_range_move ((WbRange){60, 80}, whole, -90);
  g_assert_cmpfloat_with_epsilon (range.from, 0, EPSILON);
  g_assert_cmpfloat_with_epsilon (range.to, 20, EPSILON);
  range = wb_range_zoom (whole, whole, 50, 1e-30);
  g_assert_cmpfloat_with_epsilon (range.to - range.from, 1e-4, EPSILON);
}

static void
test_range_follows_the_newest (void)
{
  const WbRange whole = {0, 10}, longer = {0, 20};
  WbRange range = wb_range_follow (whole, whole, longer, 5, 6);

  g_assert_cmpfloat (range.to, ==, 20); /* showed all, shows all */
  range = wb_range_follow ((WbRange){2, 4}, whole, whole, 5, 6);
  g_assert_cmpfloat (range.from, ==, 2); /* showed what has gone by, stays there */
  g_assert_cmpfloat (range.to, ==, 4);
  range = wb_range_follow ((WbRange){3, 5}, whole, whole, 4, 4.5);
  g_assert_cmpfloat (range.to, ==, 5); /* has room for it */
  range = wb_range_follow ((WbRange){3, 5}, whole, whole, 4.5, 6);
  g_assert_cmpfloat (range.from, ==, 4); /* goes on to it, as wide as it was */
  g_assert_cmpfloat (range.to, ==, 6);
  range = wb_range_follow ((WbRange){3, 5}, whole, whole, 4.5, 1);
  g_assert_cmpfloat (range.from, ==, 0); /* another training begins */
  g_assert_cmpfloat (range.to, ==, 10);
  range = wb_range_follow ((WbRange){3, 5}, whole, whole, 4.5, NAN);
  g_assert_cmpfloat (range.to, ==, 10);
  range = wb_range_follow ((WbRange){8, 10}, whole, (WbRange){0, 9}, 5, 9);
  g_assert_cmpfloat (range.from, ==, 7); /* there is less than there was */
  g_assert_cmpfloat (range.to, ==, 9);
}

/* Random values with steps of all sizes, holes and zeros: every span must be the one that is found by looking at all.
 */
static void
test_pyramid_is_exact (void)
{
  const gsize n = 70000;
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  g_autofree double *y = g_new (double, n);

  for (gsize i = 0; i < n; i++)
    y[i] = g_rand_int_range (random, 0, 9) ? floor (g_rand_double_range (random, -40, 400)) / 8 : NAN;
  for (guint positive = 0; positive < 2; positive++)
    {
      g_autoptr (WbPyramid) pyramid = wb_pyramid_new ();
      gsize grown = 0, left_out = 0;

      /* Once it is said before the values are known, once after. */
      if (positive)
        wb_pyramid_set_positive (pyramid, NULL, TRUE);
      while (grown < n)
        {
          grown += (gsize) g_rand_int_range (random, 1, 3000);
          grown = MIN (n, grown);
          wb_pyramid_grow (pyramid, y, grown);
        }
      if (positive)
        wb_pyramid_set_positive (pyramid, y, FALSE);
      wb_pyramid_set_positive (pyramid, y, positive);
      for (gsize i = 0; i < n; i++)
        left_out += positive && y[i] <= 0;
      g_assert_cmpuint (wb_pyramid_count_left_out (pyramid), ==, left_out);

      for (guint round = 0; round < 300; round++)
        {
          gsize from = (gsize) g_rand_int_range (random, 0, (int) n);
          gsize to = (gsize) g_rand_int_range (random, (int) from, (int) MIN (n, from + (1u << (round % 17))) + 1);
          WbSpan span = wb_pyramid_get_span (pyramid, y, from, to);
          WbSpan expected = {INFINITY, -INFINITY, n, n, n, n};

          for (gsize i = from; i < to; i++)
            if (isfinite (y[i]) && (!positive || y[i] > 0))
              {
                expected.first = MIN (expected.first, i);
                expected.last = i;
                expected.lowest = y[i] < expected.low ? i : expected.lowest;
                expected.highest = y[i] > expected.high ? i : expected.highest;
                expected.low = MIN (expected.low, y[i]);
                expected.high = MAX (expected.high, y[i]);
              }
          g_assert_true (wb_span_is_empty (&span) == (expected.low > expected.high));
          if (wb_span_is_empty (&span))
            continue;
          g_assert_cmpuint (span.first, ==, expected.first);
          g_assert_cmpuint (span.last, ==, expected.last);
          g_assert_cmpuint (span.lowest, ==, expected.lowest);
          g_assert_cmpuint (span.highest, ==, expected.highest);
          g_assert_cmpfloat (span.low, ==, expected.low);
          g_assert_cmpfloat (span.high, ==, expected.high);
        }
    }
}

/* The same, column by column, as if each point were looked at. */
static gsize
decimate_plainly (const double *x, const double *y, gsize n, double x0, double x1, guint columns, WbPoint *points)
{
  gsize written = 0;
  gssize before = -1, after = -1;

  for (gsize i = 0; i < n; i++)
    if (isfinite (y[i]) && x[i] < x0)
      before = (gssize) i;
    else if (isfinite (y[i]) && x[i] > x1 && after < 0)
      after = (gssize) i;
  if (before >= 0)
    points[written++] = (WbPoint){x[before], y[before]};
  for (guint c = 0; c < columns; c++)
    {
      gsize kept[4] = {0}, n_kept = 0;

      for (gsize i = 0; i < n; i++)
        {
          if (!isfinite (y[i]) || x[i] < x0 || x[i] > x1 ||
              (guint) MIN (floor ((x[i] - x0) * (columns / (x1 - x0))), columns - 1) != c)
            continue;
          if (!n_kept++)
            kept[0] = kept[1] = kept[2] = i;
          kept[1] = y[i] < y[kept[1]] ? i : kept[1];
          kept[2] = y[i] > y[kept[2]] ? i : kept[2];
          kept[3] = i;
        }
      for (gsize i = 0; n_kept && i < n; i++)
        if (i == kept[0] || i == kept[1] || i == kept[2] || i == kept[3])
          points[written++] = (WbPoint){x[i], y[i]};
    }
  if (after >= 0)
    points[written++] = (WbPoint){x[after], y[after]};
  return written;
}

static void
test_decimation_is_exact (void)
{
  const gsize n = 20000;
  g_autoptr (GRand) random = g_rand_new_with_seed (8);
  g_autofree double *x = g_new (double, n);
  g_autofree double *y = g_new (double, n);
  g_autoptr (WbPyramid) pyramid = NULL;

  for (gsize i = 0; i < n; i++)
    {
      /* Values of x come in heaps and with gaps. */
      x[i] = (i ? x[i - 1] : 0) + (g_rand_int_range (random, 0, 50) ? g_rand_double (random) : 400);
      y[i] = g_rand_int_range (random, 0, 20) ? floor (g_rand_double_range (random, -9, 9) * 4) : NAN;
    }
  pyramid = pyramid_of (y, n);
  for (guint round = 0; round < 40; round++)
    {
      guint columns = (guint) g_rand_int_range (random, 1, 90);
      double x0 = x[g_rand_int_range (random, 0, (int) n - 1)] + (round % 2 ? 0.1 : 0);
      double x1 = round % 5 ? x0 + g_rand_double_range (random, 1, 1 << (round % 18)) : x[n - 1] + 5;
      g_autofree WbPoint *points = g_new (WbPoint, columns * 4 + 2);
      g_autofree WbPoint *expected = g_new (WbPoint, columns * 4 + 2);
      gsize n_points = wb_decimate (pyramid, x, y, x0, x1, columns, points);

      g_assert_cmpuint (n_points, ==, decimate_plainly (x, y, n, x0, x1, columns, expected));
      for (gsize i = 0; i < n_points; i++)
        {
          g_assert_cmpfloat (points[i].x, ==, expected[i].x);
          g_assert_cmpfloat (points[i].y, ==, expected[i].y);
        }
    }
}

/* A spike of one point among a million must still be seen, and the points must fit the room promised. */
static void
test_decimation_keeps_extremes (void)
{
  const gsize n = 1000000;
  const guint columns = 700;
  g_autofree double *x = g_new (double, n);
  g_autofree double *y = g_new (double, n);
  g_autofree WbPoint *points = g_new (WbPoint, columns * 4 + 2);
  g_autoptr (WbPyramid) pyramid = NULL;
  double lowest = 0, highest = 0;
  gsize n_points;

  for (gsize i = 0; i < n; i++)
    {
      x[i] = i;
      y[i] = sin (i * 0.001);
    }
  y[345678] = 9;
  y[765432] = -7;

  pyramid = pyramid_of (y, n);
  n_points = wb_decimate (pyramid, x, y, 0, n, columns, points);
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
  g_autoptr (WbPyramid) pyramid = pyramid_of (y, 5);
  WbPoint points[5];

  g_assert_cmpuint (wb_decimate (pyramid, x, y, 0, 5, 100, points), ==, 3);
  g_assert_cmpfloat (points[0].y, ==, 5);
  g_assert_cmpfloat (points[1].y, ==, 3);
  g_assert_cmpfloat (points[2].x, ==, 3);
}

static void
test_smoothing_has_no_lag_at_the_start (void)
{
  const double y[] = {4, 4, NAN, 4, 8};
  WbSmoother smoother = {.weight = 0.9};
  double smooth[5];

  wb_smooth (&smoother, y, 5, smooth);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpfloat_with_epsilon (smooth[i], 4, EPSILON);
  g_assert_cmpfloat (smooth[4], >, 4);
  g_assert_cmpfloat (smooth[4], <, 6);
}

static void
test_smoothing_goes_on (void)
{
  WbSmoother at_once = {.weight = 0.8}, in_parts = {.weight = 0.8};
  double y[300], expected[300], smooth[300];

  for (guint i = 0; i < 300; i++)
    y[i] = i % 11 ? sin (i) : NAN;
  wb_smooth (&at_once, y, 300, expected);
  for (guint i = 0, part = 1; i < 300; i += part, part = MIN (part + 3, 300 - i))
    wb_smooth (&in_parts, y + i, part, smooth + i);
  for (guint i = 1; i < 300; i++)
    g_assert_cmpfloat (smooth[i], ==, expected[i]);
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
  g_test_add_func ("/chart/ticks/scale", test_ticks_give_a_scale);
  g_test_add_func ("/chart/ticks/of-nothing", test_ticks_of_nothing);
  g_test_add_func ("/chart/log-ticks/are-round", test_log_ticks_are_round);
  g_test_add_func ("/chart/log-ticks/never-too-many", test_log_ticks_never_too_many);
  g_test_add_func ("/chart/log-ticks/of-nothing", test_log_ticks_of_nothing);
  g_test_add_func ("/chart/range/zoom-keeps-its-place", test_zoom_keeps_its_place);
  g_test_add_func ("/chart/range/stays-within-the-whole", test_range_stays_within_the_whole);
  g_test_add_func ("/chart/range/follows-the-newest", test_range_follows_the_newest);
  g_test_add_func ("/chart/pyramid/is-exact", test_pyramid_is_exact);
  g_test_add_func ("/chart/decimation/is-exact", test_decimation_is_exact);
  g_test_add_func ("/chart/decimation/keeps-extremes", test_decimation_keeps_extremes);
  g_test_add_func ("/chart/decimation/leaves-few-points-alone", test_decimation_leaves_few_points_alone);
  g_test_add_func ("/chart/smoothing/has-no-lag-at-the-start", test_smoothing_has_no_lag_at_the_start);
  g_test_add_func ("/chart/smoothing/goes-on", test_smoothing_goes_on);
  g_test_add_func ("/chart/labels/do-not-overlap", test_labels_do_not_overlap);
  g_test_add_func ("/chart/nearest", test_nearest);
  return g_test_run ();
}
