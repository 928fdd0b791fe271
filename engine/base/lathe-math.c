/* lathe-math.c: those of the elementary functions that are not called for each number.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-math.h"

double
lathe_log (double x)
{
  double y = x > 0 ? lathe_logarithm (x, 0) : x == 0 ? -INFINITY : NAN;

  return x < INFINITY ? y : x;
}

/* By repeated squaring. */
static double
whole_power (double x, guint64 n)
{
  double power = 1;

  for (; n > 0; n >>= 1, x *= x)
    power *= n & 1 ? x : 1;
  return power;
}

/**
 * lathe_pow:
 * @x: any number for a whole y, else not below 0
 * @y: not below 0
 *
 * Returns: xʸ, as well as the last places of x and y tell it: some y, or 4 · |log xʸ|, units in the last place off
 */
double
lathe_pow (double x, double y)
{
  if (y < 0x1p53 && y == floor (y))
    return whole_power (x, (guint64) y);
  return lathe_exp (y * lathe_log (x));
}

/**
 * lathe_cos_pi:
 *
 * Returns: the cosine of πx; of a whole number it is exactly 1 or -1, and between two exactly 0
 */
double
lathe_cos_pi (double x)
{
  double turn = fmod (fabs (x), 2), a = turn > 1 ? 2 - turn : turn; /* none of this rounds */
  double b = a > 0.5 ? 1 - a : a, c = 0.5 - b, z = b * b, y = c * c, z2 = z * z, y2 = y * y;
  /* (cos πb - 1) / b²; 2⁻⁷⁵ */
  double cosine =
      ((-0x1.3bd3cc9be45dep+2 + z * 0x1.03c1f081b5ac4p+2) + z2 * (-0x1.55d3c7e3cbfefp+0 + z * 0x1.e1f5068919cd3p-3)) +
      z2 * z2 *
          ((-0x1.a6d1f29f3f5fap-6 + z * 0x1.f9d3856ddbfdfp-10) +
           z2 * (-0x1.b6dd82abbda29p-14 + z * 0x1.1e2f8997a0193p-18));
  /* (sin πc / c - π) / c²; 2⁻⁶⁸; and π's low half is added there */
  double sine =
      ((-0x1.4abbce625be53p+2 + y * 0x1.466bc6775aadbp+1) + y2 * (-0x1.32d2cce62ade5p-1 + y * 0x1.50783485eeb5fp-4)) +
      y2 * y2 * ((-0x1.e3074b7df659dp-8 + y * 0x1.e8eef00ad685bp-12) - y2 * 0x1.6c63cbc145112p-16);
  double positive = b <= 0.25 ? 1 + z * cosine : c * G_PI + c * (y * sine + 0x1.1a62633145c07p-53);

  return a > 0.5 ? -positive : positive;
}
