/* wb-class-list.c: the classes of a dataset, to choose one of them, and to drop images and files on.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-class-list.h"

#include <glib/gi18n.h>
#include <string.h>

#include "wb-class-bar.h"
#include "wb-class-chooser.h"
#include "wb-drop-target.h"

#define TARGET "wb-class-target"

struct _WbClassList
{
  AdwBin parent_instance;

  GtkStringList *names; /* above all classes there is “All” */
  GtkSingleSelection *selection;
  GHashTable *bound;               /* (element-type GtkListItem): the rows that show something */
  guint (*counts)[LATHE_N_SPLITS]; /* of each row */
  guint most;                      /* images of the largest class */
  gboolean showing;                /* the rows are being set, not chosen */

  GtkWidget *new_class, *asking, *buttons;
  GStrv names_to_move;      /* when the name of the new class is known */
  GListModel *files_to_add; /* likewise */
};

enum
{
  CHOSEN,
  NAMES_DROPPED,
  FILES_DROPPED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WbClassList, wb_class_list, ADW_TYPE_BIN)

static const char *
name_at (WbClassList *self, guint position)
{
  return gtk_string_list_get_string (self->names, position);
}

/* --- Rows --- */

static void
show_row (WbClassList *self, GtkListItem *item)
{
  WbClassBar *bar = WB_CLASS_BAR (gtk_list_item_get_child (item));
  guint position = gtk_list_item_get_position (item);
  GtkWidget *row = gtk_widget_get_parent (GTK_WIDGET (bar));
  g_autofree char *text = NULL;

  wb_class_bar_set (bar, name_at (self, position), self->counts[position], position > 0 ? self->most : 0);
  text = wb_class_bar_describe (bar);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static WbClassList *
list_of (WbDropTarget *target)
{
  return g_object_get_data (G_OBJECT (target), "list");
}

static void
on_row_files (GtkListItem *item, GListModel *files, GdkTexture *texture, WbDropTarget *target)
{
  WbClassList *self = list_of (target);

  g_signal_emit (self, signals[FILES_DROPPED], 0, name_at (self, gtk_list_item_get_position (item)), files);
}

static void
on_row_names (GtkListItem *item, char **names, WbDropTarget *target)
{
  WbClassList *self = list_of (target);

  g_signal_emit (self, signals[NAMES_DROPPED], 0, name_at (self, gtk_list_item_get_position (item)), names);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item, WbClassList *self)
{
  GtkWidget *bar = wb_class_bar_new ();
  WbDropTarget *target = wb_drop_target_attach_class (bar);

  g_object_set_data (G_OBJECT (target), "list", self);
  g_object_set_data (G_OBJECT (bar), TARGET, target);
  g_signal_connect_object (target, "drop", G_CALLBACK (on_row_files), item, G_CONNECT_SWAPPED);
  g_signal_connect_object (target, "drop-names", G_CALLBACK (on_row_names), item, G_CONNECT_SWAPPED);
  gtk_list_item_set_child (item, bar);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, WbClassList *self)
{
  WbDropTarget *target = g_object_get_data (G_OBJECT (gtk_list_item_get_child (item)), TARGET);

  wb_drop_target_set_enabled (target, gtk_list_item_get_position (item) > 0);
  show_row (self, item);
  g_hash_table_add (self->bound, item);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item, WbClassList *self)
{
  g_hash_table_remove (self->bound, item);
}

static void
on_selected (WbClassList *self)
{
  if (!self->showing)
    g_signal_emit (self, signals[CHOSEN], 0);
}

/* --- A new class --- */

static void
forget_wish (WbClassList *self)
{
  g_clear_pointer (&self->names_to_move, g_strfreev);
  g_clear_object (&self->files_to_add);
}

static void
on_named (WbClassList *self, const char *name)
{
  if (self->names_to_move)
    g_signal_emit (self, signals[NAMES_DROPPED], 0, name, self->names_to_move);
  else if (self->files_to_add)
    g_signal_emit (self, signals[FILES_DROPPED], 0, name, self->files_to_add);
  forget_wish (self);
}

static void
ask_for_name (WbClassList *self)
{
  graphene_rect_t bounds;

  if (gtk_widget_compute_bounds (self->new_class, GTK_WIDGET (self), &bounds))
    gtk_popover_set_pointing_to (GTK_POPOVER (self->asking),
                                 &(GdkRectangle){(int) bounds.origin.x, (int) bounds.origin.y, (int) bounds.size.width,
                                                 (int) bounds.size.height});
  gtk_popover_popup (GTK_POPOVER (self->asking));
}

static void
on_new_names (WbClassList *self, char **names)
{
  forget_wish (self);
  self->names_to_move = g_strdupv (names);
  ask_for_name (self);
}

/* What a scan would call the class of the one folder among the files. NULL: there is none, or more. */
static char *
name_of_folder (GListModel *files)
{
  g_autoptr (GFile) file = g_list_model_get_item (files, 0);
  g_autofree char *name = g_file_get_basename (file);

  if (g_list_model_get_n_items (files) != 1 ||
      g_file_query_file_type (file, G_FILE_QUERY_INFO_NONE, NULL) != G_FILE_TYPE_DIRECTORY)
    return NULL;
  return g_utf8_validate (name, -1, NULL) ? g_utf8_normalize (name, -1, G_NORMALIZE_NFC) : g_strescape (name, NULL);
}

static void
on_new_files (WbClassList *self, GListModel *files)
{
  g_autofree char *name = name_of_folder (files);

  if (name)
    {
      g_signal_emit (self, signals[FILES_DROPPED], 0, name, files);
      return;
    }
  forget_wish (self);
  self->files_to_add = g_object_ref (files);
  ask_for_name (self);
}

static void
on_chosen_files (GtkNativeDialog *dialog, int response, WbClassList *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GListModel) files = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (dialog));

      if (gtk_file_chooser_get_action (GTK_FILE_CHOOSER (dialog)) == GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER)
        on_new_files (self, files);
      else
        g_signal_emit (self, signals[FILES_DROPPED], 0,
                       name_at (self, gtk_single_selection_get_selected (self->selection)), files);
    }
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
}

