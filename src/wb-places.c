/* wb-places.c: a list of places, which come and go few at a time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-places.h"

#define AT_A_TIME 16 /* where no view was told of */

typedef struct
{
  GArray *items;   /* (element-type GObject): one for each place, NULL until it is asked for */
  guint n;         /* that there are to be */
  guint settling;  /* source, or 0 */
  guint n_widgets; /* of a view, for so many places at most */
  guint at_a_time;
} WbPlacesPrivate;

static guint settled_signal;

static void model_init (GListModelInterface *interface);

G_DEFINE_TYPE_WITH_CODE (WbPlaces, wb_places, G_TYPE_OBJECT,
                         G_ADD_PRIVATE (WbPlaces) G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, model_init))

static WbPlacesPrivate *
get_private (gpointer self)
{
  return wb_places_get_instance_private (self);
}

/* --- How many there are --- */

/* At the end of the list so many places come, or go when there are fewer. */
static void
set_length (WbPlaces *self, guint n)
{
  GArray *items = get_private (self)->items;
  guint n_before = items->len;

  g_array_set_size (items, n);
  if (n > n_before)
    g_list_model_items_changed (G_LIST_MODEL (self), n_before, 0, n - n_before);
  else if (n < n_before)
    g_list_model_items_changed (G_LIST_MODEL (self), n, n_before - n, 0);
}

/* The next number of places on the way to `end`. Beyond what a view has widgets for they cost nothing. */
static guint
step_towards (const WbPlacesPrivate *own, guint end)
{
  guint n = own->items->len;

  if (n < end)
    return n + own->at_a_time < own->n_widgets ? MIN (n + own->at_a_time, end) : end;
  return MAX (MIN (n, own->n_widgets + own->at_a_time), end + own->at_a_time) - own->at_a_time;
}

/* Returns: whether there are as many as there are to be */
static gboolean
take_step (WbPlaces *self)
{
  WbPlacesPrivate *own = get_private (self);

  set_length (self, step_towards (own, own->n));
  return own->items->len == own->n;
}

static gboolean
settle_some (gpointer self)
{
  if (!take_step (self))
    return G_SOURCE_CONTINUE;
  get_private (self)->settling = 0;
  g_signal_emit (self, settled_signal, 0);
  return G_SOURCE_REMOVE;
}

void
wb_places_set_view (WbPlaces *self, guint n_widgets, guint at_a_time)
{
  WbPlacesPrivate *own = get_private (self);

  g_return_if_fail (WB_IS_PLACES (self));
  g_return_if_fail (at_a_time > 0);

  own->n_widgets = n_widgets;
  own->at_a_time = at_a_time;
}

void
wb_places_set_n (WbPlaces *self, guint n)
{
  WbPlacesPrivate *own = get_private (self);

  g_return_if_fail (WB_IS_PLACES (self));

  own->n = n;
  if (own->settling)
    return;
  /* What takes several steps has a turn for the first, too. */
  if (step_towards (own, n) != n)
    own->settling = g_timeout_add_full (G_PRIORITY_DEFAULT_IDLE, 0, settle_some, self, NULL);
  else if (take_step (self))
    g_signal_emit (self, settled_signal, 0);
}

void
wb_places_settle (WbPlaces *self)
{
  WbPlacesPrivate *own = get_private (self);

  g_return_if_fail (WB_IS_PLACES (self));

  g_clear_handle_id (&own->settling, g_source_remove);
  set_length (self, own->n);
}

void
wb_places_splice (WbPlaces *self, guint position, guint n_gone, guint n_new)
{
  WbPlacesPrivate *own = get_private (self);
  g_autofree gpointer *nothing = g_new0 (gpointer, MAX (n_new, 1));

  g_return_if_fail (WB_IS_PLACES (self));
  g_return_if_fail (!own->settling && position + n_gone <= own->items->len);

  g_array_remove_range (own->items, position, n_gone);
  g_array_insert_vals (own->items, position, nothing, n_new);
  own->n = own->items->len;
  g_list_model_items_changed (G_LIST_MODEL (self), position, n_gone, n_new);
}

/* --- As a list --- */

static GType
wb_places_get_item_type (GListModel *model)
{
  return G_TYPE_OBJECT;
}

static guint
wb_places_get_n_items (GListModel *model)
{
  return get_private (model)->items->len;
}

static gpointer
wb_places_get_item (GListModel *model, guint position)
{
  GArray *items = get_private (model)->items;
  GObject **item;

  if (position >= items->len)
    return NULL;
  item = &g_array_index (items, GObject *, position);
  if (!*item)
    *item = g_object_new (G_TYPE_OBJECT, NULL);
  return g_object_ref (*item);
}

static void
model_init (GListModelInterface *interface)
{
  interface->get_item_type = wb_places_get_item_type;
  interface->get_n_items = wb_places_get_n_items;
  interface->get_item = wb_places_get_item;
}

/* --- Life --- */

static void
wb_places_finalize (GObject *object)
{
  WbPlacesPrivate *own = get_private (object);

  g_clear_handle_id (&own->settling, g_source_remove);
  g_array_unref (own->items);
  G_OBJECT_CLASS (wb_places_parent_class)->finalize (object);
}

static void
wb_places_class_init (WbPlacesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_places_finalize;
  settled_signal = g_signal_new ("settled", WB_TYPE_PLACES, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
clear_item (gpointer item)
{
  g_clear_object ((GObject **) item);
}

static void
wb_places_init (WbPlaces *self)
{
  WbPlacesPrivate *own = get_private (self);

  own->at_a_time = AT_A_TIME;
  own->items = g_array_new (FALSE, TRUE, sizeof (GObject *));
  g_array_set_clear_func (own->items, clear_item);
}
