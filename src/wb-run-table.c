/* wb-run-table.c: the trainings of the open folder, to sort, to search, to compare.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-run-table.h"

#include <glib/gi18n.h>

#include "wb-compare-window.h"
#include "wb-file-dialog.h"
#include "wb-growing.h"
#include "wb-run-cells.h"
#include "wb-run-jobs.h"
#include "wb-run-groups.h"
#include "wb-text.h"

struct _WbRunTable
{
  AdwBin parent_instance;
  WbRuns *runs;
  WbRunGroups *groups;
  GtkWidget *search, *view, *jobs;
  GtkWidget *comparison; /* a window, or NULL */
  GtkMultiSelection *selection;
  GtkCustomFilter *filter;
  char **words; /* that are searched for, casefolded */
};

G_DEFINE_FINAL_TYPE (WbRunTable, wb_run_table, ADW_TYPE_BIN)

enum
{
  CHOSEN,
  DELETED,
  NETWORK_WANTED,
  CONTINUE_WANTED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* --- Actions --- */

static const LatheRun *
find_run (WbRunTable *self, gint64 id)
{
  WbRunItem *item = wb_runs_find (self->runs, id);

  return item ? wb_run_item_get_run (item) : NULL;
}

static void
command_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  LatheRunWish wish = g_str_equal (name, "runs.pause")    ? LATHE_RUN_ASKED_TO_PAUSE
                      : g_str_equal (name, "runs.resume") ? LATHE_RUN_ASKED_TO_RESUME
                                                          : LATHE_RUN_ASKED_TO_STOP;

  wb_runs_ask (WB_RUN_TABLE (widget)->runs, g_variant_get_int64 (parameter), wish);
}

static void
network_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_signal_emit (widget, signals[NETWORK_WANTED], 0, g_variant_get_int64 (parameter));
}

static void
continue_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  const LatheRun *run = find_run (WB_RUN_TABLE (widget), g_variant_get_int64 (parameter));

  if (run)
    g_signal_emit (widget, signals[CONTINUE_WANTED], 0, run->id, run->checkpoint);
}

static void
verify_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbRunTable *self = WB_RUN_TABLE (widget);
  WbRunItem *item = wb_runs_find (self->runs, g_variant_get_int64 (parameter));
  g_autofree char *title = item ? wb_run_item_get_title (item) : NULL;

  if (item)
    wb_run_jobs_verify (WB_RUN_JOBS (self->jobs), wb_runs_get_path (self->runs), wb_run_item_get_run (item)->id, title);
}

static void
delete_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gint64 id = g_variant_get_int64 (parameter);

  wb_runs_set_deleted (WB_RUN_TABLE (widget)->runs, id, TRUE);
  g_signal_emit (widget, signals[DELETED], 0, id);
}

/* A text about a run, as a person types it. */
typedef struct
{
  WbRunTable *table;
  GtkWidget *entry;
  gint64 id;
  void (*set) (WbRuns *runs, gint64 id, const char *text);
} Question;

static void
on_answered (AdwMessageDialog *dialog, const char *response, gpointer data)
{
  Question *question = data;

  if (g_str_equal (response, "set"))
    question->set (question->table->runs, question->id, gtk_editable_get_text (GTK_EDITABLE (question->entry)));
}

static void
ask_for_text (WbRunTable *self, gint64 id, const char *title, const char *text,
              void (*set) (WbRuns *runs, gint64 id, const char *text))
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), title, NULL);
  GtkWidget *entry = gtk_entry_new ();
  Question *question = g_new (Question, 1);

  *question = (Question){self, entry, id, set};
  gtk_editable_set_text (GTK_EDITABLE (entry), text);
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), entry);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "set", _ ("_Set"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "set", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "set");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_answered), question,
                         (GClosureNotify) (void (*) (void)) g_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_widget_grab_focus (entry);
}

static void
rename_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  const LatheRun *run = find_run (WB_RUN_TABLE (widget), g_variant_get_int64 (parameter));

  if (run)
    ask_for_text (WB_RUN_TABLE (widget), run->id, _ ("Name of the Run"), run->name, wb_runs_rename);
}

static void
note_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  const LatheRun *run = find_run (WB_RUN_TABLE (widget), g_variant_get_int64 (parameter));

  if (run)
    ask_for_text (WB_RUN_TABLE (widget), run->id, _ ("Note on the Run"), run->note, wb_runs_set_note);
}

