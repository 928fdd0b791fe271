/* wb-sheet.h: a drawing as a list of shapes, to be put on paper.
 *
 * It is filled on the main loop, where what it shows is, and becomes a file on a thread, which needs nothing else.
 * Lengths are those of the canvas. Shapes lie on one another in the order in which they come.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-export.h"
#include "wb-point.h"

G_BEGIN_DECLS

typedef struct _WbSheet WbSheet;

/* What all its words are written in; the sheet keeps a copy. resolution: dots an inch of text. */
WbSheet *wb_sheet_new (WbBox extent, const PangoFontDescription *font, double resolution);
void wb_sheet_free (WbSheet *sheet);
WbBox wb_sheet_get_extent (const WbSheet *sheet);

void wb_sheet_fill (WbSheet *sheet, WbBox box, double radius, const GdkRGBA *color);
/* A line of this width within the box's border. */
void wb_sheet_outline (WbSheet *sheet, WbBox box, double radius, double width, const GdkRGBA *color);
typedef struct
{
  gboolean bold;
  gboolean ends; /* at the right of its box, where what shows it does not do as it is told; otherwise it begins at the
                    left */
  double size;   /* of the sheet's font */
  GdkRGBA color;
} WbSheetText;

/* One line of text, as wide as the box and in the middle of its height. */
void wb_sheet_write (WbSheet *sheet, const char *words, WbBox box, const WbSheetText *text);

/* A path is begun, goes on, and is drawn: as a line, or, with a width of 0, filled. */
void wb_sheet_move_to (WbSheet *sheet, WbPoint to);
void wb_sheet_line_to (WbSheet *sheet, WbPoint to);
void wb_sheet_curve_to (WbSheet *sheet, WbPoint first, WbPoint second, WbPoint to); /* as cairo_curve_to () */
void wb_sheet_draw_path (WbSheet *sheet, double width, const GdkRGBA *color);

/* How large a PNG of it is, in hundredths of its full size, which is two pixels a unit: 100, or as much less as keeps
 * the image within bounds. */
guint wb_sheet_get_percent (const WbSheet *sheet);
/* On any thread. As wb_export_write (). An SVG has its words as text, and so has a PDF. */
gboolean wb_sheet_save (WbSheet *sheet, const char *path, WbExportFormat format, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WbSheet, wb_sheet_free)

G_END_DECLS