static void
choose_files (WbClassList *self, const char *title, GtkFileChooserAction action)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (title, window, action, _ ("_Add"), _ ("_Cancel"));

  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (dialog), action == GTK_FILE_CHOOSER_ACTION_OPEN);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_chosen_files), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* What a drop does, for whoever has no pointer: a folder becomes a class, files go to the class that is chosen. */
static void
new_class_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  choose_files (WB_CLASS_LIST (widget), _ ("Choose a Folder That Becomes a Class"),
                GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER);
}

static void
add_images_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbClassList *self = WB_CLASS_LIST (widget);

  choose_files (self, name_at (self, gtk_single_selection_get_selected (self->selection)),
                GTK_FILE_CHOOSER_ACTION_OPEN);
}

/* --- The dataset --- */

static void
count (WbClassList *self, LatheDataset *dataset)
{
  guint n_classes = lathe_dataset_get_n_classes (dataset);

  g_free (self->counts);
  self->counts = g_malloc0_n (n_classes + 1, sizeof *self->counts);
  for (guint i = 0; i <= n_classes; i++)
    for (guint side = 0; side < LATHE_N_SPLITS; side++)
      self->counts[i][side] = lathe_dataset_count (dataset, (int) i - 1, (int) side);
  self->most = 1;
  for (guint i = 1; i <= n_classes; i++)
    self->most = MAX (self->most, self->counts[i][0] + self->counts[i][1] + self->counts[i][2]);
}

static gboolean
has_same_names (WbClassList *self, const char *const *classes, guint n_classes)
{
  if (g_list_model_get_n_items (G_LIST_MODEL (self->names)) != n_classes + 1)
    return FALSE;
  for (guint i = 0; i < n_classes; i++)
    if (strcmp (name_at (self, i + 1), classes[i]) != 0)
      return FALSE;
  return TRUE;
}

static void
set_names (WbClassList *self, const char *const *classes, guint n_classes)
{
  g_autofree char *chosen = g_strdup (name_at (self, gtk_single_selection_get_selected (self->selection)));
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  guint position = 0;

  g_ptr_array_add (names, (gpointer) _ ("All"));
  for (guint i = 0; i < n_classes; i++)
    {
      g_ptr_array_add (names, (gpointer) classes[i]);
      if (g_strcmp0 (classes[i], chosen) == 0)
        position = i + 1;
    }
  g_ptr_array_add (names, NULL);
  gtk_string_list_splice (self->names, 0, g_list_model_get_n_items (G_LIST_MODEL (self->names)),
                          (const char *const *) names->pdata);
  gtk_single_selection_set_selected (self->selection, position);
}

