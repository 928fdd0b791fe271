/* wb-page-data-like.c: the images that are most like one, and classes for images that have none: both by what a network
 * that knows many images sees in them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>

#include "wb-beginning-choice.h"
#include "wb-page-data-private.h"
#include "wb-proposal-window.h"
#include "wb-text.h"
#include "wb-thread.h"

#define MOST_LIKE 100 /* images */

static WbProject *
get_project (WbPageData *self)
{
  return wb_page_get_project (WB_PAGE (self));
}

/* --- Looking --- */

/* What is asked, and what comes back. */
typedef struct
{
  LatheInsight *insight;
  LatheDataset *dataset;
  char *name;    /* of the image */
  GArray *order; /* (element-type guint32): the image itself and those like it, as the dataset counts them; nothing
                    where the network has not seen it */
} Looking;

static void
looking_free (Looking *looking)
{
  lathe_insight_unref (looking->insight);
  wb_thread_drop_dataset (looking->dataset);
  g_array_unref (looking->order);
  g_free (looking->name);
  g_free (looking);
}

static guint
find_image (LatheDataset *dataset, const char *name)
{
  for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
    if (g_str_equal (lathe_image_get_name (dataset, lathe_dataset_get_image (dataset, i)), name))
      return i;
  return LATHE_NO_IMAGE;
}

static void
add_image (GArray *order, const guint *there, guint32 image)
{
  guint32 place = there[image];

  if (place != LATHE_NO_IMAGE)
    g_array_append_val (order, place);
}

static gpointer
look_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Looking *looking = data;
  g_autofree guint *there = lathe_dataset_find_images (looking->insight->dataset, looking->dataset);
  guint image = find_image (looking->insight->dataset, looking->name);
  g_autoptr (LatheLikeness) like =
      image != LATHE_NO_IMAGE ? lathe_insight_find_like (looking->insight, image, MOST_LIKE) : NULL;

  if (like)
    add_image (looking->order, there, image);
  for (guint i = 0; like && i < like->nearest->len; i++)
    add_image (looking->order, there, g_array_index (like->nearest, LatheNeighbour, i).image);
  return looking;
}

static void
show_strip (WbPageData *self)
{
  const LatheStartingPoint *source = wb_insight_get_source (self->insight);
  gboolean asking = self->like && wb_insight_get_asking (self->insight);
  g_autofree char *name = self->like ? g_filename_display_basename (self->like) : NULL;
  g_autofree char *text = NULL;

  if (asking)
    text = g_strdup (_ ("The network looks at each image…"));
  else if (self->like)
    /* Translators: an image's file, and a network */
    text = g_strdup_printf (_ ("Most like “%s”, as %s sees it"), name,
                            source ? wb_beginning_title (source) : _ ("the network"));
  gtk_widget_set_visible (self->like_strip, self->like != NULL);
  gtk_widget_set_visible (self->like_progress, asking);
  gtk_label_set_label (self->like_label, text ? text : "");
  gtk_button_set_label (GTK_BUTTON (self->like_end), asking ? _ ("Cancel") : _ ("Show All"));
}

/**
 * wb_page_data_forget_like:
 *
 * All images are shown again, at the next question.
 */
void
wb_page_data_forget_like (WbPageData *self)
{
  g_clear_pointer (&self->like, g_free);
  g_clear_pointer (&self->order, g_array_unref);
  g_clear_pointer (&self->order_dataset, wb_thread_drop_dataset);
  show_strip (self);
}

/* Another image, or another dataset, may be asked about by now: then it is looked for again. */
static void
on_looked (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbPageData *self = WB_PAGE_DATA (owner);
  Looking *looking = data;
  gboolean of_now = g_strcmp0 (self->like, looking->name) == 0;

  self->looking = FALSE;
  if (!self->insight) /* the window has been closed */
    {
      looking_free (looking);
      return;
    }
  if (of_now && looking->order->len == 0)
    {
      wb_page_data_forget_like (self);
      wb_page_toast (WB_PAGE (self), _ ("The network has not seen this image. It may be new, or cannot be read."));
    }
  else if (of_now)
    {
      g_clear_pointer (&self->order, g_array_unref);
      g_clear_pointer (&self->order_dataset, wb_thread_drop_dataset);
      self->order = g_array_ref (looking->order);
      self->order_dataset = lathe_dataset_ref (looking->dataset);
    }
  looking_free (looking);
  wb_page_data_show_images (self);
}

