/* wb-ring.c: an icon with a ring of progress around it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-ring.h"

#define SIZE 24
#define LINE_WIDTH 2.0

struct _WbRing
{
  GtkWidget parent_instance;

  GtkWidget *image;
  double fraction;
};

G_DEFINE_FINAL_TYPE (WbRing, wb_ring, GTK_TYPE_WIDGET)

enum
{
  PROP_ICON_NAME = 1,
  PROP_FRACTION,
  N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];

static void
wb_ring_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WbRing *self = WB_RING (widget);
  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);

  GTK_WIDGET_CLASS (wb_ring_parent_class)->snapshot (widget, snapshot);

  if (self->fraction >= 0)
    {
      cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
      double radius = (MIN (width, height) - LINE_WIDTH) / 2;
      GdkRGBA color;

      gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
      cairo_set_line_width (cr, LINE_WIDTH);
      cairo_set_source_rgba (cr, color.red, color.green, color.blue, color.alpha * 0.2);
      cairo_arc (cr, width / 2.0, height / 2.0, radius, 0, 2 * G_PI);
      cairo_stroke (cr);
      gdk_cairo_set_source_rgba (cr, &color);
      cairo_arc (cr, width / 2.0, height / 2.0, radius, -G_PI_2, -G_PI_2 + 2 * G_PI * self->fraction);
      cairo_stroke (cr);
      cairo_destroy (cr);
    }
}

void
wb_ring_set_icon_name (WbRing *self, const char *icon_name)
{
  g_return_if_fail (WB_IS_RING (self));

  if (g_strcmp0 (gtk_image_get_icon_name (GTK_IMAGE (self->image)), icon_name) == 0)
    return;
  gtk_image_set_from_icon_name (GTK_IMAGE (self->image), icon_name);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ICON_NAME]);
}

void
wb_ring_set_fraction (WbRing *self, double fraction)
{
  g_return_if_fail (WB_IS_RING (self));

  /* Half a percent moves the end of the ring by a third of a pixel. */
  if (ABS (self->fraction - fraction) < 0.005 && (self->fraction < 0) == (fraction < 0))
    return;
  self->fraction = fraction;
  gtk_image_set_pixel_size (GTK_IMAGE (self->image), fraction < 0 ? 16 : 12);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FRACTION]);
}

static void
wb_ring_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  WbRing *self = WB_RING (object);

  switch (property_id)
    {
    case PROP_ICON_NAME:
      g_value_set_string (value, gtk_image_get_icon_name (GTK_IMAGE (self->image)));
      break;
    case PROP_FRACTION:
      g_value_set_double (value, self->fraction);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
wb_ring_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  WbRing *self = WB_RING (object);

  switch (property_id)
    {
    case PROP_ICON_NAME:
      wb_ring_set_icon_name (self, g_value_get_string (value));
      break;
    case PROP_FRACTION:
      wb_ring_set_fraction (self, g_value_get_double (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
wb_ring_dispose (GObject *object)
{
  WbRing *self = WB_RING (object);

  g_clear_pointer (&self->image, gtk_widget_unparent);
  G_OBJECT_CLASS (wb_ring_parent_class)->dispose (object);
}

static void
wb_ring_class_init (WbRingClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = wb_ring_dispose;
  object_class->get_property = wb_ring_get_property;
  object_class->set_property = wb_ring_set_property;
  widget_class->snapshot = wb_ring_snapshot;

  properties[PROP_ICON_NAME] = g_param_spec_string ("icon-name", NULL, NULL, NULL, flags);
  properties[PROP_FRACTION] = g_param_spec_double ("fraction", NULL, NULL, -1, 1, -1, flags);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
wb_ring_init (WbRing *self)
{
  self->fraction = -1;
  self->image = gtk_image_new ();
  gtk_widget_set_parent (self->image, GTK_WIDGET (self));
  gtk_widget_set_size_request (GTK_WIDGET (self), SIZE, SIZE);
}

GtkWidget *
wb_ring_new (void)
{
  return g_object_new (WB_TYPE_RING, NULL);
}
