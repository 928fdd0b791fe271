/* lathe-kernels.h: the inner loops, behind one table of function pointers.
 *
 * The generic row is the oracle: plain C that says what each loop means. The rows for instruction sets start as the
 * same C compiled for wider vectors, and override by hand where that is not enough. Layers ask the table and never
 * an instruction set.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "base/lathe-real.h"
#include "lathe-bytes.h"

G_BEGIN_DECLS

/**
 * LathePanel:
 *
 * C[row][column] (+)= Σ over segment, k of A[row·a_row + segment·a_segment + k·a_depth] ·
 *                                          B[segment·b_segment + k·b_depth + column]
 *
 * A product in which A need not lie as a matrix. That is what makes it a convolution without an im2col matrix: in
 * an image of channels-last rows the window of one output pixel is, for each kernel row, one contiguous run of
 * kernel width × channels numbers, and the next pixel's run starts stride × channels further on.
 *
 *   forward   row: output pixel, segment: kernel row, k: along the run; B: weights
 *   dX        the same, of the spread-out output gradient with the kernel turned round
 *   dW        row: along the run, segment: output row, k: output pixel; B: output gradient
 */
typedef struct
{
  guint rows, columns, segments, depth;
  const LatheReal *a;
  gsize a_row, a_segment, a_depth;
  const LatheReal *b;
  gsize b_segment, b_depth;
  LatheReal *c;
  gsize c_row;
  gboolean accumulate;
} LathePanel;

/* A convolution in which each channel sees itself alone: one output row. Weights lie as kernel height × kernel width ×
 * channels, `w_row` from one row of the kernel to the next; `row`, `column` and `step` are how many numbers of x lie
 * between two rows and two columns of the window, and between the windows of two outputs.
 *
 * Of a window that hangs over the edge of the image only the part on the image counts. Above and below that is a matter
 * of the kernel's height and of where x and w begin; there may be nothing left. To the sides, x begins with the first
 * of so many `pixels` of a row, and the first window `before` pixels in front of it; each window sees one of them at
 * least. `pixels` is 0 where no window hangs over. */
typedef struct
{
  guint width, channels;
  guint kernel_height, kernel_width;
  guint before, pixels;
  gsize w_row, row, column, step;
} LatheDepthwise;

/* The geometry of one channels-last max-pooling; windows never leave the image. */
typedef struct
{
  guint input_width, channels;
  guint output_width;
  guint pool_height, pool_width, stride_height, stride_width;
} LathePoolGeometry;

/* What Adam needs besides the numbers; Kingma & Ba 2015, algorithm 1, with the corrections of the bias folded in. */
typedef struct
{
  double beta1, beta2, epsilon;
  double rate;       /* learning rate / (1 - β₁ᵗ) */
  double correction; /* 1 / √(1 - β₂ᵗ) */
  double decay;      /* the share of each weight that is taken away first: Loshchilov & Hutter 2019, algorithm 2 */
} LatheAdamStep;

/* What Lion needs; Chen et al. 2023, algorithm 2. */
typedef struct
{
  double beta1, beta2, rate;
  double decay; /* the share of each weight that is taken away */
} LatheLionStep;

/* The numbers are those of the `activation` property: new ones go to the end. */
typedef enum
{
  LATHE_ACTIVATION_NONE,
  LATHE_ACTIVATION_RELU,
  LATHE_ACTIVATION_SIGMOID,
  LATHE_ACTIVATION_SOFTMAX,
  LATHE_ACTIVATION_RELU6,
  LATHE_ACTIVATION_LEAKY_RELU,
  LATHE_ACTIVATION_ELU,
  LATHE_ACTIVATION_SELU,
  LATHE_ACTIVATION_GELU,
  LATHE_ACTIVATION_GELU_TANH,
  LATHE_ACTIVATION_SILU,
  LATHE_ACTIVATION_HARD_SWISH,
  LATHE_ACTIVATION_HARD_SIGMOID,
  LATHE_ACTIVATION_TANH,
  LATHE_ACTIVATION_SOFTPLUS,
  LATHE_N_ACTIVATIONS
} LatheActivation;

/* y = f (x), and dx = dy · f′ by what is known, which is y or, where that does not tell the slope, x. Softmax runs over
 * the columns of each row, the others over every number. `parameter` is the layer's only property, if it has one. y may
 * be x, and dx may be dy. */
typedef struct
{
  void (*forward) (LatheReal *y, const LatheReal *x, gsize rows, gsize columns, LatheReal parameter);
  void (*backward) (LatheReal *dx, const LatheReal *known, const LatheReal *dy, gsize rows, gsize columns,
                    LatheReal parameter);
} LatheFunction;

/* The transforms of Winograd's convolution F(4×4, 3×3): see lathe-winograd-loops.h. Each takes one tile of
 * channels-last numbers to or from its 36 points, which lie `step` apart; x, y, w and so on begin at the tile. */
typedef struct
{
  void (*input) (LatheReal *v, gsize step, const LatheReal *x, gsize row, gsize pixel, guint channels);
  void (*output) (LatheReal *y, gsize row, gsize pixel, guint rows, guint columns, const LatheReal *m, gsize step,
                  guint channels); /* the first rows × columns of the 4×4 */
  void (*gradient) (LatheReal *z, gsize step, const LatheReal *dy, gsize row, gsize pixel, guint channels);
  /* n kernels of 3×3 side by side, the nine numbers of each w_step apart. */
  void (*weights) (LatheReal *u, gsize u_step, const LatheReal *w, gsize w_step, gsize n);
  void (*weights_gradient) (LatheReal *dw, gsize w_step, const LatheReal *du, gsize u_step, gsize n);
} LatheWinogradKernels;

