/* wb-viewport.c: which part of a canvas is seen, and how large.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-viewport.h"

WbPoint
wb_viewport_to_canvas (const WbViewport *viewport, WbPoint pixel)
{
  return (WbPoint){viewport->x + pixel.x / viewport->zoom, viewport->y + pixel.y / viewport->zoom};
}

WbPoint
wb_viewport_from_canvas (const WbViewport *viewport, WbPoint point)
{
  return (WbPoint){(point.x - viewport->x) * viewport->zoom, (point.y - viewport->y) * viewport->zoom};
}

WbBox
wb_viewport_box_from_canvas (const WbViewport *viewport, WbBox box)
{
  WbPoint corner = wb_viewport_from_canvas (viewport, (WbPoint){box.x, box.y});

  return (WbBox){corner.x, corner.y, box.width * viewport->zoom, box.height * viewport->zoom};
}

WbBox
wb_viewport_get_visible (const WbViewport *viewport)
{
  return (WbBox){viewport->x, viewport->y, viewport->width / viewport->zoom, viewport->height / viewport->zoom};
}

void
wb_viewport_zoom_about (WbViewport *viewport, WbPoint pixel, double zoom)
{
  WbPoint still = wb_viewport_to_canvas (viewport, pixel);

  viewport->zoom = CLAMP (zoom, WB_ZOOM_LEAST, WB_ZOOM_MOST);
  viewport->x = still.x - pixel.x / viewport->zoom;
  viewport->y = still.y - pixel.y / viewport->zoom;
}

void
wb_viewport_scroll (WbViewport *viewport, double dx, double dy)
{
  viewport->x += dx / viewport->zoom;
  viewport->y += dy / viewport->zoom;
}

/* The zoom at which `length` takes what `margin` leaves of the screen; the most when there is nothing to show. */
static double
zoom_to_fit (double length, double screen, double margin)
{
  double room = MAX (screen - 2 * margin, 1);

  return length > 0 ? MIN (room / length, WB_ZOOM_MOST) : WB_ZOOM_MOST;
}

/* Where the view begins, so that [start, start + length] is in its middle, or begins where the view does. */
static double
centred (double start, double length, double seen, double margin)
{
  return length + 2 * margin > seen ? start - MIN (margin, seen / 2) : start - (seen - length) / 2;
}

void
wb_viewport_fit (WbViewport *viewport, WbBox box, double margin, double most)
{
  double zoom =
      MIN (zoom_to_fit (box.width, viewport->width, margin), zoom_to_fit (box.height, viewport->height, margin));
  WbBox seen;

  viewport->zoom = CLAMP (MIN (zoom, most), WB_ZOOM_LEAST, WB_ZOOM_MOST);
  seen = wb_viewport_get_visible (viewport);

  /* What fits to the last bit is not to count as too large. */
  margin *= (1 - 1e-9) / viewport->zoom;
  viewport->x = centred (box.x, box.width * (1 - 1e-9), seen.width, margin);
  viewport->y = centred (box.y, box.height * (1 - 1e-9), seen.height, margin);
}

static double
clamped (double at, double seen, double start, double length, double keep)
{
  keep = MIN (MIN (keep, length), seen);
  return CLAMP (at, start + keep - seen, start + length - keep);
}

void
wb_viewport_clamp (WbViewport *viewport, WbBox extent, double keep)
{
  WbBox seen;

  viewport->zoom = CLAMP (viewport->zoom, WB_ZOOM_LEAST, WB_ZOOM_MOST);
  seen = wb_viewport_get_visible (viewport);
  viewport->x = clamped (seen.x, seen.width, extent.x, extent.width, keep / viewport->zoom);
  viewport->y = clamped (seen.y, seen.height, extent.y, extent.height, keep / viewport->zoom);
}

/* Where the view begins once [start, start + length] is seen; of one that is too large, the beginning. */
static double
revealed (double at, double seen, double start, double length, double margin)
{
  margin = MIN (margin, MAX (seen - length, 0) / 2);
  at = MAX (at, start + length + margin - seen);
  return MIN (at, start - margin);
}

gboolean
wb_viewport_reveal (WbViewport *viewport, WbBox box, double margin)
{
  WbBox seen = wb_viewport_get_visible (viewport);

  margin /= viewport->zoom;
  viewport->x = revealed (seen.x, seen.width, box.x, box.width, margin);
  viewport->y = revealed (seen.y, seen.height, box.y, box.height, margin);
  return viewport->x != seen.x || viewport->y != seen.y;
}

WbViewport
wb_viewport_overview (const WbViewport *viewport, WbBox extent, double width, double height, double margin)
{
  WbBox seen = wb_viewport_get_visible (viewport);
  double left = MIN (extent.x, seen.x), right = MAX (extent.x + extent.width, seen.x + seen.width);
  double top = MIN (extent.y, seen.y), bottom = MAX (extent.y + extent.height, seen.y + seen.height);
  WbBox all = {left, top, right - left, bottom - top};
  WbViewport map = {.width = width, .height = height};

  /* A map may be smaller than the canvas can be drawn: a tall network has to fit. */
  map.zoom = MIN (zoom_to_fit (all.width, width, margin), zoom_to_fit (all.height, height, margin));
  map.x = all.x + all.width / 2 - width / 2 / map.zoom;
  map.y = all.y + all.height / 2 - height / 2 / map.zoom;
  return map;
}

void
wb_viewport_centre_on (WbViewport *viewport, WbPoint point)
{
  WbBox seen = wb_viewport_get_visible (viewport);

  viewport->x = point.x - seen.width / 2;
  viewport->y = point.y - seen.height / 2;
}
