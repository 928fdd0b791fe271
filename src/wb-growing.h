/* wb-growing.h: a long list that is shown a few rows a frame.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A list makes widgets for many more rows than are in sight, all at once, which can take a tenth of a second. What this
 * gives has the first rows of `model`, and more with each frame of `widget`; so it does again where many of them become
 * others. (transfer full); model: (transfer none) */
GListModel *wb_growing_new (GtkWidget *widget, GListModel *model);

/* Lets a view show such a list of `model` (nullable): the rows that it shows become those, a few a frame, as those that
 * go take as long as those that come. */
void wb_growing_show (GtkWidget *widget, GtkNoSelection *selection, GListModel *model);

G_END_DECLS
