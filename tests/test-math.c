/* test-math.c: the elementary functions are nearly as exact as doubles can be, and have the same bits everywhere.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "base/lathe-math.h"
#include "lathe.h"

#define N_POINTS 200000
#define PI 3.14159265358979323846264338327950288L

static long double
precise_cos_pi (long double x)
{
  long double turn = fmodl (fabsl (x), 2);

  return sinl (PI * (0.5L - (turn > 1 ? 2 - turn : turn)));
}

typedef struct
{
  const char *name;
  double (*ours) (double x);
  long double (*precise) (long double x);
  double from, to;
  double ulps;  /* how far off it may be */
  guint64 bits; /* a checksum of what it makes of many numbers */
} Function;

static const Function functions[] = {
    {"exp", lathe_exp, expl, -746, 710, 1, 0xaf8794a4655d927b},
    {"expm1", lathe_expm1, expm1l, -60, 710, 2.1, 0xbbc8fc43c386179a},
    {"log", lathe_log, logl, 1e-300, 1e300, 0.9, 0x56a9e2fe8329a7b8},
    {"log1p", lathe_log1p, log1pl, -1, 1e300, 0.9, 0xe7c96f62c3d9449f},
    {"tanh", lathe_tanh, tanhl, -25, 25, 2.7, 0xeff614973437692f},
    {"erfc", lathe_erfc, erfcl, -7, 27.5, 7.1, 0xe9e88a9a8ec90a9a},
    {"cos-pi", lathe_cos_pi, precise_cos_pi, -70, 70, 1.7, 0x5323ff12748dc7d6},
};

/* What one step in the last place of a double near x is worth. */
static long double
last_place (long double x)
{
  return x == 0 ? 0x1p-1074L : ldexpl (1, MAX (ilogbl (x), -1022) - 52);
}

static double
worst_error (const Function *function, double from, double to)
{
  double worst = 0;

  for (guint i = 0; i <= N_POINTS; i++)
    {
      double x = from + i * ((to - from) / N_POINTS), ours = function->ours (x);
      long double precise = function->precise (x);
      double error = isinf ((double) precise) && ours == (double) precise
                         ? 0
                         : (double) (fabsl (ours - precise) / last_place (precise));

      if (!(error <= worst))
        worst = error;
    }
  return worst;
}

/* Over all that the function is made for, over where it bends most, and next to where it is 0 or 1. */
static void
test_errors_are_small (gconstpointer data)
{
  const Function *function = data;
  const double most[] = {INFINITY, 30, 3, 1, 0.1, 1e-8};

  for (guint i = 0; i < G_N_ELEMENTS (most); i++)
    for (int middle = 0; middle <= 1; middle++)
      {
        double from = MAX (function->from, middle - most[i]), to = MIN (function->to, middle + most[i]);
        double worst = worst_error (function, from, to);

        g_test_message ("%s from %g to %g: %.3f units in the last place", function->name, from, to, worst);
        g_assert_cmpfloat (worst, <=, function->ulps);
      }
}

static void
add_bits (guint64 *sum, double y)
{
  *sum = (*sum ^ (isnan (y) ? 0 : lathe_bits_of (y))) * 0x100000001b3u;
  *sum ^= *sum >> 29;
}

/* Numbers of every size and sign, as their bits fall, and a run of those that networks have. No cosine of a number
 * beyond 2⁵³ is left out: each of those is an even number, and has 1. */
static void
test_bits_are_the_promise (gconstpointer data)
{
  const Function *function = data;
  guint64 sum = 0xcbf29ce484222325u;

  for (guint64 i = 0; i < N_POINTS; i++)
    {
      add_bits (&sum, function->ours (lathe_double_of (i * 0x9e3779b97f4a7c15u)));
      add_bits (&sum, function->ours (((double) i - N_POINTS / 2) * 0x1p-12));
    }
  g_test_message ("%s: 0x%016" G_GINT64_MODIFIER "x", function->name, sum);
  g_assert_cmphex (sum, ==, function->bits);
}

