/* wb-figure.h: something drawn that can be copied as numbers and saved as a file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-export.h"
#include "wb-pen.h"

G_BEGIN_DECLS

#define WB_TYPE_FIGURE (wb_figure_get_type ())
G_DECLARE_DERIVABLE_TYPE (WbFigure, wb_figure, WB, FIGURE, GtkWidget)

/* Properties: "title" (string), "compact" (gboolean: it would rather be low, for it is beside others). Signal: "failed"
 * (const char *message): a file could not be saved. */

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

const char *wb_figure_get_title (WbFigure *figure);
void wb_figure_describe (WbFigure *figure, const char *text); /* for those who do not see it */
/* Above what every figure's menu has, and below what was added before. */
void wb_figure_add_to_menu (WbFigure *figure, GMenuModel *section);
/* Asks where to, draws as on paper, and writes the file on a thread. Emits "failed" when it cannot. */
void wb_figure_save (WbFigure *figure, WbExportFormat format);

G_END_DECLS
