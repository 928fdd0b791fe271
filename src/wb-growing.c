/* wb-growing.c: a long list that is shown a few rows a frame.
 *
 *   head     rows that are as the list has them │ rows that are as it had them
 *   tail     all the others, once the head is complete
 *
 * Only the head has widgets from the start. What changes in it goes through it from the top, a few rows a frame; so who
 * looks at the first rows sees them change at once, however many follow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-growing.h"

#define STEP 4   /* rows that come or go in a frame */
#define MANY 240 /* rows: for no more than 200 has GTK widgets at once, however long the list */

#define WB_TYPE_GROWING (wb_growing_get_type ())
G_DECLARE_FINAL_TYPE (WbGrowing, wb_growing, WB, GROWING, GObject)

struct _WbGrowing
{
  GObject parent_instance;
  GtkWidget *widget; /* NULL once it is gone */
  GListModel *model;
  GPtrArray *head;
  guint fresh;   /* rows of the head that are as the list has them */
  guint tail;    /* rows behind the head */
  gboolean busy; /* the head is not complete */
};

static GType
get_item_type (GListModel *model)
{
  return g_list_model_get_item_type (WB_GROWING (model)->model);
}

static guint
get_n_items (GListModel *model)
{
  return WB_GROWING (model)->head->len + WB_GROWING (model)->tail;
}

static gpointer
get_item (GListModel *model, guint position)
{
  WbGrowing *self = WB_GROWING (model);

  if (position < self->head->len)
    return g_object_ref (self->head->pdata[position]);
  return position - self->head->len < self->tail ? g_list_model_get_item (self->model, position) : NULL;
}

static void
init_list_model (GListModelInterface *interface)
{
  interface->get_item_type = get_item_type;
  interface->get_n_items = get_n_items;
  interface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (WbGrowing, wb_growing, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, init_list_model))

/* Rows of the head become those that the list has there. */
static void
replace (WbGrowing *self, guint position, guint removed, guint added)
{
  if (removed > 0)
    g_ptr_array_remove_range (self->head, position, removed);
  for (guint i = 0; i < added; i++)
    g_ptr_array_insert (self->head, (int) (position + i), g_list_model_get_item (self->model, position + i));
  if (removed > 0 || added > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);
}

static void
set_tail (WbGrowing *self, guint tail)
{
  guint before = self->tail;

  self->tail = tail;
  if (before > 0 || tail > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), self->head->len, before, tail);
}

/* A row that becomes another one both comes and goes. */
static gboolean
go_on (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  WbGrowing *self = data;
  guint all = g_list_model_get_n_items (self->model), stale = self->head->len - self->fresh;
  guint step = stale > 0 ? STEP / 2 : STEP, added = MIN (step, MIN (all, MANY) - MIN (self->fresh, MIN (all, MANY)));

  replace (self, self->fresh, MIN (stale, added > 0 ? step : STEP), added);
  self->fresh += added;
  self->busy = self->fresh < self->head->len || self->fresh < MIN (all, MANY);
  if (!self->busy)
    set_tail (self, all - self->fresh);
  return self->busy ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void
begin (WbGrowing *self, guint position)
{
  gboolean busy = self->busy;

  self->fresh = MIN (position, busy ? self->fresh : self->head->len);
  self->busy = TRUE;
  set_tail (self, 0);
  if (!busy && self->widget)
    gtk_widget_add_tick_callback (self->widget, go_on, g_object_ref (self), g_object_unref);
}

static void
on_changed (GListModel *model, guint position, guint removed, guint added, WbGrowing *self)
{
  gboolean few = removed <= STEP && added <= STEP;

  if (!self->busy && self->tail > 0 && position >= self->head->len)
    {
      self->tail += added - removed;
      g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);
    }
  else if (few && position + removed <= (self->busy ? self->fresh : self->head->len))
    {
      self->fresh += added - removed;
      replace (self, position, removed, added);
    }
  else
    begin (self, position);
}

static void
wb_growing_dispose (GObject *object)
{
  WbGrowing *self = WB_GROWING (object);

  g_clear_weak_pointer (&self->widget);
  G_OBJECT_CLASS (wb_growing_parent_class)->dispose (object);
}

static void
wb_growing_finalize (GObject *object)
{
  g_object_unref (WB_GROWING (object)->model);
  g_ptr_array_unref (WB_GROWING (object)->head);
  G_OBJECT_CLASS (wb_growing_parent_class)->finalize (object);
}

static void
wb_growing_class_init (WbGrowingClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_growing_dispose;
  G_OBJECT_CLASS (klass)->finalize = wb_growing_finalize;
}

static void
wb_growing_init (WbGrowing *self)
{
  self->head = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
follow (WbGrowing *self, GListModel *model)
{
  self->model = g_object_ref (model);
  g_signal_connect_object (model, "items-changed", G_CALLBACK (on_changed), self, 0);
}

GListModel *
wb_growing_new (GtkWidget *widget, GListModel *model)
{
  WbGrowing *self = g_object_new (WB_TYPE_GROWING, NULL);
  guint first = MIN (g_list_model_get_n_items (model), STEP);

  g_set_weak_pointer (&self->widget, widget);
  follow (self, model);
  replace (self, 0, 0, first);
  self->fresh = first;
  if (g_list_model_get_n_items (model) > first)
    begin (self, first);
  return G_LIST_MODEL (self);
}

void
wb_growing_show (GtkWidget *widget, GtkNoSelection *selection, GListModel *model)
{
  GListModel *shown = gtk_no_selection_get_model (selection);
  g_autoptr (GListModel) growing = NULL;

  if (model != NULL && WB_IS_GROWING (shown))
    {
      g_autoptr (GListModel) before = g_steal_pointer (&WB_GROWING (shown)->model);

      g_signal_handlers_disconnect_by_func (before, on_changed, shown);
      follow (WB_GROWING (shown), model);
      begin (WB_GROWING (shown), 0);
      return;
    }
  growing = model != NULL ? wb_growing_new (widget, model) : NULL;
  gtk_no_selection_set_model (selection, growing);
}
