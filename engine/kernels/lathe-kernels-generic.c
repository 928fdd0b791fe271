/* lathe-kernels-generic.c: the row that runs everywhere, and the oracle for the others.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-byte-loops.h"
#include "lathe-byte-winograd-loops.h"
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

static void
generic_byte_products (const LatheByteProducts *p)
{
  for (guint row = 0; row < p->rows; row++)
    for (guint column = 0; column < p->columns; column++)
      {
        gsize slab = column / LATHE_BYTE_SLAB, lane = column % LATHE_BYTE_SLAB;
        const gint16 *v = p->v + row * p->v_row, *u = p->u + slab * p->depth * LATHE_BYTE_SLAB + 2 * lane;
        guint32 sum = 0;

        for (guint k = 0; k < p->depth; k += 2, u += 2 * LATHE_BYTE_SLAB)
          sum += (guint32) (v[k] * u[0] + v[k + 1] * u[1]);
        p->m[row * p->m_row + column] = (gint32) sum;
      }
}

static void
generic_byte_finish (const LatheByteOutput *output, gsize first, gint32 sums[][LATHE_BYTE_SLAB], guint n, guint8 *y,
                     gsize pixel)
{
  for (guint i = 0; i < n; i++)
    byte_finish (output, first, sums[i], LATHE_BYTE_SLAB, FALSE, y + i * pixel, NULL);
}

static void
generic_byte_result (const LatheByteResult *result)
{
  byte_point_results (result, generic_byte_finish);
}

const LatheKernels lathe_kernels_generic = {.name = "generic",
                                            .panel = generic_panel,
                                            .bytes = {.panel = generic_byte_panel,
                                                      .depthwise = generic_byte_depthwise,
                                                      .winograd_channels = LATHE_BYTE_SLAB,
                                                      .points = loop_byte_points,
                                                      .products = generic_byte_products,
                                                      .result = generic_byte_result,
                                                      LATHE_BYTE_LOOPS},
                                            .depthwise = loop_depthwise,
                                            .transpose = loop_transpose,
                                            LATHE_ROW_LOOPS,
                                            LATHE_LOOPS};
