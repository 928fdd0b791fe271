/* lathe-kernels-generic.c: the row that runs everywhere, and the oracle for the others.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-byte-loops.h"
#include "lathe-loops.h"

static void
generic_panel (const LathePanel *panel)
{
  for (guint row = 0; row < panel->rows; row++)
    {
      LatheReal *restrict c = panel->c + row * panel->c_row;

      if (!panel->accumulate)
        for (guint column = 0; column < panel->columns; column++)
          c[column] = 0;
      for (guint segment = 0; segment < panel->segments; segment++)
        for (guint k = 0; k < panel->depth; k++)
          {
            LatheReal a = panel->a[row * panel->a_row + segment * panel->a_segment + k * panel->a_depth];
            const LatheReal *restrict b = panel->b + segment * panel->b_segment + k * panel->b_depth;

            for (guint column = 0; column < panel->columns; column++)
              c[column] += a * b[column];
          }
    }
}

static void
generic_byte_panel (const LatheBytePanel *panel)
{
  for (guint line = 0; line < panel->lines; line++)
    for (guint row = 0; row < panel->rows; row++)
      for (gsize slab = 0; slab < lathe_byte_slabs (panel->columns); slab++)
        loop_byte_panel_slab (panel, line, row, slab);
}

static void
generic_byte_depthwise (const LatheByteDepthwise *depthwise)
{
  for (guint pixel = 0; pixel < depthwise->width; pixel++)
    for (gsize first = 0; first < depthwise->channels; first += LATHE_BYTE_CHANNELS)
      loop_byte_depthwise_pixel (depthwise, pixel, first);
}

const LatheKernels lathe_kernels_generic = {.name = "generic",
                                            .panel = generic_panel,
                                            .bytes = {generic_byte_panel, generic_byte_depthwise, LATHE_BYTE_LOOPS},
                                            .depthwise = loop_depthwise,
                                            .transpose = loop_transpose,
                                            LATHE_ROW_LOOPS,
                                            LATHE_LOOPS};
