/* wb-canvas-draw.c: the drawing of a network.
 *
 * Each card and each edge becomes a render node of its own when it is first seen, at the detail that it is seen in;
 * after that, scrolling and zooming only put the nodes together. Lines are made of rectangles and of quarters of
 * rounded borders, which the renderer draws at any zoom without a texture.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-canvas-private.h"

#include <math.h>

#define RADIUS 10
#define PADDING 12
#define STRIPE 3        /* how thick the share of the cost is */
#define TITLE_SCALE 1.6 /* of titles that are seen from afar */
#define PITCH 24        /* of the dots behind everything */
#define BEND 9          /* radius of an edge's corners */
#define ARROW_WIDTH 9
#define ARROW_LENGTH 8
#define PORT 4.5

GdkRGBA
wb_canvas_color (WbCanvas *self, const char *name, double opacity)
{
  GdkRGBA color = {0.5f, 0.5f, 0.5f, 1};

  gtk_style_context_lookup_color (gtk_widget_get_style_context (GTK_WIDGET (self)), name, &color);
  color.alpha *= (float) opacity;
  return color;
}

WbDetail
wb_canvas_get_detail (WbCanvas *self)
{
  if (self->view.zoom >= 0.55)
    return WB_DETAIL_FULL;
  return self->view.zoom >= 0.22 ? WB_DETAIL_TITLES : WB_DETAIL_BOXES;
}

/* In canvas units: seen from afar, a line has to be thicker to be seen at all. */
double
wb_canvas_line_width (WbDetail detail)
{
  static const double widths[] = {1.5, 3, 7};

  return widths[detail];
}

static gboolean
overlap (WbBox a, WbBox b)
{
  return a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height && b.y <= a.y + a.height;
}

static WbBox
around (WbBox box, double margin)
{
  return (WbBox){box.x - margin, box.y - margin, box.width + 2 * margin, box.height + 2 * margin};
}

static void
fill (GtkSnapshot *snapshot, WbBox box, const GdkRGBA *color)
{
  gtk_snapshot_append_color (snapshot, color, WB_RECT (box));
}

static void
fill_round (GtkSnapshot *snapshot, WbBox box, double radius, const GdkRGBA *color)
{
  GskRoundedRect round;

  gsk_rounded_rect_init_from_rect (&round, WB_RECT (box), (float) radius);
  gtk_snapshot_push_rounded_clip (snapshot, &round);
  fill (snapshot, box, color);
  gtk_snapshot_pop (snapshot);
}

/* A line of this width within the box's border. */
void
wb_canvas_outline (GtkSnapshot *snapshot, WbBox box, double radius, double width, const GdkRGBA *color)
{
  GskRoundedRect round;
  float w = (float) width;

  gsk_rounded_rect_init_from_rect (&round, WB_RECT (box), (float) radius);
  gtk_snapshot_append_border (snapshot, &round, (float[4]){w, w, w, w}, (GdkRGBA[4]){*color, *color, *color, *color});
}

static void
append_text (GtkSnapshot *snapshot, const WbText *text, double x, double y, double scale)
{
  if (text->node == NULL)
    return;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) x, (float) y));
  gtk_snapshot_scale (snapshot, (float) scale, (float) scale);
  gtk_snapshot_append_node (snapshot, text->node);
  gtk_snapshot_restore (snapshot);
}

/* --- Edges --- */

static GskRenderNode *
make_arrow (WbLayoutDirection direction, const GdkRGBA *color)
{
  GskRenderNode *node =
      gsk_cairo_node_new (&GRAPHENE_RECT_INIT (-ARROW_LENGTH, -ARROW_LENGTH, 2 * ARROW_LENGTH, 2 * ARROW_LENGTH));
  cairo_t *cr = gsk_cairo_node_get_draw_context (node);

  if (direction == WB_LAYOUT_RIGHT)
    cairo_rotate (cr, -G_PI_2);
  cairo_move_to (cr, 0, 0);
  cairo_line_to (cr, -ARROW_WIDTH / 2.0, -ARROW_LENGTH);
  cairo_line_to (cr, ARROW_WIDTH / 2.0, -ARROW_LENGTH);
  cairo_close_path (cr);
  gdk_cairo_set_source_rgba (cr, color);
  cairo_fill (cr);
  cairo_destroy (cr);
  return node;
}

