/* wb-figure.h: something drawn that can be copied as numbers and saved as a file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-pen.h"

G_BEGIN_DECLS

#define WB_TYPE_FIGURE (wb_figure_get_type ())
G_DECLARE_DERIVABLE_TYPE (WbFigure, wb_figure, WB, FIGURE, GtkWidget)

/* Property: "title" (string). Signal: "failed" (const char *message): a file could not be saved. */

struct _WbFigureClass
{
  GtkWidgetClass parent_class;
  /* Into (0, 0, width, height); on paper without what the pointer is at. */
  void (*draw) (WbFigure *self, const WbChartStyle *style, cairo_t *cr, double width, double height, gboolean on_paper);
  char *(*to_csv) (WbFigure *self);
  /* The pointer is here; NAN: it has left. */
  void (*point) (WbFigure *self, double x, double y);
  /* A key of the keyboard asks for what is next to it, or for nothing any more: FALSE when it means nothing here. */
  gboolean (*key) (WbFigure *self, guint key);
};

typedef enum
{
  WB_FIGURE_PNG,
  WB_FIGURE_SVG,
  WB_FIGURE_PDF,
  WB_FIGURE_CSV,
} WbFigureFormat;

const char *wb_figure_get_title (WbFigure *figure);
void wb_figure_describe (WbFigure *figure, const char *text); /* for those who do not see it */
/* Asks where to, draws as on paper, and writes the file on a thread. Emits "failed" when it cannot. */
void wb_figure_save (WbFigure *figure, WbFigureFormat format);

G_END_DECLS
