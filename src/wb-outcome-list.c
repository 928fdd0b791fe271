/* wb-outcome-list.c: images, each with what the model said and what is true.
 *
 *   ┌────┐  Shirt    ▇▇▇▇▇▇▇▇  91.3 %
 *   │    │  T-shirt  ▇          6.2 %
 *   └────┘
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-outcome-list.h"

#include <glib/gi18n.h>

#include "wb-growing.h"
#include "wb-file-open.h"
#include "wb-text.h"
#include "wb-thumbnail.h"
#include "wb-tooltip.h"

#define SIDE 64 /* pixels */

struct _WbOutcomeList
{
  AdwBin parent_instance;
  GtkWidget *title, *count, *view;
  GtkNoSelection *model;
  GCancellable *cancellable; /* of the search that goes on, or NULL */
  WbAssessment *other;       /* or NULL */
  GHashTable *other_places;  /* image → place in the other's evaluation; NULL without one */
};

G_DEFINE_FINAL_TYPE (WbOutcomeList, wb_outcome_list, ADW_TYPE_BIN)

/* --- A row --- */

typedef struct
{
  GtkWidget *label, *bar, *percent;
} Bar;

typedef struct
{
  GtkWidget *thumbnail, *grid, *other;
  Bar said, truth;
} Row;

static void
add_bar (Row *row, Bar *bar, int line)
{
  bar->label = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "ellipsize", PANGO_ELLIPSIZE_END, "hexpand", TRUE, NULL);
  bar->bar =
      g_object_new (GTK_TYPE_PROGRESS_BAR, "hexpand", TRUE, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
  bar->percent = g_object_new (GTK_TYPE_LABEL, "xalign", 1.0, "width-chars", 7, NULL);
  gtk_widget_add_css_class (bar->percent, "numeric");
  gtk_grid_attach (GTK_GRID (row->grid), bar->label, 0, 2 * line, 1, 1);
  gtk_grid_attach (GTK_GRID (row->grid), bar->percent, 1, 2 * line, 1, 1);
  gtk_grid_attach (GTK_GRID (row->grid), bar->bar, 0, 2 * line + 1, 2, 1);
}

static void
set_bar (Bar *bar, const char *text, double probability)
{
  g_autofree char *percent = wb_text_percent (probability);

  gtk_label_set_text (GTK_LABEL (bar->label), text);
  gtk_label_set_text (GTK_LABEL (bar->percent), percent);
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (bar->bar), CLAMP (probability, 0, 1));
}

static void
show_bar (Bar *bar, gboolean shown)
{
  gtk_widget_set_visible (bar->label, shown);
  gtk_widget_set_visible (bar->bar, shown);
  gtk_widget_set_visible (bar->percent, shown);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  Row *row = g_new0 (Row, 1);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);

  row->thumbnail = wb_thumbnail_new (SIDE);
  row->grid = g_object_new (GTK_TYPE_GRID, "column-spacing", 6, "row-spacing", 3, "valign", GTK_ALIGN_CENTER, NULL);
  add_bar (row, &row->said, 0);
  add_bar (row, &row->truth, 1);
  gtk_widget_add_css_class (row->truth.bar, "truth");
  row->other = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
  gtk_widget_add_css_class (row->other, "caption");
  gtk_widget_add_css_class (row->other, "dim-label");
  gtk_grid_attach (GTK_GRID (row->grid), row->other, 0, 4, 2, 1);
  gtk_box_append (GTK_BOX (box), row->thumbnail);
  gtk_box_append (GTK_BOX (box), row->grid);
  g_object_set_data_full (G_OBJECT (item), "row", row, g_free);
  gtk_list_item_set_child (item, box);
}

