/* wb-sheet-private.h: what is on a sheet, for those who draw it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-sheet.h"

G_BEGIN_DECLS

typedef enum
{
  WB_SHAPE_FILL,
  WB_SHAPE_OUTLINE,
  WB_SHAPE_WORDS,
  WB_SHAPE_PATH,
} WbShapeKind;

typedef struct
{
  WbShapeKind kind;
  GdkRGBA color;
  WbBox box;
  double radius;
  double width;      /* of the line; of a path, 0: it is filled */
  const char *words; /* the sheet's */
  WbSheetText text;
  guint first, n_steps; /* of a path */
} WbShape;

typedef enum
{
  WB_STEP_MOVE,
  WB_STEP_LINE,
  WB_STEP_CURVE,
} WbStepKind;

typedef struct
{
  WbStepKind kind;
  WbPoint points[3]; /* the last is where it leads; the others are a curve's */
} WbStep;

struct _WbSheet
{
  WbBox extent;
  PangoFontDescription *font;
  double resolution;
  GArray *shapes;      /* (element-type WbShape) */
  GArray *steps;       /* (element-type WbStep) */
  GStringChunk *words; /* each once */
  guint begun;         /* the first step of the path that is not drawn yet */
};

/* --- wb-sheet-draw.c */
/* (on any thread) Returns: (transfer full): what measures and draws a sheet's words, as they are set in it */
PangoLayout *wb_sheet_create_layout (const WbSheet *sheet);
void wb_sheet_set_layout (const WbSheet *sheet, PangoLayout *layout, const WbShape *shape);
void wb_sheet_draw (cairo_t *cr, gconstpointer sheet); /* a WbExportDraw */

/* --- wb-sheet-svg.c */
char *wb_sheet_to_svg (const WbSheet *sheet); /* (transfer full) */

G_END_DECLS