static void
assert_same (double ours, double expected)
{
  g_assert_true (isnan (expected) ? isnan (ours) : lathe_bits_of (ours) == lathe_bits_of (expected));
}

static void
test_special_values (void)
{
  static const double special[] = {-INFINITY, -0.0, 0, INFINITY, NAN};
  static const struct
  {
    double (*ours) (double x);
    double of[G_N_ELEMENTS (special)];
  } rows[] = {
      {lathe_exp, {0, 1, 1, INFINITY, NAN}},
      {lathe_expm1, {-1, -0.0, 0, INFINITY, NAN}},
      {lathe_log, {NAN, -INFINITY, -INFINITY, INFINITY, NAN}},
      {lathe_log1p, {NAN, -0.0, 0, INFINITY, NAN}},
      {lathe_tanh, {-1, -0.0, 0, 1, NAN}},
      {lathe_erfc, {2, 1, 1, 0, NAN}},
      {lathe_cos_pi, {NAN, 1, 1, NAN, NAN}},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (guint j = 0; j < G_N_ELEMENTS (special); j++)
      assert_same (rows[i].ours (special[j]), rows[i].of[j]);
}

/* The largest and least numbers that come out, and what lies beyond them. */
static void
test_ends (void)
{
  assert_same (lathe_exp (0x1.62e42fefa39f0p+9), INFINITY);
  g_assert_true (isfinite (lathe_exp (0x1.62e42fefa39efp+9)));
  assert_same (lathe_exp (-745.2), 0);
  assert_same (lathe_exp (-745.1), 0x1p-1074);
  assert_same (lathe_expm1 (-40), -1);
  assert_same (lathe_expm1 (0x1p-1074), 0x1p-1074);
  assert_same (lathe_log (1), 0);
  assert_same (lathe_log (-0x1p-1074), NAN);
  assert_same (lathe_log1p (-1), -INFINITY);
  assert_same (lathe_log1p (-0x1p-1074), -0x1p-1074);
  assert_same (lathe_tanh (-30), -1);
  assert_same (lathe_erfc (-7), 2);
  assert_same (lathe_erfc (28), 0);
  assert_same (lathe_cos_pi (0.5), 0);
  assert_same (lathe_cos_pi (-1), -1);
  assert_same (lathe_cos_pi (0x1p53 - 1), -1);
}

static void
test_powers (void)
{
  assert_same (lathe_pow (0.75, 0), 1);
  assert_same (lathe_pow (0.75, 1), 0.75);
  assert_same (lathe_pow (-1.5, 3), -3.375);
  assert_same (lathe_pow (0, 2), 0);
  assert_same (lathe_pow (0, 0.5), 0);
  assert_same (lathe_pow (3, 33), 5559060566555523);
  assert_same (lathe_pow (0.999, 1e9), 0);
  for (guint n = 1; n < 20000; n++)
    {
      double precise = (double) powl (0.999, n), between = (double) powl (0.999, n - 0.5L);

      g_assert_cmpfloat (fabs (lathe_pow (0.999, n) / precise - 1), <, (n + 1) * 0x1p-53);
      g_assert_cmpfloat (fabs (lathe_pow (0.999, n - 0.5) / between - 1), <, (4 - 4 * log (between)) * 0x1p-53);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++)
    {
      g_autofree char *errors = g_strconcat ("/math/errors/", functions[i].name, NULL);
      g_autofree char *bits = g_strconcat ("/math/bits/", functions[i].name, NULL);

      g_test_add_data_func (errors, &functions[i], test_errors_are_small);
      g_test_add_data_func (bits, &functions[i], test_bits_are_the_promise);
    }
  g_test_add_func ("/math/special-values", test_special_values);
  g_test_add_func ("/math/ends", test_ends);
  g_test_add_func ("/math/powers", test_powers);
  return g_test_run ();
}
