/* wb-point.h: points and boxes of drawings. y grows downwards.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  double x, y;
} WbPoint;

typedef struct
{
  double x, y; /* top left */
  double width, height;
} WbBox;

/* The least box around both. */
static inline WbBox
wb_box_united (WbBox a, WbBox b)
{
  double x = MIN (a.x, b.x), y = MIN (a.y, b.y);

  return (WbBox){x, y, MAX (a.x + a.width, b.x + b.width) - x, MAX (a.y + a.height, b.y + b.height) - y};
}

G_END_DECLS
