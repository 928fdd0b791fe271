/* lathe-kernels-avx512bf16.c: the panel for CPUs with AVX512-BF16, whose instruction adds two products to each of
 * sixteen sums.
 *
 * It takes its operands in pairs of neighbours in depth. A piece of B is rounded and laid in pairs, for up to 64
 * columns and 64 pairs of depth: 16 KiB. Rows of A follow in groups that stay in the first-level cache beside it. What
 * that costs is small where there are many rows and columns: a number of A is rounded once for 64 columns, one of B
 * once for all rows.
 *
 * A segment of odd depth ends in a pair whose second half is 0 on both sides.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <immintrin.h>

#include "lathe-bf16.h"

#define LANES 16
#define MAX_VECTORS 4
#define MAX_ROWS 12
#define PAIRS 64              /* of depth, in a piece */
#define GROUP 48              /* rows of A, whose pairs take 12 KiB */
#define A_ROW (PAIRS + LANES) /* as what is stored is whole vectors, the last of which may hang over */

/* So much of a panel's depth, and its columns from one on. */
typedef struct
{
  guint segments, depth; /* of each segment */
  const float *a, *b;
  guint column, vectors;
  __mmask16 last; /* lanes of the last vector */
  gboolean accumulate;
} Piece;

/* Pairs of a group of rows, by row and pair: `row` and `pair` apart. */
typedef struct
{
  const guint32 *at;
  gsize row, pair;
} Group;

#define INLINE static inline __attribute__ ((always_inline))

static guint
segment_pairs (const Piece *piece)
{
  return (piece->depth + 1) / 2;
}

/* Two rows of 16 numbers, as pairs: the first row's numbers in the lower halves. */
INLINE __m512i
pair_up (__m512 first, __m512 second)
{
  const __m512i order = _mm512_set_epi16 (31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                                          21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);

  return _mm512_permutexvar_epi16 (order, (__m512i) _mm512_cvtne2ps_pbh (second, first));
}

/* Rows of numbers that lie `step` apart, of which two at a time are paired; `to_step` from pair to pair. What is
 * written is whole vectors. */
INLINE void
lay_vectors (const float *from, gsize step, guint depth, const guint vectors, __mmask16 last, guint32 *to,
             gsize to_step)
{
  for (guint k = 0; k + 2 <= depth; k += 2, from += 2 * step, to += to_step)
    {
#pragma GCC unroll 4
      for (guint j = 0; j < vectors - 1; j++)
        _mm512_storeu_si512 (to + j * LANES,
                             pair_up (_mm512_loadu_ps (from + j * LANES), _mm512_loadu_ps (from + step + j * LANES)));
      _mm512_storeu_si512 (to + (vectors - 1) * LANES,
                           pair_up (_mm512_maskz_loadu_ps (last, from + (vectors - 1) * LANES),
                                    _mm512_maskz_loadu_ps (last, from + step + (vectors - 1) * LANES)));
    }
  for (guint j = 0; depth % 2 > 0 && j < vectors; j++)
    _mm512_storeu_si512 (
        to + j * LANES,
        pair_up (_mm512_maskz_loadu_ps (j == vectors - 1 ? last : 0xffff, from + j * LANES), _mm512_setzero_ps ()));
}

static void
lay_pairs (const float *from, gsize step, guint depth, guint vectors, __mmask16 last, guint32 *to, gsize to_step)
{
  switch (vectors)
    {
    case 1:
      lay_vectors (from, step, depth, 1, last, to, to_step);
      break;
    case 2:
      lay_vectors (from, step, depth, 2, last, to, to_step);
      break;
    case 3:
      lay_vectors (from, step, depth, 3, last, to, to_step);
      break;
    default:
      lay_vectors (from, step, depth, 4, last, to, to_step);
    }
}

static void
lay_b (const LathePanel *p, const Piece *piece, guint32 *to)
{
  gsize step = piece->vectors * LANES;

  for (guint segment = 0; segment < piece->segments; segment++, to += segment_pairs (piece) * step)
    lay_pairs (piece->b + segment * p->b_segment, p->b_depth, piece->depth, piece->vectors, piece->last, to, step);
}

