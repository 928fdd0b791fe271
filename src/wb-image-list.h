/* wb-image-list.h: the images of a dataset, or of one of its classes, as a list that views show.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_IMAGE (wb_image_get_type ())
G_DECLARE_FINAL_TYPE (WbImage, wb_image, WB, IMAGE, GObject)

const LatheImage *wb_image_get (WbImage *image);
guint wb_image_get_index (WbImage *image); /* in the dataset, however that is divided */

/* A GListModel of WbImage. Items are made when they are asked for, so that a hundred thousand cost nothing. */
#define WB_TYPE_IMAGE_LIST (wb_image_list_get_type ())
G_DECLARE_FINAL_TYPE (WbImageList, wb_image_list, WB, IMAGE_LIST, GObject)

WbImageList *wb_image_list_new (void);
void wb_image_list_show (WbImageList *list, LatheDataset *dataset, int label); /* -1: all classes */

G_END_DECLS
