/* wb-proposal-window.c: groups of images that look alike, to be named and made classes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-proposal-window.h"

#include <glib/gi18n.h>

#include "wb-child-window.h"
#include "wb-text.h"
#include "wb-thread.h"
#include "wb-thumbnail.h"

#define FILLING 3000 /* microseconds in one go */
#define THUMBNAIL 72
#define MOST_SHOWN 14 /* images of a group: two lines of them */

struct _WbProposalWindow
{
  AdwWindow parent_instance;

  WbInsight *source;
  int label;
  LatheInsight *insight;   /* that the groups are of */
  LatheClusters *clusters; /* NULL until there are some */
  GPtrArray *entries;      /* (element-type GtkEditable): the name of each group; the list owns them */
  guint filling;           /* source that makes the groups' cards, or 0 */
  gboolean dividing;       /* on a thread */
  gboolean began;          /* the asking: who closes the window does not want it any more */
  GCancellable *cancellable;

  GtkStack *stack;
  GtkLabel *status, *note;
  GtkProgressBar *progress;
  GtkWidget *accept, *number_row;
  GtkSpinButton *number;
  GtkBox *list;
};

G_DEFINE_FINAL_TYPE (WbProposalWindow, wb_proposal_window, ADW_TYPE_WINDOW)

static guint accepted_signal;

/* --- Dividing --- */

typedef struct
{
  LatheInsight *insight;
  LatheDataset *dataset; /* of now, whose images are to be divided */
  int label;
  guint n_groups; /* 0: to be found */
} Dividing;

static void
dividing_free (gpointer data)
{
  Dividing *dividing = data;

  lathe_insight_unref (dividing->insight);
  wb_thread_drop_dataset (dividing->dataset);
  g_free (dividing);
}

static void
free_clusters (gpointer clusters)
{
  lathe_clusters_free (clusters);
}

/* (element-type guint32): as the insight counts them */
static GArray *
choose_images (const Dividing *dividing)
{
  g_autofree guint *there = lathe_dataset_find_images (dividing->insight->dataset, dividing->dataset);
  GArray *images = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint32 i = 0; i < lathe_dataset_get_n_images (dividing->insight->dataset); i++)
    if (there[i] != LATHE_NO_IMAGE &&
        (dividing->label < 0 ||
         lathe_dataset_get_image (dividing->dataset, there[i])->label == (guint) dividing->label))
      g_array_append_val (images, i);
  return images;
}

static gpointer
divide_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Dividing *dividing = data;
  g_autoptr (GArray) images = choose_images (dividing);
  g_autoptr (LathePool) pool = lathe_pool_new (lathe_default_threads ());

  return lathe_clusters_new (dividing->insight->descriptors, images, dividing->n_groups,
                             lathe_dataset_get_options (dividing->dataset)->seed, pool, cancellable, error);
}

/* --- Groups --- */

static GtkWidget *
make_thumbnails (WbProposalWindow *self, const GArray *group)
{
  GtkWidget *tiles = g_object_new (GTK_TYPE_FLOW_BOX, "selection-mode", GTK_SELECTION_NONE, "min-children-per-line", 3,
                                   "max-children-per-line", MOST_SHOWN / 2, "column-spacing", 6, "row-spacing", 6,
                                   "halign", GTK_ALIGN_START, NULL);

  for (guint i = 0; i < MIN (group->len, MOST_SHOWN); i++)
    {
      const LatheImage *image = lathe_dataset_get_image (self->insight->dataset, g_array_index (group, guint32, i));
      GtkWidget *thumbnail = wb_thumbnail_new (THUMBNAIL);
      g_autofree char *name = g_filename_display_basename (image->path);

      wb_thumbnail_set_image (WB_THUMBNAIL (thumbnail), image);
      gtk_accessible_update_property (GTK_ACCESSIBLE (thumbnail), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
      gtk_flow_box_append (GTK_FLOW_BOX (tiles),
                           g_object_new (GTK_TYPE_FLOW_BOX_CHILD, "focusable", FALSE, "child", thumbnail, NULL));
    }
  return tiles;
}

static void
on_name_changed (WbProposalWindow *self)
{
  guint n_named = 0;

  for (guint i = 0; i < self->entries->len; i++)
    n_named += *gtk_editable_get_text (self->entries->pdata[i]) != '\0';
  gtk_widget_set_sensitive (self->accept, n_named > 0 && !self->filling);
}

static void
add_group (WbProposalWindow *self, guint index)
{
  const GArray *group = self->clusters->groups->pdata[index];
  GtkWidget *card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12), *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  g_autofree char *name = g_strdup_printf (_ ("Group %u"), index + 1);
  g_autofree char *number = wb_text_count (group->len);
  g_autofree char *count = g_strdup_printf (ngettext ("%s image", "%s images", group->len), number);
  g_autofree char *spoken = g_strdup_printf (_ ("Class of group %u, %s"), index + 1, count);
  GtkWidget *entry = g_object_new (GTK_TYPE_ENTRY, "text", name, "placeholder-text", _ ("Leave where they are"),
                                   "hexpand", TRUE, "max-length", 100, NULL);
  GtkWidget *label = gtk_label_new (count);

  gtk_widget_add_css_class (card, "card");
  gtk_widget_add_css_class (card, "finding");
  gtk_widget_add_css_class (label, "dim-label");
  gtk_widget_add_css_class (label, "numeric");
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  g_signal_connect_object (entry, "changed", G_CALLBACK (on_name_changed), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (head), entry);
  gtk_box_append (GTK_BOX (head), label);
  gtk_box_append (GTK_BOX (card), head);
  gtk_box_append (GTK_BOX (card), make_thumbnails (self, group));
  gtk_box_append (self->list, card);
  g_ptr_array_add (self->entries, entry);
}

