/* lathe-winograd-loops.h: the transforms of Winograd's convolution F(4×4, 3×3), included once by each instruction
 * set's file.
 *
 * A 3×3 convolution is a product of polynomials, and a product may be worked out point by point (Toom and Cook;
 * Winograd 1980; for images Lavin & Gray 2016): 6×6 pixels and the 3×3 kernel are both evaluated at 6×6 points,
 * multiplied there, and the products give back 4×4 pixels: 36 multiplications instead of 144. With d the pixels, g the
 * kernel:
 *
 *   y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A
 *
 * The points are 0, ±3/4, ±3/2 and ∞. Lavin & Gray take ±1 and ±2; these have half the error, 7e-7 of the result's root
 * mean square at 64 channels where a plain sum has 1.3e-7, and stay exact in binary but for G (for the choice of points
 * see Barabasz, Anderson, Soodhalter & Gregg 2020).
 *
 * Numbers of one kind lie `step` apart from point to point, and channels side by side: a multiple of 16.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-kernels.h"
#include "lathe-vector.h"

#define WINOGRAD_NEAR ((LatheReal) 0.75)
#define WINOGRAD_FAR ((LatheReal) 1.5)
#define WINOGRAD_NEAR_2 (WINOGRAD_NEAR * WINOGRAD_NEAR)
#define WINOGRAD_FAR_2 (WINOGRAD_FAR * WINOGRAD_FAR)
#define WINOGRAD_NEAR_3 (WINOGRAD_NEAR * WINOGRAD_NEAR_2)
#define WINOGRAD_FAR_3 (WINOGRAD_FAR * WINOGRAD_FAR_2)

/* One over the product of a point's distances from all other points. */
#define WINOGRAD_AT_ZERO (1 / (WINOGRAD_NEAR_2 * WINOGRAD_FAR_2))
#define WINOGRAD_AT_NEAR (1 / (2 * WINOGRAD_NEAR_2 * (WINOGRAD_NEAR_2 - WINOGRAD_FAR_2)))
#define WINOGRAD_AT_FAR (1 / (2 * WINOGRAD_FAR_2 * (WINOGRAD_FAR_2 - WINOGRAD_NEAR_2)))

/* Bᵀ */
LATHE_VECTOR_INLINE void
winograd_pixels (LatheVector p[6], const LatheVector x[6])
{
  LatheVector even_near = x[4] - WINOGRAD_FAR_2 * x[2], odd_near = x[3] - WINOGRAD_FAR_2 * x[1];
  LatheVector even_far = x[4] - WINOGRAD_NEAR_2 * x[2], odd_far = x[3] - WINOGRAD_NEAR_2 * x[1];

  p[0] = x[4] - (WINOGRAD_NEAR_2 + WINOGRAD_FAR_2) * x[2] + WINOGRAD_NEAR_2 * WINOGRAD_FAR_2 * x[0];
  p[1] = even_near + WINOGRAD_NEAR * odd_near;
  p[2] = even_near - WINOGRAD_NEAR * odd_near;
  p[3] = even_far + WINOGRAD_FAR * odd_far;
  p[4] = even_far - WINOGRAD_FAR * odd_far;
  p[5] = x[5] - (WINOGRAD_NEAR_2 + WINOGRAD_FAR_2) * x[3] + WINOGRAD_NEAR_2 * WINOGRAD_FAR_2 * x[1];
}

/* Aᵀ */
LATHE_VECTOR_INLINE void
winograd_result (LatheVector y[4], const LatheVector m[6])
{
  LatheVector near_sum = m[1] + m[2], near_difference = m[1] - m[2];
  LatheVector far_sum = m[3] + m[4], far_difference = m[3] - m[4];

  y[0] = m[0] + near_sum + far_sum;
  y[1] = WINOGRAD_NEAR * near_difference + WINOGRAD_FAR * far_difference;
  y[2] = WINOGRAD_NEAR_2 * near_sum + WINOGRAD_FAR_2 * far_sum;
  y[3] = WINOGRAD_NEAR_3 * near_difference + WINOGRAD_FAR_3 * far_difference + m[5];
}

/* A */
LATHE_VECTOR_INLINE void
winograd_slope (LatheVector z[6], const LatheVector y[4])
{
  LatheVector even_near = y[0] + WINOGRAD_NEAR_2 * y[2], odd_near = y[1] + WINOGRAD_NEAR_2 * y[3];
  LatheVector even_far = y[0] + WINOGRAD_FAR_2 * y[2], odd_far = y[1] + WINOGRAD_FAR_2 * y[3];

  z[0] = y[0];
  z[1] = even_near + WINOGRAD_NEAR * odd_near;
  z[2] = even_near - WINOGRAD_NEAR * odd_near;
  z[3] = even_far + WINOGRAD_FAR * odd_far;
  z[4] = even_far - WINOGRAD_FAR * odd_far;
  z[5] = y[3];
}

