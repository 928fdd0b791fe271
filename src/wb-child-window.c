/* wb-child-window.c: a window that belongs to another, and goes with it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-child-window.h"

/* GTK 4.8 does not tell a window that goes with its parent, was closed, and is still there for somebody, that the
 * parent is no more: it would look for its own handlers in freed memory when it goes itself. */
static void
on_unrealize (GtkWindow *child)
{
  gtk_window_set_transient_for (child, NULL);
}

void
wb_child_window_attach (GtkWindow *child, GtkWindow *parent)
{
  gtk_window_set_transient_for (child, parent);
  gtk_window_set_destroy_with_parent (child, TRUE);
  g_signal_connect (child, "unrealize", G_CALLBACK (on_unrealize), NULL);
}