static void
append_arrow (WbCanvas *self, GtkSnapshot *snapshot, WbPoint tip, const GdkRGBA *color, double scale)
{
  g_autoptr (GskRenderNode) arrow = make_arrow (self->direction, color);

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) tip.x, (float) tip.y));
  gtk_snapshot_scale (snapshot, (float) scale, (float) scale);
  gtk_snapshot_append_node (snapshot, arrow);
  gtk_snapshot_restore (snapshot);
}

static double
sign (double value)
{
  return (value > 0) - (value < 0);
}

static double
span (WbPoint a, WbPoint b)
{
  return fabs (a.x - b.x) + fabs (a.y - b.y);
}

/* How far from the corner at point i the straight parts end. */
static double
bend_at (WbRoute route, guint i)
{
  if (i == 0 || i + 1 >= route.n)
    return 0;
  return MIN (BEND, MIN (span (route.points[i - 1], route.points[i]), span (route.points[i], route.points[i + 1])) / 2);
}

static void
append_straight (GtkSnapshot *snapshot, WbRoute route, guint i, double width, const GdkRGBA *color)
{
  WbPoint a = route.points[i], b = route.points[i + 1];
  double x = sign (b.x - a.x), y = sign (b.y - a.y), begin = bend_at (route, i), end = bend_at (route, i + 1);
  WbPoint p = {a.x + x * begin, a.y + y * begin}, q = {b.x - x * end, b.y - y * end};
  WbBox box = {MIN (p.x, q.x), MIN (p.y, q.y), fabs (p.x - q.x), fabs (p.y - q.y)};

  if (x != 0)
    box = (WbBox){box.x, box.y - width / 2, box.width, width};
  else
    box = (WbBox){box.x - width / 2, box.y, width, box.height};
  fill (snapshot, box, color);
}

/* A quarter of a ring: the two borders of a box that meet in its one round corner. */
static void
append_bend (GtkSnapshot *snapshot, WbRoute route, guint i, double width, const GdkRGBA *color)
{
  WbPoint before = route.points[i - 1], at = route.points[i], after = route.points[i + 1];
  double x = sign (before.x - at.x) + sign (after.x - at.x), y = sign (before.y - at.y) + sign (after.y - at.y);
  double radius = bend_at (route, i), side = radius + width / 2;
  WbBox box = {at.x - (x > 0 ? width / 2 : radius), at.y - (y > 0 ? width / 2 : radius), side, side};
  graphene_size_t none = {0, 0}, round = {(float) side, (float) side};
  GskRoundedRect outline;
  float w = (float) width;

  if (x == 0 || y == 0)
    return; /* goes straight on */
  gsk_rounded_rect_init (&outline, WB_RECT (box), x > 0 && y > 0 ? &round : &none, x < 0 && y > 0 ? &round : &none,
                         x < 0 && y < 0 ? &round : &none, x > 0 && y < 0 ? &round : &none);
  gtk_snapshot_append_border (snapshot, &outline,
                              (float[4]){y > 0 ? w : 0, x < 0 ? w : 0, y < 0 ? w : 0, x > 0 ? w : 0},
                              (GdkRGBA[4]){*color, *color, *color, *color});
}

GskRenderNode *
wb_canvas_draw_route (WbCanvas *self, WbRoute route, double width, const GdkRGBA *color)
{
  GtkSnapshot *snapshot = gtk_snapshot_new ();

  for (guint i = 0; i + 1 < route.n; i++)
    append_straight (snapshot, route, i, width, color);
  for (guint i = 1; i + 1 < route.n; i++)
    append_bend (snapshot, route, i, width, color);
  if (route.n > 0)
    append_arrow (self, snapshot, route.points[route.n - 1], color, MAX (1, width / 2.2));
  return gtk_snapshot_free_to_node (snapshot);
}

static gboolean
touches_selection (WbCanvas *self, const WbEdge *edge)
{
  return wb_canvas_card_selected (self, self->card_of[edge->from]) ||
         wb_canvas_card_selected (self, self->card_of[edge->to]);
}

static gboolean
is_moving (WbCanvas *self)
{
  return self->deed == WB_DEED_MOVE && self->under_way;
}

