/* wb-nearest.c: the training images that are most like one to a model.
 *
 * What the model makes of the training images is worked out once, and kept as long as its weights and the images stay
 * the same; another image is then a matter of milliseconds. One search is on a thread at a time, and has the gallery to
 * itself; what is to be shown by then is looked for afterwards.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-nearest.h"

#include <glib/gi18n.h>

#include "wb-text.h"
#include "wb-thread.h"
#include "wb-thumbnail.h"
#include "wb-tooltip.h"

#define N_SHOWN 12
#define SIDE 72                             /* pixels */
#define LIMIT ((guint64) 256 * 1024 * 1024) /* bytes of features */

struct _WbNearest
{
  AdwBin parent_instance;

  GtkWidget *row, *scrolled, *progress;
  GtkLabel *note;

  LatheModel *model;
  LatheDataset *dataset;
  LatheGallery *gallery; /* NULL while it is on a thread, too */
  char *gallery_sha;     /* of the weights that it was made by */
  LatheDataset *gallery_dataset;
  WbAttempt *attempt;
  gboolean stale; /* what can be seen is of another image */
  GCancellable *call;
  WbProgressRelay *relay;
};

G_DEFINE_FINAL_TYPE (WbNearest, wb_nearest, ADW_TYPE_BIN)

/* What is asked, and what comes back. */
typedef struct
{
  LatheModel *model;
  LatheDataset *dataset, *gallery_dataset;
  LatheGallery *gallery;
  char *sha;
  guint8 *seen;
  WbProgressRelay *relay;
  GArray *found; /* (element-type LatheNeighbour) */
} Looking;

static void
looking_free (gpointer data)
{
  Looking *looking = data;

  lathe_model_unref (looking->model);
  wb_thread_drop_dataset (looking->dataset);
  g_clear_pointer (&looking->gallery_dataset, wb_thread_drop_dataset);
  g_clear_pointer (&looking->gallery, lathe_gallery_free);
  g_clear_pointer (&looking->found, g_array_unref);
  g_clear_pointer (&looking->relay, wb_progress_relay_unref);
  g_free (looking->sha);
  g_free (looking->seen);
  g_free (looking);
}

static gpointer
look_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Looking *looking = data;
  g_autofree char *sha = lathe_model_weights_sha256 (looking->model);

  if (looking->gallery_dataset != looking->dataset || g_strcmp0 (looking->sha, sha) != 0)
    g_clear_pointer (&looking->gallery, lathe_gallery_free);
  if (!looking->gallery)
    looking->gallery =
        lathe_gallery_new (looking->model, looking->dataset, LATHE_SPLIT_TRAIN, LIMIT, lathe_default_threads (),
                           wb_progress_relay_report, looking->relay, cancellable, error);
  if (!looking->gallery)
    return NULL;
  g_free (looking->sha);
  looking->sha = g_steal_pointer (&sha);
  looking->found = lathe_gallery_find (looking->gallery, looking->seen, N_SHOWN);
  return looking;
}

/* --- What is shown --- */

static void
clear_row (WbNearest *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->row)))
    gtk_box_remove (GTK_BOX (self->row), child);
}

static GtkWidget *
card_of (LatheDataset *dataset, const LatheNeighbour *neighbour)
{
  const LatheImage *image = lathe_dataset_get_image (dataset, neighbour->image);
  const char *label = lathe_dataset_get_classes (dataset)[image->label];
  GtkWidget *card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3), *thumbnail = wb_thumbnail_new (SIDE);
  g_autofree char *similarity = wb_text_number (neighbour->similarity, 3);
  /* Translators: a class, and a number up to 1 */
  g_autofree char *spoken = g_strdup_printf (_ ("%s, similarity %s"), label, similarity);
  GtkWidget *name =
      g_object_new (GTK_TYPE_LABEL, "label", label, "ellipsize", PANGO_ELLIPSIZE_END, "max-width-chars", 10, NULL);
  GtkWidget *number = gtk_label_new (similarity);

  wb_thumbnail_set_image (WB_THUMBNAIL (thumbnail), image);
  wb_tooltip_set (thumbnail, lathe_image_get_name (dataset, image));
  gtk_accessible_update_property (GTK_ACCESSIBLE (thumbnail), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  gtk_widget_add_css_class (name, "caption");
  gtk_widget_add_css_class (number, "caption");
  gtk_widget_add_css_class (number, "dim-label");
  gtk_widget_add_css_class (number, "numeric");
  gtk_box_append (GTK_BOX (card), thumbnail);
  gtk_box_append (GTK_BOX (card), name);
  gtk_box_append (GTK_BOX (card), number);
  return card;
}

static void
show_found (WbNearest *self, const Looking *looking)
{
  guint n_asked, n = lathe_gallery_get_n_images (looking->gallery, &n_asked);
  g_autofree char *kept = wb_text_count (n), *all = wb_text_count (n_asked), *text = NULL;

  clear_row (self);
  for (guint i = 0; i < looking->found->len; i++)
    gtk_box_append (GTK_BOX (self->row),
                    card_of (looking->dataset, &g_array_index (looking->found, LatheNeighbour, i)));
  text = n < n_asked ? g_strdup_printf (_ ("Cosine of what the last layer reads; of %s training images %s fit into "
                                           "memory and were compared"),
                                        all, kept)
                     : g_strdup_printf (_ ("Cosine of what the last layer reads, among %s training images"), all);
  gtk_label_set_text (self->note, text);
}

/* --- Looking --- */

static void update (WbNearest *self);

static void
on_progress (guint done, guint total, gpointer data)
{
  WbNearest *self = data;

  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress), total > 0 ? (double) done / total : 0);
}

