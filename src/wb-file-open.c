/* wb-file-open.c: files handed to other programs of the desktop, or to its trash.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-file-open.h"

#include "wb-thread.h"

static void
show_uri (GtkWidget *widget, GFile *file)
{
  g_autofree char *uri = g_file_get_uri (file);

  gtk_show_uri (GTK_WINDOW (gtk_widget_get_root (widget)), uri, GDK_CURRENT_TIME);
}

void
wb_file_open (GtkWidget *widget, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  g_return_if_fail (GTK_IS_WIDGET (widget));

  show_uri (widget, file);
}

typedef struct
{
  GtkWidget *widget;
  GFile *file;
} Showing;

/* Where no file manager answers, whatever opens folders opens this one. */
static void
on_folder_shown (GObject *bus, GAsyncResult *result, gpointer data)
{
  g_autofree Showing *showing = data;
  g_autoptr (GtkWidget) widget = showing->widget;
  g_autoptr (GFile) file = showing->file, folder = g_file_get_parent (file);
  g_autoptr (GVariant) answer = bus ? g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, NULL) : NULL;

  if (!answer && folder && gtk_widget_get_root (widget))
    show_uri (widget, folder);
}

void
wb_file_show_in_folder (GtkWidget *widget, const char *path)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  Showing *showing = g_new (Showing, 1);
  g_autofree char *uri = NULL;
  const char *uris[] = {NULL, NULL};

  *showing = (Showing){g_object_ref (widget), g_file_new_for_path (path)};
  if (!bus)
    {
      on_folder_shown (NULL, NULL, showing);
      return;
    }
  uris[0] = uri = g_file_get_uri (showing->file);
  g_dbus_connection_call (bus, "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1",
                          "org.freedesktop.FileManager1", "ShowItems", g_variant_new ("(^ass)", uris, ""), NULL,
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_folder_shown, showing);
}

/* --- The trash --- */

typedef struct
{
  GPtrArray *paths, *trashed;
  GError *error;
  WbTrashed done;
} Trashing;

static void
trashing_free (gpointer data)
{
  Trashing *trashing = data;

  g_ptr_array_unref (trashing->paths);
  g_ptr_array_unref (trashing->trashed);
  g_clear_error (&trashing->error);
  g_free (trashing);
}

static gpointer
trash_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Trashing *trashing = data;

  for (guint i = 0; i < trashing->paths->len; i++)
    {
      g_autoptr (GFile) file = g_file_new_for_path (trashing->paths->pdata[i]);

      if (g_file_trash (file, NULL, trashing->error ? NULL : &trashing->error))
        g_ptr_array_add (trashing->trashed, trashing->paths->pdata[i]);
    }
  return trashing;
}

static void
on_trashed (GObject *widget, gpointer result, const GError *error, gpointer data)
{
  Trashing *trashing = result;

  trashing->done (GTK_WIDGET (widget), trashing->trashed, trashing->error);
  trashing_free (trashing);
}

void
wb_file_trash (GtkWidget *widget, GPtrArray *paths, WbTrashed done)
{
  Trashing *trashing = g_new (Trashing, 1);

  *trashing = (Trashing){g_ptr_array_ref (paths), g_ptr_array_new (), NULL, done};
  wb_thread_call (G_OBJECT (widget), trash_work, trashing, NULL, trashing_free, NULL, on_trashed, NULL);
}
