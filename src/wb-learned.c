/* wb-learned.c: whether the next training goes on from what was learned, and in which layers.
 *
 *   The next training goes on from what 4 of 5 layers learned.                  Begin Anew
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-learned.h"

#include <glib/gi18n.h>

#include "wb-fold.h"

struct _WbLearned
{
  AdwBin parent_instance;

  GtkWidget *bar, *text, *button;
  WbProject *project;
};

G_DEFINE_FINAL_TYPE (WbLearned, wb_learned, ADW_TYPE_BIN)

/* (transfer full) */
static char *
describe (const LatheInheritance *inheritance, gboolean goes_on)
{
  guint n_kept = lathe_inheritance_count (inheritance);

  if (goes_on)
    /* Translators: how many of the layers that have weights */
    return g_strdup_printf (_ ("The next training goes on from what %u of %u layers learned."), n_kept,
                            inheritance->n_layers);
  return g_strdup_printf (_ ("The next training begins anew. %u of %u layers could go on from what they learned."),
                          n_kept, inheritance->n_layers);
}

static void
refresh (WbLearned *self)
{
  g_autoptr (LatheInheritance) inheritance = wb_project_get_inheritance (self->project);
  gboolean goes_on = wb_project_get_goes_on (self->project);
  gboolean shown = wb_project_get_growing (self->project) == LATHE_GROW_NOT && inheritance &&
                   lathe_inheritance_count (inheritance) > 0 && !wb_run_get_active (wb_project_get_run (self->project));
  g_autofree char *text = NULL, *names = NULL;

  gtk_widget_set_visible (self->bar, shown);
  if (!shown)
    return;
  text = describe (inheritance, goes_on);
  names = g_strjoinv (", ", inheritance->layers);
  gtk_label_set_text (GTK_LABEL (self->text), text);
  gtk_widget_set_tooltip_text (self->text, names);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->text), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, names, -1);
  gtk_button_set_label (GTK_BUTTON (self->button), goes_on ? _ ("Begin Anew") : _ ("Go On"));
}

static void
on_clicked (WbLearned *self)
{
  wb_project_set_beginning (self->project,
                            wb_project_get_goes_on (self->project) ? LATHE_BEGIN_ANEW : LATHE_BEGIN_LEARNED);
}

void
wb_learned_set_project (WbLearned *self, WbProject *project)
{
  static const char *const changes[] = {"network-changed", "model-changed", "dataset-changed", "images-changed",
                                        "points-changed"};

  g_return_if_fail (WB_IS_LEARNED (self));
  g_return_if_fail (!self->project);

  self->project = g_object_ref (project);
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    g_signal_connect_object (project, changes[i], G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (wb_project_get_run (project), "notify::active", G_CALLBACK (refresh), self,
                           G_CONNECT_SWAPPED);
  refresh (self);
}

static void
wb_learned_dispose (GObject *object)
{
  WbLearned *self = WB_LEARNED (object);

  adw_bin_set_child (ADW_BIN (self), NULL);
  g_clear_object (&self->project);
  G_OBJECT_CLASS (wb_learned_parent_class)->dispose (object);
}

static void
wb_learned_class_init (WbLearnedClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_learned_dispose;
  g_type_ensure (WB_TYPE_FOLD);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-learned.ui");
  gtk_widget_class_bind_template_child (widget_class, WbLearned, bar);
  gtk_widget_class_bind_template_child (widget_class, WbLearned, text);
  gtk_widget_class_bind_template_child (widget_class, WbLearned, button);
  gtk_widget_class_bind_template_callback (widget_class, on_clicked);
}

static void
wb_learned_init (WbLearned *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
