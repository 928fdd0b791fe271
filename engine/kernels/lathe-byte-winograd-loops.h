/* lathe-byte-winograd-loops.h: Winograd's convolution F(4×4, 3×3) in whole numbers, exactly; included once by each
 * instruction set's file.
 *
 * As in real numbers (see lathe-winograd-loops.h) 6×6 pixels and the 3×3 kernel are evaluated at 6×6 points and
 * multiplied there. Here the points are 0, ±1, ±2 and ∞ (Lavin & Gray 2016): all fractions are in G, and each of its
 * rows has one denominator. These are left out on the kernel's side, and made up for on the result's:
 *
 *        ⎛4  0 -5  0 1 0⎞        ⎛1  0 0⎞  ÷  4
 *        ⎜0 -4 -4  1 1 0⎟        ⎜1  1 1⎟  ÷ -6          ⎛1 1  1 1  1 0⎞
 *   Bᵀ = ⎜0  4 -4 -1 1 0⎟    G = ⎜1 -1 1⎟  ÷ -6     Aᵀ = ⎜0 1 -1 2 -2 0⎟
 *        ⎜0 -2 -1  2 1 0⎟        ⎜1  2 4⎟  ÷ 24          ⎜0 1  1 4  4 0⎟
 *        ⎜0  2 -1 -2 1 0⎟        ⎜1 -2 4⎟  ÷ 24          ⎝0 1 -1 8 -8 1⎠
 *        ⎝0  4  0 -5 0 1⎠        ⎝0  0 1⎠  ÷  1
 *
 * Pixels at a point are at most 68 · 255 = 17,340 in size, kernels 49 · 127 = 6,223: both fit into 16 bits. Sums of
 * their products do not fit into 32 bits, and need not. With the denominators, and divided by what its numbers have in
 * common, each row of the result is
 *
 *   24 · y₀ = 6·m₀ - 4·(m₁ + m₂) + (m₃ + m₄)
 *   12 · y₁ = (m₃ - m₄) - 2·(m₁ - m₂)
 *    6 · y₂ = (m₃ + m₄) - (m₁ + m₂)
 *    6 · y₃ = 2·(m₃ - m₄) - (m₁ - m₂) + 6·m₅
 *
 * and in both directions 9 · 2ᵏ · y, with k from 2 to 6, modulo 2³². Nine has an inverse there, and 2ᵏ is a shift: what
 * comes out is y, to the last bit, wherever |y| < 2²⁵. So it is for sums over LATHE_BYTE_MOST_DEPTH channels, 9 · 112 ·
 * 127 · 255 at most; of more, parts are summed up. (Others work in several small moduli instead: Liu & Mattina 2020,
 * “Efficient residue number system based Winograd convolution”.)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <string.h>

#include "lathe-bytes.h"
#include "lathe-vector.h"

#define BYTE_TILE_PIXELS (LATHE_BYTE_TILE * LATHE_BYTE_TILE)
#define BYTE_NINTH 0x38e38e39u

G_STATIC_ASSERT (9u * BYTE_NINTH == 1);
G_STATIC_ASSERT (9 * LATHE_BYTE_MOST_DEPTH * 255 * LATHE_BYTE_MOST_WEIGHT < 1 << 25);

/* Products and sums wrap: so numbers are unsigned but where they are shifted back. */
typedef guint8 BytePointBytes __attribute__ ((vector_size (LATHE_BYTE_SLAB), aligned (1), may_alias));
typedef guint16 BytePointShorts __attribute__ ((vector_size (2 * LATHE_BYTE_SLAB), aligned (2), may_alias));
typedef guint32 BytePointSums __attribute__ ((vector_size (LATHE_VECTOR_BYTES), aligned (4), may_alias));
typedef gint32 BytePointSigned __attribute__ ((vector_size (LATHE_VECTOR_BYTES), aligned (4), may_alias));

#define BYTE_POINT_LANES (LATHE_VECTOR_BYTES / sizeof (guint32))

/* Bᵀ */
LATHE_VECTOR_INLINE void
byte_point_pixels (BytePointShorts p[6], const BytePointShorts x[6])
{
  BytePointShorts even_near = x[4] - (x[2] << 2), odd_near = x[3] - (x[1] << 2);
  BytePointShorts even_far = x[4] - x[2], odd_far = (x[3] - x[1]) << 1;

  p[0] = ((x[0] - x[2]) << 2) + even_far;
  p[1] = even_near + odd_near;
  p[2] = even_near - odd_near;
  p[3] = even_far + odd_far;
  p[4] = even_far - odd_far;
  p[5] = ((x[1] - x[3]) << 2) + x[5] - x[3];
}

