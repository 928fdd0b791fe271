/* lathe-byte-pooling.c: pooling in 8 bits: the largest byte of a window is the byte of its largest number, and a mean
 * is that of the bytes, rounded once. A tile is one output row of one sample.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "lathe-byte-step.h"
#include "lathe-kinds.h"

static LatheWindows
windows_of (const LatheStep *step)
{
  LatheWindows windows;

  step->kind->windows (step->properties, &step->input[0], &windows);
  return windows;
}

/* One row of windows. */
typedef struct
{
  const LatheByteStep *bytes;
  LatheWindows windows;
  guint height, channels;
  const guint8 *x; /* the first of the input's rows that they see */
  guint8 *y;
  gpointer scratch;
} Row;

static void
run_row (LatheByteStep *bytes, guint tile, guint thread, void (*func) (const Row *row))
{
  const LatheStep *step = bytes->step;
  LatheWindows windows = windows_of (step);
  guint sample = tile / windows.y.out, row = tile % windows.y.out, channels = step->input[0].dim[2];
  Row r = {.bytes = bytes, .windows = windows, .channels = channels};
  gsize top = lathe_axis_clip (&windows.y, row, &r.height);

  r.x = bytes->x[0] + sample * lathe_shape_size (&step->input[0]) + top * windows.x.in * channels;
  r.y = bytes->y + ((gsize) sample * windows.y.out + row) * windows.x.out * channels;
  r.scratch = lathe_step_thread_scratch (step, thread);
  func (&r);
}

/* --- The largest: first of each column of pixels, then of these --- */

static void
max_plan (LatheByteStep *bytes)
{
  const LatheShape *input = &bytes->step->input[0];

  bytes->step->thread_scratch_size = lathe_ceil_div ((gsize) input->dim[1] * input->dim[2], sizeof (LatheReal));
}

static void
max_row (const Row *r)
{
  const LatheByteKernels *kernels = &r->bytes->step->kernels->bytes;
  gsize n = (gsize) r->windows.x.in * r->channels;
  guint8 *largest = r->scratch;

  memcpy (largest, r->x, n);
  for (guint i = 1; i < r->height; i++)
    kernels->largest (largest, r->x + i * n, n);
  for (guint column = 0; column < r->windows.x.out; column++)
    {
      guint width;
      const guint8 *from = largest + (gsize) lathe_axis_clip (&r->windows.x, column, &width) * r->channels;
      guint8 *y = r->y + (gsize) column * r->channels;

      memcpy (y, from, r->channels);
      for (guint j = 1; j < width; j++)
        kernels->largest (y, from + (gsize) j * r->channels, r->channels);
    }
}

static void
max_tile (gpointer data, guint tile, guint thread)
{
  run_row (data, tile, thread, max_row);
}

static void
max_forward (LatheByteStep *bytes)
{
  lathe_pool_run (bytes->step->pool, bytes->step->batch * windows_of (bytes->step).y.out, max_tile, bytes);
}

/* --- The mean, of pixels alone where a window hangs over the edge --- */

static void
mean_plan (LatheByteStep *bytes)
{
  bytes->step->thread_scratch_size =
      lathe_ceil_div (bytes->step->input[0].dim[2] * sizeof (gint32), sizeof (LatheReal));
}

static void
mean_row (const Row *r)
{
  const LatheByteStep *bytes = r->bytes;
  double factor = (double) bytes->from[0].scale / (double) bytes->to.scale;
  gint32 *sums = r->scratch;

  for (guint column = 0; column < r->windows.x.out; column++)
    {
      guint width;
      const guint8 *x = r->x + (gsize) lathe_axis_clip (&r->windows.x, column, &width) * r->channels;
      guint8 *y = r->y + (gsize) column * r->channels;
      gint32 n = (gint32) (r->height * width);

      memset (sums, 0, r->channels * sizeof *sums);
      for (guint i = 0; i < r->height; i++)
        bytes->step->kernels->bytes.sums (sums, x + (gsize) i * r->windows.x.in * r->channels, width, r->channels);
      for (guint c = 0; c < r->channels; c++)
        y[c] = (guint8) CLAMP (bytes->to.zero + rint ((sums[c] - n * bytes->from[0].zero) * factor / n), 0, 255);
    }
}

static void
mean_tile (gpointer data, guint tile, guint thread)
{
  run_row (data, tile, thread, mean_row);
}

static void
mean_forward (LatheByteStep *bytes)
{
  lathe_pool_run (bytes->step->pool, bytes->step->batch * windows_of (bytes->step).y.out, mean_tile, bytes);
}

/* Every number is at least 0 and at most 255: of so many the sum fits into 32 bits. */
static gboolean
mean_can (const LatheProperties *values, const LatheShape *input, guint n_inputs)
{
  return (gsize) input->dim[0] * input->dim[1] <= G_MAXINT32 / 256;
}

const LatheByteKind lathe_byte_max_pool = {
    .kind = &lathe_layer_max_pool,
    .same = TRUE,
    .plan = max_plan,
    .forward = max_forward,
};

const LatheByteKind lathe_byte_global_max_pool = {
    .kind = &lathe_layer_global_max_pool,
    .same = TRUE,
    .plan = max_plan,
    .forward = max_forward,
};

const LatheByteKind lathe_byte_average_pool = {
    .kind = &lathe_layer_average_pool,
    .can = mean_can,
    .plan = mean_plan,
    .forward = mean_forward,
};

const LatheByteKind lathe_byte_global_average_pool = {
    .kind = &lathe_layer_global_average_pool,
    .can = mean_can,
    .plan = mean_plan,
    .forward = mean_forward,
};