typedef struct
{
  const char *name;

  /* Columns of B that panel() reads together: weights that stay had better lie in slabs of so many. 0: of any number.
   */
  guint slab;

  void (*panel) (const LathePanel *panel);

  LatheWinogradKernels winograd;
  LatheByteKernels bytes;

  /* y (width × channels) of the windows that begin at x; and dw += the gradient of the weights by that row, where no
   * window hangs over. */
  void (*depthwise) (LatheReal *y, const LatheReal *x, const LatheReal *w, const LatheDepthwise *geometry);
  void (*depthwise_weights) (LatheReal *dw, const LatheReal *x, const LatheReal *dy, const LatheDepthwise *geometry);

  /* y (columns × rows) = xᵀ; the rows of each lie so many numbers apart. */
  void (*transpose) (LatheReal *y, gsize y_row, const LatheReal *x, gsize x_row, guint rows, guint columns);

  /* y (rows × columns) += bias; and not below 0 with `relu`. */
  void (*bias) (LatheReal *y, const LatheReal *bias, gsize rows, gsize columns, gboolean relu);
  /* sums (columns) += the sum over all rows of dy (rows × columns). */
  void (*column_sums) (LatheReal *sums, const LatheReal *dy, gsize rows, gsize columns);
  /* The same of squares, (x - mean)², and of products, dy · (x - mean), with a mean for each column. */
  void (*column_squares) (LatheReal *sums, const LatheReal *x, const LatheReal *mean, gsize rows, gsize columns);
  void (*column_products) (LatheReal *sums, const LatheReal *dy, const LatheReal *x, const LatheReal *mean, gsize rows,
                           gsize columns);
  /* y = x · scale + shift, and with a limit above 0 what ReLU makes of that, and not above it; and
   * dx = dy · scale + x · slope + shift, with factors for each column. y may be x. */
  void (*affine) (LatheReal *y, const LatheReal *x, const LatheReal *scale, const LatheReal *shift, gsize rows,
                  gsize columns, LatheReal limit);
  void (*affine_backward) (LatheReal *dx, const LatheReal *dy, const LatheReal *x, const LatheReal *scale,
                           const LatheReal *slope, const LatheReal *shift, gsize rows, gsize columns);

  const LatheFunction *activation;                         /* by LatheActivation */
  void (*add) (LatheReal *y, const LatheReal *x, gsize n); /* y += x */

  /* One output row, y (output width × channels), of the window rows that begin at x. */
  void (*max_pool) (LatheReal *y, const LatheReal *x, const LathePoolGeometry *geometry);
  /* Its gradient: each dy is added to dx where the window's first largest number stands. */
  void (*max_pool_backward) (LatheReal *dx, const LatheReal *x, const LatheReal *y, const LatheReal *dy,
                             const LathePoolGeometry *geometry);

  /* The same two where no two windows overlap. `place`, as many as y: 1 + where in its window the first largest number
   * stands, row by row, or 0 where that is not above 0 with `relu`. The way back writes the windows' part of one row of
   * the input, the `row`th of its windows. */
  void (*max_pool_places) (LatheReal *y, guint8 *place, const LatheReal *x, const LathePoolGeometry *geometry,
                           gboolean relu);
  void (*max_pool_from_places) (LatheReal *dx, const LatheReal *dy, const guint8 *place,
                                const LathePoolGeometry *geometry, guint row);

  /* w -= step of the optimiser, with its state m and v. */
  void (*sgd) (LatheReal *w, const LatheReal *g, gsize n, double rate);
  void (*momentum) (LatheReal *w, const LatheReal *g, LatheReal *m, gsize n, double rate, double momentum);
  void (*nesterov) (LatheReal *w, const LatheReal *g, LatheReal *m, gsize n, double rate, double momentum);
  void (*adagrad) (LatheReal *w, const LatheReal *g, LatheReal *v, gsize n, double rate, double epsilon);
  void (*rmsprop) (LatheReal *w, const LatheReal *g, LatheReal *v, gsize n, double rate, double alpha, double epsilon);
  void (*adam) (LatheReal *w, const LatheReal *g, LatheReal *m, LatheReal *v, gsize n, const LatheAdamStep *step);
  void (*lion) (LatheReal *w, const LatheReal *g, LatheReal *m, gsize n, const LatheLionStep *step);

  /* What happens to a gradient before that, and to the weights after it. */
  double (*square_sum) (const LatheReal *x, gsize n); /* finite if and only if every number is */
  void (*clip) (LatheReal *x, gsize n, double limit); /* into -limit … limit */
  void (*scale) (LatheReal *x, gsize n, double factor);
  void (*average) (LatheReal *a, const LatheReal *w, gsize n, double share); /* a += share · (w - a) */
} LatheKernels;

extern const LatheKernels lathe_kernels_generic;
extern const LatheKernels lathe_kernels_avx2;
extern const LatheKernels lathe_kernels_avx512;
extern const LatheByteKernels lathe_byte_kernels_vnni; /* of a row that is avx512's in all else */

const LatheKernels *lathe_kernels (void);
const LatheKernels *const *lathe_kernels_available (guint *n_available);

G_END_DECLS