static void
clear_groups (WbProposalWindow *self)
{
  GtkWidget *child;

  g_ptr_array_set_size (self->entries, 0);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->list))))
    gtk_box_remove (self->list, child);
}

static void divide (WbProposalWindow *self, guint n_groups);

static gboolean
fill_list (gpointer data)
{
  WbProposalWindow *self = data;
  gint64 until = g_get_monotonic_time () + FILLING;

  while (self->entries->len < self->clusters->groups->len && g_get_monotonic_time () < until)
    add_group (self, self->entries->len);
  if (self->entries->len < self->clusters->groups->len)
    return G_SOURCE_CONTINUE;
  self->filling = 0;
  on_name_changed (self);
  return G_SOURCE_REMOVE;
}

static void
show_groups (WbProposalWindow *self)
{
  clear_groups (self);
  gtk_widget_set_sensitive (self->accept, FALSE);
  gtk_widget_set_sensitive (self->number_row, TRUE);
  gtk_stack_set_visible_child_name (self->stack, "groups");
  if (!self->filling)
    self->filling = g_timeout_add_full (G_PRIORITY_DEFAULT_IDLE, 0, fill_list, self, NULL);
}

static void
fail (WbProposalWindow *self, const char *message)
{
  gtk_label_set_label (self->note, message);
  gtk_widget_set_sensitive (self->accept, FALSE);
  gtk_stack_set_visible_child_name (self->stack, "failed");
}

/* The number may have been changed meanwhile: then what came back is old. */
static void
on_divided (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbProposalWindow *self = WB_PROPOSAL_WINDOW (owner);
  guint asked = GPOINTER_TO_UINT (data), wanted = (guint) gtk_spin_button_get_value_as_int (self->number);

  self->dividing = FALSE;
  if (g_cancellable_is_cancelled (self->cancellable))
    {
      g_clear_pointer (&result, free_clusters);
      return;
    }
  if (error)
    {
      fail (self, error->message);
      return;
    }
  if (asked != 0 && asked != wanted)
    {
      free_clusters (result);
      divide (self, wanted);
      return;
    }
  g_clear_pointer (&self->clusters, lathe_clusters_free);
  self->clusters = result;
  gtk_spin_button_set_value (self->number, self->clusters->groups->len);
  show_groups (self);
}

static void
divide (WbProposalWindow *self, guint n_groups)
{
  LatheDataset *dataset = wb_project_get_dataset (wb_insight_get_project (self->source));
  Dividing *dividing;

  if (self->dividing || !dataset)
    return;
  self->dividing = TRUE;
  dividing = g_new (Dividing, 1);
  *dividing = (Dividing){lathe_insight_ref (self->insight), lathe_dataset_ref (dataset), self->label, n_groups};
  wb_thread_call (G_OBJECT (self), divide_work, dividing, dividing_free, free_clusters, self->cancellable, on_divided,
                  GUINT_TO_POINTER (n_groups));
}

static void
on_number (WbProposalWindow *self)
{
  guint wanted = (guint) gtk_spin_button_get_value_as_int (self->number);

  if (self->clusters && wanted != self->clusters->groups->len)
    divide (self, wanted);
}

/* --- Asking --- */

static void
on_source_changed (WbProposalWindow *self)
{
  LatheInsight *insight = wb_insight_get (self->source);

  if (self->insight || wb_insight_get_asking (self->source))
    return;
  if (!insight)
    {
      gtk_window_close (GTK_WINDOW (self));
      return;
    }
  self->began = FALSE;
  self->insight = lathe_insight_ref (insight);
  gtk_label_set_label (self->status, _ ("Looking for groups…"));
  divide (self, 0);
}

