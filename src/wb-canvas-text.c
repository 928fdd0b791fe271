/* wb-canvas-text.c: the texts of a canvas, each measured and drawn once.
 *
 * A network says few different things many times over, so that nearly all of a large one is found here.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-canvas-private.h"

void
wb_text_free (gpointer data)
{
  WbText *text = data;

  g_clear_pointer (&text->node, gsk_render_node_unref);
  g_free (text);
}

static PangoAttrList *
attributes_of (WbTextStyle style)
{
  PangoAttrList *attributes = pango_attr_list_new ();

  if (style == WB_TEXT_TITLE)
    pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  else if (style == WB_TEXT_FRAME)
    {
      pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
      pango_attr_list_insert (attributes, pango_attr_scale_new (PANGO_SCALE_SMALL));
    }
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum"));
  return attributes;
}

static GdkRGBA
color_of (WbCanvas *self, WbTextStyle style)
{
  switch (style)
    {
    case WB_TEXT_SUMMARY:
      return wb_canvas_color (self, "card_fg_color", 0.6);
    case WB_TEXT_FRAME:
      return wb_canvas_color (self, "window_fg_color", 0.7);
    case WB_TEXT_BUBBLE:
      return (GdkRGBA){1, 1, 1, 1};
    default:
      return wb_canvas_color (self, "card_fg_color", 1);
    }
}

static WbText *
make_text (WbCanvas *self, WbTextStyle style, const char *words, double at_most)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), words);
  g_autoptr (PangoAttrList) attributes = attributes_of (style);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  WbText *text = g_new0 (WbText, 1);
  GdkRGBA color = color_of (self, style);
  int width, height;

  pango_layout_set_attributes (layout, attributes);
  if (at_most > 0)
    {
      pango_layout_set_width (layout, (int) (at_most * PANGO_SCALE));
      pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
    }
  pango_layout_get_pixel_size (layout, &width, &height);
  gtk_snapshot_append_layout (snapshot, layout, &color);
  text->node = gtk_snapshot_free_to_node (snapshot);
  text->width = width;
  text->height = height;
  return text;
}

/* `at_most` > 0: its width, canvas units, from which on it is cut short. The node is NULL when there is nothing to
 * draw. */
const WbText *
wb_canvas_text (WbCanvas *self, WbTextStyle style, const char *words, double at_most)
{
  g_autofree char *key = g_strdup_printf ("%d %d %s", style, (int) at_most, words);
  WbText *text = g_hash_table_lookup (self->texts, key);

  if (text == NULL)
    {
      text = make_text (self, style, words, at_most);
      g_hash_table_insert (self->texts, g_steal_pointer (&key), text);
    }
  return text;
}
