/* wb-score-table.c: precision, recall, F1 and support of each class, to sort by any of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-score-table.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-growing.h"
#include "wb-text.h"
#include "wb-tooltip.h"

#define ROWS_A_FRAME 8

/* A row. */
#define WB_TYPE_CLASS_SCORE (wb_class_score_get_type ())
G_DECLARE_FINAL_TYPE (WbClassScore, wb_class_score, WB, CLASS_SCORE, GObject)

struct _WbClassScore
{
  GObject parent_instance;
  guint label;
  char *name;
  LatheClassScores score;
};

/* Signal: "changed": it has other scores. */
static guint changed_signal;

G_DEFINE_TYPE (WbClassScore, wb_class_score, G_TYPE_OBJECT)

static void
wb_class_score_finalize (GObject *object)
{
  g_free (WB_CLASS_SCORE (object)->name);
  G_OBJECT_CLASS (wb_class_score_parent_class)->finalize (object);
}

static void
wb_class_score_class_init (WbClassScoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_class_score_finalize;
  changed_signal =
      g_signal_new ("changed", WB_TYPE_CLASS_SCORE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wb_class_score_init (WbClassScore *self)
{
}

typedef enum
{
  COLUMN_CLASS,
  COLUMN_PRECISION,
  COLUMN_RECALL,
  COLUMN_F1,
  COLUMN_SUPPORT,
  N_COLUMNS
} Column;

struct _WbScoreTable
{
  AdwBin parent_instance;
  GtkWidget *view;
  GListStore *rows;
  GListModel *sorted;
  GtkNoSelection *model; /* which the view keeps */
  guint told;            /* rows that have said that they have other scores; all others will, a few a frame */
  guint ticking;         /* or 0 */
};

static guint chosen_signal;

G_DEFINE_TYPE (WbScoreTable, wb_score_table, ADW_TYPE_BIN)

static const struct
{
  const char *title, *hint;
} columns[N_COLUMNS] = {
    [COLUMN_CLASS] = {N_ ("Class"), NULL},
    [COLUMN_PRECISION] = {N_ ("Precision"),
                          N_ ("Of the images that the network gave this label, how many are of the class")},
    [COLUMN_RECALL] = {N_ ("Recall"), N_ ("Of the images of the class, how many got this label")},
    [COLUMN_F1] = {N_ ("F1"), N_ ("Precision and recall in one number: their harmonic mean")},
    [COLUMN_SUPPORT] = {N_ ("Images"), N_ ("How many images of the class there are: its support")},
};

static double
number_in (WbClassScore *row, Column column)
{
  switch (column)
    {
    case COLUMN_CLASS:
      return row->label;
    case COLUMN_PRECISION:
      return row->score.precision.value;
    case COLUMN_RECALL:
      return row->score.recall.value;
    case COLUMN_F1:
      return row->score.f1.value;
    case COLUMN_SUPPORT:
    case N_COLUMNS:
      break;
    }
  return row->score.support;
}

static int
compare (gconstpointer a, gconstpointer b, gpointer column)
{
  double x = number_in ((WbClassScore *) a, GPOINTER_TO_UINT (column));
  double y = number_in ((WbClassScore *) b, GPOINTER_TO_UINT (column));

  return x < y ? GTK_ORDERING_SMALLER : x > y ? GTK_ORDERING_LARGER : GTK_ORDERING_EQUAL;
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer column)
{
  gboolean is_class = GPOINTER_TO_UINT (column) == COLUMN_CLASS;
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "ellipsize",
                                   is_class ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE, "max-width-chars", 20, NULL);

  gtk_widget_add_css_class (label, "numeric");
  gtk_list_item_set_child (item, label);
}

static const LatheScore *
score_in (WbClassScore *row, Column column)
{
  return column == COLUMN_PRECISION ? &row->score.precision
         : column == COLUMN_RECALL  ? &row->score.recall
         : column == COLUMN_F1      ? &row->score.f1
                                    : NULL;
}

/* Where it says how sure the number is, too. */
static char *
write_hint (WbClassScore *row, Column column)
{
  const LatheScore *score = score_in (row, column);
  g_autofree char *interval = score != NULL ? wb_text_interval (score->interval, FALSE) : g_strdup ("");
  const char *hint = columns[column].hint != NULL ? _ (columns[column].hint) : NULL;

  /* Translators: a score’s interval, and what the score is */
  return *interval != '\0' ? g_strdup_printf (_ ("95 %% interval %s. %s"), interval, hint) : g_strdup (hint);
}

static Column
column_of (GtkListItem *item)
{
  return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (item), "column"));
}

