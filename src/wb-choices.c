/* wb-choices.c: a popover with things to choose from, each with a sentence about it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-choices.h"

#include <adwaita.h>

struct _WbChoices
{
  GtkPopover parent_instance;
  GtkWidget *search;
  GtkWidget *list;
};

enum
{
  PROP_0,
  PROP_SEARCHABLE,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];
static guint chosen_signal;

G_DEFINE_TYPE (WbChoices, wb_choices, GTK_TYPE_POPOVER)

static const char *
row_text (GtkListBoxRow *row, const char *key)
{
  return g_object_get_data (G_OBJECT (row), key);
}

static gboolean
matches (GtkListBoxRow *row, gpointer data)
{
  WbChoices *self = data;
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->search));
  const char *keys[] = {"group", "id", "title", "help"};

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (row_text (row, keys[i]) != NULL && g_str_match_string (text, row_text (row, keys[i]), TRUE))
      return TRUE;
  return *text == '\0';
}

static void
update_header (GtkListBoxRow *row, GtkListBoxRow *before, gpointer data)
{
  const char *group = row_text (row, "group");
  GtkWidget *header;

  if (group == NULL || (before != NULL && g_strcmp0 (group, row_text (before, "group")) == 0))
    {
      gtk_list_box_row_set_header (row, NULL);
      return;
    }
  header = g_object_new (GTK_TYPE_LABEL, "label", group, "xalign", 0.0, "margin-top", 9, "margin-bottom", 3,
                         "margin-start", 12, NULL);
  gtk_widget_add_css_class (header, "caption-heading");
  gtk_widget_add_css_class (header, "dim-label");
  gtk_list_box_row_set_header (row, header);
}

static void
on_search_changed (GtkSearchEntry *entry, WbChoices *self)
{
  gtk_list_box_invalidate_filter (GTK_LIST_BOX (self->list));
}

static void
on_row_activated (GtkListBox *list, GtkListBoxRow *row, WbChoices *self)
{
  g_autofree char *id = g_strdup (row_text (row, "id"));

  gtk_popover_popdown (GTK_POPOVER (self));
  g_signal_emit (self, chosen_signal, 0, id);
}

/* Enter in the search takes the first choice that is left. */
static void
on_search_activate (GtkSearchEntry *entry, WbChoices *self)
{
  GtkWidget *row = gtk_widget_get_first_child (self->list);

  while (row != NULL && !(GTK_IS_LIST_BOX_ROW (row) && gtk_widget_get_child_visible (row)))
    row = gtk_widget_get_next_sibling (row);
  if (row != NULL)
    on_row_activated (GTK_LIST_BOX (self->list), GTK_LIST_BOX_ROW (row), self);
}

static void
wb_choices_show (GtkWidget *widget)
{
  WbChoices *self = WB_CHOICES (widget);

  gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  GTK_WIDGET_CLASS (wb_choices_parent_class)->show (widget);
  gtk_widget_grab_focus (gtk_widget_get_visible (self->search) ? self->search : self->list);
}

static void
wb_choices_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_SEARCHABLE)
    g_value_set_boolean (value, gtk_widget_get_visible (WB_CHOICES (object)->search));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wb_choices_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_SEARCHABLE)
    gtk_widget_set_visible (WB_CHOICES (object)->search, g_value_get_boolean (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wb_choices_class_init (WbChoicesClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = wb_choices_get_property;
  object_class->set_property = wb_choices_set_property;
  widget_class->show = wb_choices_show;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-choices.ui");
  gtk_widget_class_bind_template_child (widget_class, WbChoices, search);
  gtk_widget_class_bind_template_child (widget_class, WbChoices, list);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_search_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
  gtk_widget_class_bind_template_callback (widget_class, gtk_popover_popdown);
  properties[PROP_SEARCHABLE] =
      g_param_spec_boolean ("searchable", NULL, NULL, TRUE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  chosen_signal =
      g_signal_new ("chosen", WB_TYPE_CHOICES, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
wb_choices_init (WbChoices *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_set_filter_func (GTK_LIST_BOX (self->list), matches, self, NULL);
  gtk_list_box_set_header_func (GTK_LIST_BOX (self->list), update_header, NULL, NULL);
}

void
wb_choices_add (WbChoices *self, const char *group, const char *id, const char *title, const char *help)
{
  GtkWidget *row;

  g_return_if_fail (WB_IS_CHOICES (self));

  row = g_object_new (ADW_TYPE_ACTION_ROW, "title", title, "subtitle", help, "use-markup", FALSE, "activatable", TRUE,
                      NULL);
  g_object_set_data_full (G_OBJECT (row), "group", g_strdup (group), g_free);
  g_object_set_data_full (G_OBJECT (row), "id", g_strdup (id), g_free);
  g_object_set_data_full (G_OBJECT (row), "title", g_strdup (title), g_free);
  g_object_set_data_full (G_OBJECT (row), "help", g_strdup (help), g_free);
  gtk_list_box_append (GTK_LIST_BOX (self->list), row);
}