void
wb_class_list_set_dataset (WbClassList *self, LatheDataset *dataset)
{
  const char *const *classes;
  guint n_classes;
  GHashTableIter iterator;
  gpointer item;

  g_return_if_fail (WB_IS_CLASS_LIST (self));
  g_return_if_fail (dataset != NULL);

  classes = lathe_dataset_get_classes (dataset);
  n_classes = lathe_dataset_get_n_classes (dataset);
  self->showing = TRUE;
  count (self, dataset);
  if (!has_same_names (self, classes, n_classes))
    set_names (self, classes, n_classes);
  g_hash_table_iter_init (&iterator, self->bound);
  while (g_hash_table_iter_next (&iterator, &item, NULL))
    show_row (self, item);
  self->showing = FALSE;
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "classes.add-images", wb_class_list_get_chosen (self) >= 0);
}

int
wb_class_list_get_chosen (WbClassList *self)
{
  g_return_val_if_fail (WB_IS_CLASS_LIST (self), -1);

  return (int) gtk_single_selection_get_selected (self->selection) - 1;
}

void
wb_class_list_choose (WbClassList *self, int label)
{
  g_return_if_fail (WB_IS_CLASS_LIST (self));

  gtk_single_selection_set_selected (self->selection, (guint) (label + 1));
}

void
wb_class_list_add_button (WbClassList *self, GtkWidget *button)
{
  g_return_if_fail (WB_IS_CLASS_LIST (self));

  gtk_box_append (GTK_BOX (self->buttons), button);
}

static void
wb_class_list_dispose (GObject *object)
{
  WbClassList *self = WB_CLASS_LIST (object);

  forget_wish (self);
  g_clear_pointer (&self->asking, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (self), WB_TYPE_CLASS_LIST);
  g_clear_object (&self->selection);
  G_OBJECT_CLASS (wb_class_list_parent_class)->dispose (object);
}

static void
wb_class_list_finalize (GObject *object)
{
  WbClassList *self = WB_CLASS_LIST (object);

  g_hash_table_unref (self->bound);
  g_free (self->counts);
  G_OBJECT_CLASS (wb_class_list_parent_class)->finalize (object);
}

static void
wb_class_list_class_init (WbClassListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_class_list_dispose;
  G_OBJECT_CLASS (klass)->finalize = wb_class_list_finalize;

  signals[CHOSEN] = g_signal_new ("chosen", WB_TYPE_CLASS_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[NAMES_DROPPED] = g_signal_new ("names-dropped", WB_TYPE_CLASS_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRV);
  signals[FILES_DROPPED] = g_signal_new ("files-dropped", WB_TYPE_CLASS_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_LIST_MODEL);

  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-class-list.ui");
  gtk_widget_class_bind_template_child (widget_class, WbClassList, selection);
  gtk_widget_class_bind_template_child (widget_class, WbClassList, names);
  gtk_widget_class_bind_template_child (widget_class, WbClassList, new_class);
  gtk_widget_class_bind_template_child (widget_class, WbClassList, buttons);
  gtk_widget_class_bind_template_callback (widget_class, on_setup);
  gtk_widget_class_bind_template_callback (widget_class, on_bind);
  gtk_widget_class_bind_template_callback (widget_class, on_unbind);
  gtk_widget_class_bind_template_callback (widget_class, on_selected);
  gtk_widget_class_install_action (widget_class, "classes.new", NULL, new_class_action);
  gtk_widget_class_install_action (widget_class, "classes.add-images", NULL, add_images_action);
}

static void
wb_class_list_init (WbClassList *self)
{
  WbDropTarget *target;

  self->bound = g_hash_table_new (NULL, NULL);
  self->counts = g_malloc0_n (1, sizeof *self->counts);
  gtk_widget_init_template (GTK_WIDGET (self));
  target = wb_drop_target_attach_class (self->new_class);
  g_signal_connect_object (target, "drop", G_CALLBACK (on_new_files), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (target, "drop-names", G_CALLBACK (on_new_names), self, G_CONNECT_SWAPPED);
  self->asking = wb_class_chooser_new ();
  wb_class_chooser_set_classes (WB_CLASS_CHOOSER (self->asking), NULL);
  gtk_popover_set_position (GTK_POPOVER (self->asking), GTK_POS_TOP);
  gtk_widget_set_parent (self->asking, GTK_WIDGET (self));
  g_signal_connect_object (self->asking, "chosen", G_CALLBACK (on_named), self, G_CONNECT_SWAPPED);
}
