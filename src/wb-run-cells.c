/* wb-run-cells.c: the columns of the table of runs, and what is in their cells.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-run-cells.h"

#include <glib/gi18n.h>

#include "wb-run-columns.h"
#include "wb-run-groups.h"
#include "wb-run-menu.h"
#include "wb-run-table.h"
#include "wb-tooltip.h"

#define FEW_CHARS 7 /* of the settings, where there is no room for more */

/* (transfer none) (nullable): the run or the group of a row */
static gpointer
get_item (GtkListItem *cell)
{
  GtkTreeListRow *row = gtk_list_item_get_item (cell);
  g_autoptr (GObject) item = row ? gtk_tree_list_row_get_item (row) : NULL;

  return item; /* the row has it, too */
}

/* (transfer none) (nullable): NULL for a group */
static WbRunItem *
get_run_item (GtkListItem *cell)
{
  gpointer item = get_item (cell);

  return WB_IS_RUN_ITEM (item) ? item : NULL;
}

/* --- What a column says of a row --- */

/* A label would be laid out and measured anew with each text, and there are hundreds of rows by ten columns out of
 * sight, which is all that scrolling would come to. An inscription is as wide as its column, whatever it says. */
typedef struct
{
  const WbRunColumn *column;
  GtkInscription *text;
  GObject *item; /* or NULL */
  gulong changed;
} Cell;

static void
cell_leave (Cell *cell)
{
  if (cell->item)
    g_signal_handler_disconnect (cell->item, cell->changed);
  g_clear_object (&cell->item);
}

static void
cell_free (gpointer data)
{
  cell_leave (data);
  g_free (data);
}

static Cell *
get_cell (GtkListItem *item)
{
  return g_object_get_data (G_OBJECT (item), "cell");
}

static void
show_cell (Cell *cell)
{
  g_autofree char *text = wb_run_column_format (cell->column, cell->item);

  gtk_inscription_set_text (cell->text, text);
}

