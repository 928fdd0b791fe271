/* wb-sweep-window.c: where a person says which settings vary, and sees what comes of it.
 *
 *   Learning rate [0.0001..0.01]   Batch [16, 32, 64]   Add a Setting ▾
 *   Method ▾   Runs [10]                       10 runs, 100 epochs: about 12 min   [ Start ]
 *
 * Nothing here is state but what is typed: the project's sweep has the report, and the window shows it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-sweep-window.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>

#include "wb-child-window.h"
#include "wb-sweep-row.h"
#include "wb-text.h"
#include "wb-toast.h"

#define SETTLE 200 /* milliseconds after the last key until what is typed is worked out */

struct _WbSweepWindow
{
  AdwWindow parent_instance;

  WbProject *project;
  GPtrArray *rows;       /* (element-type WbSweepRow), the group's */
  double seconds;        /* an epoch of what is set, as it was measured; NAN: not yet */
  GCancellable *working; /* of an estimate, or NULL */
  guint settling;        /* a timeout, or 0 */

  AdwToastOverlay *toasts;
  AdwPreferencesGroup *settings, *how;
  AdwComboRow *more, *method;
  GtkSpinButton *runs;
  GtkWidget *start, *why_not, *progress_box, *progress;
  GtkLabel *estimate, *progress_text, *summary;
};

G_DEFINE_FINAL_TYPE (WbSweepWindow, wb_sweep_window, ADW_TYPE_WINDOW)

static WbSweep *
get_sweep (WbSweepWindow *self)
{
  return wb_project_get_sweep (self->project);
}

/* --- What is typed --- */

/* (transfer full) (element-type LatheSweepAxis): NULL with what is wrong with the first row that is no good */
static GPtrArray *
read_axes (WbSweepWindow *self, GError **error)
{
  g_autoptr (GPtrArray) axes = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_sweep_axis_free);
  g_autoptr (GError) first = NULL;

  for (guint i = 0; i < self->rows->len; i++)
    {
      LatheSweepAxis *axis = wb_sweep_row_get_axis (self->rows->pdata[i], first ? NULL : &first);

      if (axis)
        g_ptr_array_add (axes, axis);
    }
  if (!first)
    return g_steal_pointer (&axes);
  g_propagate_error (error, g_steal_pointer (&first));
  return NULL;
}

static LatheSweepMethod
get_method (WbSweepWindow *self)
{
  return (LatheSweepMethod) adw_combo_row_get_selected (self->method);
}

/* A grid has as many as it has. */
static guint
get_runs (WbSweepWindow *self)
{
  return get_method (self) == LATHE_SWEEP_GRID ? 0 : (guint) gtk_spin_button_get_value_as_int (self->runs);
}

static const char *
find_hindrance (WbSweepWindow *self)
{
  if (!wb_project_get_dataset (self->project))
    return _ ("Open a folder of images first: runs are compared by what they learn of them.");
  if (wb_run_get_active (wb_project_get_run (self->project)))
    return _ ("A training takes the whole machine. A sweep begins once it has ended.");
  return wb_study_get_active (WB_STUDY (get_sweep (self))) ? NULL : wb_project_get_occupation (self->project);
}

/* --- What it would come to --- */

static void
show_estimate (WbSweepWindow *self, const char *text, gboolean well)
{
  gtk_label_set_text (self->estimate, text);
  gtk_widget_set_sensitive (self->start, well && !find_hindrance (self));
}

static void
on_estimated (GObject *owner, gpointer result, const GError *error, gpointer cancellable)
{
  WbSweepWindow *self = WB_SWEEP_WINDOW (owner);
  g_autofree WbSweepEstimate *found = result;
  g_autofree char *time = NULL, *text = NULL, *runs = NULL;

  if (self->working != cancellable)
    return;
  g_clear_object (&self->working);
  if (!found)
    {
      show_estimate (self, error->message, FALSE);
      return;
    }
  if (found->seconds_an_epoch > 0)
    self->seconds = found->seconds_an_epoch;
  runs = g_strdup_printf (ngettext ("%u run", "%u runs", found->n_runs), found->n_runs);
  time = wb_text_duration (self->seconds * (double) found->n_epochs);
  text = isnan (self->seconds)
             ? g_strdup_printf (_ ("%s, %" PRIu64 " epochs in all"), runs, found->n_epochs)
             : g_strdup_printf (_ ("%s, %" PRIu64 " epochs in all: about %s"), runs, found->n_epochs, time);
  show_estimate (self, text, TRUE);
}

