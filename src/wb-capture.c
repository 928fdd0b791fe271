/* wb-capture.c: a window that takes pictures for classes with the camera.
 *
 * A picture is a file before it is in the strip. It joins the dataset when the window is closed, so that many pictures
 * are one decision, and one step to undo.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-capture.h"

#include <glib/gi18n.h>
#include <string.h>

#include "wb-belongings.h"
#include "wb-camera.h"
#include "wb-child-window.h"
#include "wb-class-chooser.h"
#include "wb-text.h"
#include "wb-thread.h"
#include "wb-toast.h"

#define REPEAT_MS 200 /* while the button is held down */
#define QUALITY "92"
#define THUMBNAIL_HEIGHT 64

struct _WbCapture
{
  AdwWindow parent_instance;

  AdwToastOverlay *toasts;
  GtkStack *stack;
  GtkPicture *view;
  AdwStatusPage *failed;
  GtkWidget *class_button, *shutter, *strip, *strip_area;
  GtkLabel *class_label, *count;
  WbClassChooser *chooser;

  WbCamera *camera;
  char *folder;           /* of the dataset's pictures */
  GPtrArray *classes;     /* (element-type utf8): the dataset's, and those that are new */
  const char *class_name; /* one of them */
  GPtrArray *taken;       /* (element-type Taken): those that are on the disk */
  GListStore *thumbnails; /* (element-type GdkTexture): of each */
  guint repeat;
  guint n_saving;
  gboolean done; /* the user is: nothing is to be seen any more */
};

static guint taken_signal;

G_DEFINE_FINAL_TYPE (WbCapture, wb_capture, ADW_TYPE_WINDOW)

/* --- A picture becomes a file --- */

typedef struct
{
  GdkTexture *texture;
  char *path, *class_name;
  GdkTexture *thumbnail;
} Taken;

static void
taken_free (gpointer data)
{
  Taken *taken = data;

  g_clear_object (&taken->texture);
  g_clear_object (&taken->thumbnail);
  g_free (taken->path);
  g_free (taken->class_name);
  g_free (taken);
}

static Taken *
taken_new (WbCapture *self)
{
  g_autofree char *class_folder = g_strdelimit (g_strdup (self->class_name), G_DIR_SEPARATOR_S, '_');
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *name = g_date_time_format (now, "%Y-%m-%d-%H%M%S-%f.jpg");
  Taken *taken = g_new0 (Taken, 1);

  if (*class_folder == '.')
    *class_folder = '_';
  taken->texture = g_object_ref (wb_camera_get_texture (self->camera));
  taken->path = g_build_filename (self->folder, class_folder, name, NULL);
  taken->class_name = g_strdup (self->class_name);
  return taken;
}

static gpointer
save_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Taken *taken = data;
  g_autoptr (GdkPixbuf) picture = gdk_pixbuf_get_from_texture (taken->texture), small = NULL;
  g_autofree char *folder = g_path_get_dirname (taken->path), *bytes = NULL;
  int width = gdk_pixbuf_get_width (picture) * THUMBNAIL_HEIGHT / gdk_pixbuf_get_height (picture);
  gsize size;

  g_mkdir_with_parents (folder, 0700);
  if (!gdk_pixbuf_save_to_buffer (picture, &bytes, &size, "jpeg", error, "quality", QUALITY, NULL) ||
      !g_file_set_contents (taken->path, bytes, (gssize) size, error))
    {
      taken_free (taken);
      return NULL;
    }
  small = gdk_pixbuf_scale_simple (picture, MAX (width, 1), THUMBNAIL_HEIGHT, GDK_INTERP_BILINEAR);
  taken->thumbnail = gdk_texture_new_for_pixbuf (small);
  g_clear_object (&taken->texture);
  return taken;
}

static void
show_count (WbCapture *self)
{
  guint n = self->taken->len;
  g_autofree char *count = wb_text_count (n);
  g_autofree char *text = g_strdup_printf (ngettext ("%s picture", "%s pictures", n), count);

  gtk_label_set_label (self->count, text);
  gtk_widget_set_visible (self->strip_area, n > 0);
}

static void
finish (WbCapture *self)
{
  if (!self->done || self->n_saving > 0)
    return;
  g_signal_emit (self, taken_signal, 0);
  gtk_window_destroy (GTK_WINDOW (self));
}

