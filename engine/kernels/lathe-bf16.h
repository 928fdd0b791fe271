/* lathe-bf16.h: products in bfloat16: their operands are rounded to eight bits, and what is summed is not.
 *
 * A bfloat16 is the upper half of a float: its range, and 8 of its 24 bits. A product of two of them is exact in single
 * precision; rounding a number, half to even, moves it by 1/256 of the power of two below it at most (Kalamkar et al.
 * 2019, "A Study of BFLOAT16 for Deep Learning Training").
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <math.h>
#include <string.h>

#include "lathe-precision.h"

G_BEGIN_DECLS

/* As the processors do that have an instruction for it: half to even, and what is below 2^-126 is 0. */
static inline LatheReal
lathe_bf16_round (LatheReal x)
{
  float number = (float) x;
  guint32 bits;

  memcpy (&bits, &number, sizeof bits);
  if ((bits & 0x7f800000) == 0)
    bits &= 0x80000000;
  else if (isnan (number))
    bits |= 0x00400000;
  else
    bits += 0x7fff + (bits >> 16 & 1);
  bits &= 0xffff0000;
  memcpy (&number, &bits, sizeof number);
  return number;
}

/* By AVX512-BF16, two products an instruction; only where the CPU has it. */
void lathe_panel_avx512bf16 (const LathePanel *panel);

const LatheKernels *lathe_kernels_bf16 (const LatheKernels *kernels);

G_END_DECLS
