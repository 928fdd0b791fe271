/* wb-canvas-ink.h: what a network is drawn with: on the screen in the colours of the theme, on a sheet in paper's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-canvas-private.h"
#include "wb-sheet.h"

G_BEGIN_DECLS

typedef struct
{
  WbCanvas *canvas;
  GtkSnapshot *snapshot; /* NULL: it is a sheet */
  WbSheet *sheet;
  WbPoint origin; /* of a sheet: where what is drawn has its 0, 0 */
} WbInk;

GdkRGBA wb_ink_color (const WbInk *ink, const char *name, double opacity);
void wb_ink_fill (const WbInk *ink, WbBox box, double radius, const GdkRGBA *color);
/* A line of this width within the box's border. */
void wb_ink_outline (const WbInk *ink, WbBox box, double radius, double width, const GdkRGBA *color);
void wb_ink_shadow (const WbInk *ink, WbBox box, double radius, const GdkRGBA *color);
void wb_ink_text (const WbInk *ink, const WbText *text, WbPoint at, double scale);
/* A line with round corners, and an arrow at its end. */
void wb_ink_route (const WbInk *ink, WbRoute route, double width, const GdkRGBA *color);

/* --- wb-canvas-draw.c: parts of a network, with any ink */
void wb_canvas_draw_frames (const WbInk *ink, WbDetail detail);
void wb_canvas_draw_edge (const WbInk *ink, guint edge, WbDetail detail);
void wb_canvas_draw_card (const WbInk *ink, const WbCard *card, double height, WbDetail detail); /* at 0, 0 */

G_END_DECLS
