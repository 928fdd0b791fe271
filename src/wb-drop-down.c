/* wb-drop-down.c: lists to choose from whose names may be longer than there is room for.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-drop-down.h"

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gtk_list_item_set_child (item, g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "ellipsize", PANGO_ELLIPSIZE_END, NULL));
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)),
                      gtk_string_object_get_string (gtk_list_item_get_item (item)));
}

void
wb_drop_down_shorten (GtkDropDown *drop_down)
{
  g_autoptr (GtkListItemFactory) whole = g_object_ref (gtk_drop_down_get_factory (drop_down));
  g_autoptr (GtkListItemFactory) shortened = gtk_signal_list_item_factory_new ();

  g_signal_connect (shortened, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (shortened, "bind", G_CALLBACK (on_bind), NULL);
  gtk_drop_down_set_factory (drop_down, shortened);
  gtk_drop_down_set_list_factory (drop_down, whole);
}
