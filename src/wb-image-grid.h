/* wb-image-grid.h: thumbnails of many images, to look at, select and drag away.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-image-list.h"

G_BEGIN_DECLS

#define WB_TYPE_IMAGE_GRID (wb_image_grid_get_type ())
G_DECLARE_FINAL_TYPE (WbImageGrid, wb_image_grid, WB, IMAGE_GRID, AdwBin)

/* Properties: "thumbnail-size" (int, pixels), "menu-model" (GMenuModel: what can be done with the selected images).
 * Signal: "selection-changed". Keys and menu activate actions that are the page's: "images.exclude", "images.open",
 * "images.copy". Images are dragged away as their names (GStrv). */

WbImageList *wb_image_grid_get_list (WbImageGrid *grid); /* (transfer none) */
guint wb_image_grid_get_n_selected (WbImageGrid *grid);
/* Positions in the list. (transfer full) */
GtkBitset *wb_image_grid_get_selected (WbImageGrid *grid);
char **wb_image_grid_get_names (WbImageGrid *grid); /* of the selected images, in the dataset. (transfer full) */

G_END_DECLS