static void
tags_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  const LatheRun *run = find_run (WB_RUN_TABLE (widget), g_variant_get_int64 (parameter));

  if (run)
    ask_for_text (WB_RUN_TABLE (widget), run->id, _ ("Tags of the Run, Parted by Commas"), run->tags, wb_runs_set_tags);
}

/* --- Writing to a file --- */

/* All that is listed: what is searched for, in groups and out of them. */
static void
add_listed (WbRunTable *self, GArray *ids)
{
  GListModel *runs = wb_runs_get_model (self->runs);

  for (guint i = 0; i < g_list_model_get_n_items (runs); i++)
    {
      g_autoptr (WbRunItem) item = g_list_model_get_item (runs, i);

      if (!self->words || wb_run_item_holds (item, (const char *const *) self->words))
        g_array_append_val (ids, wb_run_item_get_run (item)->id);
    }
}

static void
add_run (GHashTable *set, GArray *ids, WbRunItem *item)
{
  if (g_hash_table_add (set, item))
    g_array_append_val (ids, wb_run_item_get_run (item)->id);
}

/* A run, or a group with all its runs. */
static void
add_row (WbRunTable *self, guint position, GHashTable *set, GArray *ids)
{
  g_autoptr (GtkTreeListRow) row = g_list_model_get_item (G_LIST_MODEL (self->selection), position);
  g_autoptr (GObject) item = gtk_tree_list_row_get_item (row);
  GListModel *runs = WB_IS_RUN_GROUP (item) ? wb_run_group_get_runs (WB_RUN_GROUP (item)) : NULL;

  if (!runs)
    add_run (set, ids, WB_RUN_ITEM (item));
  for (guint i = 0; runs && i < g_list_model_get_n_items (runs); i++)
    {
      g_autoptr (WbRunItem) run = g_list_model_get_item (runs, i);

      add_run (set, ids, run);
    }
}

/* What is selected; where that is no more than one row, all that is listed. */
static GArray *
list_chosen (WbRunTable *self)
{
  g_autoptr (GtkBitset) chosen = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));
  g_autoptr (GHashTable) set = g_hash_table_new (NULL, NULL);
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (gint64));

  if (gtk_bitset_get_size (chosen) < 2)
    add_listed (self, ids);
  for (guint i = 0; i < gtk_bitset_get_size (chosen) && gtk_bitset_get_size (chosen) > 1; i++)
    add_row (self, gtk_bitset_get_nth (chosen, i), set, ids);
  return ids;
}

static void
on_file_chosen (GtkWidget *widget, GFile *file)
{
  WbRunTable *self = WB_RUN_TABLE (widget);
  g_autoptr (GArray) ids = list_chosen (self);
  g_autofree char *path = g_file_get_path (file);

  if (path)
    wb_run_jobs_export (WB_RUN_JOBS (self->jobs), wb_runs_get_path (self->runs), ids, path);
  else
    gtk_widget_activate_action (widget, "win.toast", "s",
                                _ ("That place is not on this computer. Choose another one."));
}

static void
on_export (WbRunTable *self)
{
  wb_file_dialog_show (GTK_WIDGET (self), _ ("Write the Runs to a File (.csv or .json)"), GTK_FILE_CHOOSER_ACTION_SAVE,
                       "runs.csv", NULL, NULL, on_file_chosen);
}

static void
on_compare (WbRunTable *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (!self->comparison)
    g_set_weak_pointer (&self->comparison, wb_compare_window_new (GTK_WINDOW (root), self->runs));
  gtk_window_present (GTK_WINDOW (self->comparison));
}

static void
on_said (WbRunTable *self, const char *message)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", message);
}

/* --- Searching --- */

/* A group, where one of its runs is. */
static gboolean
is_meant (gpointer item, gpointer data)
{
  const char *const *words = (const char *const *) ((WbRunTable *) data)->words;
  GListModel *runs = WB_IS_RUN_GROUP (item) ? wb_run_group_get_runs (item) : NULL;

  if (!runs)
    return wb_run_item_holds (item, words);
  for (guint i = 0; i < g_list_model_get_n_items (runs); i++)
    {
      g_autoptr (WbRunItem) run = g_list_model_get_item (runs, i);

      if (wb_run_item_holds (run, words))
        return TRUE;
    }
  return FALSE;
}

/* Without words nothing is asked of any run. */
static void
on_search (WbRunTable *self)
{
  g_autofree char *typed = g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (self->search)), -1);

  g_clear_pointer (&self->words, g_strfreev);
  self->words = g_strsplit (g_strstrip (typed), " ", -1);
  if (*self->words)
    gtk_custom_filter_set_filter_func (self->filter, is_meant, self, NULL);
  else
    gtk_custom_filter_set_filter_func (self->filter, NULL, NULL, NULL);
}