static gboolean
route_seen (WbRoute route, WbBox seen)
{
  WbBox box;

  if (route.n == 0)
    return FALSE;
  box = (WbBox){route.points[0].x, route.points[0].y, 0, 0};
  for (guint i = 1; i < route.n; i++)
    {
      double right = MAX (box.x + box.width, route.points[i].x), bottom = MAX (box.y + box.height, route.points[i].y);

      box.x = MIN (box.x, route.points[i].x);
      box.y = MIN (box.y, route.points[i].y);
      box.width = right - box.x;
      box.height = bottom - box.y;
    }
  return overlap (box, seen);
}

static void
draw_edge (WbCanvas *self, GtkSnapshot *snapshot, guint i, WbDetail detail)
{
  WbEdge *edge = wb_canvas_edge (self, i);
  WbRoute route = wb_layout_get_route (self->layout, i);
  gboolean chosen = (int) i == self->edge || (int) i == self->drop_edge ||
                    (self->hover.kind == WB_HIT_EDGE && self->hover.index == i && self->deed == WB_DEED_NONE);
  double width = wb_canvas_line_width (detail);

  if (chosen || touches_selection (self, edge))
    {
      GdkRGBA accent = wb_canvas_color (self, "accent_color", 1);
      g_autoptr (GskRenderNode) look = wb_canvas_draw_route (self, route, chosen ? 2 * width : 1.3 * width, &accent);

      if (look != NULL)
        gtk_snapshot_append_node (snapshot, look);
      return;
    }
  if (edge->looks[detail] == NULL)
    {
      GdkRGBA color = wb_canvas_color (self, "window_fg_color", 0.45);

      edge->looks[detail] = wb_canvas_draw_route (self, route, width, &color);
    }
  if (edge->looks[detail] != NULL)
    gtk_snapshot_append_node (snapshot, edge->looks[detail]);
}

static void
draw_edges (WbCanvas *self, GtkSnapshot *snapshot, WbBox seen, WbDetail detail)
{
  for (guint i = 0; i < self->edges->len; i++)
    {
      if ((is_moving (self) && touches_selection (self, wb_canvas_edge (self, i))) ||
          (self->deed == WB_DEED_CONNECT && self->under_way && self->cut == (int) i))
        continue;
      if (route_seen (wb_layout_get_route (self->layout, i), seen))
        draw_edge (self, snapshot, i, detail);
    }
}

/* --- Cards --- */

static void
append_back (WbCanvas *self, GtkSnapshot *snapshot, const WbCard *card, WbBox box, WbDetail detail)
{
  GdkRGBA shade = wb_canvas_color (self, "shade_color", 1), ground = wb_canvas_color (self, "window_bg_color", 1);
  gboolean far = detail == WB_DETAIL_BOXES; /* a card without words has to be seen by its colour */
  GdkRGBA color = far ? wb_canvas_color (self, "window_fg_color", 0.3) : wb_canvas_color (self, "card_bg_color", 1);
  GdkRGBA line = wb_canvas_color (self, "window_fg_color", far ? 0.4 : 0.13);
  GdkRGBA accent = wb_canvas_color (self, "accent_bg_color", 0.1);
  gboolean heaviest = self->heaviest < self->cards->len && card == wb_canvas_card (self, self->heaviest);
  GskRoundedRect round;

  if (card->group != NULL) /* there is more under it */
    {
      WbBox below = {box.x + 5, box.y + 5, box.width - 10, box.height};

      fill_round (snapshot, below, RADIUS, &ground);
      wb_canvas_outline (snapshot, below, RADIUS, 1, &line);
    }
  gsk_rounded_rect_init_from_rect (&round, WB_RECT (box), RADIUS);
  if (detail == WB_DETAIL_FULL)
    gtk_snapshot_append_outset_shadow (snapshot, &round, &shade, 0, 1, 0, 4);
  gtk_snapshot_push_rounded_clip (snapshot, &round);
  fill (snapshot, box, &ground);
  fill (snapshot, box, &color);
  if (heaviest)
    fill (snapshot, box, &accent);
  gtk_snapshot_pop (snapshot);
  wb_canvas_outline (snapshot, box, RADIUS, far ? 2 : 1, &line);
}

/* Its length is the share of the cost. */
static void
append_stripe (WbCanvas *self, GtkSnapshot *snapshot, const WbCard *card, WbDetail detail)
{
  double room = self->card_width - 2 * PADDING, thick = detail == WB_DETAIL_FULL ? STRIPE : 2 * STRIPE;
  WbBox stripe = {PADDING, self->head - thick - 2, card->share * room, thick};
  GdkRGBA color = wb_canvas_color (self, "accent_bg_color", 1);

  if (stripe.width < 1)
    return;
  fill_round (snapshot, stripe, MIN (thick, stripe.width) / 2, &color);
}

