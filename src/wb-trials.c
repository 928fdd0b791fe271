/* wb-trials.c: many files and what a model says of each: as a grid of pictures, or as a table.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-trials.h"

#include <glib/gi18n.h>

#include "wb-class-chooser.h"
#include "wb-export.h"
#include "wb-fold.h"
#include "wb-image-selection.h"
#include "wb-text.h"
#include "wb-trial-cells.h"

/* Of the list of what is shown, before the classes. */
enum
{
  SHOW_ALL,
  SHOW_UNKNOWN,
  N_SHOWS
};

/* Widgets that views make or drop in one go, and of how many places they have some. */
#define ROWS_AT_A_TIME 8
#define TABLE_ROWS 205
#define PICTURES_AT_A_TIME 12
#define GRID_ROWS 30

struct _WbTrials
{
  AdwBin parent_instance;

  GtkDropDown *shown, *order;
  GtkStack *views;
  GtkGridView *grid;
  GtkColumnView *table;
  GtkMenuButton *really;
  WbClassChooser *chooser;
  GtkWidget *busy, *save, *as_table;
  GtkProgressBar *progress;
  GtkLabel *count;

  WbTrialList *list;
  WbTrialOrder *trials; /* of the list, as they are shown */
  WbTrialCells *cells;
  LatheModel *model; /* NULL: none */
  GtkSelectionModel *selection;
  GtkBitset *kept; /* of trials that are to be selected where they come to be; NULL: there are none */
  gboolean has_classes;
  gboolean switching; /* from one view to the other: places are going */
};

static guint opened_signal, really_signal, failed_signal;

G_DEFINE_FINAL_TYPE (WbTrials, wb_trials, ADW_TYPE_BIN)

/* --- What is shown, and in which order --- */

static void
show_count (WbTrials *self)
{
  guint done, total = wb_trial_list_get_n (self->list, &done);
  guint n = wb_trial_order_get_n (self->trials);
  gboolean busy = wb_trial_list_get_busy (self->list);
  g_autofree char *shown = wb_text_count (n), *all = wb_text_count (busy ? total : done), *text = NULL;

  text = busy       ? g_strdup_printf (_ ("%s of %s images"), shown, all)
         : n < done ? g_strdup_printf (_ ("%s of %s images"), shown, all)
                    : g_strdup_printf (ngettext ("%s image", "%s images", done), all);
  gtk_label_set_text (self->count, text);
  gtk_widget_set_visible (self->busy, busy);
  gtk_progress_bar_set_fraction (self->progress, total > 0 ? (double) done / total : 0);
  gtk_widget_set_sensitive (self->save, done > 0);
}

/* Other places have other trials: the selection goes with these. */
static void
on_leaving (WbTrials *self)
{
  g_autoptr (GtkBitset) selected = gtk_selection_model_get_selection (self->selection);
  GtkBitsetIter iterator;
  guint position;

  if (self->kept || gtk_bitset_is_empty (selected))
    return;
  self->kept = gtk_bitset_new_empty ();
  for (gboolean there = gtk_bitset_iter_init_first (&iterator, selected, &position); there;
       there = gtk_bitset_iter_next (&iterator, &position))
    gtk_bitset_add (self->kept, wb_trial_order_get_number (self->trials, position));
  gtk_selection_model_unselect_all (self->selection);
}

static void
select_kept (WbTrials *self)
{
  g_autoptr (GtkBitset) kept = g_steal_pointer (&self->kept);
  g_autoptr (GtkBitset) positions = gtk_bitset_new_empty ();

  for (guint i = 0; kept && i < wb_trial_order_get_n (self->trials); i++)
    if (gtk_bitset_contains (kept, wb_trial_order_get_number (self->trials, i)))
      gtk_bitset_add (positions, i);
  if (!gtk_bitset_is_empty (positions))
    gtk_selection_model_set_selection (self->selection, positions, positions);
}

static void
on_shown (WbTrials *self)
{
  guint shown = gtk_drop_down_get_selected (self->shown);

  if (!self->trials || shown == GTK_INVALID_LIST_POSITION) /* the template, or the list, is still being filled */
    return;
  wb_trial_order_set_wanted (self->trials, shown == SHOW_ALL       ? WB_TRIALS_ALL
                                           : shown == SHOW_UNKNOWN ? WB_TRIALS_UNKNOWN
                                                                   : (int) shown - N_SHOWS);
}

static void
on_order (WbTrials *self)
{
  if (self->trials)
    wb_trial_order_set_order (self->trials, gtk_drop_down_get_selected (self->order));
}

