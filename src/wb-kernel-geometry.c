/* wb-kernel-geometry.c: which part of an image a picture of its windows shows, and where.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-kernel-geometry.h"

#include <math.h>

#define WHOLE 9  /* cells of an image that is shown whole, whatever its windows */
#define ENOUGH 9 /* cells, beyond which no more windows are shown than tell the stride */

/* --- What is shown --- */

static guint
cells_of_first (const LatheAxis *axis, guint n)
{
  return (n - 1) * axis->stride + lathe_axis_window (axis);
}

/* What no window looks at, behind the last, belongs to the end. */
static guint
cells_of_last (const WbKernelSide *side, guint n)
{
  return n > 0 ? side->n_cells - (side->axis.out - n) * side->axis.stride : 0;
}

static gboolean
show_ends (WbKernelSide *side, guint first, guint last, guint most)
{
  guint head = cells_of_first (&side->axis, first), tail = cells_of_last (side, last);

  if (first + last > side->axis.out - (last > 0) || head + tail > most || head + tail >= side->n_cells)
    return FALSE;
  side->first = first;
  side->last = last;
  side->head = head;
  side->tail = tail;
  return TRUE;
}

static void
show_more (WbKernelSide *side)
{
  while (show_ends (side, side->first + 1, side->last, ENOUGH))
    if (!show_ends (side, side->first, side->last + 1, ENOUGH))
      break;
}

static gboolean
show_whole (WbKernelSide *side, guint most)
{
  if (side->n_cells > most)
    return FALSE;
  side->head = side->n_cells;
  side->first = side->axis.out;
  return TRUE;
}

WbKernelSide
wb_kernel_side (const LatheAxis *axis, guint most)
{
  WbKernelSide side = {
      .axis = *axis,
      .n_cells = MAX (axis->before + axis->in + axis->after, lathe_axis_reach (axis)),
  };

  if (show_whole (&side, MIN (WHOLE, most)))
    return side;
  if (show_ends (&side, 2, 2, most))
    show_more (&side);
  else if (!show_ends (&side, 2, 1, most) && !show_whole (&side, most) && !show_ends (&side, 2, 0, most))
    {
      side.first = 1;
      side.head = axis->dilation == 1 && lathe_axis_window (axis) > most ? MIN (WHOLE, most) : most;
    }
  return side;
}

guint
wb_kernel_side_n_windows (const WbKernelSide *side)
{
  return side->first + side->last;
}

guint
wb_kernel_side_window (const WbKernelSide *side, guint shown)
{
  return shown < side->first ? shown : side->axis.out - wb_kernel_side_n_windows (side) + shown;
}

guint
wb_kernel_side_tap (const WbKernelSide *side, guint shown, guint tap)
{
  return wb_kernel_side_window (side, shown) * side->axis.stride + tap * side->axis.dilation;
}

gboolean
wb_kernel_side_is_padding (const WbKernelSide *side, guint cell)
{
  return cell < side->axis.before || cell >= side->axis.before + side->axis.in;
}

/* --- Where --- */

double
wb_kernel_side_place (const WbKernelSide *side, guint cell)
{
  guint tail = side->n_cells - side->tail;

  if (cell < side->head)
    return cell;
  return side->tail > 0 && cell >= tail ? side->head + WB_KERNEL_GAP + (cell - tail) : NAN;
}

double
wb_kernel_side_length (const WbKernelSide *side)
{
  return side->head + side->tail + (side->head < side->n_cells ? WB_KERNEL_GAP : 0);
}

double
wb_kernel_side_number_place (const WbKernelSide *side, guint shown)
{
  return shown < side->first ? shown : shown + WB_KERNEL_GAP;
}

double
wb_kernel_side_numbers_length (const WbKernelSide *side)
{
  guint n = wb_kernel_side_n_windows (side);

  return n + (n < side->axis.out ? WB_KERNEL_GAP : 0);
}

gboolean
wb_kernel_side_span (const WbKernelSide *side, guint shown, double *from, double *to)
{
  guint begin = wb_kernel_side_tap (side, shown, 0), end = wb_kernel_side_tap (side, shown, side->axis.kernel - 1);

  *from = wb_kernel_side_place (side, begin);
  *to = wb_kernel_side_place (side, end) + 1;
  if (!isnan (*to))
    return TRUE;
  *to = wb_kernel_side_length (side);
  return FALSE;
}

/* --- What is there --- */

guint
wb_kernel_side_nearest (const WbKernelSide *side, double place)
{
  double least = INFINITY;
  guint nearest = 0;

  for (guint i = 0; i < wb_kernel_side_n_windows (side); i++)
    {
      double from, to;

      wb_kernel_side_span (side, i, &from, &to);
      if (fabs ((from + to) / 2 - place) < least)
        {
          least = fabs ((from + to) / 2 - place);
          nearest = i;
        }
    }
  return nearest;
}

guint
wb_kernel_side_nearest_number (const WbKernelSide *side, double place)
{
  guint n = wb_kernel_side_n_windows (side), nearest = 0;

  while (nearest + 1 < n && wb_kernel_side_number_place (side, nearest + 1) <= place)
    nearest++;
  return nearest;
}
