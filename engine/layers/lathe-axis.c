/* lathe-axis.c: one side of an image, and the windows that move along it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-axis.h"

#include <glib/gi18n-lib.h>

#include "base/lathe-error.h"

const char *const lathe_padding_names[] = {N_ ("valid"), N_ ("same"), N_ ("explicit"), NULL};

/**
 * lathe_axis_sides_fit:
 * @sides: how far explicit padding goes on each
 *
 * Errors: LATHE_ERROR_SHAPE when a window could lie in the padding alone, where it sees nothing.
 */
gboolean
lathe_axis_sides_fit (const double sides[LATHE_N_SIDES], const LatheAxis *y, const LatheAxis *x, GError **error)
{
  double most_y = MAX (sides[LATHE_SIDE_TOP], sides[LATHE_SIDE_BOTTOM]);
  double most_x = MAX (sides[LATHE_SIDE_LEFT], sides[LATHE_SIDE_RIGHT]);

  if (most_y < lathe_axis_window (y) && most_x < lathe_axis_window (x))
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
               _ ("pads by %g×%g pixels, but its window is only %u×%u large: the padding must be smaller"), most_y,
               most_x, lathe_axis_window (y), lathe_axis_window (x));
  return FALSE;
}
