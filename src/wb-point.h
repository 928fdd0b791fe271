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

G_END_DECLS