static void
end (WbNearest *self)
{
  g_clear_object (&self->call);
  g_clear_pointer (&self->relay, wb_progress_relay_close);
  gtk_widget_set_visible (self->progress, FALSE);
}

static void
on_found (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbNearest *self = WB_NEAREST (owner);
  Looking *looking = data;
  gboolean of_now = looking->model == self->model && looking->dataset == self->dataset;

  end (self);
  if (result && of_now && !self->stale)
    show_found (self, looking);
  else if (error && of_now && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    gtk_label_set_text (self->note, error->message);
  if (looking->gallery && of_now)
    {
      g_clear_pointer (&self->gallery_dataset, wb_thread_drop_dataset);
      self->gallery_dataset = lathe_dataset_ref (looking->dataset);
      self->gallery = g_steal_pointer (&looking->gallery);
      g_free (self->gallery_sha);
      self->gallery_sha = g_steal_pointer (&looking->sha);
    }
  looking_free (looking);
  if (self->stale)
    update (self);
}

static void
look (WbNearest *self)
{
  const LathePreprocess *preprocess = &self->model->preprocess;
  Looking *looking = g_new0 (Looking, 1);

  self->stale = FALSE;
  self->call = g_cancellable_new ();
  self->relay = wb_progress_relay_new (on_progress, self);
  looking->model = lathe_model_ref (self->model);
  looking->dataset = lathe_dataset_ref (self->dataset);
  looking->gallery = g_steal_pointer (&self->gallery);
  looking->gallery_dataset = g_steal_pointer (&self->gallery_dataset);
  looking->sha = g_steal_pointer (&self->gallery_sha);
  looking->relay = wb_progress_relay_ref (self->relay);
  looking->seen = g_memdup2 (wb_attempt_get_prediction (self->attempt)->seen,
                             (gsize) preprocess->height * preprocess->width * preprocess->channels);
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress), 0);
  gtk_widget_set_visible (self->progress, !looking->gallery);
  wb_thread_call (G_OBJECT (self), look_work, looking, NULL, NULL, self->call, on_found, looking);
}

static void
update (WbNearest *self)
{
  self->stale = TRUE;
  if (self->model && self->dataset && self->attempt && !self->call && gtk_widget_get_mapped (GTK_WIDGET (self)))
    look (self);
}

void
wb_nearest_show (WbNearest *self, WbAttempt *attempt)
{
  g_return_if_fail (WB_IS_NEAREST (self));

  g_set_object (&self->attempt, attempt);
  if (!attempt)
    clear_row (self);
  update (self);
}

void
wb_nearest_set_model (WbNearest *self, LatheModel *model, LatheDataset *dataset)
{
  g_return_if_fail (WB_IS_NEAREST (self));

  if (self->model == model && self->dataset == dataset)
    return;
  if (self->call)
    g_cancellable_cancel (self->call);
  g_clear_pointer (&self->model, lathe_model_unref);
  g_clear_pointer (&self->dataset, wb_thread_drop_dataset);
  self->model = model ? lathe_model_ref (model) : NULL;
  self->dataset = dataset ? lathe_dataset_ref (dataset) : NULL;
  g_clear_object (&self->attempt);
  clear_row (self);
  gtk_label_set_text (self->note, model && !dataset ? _ ("The images that it was trained on are not open. Open their "
                                                         "folder to compare with them.")
                                                    : "");
}

/* --- Life --- */

static void
on_map (WbNearest *self)
{
  if (self->stale)
    update (self);
}

static void
wb_nearest_dispose (GObject *object)
{
  WbNearest *self = WB_NEAREST (object);

  if (self->call)
    g_cancellable_cancel (self->call);
  g_clear_object (&self->call);
  g_clear_pointer (&self->relay, wb_progress_relay_close);
  g_clear_object (&self->attempt);
  G_OBJECT_CLASS (wb_nearest_parent_class)->dispose (object);
}

static void
wb_nearest_finalize (GObject *object)
{
  WbNearest *self = WB_NEAREST (object);

  g_clear_pointer (&self->gallery, lathe_gallery_free);
  g_clear_pointer (&self->gallery_dataset, wb_thread_drop_dataset);
  g_clear_pointer (&self->dataset, wb_thread_drop_dataset);
  g_clear_pointer (&self->model, lathe_model_unref);
  g_free (self->gallery_sha);
  G_OBJECT_CLASS (wb_nearest_parent_class)->finalize (object);
}

static void
wb_nearest_class_init (WbNearestClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_nearest_dispose;
  G_OBJECT_CLASS (klass)->finalize = wb_nearest_finalize;
}

static void
wb_nearest_init (WbNearest *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  gtk_widget_set_size_request (self->row, -1, SIDE + 48);
  self->scrolled =
      g_object_new (GTK_TYPE_SCROLLED_WINDOW, "child", self->row, "vscrollbar-policy", GTK_POLICY_NEVER, NULL);
  self->progress = g_object_new (GTK_TYPE_PROGRESS_BAR, "visible", FALSE, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->progress), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Comparing with the training images"), -1);
  self->note = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, NULL);
  gtk_widget_add_css_class (GTK_WIDGET (self->note), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->note), "dim-label");
  gtk_widget_add_css_class (GTK_WIDGET (self->note), "numeric");
  gtk_box_append (GTK_BOX (box), self->progress);
  gtk_box_append (GTK_BOX (box), self->scrolled);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->note));
  adw_bin_set_child (ADW_BIN (self), box);
  g_signal_connect_object (self, "map", G_CALLBACK (on_map), self, G_CONNECT_SWAPPED);
}
