/* lathe-math.h: the elementary functions, the same to the last bit on every machine.
 *
 * IEEE 754 says how +, -, ×, ÷ and √ round, and of exp() it says nothing: each C library has its own, and glibc one for
 * each kind of CPU. These are made of the four operations alone, in an order that is laid down here. So they are the
 * same everywhere, as long as the compiler does not fuse a product and a sum: it is told not to (-ffp-contract=off),
 * but for the kernels of an instruction set, whose bits are their own.
 *
 * Every choice is a select, and what is called for each number stands in this header: the compiler makes vectors of the
 * loop around it.
 *
 * The polynomials were found by Remez's exchange in 300 bits and rounded to double precision; the comment at each gives
 * what is left between it and its function. With the rounding on the way, errors in units in the last place are at
 * most: exp 1, expm1 2.1, log 0.9, log1p 0.9, tanh 2.7, erfc 7.1, cos_pi 1.7.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>
#include <math.h>
#include <string.h>

G_BEGIN_DECLS

double lathe_log (double x);
double lathe_pow (double x, double y);
double lathe_cos_pi (double x);

#define LATHE_LOG2_E 0x1.71547652b82fep+0
#define LATHE_LN2_HIGH 0x1.62e42fefa3800p-1 /* 42 bits: its product with an exponent is exact */
#define LATHE_LN2_LOW 0x1.ef35793c76730p-45
#define LATHE_ONE_BITS 0x3ff0000000000000u
#define LATHE_SQRT_HALF_BITS 0x3fe6a09e667f3bcdu
#define LATHE_FRACTION_BITS 0x000fffffffffffffu

static inline guint64
lathe_bits_of (double x)
{
  guint64 bits;

  memcpy (&bits, &x, sizeof bits);
  return bits;
}

static inline double
lathe_double_of (guint64 bits)
{
  double x;

  memcpy (&x, &bits, sizeof x);
  return x;
}

/* --- Exponentials --- */

/* 2ⁿ · (1 + rest), where 2ⁿ = low · high: two numbers also where 2ⁿ is beyond the numbers. */
typedef struct
{
  double rest, low, high;
  double inverse; /* of high */
} LatheExponential;

/* To add and take away again rounds to a whole number n, and leaves n + 2046 in the last bits: twice the bias of an
 * exponent, so that either half of it is the biased exponent of half of n. */
#define LATHE_ROUNDER (0x1.8p52 + 2046)

/* e^(x + tail), for x in -1400 … 1400 and a tail below x's last place. */
static inline LatheExponential
lathe_exponential (double x, double tail)
{
  double shifted = x * LATHE_LOG2_E + LATHE_ROUNDER, n = shifted - LATHE_ROUNDER;
  guint64 exponent = lathe_bits_of (shifted) & 0xfff, half = exponent >> 1;
  double r = (x - n * LATHE_LN2_HIGH) + (tail - n * LATHE_LN2_LOW), r2 = r * r, r4 = r2 * r2;
  /* (eʳ - 1 - r) / r² for |r| up to ln 2 / 2; 2⁻⁶⁴ */
  double p =
      ((0x1.0000000000000p-1 + r * 0x1.555555555555cp-3) + r2 * (0x1.555555555555ep-5 + r * 0x1.111111110eb94p-7)) +
      r4 * (((0x1.6c16c16c1353fp-10 + r * 0x1.a01a01b3c73bdp-13) +
             r2 * (0x1.a01a01b468368p-16 + r * 0x1.71ddef7518ceep-19)) +
            r4 * ((0x1.27e4bf0e25472p-22 + r * 0x1.af6d031ffc4dcp-26) + r2 * 0x1.1f9e1ebd9faafp-29));

  return (LatheExponential){
      .rest = r + r2 * p,
      .low = lathe_double_of (half << 52),
      .high = lathe_double_of ((exponent - half) << 52),
      .inverse = lathe_double_of ((2046 - (exponent - half)) << 52),
  };
}

static inline double
lathe_exp (double x)
{
  double below = x > 710 ? 710 : x, inside = below < -746 ? -746 : below;
  LatheExponential e = lathe_exponential (inside, 0);

  return (1 + e.rest) * e.low * e.high;
}

/* eˣ - 1, which keeps its digits where x is nearly 0. */
static inline double
lathe_expm1 (double x)
{
  double below = x > 710 ? 710 : x, inside = below < -64 ? -64 : below;
  LatheExponential e = lathe_exponential (inside, 0);

  return copysign ((e.rest * e.low + (e.low - e.inverse)) * e.high, x);
}