/* A run that is selected alone; 0: none, or more than that. */
static void
on_selection (WbRunTable *self)
{
  g_autoptr (GtkBitset) chosen = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));
  g_autoptr (GtkTreeListRow) row = NULL;
  g_autoptr (GObject) item = NULL;

  if (gtk_bitset_get_size (chosen) == 1)
    row = g_list_model_get_item (G_LIST_MODEL (self->selection), gtk_bitset_get_minimum (chosen));
  item = row ? gtk_tree_list_row_get_item (row) : NULL;
  g_signal_emit (self, signals[CHOSEN], 0, WB_IS_RUN_ITEM (item) ? wb_run_item_get_run (WB_RUN_ITEM (item))->id : 0);
}

/* A group is folded or unfolded, by a double click. */
static void
on_activate (WbRunTable *self, guint position)
{
  g_autoptr (GtkTreeListRow) row = g_list_model_get_item (G_LIST_MODEL (self->selection), position);

  if (row && gtk_tree_list_row_is_expandable (row))
    gtk_tree_list_row_set_expanded (row, !gtk_tree_list_row_get_expanded (row));
}

/* The keys that fold a tree, for the row that is selected alone. */
static gboolean
on_key (WbRunTable *self, guint key)
{
  g_autoptr (GtkBitset) chosen = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));
  g_autoptr (GtkTreeListRow) row = NULL;

  if (gtk_bitset_get_size (chosen) != 1 || (key != GDK_KEY_Return && key != GDK_KEY_Right && key != GDK_KEY_Left))
    return FALSE;
  row = g_list_model_get_item (G_LIST_MODEL (self->selection), gtk_bitset_get_minimum (chosen));
  if (!row || !gtk_tree_list_row_is_expandable (row))
    return FALSE;
  gtk_tree_list_row_set_expanded (row,
                                  key == GDK_KEY_Return ? !gtk_tree_list_row_get_expanded (row) : key == GDK_KEY_Right);
  return TRUE;
}

/* --- Life --- */

static void
wb_run_table_dispose (GObject *object)
{
  WbRunTable *self = WB_RUN_TABLE (object);

  /* The columns go one by one, and each one sorts and filters anew what is shown: by then there must be nothing. */
  if (self->runs)
    gtk_column_view_set_model (GTK_COLUMN_VIEW (self->view), NULL);
  adw_bin_set_child (ADW_BIN (self), NULL);
  g_clear_weak_pointer (&self->comparison);
  if (self->selection)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  g_clear_object (&self->selection);
  g_clear_object (&self->filter);
  g_clear_object (&self->groups);
  g_clear_pointer (&self->words, g_strfreev);
  g_clear_object (&self->runs);
  G_OBJECT_CLASS (wb_run_table_parent_class)->dispose (object);
}

static void
wb_run_table_class_init (WbRunTableClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_run_table_dispose;
  signals[CHOSEN] =
      g_signal_new ("chosen", WB_TYPE_RUN_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT64);
  signals[DELETED] =
      g_signal_new ("deleted", WB_TYPE_RUN_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT64);
  signals[NETWORK_WANTED] = g_signal_new ("network-wanted", WB_TYPE_RUN_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, G_TYPE_INT64);
  signals[CONTINUE_WANTED] = g_signal_new ("continue-wanted", WB_TYPE_RUN_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                           G_TYPE_NONE, 2, G_TYPE_INT64, G_TYPE_STRING);
  gtk_widget_class_install_action (widget_class, "runs.tags", "x", tags_action);
  gtk_widget_class_install_action (widget_class, "runs.verify", "x", verify_action);
  gtk_widget_class_install_action (widget_class, "runs.continue", "x", continue_action);
  gtk_widget_class_install_action (widget_class, "runs.pause", "x", command_action);
  gtk_widget_class_install_action (widget_class, "runs.resume", "x", command_action);
  gtk_widget_class_install_action (widget_class, "runs.stop", "x", command_action);
  gtk_widget_class_install_action (widget_class, "runs.network", "x", network_action);
  gtk_widget_class_install_action (widget_class, "runs.rename", "x", rename_action);
  gtk_widget_class_install_action (widget_class, "runs.note", "x", note_action);
  gtk_widget_class_install_action (widget_class, "runs.delete", "x", delete_action);
}