static void
show_other (WbOutcomeList *self, Row *row, const LatheOutcome *outcome)
{
  gpointer place;
  gboolean shown = self->other_places != NULL &&
                   g_hash_table_lookup_extended (self->other_places, GUINT_TO_POINTER (outcome->image), NULL, &place);

  gtk_widget_set_visible (row->other, shown);
  if (shown)
    {
      const LatheOutcome *other = lathe_evaluation_get (self->other->evaluation, GPOINTER_TO_UINT (place));
      g_autofree char *percent = wb_text_percent ((double) other->confidence);
      /* Translators: of another model: a class, and how sure it was */
      g_autofree char *text =
          g_strdup_printf (_ ("The other says %s, %s"), wb_assessment_get_labels (self->other)[other->said], percent);

      gtk_label_set_text (GTK_LABEL (row->other), text);
    }
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, WbOutcomeList *self)
{
  Row *row = g_object_get_data (G_OBJECT (item), "row");
  WbOutcome *shown = gtk_list_item_get_item (item);
  const LatheOutcome *outcome = wb_outcome_get (shown);
  const LatheImage *image = wb_outcome_get_image (shown);
  const char *const *labels = wb_assessment_get_labels (wb_outcome_get_assessment (shown));
  gboolean right = outcome->said == outcome->truth;
  g_autofree char *base = g_path_get_basename (image->path);
  g_autofree char *name = g_filename_display_name (base);
  g_autofree char *percent = wb_text_percent ((double) outcome->confidence);
  /* Translators: what the model said, and what is true */
  g_autofree char *said = g_strdup_printf (right ? _ ("Rightly %s") : _ ("Said %s"), labels[outcome->said]);
  g_autofree char *truth = g_strdup_printf (_ ("Is %s"), labels[outcome->truth]);
  g_autofree char *spoken = right ? g_strdup_printf ("%s: %s, %s", name, said, percent)
                                  : g_strdup_printf ("%s: %s, %s, %s", name, said, percent, truth);

  wb_thumbnail_set_image (WB_THUMBNAIL (row->thumbnail), image);
  set_bar (&row->said, said, (double) outcome->confidence);
  set_bar (&row->truth, truth, wb_outcome_get_probability (shown, outcome->truth));
  show_bar (&row->truth, !right);
  show_other (self, row, outcome);
  wb_tooltip_set (row->thumbnail, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->thumbnail), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  Row *row = g_object_get_data (G_OBJECT (item), "row");

  wb_thumbnail_set_image (WB_THUMBNAIL (row->thumbnail), NULL);
}

static void
on_activate (WbOutcomeList *self, guint position)
{
  g_autoptr (WbOutcome) outcome = g_list_model_get_item (G_LIST_MODEL (self->model), position);
  const LatheImage *image = wb_outcome_get_image (outcome);

  if (image->piece.kind == LATHE_PIECE_FILE)
    wb_file_open (GTK_WIDGET (self), image->path);
}

/* --- What is shown --- */

typedef struct
{
  WbAssessment *assessment;
  WbOutcomesQuery query;
} Search;

static void
search_free (gpointer data)
{
  Search *search = data;

  wb_assessment_unref (search->assessment);
  g_clear_pointer (&search->query.images, g_array_unref);
  g_free (search);
}

static gpointer
search_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Search *search = data;

  return wb_outcomes_new (search->assessment, wb_outcomes_find (search->assessment, &search->query));
}

static void
on_found (GObject *owner, gpointer result, const GError *error, gpointer cancellable)
{
  WbOutcomeList *self = WB_OUTCOME_LIST (owner);
  g_autoptr (GListModel) model = result;
  g_autofree char *number = NULL, *text = NULL;
  guint n;

  if (model == NULL || self->cancellable != cancellable)
    return;
  g_clear_object (&self->cancellable);
  n = g_list_model_get_n_items (model);
  number = wb_text_count (n);
  text = g_strdup_printf (ngettext ("%s image, the worst first", "%s images, the worst first", n), number);
  gtk_label_set_text (GTK_LABEL (self->count), n > 0 ? text : _ ("No images"));
  wb_growing_show (GTK_WIDGET (self), self->model, model);
}

