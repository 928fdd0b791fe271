/* test-child-window.c: a window that is kept by others is closed with its parent, and goes after it in peace.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-child-window.h"

static GtkWindow *
open_window (GtkWindow *parent)
{
  GtkWindow *window = GTK_WINDOW (gtk_window_new ());

  if (parent)
    wb_child_window_attach (window, parent);
  gtk_window_present (window);
  return window;
}

/* What GTK complains of ends the test. */
static void
test_a_closed_child_goes_after_its_parent (void)
{
  GtkWindow *parent = open_window (NULL), *child = open_window (parent);

  g_assert_true (gtk_window_get_transient_for (child) == parent);
  g_object_ref (child);
  gtk_window_destroy (child);
  g_object_add_weak_pointer (G_OBJECT (parent), (gpointer *) &parent);
  gtk_window_destroy (parent);
  g_assert_null (parent);
  g_object_add_weak_pointer (G_OBJECT (child), (gpointer *) &child);
  g_object_unref (child);
  g_assert_null (child);
}

static void
test_an_open_child_goes_with_its_parent (void)
{
  GtkWindow *parent = open_window (NULL), *child = open_window (parent);

  g_object_add_weak_pointer (G_OBJECT (child), (gpointer *) &child);
  gtk_window_destroy (parent);
  g_assert_null (child);
}

int
main (int argc, char *argv[])
{
  gtk_test_init (&argc, &argv, NULL);
  g_test_add_func ("/child-window/a-closed-one-goes-after-its-parent", test_a_closed_child_goes_after_its_parent);
  g_test_add_func ("/child-window/an-open-one-goes-with-its-parent", test_an_open_child_goes_with_its_parent);
  return g_test_run ();
}
