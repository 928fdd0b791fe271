/* wb-sweep-button.c: opens the sweep of settings, and tells how it stands.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-sweep-button.h"

#include <glib/gi18n.h>

#include "wb-sweep-window.h"

struct _WbSweepButton
{
  AdwBin parent_instance;

  GtkWidget *button;
  WbProject *project;
  GtkWidget *window; /* that shows the sweep, or NULL */
};

G_DEFINE_FINAL_TYPE (WbSweepButton, wb_sweep_button, ADW_TYPE_BIN)

/* In the place of its name: the row of buttons has no room for more. */
static void
show_state (WbSweepButton *self)
{
  WbSweep *sweep = wb_project_get_sweep (self->project);
  const LatheSweepReport *report = wb_study_get_report (WB_STUDY (sweep));
  g_autofree char *label = NULL, *said = NULL;

  if (wb_study_get_active (WB_STUDY (sweep)))
    {
      /* Translators: how much of a sweep is done, in percent */
      label = g_strdup_printf (_ ("%.0f %%"), report ? 100 * report->fraction : 0.0);
      said = g_strdup_printf (_ ("Sweep: %s done"), label);
    }
  gtk_button_set_label (GTK_BUTTON (self->button), label ? label : _ ("Sweep…"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  said ? said : _ ("Sweep…"), -1);
}

void
wb_sweep_button_open (WbSweepButton *self)
{
  GtkRoot *root;

  g_return_if_fail (WB_IS_SWEEP_BUTTON (self));

  root = gtk_widget_get_root (GTK_WIDGET (self));
  if (!self->window)
    g_set_weak_pointer (&self->window, wb_sweep_window_new (GTK_WINDOW (root), self->project));
  gtk_window_present (GTK_WINDOW (self->window));
}

/* A failure is told by the window, as long as there is one. */
static void
on_failed (WbSweepButton *self, const char *message)
{
  if (!self->window)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", message);
}

void
wb_sweep_button_set_project (WbSweepButton *self, WbProject *project)
{
  WbSweep *sweep;

  g_return_if_fail (WB_IS_SWEEP_BUTTON (self));
  g_return_if_fail (!self->project);

  self->project = g_object_ref (project);
  sweep = wb_project_get_sweep (project);
  g_signal_connect_object (sweep, "changed", G_CALLBACK (show_state), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (sweep, "notify::active", G_CALLBACK (show_state), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (sweep, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  show_state (self);
}

static void
wb_sweep_button_dispose (GObject *object)
{
  WbSweepButton *self = WB_SWEEP_BUTTON (object);

  if (self->project)
    g_signal_handlers_disconnect_by_data (wb_project_get_sweep (self->project), self);
  g_clear_weak_pointer (&self->window);
  g_clear_object (&self->project);
  G_OBJECT_CLASS (wb_sweep_button_parent_class)->dispose (object);
}

static void
wb_sweep_button_class_init (WbSweepButtonClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_sweep_button_dispose;
}

static void
wb_sweep_button_init (WbSweepButton *self)
{
  self->button = gtk_button_new_with_label (_ ("Sweep…"));
  gtk_widget_set_tooltip_text (self->button, _ ("Train again and again, with settings that vary"));
  g_signal_connect_swapped (self->button, "clicked", G_CALLBACK (wb_sweep_button_open), self);
  adw_bin_set_child (ADW_BIN (self), self->button);
}
