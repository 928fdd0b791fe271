/* wb-search-button.c: opens the search for other networks, and tells how it stands.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-search-button.h"

#include <glib/gi18n.h>

#include "wb-search-window.h"

struct _WbSearchButton
{
  AdwBin parent_instance;

  GtkWidget *button;
  WbProject *project;
  GtkWidget *window; /* that shows the search, or NULL */
};

G_DEFINE_FINAL_TYPE (WbSearchButton, wb_search_button, ADW_TYPE_BIN)

static void
show_state (WbSearchButton *self)
{
  WbSearch *search = wb_project_get_search (self->project);
  const LatheSearchReport *report = wb_study_get_report (WB_STUDY (search));
  g_autofree char *label = NULL;

  if (wb_study_get_active (WB_STUDY (search)))
    /* Translators: how much of a search is done, in percent */
    label = g_strdup_printf (_ ("Searching: %.0f %%"), report ? 100 * report->fraction : 0.0);
  gtk_button_set_label (GTK_BUTTON (self->button), label ? label : _ ("Search…"));
}

void
wb_search_button_open (WbSearchButton *self)
{
  GtkRoot *root;

  g_return_if_fail (WB_IS_SEARCH_BUTTON (self));

  root = gtk_widget_get_root (GTK_WIDGET (self));
  if (!self->window)
    g_set_weak_pointer (&self->window, wb_search_window_new (GTK_WINDOW (root), self->project));
  gtk_window_present (GTK_WINDOW (self->window));
}

/* A failure is told by the window, as long as there is one. */
static void
on_failed (WbSearchButton *self, const char *message)
{
  if (!self->window)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", message);
}

void
wb_search_button_set_project (WbSearchButton *self, WbProject *project)
{
  WbSearch *search;

  g_return_if_fail (WB_IS_SEARCH_BUTTON (self));
  g_return_if_fail (!self->project);

  self->project = g_object_ref (project);
  search = wb_project_get_search (project);
  g_signal_connect_object (search, "changed", G_CALLBACK (show_state), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (search, "notify::active", G_CALLBACK (show_state), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (search, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  show_state (self);
}

static void
wb_search_button_dispose (GObject *object)
{
  WbSearchButton *self = WB_SEARCH_BUTTON (object);

  if (self->project)
    g_signal_handlers_disconnect_by_data (wb_project_get_search (self->project), self);
  g_clear_weak_pointer (&self->window);
  g_clear_object (&self->project);
  G_OBJECT_CLASS (wb_search_button_parent_class)->dispose (object);
}

static void
wb_search_button_class_init (WbSearchButtonClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_search_button_dispose;
}

static void
wb_search_button_init (WbSearchButton *self)
{
  self->button = gtk_button_new_with_label (_ ("Search…"));
  gtk_widget_add_css_class (self->button, "flat");
  gtk_widget_set_tooltip_text (self->button, _ ("Try networks around this one on your images"));
  g_signal_connect_swapped (self->button, "clicked", G_CALLBACK (wb_search_button_open), self);
  adw_bin_set_child (ADW_BIN (self), self->button);
}
