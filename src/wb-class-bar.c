/* wb-class-bar.c: a class: its name, how many images it has, and a bar of them.
 *
 *   cats                     2,000
 *   ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▒▒▒▒▒░░
 *
 * The bars of all classes are of one scale. A bar's pieces are the sides of the split.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-class-bar.h"

#include <glib/gi18n.h>

#include "wb-text.h"

#define THICKNESS 6
#define GAP 1.0   /* between two pieces */
#define LEAST 3.0 /* what there is at all can be seen */

struct _WbClassBar
{
  GtkWidget parent_instance;

  GtkWidget *line, *bar;
  GtkLabel *name, *total;
  guint counts[LATHE_N_SPLITS];
  guint most;
};

G_DEFINE_FINAL_TYPE (WbClassBar, wb_class_bar, GTK_TYPE_WIDGET)

static guint
total_of (WbClassBar *self)
{
  return self->counts[LATHE_SPLIT_TRAIN] + self->counts[LATHE_SPLIT_VALIDATION] + self->counts[LATHE_SPLIT_TEST];
}

static void
clip_round (cairo_t *cr, double x, double width, double height)
{
  double radius = MIN (height, width) / 2;

  cairo_arc (cr, x + radius, height / 2, radius, G_PI_2, 3 * G_PI_2);
  cairo_arc (cr, x + width - radius, height / 2, radius, -G_PI_2, G_PI_2);
  cairo_close_path (cr);
  cairo_clip (cr);
}

static void
draw_bar (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  static const char *const colors[LATHE_N_SPLITS] = {"split_training", "split_validation", "split_test"};
  WbClassBar *self = WB_CLASS_BAR (data);
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (area));
  gboolean from_right = gtk_widget_get_direction (GTK_WIDGET (area)) == GTK_TEXT_DIR_RTL;
  double total = total_of (self), length, x;

  if (total == 0 || self->most == 0)
    return;
  length = MAX (width * total / self->most, LEAST);
  if (from_right)
    {
      cairo_translate (cr, width, 0);
      cairo_scale (cr, -1, 1);
    }
  clip_round (cr, 0, length, height);
  x = 0;
  for (guint side = 0; side < LATHE_N_SPLITS; side++)
    {
      double share = self->counts[side] / total * length;
      GdkRGBA color;

      if (share > 0 && gtk_style_context_lookup_color (style, colors[side], &color))
        {
          gdk_cairo_set_source_rgba (cr, &color);
          cairo_rectangle (cr, x, 0, MAX (share - GAP, LEAST), height);
          cairo_fill (cr);
        }
      x += share;
    }
}

char *
wb_class_bar_describe (WbClassBar *self)
{
  g_autofree char *total = wb_text_count (total_of (self));
  g_autofree char *training = wb_text_count (self->counts[LATHE_SPLIT_TRAIN]);
  g_autofree char *validation = wb_text_count (self->counts[LATHE_SPLIT_VALIDATION]);
  g_autofree char *test = wb_text_count (self->counts[LATHE_SPLIT_TEST]);

  g_return_val_if_fail (WB_IS_CLASS_BAR (self), NULL);

  /* Translators: a class, and how its images are divided: “cats, 2,000 images: 1,400 training, 400 validation, 200
   * test” */
  return g_strdup_printf (ngettext ("%s, %s image: %s training, %s validation, %s test",
                                    "%s, %s images: %s training, %s validation, %s test", total_of (self)),
                          gtk_label_get_label (self->name), total, training, validation, test);
}

void
wb_class_bar_set (WbClassBar *self, const char *name, const guint counts[LATHE_N_SPLITS], guint most)
{
  g_autofree char *total = NULL;

  g_return_if_fail (WB_IS_CLASS_BAR (self));

  for (guint side = 0; side < LATHE_N_SPLITS; side++)
    self->counts[side] = counts[side];
  self->most = most;
  gtk_label_set_label (self->name, name);
  total = wb_text_count (total_of (self));
  gtk_label_set_label (self->total, total);
  gtk_widget_set_visible (self->bar, most > 0);
  gtk_widget_set_vexpand (self->line, most == 0); /* alone it is in the middle */
  gtk_widget_queue_draw (self->bar);
}

/* It is put together when it is asked for: to set it takes GTK long, and a split changes that of every class. */
static gboolean
wb_class_bar_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  g_autofree char *text = wb_class_bar_describe (WB_CLASS_BAR (widget));

  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

static void
wb_class_bar_dispose (GObject *object)
{
  WbClassBar *self = WB_CLASS_BAR (object);

  g_clear_pointer (&self->line, gtk_widget_unparent);
  g_clear_pointer (&self->bar, gtk_widget_unparent);
  G_OBJECT_CLASS (wb_class_bar_parent_class)->dispose (object);
}

static void
wb_class_bar_class_init (WbClassBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_class_bar_dispose;
  widget_class->query_tooltip = wb_class_bar_query_tooltip;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "classbar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
wb_class_bar_init (WbClassBar *self)
{
  GtkBoxLayout *layout = GTK_BOX_LAYOUT (gtk_widget_get_layout_manager (GTK_WIDGET (self)));

  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (layout), GTK_ORIENTATION_VERTICAL);
  gtk_box_layout_set_spacing (layout, 3);
  self->line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  self->name = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "hexpand", TRUE, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
  self->total = GTK_LABEL (gtk_label_new (NULL));
  gtk_widget_add_css_class (GTK_WIDGET (self->total), "dim-label");
  gtk_widget_add_css_class (GTK_WIDGET (self->total), "tabular");
  gtk_box_append (GTK_BOX (self->line), GTK_WIDGET (self->name));
  gtk_box_append (GTK_BOX (self->line), GTK_WIDGET (self->total));
  gtk_widget_set_parent (self->line, GTK_WIDGET (self));
  self->bar = g_object_new (GTK_TYPE_DRAWING_AREA, "content-height", THICKNESS, "accessible-role",
                            GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (self->bar), draw_bar, self, NULL);
  gtk_widget_set_parent (self->bar, GTK_WIDGET (self));
}

GtkWidget *
wb_class_bar_new (void)
{
  return g_object_new (WB_TYPE_CLASS_BAR, NULL);
}
