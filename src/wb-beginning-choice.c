/* wb-beginning-choice.c: a popover in which it is chosen what a training begins with.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-beginning-choice.h"

#include <glib/gi18n.h>

#include "wb-drop-down.h"

struct _WbBeginningChoice
{
  GtkPopover parent_instance;

  GtkCheckButton *head, *layers, *drawn; /* the ways */
  GtkWidget *details;                    /* of layers that learn on */
  GtkCheckButton *all, *norms;
  GtkSpinButton *n_layers, *lower_rate;
  GtkDropDown *points;
  GtkStringList *titles;

  WbProject *project;
  GPtrArray *names; /* (element-type utf8): of the starting points that are there, in the order of `titles` */
  gboolean showing; /* what is chosen, and nobody chooses it now */
};

static guint points_wanted_signal;

G_DEFINE_FINAL_TYPE (WbBeginningChoice, wb_beginning_choice, GTK_TYPE_POPOVER)

const char *
wb_beginning_title (const LatheStartingPoint *point)
{
  return point->known ? point->known->title : point->name;
}

/* --- Showing --- */

static void
show_points (WbBeginningChoice *self)
{
  const GPtrArray *points = wb_project_get_starting_points (self->project);
  const LatheStartingPoint *chosen = wb_project_get_starting_point (self->project);

  g_ptr_array_set_size (self->names, 0);
  gtk_string_list_splice (self->titles, 0, g_list_model_get_n_items (G_LIST_MODEL (self->titles)), NULL);
  for (guint i = 0; points && i < points->len; i++)
    {
      const LatheStartingPoint *point = points->pdata[i];

      if (!point->here)
        continue;
      gtk_string_list_append (self->titles, wb_beginning_title (point));
      g_ptr_array_add (self->names, g_strdup (point->name));
      if (point == chosen)
        gtk_drop_down_set_selected (self->points, self->names->len - 1);
    }
}

static void
show_way (WbBeginningChoice *self)
{
  const LatheGrowthChoice *choice = wb_project_get_growth (self->project);
  LatheGrowing way = wb_project_get_growing (self->project);
  gboolean all = choice->n_learning == LATHE_ALL_LAYERS;

  gtk_check_button_set_active (way == LATHE_GROW_HEAD     ? self->head
                               : way == LATHE_GROW_LAYERS ? self->layers
                                                          : self->drawn,
                               TRUE);
  gtk_check_button_set_active (self->all, all);
  gtk_check_button_set_active (self->norms, choice->norms_learn);
  if (!all)
    gtk_spin_button_set_value (self->n_layers, choice->n_learning);
  gtk_widget_set_sensitive (GTK_WIDGET (self->n_layers), !all);
  gtk_widget_set_visible (self->details, way == LATHE_GROW_LAYERS);
  gtk_spin_button_set_value (self->lower_rate, wb_project_get_hyperparameters (self->project)->lower_rate);
}

static void
show_choice (WbBeginningChoice *self)
{
  self->showing = TRUE;
  show_points (self);
  show_way (self);
  self->showing = FALSE;
}

/* --- Choosing --- */

static void
on_chosen (WbBeginningChoice *self)
{
  guint selected = gtk_drop_down_get_selected (self->points);
  LatheGrowthChoice choice = {
      .way = gtk_check_button_get_active (self->head)     ? LATHE_GROW_HEAD
             : gtk_check_button_get_active (self->layers) ? LATHE_GROW_LAYERS
                                                          : LATHE_GROW_NOT,
      .n_learning = gtk_check_button_get_active (self->all) ? LATHE_ALL_LAYERS
                                                            : (guint) gtk_spin_button_get_value_as_int (self->n_layers),
      .norms_learn = gtk_check_button_get_active (self->norms),
  };

  if (self->showing || !self->project)
    return;
  choice.from = selected < self->names->len ? self->names->pdata[selected] : NULL;
  wb_project_set_growth (self->project, &choice);
}