static void
on_saved (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbCapture *self = WB_CAPTURE (owner);
  Taken *taken = result;

  self->n_saving--;
  if (error)
    {
      g_autofree char *message = g_strdup_printf (
          _ ("The picture could not be kept: %s. Make room on the disk, then take it again."), error->message);

      adw_toast_overlay_add_toast (self->toasts, wb_toast_new (message, gtk_widget_get_width (GTK_WIDGET (self))));
    }
  else
    {
      g_ptr_array_add (self->taken, taken);
      g_list_store_append (self->thumbnails, taken->thumbnail);
      show_count (self);
      gtk_widget_activate_action (self->strip, "list.scroll-to-item", "u", self->taken->len - 1);
    }
  finish (self);
}

/* --- The shutter --- */

static gboolean
take (gpointer data)
{
  WbCapture *self = data;

  if (wb_camera_get_texture (self->camera))
    {
      self->n_saving++;
      wb_thread_call (G_OBJECT (self), save_work, taken_new (self), NULL, taken_free, NULL, on_saved, NULL);
    }
  return G_SOURCE_CONTINUE;
}

static void
press (WbCapture *self)
{
  if (self->repeat)
    return;
  take (self);
  self->repeat = g_timeout_add (REPEAT_MS, take, self);
}

static void
release (WbCapture *self)
{
  g_clear_handle_id (&self->repeat, g_source_remove);
}

/* The pointer is the gesture's alone: what the button makes of it comes when it is let go. */
static void
on_press (WbCapture *self, GdkEventSequence *sequence, GtkGesture *gesture)
{
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  press (self);
}

static void
on_clicked (WbCapture *self)
{
  take (self);
}

static gboolean
on_key (WbCapture *self, guint key, guint code, GdkModifierType modifiers)
{
  if (gtk_widget_get_visible (GTK_WIDGET (self->chooser)))
    return GDK_EVENT_PROPAGATE;
  if (key == GDK_KEY_Escape)
    gtk_window_close (GTK_WINDOW (self));
  else if (key == GDK_KEY_space && gtk_widget_get_sensitive (self->shutter))
    press (self);
  else
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
}

static void
on_key_released (WbCapture *self, guint key)
{
  if (key == GDK_KEY_space)
    release (self);
}

/* --- The camera --- */

static void
on_picture (WbCapture *self)
{
  if (!wb_camera_get_texture (self->camera) || gtk_widget_get_sensitive (self->shutter))
    return;
  gtk_stack_set_visible_child_name (self->stack, "view");
  gtk_widget_set_sensitive (self->shutter, TRUE);
  gtk_widget_grab_focus (self->shutter);
}

static void
on_failed (WbCapture *self, const char *message)
{
  release (self);
  adw_status_page_set_description (self->failed, message);
  gtk_stack_set_visible_child_name (self->stack, "failed");
  gtk_widget_set_sensitive (self->shutter, FALSE);
}

static void
on_try_again (WbCapture *self)
{
  gtk_stack_set_visible_child_name (self->stack, "starting");
  wb_camera_start (self->camera);
}

/* --- The class --- */

static void
on_class (WbCapture *self, const char *name)
{
  guint index = 0, end = self->classes->len - 1; /* where the NULL is */

  while (index < end && strcmp (self->classes->pdata[index], name) != 0)
    index++;
  if (index == end)
    {
      g_ptr_array_insert (self->classes, (int) index, g_strdup (name));
      wb_class_chooser_set_classes (self->chooser, (const char *const *) self->classes->pdata);
    }
  self->class_name = self->classes->pdata[index];
  gtk_label_set_label (self->class_label, self->class_name);
  gtk_widget_grab_focus (self->shutter);
}

/* --- The strip --- */

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *picture = gtk_picture_new ();

  gtk_picture_set_can_shrink (GTK_PICTURE (picture), FALSE);
  gtk_widget_set_overflow (picture, GTK_OVERFLOW_HIDDEN);
  gtk_list_item_set_child (item, picture);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gtk_picture_set_paintable (GTK_PICTURE (gtk_list_item_get_child (item)), gtk_list_item_get_item (item));
}

/* --- Life --- */

static gboolean
wb_capture_close_request (GtkWindow *window)
{
  WbCapture *self = WB_CAPTURE (window);

  self->done = TRUE;
  release (self);
  wb_camera_stop (self->camera);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  finish (self);
  return GDK_EVENT_STOP;
}

static void
wb_capture_dispose (GObject *object)
{
  WbCapture *self = WB_CAPTURE (object);

  release (self);
  if (self->camera)
    wb_camera_stop (self->camera);
  g_clear_object (&self->camera);
  G_OBJECT_CLASS (wb_capture_parent_class)->dispose (object);
}

