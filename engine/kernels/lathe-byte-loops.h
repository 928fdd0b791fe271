/* lathe-byte-loops.h: the inner loops in 8 bits in plain C, included once by each instruction set's file.
 *
 * No product is added to a real number here, so that there is nothing to fuse: every instruction set rounds alike.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <math.h>

#include "lathe-bytes.h"

/* A number that is none becomes the least. */
static inline gint32
byte_round (float value, gint32 zero, gint32 least, gint32 most)
{
  float low = (float) (least - zero), high = (float) (most - zero);

  value = value > low ? value : low;
  value = value < high ? value : high;
  return zero + (gint32) lrintf (value);
}

/* Sums to n columns of y, or of real, from the first on. */
static inline void
byte_finish (const LatheByteOutput *output, gsize first, const gint32 *sums, gsize n, gboolean by_place, guint8 *y,
             LatheReal *real)
{
  for (gsize column = 0; column < n; column++)
    {
      gsize place = by_place ? lathe_byte_place (column) : column;
      float value = (float) (sums[place] + output->bias[first + place]) * output->factor[first + place];

      if (y != NULL)
        y[column] = (guint8) byte_round (value, output->zero, output->least, output->most);
      else
        real[column] = value;
    }
}

static inline void
loop_byte_panel_slab (const LatheBytePanel *p, guint line, guint row, gsize slab)
{
  gsize first = slab * LATHE_BYTE_SLAB, at = ((gsize) line * p->rows + row) * p->y_row + first;
  gsize groups = lathe_byte_groups (p->depth);
  const gint8 *b = p->b + first * p->segments * groups * LATHE_BYTE_GROUP;
  gint32 sums[LATHE_BYTE_SLAB] = {0};

  for (guint segment = 0; segment < p->segments; segment++)
    {
      const guint8 *a = p->a + line * p->a_line + row * p->a_row + p->a_at[segment];

      for (gsize group = 0; group < groups; group++, a += LATHE_BYTE_GROUP)
        for (guint column = 0; column < LATHE_BYTE_SLAB; column++, b += LATHE_BYTE_GROUP)
          for (guint k = 0; k < LATHE_BYTE_GROUP; k++)
            sums[column] += a[k] * b[k];
    }
  byte_finish (&p->output, first, sums, MIN (LATHE_BYTE_SLAB, p->columns - first), FALSE,
               p->y != NULL ? p->y + at : NULL, p->y != NULL ? NULL : p->real + at);
}

static inline void
loop_byte_depthwise_pixel (const LatheByteDepthwise *d, guint pixel, gsize first)
{
  gsize at = pixel * d->y_step + first, n = MIN (LATHE_BYTE_CHANNELS, d->channels - first);
  const gint8 *w = d->w + first * d->groups * LATHE_BYTE_GROUP;
  const guint8 *x = d->x + pixel * d->step + first;
  gint32 sums[LATHE_BYTE_CHANNELS] = {0};

  for (gsize group = 0; group < d->groups; group++, w += LATHE_BYTE_CHANNELS * LATHE_BYTE_GROUP)
    for (gsize channel = 0; channel < n; channel++)
      {
        gsize place = lathe_byte_place (channel);

        for (gsize k = 0; k < LATHE_BYTE_GROUP; k++)
          sums[place] += x[d->tap[group * LATHE_BYTE_GROUP + k] + channel] * w[place * LATHE_BYTE_GROUP + k];
      }
  byte_finish (&d->output, first, sums, n, TRUE, d->y != NULL ? d->y + at : NULL, d->y != NULL ? NULL : d->real + at);
}

static inline void
loop_byte_add (guint8 *y, const guint8 *a, const guint8 *b, gsize n, const LatheByteSum *sum)
{
  for (gsize i = 0; i < n; i++)
    {
      gint32 value = (a[i] * sum->factor_a + b[i] * sum->factor_b + sum->offset) >> sum->shift;

      value = value > sum->least ? value : sum->least;
      y[i] = (guint8) (value < sum->most ? value : sum->most);
    }
}

static inline void
loop_byte_largest (guint8 *restrict y, const guint8 *restrict x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    y[i] = x[i] > y[i] ? x[i] : y[i];
}

static inline void
loop_byte_sums (gint32 *restrict sums, const guint8 *restrict x, gsize rows, gsize columns)
{
  for (gsize row = 0; row < rows; row++, x += columns)
    for (gsize column = 0; column < columns; column++)
      sums[column] += x[column];
}

static inline void
loop_byte_quantise (guint8 *restrict y, const LatheReal *restrict x, gsize n, float scale, gint32 zero)
{
  for (gsize i = 0; i < n; i++)
    y[i] = (guint8) byte_round ((float) x[i] / scale, zero, 0, 255);
}

static inline void
loop_byte_dequantise (LatheReal *restrict y, const guint8 *restrict x, gsize n, float scale, gint32 zero)
{
  for (gsize i = 0; i < n; i++)
    y[i] = (float) (x[i] - zero) * scale;
}

/* What comes behind the panel and the depthwise convolution in the table. */
#define LATHE_BYTE_LOOPS                                                                                               \
  .add = loop_byte_add, .largest = loop_byte_largest, .sums = loop_byte_sums, .quantise = loop_byte_quantise,          \
  .dequantise = loop_byte_dequantise
