/* wb-welcome.c: what is there before the first dataset: a place to drop one, and ways to others.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-welcome.h"

#include "lathe.h"
#include "wb-recent.h"

struct _WbWelcome
{
  AdwBin parent_instance;

  GtkWidget *sample_button;
  GtkWidget *recent_title;
  GtkListBox *recent;
};

G_DEFINE_FINAL_TYPE (WbWelcome, wb_welcome, ADW_TYPE_BIN)

static void
add_recent (WbWelcome *self, const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *name = g_filename_display_name (base);
  g_autofree char *place = wb_path_for_people (path);
  const char *icon = lathe_project_is_file (path) ? "x-office-document-symbolic" : "folder-symbolic";
  GtkWidget *row = g_object_new (ADW_TYPE_ACTION_ROW, "use-markup", FALSE, "title", name, "subtitle", place,
                                 "subtitle-lines", 1, "activatable", TRUE, NULL);

  adw_action_row_add_prefix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name (icon));
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (row), "win.open-recent");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (row), "^ay", path);
  gtk_list_box_append (self->recent, row);
}

static void
wb_welcome_dispose (GObject *object)
{
  adw_bin_set_child (ADW_BIN (object), NULL);
  G_OBJECT_CLASS (wb_welcome_parent_class)->dispose (object);
}

static void
wb_welcome_class_init (WbWelcomeClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_welcome_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-welcome.ui");
  gtk_widget_class_bind_template_child (widget_class, WbWelcome, sample_button);
  gtk_widget_class_bind_template_child (widget_class, WbWelcome, recent_title);
  gtk_widget_class_bind_template_child (widget_class, WbWelcome, recent);
}

static void
wb_welcome_init (WbWelcome *self)
{
  g_autoptr (GFile) sample = wb_sample_folder ();
  g_auto (GStrv) paths = wb_recent_list ();

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_visible (self->sample_button, sample != NULL);
  for (char **path = paths; *path; path++)
    add_recent (self, *path);
  gtk_widget_set_visible (self->recent_title, *paths != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->recent), *paths != NULL);
}
