/* wb-inspector.c: what can be set on one layer, and what comes of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-inspector.h"

#include <glib/gi18n.h>

#include "wb-formula.h"
#include "wb-layer-picture.h"
#include "wb-property-row.h"
#include "wb-text.h"

struct _WbInspector
{
  AdwBin parent_instance;
  GtkWidget *title, *help, *close, *rows, *nothing, *shape, *parameters, *cost, *learned, *keep, *picture, *formula;
  const LatheLayerKind *kind;       /* that the rows are for */
  gboolean showing;                 /* rather than being set by hand */
  LatheWindowPart pointed, focused; /* what the rows under the pointer and with the focus set */
};

enum
{
  PROP_0,
  PROP_CLOSABLE,
  N_PROPERTIES
};

enum
{
  CHANGED,
  KEPT,
  CLOSE,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPERTIES];
static guint signals[N_SIGNALS];

G_DEFINE_TYPE (WbInspector, wb_inspector, ADW_TYPE_BIN)

static void
on_row_changed (WbPropertyRow *row, double value, WbInspector *self)
{
  g_signal_emit (self, signals[CHANGED], 0, wb_property_row_get_described (row)->name, value);
}

static void
on_close_clicked (WbInspector *self)
{
  g_signal_emit (self, signals[CLOSE], 0);
}

/* --- What is being set, in the picture --- */

static LatheWindowPart
part_of (GtkEventController *controller)
{
  return wb_property_row_get_described (WB_PROPERTY_ROW (gtk_event_controller_get_widget (controller)))->part;
}

static void
show_part (WbInspector *self)
{
  wb_layer_picture_accent (WB_LAYER_PICTURE (self->picture), self->pointed ? self->pointed : self->focused);
}

static void
on_row_entered (WbInspector *self, double x, double y, GtkEventController *controller)
{
  self->pointed = part_of (controller);
  show_part (self);
}

static void
on_row_left (WbInspector *self)
{
  self->pointed = LATHE_PART_NONE;
  show_part (self);
}

static void
on_row_focused (WbInspector *self, GtkEventController *controller)
{
  self->focused = part_of (controller);
  show_part (self);
}

static void
on_row_unfocused (WbInspector *self)
{
  self->focused = LATHE_PART_NONE;
  show_part (self);
}

static void
watch_row (WbInspector *self, GtkWidget *row)
{
  GtkEventController *motion = gtk_event_controller_motion_new (), *focus = gtk_event_controller_focus_new ();

  g_signal_connect_swapped (motion, "enter", G_CALLBACK (on_row_entered), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (on_row_left), self);
  gtk_widget_add_controller (row, motion);
  g_signal_connect_swapped (focus, "enter", G_CALLBACK (on_row_focused), self);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (on_row_unfocused), self);
  gtk_widget_add_controller (row, focus);
}

/* --- What is shown --- */

static void
make_rows (WbInspector *self, const LatheLayerKind *kind)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->rows)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->rows), child);
  for (guint i = 0; i < kind->n_properties; i++)
    {
      GtkWidget *row = wb_property_row_new (&kind->properties[i]);

      g_signal_connect (row, "changed", G_CALLBACK (on_row_changed), self);
      watch_row (self, row);
      gtk_list_box_append (GTK_LIST_BOX (self->rows), row);
    }
  self->pointed = self->focused = LATHE_PART_NONE;
  show_part (self);
  gtk_widget_set_visible (self->rows, kind->n_properties > 0);
  gtk_widget_set_visible (self->nothing, kind->n_properties == 0);
  gtk_label_set_text (GTK_LABEL (self->title), _ (kind->title));
  gtk_label_set_text (GTK_LABEL (self->help), _ (kind->help));
  self->kind = kind;
}

static void
show_outcome (WbInspector *self, const LatheNodeReport *report, double share)
{
  g_autofree char *shape = report->output.rank > 0 ? wb_text_shape (&report->output) : g_strdup ("–");
  g_autofree char *parameters = wb_text_count (report->parameters);
  g_autofree char *cost = wb_text_short (report->multiply_adds);
  g_autofree char *percent = wb_text_percent (share);
  g_autofree char *cost_and_share = g_strdup_printf ("%s · %s", cost, percent);

  gtk_label_set_text (GTK_LABEL (self->shape), shape);
  gtk_label_set_text (GTK_LABEL (self->parameters), parameters);
  gtk_label_set_text (GTK_LABEL (self->cost), report->multiply_adds > 0 ? cost_and_share : "0");
}

