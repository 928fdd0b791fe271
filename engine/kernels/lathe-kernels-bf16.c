/* lathe-kernels-bf16.c: the rows of kernels whose panel multiplies in bfloat16.
 *
 * The panel alone is another: what norms, activations, losses and optimisers do stays in single precision. Where the
 * CPU has no instruction for it, both operands are rounded, piece by piece, and multiplied by the panel of the row.
 * That is slower than without rounding: it is there so that a training goes on on any machine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-bf16.h"

/* A piece's operands, 32 KiB each in single precision. */
#define ROWS 64
#define COLUMNS 64
#define DEPTH 128

typedef void (*PanelFunc) (const LathePanel *panel);

/* Rounds n numbers of each of so many rows, one behind the other. */
static void
round_rows (const LatheReal *from, gsize row, gsize step, guint rows, guint n, LatheReal *to)
{
  for (guint i = 0; i < rows; i++)
    for (guint j = 0; j < n; j++)
      *to++ = lathe_bf16_round (from[i * row + j * step]);
}

/* The product of a piece of B with all rows. */
static void
multiply_piece (const LathePanel *p, PanelFunc panel, const LatheReal *a, const LatheReal *b, guint depth, LatheReal *c,
                guint columns, gboolean accumulate)
{
  LatheReal rounded_a[ROWS * DEPTH], rounded_b[DEPTH * COLUMNS];

  round_rows (b, p->b_depth, 1, depth, columns, rounded_b);
  for (guint row = 0, n; row < p->rows; row += n)
    {
      n = MIN (ROWS, p->rows - row);
      round_rows (a + row * p->a_row, p->a_row, p->a_depth, n, depth, rounded_a);
      panel (&(LathePanel){
          .rows = n,
          .columns = columns,
          .segments = 1,
          .depth = depth,
          .a = rounded_a,
          .a_row = depth,
          .a_depth = 1,
          .b = rounded_b,
          .b_depth = columns,
          .c = c + row * p->c_row,
          .c_row = p->c_row,
          .accumulate = accumulate,
      });
    }
}

static void
round_and_multiply (const LathePanel *p, PanelFunc panel)
{
  for (guint column = 0; column < p->columns; column += COLUMNS)
    for (guint segment = 0; segment < p->segments; segment++)
      for (guint k = 0; k < p->depth; k += DEPTH)
        multiply_piece (p, panel, p->a + segment * p->a_segment + k * p->a_depth,
                        p->b + segment * p->b_segment + k * p->b_depth + column, MIN (DEPTH, p->depth - k),
                        p->c + column, MIN (COLUMNS, p->columns - column), p->accumulate || segment > 0 || k > 0);
}

static void
generic_panel (const LathePanel *panel)
{
  round_and_multiply (panel, lathe_kernels_generic.panel);
}

#ifdef LATHE_HAVE_X86_KERNELS
static void
avx2_panel (const LathePanel *panel)
{
  round_and_multiply (panel, lathe_kernels_avx2.panel);
}

static void
avx512_panel (const LathePanel *panel)
{
  round_and_multiply (panel, lathe_kernels_avx512.panel);
}
#endif

static void
make_row (LatheKernels *row, const LatheKernels *kernels, const char *name, PanelFunc panel)
{
  *row = *kernels;
  row->name = name;
  row->panel = panel;
}

enum
{
  GENERIC,
  AVX2,
  AVX512,
  N_ROWS
};

/* Somebody who asks for a row by its name gets what that one has. */
static void
make_rows (LatheKernels *rows)
{
  make_row (&rows[GENERIC], &lathe_kernels_generic, "generic, rounded to bf16", generic_panel);
#ifdef LATHE_HAVE_X86_KERNELS
  make_row (&rows[AVX2], &lathe_kernels_avx2, "avx2, rounded to bf16", avx2_panel);
  if (__builtin_cpu_supports ("avx512bf16") && g_strcmp0 (g_getenv ("LATHE_CPU"), lathe_kernels_avx512.name) != 0)
    make_row (&rows[AVX512], &lathe_kernels_avx512, "avx512-bf16", lathe_panel_avx512bf16);
  else
    make_row (&rows[AVX512], &lathe_kernels_avx512, "avx512, rounded to bf16", avx512_panel);
#endif
}

/**
 * lathe_kernels_bf16:
 * @kernels: a row that this CPU can run
 *
 * Returns: the same, with a panel that multiplies in bfloat16
 */
const LatheKernels *
lathe_kernels_bf16 (const LatheKernels *kernels)
{
  static LatheKernels rows[N_ROWS];
  static gsize made;

  if (g_once_init_enter (&made))
    {
      make_rows (rows);
      g_once_init_leave (&made, 1);
    }
#ifdef LATHE_HAVE_X86_KERNELS
  if (kernels == &lathe_kernels_avx512)
    return &rows[AVX512];
  if (kernels == &lathe_kernels_avx2)
    return &rows[AVX2];
#endif
  return &rows[GENERIC];
}

/**
 * lathe_kernels_for:
 *
 * Returns: lathe_kernels(), with products of that precision
 */
const LatheKernels *
lathe_kernels_for (LathePrecision precision)
{
  return precision == LATHE_PRECISION_BF16 ? lathe_kernels_bf16 (lathe_kernels ()) : lathe_kernels ();
}

/**
 * lathe_precision_is_fast:
 *
 * Returns: whether this CPU has instructions for it; without them it is rounded by hand, which takes longer than single
 * precision
 */
gboolean
lathe_precision_is_fast (LathePrecision precision)
{
#ifdef LATHE_HAVE_X86_KERNELS
  return precision == LATHE_PRECISION_FP32 || lathe_kernels_for (precision)->panel == lathe_panel_avx512bf16;
#else
  return precision == LATHE_PRECISION_FP32;
#endif
}
