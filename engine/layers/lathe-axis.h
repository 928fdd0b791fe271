/* lathe-axis.h: one side of an image, and the windows that move along it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-property.h"

G_BEGIN_DECLS

/* The numbers are those of the `padding` properties. */
typedef enum
{
  LATHE_PADDING_VALID,
  LATHE_PADDING_SAME,
  LATHE_PADDING_EXPLICIT
} LathePadding;

extern const char *const lathe_padding_names[];

#define LATHE_PADDING_PROPERTY(HELP, FALLBACK)                                                                         \
  {                                                                                                                    \
    .name = "padding", .title = N_ ("Padding"), .help = (HELP), .type = LATHE_PROPERTY_CHOICE, .minimum = 0,           \
    .maximum = LATHE_PADDING_EXPLICIT, .fallback = (FALLBACK), .choices = lathe_padding_names,                         \
    .part = LATHE_PART_PADDING                                                                                         \
  }

/* How far explicit padding goes on each side: four rows of a property table. */
enum
{
  LATHE_SIDE_TOP,
  LATHE_SIDE_BOTTOM,
  LATHE_SIDE_LEFT,
  LATHE_SIDE_RIGHT,
  LATHE_N_SIDES
};

#define LATHE_SIDE_PROPERTIES                                                                                          \
  LATHE_WINDOW_PROPERTY (LATHE_PART_PADDING_TOP, "padding-top", N_ ("Padding above"),                                  \
                         N_ ("Rows of padding above the image."), 0, 1023, 0),                                         \
      LATHE_WINDOW_PROPERTY (LATHE_PART_PADDING_BOTTOM, "padding-bottom", N_ ("Padding below"),                        \
                             N_ ("Rows of padding below the image."), 0, 1023, 0),                                     \
      LATHE_WINDOW_PROPERTY (LATHE_PART_PADDING_LEFT, "padding-left", N_ ("Padding left"),                             \
                             N_ ("Columns of padding left of the image."), 0, 1023, 0),                                \
      LATHE_WINDOW_PROPERTY (LATHE_PART_PADDING_RIGHT, "padding-right", N_ ("Padding right"),                          \
                             N_ ("Columns of padding right of the image."), 0, 1023, 0)

/* `before` is the padding in front of the first pixel, and `after` that behind the last; window o looks at pixels
 * o × stride - before and on, one in every `dilation`, `kernel` of them. */
typedef struct
{
  guint in, kernel, stride, dilation, out, before, after; /* pixels */
} LatheAxis;

/* How many pixels, or padding around them, a window stretches over. */
static inline guint
lathe_axis_window (const LatheAxis *axis)
{
  return (axis->kernel - 1) * axis->dilation + 1;
}

/* How far the windows reach, from the first padding. */
static inline guint
lathe_axis_reach (const LatheAxis *axis)
{
  return (axis->out - 1) * axis->stride + lathe_axis_window (axis);
}

/* The pixels with their padding, as far as windows look. */
static inline guint
lathe_axis_full (const LatheAxis *axis)
{
  return MAX (axis->before + axis->in, lathe_axis_reach (axis));
}

/* How far `out` windows reach beyond the last pixel. */
static inline guint
lathe_axis_overhang (const LatheAxis *axis)
{
  return lathe_axis_full (axis) - axis->before - axis->in;
}

/* Fills in `out`, `before` and `after` from the rest. Those given, `before` and `after` matter with explicit padding
 * alone; `out` is 0 where no window fits. With `same` there are ⌈in / stride⌉ windows, and an odd margin is longer
 * behind, as TensorFlow's SAME and ONNX's SAME_UPPER have it. */
static inline LatheAxis
lathe_axis_pad (LatheAxis axis, LathePadding padding, guint before, guint after)
{
  guint window = lathe_axis_window (&axis), full = axis.in;

  if (padding == LATHE_PADDING_SAME)
    {
      axis.out = (axis.in + axis.stride - 1) / axis.stride;
      axis.before = lathe_axis_reach (&axis) > axis.in ? (lathe_axis_reach (&axis) - axis.in) / 2 : 0;
      axis.after = lathe_axis_overhang (&axis);
      return axis;
    }
  if (padding == LATHE_PADDING_EXPLICIT)
    {
      axis.before = before;
      axis.after = after;
      full += before + after;
    }
  axis.out = window <= full ? (full - window) / axis.stride + 1 : 0;
  return axis;
}

/* Where window o, dilated or not, lies on pixels: the first of its kernel that does, and how many; perhaps none. */
static inline guint
lathe_axis_taps (const LatheAxis *axis, guint o, guint *n)
{
  guint begin = o * axis->stride, end = axis->before + axis->in;
  guint first = begin < axis->before ? (axis->before - begin + axis->dilation - 1) / axis->dilation : 0;
  guint after = begin < end ? MIN (axis->kernel, (end - begin + axis->dilation - 1) / axis->dilation) : 0;

  *n = after > first ? after - first : 0;
  return first;
}

/* On the way back the kernel, turned by 180°, moves over windows that lie `stride` apart, and pixel o of those it came
 * from meets but one in every `stride` of its taps; without dilation. */
typedef struct
{
  guint tap, n_taps; /* the first that meets a window, and how many do */
  guint at;          /* the window that it meets, counted from the first of the margin */
} LathePhase;

static inline guint
lathe_axis_margin (const LatheAxis *axis)
{
  return (axis->kernel - 1 - axis->before) / axis->stride;
}

static inline LathePhase
lathe_axis_phase (const LatheAxis *axis, guint o)
{
  guint rest = (axis->kernel - 1 - axis->before) % axis->stride;
  guint tap = (rest + axis->stride - o % axis->stride) % axis->stride;

  return (LathePhase){
      .tap = tap,
      .n_taps = tap < axis->kernel ? (axis->kernel - tap - 1) / axis->stride + 1 : 0,
      .at = (o + tap - rest) / axis->stride,
  };
}

/* The last window, counted alike, that pixel o could meet by any of its taps. */
static inline guint
lathe_axis_phase_last (const LatheAxis *axis, guint o)
{
  return (o + axis->kernel - 1 - (axis->kernel - 1 - axis->before) % axis->stride) / axis->stride;
}

gboolean lathe_axis_sides_fit (const double sides[LATHE_N_SIDES], const LatheAxis *y, const LatheAxis *x,
                               GError **error);

/* The part of window o, which is not dilated, that lies on pixels: where it begins, and how many; at least one. */
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
