/* wb-learned.c: whether the next training goes on from what was learned, and in which layers.
 *
 *   The next training goes on from what 4 of 5 layers learned.                  Begin Anew
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-learned.h"

#include <glib/gi18n.h>

struct _WbLearned
{
  WbBeginningBar parent_instance;

  GtkWidget *button;
};

G_DEFINE_FINAL_TYPE (WbLearned, wb_learned, WB_TYPE_BEGINNING_BAR)

/* (transfer full) */
static char *
say (const LatheInheritance *inheritance, gboolean goes_on)
{
  guint n_kept = lathe_inheritance_count (inheritance);

  if (goes_on)
    /* Translators: how many of the layers that have weights */
    return g_strdup_printf (_ ("The next training goes on from what %u of %u layers learned."), n_kept,
                            inheritance->n_layers);
  return g_strdup_printf (_ ("The next training begins anew. %u of %u layers could go on from what they learned."),
                          n_kept, inheritance->n_layers);
}

static char *
wb_learned_describe (WbBeginningBar *bar, WbProject *project)
{
  g_autoptr (LatheInheritance) inheritance = wb_project_get_inheritance (project);
  gboolean goes_on = wb_project_get_goes_on (project);
  g_autofree char *names = NULL;

  if (wb_project_get_growing (project) != LATHE_GROW_NOT || !inheritance || lathe_inheritance_count (inheritance) == 0)
    return NULL;
  names = g_strjoinv (", ", inheritance->layers);
  wb_beginning_bar_set_details (bar, names);
  gtk_button_set_label (GTK_BUTTON (WB_LEARNED (bar)->button), goes_on ? _ ("Begin Anew") : _ ("Go On"));
  return say (inheritance, goes_on);
}

static void
on_clicked (WbLearned *self)
{
  WbProject *project = wb_beginning_bar_get_project (WB_BEGINNING_BAR (self));

  wb_project_set_beginning (project, wb_project_get_goes_on (project) ? LATHE_BEGIN_ANEW : LATHE_BEGIN_LEARNED);
}

static void
wb_learned_class_init (WbLearnedClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  WB_BEGINNING_BAR_CLASS (klass)->describe = wb_learned_describe;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-learned.ui");
  gtk_widget_class_bind_template_child (widget_class, WbLearned, button);
  gtk_widget_class_bind_template_callback (widget_class, on_clicked);
}

static void
wb_learned_init (WbLearned *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
