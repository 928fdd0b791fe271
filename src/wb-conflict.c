/* wb-conflict.c: says that another window has changed the project, and asks which of the two stays.
 *
 *   Another window changed this project.                          Take Theirs   Keep Mine
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-conflict.h"

#include "wb-fold.h"

struct _WbConflict
{
  AdwBin parent_instance;

  GtkWidget *bar;
  WbProject *project;
};

G_DEFINE_FINAL_TYPE (WbConflict, wb_conflict, ADW_TYPE_BIN)

static void
refresh (WbConflict *self)
{
  gboolean conflict;

  g_object_get (self->project, "conflict", &conflict, NULL);
  gtk_widget_set_visible (self->bar, conflict);
}

static void
on_take (WbConflict *self)
{
  wb_project_take_theirs (self->project);
}

static void
on_keep (WbConflict *self)
{
  wb_project_keep_mine (self->project);
}

void
wb_conflict_set_project (WbConflict *self, WbProject *project)
{
  g_return_if_fail (WB_IS_CONFLICT (self));
  g_return_if_fail (!self->project);

  self->project = g_object_ref (project);
  g_signal_connect_object (project, "notify::conflict", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  refresh (self);
}

static void
wb_conflict_dispose (GObject *object)
{
  WbConflict *self = WB_CONFLICT (object);

  adw_bin_set_child (ADW_BIN (self), NULL);
  g_clear_object (&self->project);
  G_OBJECT_CLASS (wb_conflict_parent_class)->dispose (object);
}

static void
wb_conflict_class_init (WbConflictClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_conflict_dispose;
  g_type_ensure (WB_TYPE_FOLD);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-conflict.ui");
  gtk_widget_class_bind_template_child (widget_class, WbConflict, bar);
  gtk_widget_class_bind_template_callback (widget_class, on_take);
  gtk_widget_class_bind_template_callback (widget_class, on_keep);
}

static void
wb_conflict_init (WbConflict *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
