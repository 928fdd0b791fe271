/* lathe-depthwise.h: the depthwise convolution by hand, for instruction sets with many registers.
 *
 * One vector of channels of some outputs side by side is kept in registers through the whole window: each step loads a
 * vector of weights for all of them, and one of x for each. Channels that do not fill the last vector are worked out
 * together with some of those before them, again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-loops.h"

#define MAX_OUTPUTS 8

static inline __attribute__ ((always_inline)) void
depthwise_outputs (LatheReal *y, const LatheReal *x, const LatheReal *w, const LatheDepthwise *g, const int outputs)
{
  LatheVector sum[MAX_OUTPUTS];

#pragma GCC unroll 8
  for (int i = 0; i < outputs; i++)
    sum[i] = (LatheVector){0};
  for (guint row = 0; row < g->kernel_height; row++)
    for (guint column = 0; column < g->kernel_width; column++)
      {
        const LatheReal *from = x + row * g->row + column * g->column;
        LatheVector weights = *(const LatheVector *) (w + row * g->w_row + column * g->channels);

#pragma GCC unroll 8
        for (int i = 0; i < outputs; i++)
          sum[i] += weights * *(const LatheVector *) (from + i * g->step);
      }
#pragma GCC unroll 8
  for (int i = 0; i < outputs; i++)
    *(LatheVector *) (y + i * g->channels) = sum[i];
}

#define OUTPUTS(n)                                                                                                     \
  case n:                                                                                                              \
    depthwise_outputs (to, from, w + channel, g, n);                                                                   \
    break

static void
vector_depthwise (LatheReal *y, const LatheReal *x, const LatheReal *w, const LatheDepthwise *g)
{
  if (g->channels < LATHE_VECTOR_LANES)
    {
      loop_depthwise (y, x, w, g);
      return;
    }
  for (gsize c = 0; c < g->channels; c += LATHE_VECTOR_LANES)
    {
      gsize channel = MIN (c, g->channels - LATHE_VECTOR_LANES);
      const LatheReal *from = x + channel;
      LatheReal *to = y + channel;

      for (guint left = g->width, n; left > 0; left -= n, from += n * g->step, to += (gsize) n * g->channels)
        switch (n = MIN (left, MAX_OUTPUTS))
          {
            OUTPUTS (8);
            OUTPUTS (7);
            OUTPUTS (6);
            OUTPUTS (5);
            OUTPUTS (4);
            OUTPUTS (3);
            OUTPUTS (2);
            OUTPUTS (1);
          }
    }
}