static void
drop_estimate (WbSweepWindow *self)
{
  g_clear_handle_id (&self->settling, g_source_remove);
  g_cancellable_cancel (self->working);
  g_clear_object (&self->working);
}

/* Nothing is measured while the machine is busy with a run. */
static void
begin_estimate (WbSweepWindow *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) axes = read_axes (self, &error);
  gboolean busy = find_hindrance (self) || wb_study_get_active (WB_STUDY (get_sweep (self)));

  drop_estimate (self);
  if (!axes)
    {
      show_estimate (self, error->message, FALSE);
      return;
    }
  if (!wb_project_get_dataset (self->project))
    {
      show_estimate (self, "", FALSE);
      return;
    }
  self->working = g_cancellable_new ();
  wb_project_estimate_sweep (self->project, axes, get_method (self), get_runs (self),
                             isnan (self->seconds) && busy ? 0 : self->seconds, G_OBJECT (self), self->working,
                             on_estimated);
}

static gboolean
on_settled (gpointer data)
{
  WbSweepWindow *self = data;

  self->settling = 0;
  begin_estimate (self);
  return G_SOURCE_REMOVE;
}

static void
on_edited (WbSweepWindow *self)
{
  if (!self->project)
    return;
  drop_estimate (self);
  gtk_widget_set_sensitive (self->start, FALSE);
  self->settling = g_timeout_add (SETTLE, on_settled, self);
}

/* An epoch of other images, of another network or in other batches takes another time; there may be more of them, too.
 */
static void
on_project_changed (WbSweepWindow *self)
{
  self->seconds = NAN;
  on_edited (self);
}

static void
on_method (WbSweepWindow *self)
{
  static const char *const help[] = {
      N_ ("Every combination of the values; of a range five, unless it says how many: 0.001..0.1:4"),
      N_ ("Values drawn at random: more is found in fewer runs when several settings vary"),
      N_ ("Values drawn at random; the best third goes on three times as long, and so on"),
  };

  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->method), _ (help[get_method (self)]));
  gtk_widget_set_sensitive (GTK_WIDGET (self->runs), get_method (self) != LATHE_SWEEP_GRID);
  on_edited (self);
}

/* --- Which settings vary --- */

static gboolean
varies (WbSweepWindow *self, const LatheHyperparameter *setting)
{
  for (guint i = 0; i < self->rows->len; i++)
    if (wb_sweep_row_get_setting (self->rows->pdata[i]) == setting)
      return TRUE;
  return FALSE;
}

static void
on_removed (WbSweepRow *row, WbSweepWindow *self)
{
  adw_preferences_group_remove (self->settings, GTK_WIDGET (row));
  g_ptr_array_remove (self->rows, row);
  on_edited (self);
}

static void
add_row (WbSweepWindow *self, const LatheHyperparameter *setting)
{
  GtkWidget *row;

  if (varies (self, setting))
    return;
  row = wb_sweep_row_new (setting, wb_project_get_hyperparameters (self->project));
  g_signal_connect_swapped (row, "changed", G_CALLBACK (on_edited), self);
  g_signal_connect (row, "removed", G_CALLBACK (on_removed), self);
  g_ptr_array_add (self->rows, row);
  g_object_ref (self->more);
  adw_preferences_group_remove (self->settings, GTK_WIDGET (self->more));
  adw_preferences_group_add (self->settings, row);
  adw_preferences_group_add (self->settings, GTK_WIDGET (self->more));
  g_object_unref (self->more);
  on_edited (self);
}

