/* wb-page-data.c: the Data page: classes, images, and how they are prepared.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-page-data.h"

#include <glib/gi18n.h>

#include "wb-image-list.h"
#include "wb-prepare.h"
#include "wb-problems.h"
#include "wb-text.h"
#include "wb-thumbnail.h"
#include "wb-welcome.h"

#define THUMBNAIL_SIZE 96

struct _WbPageData
{
  WbPage parent_instance;

  GtkStack *stack;
  GtkLabel *scan_count;
  GtkProgressBar *scan_bar;
  GtkListBox *classes;
  GtkWidget *unreadable, *duplicates, *problems;
  GtkLabel *unreadable_label, *duplicates_label;
  GtkLabel *shown;
  GtkGridView *grid;
  WbPrepare *prepare;

  WbImageList *images;
  GHashTable *bound; /* (element-type GtkListItem): those of the grid that have an image */
};

G_DEFINE_FINAL_TYPE (WbPageData, wb_page_data, WB_TYPE_PAGE)

static LatheDataset *
get_dataset (WbPageData *self)
{
  return wb_project_get_dataset (wb_page_get_project (WB_PAGE (self)));
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gtk_list_item_set_child (item, wb_thumbnail_new (THUMBNAIL_SIZE));
}

static char *
file_name (const LatheImage *image)
{
  g_autofree char *base = g_path_get_basename (image->path);

  return g_filename_display_name (base);
}

/* Also for whoever listens to the screen. The image is that of the dataset as it is divided now. */
static void
describe (WbPageData *self, GtkListItem *item)
{
  static const char *const splits[] = {N_ ("training"), N_ ("validation"), N_ ("test")};
  LatheDataset *dataset = get_dataset (self);
  GtkWidget *thumbnail = gtk_list_item_get_child (item);
  const LatheImage *image = lathe_dataset_get_image (dataset, wb_image_get_index (gtk_list_item_get_item (item)));
  g_autofree char *name = file_name (image);
  g_autofree char *text =
      g_strdup_printf ("%s\n%s · %u × %u · %s", name, lathe_dataset_get_classes (dataset)[image->label], image->width,
                       image->height, _ (splits[image->split]));

  if (g_strcmp0 (gtk_widget_get_tooltip_text (thumbnail), text) != 0)
    gtk_widget_set_tooltip_text (thumbnail, text);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, WbPageData *self)
{
  const LatheImage *image = wb_image_get (gtk_list_item_get_item (item));
  GtkWidget *thumbnail = gtk_list_item_get_child (item);
  g_autofree char *name = file_name (image);

  wb_thumbnail_set_image (WB_THUMBNAIL (thumbnail), image);
  gtk_accessible_update_property (GTK_ACCESSIBLE (thumbnail), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  describe (self, item);
  g_hash_table_add (self->bound, item);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item, WbPageData *self)
{
  wb_thumbnail_set_image (WB_THUMBNAIL (gtk_list_item_get_child (item)), NULL);
  g_hash_table_remove (self->bound, item);
}

/* To show the images again would take much longer. */
static void
on_split_changed (WbPageData *self)
{
  GHashTableIter iterator;
  gpointer item;

  g_hash_table_iter_init (&iterator, self->bound);
  while (g_hash_table_iter_next (&iterator, &item, NULL))
    describe (self, item);
}

/* One row: the name, how many, and a bar that says how many of the largest class's. */
static GtkWidget *
make_row (const char *name, guint count, double share)
{
  g_autofree char *count_text = wb_text_count (count);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *title = g_object_new (GTK_TYPE_LABEL, "label", name, "xalign", 0.0, "hexpand", TRUE, "ellipsize",
                                   PANGO_ELLIPSIZE_END, NULL);
  GtkWidget *number = gtk_label_new (count_text);

  gtk_widget_add_css_class (number, "dim-label");
  gtk_widget_add_css_class (number, "tabular");
  gtk_box_append (GTK_BOX (line), title);
  gtk_box_append (GTK_BOX (line), number);
  gtk_box_append (GTK_BOX (box), line);
  if (share >= 0)
    {
      GtkWidget *bar = g_object_new (GTK_TYPE_PROGRESS_BAR, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION,
                                     "fraction", share, NULL);

      gtk_widget_add_css_class (bar, "share");
      gtk_box_append (GTK_BOX (box), bar);
    }
  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 6);
  return box;
}