static GtkWidget *
new_text (const WbRunColumn *column)
{
  GtkWidget *text = gtk_inscription_new (NULL);
  GtkInscription *inscription = GTK_INSCRIPTION (text);

  gtk_inscription_set_xalign (inscription, column->number ? 1 : 0);
  gtk_inscription_set_min_chars (inscription, column->compare ? column->chars : FEW_CHARS);
  gtk_inscription_set_nat_chars (inscription, column->chars);
  gtk_inscription_set_text_overflow (inscription, GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
  gtk_widget_set_hexpand (text, TRUE);
  gtk_widget_set_valign (text, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (text, "tabular");
  if (column->hint)
    wb_tooltip_set (text, _ (column->hint));
  return text;
}

/* The first column unfolds groups. */
static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  Cell *cell = g_new0 (Cell, 1);
  GtkWidget *text = new_text (data), *child = text;

  *cell = (Cell){data, GTK_INSCRIPTION (text), NULL, 0};
  if (cell->column == &wb_run_columns[0])
    {
      child = gtk_tree_expander_new ();
      gtk_tree_expander_set_child (GTK_TREE_EXPANDER (child), text);
    }
  g_object_set_data_full (G_OBJECT (item), "cell", cell, cell_free);
  gtk_list_item_set_child (item, child);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  Cell *cell = get_cell (item);
  GtkWidget *child = gtk_list_item_get_child (item);

  if (GTK_IS_TREE_EXPANDER (child))
    gtk_tree_expander_set_list_row (GTK_TREE_EXPANDER (child), gtk_list_item_get_item (item));
  cell->item = g_object_ref (get_item (item));
  cell->changed = g_signal_connect_swapped (cell->item, "changed", G_CALLBACK (show_cell), cell);
  show_cell (cell);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  cell_leave (get_cell (item));
}

/* --- What can be done with a row --- */

/* Whether it is drawn in the charts. */
static void
on_toggled (GtkCheckButton *button, GtkListItem *cell)
{
  WbRunTable *self = WB_RUN_TABLE (gtk_widget_get_ancestor (GTK_WIDGET (button), WB_TYPE_RUN_TABLE));

  wb_runs_set_shown (wb_run_table_get_runs (self), get_run_item (cell), gtk_check_button_get_active (button));
}

static void
on_setup_shown (GtkSignalListItemFactory *factory, GtkListItem *cell, gpointer data)
{
  GtkWidget *button = gtk_check_button_new ();

  wb_tooltip_set (button, _ ("Draw it in the charts"));
  gtk_list_item_set_child (cell, button);
}

static void
on_bind_shown (GtkSignalListItemFactory *factory, GtkListItem *cell, gpointer data)
{
  GtkWidget *button = gtk_list_item_get_child (cell);
  WbRunItem *item = get_run_item (cell);
  g_autofree char *title = item ? wb_run_item_get_title (item) : NULL;
  /* Translators: of a run, by its name */
  g_autofree char *label = title ? g_strdup_printf (_ ("Draw “%s” in the charts"), title) : NULL;

  gtk_widget_set_visible (button, item != NULL);
  if (!item)
    return;

  gtk_check_button_set_active (GTK_CHECK_BUTTON (button), wb_run_item_get_shown (item));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect (button, "toggled", G_CALLBACK (on_toggled), cell);
}

static void
on_unbind_shown (GtkSignalListItemFactory *factory, GtkListItem *cell, gpointer data)
{
  g_signal_handlers_disconnect_by_func (gtk_list_item_get_child (cell), on_toggled, cell);
}

/* What can be done with a run, as it stands when it is asked. */
static void
fill_menu (GtkMenuButton *button, gpointer data)
{
  WbRunTable *self = WB_RUN_TABLE (gtk_widget_get_ancestor (GTK_WIDGET (button), WB_TYPE_RUN_TABLE));
  g_autoptr (GMenuModel) menu =
      wb_run_menu_new (wb_run_table_get_runs (self), wb_run_item_get_run (get_run_item (data)));

  gtk_menu_button_set_menu_model (button, menu);
}

static void
on_setup_menu (GtkSignalListItemFactory *factory, GtkListItem *cell, gpointer data)
{
  GtkWidget *button = gtk_menu_button_new ();

  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "view-more-symbolic");
  gtk_widget_add_css_class (button, "flat");
  wb_tooltip_set (button, _ ("What can be done with this run"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Run menu"), -1);
  gtk_menu_button_set_create_popup_func (GTK_MENU_BUTTON (button), fill_menu, cell, NULL);
  gtk_list_item_set_child (cell, button);
}

/* A group has none. */
static void
on_bind_menu (GtkSignalListItemFactory *factory, GtkListItem *cell, gpointer data)
{
  gtk_widget_set_visible (gtk_list_item_get_child (cell), get_run_item (cell) != NULL);
}

static GtkColumnViewColumn *
append_column (GtkColumnView *view, const char *title, gpointer data, GCallback setup, GCallback bind, GCallback unbind)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkColumnViewColumn) column = gtk_column_view_column_new (title, factory);

  g_signal_connect (factory, "setup", setup, data);
  if (bind)
    g_signal_connect (factory, "bind", bind, data);
  if (unbind)
    g_signal_connect (factory, "unbind", unbind, data);
  gtk_column_view_append_column (view, column);
  return column; /* the view has it */
}

void
wb_run_cells_add (GtkColumnView *view)
{
  append_column (view, "", NULL, G_CALLBACK (on_setup_shown), G_CALLBACK (on_bind_shown), G_CALLBACK (on_unbind_shown));
  for (guint i = 0; wb_run_columns[i].title; i++)
    {
      GtkColumnViewColumn *column = append_column (view, _ (wb_run_columns[i].title), (gpointer) &wb_run_columns[i],
                                                   G_CALLBACK (on_setup), G_CALLBACK (on_bind), G_CALLBACK (on_unbind));
      g_autoptr (GtkSorter) sorter = NULL;

      gtk_column_view_column_set_resizable (column, TRUE);
      gtk_column_view_column_set_expand (column, !wb_run_columns[i].compare);
      if (wb_run_columns[i].compare)
        sorter = GTK_SORTER (gtk_custom_sorter_new (wb_run_column_compare, (gpointer) &wb_run_columns[i], NULL));
      gtk_column_view_column_set_sorter (column, sorter);
    }
  append_column (view, "", NULL, G_CALLBACK (on_setup_menu), G_CALLBACK (on_bind_menu), NULL);
}
