/* lathe-axis.h: one side of an image, and the windows that move along it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* `before` is what "same" adds in front of the first pixel; window o covers pixels o × stride - before and on. */
typedef struct
{
  guint in, kernel, stride, out, before; /* pixels */
} LatheAxis;

/* `out` is 0 where no window fits. With `same` there are ⌈in / stride⌉ windows, and an odd margin is longer behind,
 * as TensorFlow's SAME and ONNX's SAME_UPPER have it. */
static inline LatheAxis
lathe_axis (guint in, guint kernel, guint stride, gboolean same)
{
  LatheAxis axis = {.in = in, .kernel = kernel, .stride = stride};
  guint reach;

  if (!same)
    {
      axis.out = kernel <= in ? (in - kernel) / stride + 1 : 0;
      return axis;
    }
  axis.out = (in + stride - 1) / stride;
  reach = (axis.out - 1) * stride + kernel;
  axis.before = reach > in ? (reach - in) / 2 : 0;
  return axis;
}

/* The part of window o that lies on pixels: where it begins, and how many; at least one. */
static inline guint
lathe_axis_clip (const LatheAxis *axis, guint o, guint *n)
{
  guint begin = o * axis->stride, end = begin + axis->kernel;

  begin = begin > axis->before ? begin - axis->before : 0;
  end = MIN (end - axis->before, axis->in);
  *n = end - begin;
  return begin;
}

G_END_DECLS
