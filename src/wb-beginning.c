/* wb-beginning.c: what the next training begins with: a model that knows many images, or nothing; and the other ways.
 *
 *   Learns from EfficientNet-Lite0: what it makes of your 50 images is worked out once, …            Other Ways ▾
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-beginning.h"

#include <glib/gi18n.h>

#include "wb-beginning-choice.h"
#include "wb-points-window.h"
#include "wb-text.h"

struct _WbBeginning
{
  WbBeginningBar parent_instance;

  GtkWidget *others, *get;
  WbBeginningChoice *choice;
  GtkWidget *window; /* of the starting points, or NULL */
};

G_DEFINE_FINAL_TYPE (WbBeginning, wb_beginning, WB_TYPE_BEGINNING_BAR)

/* --- In a sentence --- */

/* (transfer full) */
static char *
describe_head (WbProject *project, const char *title)
{
  guint n_images = lathe_dataset_get_n_images (wb_project_get_dataset (project));
  guint n_classes = lathe_dataset_get_n_classes (wb_project_get_dataset (project));
  g_autofree char *count = wb_text_count (n_images);

  /* Translators: the name of a model, how many images, and how many classes (from two on) */
  return g_strdup_printf (ngettext ("Learns from %s: what it sees on your %s image is worked out once, and then a last "
                                    "layer for your %u classes is learned in a second.",
                                    "Learns from %s: what it sees on your %s images is worked out once, and then a "
                                    "last layer for your %u classes is learned in a second.",
                                    n_images),
                          title, count, n_classes);
}

/* (transfer full) */
static char *
describe_layers (WbProject *project, const char *title)
{
  guint n = wb_project_get_growth (project)->n_learning;

  if (n == LATHE_ALL_LAYERS)
    /* Translators: the name of a model */
    return g_strdup_printf (_ ("Learns from %s: first a last layer for your classes, and then all its layers learn on "
                               "with that, in small steps."),
                            title);
  /* Translators: the name of a model, and how many layers */
  return g_strdup_printf (ngettext ("Learns from %s: first a last layer for your classes, and then its last %u layer "
                                    "learns on with that, in small steps.",
                                    "Learns from %s: first a last layer for your classes, and then its last %u layers "
                                    "learn on with that, in small steps.",
                                    n),
                          title, n);
}

/* Nothing is there to learn from. (transfer full) (nullable): nothing needs to be said */
static char *
describe_missing (WbProject *project)
{
  const GPtrArray *points = wb_project_get_starting_points (project);
  const LathePretrained *known = points && points->len > 0 ? ((LatheStartingPoint *) points->pdata[0])->known : NULL;
  g_autofree char *size = known ? g_format_size (known->size) : NULL;

  if (!known || !wb_project_has_few_images (project))
    return NULL;
  /* Translators: the name of a model, and the size of a file */
  return g_strdup_printf (
      _ ("With few images most is learned from a network that has seen a million: %s (%s) would take "
         "seconds, and is not here yet. Start trains the network as it is drawn."),
      known->title, size);
}

static char *
say (WbProject *project)
{
  const LatheStartingPoint *point = wb_project_get_starting_point (project);
  const char *title = point ? wb_beginning_title (point) : NULL;

  if (!wb_project_get_dataset (project))
    return NULL;
  if (!point)
    return describe_missing (project);
  switch (wb_project_get_growing (project))
    {
    case LATHE_GROW_HEAD:
      return describe_head (project, title);
    case LATHE_GROW_LAYERS:
      return describe_layers (project, title);
    case LATHE_GROW_AS_SUITS:
    case LATHE_GROW_NOT:
    default:
      /* Translators: the name of a model */
      return g_strdup_printf (_ ("Trains the network as it is drawn. It could learn from %s, too."), title);
    }
}

static char *
wb_beginning_describe (WbBeginningBar *bar, WbProject *project)
{
  WbBeginning *self = WB_BEGINNING (bar);
  gboolean any = wb_project_get_starting_point (project) != NULL;

  gtk_widget_set_visible (self->others, any);
  gtk_widget_set_visible (self->get, !any);
  return say (project);
}

/* --- The starting points --- */

static void
open_points (WbBeginning *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  WbProject *project = wb_beginning_bar_get_project (WB_BEGINNING_BAR (self));

  gtk_menu_button_popdown (GTK_MENU_BUTTON (self->others));
  if (!self->window)
    g_set_weak_pointer (&self->window, wb_points_window_new (GTK_WINDOW (root), project));
  gtk_window_present (GTK_WINDOW (self->window));
}

void
wb_beginning_take (WbBeginning *self, const char *path)
{
  g_return_if_fail (WB_IS_BEGINNING (self));

  open_points (self);
  wb_points_window_take (WB_POINTS_WINDOW (self->window), path);
}

/* --- Life --- */

void
wb_beginning_set_project (WbBeginning *self, WbProject *project)
{
  g_return_if_fail (WB_IS_BEGINNING (self));

  wb_beginning_choice_set_project (self->choice, project);
  wb_beginning_bar_set_project (WB_BEGINNING_BAR (self), project);
}

static void
wb_beginning_dispose (GObject *object)
{
  g_clear_weak_pointer (&WB_BEGINNING (object)->window);
  G_OBJECT_CLASS (wb_beginning_parent_class)->dispose (object);
}

static void
wb_beginning_class_init (WbBeginningClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_beginning_dispose;
  WB_BEGINNING_BAR_CLASS (klass)->describe = wb_beginning_describe;
  g_type_ensure (WB_TYPE_BEGINNING_CHOICE);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-beginning.ui");
  gtk_widget_class_bind_template_child (widget_class, WbBeginning, others);
  gtk_widget_class_bind_template_child (widget_class, WbBeginning, get);
  gtk_widget_class_bind_template_child (widget_class, WbBeginning, choice);
  gtk_widget_class_bind_template_callback (widget_class, open_points);
}

static void
wb_beginning_init (WbBeginning *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