static inline double
lathe_tanh (double x)
{
  double size = fabs (x), t = lathe_expm1 (2 * (size > 22 ? 22 : size));

  return copysign (t / (t + 2), x);
}

/* 1 - erf (x), which keeps its digits where that is nearly 0: e^(-x²) · q ((x - 4) / (x + 4)) / (1 + 2x), the way of
 * Shepherd & Laframboise 1981. */
static inline double
lathe_erfc (double x)
{
  double size = fabs (x), a = size > 27.5 ? 27.5 : size;
  double a_high = lathe_double_of (lathe_bits_of (a) & ~(guint64) 0x7ffffff), a_low = a - a_high;
  double square = a * a, missing = ((a_high * a_high - square) + 2 * a_high * a_low) + a_low * a_low;
  LatheExponential e = lathe_exponential (-square, -missing);
  double t = (a - 4) / (a + 4), u = t * t, u2 = u * u, u4 = u2 * u2;
  /* q for a from 0 to 27.5; 2⁻⁵⁹ */
  double even =
      ((0x1.3ba5916e9fd7fp+0 + u * 0x1.f7f5df66fd6ebp-7) + u2 * (-0x1.9ddb23c3e8a34p-4 - u * 0x1.0fb06dfe5404bp-4)) +
      u4 * (((-0x1.09623882cfb06p-6 - u * 0x1.8d4a9c2513998p-11) +
             u2 * (0x1.3be069ba2a49ep-13 - u * 0x1.788d8563b15e9p-17)) +
            u4 * ((0x1.3bd1e3fd49cd5p-22 + u * 0x1.3e3c18ca3de79p-24) +
                  u2 * (-0x1.2b593000f1fa9p-26 + u * 0x1.c5d05b9d70a30p-30)));
  double odd =
      ((-0x1.1df1ad154a28fp-3 + u * 0x1.16ecefcfa54a9p-4) + u2 * (0x1.7fee004e0fd20p-4 + u * 0x1.3079edf6d745cp-5)) +
      u4 * (((0x1.49c6726e0c822p-8 - u * 0x1.a1df1537327e5p-13) +
             u2 * (-0x1.995aecb968f77p-16 + u * 0x1.7f35b0472657ep-18)) +
            u4 * ((-0x1.bb7fb163d34ccp-21 + u * 0x1.da4851cd3aacap-24) +
                  u2 * (-0x1.e463c72789c10p-27 + u * 0x1.47c9333756d86p-30)));
  double y = (1 + e.rest) * ((even + t * odd) / (1 + 2 * a)) * e.low * e.high;

  return x < 0 ? 2 - y : y;
}

/* --- Logarithms --- */

/* log (x + more), for x above 0 and `more` below its last place: Tang's log (1 + f) = f - s · (f - R), s = f / (2 + f),
 * as fdlibm adds it up. */
static inline double
lathe_logarithm (double x, double more)
{
  gboolean tiny = x < 0x1p-1022;
  guint64 bits = lathe_bits_of (tiny ? x * 0x1p54 : x) + (LATHE_ONE_BITS - LATHE_SQRT_HALF_BITS);
  double n = lathe_double_of (bits >> 52 | 0x4330000000000000u) - (tiny ? 0x1p52 + 1023 + 54 : 0x1p52 + 1023);
  double f = lathe_double_of ((bits & LATHE_FRACTION_BITS) + LATHE_SQRT_HALF_BITS) - 1; /* √½ - 1 … √2 - 1 */
  double s = f / (2 + f), z = s * s, z2 = z * z, half = 0.5 * f * f;
  /* (log ((1 + s) / (1 - s)) - 2s) / s; 2⁻⁵⁹ */
  double r =
      z *
      (((0x1.5555555555593p-1 + z * 0x1.999999997fb31p-2) + z2 * (0x1.2492494217a46p-2 + z * 0x1.c71c51e7f5845p-3)) +
       z2 * z2 * ((0x1.7466462cdedfap-3 + z * 0x1.39a0f4faf5db3p-3) + z2 * 0x1.2f0d8edcbf358p-3));

  return n * LATHE_LN2_HIGH - ((half - (s * (half + r) + (n * LATHE_LN2_LOW + more / x))) - f);
}

/* log (1 + x), which keeps its digits where x is nearly 0. */
static inline double
lathe_log1p (double x)
{
  double a = x > G_MAXDOUBLE ? G_MAXDOUBLE : x, u = 1 + a, more = a < 1 ? a - (u - 1) : 1 - (u - a);
  double beyond = x < INFINITY ? (x >= -1 ? 0 : NAN) : x;
  double y = lathe_logarithm (u, more) + beyond;

  return copysign (u == 0 ? -INFINITY : y, x);
}

G_END_DECLS
