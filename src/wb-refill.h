/* wb-refill.h: the cells of a list whose places stay, while what is at them becomes another.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef struct _WbRefill WbRefill;
typedef void (*WbRefillFunc) (GtkListItem *item, gpointer data); /* shows what is at the item's position */

WbRefill *wb_refill_new (WbRefillFunc fill, gpointer data);
void wb_refill_free (WbRefill *refill);

void wb_refill_bind (WbRefill *refill, GtkListItem *item);   /* the item has a place: it is filled */
void wb_refill_unbind (WbRefill *refill, GtkListItem *item); /* it has none any more */
/* All of n places are filled anew: those that are seen first, and others as far as there is time, and the rest when
 * there is more; for a view has several times as many cells ready as are seen. */
void wb_refill_all (WbRefill *refill, guint n);

GtkListItem *wb_refill_find (WbRefill *refill, guint position); /* (transfer none) (nullable) */
/* (transfer none) (nullable) Whose cell the widget is, or is in. */
GtkListItem *wb_refill_find_around (WbRefill *refill, GtkWidget *widget);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WbRefill, wb_refill_free)

G_END_DECLS
