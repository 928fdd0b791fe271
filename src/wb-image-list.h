/* wb-image-list.h: those images of a dataset that are asked for, as a list that views show.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"
#include "wb-places.h"

G_BEGIN_DECLS

/* At a position is an image of the dataset, or none yet. Signals: "leaving": something else was asked for, and at each
 * place there will be another image, or none, though the place stays; "shown" (gboolean again): what was asked for last
 * is in the list; the same as before, but edited. */
#define WB_TYPE_IMAGE_LIST (wb_image_list_get_type ())
G_DECLARE_FINAL_TYPE (WbImageList, wb_image_list, WB, IMAGE_LIST, WbPlaces)

typedef enum
{
  WB_IMAGES_ALL, /* that are used */
  WB_IMAGES_TRAINING,
  WB_IMAGES_VALIDATION,
  WB_IMAGES_TEST,
  WB_IMAGES_EXCLUDED,
  WB_IMAGES_CHANGED, /* in another class than the source says, or from elsewhere */
} WbImageFilter;

WbImageList *wb_image_list_new (void);

/* In the background. `label`: -1 for all classes; `text`: a part of the file's name, in any case; `order`: indices of
 * images (element-type guint32), of which no others are shown, in this order; NULL: all, as the dataset has them. When
 * the same is asked for of a dataset that was edited, only what is another there changes. */
void wb_image_list_show (WbImageList *list, LatheDataset *dataset, int label, WbImageFilter filter, const char *text,
                         GArray *order);
/* Files that are gone (element-type filename): among the excluded ones they are not shown from the next question on.
 * What of them is used all the same is shown as any other image. */
void wb_image_list_hide (WbImageList *list, const GPtrArray *paths);
void wb_image_list_unhide (WbImageList *list); /* none is known to be gone: the files were looked for anew */

guint wb_image_list_get_n_images (WbImageList *list);
LatheDataset *wb_image_list_get_dataset (WbImageList *list); /* (transfer none) (nullable) that is shown */
const LatheImage *wb_image_list_get_image (WbImageList *list, guint position); /* (nullable) */
gboolean wb_image_list_is_excluded (WbImageList *list, guint position);
gboolean wb_image_list_is_changed (WbImageList *list, guint position);

G_END_DECLS
