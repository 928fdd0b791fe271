/* wb-object-list.c: a list of objects that is replaced as a whole.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-object-list.h"

struct _WbObjectList
{
  GObject parent_instance;
  GType type;
  GPtrArray *objects;
};

static GType
get_item_type (GListModel *model)
{
  return WB_OBJECT_LIST (model)->type;
}

static guint
get_n_items (GListModel *model)
{
  return WB_OBJECT_LIST (model)->objects->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  WbObjectList *self = WB_OBJECT_LIST (model);

  return position < self->objects->len ? g_object_ref (self->objects->pdata[position]) : NULL;
}

static void
init_list_model (GListModelInterface *interface)
{
  interface->get_item_type = get_item_type;
  interface->get_n_items = get_n_items;
  interface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (WbObjectList, wb_object_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, init_list_model))

GPtrArray *
wb_object_list_get_objects (WbObjectList *self)
{
  g_return_val_if_fail (WB_IS_OBJECT_LIST (self), NULL);

  return self->objects;
}

void
wb_object_list_replace (WbObjectList *self, GPtrArray *objects)
{
  g_autoptr (GPtrArray) before = NULL;
  guint first = 0, last = 0, shorter;

  g_return_if_fail (WB_IS_OBJECT_LIST (self));

  before = g_steal_pointer (&self->objects);
  self->objects = objects;
  shorter = MIN (before->len, objects->len);
  while (first < shorter && before->pdata[first] == objects->pdata[first])
    first++;
  while (last < shorter - first && before->pdata[before->len - 1 - last] == objects->pdata[objects->len - 1 - last])
    last++;
  if (first + last < before->len || first + last < objects->len)
    g_list_model_items_changed (G_LIST_MODEL (self), first, before->len - first - last, objects->len - first - last);
}

static void
wb_object_list_finalize (GObject *object)
{
  g_ptr_array_unref (WB_OBJECT_LIST (object)->objects);
  G_OBJECT_CLASS (wb_object_list_parent_class)->finalize (object);
}

static void
wb_object_list_class_init (WbObjectListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_object_list_finalize;
}

static void
wb_object_list_init (WbObjectList *self)
{
  self->objects = g_ptr_array_new_with_free_func (g_object_unref);
}

WbObjectList *
wb_object_list_new (GType type)
{
  WbObjectList *self = g_object_new (WB_TYPE_OBJECT_LIST, NULL);

  self->type = type;
  return self;
}
