/* wb-map-private.h: what the map's drawing and its gestures share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-map.h"
#include "wb-viewport.h"

G_BEGIN_DECLS

#define WB_MAP_SIDE 1000.0 /* of the map, in canvas units */
#define WB_MAP_MARGIN 24.0 /* pixels around it */

/* Where a class's name stands. */
typedef struct
{
  guint label;
  WbPoint at; /* on the canvas */
} WbMapName;

/* What the painted points depend on. */
typedef struct
{
  WbViewport viewport;
  int scale; /* pixels of the screen's a pixel */
  guint serial;
  gboolean dark;
} WbMapPainted;

struct _WbMap
{
  WbFigure parent_instance;

  WbMapping *mapping; /* or NULL */
  LatheMapMethod method;
  WbPoint *places;  /* n: on the canvas */
  GArray *names;    /* (element-type WbMapName) */
  gboolean *chosen; /* n */
  guint n, n_chosen;
  int pointed; /* -1: none */
  WbViewport viewport;
  gboolean whole;  /* all is shown, whatever the size */
  guint serial;    /* goes up with all that changes how a point looks */
  GArray *outline; /* (element-type WbPoint): pixels: of what is being drawn around points */
  WbPoint began;   /* of a movement: how far it has come */
  gboolean moves;  /* what is dragged is the map */
  WbPoint pointer; /* pixels */
  double zoom_began;

  cairo_surface_t *points; /* or NULL */
  WbMapPainted painted;
};

/* wb-map.c */
void wb_map_fit (WbMap *self);
void wb_map_clamp (WbMap *self);
int wb_map_find (WbMap *self, WbPoint pixel);
void wb_map_point_at (WbMap *self, int point);
void wb_map_choose (WbMap *self, GArray *points);

/* wb-map-draw.c */
void wb_map_draw (WbFigure *figure, const WbChartStyle *style, cairo_t *cr, double width, double height,
                  gboolean on_paper);

/* wb-map-gestures.c */
void wb_map_add_gestures (WbMap *self);
gboolean wb_map_key (WbFigure *figure, guint key);

G_END_DECLS
