/* wb-choice-list.c: things to choose from, each with a sentence about it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-choice-list.h"

#include <adwaita.h>
#include <glib/gi18n.h>

struct _WbChoiceList
{
  GtkBox parent_instance;
  GtkWidget *search;
  GtkWidget *list;
  gboolean draggable;
};

enum
{
  PROP_0,
  PROP_DRAGGABLE,
  N_PROPERTIES
};

enum
{
  CHOSEN,
  REMOVED,
  STOPPED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPERTIES];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WbChoiceList, wb_choice_list, GTK_TYPE_BOX)

typedef char WbChoice;

G_DEFINE_BOXED_TYPE (WbChoice, wb_choice, g_strdup, g_free)

static const char *
row_text (GtkListBoxRow *row, const char *key)
{
  return g_object_get_data (G_OBJECT (row), key);
}

static gboolean
matches (GtkListBoxRow *row, gpointer data)
{
  WbChoiceList *self = data;
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
on_search_changed (GtkSearchEntry *entry, WbChoiceList *self)
{
  gtk_list_box_invalidate_filter (GTK_LIST_BOX (self->list));
}

static void
on_row_activated (GtkListBox *list, GtkListBoxRow *row, WbChoiceList *self)
{
  g_autofree char *id = g_strdup (row_text (row, "id"));

  g_signal_emit (self, signals[CHOSEN], 0, id);
}

static gboolean
can_be_chosen (GtkWidget *row)
{
  return GTK_IS_LIST_BOX_ROW (row) && gtk_widget_get_child_visible (row) &&
         gtk_list_box_row_get_activatable (GTK_LIST_BOX_ROW (row));
}

/* Enter in the search takes the first choice that is left. */
static void
on_search_activate (GtkSearchEntry *entry, WbChoiceList *self)
{
  GtkWidget *row = gtk_widget_get_first_child (self->list);

  gtk_list_box_invalidate_filter (GTK_LIST_BOX (self->list));
  while (row != NULL && !can_be_chosen (row))
    row = gtk_widget_get_next_sibling (row);
  if (row != NULL)
    on_row_activated (GTK_LIST_BOX (self->list), GTK_LIST_BOX_ROW (row), self);
}

static void
on_search_stopped (GtkSearchEntry *entry, WbChoiceList *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  g_signal_emit (self, signals[STOPPED], 0);
}

static GdkContentProvider *
on_drag_prepare (GtkDragSource *source, double x, double y, WbChoiceList *self)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_y (GTK_LIST_BOX (self->list), (int) y);
  g_autoptr (GdkPaintable) icon = NULL;

  if (!self->draggable || row == NULL || !gtk_list_box_row_get_activatable (row))
    return NULL;
  icon = gtk_widget_paintable_new (GTK_WIDGET (row));
  gtk_drag_source_set_icon (source, icon, 24, 24);
  return gdk_content_provider_new_typed (WB_TYPE_CHOICE, row_text (row, "id"));
}