static void
fill_shown (WbTrials *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  gtk_string_list_append (names, _ ("All"));
  gtk_string_list_append (names, _ ("Unknown"));
  for (guint i = 0; self->model && self->model->labels[i]; i++)
    gtk_string_list_append (names, self->model->labels[i]);
  gtk_drop_down_set_model (self->shown, G_LIST_MODEL (names));
}

static void
add_columns (WbTrials *self)
{
  static const struct
  {
    const char *title;
    WbTrialCell cell;
  } columns[] = {
      {N_ ("File"), WB_TRIAL_FILE},
      {N_ ("Label"), WB_TRIAL_LABEL},
      {N_ ("Probability"), WB_TRIAL_PROBABILITY},
  };

  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column =
          gtk_column_view_column_new (_ (columns[i].title), wb_trial_cells_new_factory (self->cells, columns[i].cell));

      gtk_column_view_column_set_expand (column, columns[i].cell != WB_TRIAL_PROBABILITY);
      gtk_column_view_append_column (self->table, column);
    }
}

/* --- What the user does --- */

static void
on_activate (WbTrials *self, guint position)
{
  const WbTrial *trial = wb_trial_order_get (self->trials, position);
  g_autoptr (GFile) file = trial ? g_file_new_for_path (trial->image.path) : NULL;

  if (file)
    g_signal_emit (self, opened_signal, 0, file);
}

static void
on_class (WbTrials *self, const char *class_name)
{
  g_autoptr (GtkBitset) selected = gtk_selection_model_get_selection (self->selection);
  g_autoptr (GListStore) files = g_list_store_new (G_TYPE_FILE);
  GtkBitsetIter iterator;
  guint position;

  for (gboolean there = gtk_bitset_iter_init_first (&iterator, selected, &position); there;
       there = gtk_bitset_iter_next (&iterator, &position))
    {
      const WbTrial *trial = wb_trial_order_get (self->trials, position);
      g_autoptr (GFile) file = trial ? g_file_new_for_path (trial->image.path) : NULL;

      if (file && !trial->reason)
        g_list_store_append (files, file);
    }
  if (g_list_model_get_n_items (G_LIST_MODEL (files)) > 0)
    g_signal_emit (self, really_signal, 0, files, class_name);
}

static void
on_selection (WbTrials *self)
{
  g_autoptr (GtkBitset) selected = gtk_selection_model_get_selection (self->selection);

  gtk_widget_set_sensitive (GTK_WIDGET (self->really), self->has_classes && !gtk_bitset_is_empty (selected));
}

static gboolean
is_table (WbTrials *self)
{
  return gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->as_table));
}

/* The view that is not seen has no widgets. */
static void
use_view (WbTrials *self)
{
  gboolean table = is_table (self);

  gtk_grid_view_set_model (self->grid, table ? NULL : self->selection);
  gtk_column_view_set_model (self->table, table ? self->selection : NULL);
  if (table)
    wb_places_set_view (WB_PLACES (self->trials), TABLE_ROWS, ROWS_AT_A_TIME);
  else
    wb_places_set_view (WB_PLACES (self->trials), GRID_ROWS * gtk_grid_view_get_max_columns (self->grid),
                        PICTURES_AT_A_TIME);
  wb_trial_order_set_in_sight (self->trials, TRUE);
}

/* There are as many places as there are to be: none, when the other view is to have them. */
static void
on_settled (WbTrials *self)
{
  if (!self->switching)
    {
      select_kept (self);
      return;
    }
  self->switching = FALSE;
  use_view (self);
}

static void
on_view (WbTrials *self)
{
  gtk_stack_set_visible_child_name (self->views, is_table (self) ? "table" : "grid");
  on_leaving (self);
  self->switching = TRUE;
  wb_trial_order_set_in_sight (self->trials, FALSE);
}

static void
on_cancel (WbTrials *self)
{
  wb_trial_list_cancel (self->list);
}

static void
on_place_chosen (GtkWidget *widget, const char *path, WbExportFormat format)
{
  WbTrials *self = WB_TRIALS (widget);

  if (self->model)
    wb_trial_order_save (self->trials, path);
}

static void
on_save (WbTrials *self)
{
  wb_export_ask (GTK_WIDGET (self), _ ("Save Table"), _ ("Predictions"), WB_EXPORT_CSV, on_place_chosen);
}

static void
on_failed (WbTrials *self, const char *message)
{
  g_signal_emit (self, failed_signal, 0, message);
}

/* --- What the page says --- */

WbTrialList *
wb_trials_get_list (WbTrials *self)
{
  g_return_val_if_fail (WB_IS_TRIALS (self), NULL);

  return self->list;
}