INLINE __mmask16
first_lanes (guint n)
{
  return (__mmask16) (n >= LANES ? 0xffff : (1u << n) - 1);
}

/* Rows whose numbers lie side by side. */
static void
lay_runs (const float *from, gsize row, guint rows, guint depth, guint32 *to)
{
  guint whole = depth / (2 * LANES), rest = depth % (2 * LANES);
  __mmask16 first = first_lanes (rest), second = first_lanes (rest > LANES ? rest - LANES : 0);

  for (guint i = 0; i < rows; i++, from += row, to += A_ROW)
    {
      const float *at = from;
      guint32 *pairs = to;

      for (guint j = 0; j < whole; j++, at += 2 * LANES, pairs += LANES)
        _mm512_storeu_si512 (pairs, (__m512i) _mm512_cvtne2ps_pbh (_mm512_loadu_ps (at + LANES), _mm512_loadu_ps (at)));
      if (rest > 0)
        _mm512_storeu_si512 (pairs, (__m512i) _mm512_cvtne2ps_pbh (_mm512_maskz_loadu_ps (second, at + LANES),
                                                                   _mm512_maskz_loadu_ps (first, at)));
    }
}

/* Rows whose numbers lie anywhere. */
static void
lay_steps (const float *from, gsize row, gsize step, guint rows, guint depth, guint32 *to)
{
  float run[2 * PAIRS];

  for (guint i = 0; i < rows; i++, from += row, to += A_ROW)
    {
      for (guint k = 0; k < depth; k++)
        run[k] = from[k * step];
      lay_runs (run, depth, 1, depth, to);
    }
}

/* Rows that lie side by side are paired like B's columns, others one by one. */
static Group
lay_a (const LathePanel *p, const Piece *piece, guint row, guint rows, guint32 *to)
{
  gboolean side_by_side = p->a_row == 1 && p->a_depth > 1;
  guint pairs = segment_pairs (piece), vectors = (rows + LANES - 1) / LANES;
  gsize step = vectors * LANES;

  for (guint segment = 0; segment < piece->segments; segment++)
    {
      const float *from = piece->a + row * p->a_row + segment * p->a_segment;
      guint32 *at = to + segment * pairs * (side_by_side ? step : 1);

      if (side_by_side)
        lay_pairs (from, p->a_depth, piece->depth, vectors, first_lanes (rows - (vectors - 1) * LANES), at, step);
      else if (p->a_depth == 1)
        lay_runs (from, p->a_row, rows, piece->depth, at);
      else
        lay_steps (from, p->a_row, p->a_depth, rows, piece->depth, at);
    }
  return side_by_side ? (Group){to, 1, step} : (Group){to, A_ROW, 1};
}

INLINE void
block (const Group *group, guint row, const guint32 *b, guint pairs, float *c, gsize c_row, const Piece *piece,
       const int rows, const int vectors)
{
  const guint32 *a = group->at + row * group->row;
  __m512 sum[MAX_ROWS][MAX_VECTORS];

#pragma GCC unroll 12
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
    for (int j = 0; j < vectors; j++)
      sum[i][j] = piece->accumulate
                      ? _mm512_maskz_loadu_ps (j == vectors - 1 ? piece->last : 0xffff, c + i * c_row + j * LANES)
                      : _mm512_setzero_ps ();

  for (guint k = 0; k < pairs; k++, a += group->pair, b += vectors * LANES)
    {
      __m512bh bk[MAX_VECTORS];

#pragma GCC unroll 4
      for (int j = 0; j < vectors; j++)
        bk[j] = (__m512bh) _mm512_loadu_si512 (b + j * LANES);
#pragma GCC unroll 12
      for (int i = 0; i < rows; i++)
        {
          __m512bh ai = (__m512bh) _mm512_set1_epi32 ((int) a[i * group->row]);

#pragma GCC unroll 4
          for (int j = 0; j < vectors; j++)
            sum[i][j] = _mm512_dpbf16_ps (sum[i][j], ai, bk[j]);
        }
    }

#pragma GCC unroll 12
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
    for (int j = 0; j < vectors; j++)
      _mm512_mask_storeu_ps (c + i * c_row + j * LANES, j == vectors - 1 ? piece->last : 0xffff, sum[i][j]);
}