static void
stop (WbOutcomeList *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

void
wb_outcome_list_show (WbOutcomeList *self, WbAssessment *assessment, const WbOutcomesQuery *query, const char *title)
{
  Search *search = g_new0 (Search, 1);

  g_return_if_fail (WB_IS_OUTCOME_LIST (self));

  stop (self);
  self->cancellable = g_cancellable_new ();
  search->assessment = wb_assessment_ref (assessment);
  search->query = *query;
  if (query->images != NULL)
    g_array_ref (query->images);
  gtk_label_set_text (GTK_LABEL (self->title), title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  wb_thread_call (G_OBJECT (self), search_work, search, search_free, g_object_unref, self->cancellable, on_found,
                  self->cancellable);
}

void
wb_outcome_list_clear (WbOutcomeList *self)
{
  g_return_if_fail (WB_IS_OUTCOME_LIST (self));

  stop (self);
  wb_growing_show (GTK_WIDGET (self), self->model, NULL);
  gtk_label_set_text (GTK_LABEL (self->title), "");
  gtk_label_set_text (GTK_LABEL (self->count), "");
}

void
wb_outcome_list_set_other (WbOutcomeList *self, WbAssessment *other)
{
  g_return_if_fail (WB_IS_OUTCOME_LIST (self));

  if (self->other == other)
    return;
  g_clear_pointer (&self->other_places, g_hash_table_unref);
  g_clear_pointer (&self->other, wb_assessment_unref);
  if (other == NULL)
    return;
  self->other = wb_assessment_ref (other);
  self->other_places = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < lathe_evaluation_get_n (other->evaluation); i++)
    g_hash_table_insert (self->other_places, GUINT_TO_POINTER (lathe_evaluation_get (other->evaluation, i)->image),
                         GUINT_TO_POINTER (i));
}

/* --- Life --- */

static gboolean
wb_outcome_list_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (WB_OUTCOME_LIST (widget)->view);
}

static void
wb_outcome_list_dispose (GObject *object)
{
  WbOutcomeList *self = WB_OUTCOME_LIST (object);

  stop (self);
  g_clear_pointer (&self->other_places, g_hash_table_unref);
  g_clear_pointer (&self->other, wb_assessment_unref);
  G_OBJECT_CLASS (wb_outcome_list_parent_class)->dispose (object);
}

static void
wb_outcome_list_class_init (WbOutcomeListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_outcome_list_dispose;
  GTK_WIDGET_CLASS (klass)->grab_focus = wb_outcome_list_grab_focus;
}

static GtkWidget *
new_heading (const char *class)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, "wrap-mode", PANGO_WRAP_WORD_CHAR,
                                   "max-width-chars", 28, NULL);

  gtk_widget_add_css_class (label, class);
  return label;
}

static void
wb_outcome_list_init (WbOutcomeList *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_bind), self, 0);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), NULL);
  self->title = new_heading ("heading");
  self->count = new_heading ("caption");
  gtk_widget_add_css_class (self->count, "dim-label");
  gtk_widget_add_css_class (self->count, "numeric");
  self->model = gtk_no_selection_new (NULL);
  self->view = gtk_grid_view_new (GTK_SELECTION_MODEL (self->model), factory);
  gtk_grid_view_set_max_columns (GTK_GRID_VIEW (self->view), 1);
  gtk_widget_add_css_class (self->view, "outcomes");
  g_signal_connect_object (self->view, "activate", G_CALLBACK (on_activate), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (box), self->title);
  gtk_box_append (GTK_BOX (box), self->count);
  gtk_box_append (GTK_BOX (box), g_object_new (GTK_TYPE_SCROLLED_WINDOW, "child", self->view, "hscrollbar-policy",
                                               GTK_POLICY_NEVER, "min-content-height", 400, "vexpand", TRUE, NULL));
  adw_bin_set_child (ADW_BIN (self), box);
}
