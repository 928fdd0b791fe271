/* wb-problems.c: a window that names files, and says of each what is the matter.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-problems.h"

#include <glib/gi18n.h>

/* The name of a file within its dataset: “cats/0017.jpg”. */
static const char *
within (LatheDataset *dataset, const char *path)
{
  const char *folder = lathe_dataset_get_folder (dataset);
  gsize length = strlen (folder);

  return g_str_has_prefix (path, folder) && path[length] == G_DIR_SEPARATOR ? path + length + 1 : path;
}

static char *
name_of (LatheDataset *dataset, const char *path)
{
  return g_filename_display_name (within (dataset, path));
}

guint
wb_problems_count_duplicates (LatheDataset *dataset)
{
  g_autoptr (GPtrArray) groups = lathe_dataset_get_duplicates (dataset);
  guint n = 0;

  for (guint i = 0; i < groups->len; i++)
    n += ((GArray *) groups->pdata[i])->len - 1;
  return n;
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);

  for (guint i = 0; i < 2; i++)
    {
      GtkWidget *label = gtk_label_new (NULL);

      gtk_label_set_xalign (GTK_LABEL (label), 0);
      gtk_label_set_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
      gtk_label_set_selectable (GTK_LABEL (label), i == 0);
      if (i == 1)
        gtk_widget_add_css_class (label, "dim-label");
      gtk_box_append (GTK_BOX (box), label);
    }
  gtk_widget_set_margin_start (box, 6);
  gtk_widget_set_margin_end (box, 6);
  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 6);
  gtk_list_item_set_child (item, box);
  gtk_list_item_set_activatable (item, FALSE);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, GPtrArray *reasons)
{
  GtkWidget *name = gtk_widget_get_first_child (gtk_list_item_get_child (item));

  gtk_label_set_label (GTK_LABEL (name), gtk_string_object_get_string (gtk_list_item_get_item (item)));
  gtk_label_set_label (GTK_LABEL (gtk_widget_get_next_sibling (name)),
                       reasons->pdata[gtk_list_item_get_position (item)]);
}

static void
copy_names (GtkButton *button, GtkStringList *names)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (names)); i++)
    g_string_append_printf (text, "%s\n", gtk_string_list_get_string (names, i));
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (button)), text->str);
}

static GtkWidget *
make_list (GtkStringList *names, GPtrArray *reasons)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget *list, *scrolled = gtk_scrolled_window_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect_data (factory, "bind", G_CALLBACK (on_bind), g_ptr_array_ref (reasons),
                         (GClosureNotify) (void (*) (void)) g_ptr_array_unref, 0);
  list = gtk_list_view_new (GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (g_object_ref (names)))), factory);
  gtk_list_view_set_show_separators (GTK_LIST_VIEW (list), TRUE);
  gtk_widget_set_vexpand (scrolled, TRUE);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), list);
  return scrolled;
}

static void
close_on_escape (GtkWidget *window)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();

  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (controller),
      gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_Escape, 0), gtk_named_action_new ("window.close")));
  gtk_widget_add_controller (window, controller);
}

static void
show (GtkWindow *parent, const char *title, const char *letter, GtkStringList *names, GPtrArray *reasons)
{
  GtkWidget *window = adw_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *copy = gtk_button_new_with_mnemonic (_ ("_Copy Names"));
  GtkWidget *text = gtk_label_new (letter);

  gtk_label_set_wrap (GTK_LABEL (text), TRUE);
  gtk_label_set_xalign (GTK_LABEL (text), 0);
  gtk_widget_set_margin_start (text, 12);
  gtk_widget_set_margin_end (text, 12);
  gtk_widget_set_margin_top (text, 12);
  gtk_widget_set_margin_bottom (text, 12);
  g_signal_connect_object (copy, "clicked", G_CALLBACK (copy_names), names, 0);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), copy);
  gtk_box_append (GTK_BOX (box), header);
  gtk_box_append (GTK_BOX (box), text);
  gtk_box_append (GTK_BOX (box), make_list (names, reasons));

  gtk_window_set_title (GTK_WINDOW (window), title);
  gtk_window_set_transient_for (GTK_WINDOW (window), parent);
  gtk_window_set_modal (GTK_WINDOW (window), TRUE);
  gtk_window_set_destroy_with_parent (GTK_WINDOW (window), TRUE);
  gtk_window_set_default_size (GTK_WINDOW (window), 520, 560);
  adw_window_set_content (ADW_WINDOW (window), box);
  close_on_escape (window);
  gtk_window_present (GTK_WINDOW (window));
}

void
wb_problems_show_unreadable (GtkWindow *parent, LatheDataset *dataset)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  g_autoptr (GPtrArray) reasons = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < lathe_dataset_get_n_problems (dataset); i++)
    {
      const LatheProblem *problem = lathe_dataset_get_problem (dataset, i);

      gtk_string_list_take (names, name_of (dataset, problem->path));
      g_ptr_array_add (reasons, g_strdup (problem->reason));
    }
  show (
      parent, _ ("Unreadable Files"),
      _ ("These files could not be read as images. They are left out, and the rest is used. Mend or remove them, then "
         "open the folder again."),
      names, reasons);
}

void
wb_problems_show_duplicates (GtkWindow *parent, LatheDataset *dataset)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  g_autoptr (GPtrArray) reasons = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) groups = lathe_dataset_get_duplicates (dataset);

  for (guint i = 0; i < groups->len; i++)
    {
      const GArray *group = groups->pdata[i];
      const char *first = lathe_dataset_get_image (dataset, g_array_index (group, guint, 0))->path;
      g_autofree char *first_name = name_of (dataset, first);

      for (guint j = 1; j < group->len; j++)
        {
          const char *path = lathe_dataset_get_image (dataset, g_array_index (group, guint, j))->path;

          gtk_string_list_take (names, name_of (dataset, path));
          g_ptr_array_add (reasons, g_strdup_printf (_ ("same as %s"), first_name));
        }
    }
  show (parent, _ ("Duplicates"),
        _ ("These files hold the same bytes as another. A copy that is in two classes teaches a contradiction, and a "
           "copy "
           "among the test images makes the score too good."),
        names, reasons);
}