/**
 * wb_page_data_look_for_like:
 *
 * In the background; then the images are shown in the order that was found.
 */
void
wb_page_data_look_for_like (WbPageData *self)
{
  LatheInsight *insight = wb_insight_get (self->insight);
  LatheDataset *dataset = wb_project_get_dataset (get_project (self));
  Looking *looking;

  show_strip (self);
  if (!insight)
    wb_insight_ask (self->insight);
  if (!insight || !dataset || self->looking)
    return;
  self->looking = TRUE;
  looking = g_new (Looking, 1);
  *looking = (Looking){lathe_insight_ref (insight), lathe_dataset_ref (dataset), g_strdup (self->like),
                       g_array_new (FALSE, FALSE, sizeof (guint32))};
  wb_thread_call (G_OBJECT (self), look_work, looking, NULL, NULL, NULL, on_looked, looking);
}

static void
like_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbPageData *self = WB_PAGE_DATA (widget);
  g_auto (GStrv) names = wb_image_grid_get_names (self->grid);

  if (!wb_insight_get_source (self->insight))
    {
      wb_page_toast (WB_PAGE (self), wb_insight_get_absence ());
      return;
    }
  wb_page_data_forget_like (self);
  self->like = g_strdup (names[0]);
  wb_page_data_look_for_like (self);
}

/* What was begun for this alone ends with it. */
static void
end_like_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbPageData *self = WB_PAGE_DATA (widget);

  wb_insight_cancel (self->insight);
  wb_page_data_forget_like (self);
  wb_page_data_show_images (self);
}

static void
on_insight_changed (WbPageData *self)
{
  if (!self->like)
    return;
  if (wb_insight_get (self->insight))
    wb_page_data_look_for_like (self);
  else if (!wb_insight_get_asking (self->insight))
    wb_page_data_forget_like (self);
  show_strip (self);
}

static void
on_insight_progress (WbPageData *self, guint done, guint total)
{
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->like_progress), total ? (double) done / total : 0);
}

static void
on_insight_failed (WbPageData *self, const char *message)
{
  wb_page_toast (WB_PAGE (self), message);
}

/* --- Classes --- */

static void
on_accepted (WbProposalWindow *window, WbPageData *self)
{
  LatheEdits *edits = wb_page_data_copy_edits (self);
  guint n_classes, n = wb_proposal_window_apply (window, edits, &n_classes);
  g_autofree char *count = wb_text_count (n), *classes = wb_text_count (n_classes);

  wb_page_data_decide (self, edits,
                       /* Translators: so many images; in so many classes */
                       g_strdup_printf (ngettext ("%s image is in %s proposed classes",
                                                  "%s images are in %s proposed "
                                                  "classes",
                                                  n),
                                        count, classes));
}

static void
propose_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbPageData *self = WB_PAGE_DATA (widget);
  GtkWidget *window;

  if (!wb_insight_get_source (self->insight))
    {
      wb_page_toast (WB_PAGE (self), wb_insight_get_absence ());
      return;
    }
  window = wb_proposal_window_new (GTK_WINDOW (gtk_widget_get_root (widget)), self->insight,
                                   wb_class_list_get_chosen (self->classes));
  g_signal_connect_object (window, "accepted", G_CALLBACK (on_accepted), self, 0);
  gtk_window_present (GTK_WINDOW (window));
}

/**
 * wb_page_data_update_propose:
 *
 * One class alone can be divided, the only one there is or the one that is chosen.
 */
void
wb_page_data_update_propose (WbPageData *self)
{
  LatheDataset *dataset = wb_project_get_dataset (get_project (self));

  gtk_widget_set_visible (self->propose, dataset && (lathe_dataset_get_n_classes (dataset) == 1 ||
                                                     wb_class_list_get_chosen (self->classes) >= 0));
}

/* --- Life --- */

void
wb_page_data_connect_insight (WbPageData *self)
{
  g_signal_connect_object (self->insight, "changed", G_CALLBACK (on_insight_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->insight, "progress", G_CALLBACK (on_insight_progress), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->insight, "failed", G_CALLBACK (on_insight_failed), self, G_CONNECT_SWAPPED);
}

void
wb_page_data_install_like (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "images.like", NULL, like_action);
  gtk_widget_class_install_action (klass, "images.end-like", NULL, end_like_action);
  gtk_widget_class_install_action (klass, "images.propose", NULL, propose_action);
}
