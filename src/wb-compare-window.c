/* wb-compare-window.c: many runs side by side, by what was set and what came of it.
 *
 *   [ Dots | Lines ]
 *   the plot
 *   Across ▾   Up ▾   Colour ▾
 *   Run 12, 88.2 %: Learning rate 0.003                      [ Draw in the Charts ]
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-compare-window.h"

#include <glib/gi18n.h>

#include "wb-child-window.h"
#include "wb-run-plot.h"
#include "wb-thread.h"
#include "wb-toast.h"

struct _WbCompareWindow
{
  AdwWindow parent_instance;

  WbRuns *runs;
  gboolean reading, again; /* and once more when that is done */
  gint64 picked;           /* 0: none */
  gboolean filling;        /* the choices of axes, which is not a choice of anyone's */

  AdwToastOverlay *toasts;
  GtkStack *stack;
  GtkToggleButton *lines;
  WbRunPlot *plot;
  AdwComboRow *across, *up, *colour;
  GtkLabel *count, *said;
  GtkWidget *draw;
};

G_DEFINE_FINAL_TYPE (WbCompareWindow, wb_compare_window, ADW_TYPE_WINDOW)

/* --- What is shown --- */

static void
show_count (WbCompareWindow *self)
{
  const WbRunValues *values = wb_run_plot_get_values (self->plot);
  guint n = wb_run_plot_count (self->plot);
  g_autoptr (GString) text = g_string_new (NULL);

  if (!values)
    return;
  if (values->n_all > values->n_runs)
    g_string_append_printf (text, _ ("The newest %u of %u runs. "), values->n_runs, values->n_all);
  if (n < values->n_runs)
    g_string_append_printf (text, _ ("%u of %u are within what is chosen; a click on an axis takes that back."), n,
                            values->n_runs);
  else
    g_string_append (text, _ ("Drag along an axis to choose a part of it."));
  gtk_label_set_text (self->count, text->str);
}

static void
show_picked (WbCompareWindow *self)
{
  WbRunItem *item = self->picked > 0 ? wb_runs_find (self->runs, self->picked) : NULL;
  g_autofree char *title = item ? wb_run_item_get_title (item) : NULL;
  g_autofree char *text = title ? g_strdup_printf ("%s: %s", title, wb_run_item_get_settings (item)) : NULL;
  gboolean shown = item && wb_run_item_get_shown (item);

  gtk_label_set_text (self->said, text ? text : _ ("Click a run to see which one it is."));
  gtk_button_set_label (GTK_BUTTON (self->draw), shown ? _ ("Take out of the Charts") : _ ("Draw in the Charts"));
  gtk_widget_set_sensitive (self->draw, item != NULL);
  wb_run_plot_select (self->plot, self->picked);
}

static void
on_axes (WbCompareWindow *self)
{
  gboolean lines = gtk_toggle_button_get_active (self->lines);

  if (self->filling)
    return;
  gtk_widget_set_visible (GTK_WIDGET (self->across), !lines);
  gtk_widget_set_visible (GTK_WIDGET (self->up), !lines);
  wb_run_plot_set_axes (self->plot, adw_combo_row_get_selected (self->across), adw_combo_row_get_selected (self->up),
                        adw_combo_row_get_selected (self->colour));
  wb_run_plot_set_parallel (self->plot, lines);
}

/* The first setting that varies across, and the accuracy up and in colour, until someone chooses. */
static void
fill_axes (WbCompareWindow *self, const WbRunValues *values)
{
  AdwComboRow *rows[] = {self->across, self->up, self->colour};
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  guint first = 0, n = values->axes->len;

  for (guint i = 0; i < n; i++)
    {
      gtk_string_list_append (titles, wb_run_values_get_axis (values, i)->title);
      if (first == 0 && !wb_run_values_get_axis (values, i)->score)
        first = i;
    }
  self->filling = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      guint selected = adw_combo_row_get_selected (rows[i]);
      GListModel *before = adw_combo_row_get_model (rows[i]);
      gboolean same = before && g_list_model_get_n_items (before) == n;

      adw_combo_row_set_model (rows[i], G_LIST_MODEL (titles));
      adw_combo_row_set_selected (rows[i], same && selected < n ? selected : rows[i] == self->across ? first : 0);
    }
  self->filling = FALSE;
  on_axes (self);
}

