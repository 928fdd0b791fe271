/* wb-miniature-view.c: shows the small drawing of a network, in the theme's colours.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-miniature-view.h"

#define HEIGHT 44
#define LARGEST 0.42 /* pixels that a canvas unit has at most: a small network is a small drawing */
#define THINNEST 1.5 /* pixels, of a box */

struct _WbMiniatureView
{
  GtkWidget parent_instance;
  WbMiniature *miniature;
};

G_DEFINE_FINAL_TYPE (WbMiniatureView, wb_miniature_view, GTK_TYPE_WIDGET)

/* Deep networks are pressed together, each way as far as it needs to be. */
static graphene_rect_t
place_of (const WbMiniature *miniature, WbBox box, double width, double height, double thinnest, gboolean mirrored)
{
  double across = MIN (width, miniature->width * LARGEST), down = MIN (height, miniature->height * LARGEST);
  double x = box.x * across, w = MAX (box.width * across, thinnest);

  return GRAPHENE_RECT_INIT ((float) (mirrored ? width - x - w : x), (float) ((height - down) / 2 + box.y * down),
                             (float) w, (float) MAX (box.height * down, thinnest));
}

static void
wb_miniature_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  const WbMiniature *miniature = WB_MINIATURE_VIEW (widget)->miniature;
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  double width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  GdkRGBA text, accent = {0, 0, 1, 1}, line, color;

  if (!miniature)
    return;
  gtk_style_context_get_color (style, &text);
  gtk_style_context_lookup_color (style, "accent_color", &accent);
  line = text;
  line.alpha *= 0.3f;
  for (guint i = 0; i < miniature->lines->len; i++)
    {
      graphene_rect_t place =
          place_of (miniature, g_array_index (miniature->lines, WbBox, i), width, height, 1, mirrored);

      gtk_snapshot_append_color (snapshot, &line, &place);
    }
  for (guint i = 0; i < miniature->boxes->len; i++)
    {
      static const float shares[] = {0.45f, 1, 0.8f, 0.45f};
      const WbMiniatureBox *box = &g_array_index (miniature->boxes, WbMiniatureBox, i);
      graphene_rect_t place = place_of (miniature, box->box, width, height, THINNEST, mirrored);

      color = box->kind == WB_MINIATURE_CONVOLUTION ? accent : text;
      color.alpha *= shares[box->kind];
      gtk_snapshot_append_color (snapshot, &color, &place);
    }
}

static void
wb_miniature_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                           int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? HEIGHT : 0;
}

static void
wb_miniature_view_dispose (GObject *object)
{
  g_clear_pointer (&WB_MINIATURE_VIEW (object)->miniature, wb_miniature_unref);
  G_OBJECT_CLASS (wb_miniature_view_parent_class)->dispose (object);
}

static void
wb_miniature_view_class_init (WbMiniatureViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_miniature_view_dispose;
  widget_class->snapshot = wb_miniature_view_snapshot;
  widget_class->measure = wb_miniature_view_measure;
  gtk_widget_class_set_css_name (widget_class, "miniature");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
wb_miniature_view_init (WbMiniatureView *self)
{
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

void
wb_miniature_view_show (WbMiniatureView *self, WbMiniature *miniature)
{
  g_return_if_fail (WB_IS_MINIATURE_VIEW (self));

  g_clear_pointer (&self->miniature, wb_miniature_unref);
  self->miniature = wb_miniature_ref (miniature);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