static void
show_classes (WbPageData *self, LatheDataset *dataset)
{
  const char *const *names = lathe_dataset_get_classes (dataset);
  guint n_classes = lathe_dataset_get_n_classes (dataset);
  g_autofree guint *counts = g_new (guint, n_classes);
  GtkListBoxRow *row;
  guint most = 1;

  while ((row = gtk_list_box_get_row_at_index (self->classes, 0)))
    gtk_list_box_remove (self->classes, GTK_WIDGET (row));

  for (guint i = 0; i < n_classes; i++)
    {
      counts[i] = lathe_dataset_count (dataset, i, -1);
      most = MAX (most, counts[i]);
    }
  gtk_list_box_append (self->classes, make_row (_ ("All"), lathe_dataset_get_n_images (dataset), -1));
  for (guint i = 0; i < n_classes; i++)
    gtk_list_box_append (self->classes, make_row (names[i], counts[i], (double) counts[i] / most));
  gtk_list_box_select_row (self->classes, gtk_list_box_get_row_at_index (self->classes, 0));
}

static void
show_problem (GtkWidget *button, GtkLabel *label, const char *format, guint n)
{
  g_autofree char *count = wb_text_count (n);
  g_autofree char *text = g_strdup_printf (format, count);

  gtk_widget_set_visible (button, n > 0);
  gtk_label_set_label (label, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
show_problems (WbPageData *self, LatheDataset *dataset)
{
  guint n_unreadable = lathe_dataset_get_n_problems (dataset);
  guint n_duplicates = wb_problems_count_duplicates (dataset);

  show_problem (self->unreadable, self->unreadable_label, ngettext ("%s unreadable", "%s unreadable", n_unreadable),
                n_unreadable);
  show_problem (self->duplicates, self->duplicates_label, ngettext ("%s duplicate", "%s duplicates", n_duplicates),
                n_duplicates);
  gtk_widget_set_visible (self->problems, n_unreadable + n_duplicates > 0);
}

static void
on_class_selected (WbPageData *self, GtkListBoxRow *row)
{
  LatheDataset *dataset;
  g_autofree char *count = NULL, *text = NULL;
  int label;

  if (!row)
    return;
  dataset = get_dataset (self);
  label = gtk_list_box_row_get_index (row) - 1; /* above all classes there is “All” */
  wb_image_list_show (self->images, dataset, label);
  count = wb_text_count (g_list_model_get_n_items (G_LIST_MODEL (self->images)));
  text =
      g_strdup_printf (_ ("%s · %s images"), label < 0 ? _ ("All") : lathe_dataset_get_classes (dataset)[label], count);
  gtk_label_set_label (self->shown, text);
}

static void
on_unreadable (WbPageData *self)
{
  wb_problems_show_unreadable (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), get_dataset (self));
}

static void
on_duplicates (WbPageData *self)
{
  wb_problems_show_duplicates (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), get_dataset (self));
}

static void
on_cancel (WbPageData *self)
{
  wb_project_cancel_scan (wb_page_get_project (WB_PAGE (self)));
}

static void
on_scan_progress (WbPageData *self, guint done, guint total)
{
  g_autofree char *done_text = wb_text_count (done);
  g_autofree char *total_text = wb_text_count (total);
  g_autofree char *text = g_strdup_printf (_ ("%s of %s files"), done_text, total_text);

  gtk_label_set_label (self->scan_count, text);
  gtk_progress_bar_set_fraction (self->scan_bar, total ? (double) done / total : 0);
}

