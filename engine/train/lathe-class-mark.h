/* lathe-class-mark.h: what points of a class look like on paper and on the screen.
 *
 * Okabe & Ito's colours, which people with any kind of colour vision tell apart, without black, which is for text, and
 * with grey for yellow, which white paper swallows. The shape changes with the colour, and not in step with it: 28
 * classes look different, and neighbours among them in both.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  LATHE_MARK_CIRCLE,
  LATHE_MARK_SQUARE,
  LATHE_MARK_TRIANGLE,
  LATHE_MARK_DIAMOND,
  LATHE_N_MARKS
} LatheMark;

static inline LatheMark
lathe_class_mark (guint label)
{
  return label % LATHE_N_MARKS;
}

/* 0xrrggbb */
static inline guint32
lathe_class_color (guint label)
{
  static const guint32 colors[] = {0xe69f00, 0x0072b2, 0x009e73, 0xcc79a7, 0x56b4e9, 0xd55e00, 0x999999};

  return colors[label % G_N_ELEMENTS (colors)];
}

G_END_DECLS