static void
append_words (WbCanvas *self, GtkSnapshot *snapshot, const WbCard *card)
{
  const WbText *shape = wb_canvas_text (self, WB_TEXT_SHAPE, card->shape, 0);
  double room = self->card_width - 2 * PADDING - shape->width - 18;
  const WbText *title = wb_canvas_text (self, WB_TEXT_TITLE, card->title, 0), *summary;

  if (title->width > room)
    title = wb_canvas_text (self, WB_TEXT_TITLE, card->title, room);
  append_text (snapshot, title, PADDING, (self->head - title->height) / 2, 1);
  append_text (snapshot, shape, self->card_width - PADDING - shape->width, (self->head - shape->height) / 2, 1);
  room -= title->width + 8;
  if (*card->summary == '\0' || room < 24)
    return;
  summary = wb_canvas_text (self, WB_TEXT_SUMMARY, card->summary, 0);
  if (summary->width > room)
    summary = wb_canvas_text (self, WB_TEXT_SUMMARY, card->summary, room);
  append_text (snapshot, summary, PADDING + title->width + 8, (self->head - summary->height) / 2, 1);
}

static GskRenderNode *
make_look (WbCanvas *self, const WbCard *card, double height, WbDetail detail)
{
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  WbBox box = {0, 0, self->card_width, height};
  GdkRGBA error = wb_canvas_color (self, "error_color", 1);

  append_back (self, snapshot, card, box, detail);
  if (detail == WB_DETAIL_FULL)
    append_words (self, snapshot, card);
  else if (detail == WB_DETAIL_TITLES)
    {
      const WbText *title =
          wb_canvas_text (self, WB_TEXT_TITLE, card->title, (self->card_width - 2 * PADDING) / TITLE_SCALE);

      append_text (snapshot, title, PADDING, (self->head - title->height * TITLE_SCALE) / 2, TITLE_SCALE);
    }
  append_stripe (self, snapshot, card, detail);
  if (card->broken)
    wb_canvas_outline (snapshot, box, RADIUS, detail == WB_DETAIL_FULL ? 2 : 5, &error);
  return gtk_snapshot_free_to_node (snapshot);
}

static void
append_ring (WbCanvas *self, GtkSnapshot *snapshot, guint i, WbBox box, WbDetail detail)
{
  GdkRGBA accent = wb_canvas_color (self, "accent_color", 1), faint = wb_canvas_color (self, "accent_color", 0.4);
  double width = detail == WB_DETAIL_FULL ? 2 : detail == WB_DETAIL_TITLES ? 4 : 9;
  gboolean cursor = wb_canvas_cursor_card (self) == (int) i && gtk_widget_has_visible_focus (GTK_WIDGET (self));

  if (wb_canvas_card_selected (self, i))
    wb_canvas_outline (snapshot, around (box, width / 2), RADIUS + width / 2, width, &accent);
  if (cursor)
    wb_canvas_outline (snapshot, around (box, 2 * width + 1), RADIUS + 2 * width + 1, width, &faint);
}

static void
append_port (WbCanvas *self, GtkSnapshot *snapshot, WbPoint point, gboolean lit)
{
  GdkRGBA ground = wb_canvas_color (self, "window_bg_color", 1);
  GdkRGBA color = wb_canvas_color (self, lit ? "accent_color" : "window_fg_color", lit ? 1 : 0.55);
  double radius = lit ? PORT + 2 : PORT;
  WbBox box = {point.x - radius, point.y - radius, 2 * radius, 2 * radius};

  fill_round (snapshot, box, radius, lit ? &color : &ground);
  wb_canvas_outline (snapshot, box, radius, 1.5, &color);
}

/* They are for who comes near with the pointer, and where something is missing. */
static void
draw_ports (WbCanvas *self, GtkSnapshot *snapshot, guint i)
{
  gboolean near = self->hover.index == i && (self->hover.kind == WB_HIT_CARD || self->hover.kind == WB_HIT_INPUT ||
                                             self->hover.kind == WB_HIT_OUTPUT);

  if (self->deed == WB_DEED_MOVE || !(near || wb_canvas_card (self, i)->broken))
    return;
  append_port (self, snapshot, wb_layout_get_output_port (self->layout, i), near && self->hover.kind == WB_HIT_OUTPUT);
  if (wb_canvas_node_of (self, i)->kind->max_inputs > 0)
    append_port (self, snapshot, wb_layout_get_input_port (self->layout, i), near && self->hover.kind == WB_HIT_INPUT);
}

