/* lathe-numbers.h: the numbers that files of tensors are made of, as they lie there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  LATHE_NUMBERS_DOUBLE,
  LATHE_NUMBERS_FLOAT,
  LATHE_NUMBERS_HALF,  /* IEEE 754: 5 bits of exponent, 10 of fraction */
  LATHE_NUMBERS_BRAIN, /* bfloat16: the upper half of a float */
  LATHE_NUMBERS_INT64,
  LATHE_NUMBERS_INT32,
  LATHE_NUMBERS_INT16,
  LATHE_NUMBERS_INT8,
  LATHE_NUMBERS_UINT8,
  LATHE_NUMBERS_BOOL,
  LATHE_N_NUMBERS,
} LatheNumbers;

gsize lathe_numbers_size (LatheNumbers numbers);
gboolean lathe_numbers_are_real (LatheNumbers numbers);
double lathe_numbers_get (LatheNumbers numbers, const guint8 *bytes, gsize index);
double lathe_numbers_half (guint16 bits);
double lathe_numbers_brain (guint16 bits);

G_END_DECLS
