/* wb-viewport.h: which part of a canvas is seen, and how large.
 *
 * Lengths on the canvas are canvas units, lengths on the screen are pixels.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-point.h"

G_BEGIN_DECLS

#define WB_ZOOM_LEAST 0.05
#define WB_ZOOM_MOST 4.0

typedef struct
{
  double x, y;          /* of the canvas, at the top left of the screen */
  double zoom;          /* pixels a canvas unit, WB_ZOOM_LEAST … WB_ZOOM_MOST */
  double width, height; /* of the screen, pixels */
} WbViewport;

WbPoint wb_viewport_to_canvas (const WbViewport *viewport, WbPoint pixel);
WbPoint wb_viewport_from_canvas (const WbViewport *viewport, WbPoint point);
WbBox wb_viewport_box_from_canvas (const WbViewport *viewport, WbBox box);
/* The part of the canvas that is seen. */
WbBox wb_viewport_get_visible (const WbViewport *viewport);

/* Zooms (as near as the bounds allow) so that the same point of the canvas stays under `pixel`. */
void wb_viewport_zoom_about (WbViewport *viewport, WbPoint pixel, double zoom);
/* Scrolls by pixels: what is at (dx, dy) comes to (0, 0). */
void wb_viewport_scroll (WbViewport *viewport, double dx, double dy);

/* Shows all of `box` in the middle, with `margin` pixels around it where there is room, no larger than `most`. A box
 * that is too large even at the least zoom shows its beginning. */
void wb_viewport_fit (WbViewport *viewport, WbBox box, double margin, double most);

/* Brings the zoom within its bounds, and the view so near to `extent` that at least `keep` pixels of the drawing (or
 * all of it, when it is smaller) are seen each way. */
void wb_viewport_clamp (WbViewport *viewport, WbBox extent, double keep);

/* Scrolls no farther than it takes to see `box` with `margin` pixels around it; of one that is too large, the
 * beginning. Returns: whether it scrolled */
gboolean wb_viewport_reveal (WbViewport *viewport, WbBox box, double margin);

/* The view of an overview map of width × height pixels: all of the drawing and of what is seen, with `margin` around.
 */
WbViewport wb_viewport_overview (const WbViewport *viewport, WbBox extent, double width, double height, double margin);
/* Scrolls so that `point` of the canvas is in the middle: what a press on the overview map means. */
void wb_viewport_centre_on (WbViewport *viewport, WbPoint point);

G_END_DECLS