/* 24, 12, 6 and 6 times what Aᵀ makes of it. */
LATHE_VECTOR_INLINE void
byte_point_result (BytePointSums y[4], const BytePointSums m[6])
{
  BytePointSums near_sum = m[1] + m[2], near_difference = m[1] - m[2];
  BytePointSums far_sum = m[3] + m[4], far_difference = m[3] - m[4];

  y[0] = (m[0] << 2) + (m[0] << 1) - (near_sum << 2) + far_sum;
  y[1] = far_difference - (near_difference << 1);
  y[2] = far_sum - near_sum;
  y[3] = (far_difference << 1) - near_difference + (m[5] << 2) + (m[5] << 1);
}

static void
loop_byte_points (gint16 *v, gsize step, const guint8 *x, gsize row, gsize pixel, guint channels)
{
  for (guint c = 0; c < channels; c += LATHE_BYTE_SLAB)
    LATHE_VECTOR_TRANSFORM (
        BytePointShorts, byte_point_pixels, 6, 6,
        __builtin_convertvector(*(const BytePointBytes *) (x + i * row + j * pixel + c), BytePointShorts),
        *(BytePointShorts *) (v + (i * 6 + j) * step + c) = to[i])
}

/* What is 9 · 2ᵏ times it, modulo 2³². */
LATHE_VECTOR_INLINE void
byte_point_store (gint32 *sum, BytePointSums y, int k, gboolean more)
{
  BytePointSigned found = (BytePointSigned) (y * BYTE_NINTH) >> k;

  if (more)
    found += *(BytePointSigned *) sum;
  *(BytePointSigned *) sum = found;
}

/* The sums of 4×4 pixels, each of 16 channels, of their points; `more`: added to what is there. */
LATHE_VECTOR_INLINE void
byte_points_to_sums (gint32 sums[BYTE_TILE_PIXELS][LATHE_BYTE_SLAB], const gint32 *m, gsize step, gboolean more)
{
  static const int shift[LATHE_BYTE_TILE] = {3, 2, 1, 1};

  for (guint lane = 0; lane < LATHE_BYTE_SLAB; lane += BYTE_POINT_LANES)
    LATHE_VECTOR_TRANSFORM (BytePointSums, byte_point_result, 6, 4,
                            *(const BytePointSums *) (m + (i * 6 + j) * step + lane),
                            byte_point_store (&sums[LATHE_BYTE_TILE * i + j][lane], to[i], shift[i] + shift[j], more))
}

/* Takes the sums of a row's pixels, each of the 16 channels from the first on, to bytes that lie `pixel` apart. */
typedef void (*BytePointFinish) (const LatheByteOutput *output, gsize first, gint32 sums[][LATHE_BYTE_SLAB], guint n,
                                 guint8 *y, gsize pixel);

LATHE_VECTOR_INLINE void
byte_copy_sums (gint32 *to, gsize to_pixel, const gint32 *from, gsize from_pixel)
{
  for (int i = 0; i < BYTE_TILE_PIXELS; i++)
    memcpy (to + i * to_pixel, from + i * from_pixel, LATHE_BYTE_SLAB * sizeof *to);
}

LATHE_VECTOR_INLINE void
byte_point_results (const LatheByteResult *r, BytePointFinish finish)
{
  for (gsize first = 0; first < r->channels; first += LATHE_BYTE_SLAB)
    {
      __attribute__ ((aligned (64))) gint32 sums[BYTE_TILE_PIXELS][LATHE_BYTE_SLAB];

      if (r->begun)
        {
          byte_copy_sums (sums[0], LATHE_BYTE_SLAB, r->sums + first, r->channels);
          byte_points_to_sums (sums, r->m + first, r->step, TRUE);
        }
      else
        byte_points_to_sums (sums, r->m + first, r->step, FALSE);
      if (r->y == NULL)
        byte_copy_sums (r->sums + first, r->channels, sums[0], LATHE_BYTE_SLAB);
      else
        for (guint i = 0; i < r->rows; i++)
          finish (&r->output, first, sums + i * LATHE_BYTE_TILE, r->columns, r->y + i * r->y_row + first, r->y_pixel);
    }
}