static void
draw_card (WbCanvas *self, GtkSnapshot *snapshot, guint i, WbDetail detail)
{
  WbCard *card = wb_canvas_card (self, i);
  WbBox box = wb_layout_get_box (self->layout, i);

  if (is_moving (self) && wb_canvas_card_selected (self, i))
    {
      box.x += self->moved.x;
      box.y += self->moved.y;
    }
  if (card->looks[detail] == NULL)
    card->looks[detail] = make_look (self, card, box.height, detail);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) box.x, (float) box.y));
  gtk_snapshot_append_node (snapshot, card->looks[detail]);
  gtk_snapshot_restore (snapshot);
  append_ring (self, snapshot, i, box, detail);
  if (detail == WB_DETAIL_FULL)
    draw_ports (self, snapshot, i);
}

/* Those that are being moved lie on top. */
static void
draw_cards (WbCanvas *self, GtkSnapshot *snapshot, WbBox seen, WbDetail detail)
{
  for (guint i = 0; i < self->cards->len; i++)
    if (overlap (wb_layout_get_box (self->layout, i), seen) && !(is_moving (self) && wb_canvas_card_selected (self, i)))
      draw_card (self, snapshot, i, detail);
  for (guint i = 0; is_moving (self) && i < self->cards->len; i++)
    if (wb_canvas_card_selected (self, i))
      draw_card (self, snapshot, i, detail);
}

/* --- What lies behind --- */

static GskRenderNode *
make_dots (WbCanvas *self)
{
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  GdkRGBA color = wb_canvas_color (self, "window_fg_color", 0.13);

  fill_round (snapshot, (WbBox){PITCH / 2.0 - 1, PITCH / 2.0 - 1, 2, 2}, 1, &color);
  return gtk_snapshot_free_to_node (snapshot);
}

static void
draw_dots (WbCanvas *self, GtkSnapshot *snapshot, WbBox seen)
{
  double x = floor (seen.x / PITCH) * PITCH, y = floor (seen.y / PITCH) * PITCH;

  if (self->dots == NULL)
    self->dots = make_dots (self);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) x, (float) y));
  gtk_snapshot_push_repeat (snapshot,
                            &GRAPHENE_RECT_INIT (0, 0, (float) seen.width + PITCH, (float) seen.height + PITCH),
                            &GRAPHENE_RECT_INIT (0, 0, PITCH, PITCH));
  gtk_snapshot_append_node (snapshot, self->dots);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_restore (snapshot);
}

static void
draw_frames (WbCanvas *self, GtkSnapshot *snapshot, WbDetail detail)
{
  GdkRGBA tint = wb_canvas_color (self, "accent_bg_color", 0.07), line = wb_canvas_color (self, "accent_color", 0.35);

  for (guint i = 0; i < self->frames->len; i++)
    {
      const WbFrame *frame = &g_array_index (self->frames, WbFrame, i);

      fill_round (snapshot, frame->box, RADIUS + 4, &tint);
      wb_canvas_outline (snapshot, frame->box, RADIUS + 4, 1, &line);
      if (detail == WB_DETAIL_FULL)
        append_text (snapshot, wb_canvas_text (self, WB_TEXT_FRAME, frame->name, 0), frame->box.x + 14,
                     frame->box.y + 4, 1);
    }
}

void
wb_canvas_draw (WbCanvas *self, GtkSnapshot *snapshot)
{
  WbDetail detail = wb_canvas_get_detail (self);
  WbBox seen = wb_viewport_get_visible (&self->view);

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) round (-self->view.x * self->view.zoom),
                                                          (float) round (-self->view.y * self->view.zoom)));
  gtk_snapshot_scale (snapshot, (float) self->view.zoom, (float) self->view.zoom);
  if (detail == WB_DETAIL_FULL)
    draw_dots (self, snapshot, seen);
  draw_frames (self, snapshot, detail);
  draw_edges (self, snapshot, around (seen, 2 * ARROW_LENGTH), detail);
  draw_cards (self, snapshot, around (seen, 2 * RADIUS), detail);
  wb_canvas_draw_live (self, snapshot);
  gtk_snapshot_restore (snapshot);
}
