/* wb-page-data-camera.c: the button that takes pictures for a class.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>

#include "wb-camera.h"
#include "wb-capture.h"
#include "wb-page-data-private.h"

/* All that was taken while the window was open is one step to undo. */
static void
on_taken (WbPageData *self, WbCapture *capture)
{
  LatheEdits *edits = wb_page_data_copy_edits (self);

  wb_page_data_decide (self, edits, wb_capture_add_to (capture, edits));
}

static void
on_clicked (WbPageData *self)
{
  LatheDataset *dataset = wb_project_get_dataset (wb_page_get_project (WB_PAGE (self)));
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
  GtkWindow *capture = wb_capture_new (window, dataset, wb_class_list_get_chosen (self->classes));

  g_signal_connect_object (capture, "taken", G_CALLBACK (on_taken), self, G_CONNECT_SWAPPED);
  gtk_window_present (capture);
}

static void
on_map (GtkWidget *button)
{
  gtk_widget_set_visible (button, wb_camera_is_there ());
}

void
wb_page_data_add_camera (WbPageData *self)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("camera-photo-symbolic");

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _ ("Take pictures for a class with the camera"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Take pictures for a class with the camera"), -1);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_clicked), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self, "map", G_CALLBACK (on_map), button, G_CONNECT_SWAPPED);
  wb_class_list_add_button (self->classes, button);
}
