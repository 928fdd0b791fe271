/* wb-kernel-geometry.h: which part of an image a picture of its windows shows, and where.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"

G_BEGIN_DECLS

#define WB_KERNEL_GAP 0.9 /* of what is left out, in cells */

/* One side of the picture. Its cells are the pixels with their padding, counted from the first of that on. A large
 * image is shown by its ends: some windows of the beginning and some of the end, and the cells that those look at. */
typedef struct
{
  LatheAxis axis;
  guint n_cells;     /* that there are */
  guint head, tail;  /* cells that are shown of the beginning and of the end; all of them: head */
  guint first, last; /* windows that are shown of the beginning and of the end; all of them: first */
} WbKernelSide;

/* Shows at most so many cells; of an axis that has a window. */
WbKernelSide wb_kernel_side (const LatheAxis *axis, guint most);

guint wb_kernel_side_n_windows (const WbKernelSide *side);                   /* that are shown */
guint wb_kernel_side_window (const WbKernelSide *side, guint shown);         /* the number of one of those among all */
guint wb_kernel_side_tap (const WbKernelSide *side, guint shown, guint tap); /* the cell that it looks at */
gboolean wb_kernel_side_is_padding (const WbKernelSide *side, guint cell);

/* Where it is drawn, in cells from the beginning; NAN when it is left out. */
double wb_kernel_side_place (const WbKernelSide *side, guint cell);
double wb_kernel_side_length (const WbKernelSide *side);
/* Of one number a window, as the windows lie. */
double wb_kernel_side_number_place (const WbKernelSide *side, guint shown);
double wb_kernel_side_numbers_length (const WbKernelSide *side);

/* From where to where a window that is shown goes, as far as cells are shown; FALSE when that is cut short. */
gboolean wb_kernel_side_span (const WbKernelSide *side, guint shown, double *from, double *to);
/* The window that is shown whose middle is nearest to a place; and the same of the numbers. */
guint wb_kernel_side_nearest (const WbKernelSide *side, double place);
guint wb_kernel_side_nearest_number (const WbKernelSide *side, double place);

G_END_DECLS
