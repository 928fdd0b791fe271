/* wb-beginning-bar.c: a sentence on what the next training begins with, and what else it could.
 *
 *   A sentence, which is not there while a training goes on.                    [What to do about it]
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-beginning-bar.h"

#include "wb-fold.h"

#define THRESHOLD 560 /* pixels */
#define SPACING 6

typedef struct
{
  GtkWidget *fold, *text;
  WbProject *project;
} WbBeginningBarPrivate;

static void buildable_init (GtkBuildableIface *iface);

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (WbBeginningBar, wb_beginning_bar, ADW_TYPE_BIN,
                                  G_ADD_PRIVATE (WbBeginningBar)
                                      G_IMPLEMENT_INTERFACE (GTK_TYPE_BUILDABLE, buildable_init))

static WbBeginningBarPrivate *
get_private (WbBeginningBar *self)
{
  return wb_beginning_bar_get_instance_private (self);
}

static void
refresh (WbBeginningBar *self)
{
  WbBeginningBarPrivate *private = get_private (self);
  gboolean active = wb_run_get_active (wb_project_get_run (private->project));
  g_autofree char *text = active ? NULL : WB_BEGINNING_BAR_GET_CLASS (self)->describe (self, private->project);

  gtk_widget_set_visible (private->fold, text != NULL);
  if (text)
    gtk_label_set_text (GTK_LABEL (private->text), text);
}

void
wb_beginning_bar_set_project (WbBeginningBar *self, WbProject *project)
{
  static const char *const changes[] = {"network-changed", "model-changed", "dataset-changed", "images-changed",
                                        "points-changed"};
  WbBeginningBarPrivate *private = get_private (self);

  g_return_if_fail (WB_IS_BEGINNING_BAR (self));
  g_return_if_fail (!private->project);

  private->project = g_object_ref (project);
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    g_signal_connect_object (project, changes[i], G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (wb_project_get_run (project), "notify::active", G_CALLBACK (refresh), self,
                           G_CONNECT_SWAPPED);
  refresh (self);
}

WbProject *
wb_beginning_bar_get_project (WbBeginningBar *self)
{
  g_return_val_if_fail (WB_IS_BEGINNING_BAR (self), NULL);

  return get_private (self)->project;
}

/* What the sentence leaves out: a tooltip, which is read aloud, too. */
void
wb_beginning_bar_set_details (WbBeginningBar *self, const char *details)
{
  GtkWidget *text;

  g_return_if_fail (WB_IS_BEGINNING_BAR (self));

  text = get_private (self)->text;
  gtk_widget_set_tooltip_text (text, details);
  gtk_accessible_update_property (GTK_ACCESSIBLE (text), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, details, -1);
}

static void
wb_beginning_bar_add_child (GtkBuildable *buildable, GtkBuilder *builder, GObject *child, const char *type)
{
  gtk_widget_set_parent (GTK_WIDGET (child), get_private (WB_BEGINNING_BAR (buildable))->fold);
}

static void
buildable_init (GtkBuildableIface *iface)
{
  iface->add_child = wb_beginning_bar_add_child;
}

static void
wb_beginning_bar_dispose (GObject *object)
{
  adw_bin_set_child (ADW_BIN (object), NULL);
  g_clear_object (&get_private (WB_BEGINNING_BAR (object))->project);
  G_OBJECT_CLASS (wb_beginning_bar_parent_class)->dispose (object);
}

static void
wb_beginning_bar_class_init (WbBeginningBarClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_beginning_bar_dispose;
}

static void
wb_beginning_bar_init (WbBeginningBar *self)
{
  WbBeginningBarPrivate *private = get_private (self);

  private->fold = g_object_new (WB_TYPE_FOLD, "visible", FALSE, "threshold", THRESHOLD, "spacing", SPACING, NULL);
  gtk_widget_add_css_class (private->fold, "quiet-banner");
  private->text = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "hexpand", TRUE, "wrap", TRUE, NULL);
  gtk_widget_add_css_class (private->text, "tabular");
  gtk_widget_set_parent (private->text, private->fold);
  adw_bin_set_child (ADW_BIN (self), private->fold);
}