/* The first choice is none of them, and the last one is the seed. */
static void
on_chosen (WbSweepWindow *self)
{
  guint n_rows, chosen = adw_combo_row_get_selected (self->more);
  const LatheHyperparameter *rows = lathe_hyperparameters (&n_rows);

  if (chosen == 0 || chosen == GTK_INVALID_LIST_POSITION)
    return;
  adw_combo_row_set_selected (self->more, 0);
  add_row (self, chosen <= n_rows ? &rows[chosen - 1] : NULL);
}

static void
fill_choices (WbSweepWindow *self)
{
  guint n_rows;
  const LatheHyperparameter *rows = lathe_hyperparameters (&n_rows);
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  g_autoptr (GtkStringList) methods = gtk_string_list_new (NULL);

  gtk_string_list_append (titles, _ ("Choose…"));
  for (guint i = 0; i < n_rows; i++)
    gtk_string_list_append (titles, _ (rows[i].property.title));
  gtk_string_list_append (titles, _ ("Seed"));
  adw_combo_row_set_model (self->more, G_LIST_MODEL (titles));
  for (guint i = 0; lathe_sweep_method_titles[i]; i++)
    gtk_string_list_append (methods, _ (lathe_sweep_method_titles[i]));
  adw_combo_row_set_model (self->method, G_LIST_MODEL (methods));
}

/* --- How it stands --- */

/* “9 of 10 runs are over. Run 12 did best, with 88.2 %: Learning rate 0.003. …” */
static void
show_summary (WbSweepWindow *self, const LatheSweepReport *report)
{
  const LatheSwept *best = report->best >= 0 ? report->swept->pdata[report->best] : NULL;
  g_autofree char *score = best ? wb_text_percent (best->score) : NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  guint n_failed = 0;

  for (guint i = 0; i < report->swept->len; i++)
    n_failed += ((const LatheSwept *) report->swept->pdata[i])->state == LATHE_SWEPT_FAILED;
  /* Translators: runs that are over, and runs in all */
  g_string_append_printf (text, _ ("%u of %u runs are over."), report->n_over, report->swept->len);
  if (n_failed > 0)
    g_string_append_printf (text, ngettext (" %u failed.", " %u failed.", n_failed), n_failed);
  if (best)
    /* Translators: a run's number, its score on the validation images, its settings */
    g_string_append_printf (text, _ (" Run %" PRId64 " did best, with %s: %s."), best->run, score, best->settings);
  /* Translators: the name under which the runs of this sweep are listed */
  g_string_append_printf (text, _ (" All are in the list of runs on the Train page, as “%s”."), report->group);
  gtk_label_set_text (self->summary, text->str);
}

static void
show_report (WbSweepWindow *self)
{
  const LatheSweepReport *report = wb_study_get_report (WB_STUDY (get_sweep (self)));
  g_autofree char *left = report && isfinite (report->left) ? wb_text_left (report->left) : NULL;

  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress), report ? report->fraction : 0);
  gtk_label_set_text (self->progress_text, left ? left : _ ("Preparing…"));
  gtk_widget_set_visible (GTK_WIDGET (self->summary), report != NULL);
  if (report)
    show_summary (self, report);
}

static void
show_state (WbSweepWindow *self)
{
  gboolean active = wb_study_get_active (WB_STUDY (get_sweep (self)));
  const char *hindrance = find_hindrance (self);

  gtk_widget_set_visible (self->start, !active);
  gtk_widget_set_visible (GTK_WIDGET (self->estimate), !active);
  gtk_widget_set_visible (self->progress_box, active);
  gtk_widget_set_sensitive (GTK_WIDGET (self->settings), !active);
  gtk_widget_set_sensitive (GTK_WIDGET (self->how), !active);
  gtk_widget_set_visible (self->why_not, !active && hindrance != NULL);
  gtk_label_set_text (GTK_LABEL (self->why_not), hindrance ? hindrance : "");
  show_report (self);
  if (!active)
    begin_estimate (self);
}

/* --- What the user does --- */

static void
on_start (WbSweepWindow *self)
{
  g_autoptr (GPtrArray) axes = read_axes (self, NULL);

  if (axes)
    wb_project_sweep (self->project, axes, get_method (self), get_runs (self));
}