/* G */
LATHE_VECTOR_INLINE void
winograd_kernel (LatheVector u[6], const LatheVector w[3])
{
  LatheVector even_near = w[0] + WINOGRAD_NEAR_2 * w[2], even_far = w[0] + WINOGRAD_FAR_2 * w[2];

  u[0] = WINOGRAD_AT_ZERO * w[0];
  u[1] = WINOGRAD_AT_NEAR * (even_near + WINOGRAD_NEAR * w[1]);
  u[2] = WINOGRAD_AT_NEAR * (even_near - WINOGRAD_NEAR * w[1]);
  u[3] = WINOGRAD_AT_FAR * (even_far + WINOGRAD_FAR * w[1]);
  u[4] = WINOGRAD_AT_FAR * (even_far - WINOGRAD_FAR * w[1]);
  u[5] = w[2];
}

/* Gᵀ */
LATHE_VECTOR_INLINE void
winograd_kernel_slope (LatheVector dw[3], const LatheVector m[6])
{
  LatheVector near_sum = WINOGRAD_AT_NEAR * (m[1] + m[2]), near_difference = WINOGRAD_AT_NEAR * (m[1] - m[2]);
  LatheVector far_sum = WINOGRAD_AT_FAR * (m[3] + m[4]), far_difference = WINOGRAD_AT_FAR * (m[3] - m[4]);

  dw[0] = WINOGRAD_AT_ZERO * m[0] + near_sum + far_sum;
  dw[1] = WINOGRAD_NEAR * near_difference + WINOGRAD_FAR * far_difference;
  dw[2] = WINOGRAD_NEAR_2 * near_sum + WINOGRAD_FAR_2 * far_sum + m[5];
}

static void
winograd_input (LatheReal *restrict v, gsize step, const LatheReal *restrict x, gsize row, gsize pixel, guint channels)
{
  for (guint c = 0; c < channels; c += LATHE_VECTOR_LANES)
    LATHE_VECTOR_TRANSFORM (LatheVector, winograd_pixels, 6, 6, lathe_vector_load (x + i * row + j * pixel + c),
                            lathe_vector_store (v + (i * 6 + j) * step + c, to[i]))
}

static void
winograd_output (LatheReal *restrict y, gsize row, gsize pixel, guint rows, guint columns, const LatheReal *restrict m,
                 gsize step, guint channels)
{
  for (guint c = 0; c < channels; c += LATHE_VECTOR_LANES)
    LATHE_VECTOR_TRANSFORM (LatheVector, winograd_result, 6, 4, lathe_vector_load (m + (i * 6 + j) * step + c),
                            if ((guint) i < rows && (guint) j < columns)
                                lathe_vector_store (y + i * row + j * pixel + c, to[i]))
}

static void
winograd_gradient (LatheReal *restrict z, gsize step, const LatheReal *restrict dy, gsize row, gsize pixel,
                   guint channels)
{
  for (guint c = 0; c < channels; c += LATHE_VECTOR_LANES)
    LATHE_VECTOR_TRANSFORM (LatheVector, winograd_slope, 4, 6, lathe_vector_load (dy + i * row + j * pixel + c),
                            lathe_vector_store (z + (i * 6 + j) * step + c, to[i]))
}

static void
winograd_weights (LatheReal *restrict u, gsize u_step, const LatheReal *restrict w, gsize w_step, gsize n)
{
  for (gsize c = 0; c < n; c += LATHE_VECTOR_LANES)
    LATHE_VECTOR_TRANSFORM (LatheVector, winograd_kernel, 3, 6, lathe_vector_load (w + (i * 3 + j) * w_step + c),
                            lathe_vector_store (u + (i * 6 + j) * u_step + c, to[i]))
}

static void
winograd_weights_gradient (LatheReal *restrict dw, gsize w_step, const LatheReal *restrict du, gsize u_step, gsize n)
{
  for (gsize c = 0; c < n; c += LATHE_VECTOR_LANES)
    LATHE_VECTOR_TRANSFORM (LatheVector, winograd_kernel_slope, 6, 3, lathe_vector_load (du + (i * 6 + j) * u_step + c),
                            lathe_vector_store (dw + (i * 3 + j) * w_step + c, to[i]))
}

#define LATHE_WINOGRAD                                                                                                 \
  {                                                                                                                    \
    .input = winograd_input, .output = winograd_output, .gradient = winograd_gradient, .weights = winograd_weights,    \
    .weights_gradient = winograd_weights_gradient                                                                      \
  }
