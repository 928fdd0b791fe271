/* wb-refill.c: the cells of a list whose places stay, while what is at them becomes another.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-refill.h"

#define IN_ONE_GO 3000 /* microseconds */

struct _WbRefill
{
  WbRefillFunc fill;
  gpointer data;
  GHashTable *bound; /* (element-type GtkListItem) */
  GQueue stale;      /* (element-type GtkListItem) of these */
  guint source;      /* or 0 */
};

WbRefill *
wb_refill_new (WbRefillFunc fill, gpointer data)
{
  WbRefill *refill = g_new0 (WbRefill, 1);

  refill->fill = fill;
  refill->data = data;
  refill->bound = g_hash_table_new (NULL, NULL);
  g_queue_init (&refill->stale);
  return refill;
}

void
wb_refill_free (WbRefill *refill)
{
  g_clear_handle_id (&refill->source, g_source_remove);
  g_queue_clear (&refill->stale);
  g_hash_table_unref (refill->bound);
  g_free (refill);
}

void
wb_refill_bind (WbRefill *refill, GtkListItem *item)
{
  g_hash_table_add (refill->bound, item);
  refill->fill (item, refill->data);
}

void
wb_refill_unbind (WbRefill *refill, GtkListItem *item)
{
  g_hash_table_remove (refill->bound, item);
  g_queue_remove (&refill->stale, item);
}

static void
fill_some (WbRefill *refill)
{
  gint64 until = g_get_monotonic_time () + IN_ONE_GO;

  while (refill->stale.length > 0 && g_get_monotonic_time () < until)
    refill->fill (g_queue_pop_head (&refill->stale), refill->data);
}

static gboolean
fill_more (gpointer data)
{
  WbRefill *refill = data;

  fill_some (refill);
  if (refill->stale.length > 0)
    return G_SOURCE_CONTINUE;
  refill->source = 0;
  return G_SOURCE_REMOVE;
}

/* Below the first that is seen, and only then above it. */
static int
compare (gconstpointer a, gconstpointer b, gpointer first)
{
  guint x = gtk_list_item_get_position ((gpointer) a) - GPOINTER_TO_UINT (first);
  guint y = gtk_list_item_get_position ((gpointer) b) - GPOINTER_TO_UINT (first);

  return x < y ? -1 : x > y;
}

/* The share of the height that is above what is seen tells the first that is. */
static guint
find_first_seen (WbRefill *refill, guint n)
{
  GtkWidget *view = NULL;
  GtkAdjustment *adjustment;
  GHashTableIter iterator;
  gpointer item;

  g_hash_table_iter_init (&iterator, refill->bound);
  if (g_hash_table_iter_next (&iterator, &item, NULL))
    view = gtk_widget_get_ancestor (gtk_list_item_get_child (item), GTK_TYPE_SCROLLED_WINDOW);
  if (!view)
    return 0;
  adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (view));
  return (guint) (gtk_adjustment_get_value (adjustment) / MAX (gtk_adjustment_get_upper (adjustment), 1) * n);
}

void
wb_refill_all (WbRefill *refill, guint n)
{
  GHashTableIter iterator;
  gpointer item;

  g_queue_clear (&refill->stale);
  g_hash_table_iter_init (&iterator, refill->bound);
  while (g_hash_table_iter_next (&iterator, &item, NULL))
    g_queue_push_tail (&refill->stale, item);
  g_queue_sort (&refill->stale, compare, GUINT_TO_POINTER (find_first_seen (refill, n)));
  fill_some (refill);
  if (refill->stale.length > 0 && !refill->source)
    refill->source = g_timeout_add_full (G_PRIORITY_DEFAULT_IDLE, 0, fill_more, refill, NULL);
}

GtkListItem *
wb_refill_find (WbRefill *refill, guint position)
{
  GHashTableIter iterator;
  gpointer item;

  g_hash_table_iter_init (&iterator, refill->bound);
  while (g_hash_table_iter_next (&iterator, &item, NULL))
    if (gtk_list_item_get_position (item) == position)
      return item;
  return NULL;
}

GtkListItem *
wb_refill_find_around (WbRefill *refill, GtkWidget *widget)
{
  GHashTableIter iterator;
  gpointer item;

  g_hash_table_iter_init (&iterator, refill->bound);
  while (widget && g_hash_table_iter_next (&iterator, &item, NULL))
    {
      GtkWidget *cell = gtk_widget_get_parent (gtk_list_item_get_child (item));

      if (widget == cell || gtk_widget_is_ancestor (widget, cell))
        return item;
    }
  return NULL;
}
