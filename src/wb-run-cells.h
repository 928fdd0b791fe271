/* wb-run-cells.h: the columns of the table of runs, and what is in their cells.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* To a view within a WbRunTable, whose rows are those of a tree of WbRunItem and WbRunGroup. */
void wb_run_cells_add (GtkColumnView *view);

G_END_DECLS
