/* wb-canvas-text.c: the texts of a canvas, each measured and drawn once.
 *
 * A network says few different things many times over, so that nearly all of a large one is found here.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-canvas-private.h"

static guint
hash_of (gconstpointer data)
{
  const WbText *text = data;

  return g_str_hash (text->words) ^ (guint) text->at_most * 31 ^ text->style;
}

static gboolean
is_same (gconstpointer a, gconstpointer b)
{
  const WbText *one = a, *other = b;

  return one->style == other->style && one->at_most == other->at_most && g_str_equal (one->words, other->words);
}

static void
text_free (gpointer data)
{
  WbText *text = data;

  g_clear_pointer (&text->node, gsk_render_node_unref);
  g_free (text->shortened);
  g_free (text->words);
  g_free (text);
}

GHashTable *
wb_texts_new (void)
{
  return g_hash_table_new_full (hash_of, is_same, text_free, NULL);
}

gboolean
wb_text_style_is_bold (WbTextStyle style)
{
  return style == WB_TEXT_TITLE || style == WB_TEXT_FRAME;
}

double
wb_text_style_size (WbTextStyle style)
{
  return style == WB_TEXT_FRAME ? PANGO_SCALE_SMALL : 1;
}

const char *
wb_text_style_color (WbTextStyle style, double *opacity)
{
  *opacity = style == WB_TEXT_SUMMARY ? 0.6 : style == WB_TEXT_FRAME ? 0.7 : 1;
  return style == WB_TEXT_FRAME ? "window_fg_color" : "card_fg_color";
}

static PangoAttrList *
attributes_of (WbTextStyle style)
{
  PangoAttrList *attributes = pango_attr_list_new ();

  if (wb_text_style_is_bold (style))
    pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  pango_attr_list_insert (attributes, pango_attr_scale_new (wb_text_style_size (style)));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum"));
  return attributes;
}

static GdkRGBA
color_of (WbCanvas *self, WbTextStyle style)
{
  double opacity;
  const char *name = wb_text_style_color (style, &opacity);

  return style == WB_TEXT_BUBBLE ? (GdkRGBA){1, 1, 1, 1} : wb_canvas_color (self, name, opacity);
}

/* What is seen of a line of text: where some is left out, three dots. */
static char *
read_shortened (PangoLayout *layout)
{
  const char *words = pango_layout_get_text (layout);

  for (GSList *run = pango_layout_get_line_readonly (layout, 0)->runs; run != NULL; run = run->next)
    {
      const PangoItem *item = ((const PangoGlyphItem *) run->data)->item;

      if (item->analysis.flags & PANGO_ANALYSIS_FLAG_IS_ELLIPSIS)
        return g_strdup_printf ("%.*s…%s", item->offset, words, words + item->offset + item->length);
    }
  return NULL;
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
  text->style = style;
  text->at_most = (int) at_most;
  text->words = g_strdup (words);
  text->width = width;
  text->height = height;
  text->shortened = at_most > 0 ? read_shortened (layout) : NULL;
  return text;
}

/* `at_most` > 0: its width, canvas units, from which on it is cut short. The node is NULL when there is nothing to
 * draw. */
const WbText *
wb_canvas_text (WbCanvas *self, WbTextStyle style, const char *words, double at_most)
{
  WbText asked = {.style = style, .at_most = (int) at_most, .words = (char *) words}; /* read alone */
  WbText *text = g_hash_table_lookup (self->texts, &asked);

  if (text == NULL)
    {
      text = make_text (self, style, words, at_most);
      g_hash_table_add (self->texts, text);
    }
  return text;
}
