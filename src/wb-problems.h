/* wb-problems.h: a window that names files, and says of each what is the matter.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

/* Each opens a window over `parent`. */
void wb_problems_show_unreadable (GtkWindow *parent, LatheDataset *dataset);
void wb_problems_show_duplicates (GtkWindow *parent, LatheDataset *dataset);

/* Files that have the same bytes as another one. */
guint wb_problems_count_duplicates (LatheDataset *dataset);

G_END_DECLS