static void
wb_capture_finalize (GObject *object)
{
  WbCapture *self = WB_CAPTURE (object);

  g_ptr_array_unref (self->taken);
  g_ptr_array_unref (self->classes);
  g_object_unref (self->thumbnails);
  g_free (self->folder);
  G_OBJECT_CLASS (wb_capture_parent_class)->finalize (object);
}

static void
wb_capture_class_init (WbCaptureClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_capture_dispose;
  G_OBJECT_CLASS (klass)->finalize = wb_capture_finalize;
  GTK_WINDOW_CLASS (klass)->close_request = wb_capture_close_request;

  taken_signal = g_signal_new ("taken", WB_TYPE_CAPTURE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  g_type_ensure (WB_TYPE_CLASS_CHOOSER);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-capture.ui");
  gtk_widget_class_bind_template_child (widget_class, WbCapture, toasts);
  gtk_widget_class_bind_template_child (widget_class, WbCapture, stack);
  gtk_widget_class_bind_template_child (widget_class, WbCapture, view);
  gtk_widget_class_bind_template_child (widget_class, WbCapture, failed);
  gtk_widget_class_bind_template_child (widget_class, WbCapture, class_button);
  gtk_widget_class_bind_template_child (widget_class, WbCapture, class_label);
  gtk_widget_class_bind_template_child (widget_class, WbCapture, chooser);
  gtk_widget_class_bind_template_child (widget_class, WbCapture, shutter);
  gtk_widget_class_bind_template_child (widget_class, WbCapture, count);
  gtk_widget_class_bind_template_child (widget_class, WbCapture, strip);
  gtk_widget_class_bind_template_child (widget_class, WbCapture, strip_area);
  gtk_widget_class_bind_template_callback (widget_class, on_key);
  gtk_widget_class_bind_template_callback (widget_class, on_key_released);
  gtk_widget_class_bind_template_callback (widget_class, on_press);
  gtk_widget_class_bind_template_callback (widget_class, release);
  gtk_widget_class_bind_template_callback (widget_class, on_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_try_again);
  gtk_widget_class_bind_template_callback (widget_class, on_class);
  gtk_widget_class_bind_template_callback (widget_class, on_setup);
  gtk_widget_class_bind_template_callback (widget_class, on_bind);
}

static void
wb_capture_init (WbCapture *self)
{
  g_autoptr (GtkSelectionModel) selection = NULL;

  self->classes = g_ptr_array_new_with_free_func (g_free);
  self->taken = g_ptr_array_new_with_free_func (taken_free);
  self->thumbnails = g_list_store_new (GDK_TYPE_TEXTURE);
  self->camera = wb_camera_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  selection = GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (g_object_ref (self->thumbnails))));
  gtk_list_view_set_model (GTK_LIST_VIEW (self->strip), selection);
  gtk_picture_set_paintable (self->view, GDK_PAINTABLE (self->camera));
  g_signal_connect_object (self->camera, "invalidate-contents", G_CALLBACK (on_picture), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->camera, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  show_count (self);
}

GtkWindow *
wb_capture_new (GtkWindow *parent, LatheDataset *dataset, int label)
{
  const char *const *classes = lathe_dataset_get_classes (dataset);
  WbCapture *self = g_object_new (WB_TYPE_CAPTURE, NULL);

  wb_child_window_attach (GTK_WINDOW (self), parent);
  self->folder = wb_belonging (dataset, "captures", "");
  for (guint i = 0; i < lathe_dataset_get_n_classes (dataset); i++)
    g_ptr_array_add (self->classes, g_strdup (classes[i]));
  g_ptr_array_add (self->classes, NULL);
  wb_class_chooser_set_classes (self->chooser, classes);
  on_class (self, classes[MAX (label, 0)]);
  wb_camera_start (self->camera);
  return GTK_WINDOW (self);
}

char *
wb_capture_add_to (WbCapture *self, LatheEdits *edits)
{
  guint n = self->taken->len;
  g_autofree char *count = wb_text_count (n);
  const char *class_name = NULL;
  gboolean same = TRUE;

  g_return_val_if_fail (WB_IS_CAPTURE (self), NULL);

  for (guint i = 0; i < n; i++)
    {
      const Taken *taken = self->taken->pdata[i];

      lathe_edits_add (edits, taken->path, taken->class_name);
      same = same && (i == 0 || strcmp (taken->class_name, class_name) == 0);
      class_name = taken->class_name;
    }
  if (n == 0)
    return NULL;
  if (same)
    return g_strdup_printf (ngettext ("%s picture added to “%s”.", "%s pictures added to “%s”.", n), count, class_name);
  return g_strdup_printf (ngettext ("%s picture added.", "%s pictures added.", n), count);
}
