/* wb-page-data.c: the Data page: classes, images, and how they are prepared.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>

#include "wb-fold.h"
#include "wb-page-data-private.h"
#include "wb-recent.h"
#include "wb-text.h"
#include "wb-welcome.h"

#define SIZE_KEY "thumbnail-size"
#define SIZE_STEP 8

G_DEFINE_FINAL_TYPE (WbPageData, wb_page_data, WB_TYPE_PAGE)

static LatheDataset *
get_dataset (WbPageData *self)
{
  return wb_project_get_dataset (wb_page_get_project (WB_PAGE (self)));
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

static guint
count_found (WbVerdict *verdict)
{
  guint n = 0;

  for (guint i = 0; verdict && i < verdict->findings->len; i++)
    n += ((LatheFinding *) verdict->findings->pdata[i])->flaw != LATHE_FLAW_UNREADABLE;
  return n;
}

static void
show_problems (WbPageData *self)
{
  guint n_unreadable = lathe_dataset_get_n_problems (get_dataset (self));
  guint n_found = count_found (wb_survey_get_verdict (self->survey));

  show_problem (self->unreadable, self->unreadable_label, ngettext ("%s unreadable", "%s unreadable", n_unreadable),
                n_unreadable);
  show_problem (self->found, self->found_label, ngettext ("%s finding", "%s findings", n_found), n_found);
  gtk_widget_set_visible (self->problems, n_unreadable + n_found > 0);
}

/* --- Which images are shown --- */

static WbImageFilter
get_filter (WbPageData *self)
{
  return (WbImageFilter) gtk_drop_down_get_selected (self->filter);
}

gboolean
wb_page_data_shows_excluded (WbPageData *self)
{
  return get_filter (self) == WB_IMAGES_EXCLUDED;
}

void
wb_page_data_show_images (WbPageData *self)
{
  LatheDataset *dataset = get_dataset (self);

  if (!dataset)
    return;
  wb_page_data_update_propose (self);
  if (self->like && wb_insight_get (self->insight) && self->order_dataset != dataset)
    wb_page_data_look_for_like (self);
  else
    wb_image_list_show (wb_image_grid_get_list (self->grid), dataset, wb_class_list_get_chosen (self->classes),
                        get_filter (self), gtk_editable_get_text (GTK_EDITABLE (self->search)), self->order);
}

static void
on_show_all (WbPageData *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  gtk_drop_down_set_selected (self->filter, WB_IMAGES_ALL);
  wb_class_list_choose (self->classes, -1);
  if (!self->like)
    return;
  wb_page_data_forget_like (self);
  wb_page_data_show_images (self);
}

/* Why there is nothing. */
static const char *
explain_absence (WbPageData *self)
{
  if (*gtk_editable_get_text (GTK_EDITABLE (self->search)))
    return _ ("No file that is shown here has this in its name.");
  switch (get_filter (self))
    {
    case WB_IMAGES_EXCLUDED:
      return _ ("Nothing is excluded. To leave an image out, select it and press Delete. Its file stays where it is.");
    case WB_IMAGES_CHANGED:
      return _ ("Every image is where it was found. To move some to another class, drag them onto it.");
    default:
      return _ ("There are no such images.");
    }
}

/* How many there are, and how many of them are selected. */
static void
on_count_changed (WbPageData *self)
{
  guint n = wb_image_list_get_n_images (wb_image_grid_get_list (self->grid));
  guint n_selected = wb_image_grid_get_n_selected (self->grid);
  int label = wb_class_list_get_chosen (self->classes);
  const char *class_name = label < 0 ? _ ("All") : lathe_dataset_get_classes (get_dataset (self))[label];
  g_autofree char *count = wb_text_count (n), *selected_count = wb_text_count (n_selected);
  g_autofree char *text = NULL;

  if (n_selected > 0)
    text = g_strdup_printf (_ ("%s of %s selected"), selected_count, count);
  else
    text = g_strdup_printf (_ ("%s · %s images"), class_name, count);
  gtk_label_set_label (self->shown, text);
  adw_status_page_set_description (self->empty, explain_absence (self));
  gtk_stack_set_visible_child_name (self->shelf, n > 0 ? "images" : "empty");
  wb_page_data_update_actions (self);
}

static void
on_chosen (WbPageData *self)
{
  wb_page_data_show_images (self);
}

static void
on_filter (WbPageData *self)
{
  wb_page_data_show_images (self);
}

static void
on_search (WbPageData *self)
{
  wb_page_data_show_images (self);
}

static void
on_stop_search (WbPageData *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  gtk_widget_child_focus (GTK_WIDGET (self->grid), GTK_DIR_TAB_FORWARD);
}

static void
on_size (WbPageData *self, GtkAdjustment *adjustment)
{
  int size = (int) (gtk_adjustment_get_value (adjustment) / SIZE_STEP + 0.5) * SIZE_STEP;

  g_object_set (self->grid, "thumbnail-size", size, NULL);
}

/* The size stays as it was set, over the end of the program. */
static void
remember_size (WbPageData *self)
{
  int size;

  if (wb_settings_get ())
    g_settings_bind (wb_settings_get (), SIZE_KEY, self->grid, "thumbnail-size", G_SETTINGS_BIND_DEFAULT);
  g_object_get (self->grid, "thumbnail-size", &size, NULL);
  gtk_adjustment_set_value (self->size, size);
}

static void
on_problem (WbPageData *self)
{
  gtk_stack_set_visible_child_name (self->views, "findings");
}