static void
on_scanning (WbPageData *self)
{
  gboolean scanning;

  g_object_get (wb_page_get_project (WB_PAGE (self)), "scanning", &scanning, NULL);
  if (scanning)
    {
      gtk_label_set_label (self->scan_count, _ ("Looking for images…"));
      gtk_progress_bar_set_fraction (self->scan_bar, 0);
    }
  gtk_stack_set_visible_child_name (self->stack, scanning ? "scanning" : get_dataset (self) ? "browser" : "welcome");
}

static void
on_dataset_changed (WbPageData *self)
{
  LatheDataset *dataset = get_dataset (self);
  guint n_images = lathe_dataset_get_n_images (dataset);
  g_autofree char *count = wb_text_count (n_images);
  g_autofree char *status = g_strdup_printf (ngettext ("%s image", "%s images", n_images), count);

  show_classes (self, dataset);
  show_problems (self, dataset);
  wb_page_set_status (WB_PAGE (self), status);
}

static void
wb_page_data_attach (WbPage *page, WbProject *project)
{
  WbPageData *self = WB_PAGE_DATA (page);

  g_signal_connect_object (project, "dataset-changed", G_CALLBACK (on_dataset_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "split-changed", G_CALLBACK (on_split_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "notify::scanning", G_CALLBACK (on_scanning), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "scan-progress", G_CALLBACK (on_scan_progress), self, G_CONNECT_SWAPPED);
  wb_prepare_set_project (self->prepare, project);
}

static void
wb_page_data_dispose (GObject *object)
{
  adw_bin_set_child (ADW_BIN (object), NULL);
  g_clear_object (&WB_PAGE_DATA (object)->images);
  G_OBJECT_CLASS (wb_page_data_parent_class)->dispose (object);
}

static void
wb_page_data_finalize (GObject *object)
{
  g_hash_table_unref (WB_PAGE_DATA (object)->bound);
  G_OBJECT_CLASS (wb_page_data_parent_class)->finalize (object);
}

static void
wb_page_data_class_init (WbPageDataClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_page_data_dispose;
  G_OBJECT_CLASS (klass)->finalize = wb_page_data_finalize;
  WB_PAGE_CLASS (klass)->attach = wb_page_data_attach;

  g_type_ensure (WB_TYPE_PREPARE);
  g_type_ensure (WB_TYPE_WELCOME);

  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-page-data.ui");
  gtk_widget_class_bind_template_child (widget_class, WbPageData, stack);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, scan_count);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, scan_bar);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, classes);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, unreadable);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, duplicates);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, unreadable_label);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, duplicates_label);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, problems);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, shown);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, grid);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, prepare);
  gtk_widget_class_bind_template_callback (widget_class, on_setup);
  gtk_widget_class_bind_template_callback (widget_class, on_bind);
  gtk_widget_class_bind_template_callback (widget_class, on_unbind);
  gtk_widget_class_bind_template_callback (widget_class, on_class_selected);
  gtk_widget_class_bind_template_callback (widget_class, on_unreadable);
  gtk_widget_class_bind_template_callback (widget_class, on_duplicates);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
}

static void
wb_page_data_init (WbPageData *self)
{
  g_autoptr (GtkSingleSelection) selection = NULL;

  self->bound = g_hash_table_new (NULL, NULL);
  gtk_widget_init_template (GTK_WIDGET (self));
  self->images = wb_image_list_new ();
  selection = gtk_single_selection_new (NULL);
  gtk_single_selection_set_autoselect (selection, FALSE);
  gtk_single_selection_set_can_unselect (selection, TRUE);
  gtk_single_selection_set_model (selection, G_LIST_MODEL (self->images));
  gtk_grid_view_set_model (self->grid, GTK_SELECTION_MODEL (selection));
}