static void
on_progress (WbProposalWindow *self, guint done, guint total)
{
  g_autofree char *done_text = wb_text_count (done), *total_text = wb_text_count (total);
  g_autofree char *text = g_strdup_printf (_ ("%s of %s images"), done_text, total_text);

  gtk_label_set_label (self->status, text);
  gtk_progress_bar_set_fraction (self->progress, total ? (double) done / total : 0);
}

static void
on_failed (WbProposalWindow *self, const char *message)
{
  fail (self, message);
}

static void
begin (WbProposalWindow *self)
{
  LatheInsight *insight = wb_insight_get (self->source);
  LatheDataset *dataset = wb_project_get_dataset (wb_insight_get_project (self->source));

  if (insight && insight->dataset == dataset)
    {
      on_source_changed (self);
      return;
    }
  self->began = !wb_insight_get_asking (self->source);
  wb_insight_ask (self->source);
}

/* --- Accepting --- */

guint
wb_proposal_window_apply (WbProposalWindow *self, LatheEdits *edits, guint *n_classes)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n = 0;

  g_return_val_if_fail (WB_IS_PROPOSAL_WINDOW (self), 0);

  for (guint i = 0; i < self->entries->len; i++)
    {
      const GArray *group = self->clusters->groups->pdata[i];
      g_autofree char *typed = g_strstrip (g_strdup (gtk_editable_get_text (self->entries->pdata[i])));
      g_autofree char *name = g_utf8_normalize (typed, -1, G_NORMALIZE_NFC);

      if (!name || !*name)
        continue;
      for (guint j = 0; j < group->len; j++)
        lathe_edits_set_label (
            edits,
            lathe_image_get_name (self->insight->dataset,
                                  lathe_dataset_get_image (self->insight->dataset, g_array_index (group, guint32, j))),
            name);
      n += group->len;
      g_hash_table_add (names, g_steal_pointer (&name));
    }
  *n_classes = g_hash_table_size (names);
  return n;
}

static void
on_accept (WbProposalWindow *self)
{
  g_signal_emit (self, accepted_signal, 0);
  gtk_window_close (GTK_WINDOW (self));
}

static void
on_cancel (WbProposalWindow *self)
{
  gtk_window_close (GTK_WINDOW (self));
}

/* --- Life --- */

static void
wb_proposal_window_dispose (GObject *object)
{
  WbProposalWindow *self = WB_PROPOSAL_WINDOW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->filling, g_source_remove);
  if (self->source)
    g_signal_handlers_disconnect_by_data (self->source, self);
  if (self->source && self->began)
    wb_insight_cancel (self->source);
  g_clear_object (&self->source);
  G_OBJECT_CLASS (wb_proposal_window_parent_class)->dispose (object);
}

static void
wb_proposal_window_finalize (GObject *object)
{
  WbProposalWindow *self = WB_PROPOSAL_WINDOW (object);

  g_object_unref (self->cancellable);
  g_ptr_array_unref (self->entries);
  g_clear_pointer (&self->clusters, lathe_clusters_free);
  g_clear_pointer (&self->insight, lathe_insight_unref);
  G_OBJECT_CLASS (wb_proposal_window_parent_class)->finalize (object);
}

static void
wb_proposal_window_class_init (WbProposalWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_proposal_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = wb_proposal_window_finalize;
  accepted_signal =
      g_signal_new ("accepted", WB_TYPE_PROPOSAL_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-proposal-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WbProposalWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, WbProposalWindow, status);
  gtk_widget_class_bind_template_child (widget_class, WbProposalWindow, note);
  gtk_widget_class_bind_template_child (widget_class, WbProposalWindow, progress);
  gtk_widget_class_bind_template_child (widget_class, WbProposalWindow, accept);
  gtk_widget_class_bind_template_child (widget_class, WbProposalWindow, number_row);
  gtk_widget_class_bind_template_child (widget_class, WbProposalWindow, number);
  gtk_widget_class_bind_template_child (widget_class, WbProposalWindow, list);
  gtk_widget_class_bind_template_callback (widget_class, on_accept);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
  gtk_widget_class_bind_template_callback (widget_class, on_number);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
wb_proposal_window_init (WbProposalWindow *self)
{
  self->entries = g_ptr_array_new ();
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
wb_proposal_window_new (GtkWindow *parent, WbInsight *insight, int label)
{
  WbProposalWindow *self = g_object_new (WB_TYPE_PROPOSAL_WINDOW, NULL);

  wb_child_window_attach (GTK_WINDOW (self), parent);
  self->source = g_object_ref (insight);
  self->label = label;
  g_signal_connect_object (insight, "changed", G_CALLBACK (on_source_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (insight, "progress", G_CALLBACK (on_progress), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (insight, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  begin (self);
  return GTK_WIDGET (self);
}