static void
on_survey_changed (WbPageData *self)
{
  if (get_dataset (self))
    show_problems (self);
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
show_dataset (WbPageData *self)
{
  LatheDataset *dataset = get_dataset (self);
  guint n_images = lathe_dataset_get_n_images (dataset);
  g_autofree char *count = wb_text_count (n_images);
  g_autofree char *status = g_strdup_printf (ngettext ("%s image", "%s images", n_images), count);

  wb_class_list_set_dataset (self->classes, dataset);
  wb_class_chooser_set_classes (self->chooser, lathe_dataset_get_classes (dataset));
  show_problems (self);
  wb_page_set_status (WB_PAGE (self), status);
  wb_page_data_show_images (self);
}

static void
on_dataset_changed (WbPageData *self)
{
  wb_page_data_forget_like (self);
  wb_image_list_unhide (wb_image_grid_get_list (self->grid));
  show_dataset (self);
  on_show_all (self);
}

static void
on_images_changed (WbPageData *self)
{
  show_dataset (self);
  wb_page_data_tell_done (self);
}

static void
on_split_changed (WbPageData *self)
{
  wb_class_list_set_dataset (self->classes, get_dataset (self));
  wb_page_data_show_images (self);
}

static void
wb_page_data_attach (WbPage *page, WbProject *project)
{
  WbPageData *self = WB_PAGE_DATA (page);

  g_signal_connect_object (project, "dataset-changed", G_CALLBACK (on_dataset_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "images-changed", G_CALLBACK (on_images_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "split-changed", G_CALLBACK (on_split_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "failed", G_CALLBACK (wb_page_data_tell_nothing), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "notify::scanning", G_CALLBACK (on_scanning), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "scan-progress", G_CALLBACK (on_scan_progress), self, G_CONNECT_SWAPPED);
  wb_prepare_set_project (self->prepare, project);
  self->insight = wb_insight_new (project);
  wb_page_data_connect_insight (self);
  self->survey = wb_survey_new (project, self->insight);
  g_signal_connect_object (self->survey, "changed", G_CALLBACK (on_survey_changed), self, G_CONNECT_SWAPPED);
  wb_findings_set_survey (self->findings, self->survey);
  wb_statistics_set_survey (self->statistics, self->survey);
}

static void
wb_page_data_dispose (GObject *object)
{
  WbPageData *self = WB_PAGE_DATA (object);

  if (self->survey)
    {
      g_signal_handlers_disconnect_by_data (self->insight, self);
      g_signal_handlers_disconnect_by_data (self->survey, self);
    }
  adw_bin_set_child (ADW_BIN (object), NULL);
  g_clear_object (&self->survey);
  g_clear_object (&self->insight);
  G_OBJECT_CLASS (wb_page_data_parent_class)->dispose (object);
}

static void
wb_page_data_finalize (GObject *object)
{
  WbPageData *self = WB_PAGE_DATA (object);

  g_free (self->done);
  g_free (self->like);
  g_clear_pointer (&self->order, g_array_unref);
  g_clear_pointer (&self->order_dataset, lathe_dataset_unref);
  G_OBJECT_CLASS (wb_page_data_parent_class)->finalize (object);
}

static void
wb_page_data_class_init (WbPageDataClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_page_data_dispose;
  G_OBJECT_CLASS (klass)->finalize = wb_page_data_finalize;
  WB_PAGE_CLASS (klass)->attach = wb_page_data_attach;

  g_type_ensure (WB_TYPE_CLASS_CHOOSER);
  g_type_ensure (WB_TYPE_CLASS_LIST);
  g_type_ensure (WB_TYPE_FINDINGS);
  g_type_ensure (WB_TYPE_FOLD);
  g_type_ensure (WB_TYPE_IMAGE_GRID);
  g_type_ensure (WB_TYPE_PREPARE);
  g_type_ensure (WB_TYPE_STATISTICS);
  g_type_ensure (WB_TYPE_WELCOME);

  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-page-data.ui");
  gtk_widget_class_bind_template_child (widget_class, WbPageData, stack);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, scan_count);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, scan_bar);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, classes);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, unreadable);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, found);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, unreadable_label);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, found_label);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, problems);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, search);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, filter);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, size);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, shown);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, exclude);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, include);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, move);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, chooser);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, shelf);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, grid);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, empty);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, prepare);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, like_strip);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, propose);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, like_progress);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, like_end);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, like_label);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, views);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, findings);
  gtk_widget_class_bind_template_child (widget_class, WbPageData, statistics);
  gtk_widget_class_bind_template_callback (widget_class, on_chosen);
  gtk_widget_class_bind_template_callback (widget_class, on_filter);
  gtk_widget_class_bind_template_callback (widget_class, on_search);
  gtk_widget_class_bind_template_callback (widget_class, on_stop_search);
  gtk_widget_class_bind_template_callback (widget_class, on_size);
  gtk_widget_class_bind_template_callback (widget_class, on_show_all);
  gtk_widget_class_bind_template_callback (widget_class, on_count_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_problem);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
  wb_page_data_install_actions (widget_class);
  wb_page_data_install_like (widget_class);
}

static void
wb_page_data_init (WbPageData *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  wb_page_data_connect_images (self);
  g_signal_connect_object (wb_image_grid_get_list (self->grid), "shown", G_CALLBACK (on_count_changed), self,
                           G_CONNECT_SWAPPED);
  remember_size (self);
  wb_page_data_update_actions (self);
}
