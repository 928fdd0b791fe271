/* lathe-numbers.c: the numbers that files of tensors are made of, as they lie there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-numbers.h"

#include <string.h>

G_STATIC_ASSERT (G_BYTE_ORDER == G_LITTLE_ENDIAN); /* as they lie in files and in memory alike */

/**
 * lathe_numbers_size:
 *
 * Returns: bytes of one
 */
gsize
lathe_numbers_size (LatheNumbers numbers)
{
  static const guint8 sizes[LATHE_N_NUMBERS] = {
      [LATHE_NUMBERS_DOUBLE] = 8, [LATHE_NUMBERS_FLOAT] = 4, [LATHE_NUMBERS_HALF] = 2,  [LATHE_NUMBERS_BRAIN] = 2,
      [LATHE_NUMBERS_INT64] = 8,  [LATHE_NUMBERS_INT32] = 4, [LATHE_NUMBERS_INT16] = 2, [LATHE_NUMBERS_INT8] = 1,
      [LATHE_NUMBERS_UINT8] = 1,  [LATHE_NUMBERS_BOOL] = 1,
  };

  return sizes[numbers];
}

gboolean
lathe_numbers_are_real (LatheNumbers numbers)
{
  return numbers <= LATHE_NUMBERS_BRAIN;
}

double
lathe_numbers_half (guint16 bits)
{
  guint exponent = bits >> 10 & 31, fraction = bits & 1023;
  GFloatIEEE754 number = {.mpn = {.sign = bits >> 15}};

  if (exponent == 0)
    return (bits >> 15 ? -1.0 : 1.0) * fraction / (1 << 24);
  number.mpn.biased_exponent = exponent == 31 ? 255 : exponent + 127 - 15;
  number.mpn.mantissa = fraction << 13;
  return (double) number.v_float;
}

double
lathe_numbers_brain (guint16 bits)
{
  guint32 whole = (guint32) bits << 16;
  float number;

  memcpy (&number, &whole, sizeof number);
  return (double) number;
}

/**
 * lathe_numbers_get:
 * @bytes: wherever they lie, on no boundary
 * @index: counts numbers
 */
double
lathe_numbers_get (LatheNumbers numbers, const guint8 *bytes, gsize index)
{
  union
  {
    double real;
    float single;
    guint16 bits;
    gint64 i64;
    gint32 i32;
    gint16 i16;
    gint8 i8;
    guint8 u8;
  } number;
  gsize size = lathe_numbers_size (numbers);

  memcpy (&number, bytes + index * size, size);
  switch (numbers)
    {
    case LATHE_NUMBERS_DOUBLE:
      return number.real;
    case LATHE_NUMBERS_FLOAT:
      return (double) number.single;
    case LATHE_NUMBERS_HALF:
      return lathe_numbers_half (number.bits);
    case LATHE_NUMBERS_BRAIN:
      return lathe_numbers_brain (number.bits);
    case LATHE_NUMBERS_INT64:
      return (double) number.i64;
    case LATHE_NUMBERS_INT32:
      return number.i32;
    case LATHE_NUMBERS_INT16:
      return number.i16;
    case LATHE_NUMBERS_INT8:
      return number.i8;
    default:
      return number.u8;
    }
}
