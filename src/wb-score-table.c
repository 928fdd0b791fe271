/* wb-score-table.c: precision, recall, F1 and support of each class, to sort by any of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-score-table.h"

#include <glib/gi18n.h>

#include "wb-text.h"

/* A row. */
#define WB_TYPE_CLASS_SCORE (wb_class_score_get_type ())
G_DECLARE_FINAL_TYPE (WbClassScore, wb_class_score, WB, CLASS_SCORE, GObject)

struct _WbClassScore
{
  GObject parent_instance;
  guint label;
  char *name;
  LatheClassScore score;
};

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
      return row->score.precision;
    case COLUMN_RECALL:
      return row->score.recall;
    case COLUMN_F1:
      return row->score.f1;
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
  if (columns[GPOINTER_TO_UINT (column)].hint != NULL)
    gtk_widget_set_tooltip_text (label, _ (columns[GPOINTER_TO_UINT (column)].hint));
  gtk_list_item_set_child (item, label);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer column)
{
  WbClassScore *row = gtk_list_item_get_item (item);
  g_autofree char *text = NULL;

  if (GPOINTER_TO_UINT (column) == COLUMN_CLASS)
    text = g_strdup (row->name);
  else if (GPOINTER_TO_UINT (column) == COLUMN_SUPPORT)
    text = wb_text_count (row->score.support);
  else
    text = wb_text_number (number_in (row, GPOINTER_TO_UINT (column)), 3);
  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)), text);
}

static void
add_column (WbScoreTable *self, Column column)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkColumnViewColumn) view_column = NULL;
  g_autoptr (GtkSorter) sorter = NULL;

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), GUINT_TO_POINTER (column));
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), GUINT_TO_POINTER (column));
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

static void
wb_score_table_finalize (GObject *object)
{
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
  GtkSortListModel *sorted;

  self->rows = g_list_store_new (WB_TYPE_CLASS_SCORE);
  self->view = g_object_new (GTK_TYPE_COLUMN_VIEW, "single-click-activate", TRUE, NULL);
  gtk_widget_add_css_class (self->view, "score-table");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Scores by class"),
                                  -1);
  for (Column column = 0; column < N_COLUMNS; column++)
    add_column (self, column);
  sorted = gtk_sort_list_model_new (G_LIST_MODEL (g_object_ref (self->rows)),
                                    g_object_ref (gtk_column_view_get_sorter (GTK_COLUMN_VIEW (self->view))));
  gtk_column_view_set_model (GTK_COLUMN_VIEW (self->view),
                             GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (sorted))));
  g_signal_connect_object (self->view, "activate", G_CALLBACK (on_activate), self, G_CONNECT_SWAPPED);
  adw_bin_set_child (ADW_BIN (self),
                     g_object_new (GTK_TYPE_SCROLLED_WINDOW, "child", self->view, "hscrollbar-policy", GTK_POLICY_NEVER,
                                   "propagate-natural-height", TRUE, "propagate-natural-width", TRUE, NULL));
}

void
wb_score_table_set (WbScoreTable *self, const LatheMetrics *metrics, const char *const *labels)
{
  g_return_if_fail (WB_IS_SCORE_TABLE (self));

  g_list_store_remove_all (self->rows);
  for (guint i = 0; metrics != NULL && i < metrics->n_classes; i++)
    {
      g_autoptr (WbClassScore) row = g_object_new (WB_TYPE_CLASS_SCORE, NULL);

      row->label = i;
      row->name = g_strdup (labels[i]);
      row->score = lathe_metrics_class (metrics, i);
      g_list_store_append (self->rows, row);
    }
}
