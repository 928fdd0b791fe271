/* wb-page-try-camera.c: the network says what the camera sees, while it sees it.
 *
 * A few times a second the newest picture is asked about, as one that is not kept, when no other image is. What is
 * taken joins the strip.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>

#include "wb-camera.h"
#include "wb-page-try-private.h"

#define INTERVAL (G_USEC_PER_SEC / 5) /* as often as bars can be followed */

static void
on_answer (WbAttempt *attempt, const GError *error, gpointer data)
{
  g_autoptr (WbPageTry) self = data;

  self->asking = FALSE;
  if (self->camera != NULL && error == NULL)
    {
      g_set_object (&self->live, attempt);
      wb_page_try_show (self);
    }
  if (wb_page_get_project (WB_PAGE (self)) != NULL)
    wb_page_try_ask_next (self);
}

static void
on_picture (WbPageTry *self)
{
  GdkTexture *texture = wb_camera_get_texture (WB_CAMERA (self->camera));
  g_autoptr (WbAttempt) attempt = NULL;

  if (texture == NULL || self->asking || g_get_monotonic_time () - self->live_asked < INTERVAL)
    return;
  self->asking = TRUE;
  self->live_asked = g_get_monotonic_time ();
  attempt = wb_attempt_new (NULL, texture);
  wb_attempt_ask (attempt, self->oracle, on_answer, g_object_ref (self));
}

static void
end (WbPageTry *self)
{
  if (self->camera == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->camera, self);
  wb_camera_stop (WB_CAMERA (self->camera));
  g_clear_object (&self->camera);
  g_clear_object (&self->live);
  gtk_widget_set_visible (self->take, FALSE);
  wb_page_try_show (self);
}

static void
on_failed (WbPageTry *self, const char *message)
{
  wb_page_toast (WB_PAGE (self), message);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->camera_button), FALSE);
}

static void
on_toggled (WbPageTry *self)
{
  if (!gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->camera_button)))
    {
      end (self);
      return;
    }
  self->camera = G_OBJECT (wb_camera_new ());
  g_signal_connect_swapped (self->camera, "invalidate-contents", G_CALLBACK (on_picture), self);
  g_signal_connect_swapped (self->camera, "failed", G_CALLBACK (on_failed), self);
  gtk_widget_set_visible (self->take, TRUE);
  wb_camera_start (WB_CAMERA (self->camera));
  wb_page_try_show (self);
}

static void
on_take (WbPageTry *self)
{
  GdkTexture *texture = self->camera != NULL ? wb_camera_get_texture (WB_CAMERA (self->camera)) : NULL;

  if (texture != NULL)
    wb_page_try_add (self, wb_attempt_new (NULL, texture));
}

static void
on_first (WbPageTry *self)
{
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->camera_button), TRUE);
}

static void
on_map (WbPageTry *self)
{
  gboolean there = wb_camera_is_there ();

  gtk_widget_set_visible (self->camera_place, there);
  gtk_widget_set_visible (self->first_camera, there);
}

/* Nobody looks. */
static void
on_unmap (WbPageTry *self)
{
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->camera_button), FALSE);
}

static void
name_button (GtkWidget *button, const char *text)
{
  gtk_widget_add_css_class (button, "circular");
  gtk_widget_set_tooltip_text (button, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

void
wb_page_try_add_camera (WbPageTry *self)
{
  self->take = g_object_new (GTK_TYPE_BUTTON, "icon-name", "media-record-symbolic", "visible", FALSE, NULL);
  name_button (self->take, _ ("Take a picture"));
  gtk_widget_add_css_class (self->take, "suggested-action");
  self->camera_button = g_object_new (GTK_TYPE_TOGGLE_BUTTON, "icon-name", "camera-photo-symbolic", NULL);
  name_button (self->camera_button, _ ("Try what the camera sees"));
  gtk_box_append (GTK_BOX (self->camera_place), self->take);
  gtk_box_append (GTK_BOX (self->camera_place), self->camera_button);
  self->first_camera = g_object_new (GTK_TYPE_BUTTON, "label", _ ("Use the Camera"), "halign", GTK_ALIGN_CENTER, NULL);
  gtk_widget_add_css_class (self->first_camera, "pill");
  gtk_box_insert_child_after (GTK_BOX (self->empty_tools), self->first_camera, self->choose_folder);
  g_signal_connect_object (self->first_camera, "clicked", G_CALLBACK (on_first), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->take, "clicked", G_CALLBACK (on_take), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->camera_button, "toggled", G_CALLBACK (on_toggled), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self, "map", G_CALLBACK (on_map), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self, "unmap", G_CALLBACK (on_unmap), self, G_CONNECT_SWAPPED);
}

void
wb_page_try_drop_camera (WbPageTry *self)
{
  end (self);
}