/* That is one of the hyperparameters, like the other rates. */
static void
on_rate (WbBeginningChoice *self)
{
  LatheHyperparameters hyperparameters;

  if (self->showing || !self->project)
    return;
  hyperparameters = *wb_project_get_hyperparameters (self->project);
  hyperparameters.lower_rate = gtk_spin_button_get_value (self->lower_rate);
  wb_project_set_hyperparameters (self->project, &hyperparameters);
}

/* Of the ways one is switched off as the other is switched on. */
static void
on_way (WbBeginningChoice *self, GtkCheckButton *button)
{
  if (gtk_check_button_get_active (button))
    on_chosen (self);
}

static void
on_points_wanted (WbBeginningChoice *self)
{
  gtk_popover_popdown (GTK_POPOVER (self));
  g_signal_emit (self, points_wanted_signal, 0);
}

/* --- Life --- */

void
wb_beginning_choice_set_project (WbBeginningChoice *self, WbProject *project)
{
  static const char *const changes[] = {"network-changed", "hyperparameters-changed", "dataset-changed",
                                        "images-changed", "points-changed"};

  g_return_if_fail (WB_IS_BEGINNING_CHOICE (self));
  g_return_if_fail (!self->project);

  self->project = g_object_ref (project);
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    g_signal_connect_object (project, changes[i], G_CALLBACK (show_choice), self, G_CONNECT_SWAPPED);
  show_choice (self);
}

static void
wb_beginning_choice_dispose (GObject *object)
{
  g_clear_object (&WB_BEGINNING_CHOICE (object)->project);
  G_OBJECT_CLASS (wb_beginning_choice_parent_class)->dispose (object);
}

static void
wb_beginning_choice_finalize (GObject *object)
{
  g_ptr_array_unref (WB_BEGINNING_CHOICE (object)->names);
  G_OBJECT_CLASS (wb_beginning_choice_parent_class)->finalize (object);
}

static void
wb_beginning_choice_class_init (WbBeginningChoiceClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_beginning_choice_dispose;
  G_OBJECT_CLASS (klass)->finalize = wb_beginning_choice_finalize;
  points_wanted_signal =
      g_signal_new ("points-wanted", WB_TYPE_BEGINNING_CHOICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-beginning-choice.ui");
  gtk_widget_class_bind_template_child (widget_class, WbBeginningChoice, head);
  gtk_widget_class_bind_template_child (widget_class, WbBeginningChoice, layers);
  gtk_widget_class_bind_template_child (widget_class, WbBeginningChoice, drawn);
  gtk_widget_class_bind_template_child (widget_class, WbBeginningChoice, details);
  gtk_widget_class_bind_template_child (widget_class, WbBeginningChoice, all);
  gtk_widget_class_bind_template_child (widget_class, WbBeginningChoice, norms);
  gtk_widget_class_bind_template_child (widget_class, WbBeginningChoice, n_layers);
  gtk_widget_class_bind_template_child (widget_class, WbBeginningChoice, lower_rate);
  gtk_widget_class_bind_template_child (widget_class, WbBeginningChoice, points);
  gtk_widget_class_bind_template_child (widget_class, WbBeginningChoice, titles);
  gtk_widget_class_bind_template_callback (widget_class, on_chosen);
  gtk_widget_class_bind_template_callback (widget_class, on_rate);
  gtk_widget_class_bind_template_callback (widget_class, on_way);
  gtk_widget_class_bind_template_callback (widget_class, on_points_wanted);
}

static void
wb_beginning_choice_init (WbBeginningChoice *self)
{
  self->names = g_ptr_array_new_with_free_func (g_free);
  self->showing = TRUE; /* what the template sets nobody has chosen */
  gtk_widget_init_template (GTK_WIDGET (self));
  wb_drop_down_shorten (self->points);
  self->showing = FALSE;
}
