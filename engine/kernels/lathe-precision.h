/* lathe-precision.h: in what numbers a training multiplies.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-kernels.h"

G_BEGIN_DECLS

/* New ones go to the end. */
typedef enum
{
  LATHE_PRECISION_FP32,
  LATHE_PRECISION_BF16, /* what products take is rounded to bfloat16, and sums stay: Micikevicius et al. 2018 */
  LATHE_N_PRECISIONS
} LathePrecision;

const LatheKernels *lathe_kernels_for (LathePrecision precision);
gboolean lathe_precision_is_fast (LathePrecision precision);

G_END_DECLS