static void
wb_choice_list_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  WbChoiceList *self = WB_CHOICE_LIST (object);

  if (id == PROP_DRAGGABLE)
    g_value_set_boolean (value, self->draggable);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wb_choice_list_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  WbChoiceList *self = WB_CHOICE_LIST (object);

  if (id == PROP_DRAGGABLE)
    self->draggable = g_value_get_boolean (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wb_choice_list_class_init (WbChoiceListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = wb_choice_list_get_property;
  object_class->set_property = wb_choice_list_set_property;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-choice-list.ui");
  gtk_widget_class_bind_template_child (widget_class, WbChoiceList, search);
  gtk_widget_class_bind_template_child (widget_class, WbChoiceList, list);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_search_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_search_stopped);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_drag_prepare);
  properties[PROP_DRAGGABLE] = g_param_spec_boolean ("draggable", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  signals[CHOSEN] = g_signal_new ("chosen", WB_TYPE_CHOICE_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                  G_TYPE_STRING);
  signals[REMOVED] = g_signal_new ("removed", WB_TYPE_CHOICE_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                   1, G_TYPE_STRING);
  signals[STOPPED] =
      g_signal_new ("stopped", WB_TYPE_CHOICE_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wb_choice_list_init (WbChoiceList *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_set_filter_func (GTK_LIST_BOX (self->list), matches, self, NULL);
  gtk_list_box_set_header_func (GTK_LIST_BOX (self->list), update_header, NULL, NULL);
}

static GtkWidget *
add_row (WbChoiceList *self, const char *group, const char *id, const char *title, const char *help)
{
  /* Markup is refused first, so that nothing is read as such. */
  GtkWidget *row = g_object_new (ADW_TYPE_ACTION_ROW, "use-markup", FALSE, "title", title, "subtitle", help,
                                 "activatable", TRUE, NULL);

  g_object_set_data_full (G_OBJECT (row), "group", g_strdup (group), g_free);
  g_object_set_data_full (G_OBJECT (row), "id", g_strdup (id), g_free);
  g_object_set_data_full (G_OBJECT (row), "title", g_strdup (title), g_free);
  g_object_set_data_full (G_OBJECT (row), "help", g_strdup (help), g_free);
  gtk_list_box_append (GTK_LIST_BOX (self->list), row);
  return row;
}

void
wb_choice_list_add (WbChoiceList *self, const char *group, const char *id, const char *title, const char *help)
{
  g_return_if_fail (WB_IS_CHOICE_LIST (self));

  add_row (self, group, id, title, help);
}

static void
on_remove_clicked (GtkWidget *button, WbChoiceList *self)
{
  GtkListBoxRow *row = GTK_LIST_BOX_ROW (gtk_widget_get_ancestor (button, GTK_TYPE_LIST_BOX_ROW));
  g_autofree char *id = g_strdup (row_text (row, "id"));

  g_signal_emit (self, signals[REMOVED], 0, id);
}

void
wb_choice_list_add_own (WbChoiceList *self, const char *group, const char *id, const char *title, const char *help,
                        gboolean usable)
{
  g_autofree char *label = g_strdup_printf (_ ("Remove “%s”"), title);
  GtkWidget *row, *remove;

  g_return_if_fail (WB_IS_CHOICE_LIST (self));

  row = add_row (self, group, id, title, help);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), usable);
  if (!usable)
    gtk_widget_add_css_class (row, "broken");
  remove = g_object_new (GTK_TYPE_BUTTON, "icon-name", "user-trash-symbolic", "valign", GTK_ALIGN_CENTER,
                         "tooltip-text", label, NULL);
  gtk_widget_add_css_class (remove, "flat");
  gtk_accessible_update_property (GTK_ACCESSIBLE (remove), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect_object (remove, "clicked", G_CALLBACK (on_remove_clicked), self, 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), remove);
}

/* A focus that goes with its row would come back on another, and scroll there. */
static void
save_focus (WbChoiceList *self, GtkWidget *row)
{
  GtkRoot *root = gtk_widget_get_root (row);
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  if (focus != NULL && (focus == row || gtk_widget_is_ancestor (focus, row)))
    gtk_widget_grab_focus (self->search);
}

void
wb_choice_list_remove_group (WbChoiceList *self, const char *group)
{
  GtkWidget *row, *next;

  g_return_if_fail (WB_IS_CHOICE_LIST (self));

  for (row = gtk_widget_get_first_child (self->list); row != NULL; row = next)
    {
      next = gtk_widget_get_next_sibling (row);
      if (!GTK_IS_LIST_BOX_ROW (row) || g_strcmp0 (row_text (GTK_LIST_BOX_ROW (row), "group"), group) != 0)
        continue;
      save_focus (self, row);
      gtk_list_box_remove (GTK_LIST_BOX (self->list), row);
    }
}

gboolean
wb_choice_list_is_empty (WbChoiceList *self)
{
  g_return_val_if_fail (WB_IS_CHOICE_LIST (self), TRUE);

  return gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->list), 0) == NULL;
}

void
wb_choice_list_begin (WbChoiceList *self, const char *typed)
{
  g_return_if_fail (WB_IS_CHOICE_LIST (self));

  gtk_editable_set_text (GTK_EDITABLE (self->search), typed);
  gtk_list_box_invalidate_filter (GTK_LIST_BOX (self->list));
  gtk_widget_grab_focus (self->search);
  gtk_editable_set_position (GTK_EDITABLE (self->search), -1);
}