void
wb_inspector_show (WbInspector *self, const LatheNode *node, const LatheNodeReport *report, double share)
{
  GtkWidget *row;

  g_return_if_fail (WB_IS_INSPECTOR (self));

  gtk_widget_set_visible (GTK_WIDGET (self), node != NULL);
  if (node == NULL)
    return;
  if (node->kind != self->kind)
    make_rows (self, node->kind);
  row = gtk_widget_get_first_child (self->rows);
  for (guint i = 0; i < node->kind->n_properties; i++, row = gtk_widget_get_next_sibling (row))
    wb_property_row_set_value (WB_PROPERTY_ROW (row), node->properties.value[i]);
  show_outcome (self, report, share);
  wb_layer_picture_show (WB_LAYER_PICTURE (self->picture), node, report);
}

void
wb_inspector_show_formula (WbInspector *self, const LatheGraph *graph, const LatheGraphReport *report, guint node)
{
  g_return_if_fail (WB_IS_INSPECTOR (self));

  wb_formula_show (WB_FORMULA (self->formula), _ ("Formula"), graph, report, node);
}

static void
on_keep_changed (WbInspector *self)
{
  if (!self->showing)
    g_signal_emit (self, signals[KEPT], 0, gtk_switch_get_active (GTK_SWITCH (self->keep)));
}

void
wb_inspector_show_learned (WbInspector *self, gboolean possible, gboolean kept)
{
  g_return_if_fail (WB_IS_INSPECTOR (self));

  self->showing = TRUE;
  gtk_widget_set_visible (self->learned, possible);
  gtk_switch_set_active (GTK_SWITCH (self->keep), kept);
  self->showing = FALSE;
}

static void
wb_inspector_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CLOSABLE)
    g_value_set_boolean (value, gtk_widget_get_visible (WB_INSPECTOR (object)->close));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wb_inspector_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CLOSABLE)
    gtk_widget_set_visible (WB_INSPECTOR (object)->close, g_value_get_boolean (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wb_inspector_class_init (WbInspectorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = wb_inspector_get_property;
  object_class->set_property = wb_inspector_set_property;
  properties[PROP_CLOSABLE] =
      g_param_spec_boolean ("closable", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  signals[CHANGED] = g_signal_new ("changed", WB_TYPE_INSPECTOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                   G_TYPE_STRING, G_TYPE_DOUBLE);
  signals[KEPT] =
      g_signal_new ("kept", WB_TYPE_INSPECTOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
  signals[CLOSE] = g_signal_new ("close", WB_TYPE_INSPECTOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  g_type_ensure (WB_TYPE_FORMULA);
  g_type_ensure (WB_TYPE_LAYER_PICTURE);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-inspector.ui");
  gtk_widget_class_bind_template_child (widget_class, WbInspector, title);
  gtk_widget_class_bind_template_child (widget_class, WbInspector, help);
  gtk_widget_class_bind_template_child (widget_class, WbInspector, close);
  gtk_widget_class_bind_template_child (widget_class, WbInspector, rows);
  gtk_widget_class_bind_template_child (widget_class, WbInspector, nothing);
  gtk_widget_class_bind_template_child (widget_class, WbInspector, shape);
  gtk_widget_class_bind_template_child (widget_class, WbInspector, parameters);
  gtk_widget_class_bind_template_child (widget_class, WbInspector, cost);
  gtk_widget_class_bind_template_child (widget_class, WbInspector, learned);
  gtk_widget_class_bind_template_child (widget_class, WbInspector, keep);
  gtk_widget_class_bind_template_child (widget_class, WbInspector, picture);
  gtk_widget_class_bind_template_child (widget_class, WbInspector, formula);
  gtk_widget_class_bind_template_callback (widget_class, on_close_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_keep_changed);
}

static void
wb_inspector_init (WbInspector *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