/* --- Reading --- */

static void read_values (WbCompareWindow *self);

static gpointer
read_work (gpointer list, GCancellable *cancellable, GError **error)
{
  return wb_run_values_read (list, error);
}

static void
values_free (gpointer values)
{
  wb_run_values_free (values);
}

static void
on_read (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbCompareWindow *self = WB_COMPARE_WINDOW (owner);
  WbRunValues *values = result;

  self->reading = FALSE;
  if (!self->runs)
    g_clear_pointer (&values, wb_run_values_free); /* it was closed meanwhile */
  if (!self->runs)
    return;
  if (error)
    adw_toast_overlay_add_toast (self->toasts, wb_toast_new (error->message, gtk_widget_get_width (GTK_WIDGET (self))));
  if (values)
    {
      gtk_stack_set_visible_child_name (self->stack, values->n_runs > 1 ? "plot" : "empty");
      wb_run_plot_take (self->plot, values);
      fill_axes (self, values);
      show_count (self);
      show_picked (self);
    }
  if (self->again)
    read_values (self);
}

static void
read_values (WbCompareWindow *self)
{
  const char *list = wb_runs_get_path (self->runs);

  self->again = self->reading;
  if (self->reading || !list)
    return;
  self->reading = TRUE;
  wb_thread_call (G_OBJECT (self), read_work, g_strdup (list), g_free, values_free, NULL, on_read, NULL);
}

/* --- What the user does --- */

static void
on_picked (WbCompareWindow *self, gint64 id)
{
  self->picked = id;
  show_picked (self);
}

static void
on_draw (WbCompareWindow *self)
{
  WbRunItem *item = wb_runs_find (self->runs, self->picked);

  if (item)
    wb_runs_set_shown (self->runs, item, !wb_run_item_get_shown (item));
  show_picked (self);
}

static void
on_failed (WbCompareWindow *self, const char *message)
{
  adw_toast_overlay_add_toast (self->toasts, wb_toast_new (message, gtk_widget_get_width (GTK_WIDGET (self))));
}

/* --- Life --- */

static void
wb_compare_window_dispose (GObject *object)
{
  WbCompareWindow *self = WB_COMPARE_WINDOW (object);

  if (self->runs)
    g_signal_handlers_disconnect_by_data (self->runs, self);
  g_clear_object (&self->runs);
  adw_window_set_content (ADW_WINDOW (self), NULL);
  G_OBJECT_CLASS (wb_compare_window_parent_class)->dispose (object);
}

static void
wb_compare_window_class_init (WbCompareWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_compare_window_dispose;
  g_type_ensure (WB_TYPE_RUN_PLOT);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-compare-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WbCompareWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, WbCompareWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, WbCompareWindow, lines);
  gtk_widget_class_bind_template_child (widget_class, WbCompareWindow, plot);
  gtk_widget_class_bind_template_child (widget_class, WbCompareWindow, across);
  gtk_widget_class_bind_template_child (widget_class, WbCompareWindow, up);
  gtk_widget_class_bind_template_child (widget_class, WbCompareWindow, colour);
  gtk_widget_class_bind_template_child (widget_class, WbCompareWindow, count);
  gtk_widget_class_bind_template_child (widget_class, WbCompareWindow, said);
  gtk_widget_class_bind_template_child (widget_class, WbCompareWindow, draw);
  gtk_widget_class_bind_template_callback (widget_class, on_axes);
  gtk_widget_class_bind_template_callback (widget_class, on_picked);
  gtk_widget_class_bind_template_callback (widget_class, on_draw);
  gtk_widget_class_bind_template_callback (widget_class, on_failed);
  gtk_widget_class_bind_template_callback (widget_class, show_count);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
wb_compare_window_init (WbCompareWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
wb_compare_window_new (GtkWindow *parent, WbRuns *runs)
{
  WbCompareWindow *self = g_object_new (WB_TYPE_COMPARE_WINDOW, NULL);

  wb_child_window_attach (GTK_WINDOW (self), parent);
  self->runs = g_object_ref (runs);
  g_signal_connect_object (runs, "changed", G_CALLBACK (read_values), self, G_CONNECT_SWAPPED);
  read_values (self);
  return GTK_WIDGET (self);
}