void
wb_trials_set_model (WbTrials *self, LatheModel *model)
{
  g_return_if_fail (WB_IS_TRIALS (self));

  wb_trial_list_set_model (self->list, NULL); /* nothing is told of the old answers from here on */
  g_clear_pointer (&self->model, lathe_model_unref);
  self->model = model ? lathe_model_ref (model) : NULL;
  wb_trial_cells_set_model (self->cells, model);
  fill_shown (self);
  wb_trial_list_set_model (self->list, model);
}

void
wb_trials_set_threshold (WbTrials *self, double threshold)
{
  g_return_if_fail (WB_IS_TRIALS (self));

  wb_trial_list_set_threshold (self->list, threshold);
  wb_trial_order_refresh (self->trials);
}

void
wb_trials_set_classes (WbTrials *self, const char *const *classes)
{
  g_return_if_fail (WB_IS_TRIALS (self));

  self->has_classes = classes != NULL;
  wb_class_chooser_set_classes (self->chooser, classes);
  on_selection (self);
}

void
wb_trials_show_table (WbTrials *self, gboolean table)
{
  g_return_if_fail (WB_IS_TRIALS (self));

  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->as_table), table);
}

/* --- Life --- */

static void
wb_trials_dispose (GObject *object)
{
  adw_bin_set_child (ADW_BIN (object), NULL);
  G_OBJECT_CLASS (wb_trials_parent_class)->dispose (object);
}

static void
wb_trials_finalize (GObject *object)
{
  WbTrials *self = WB_TRIALS (object);

  g_clear_pointer (&self->kept, gtk_bitset_unref);
  g_clear_object (&self->selection);
  g_clear_object (&self->cells);
  g_clear_object (&self->trials);
  g_clear_object (&self->list);
  g_clear_pointer (&self->model, lathe_model_unref);
  G_OBJECT_CLASS (wb_trials_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-trials.ui");
  gtk_widget_class_bind_template_child (widget_class, WbTrials, shown);
  gtk_widget_class_bind_template_child (widget_class, WbTrials, order);
  gtk_widget_class_bind_template_child (widget_class, WbTrials, views);
  gtk_widget_class_bind_template_child (widget_class, WbTrials, grid);
  gtk_widget_class_bind_template_child (widget_class, WbTrials, table);
  gtk_widget_class_bind_template_child (widget_class, WbTrials, really);
  gtk_widget_class_bind_template_child (widget_class, WbTrials, chooser);
  gtk_widget_class_bind_template_child (widget_class, WbTrials, busy);
  gtk_widget_class_bind_template_child (widget_class, WbTrials, save);
  gtk_widget_class_bind_template_child (widget_class, WbTrials, as_table);
  gtk_widget_class_bind_template_child (widget_class, WbTrials, progress);
  gtk_widget_class_bind_template_child (widget_class, WbTrials, count);
  gtk_widget_class_bind_template_callback (widget_class, on_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_shown);
  gtk_widget_class_bind_template_callback (widget_class, on_order);
  gtk_widget_class_bind_template_callback (widget_class, on_view);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
  gtk_widget_class_bind_template_callback (widget_class, on_save);
  gtk_widget_class_bind_template_callback (widget_class, on_class);
}

static void
wb_trials_class_init (WbTrialsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_trials_dispose;
  G_OBJECT_CLASS (klass)->finalize = wb_trials_finalize;
  opened_signal =
      g_signal_new ("opened", WB_TYPE_TRIALS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_FILE);
  really_signal = g_signal_new ("really", WB_TYPE_TRIALS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                G_TYPE_LIST_MODEL, G_TYPE_STRING);
  failed_signal =
      g_signal_new ("failed", WB_TYPE_TRIALS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  g_type_ensure (WB_TYPE_CLASS_CHOOSER);
  g_type_ensure (WB_TYPE_FOLD);
  bind_template (GTK_WIDGET_CLASS (klass));
}

static void
connect (WbTrials *self)
{
  g_signal_connect_object (self->list, "progress", G_CALLBACK (show_count), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->list, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->trials, "leaving", G_CALLBACK (on_leaving), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->trials, "settled", G_CALLBACK (on_settled), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->trials, "changed", G_CALLBACK (show_count), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "selection-changed", G_CALLBACK (on_selection), self, G_CONNECT_SWAPPED);
}

static void
wb_trials_init (WbTrials *self)
{
  g_autoptr (GtkListItemFactory) pictures = NULL;

  self->list = wb_trial_list_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  self->trials = wb_trial_order_new (self->list);
  self->cells = wb_trial_cells_new (self->trials);
  self->selection = wb_image_selection_new (G_LIST_MODEL (self->trials));
  pictures = wb_trial_cells_new_factory (self->cells, WB_TRIAL_PICTURE);
  gtk_grid_view_set_factory (self->grid, pictures);
  add_columns (self);
  connect (self);
  use_view (self);
  fill_shown (self);
  on_selection (self);
  show_count (self);
}