static void
show_cell (GtkListItem *item)
{
  WbClassScore *row = gtk_list_item_get_item (item);
  GtkWidget *label = gtk_list_item_get_child (item);
  Column column = column_of (item);
  g_autofree char *text = NULL, *hint = write_hint (row, column);

  if (column == COLUMN_CLASS)
    text = g_strdup (row->name);
  else if (column == COLUMN_SUPPORT)
    text = wb_text_count (row->score.support);
  else
    text = wb_text_number (number_in (row, column), 3);
  gtk_label_set_text (GTK_LABEL (label), text);
  wb_tooltip_set (label, hint);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer column)
{
  g_object_set_data (G_OBJECT (item), "column", column);
  g_signal_connect_object (gtk_list_item_get_item (item), "changed", G_CALLBACK (show_cell), item, G_CONNECT_SWAPPED);
  show_cell (item);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer column)
{
  g_signal_handlers_disconnect_by_func (gtk_list_item_get_item (item), show_cell, item);
}

static void
add_column (WbScoreTable *self, Column column)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkColumnViewColumn) view_column = NULL;
  g_autoptr (GtkSorter) sorter = NULL;

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), GUINT_TO_POINTER (column));
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), GUINT_TO_POINTER (column));
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), GUINT_TO_POINTER (column));
  view_column = gtk_column_view_column_new (_ (columns[column].title), factory);
  sorter = GTK_SORTER (gtk_custom_sorter_new (compare, GUINT_TO_POINTER (column), NULL));
  gtk_column_view_column_set_sorter (view_column, sorter);
  gtk_column_view_column_set_expand (view_column, column == COLUMN_CLASS);
  gtk_column_view_append_column (GTK_COLUMN_VIEW (self->view), view_column);
}

static void
on_activate (WbScoreTable *self, guint position)
{
  GListModel *model = G_LIST_MODEL (gtk_column_view_get_model (GTK_COLUMN_VIEW (self->view)));
  g_autoptr (WbClassScore) row = g_list_model_get_item (model, position);

  g_signal_emit (self, chosen_signal, 0, row->label);
}

/* A scrolled window keeps the wheel to itself, also while all that is in it is seen: then what the table is in scrolls,
 * as far as it would by itself. */
static gboolean
on_scroll (GtkEventControllerScroll *controller, double dx, double dy, WbScoreTable *self)
{
  GtkWidget *around = gtk_widget_get_ancestor (gtk_widget_get_parent (GTK_WIDGET (self)), GTK_TYPE_SCROLLED_WINDOW);
  GtkAdjustment *own = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->view)), *adjustment;
  gboolean notches = gtk_event_controller_scroll_get_unit (controller) == GDK_SCROLL_UNIT_WHEEL;

  if (around == NULL || gtk_adjustment_get_upper (own) > gtk_adjustment_get_page_size (own))
    return FALSE;
  adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (around));
  gtk_adjustment_set_value (adjustment,
                            gtk_adjustment_get_value (adjustment) +
                                dy * (notches ? pow (gtk_adjustment_get_page_size (adjustment), 2.0 / 3) : 1));
  return TRUE;
}

static void
wb_score_table_finalize (GObject *object)
{
  g_clear_object (&WB_SCORE_TABLE (object)->sorted);
  g_clear_object (&WB_SCORE_TABLE (object)->rows);
  G_OBJECT_CLASS (wb_score_table_parent_class)->finalize (object);
}

