/* kernel-checks.h: what the tests of kernels share: numbers that are drawn, and answers that are compared.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "kernels/lathe-kernels.h"
#include "lathe.h"

G_BEGIN_DECLS

#define GUARD 64 /* numbers behind each output that must not change */

/* Draws of one case, in order, and how many of all numbers that came out are not 0: most of an answer that is all
 * zeros would be right by luck. */
typedef struct
{
  LatheRng rng;
  guint32 index;
  gsize alive, n;
} Draws;

guint draw (Draws *draws, guint least, guint most);
LatheReal *draw_numbers (Draws *draws, gsize n); /* whole numbers from -4 to 4 */
LatheReal *copy_numbers (const LatheReal *numbers, gsize n);

void count_alive (Draws *draws, const LatheReal *x, gsize n);
void assert_same (Draws *draws, const LatheReal *a, const LatheReal *b, gsize n);
/* By units in the last place of the larger, or of 1: a difference may cancel. */
void assert_near (const LatheReal *a, const LatheReal *b, gsize n);

/* kernel-optimizers.c */
void check_sgd (const LatheKernels *kernels, Draws *draws);
void check_momentum (const LatheKernels *kernels, Draws *draws);
void check_adam (const LatheKernels *kernels, Draws *draws);
void check_nesterov (const LatheKernels *kernels, Draws *draws);
void check_adagrad (const LatheKernels *kernels, Draws *draws);
void check_rmsprop (const LatheKernels *kernels, Draws *draws);
void check_lion (const LatheKernels *kernels, Draws *draws);
void check_clip (const LatheKernels *kernels, Draws *draws);
void check_scale (const LatheKernels *kernels, Draws *draws);
void check_average (const LatheKernels *kernels, Draws *draws);
void check_square_sum (const LatheKernels *kernels, Draws *draws);

/* kernel-bytes.c */
void check_byte_panel (const LatheKernels *kernels, Draws *draws);
void check_byte_depthwise (const LatheKernels *kernels, Draws *draws);
void check_byte_extremes (const LatheKernels *kernels, gint weight);
void check_byte_points (const LatheKernels *kernels, Draws *draws);
void check_byte_products (const LatheKernels *kernels, Draws *draws);
void check_byte_result (const LatheKernels *kernels, Draws *draws);
void check_byte_add (const LatheKernels *kernels, Draws *draws);
void check_byte_largest (const LatheKernels *kernels, Draws *draws);
void check_byte_sums (const LatheKernels *kernels, Draws *draws);
void check_byte_quantise (const LatheKernels *kernels, Draws *draws);
void check_byte_dequantise (const LatheKernels *kernels, Draws *draws);

G_END_DECLS