static void
on_stop (WbSweepWindow *self)
{
  wb_study_stop (WB_STUDY (get_sweep (self)));
}

static void
on_failed (WbSweepWindow *self, const char *message)
{
  adw_toast_overlay_add_toast (self->toasts, wb_toast_new (message, gtk_widget_get_width (GTK_WIDGET (self))));
}

/* --- Life --- */

static void
wb_sweep_window_dispose (GObject *object)
{
  WbSweepWindow *self = WB_SWEEP_WINDOW (object);

  drop_estimate (self);
  if (self->project)
    {
      g_signal_handlers_disconnect_by_data (get_sweep (self), self);
      g_signal_handlers_disconnect_by_data (wb_project_get_search (self->project), self);
      g_signal_handlers_disconnect_by_data (wb_project_get_run (self->project), self);
    }
  adw_window_set_content (ADW_WINDOW (self), NULL);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_object (&self->project);
  G_OBJECT_CLASS (wb_sweep_window_parent_class)->dispose (object);
}

static void
wb_sweep_window_class_init (WbSweepWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_sweep_window_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-sweep-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WbSweepWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, WbSweepWindow, settings);
  gtk_widget_class_bind_template_child (widget_class, WbSweepWindow, how);
  gtk_widget_class_bind_template_child (widget_class, WbSweepWindow, more);
  gtk_widget_class_bind_template_child (widget_class, WbSweepWindow, method);
  gtk_widget_class_bind_template_child (widget_class, WbSweepWindow, runs);
  gtk_widget_class_bind_template_child (widget_class, WbSweepWindow, start);
  gtk_widget_class_bind_template_child (widget_class, WbSweepWindow, why_not);
  gtk_widget_class_bind_template_child (widget_class, WbSweepWindow, progress_box);
  gtk_widget_class_bind_template_child (widget_class, WbSweepWindow, progress);
  gtk_widget_class_bind_template_child (widget_class, WbSweepWindow, progress_text);
  gtk_widget_class_bind_template_child (widget_class, WbSweepWindow, estimate);
  gtk_widget_class_bind_template_child (widget_class, WbSweepWindow, summary);
  gtk_widget_class_bind_template_callback (widget_class, on_start);
  gtk_widget_class_bind_template_callback (widget_class, on_stop);
  gtk_widget_class_bind_template_callback (widget_class, on_chosen);
  gtk_widget_class_bind_template_callback (widget_class, on_method);
  gtk_widget_class_bind_template_callback (widget_class, on_edited);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
wb_sweep_window_init (WbSweepWindow *self)
{
  self->rows = g_ptr_array_new ();
  self->seconds = NAN;
  gtk_widget_init_template (GTK_WIDGET (self));
  fill_choices (self);
}

GtkWidget *
wb_sweep_window_new (GtkWindow *parent, WbProject *project)
{
  static const char *const changes[] = {"dataset-changed", "images-changed", "split-changed", "network-changed",
                                        "hyperparameters-changed"};
  WbSweepWindow *self = g_object_new (WB_TYPE_SWEEP_WINDOW, NULL);
  WbSweep *sweep = wb_project_get_sweep (project);

  wb_child_window_attach (GTK_WINDOW (self), parent);
  self->project = g_object_ref (project);
  g_signal_connect_object (sweep, "changed", G_CALLBACK (show_report), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (sweep, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (sweep, "notify::active", G_CALLBACK (show_state), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (wb_project_get_search (project), "notify::active", G_CALLBACK (show_state), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (wb_project_get_run (project), "notify::active", G_CALLBACK (show_state), self,
                           G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    g_signal_connect_object (project, changes[i], G_CALLBACK (on_project_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "dataset-changed", G_CALLBACK (show_state), self, G_CONNECT_SWAPPED);
  add_row (self, lathe_hyperparameter_find ("learning-rate"));
  adw_combo_row_set_selected (self->method, LATHE_SWEEP_RANDOM);
  show_state (self);
  return GTK_WIDGET (self);
}
