/* wb-image-list.c: the images of a dataset, or of one of its classes, as a list that views show.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-image-list.h"

struct _WbImage
{
  GObject parent_instance;

  LatheDataset *dataset;
  guint index;
};

G_DEFINE_FINAL_TYPE (WbImage, wb_image, G_TYPE_OBJECT)

static void
wb_image_finalize (GObject *object)
{
  g_clear_pointer (&WB_IMAGE (object)->dataset, lathe_dataset_unref);
  G_OBJECT_CLASS (wb_image_parent_class)->finalize (object);
}

static void
wb_image_class_init (WbImageClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_image_finalize;
}

static void
wb_image_init (WbImage *self)
{
}

const LatheImage *
wb_image_get (WbImage *self)
{
  g_return_val_if_fail (WB_IS_IMAGE (self), NULL);

  return lathe_dataset_get_image (self->dataset, self->index);
}

guint
wb_image_get_index (WbImage *self)
{
  g_return_val_if_fail (WB_IS_IMAGE (self), 0);

  return self->index;
}

struct _WbImageList
{
  GObject parent_instance;

  LatheDataset *dataset;
  GArray *indices; /* (element-type guint) */
};

static GType
wb_image_list_get_item_type (GListModel *model)
{
  return WB_TYPE_IMAGE;
}

static guint
wb_image_list_get_n_items (GListModel *model)
{
  return WB_IMAGE_LIST (model)->indices->len;
}

static gpointer
wb_image_list_get_item (GListModel *model, guint position)
{
  WbImageList *self = WB_IMAGE_LIST (model);
  WbImage *image;

  if (position >= self->indices->len)
    return NULL;
  image = g_object_new (WB_TYPE_IMAGE, NULL);
  image->dataset = lathe_dataset_ref (self->dataset);
  image->index = g_array_index (self->indices, guint, position);
  return image;
}

static void
model_init (GListModelInterface *interface)
{
  interface->get_item_type = wb_image_list_get_item_type;
  interface->get_n_items = wb_image_list_get_n_items;
  interface->get_item = wb_image_list_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (WbImageList, wb_image_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, model_init))

void
wb_image_list_show (WbImageList *self, LatheDataset *dataset, int label)
{
  guint n_before;

  g_return_if_fail (WB_IS_IMAGE_LIST (self));

  n_before = self->indices->len;
  g_clear_pointer (&self->dataset, lathe_dataset_unref);
  self->dataset = lathe_dataset_ref (dataset);
  g_array_set_size (self->indices, 0);
  for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
    if (label < 0 || lathe_dataset_get_image (dataset, i)->label == (guint) label)
      g_array_append_val (self->indices, i);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, n_before, self->indices->len);
}

static void
wb_image_list_finalize (GObject *object)
{
  WbImageList *self = WB_IMAGE_LIST (object);

  g_clear_pointer (&self->dataset, lathe_dataset_unref);
  g_array_unref (self->indices);
  G_OBJECT_CLASS (wb_image_list_parent_class)->finalize (object);
}

static void
wb_image_list_class_init (WbImageListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_image_list_finalize;
}

static void
wb_image_list_init (WbImageList *self)
{
  self->indices = g_array_new (FALSE, FALSE, sizeof (guint));
}

WbImageList *
wb_image_list_new (void)
{
  return g_object_new (WB_TYPE_IMAGE_LIST, NULL);
}
