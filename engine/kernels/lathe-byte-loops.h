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

/* A slab of sums, by place, to n columns of y or real. */
static inline void
byte_finish (const LatheByteOutput *output, gsize slab, const gint32 sums[LATHE_BYTE_SLAB], gsize n, guint8 *y,
             LatheReal *real)
{
  for (gsize column = 0; column < n; column++)
    {
      gsize place = lathe_byte_place (column), at = slab * LATHE_BYTE_SLAB + place;
      float value = (float) (sums[place] + output->bias[at]) * output->factor[at];

      if (y != NULL)
        y[column] = (guint8) byte_round (value, output->zero, output->least, output->most);
      else
        real[column] = value;
    }
}

static inline void
loop_byte_panel_slab (const LatheBytePanel *p, guint row, gsize slab)
{
  gsize first = slab * LATHE_BYTE_SLAB, at = row * p->y_row + first, pairs = (p->depth + 1) / 2;
  const gint16 *b = p->b + slab * p->segments * pairs * 2 * LATHE_BYTE_SLAB;
  gint32 sums[LATHE_BYTE_SLAB] = {0};

  for (guint segment = 0; segment < p->segments; segment++)
    {
      const gint16 *a = p->a + row * p->a_row + p->a_at[segment];

      for (gsize pair = 0; pair < pairs; pair++, a += 2, b += 2 * LATHE_BYTE_SLAB)
        for (guint place = 0; place < LATHE_BYTE_SLAB; place++)
          sums[place] += a[0] * b[2 * place] + a[1] * b[2 * place + 1];
    }
  byte_finish (&p->output, slab, sums, MIN (LATHE_BYTE_SLAB, p->columns - first), p->y != NULL ? p->y + at : NULL,
               p->y != NULL ? NULL : p->real + at);
}

static inline void
loop_byte_depthwise_slab (const LatheByteDepthwise *d, guint pixel, gsize slab)
{
  gsize first = slab * LATHE_BYTE_SLAB, at = pixel * d->y_step + first, pairs = (d->taps + 1) / 2;
  gsize n = MIN (LATHE_BYTE_SLAB, d->channels - first);
  const gint16 *w = d->w + slab * pairs * 2 * LATHE_BYTE_SLAB, *x = d->x + pixel * d->step + first;
  gint32 sums[LATHE_BYTE_SLAB] = {0};

  for (gsize pair = 0; pair < pairs; pair++, w += 2 * LATHE_BYTE_SLAB)
    for (gsize channel = 0; channel < n; channel++)
      {
        gsize place = lathe_byte_place (channel);

        sums[place] +=
            x[d->tap[2 * pair] + channel] * w[2 * place] + x[d->tap[2 * pair + 1] + channel] * w[2 * place + 1];
      }
  byte_finish (&d->output, slab, sums, n, d->y != NULL ? d->y + at : NULL, d->y != NULL ? NULL : d->real + at);
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
loop_byte_widen (gint16 *restrict y, const guint8 *restrict x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    y[i] = x[i];
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
  .add = loop_byte_add, .largest = loop_byte_largest, .sums = loop_byte_sums, .widen = loop_byte_widen,                \
  .quantise = loop_byte_quantise, .dequantise = loop_byte_dequantise