static void
wb_run_table_init (WbRunTable *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6), *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkEventController *keys;
  GtkWidget *compare, *export,
      *heading = g_object_new (GTK_TYPE_LABEL, "label", _ ("Runs"), "xalign", 0.0, "hexpand", TRUE, NULL);

  gtk_widget_add_css_class (heading, "heading");
  self->search = gtk_search_entry_new ();
  g_object_set (self->search, "placeholder-text", _ ("Search the runs"), "width-chars", 6, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->search), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Search the runs"),
                                  -1);
  g_signal_connect_swapped (self->search, "search-changed", G_CALLBACK (on_search), self);
  self->view = gtk_column_view_new (NULL);
  gtk_widget_add_css_class (self->view, "data-table");
  g_signal_connect_swapped (self->view, "activate", G_CALLBACK (on_activate), self);
  keys = gtk_event_controller_key_new ();
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (self->view, keys);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Runs"), -1);
  wb_run_cells_add (GTK_COLUMN_VIEW (self->view));
  export = gtk_button_new_from_icon_name ("document-save-symbolic");
  gtk_widget_add_css_class (export, "flat");
  gtk_widget_set_tooltip_text (export, _ ("Write the selected runs, or all that are listed, to a file"));
  g_signal_connect_swapped (export, "clicked", G_CALLBACK (on_export), self);
  compare = gtk_button_new_from_icon_name ("view-grid-symbolic");
  gtk_widget_add_css_class (compare, "flat");
  gtk_widget_set_tooltip_text (compare, _ ("Compare the runs by what was set and what came of it"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (compare), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Compare Runs"), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (export), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Export Runs"), -1);
  g_signal_connect_swapped (compare, "clicked", G_CALLBACK (on_compare), self);
  self->jobs = wb_run_jobs_new ();
  g_signal_connect_swapped (self->jobs, "said", G_CALLBACK (on_said), self);
  gtk_box_append (GTK_BOX (head), heading);
  gtk_box_append (GTK_BOX (head), self->search);
  gtk_box_append (GTK_BOX (head), compare);
  gtk_box_append (GTK_BOX (head), export);
  gtk_box_append (GTK_BOX (box), head);
  gtk_box_append (GTK_BOX (box), self->jobs);
  gtk_box_append (GTK_BOX (box), g_object_new (GTK_TYPE_SCROLLED_WINDOW, "child", self->view, "vexpand", TRUE,
                                               "min-content-height", 140, NULL));
  adw_bin_set_child (ADW_BIN (self), box);
}

/* What is listed of a model, in the order of the columns. Sorting and searching thousands of rows takes more than one
 * turn of the main loop, and so does making widgets for them. (transfer full) */
static GListModel *
arrange (WbRunTable *self, GListModel *model)
{
  GtkSorter *sorter = gtk_column_view_get_sorter (GTK_COLUMN_VIEW (self->view));
  GtkFilterListModel *meant =
      gtk_filter_list_model_new (g_object_ref (model), g_object_ref (GTK_FILTER (self->filter)));
  g_autoptr (GtkSortListModel) sorted = gtk_sort_list_model_new (G_LIST_MODEL (meant), g_object_ref (sorter));

  gtk_sort_list_model_set_incremental (sorted, TRUE);
  return wb_growing_new (self->view, G_LIST_MODEL (sorted));
}

/* The runs of a group. */
static GListModel *
list_children (gpointer item, gpointer table)
{
  return WB_IS_RUN_GROUP (item) ? arrange (table, wb_run_group_get_runs (item)) : NULL;
}

WbRuns *
wb_run_table_get_runs (WbRunTable *self)
{
  g_return_val_if_fail (WB_IS_RUN_TABLE (self), NULL);

  return self->runs;
}

void
wb_run_table_set_runs (WbRunTable *self, WbRuns *runs)
{
  GtkTreeListModel *rows;

  g_return_if_fail (WB_IS_RUN_TABLE (self) && !self->runs);

  self->runs = g_object_ref (runs);
  self->groups = wb_run_groups_new (runs);
  self->filter = gtk_custom_filter_new (NULL, NULL, NULL);
  rows = gtk_tree_list_model_new (arrange (self, wb_run_groups_get_model (self->groups)), FALSE, FALSE, list_children,
                                  self, NULL);
  self->selection = gtk_multi_selection_new (G_LIST_MODEL (rows));
  g_signal_connect_swapped (self->selection, "selection-changed", G_CALLBACK (on_selection), self);
  gtk_column_view_set_model (GTK_COLUMN_VIEW (self->view), GTK_SELECTION_MODEL (self->selection));
}