static void
wb_score_table_class_init (WbScoreTableClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_score_table_finalize;
  chosen_signal = g_signal_new ("class-chosen", WB_TYPE_SCORE_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
wb_score_table_init (WbScoreTable *self)
{
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  GtkSortListModel *sorted;

  self->rows = g_list_store_new (WB_TYPE_CLASS_SCORE);
  self->view = g_object_new (GTK_TYPE_COLUMN_VIEW, "single-click-activate", TRUE, NULL);
  gtk_widget_add_css_class (self->view, "score-table");
  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), self);
  gtk_widget_add_controller (self->view, scroll);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Scores by class"),
                                  -1);
  for (Column column = 0; column < N_COLUMNS; column++)
    add_column (self, column);
  sorted = gtk_sort_list_model_new (G_LIST_MODEL (g_object_ref (self->rows)),
                                    g_object_ref (gtk_column_view_get_sorter (GTK_COLUMN_VIEW (self->view))));
  self->sorted = G_LIST_MODEL (sorted);
  self->model = gtk_no_selection_new (NULL);
  gtk_column_view_set_model (GTK_COLUMN_VIEW (self->view), GTK_SELECTION_MODEL (self->model));
  g_signal_connect_object (self->view, "activate", G_CALLBACK (on_activate), self, G_CONNECT_SWAPPED);
  adw_bin_set_child (ADW_BIN (self),
                     g_object_new (GTK_TYPE_SCROLLED_WINDOW, "child", self->view, "hscrollbar-policy", GTK_POLICY_NEVER,
                                   "propagate-natural-height", TRUE, "propagate-natural-width", TRUE, NULL));
}

/* --- Use --- */

static gboolean
tell_some (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  WbScoreTable *self = WB_SCORE_TABLE (widget);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->rows));

  for (guint i = 0; i < ROWS_A_FRAME && self->told < n; i++)
    {
      g_autoptr (WbClassScore) row = g_list_model_get_item (G_LIST_MODEL (self->rows), self->told++);

      g_signal_emit (row, changed_signal, 0);
    }
  if (self->told < n)
    return G_SOURCE_CONTINUE;
  self->ticking = 0;
  return G_SOURCE_REMOVE;
}

/* Whether the rows are those of the labels, in the order in which they are to be shown. */
static gboolean
is_in_order (WbScoreTable *self, const char *const *labels)
{
  GtkSorter *sorter = gtk_column_view_get_sorter (GTK_COLUMN_VIEW (self->view));
  guint n = g_list_model_get_n_items (self->sorted);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (WbClassScore) row = g_list_model_get_item (self->sorted, i);
      g_autoptr (WbClassScore) next = g_list_model_get_item (self->sorted, i + 1);

      if (!g_str_equal (row->name, labels[row->label]) ||
          (next != NULL && gtk_sorter_compare (sorter, row, next) == GTK_ORDERING_LARGER))
        return FALSE;
    }
  return TRUE;
}

static void
set_scores (WbScoreTable *self, const LatheScoreSheet *sheet)
{
  for (guint i = 0; i < sheet->n_classes; i++)
    {
      g_autoptr (WbClassScore) row = g_list_model_get_item (G_LIST_MODEL (self->rows), i);

      row->score = sheet->classes[i];
    }
}

static void
make_rows (WbScoreTable *self, const LatheScoreSheet *sheet, const char *const *labels)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GListModel) growing = NULL;

  for (guint i = 0; sheet != NULL && i < sheet->n_classes; i++)
    {
      WbClassScore *row = g_object_new (WB_TYPE_CLASS_SCORE, NULL);

      row->label = i;
      row->name = g_strdup (labels[i]);
      row->score = sheet->classes[i];
      g_ptr_array_add (rows, row);
    }
  gtk_no_selection_set_model (self->model, NULL);
  g_list_store_splice (self->rows, 0, g_list_model_get_n_items (G_LIST_MODEL (self->rows)), rows->pdata, rows->len);
  growing = wb_growing_new (GTK_WIDGET (self), self->sorted);
  gtk_no_selection_set_model (self->model, growing);
}

void
wb_score_table_set (WbScoreTable *self, const LatheScoreSheet *sheet, const char *const *labels)
{
  g_return_if_fail (WB_IS_SCORE_TABLE (self));

  if (sheet != NULL && sheet->n_classes == g_list_model_get_n_items (G_LIST_MODEL (self->rows)))
    {
      set_scores (self, sheet);
      self->told = 0;
      if (is_in_order (self, labels))
        {
          if (self->ticking == 0)
            self->ticking = gtk_widget_add_tick_callback (GTK_WIDGET (self), tell_some, NULL, NULL);
          return;
        }
    }
  make_rows (self, sheet, labels);
}