#define BLOCK(n)                                                                                                       \
  case n:                                                                                                              \
    if (n <= most)                                                                                                     \
      block (group, row, b, pairs, c + row * c_row, c_row, piece, n, vectors);                                         \
    break;

/* Shared out evenly, as a last block of one row would wait for its own sums. */
INLINE void
blocks (const Group *group, guint n_rows, const guint32 *b, guint pairs, float *c, gsize c_row, const Piece *piece,
        const int vectors, const int most)
{
  guint n = (n_rows + (guint) most - 1) / (guint) most;

  for (guint row = 0, rows; n > 0; n--, row += rows)
    {
      rows = (n_rows - row + n - 1) / n;
      switch (rows)
        {
          BLOCK (1)
          BLOCK (2)
          BLOCK (3)
          BLOCK (4)
          BLOCK (5)
          BLOCK (6)
          BLOCK (7)
          BLOCK (8)
          BLOCK (9)
          BLOCK (10)
          BLOCK (11)
          BLOCK (12)
        }
    }
}

static void
multiply_group (const Group *group, guint rows, const guint32 *b, guint pairs, float *c, gsize c_row,
                const Piece *piece)
{
  switch (piece->vectors)
    {
    case 1:
      blocks (group, rows, b, pairs, c, c_row, piece, 1, 12);
      break;
    case 2:
      blocks (group, rows, b, pairs, c, c_row, piece, 2, 12);
      break;
    case 3:
      blocks (group, rows, b, pairs, c, c_row, piece, 3, 8);
      break;
    default:
      blocks (group, rows, b, pairs, c, c_row, piece, 4, 6);
    }
}

static void
multiply_piece (const LathePanel *p, const Piece *piece)
{
  guint32 a[GROUP * A_ROW] __attribute__ ((aligned (64))),
      b[PAIRS * MAX_VECTORS * LANES] __attribute__ ((aligned (64)));
  guint pairs = piece->segments * segment_pairs (piece), groups = (p->rows + GROUP - 1) / GROUP;

  lay_b (p, piece, b);
  for (guint row = 0, rows; groups > 0; groups--, row += rows)
    {
      Group group;

      rows = (p->rows - row + groups - 1) / groups;
      group = lay_a (p, piece, row, rows, a);
      multiply_group (&group, rows, b, pairs, p->c + row * p->c_row + piece->column, p->c_row, piece);
    }
}

/* Several segments at a time where they are short, and parts of one where they are long. */
static void
multiply_columns (const LathePanel *p, Piece *piece)
{
  guint depth = MIN (p->depth, 2 * PAIRS), segments = CLAMP (PAIRS / ((depth + 1) / 2), 1, p->segments);

  for (guint segment = 0; segment < p->segments; segment += segments)
    for (guint k = 0; k < p->depth; k += depth)
      {
        piece->segments = MIN (segments, p->segments - segment);
        piece->depth = MIN (depth, p->depth - k);
        piece->a = p->a + segment * p->a_segment + k * p->a_depth;
        piece->b = p->b + segment * p->b_segment + k * p->b_depth + piece->column;
        piece->accumulate = p->accumulate || segment > 0 || k > 0;
        multiply_piece (p, piece);
      }
}

void
lathe_panel_avx512bf16 (const LathePanel *p)
{
  for (guint column = 0; column < p->columns;)
    {
      guint left = (p->columns - column + LANES - 1) / LANES;
      guint vectors = left == 5 || left == 6 ? 3 : MIN (left, MAX_VECTORS);
      guint n = MIN (vectors * LANES, p->columns - column);
      Piece piece = {.column = column, .vectors = vectors, .last = first_lanes (n - (vectors - 1) * LANES)};

      multiply_columns (p, &piece);
      column += n;
    }
}
