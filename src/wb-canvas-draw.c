/* wb-canvas-draw.c: the drawing of a network.
 *
 * Each card and each edge becomes a render node of its own when it is first seen, at the detail that it is seen in;
 * after that, scrolling and zooming only put the nodes together.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-canvas-ink.h"

#include <math.h>

#define RADIUS 10
#define PADDING 12
#define STRIPE 3        /* how thick the share of the cost is */
#define TITLE_SCALE 1.6 /* of titles that are seen from afar */
#define PITCH 24        /* of the dots behind everything */
#define REACH 16        /* of an edge's arrow beyond its route */
#define PORT 4.5
#define FRAME_WORDS 14 /* from a frame's corner to its name, across */
#define FRAME_TOP 4    /* … and down */

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

/* --- Edges --- */

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

void
wb_canvas_draw_edge (const WbInk *ink, guint i, WbDetail detail)
{
  GdkRGBA color = wb_ink_color (ink, "window_fg_color", 0.45);

  wb_ink_route (ink, wb_layout_get_route (ink->canvas->layout, i), wb_canvas_line_width (detail), &color);
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

      wb_ink_route (&(WbInk){self, snapshot}, route, chosen ? 2 * width : 1.3 * width, &accent);
      return;
    }
  if (edge->looks[detail] == NULL)
    {
      GtkSnapshot *look = gtk_snapshot_new ();

      wb_canvas_draw_edge (&(WbInk){self, look}, i, detail);
      edge->looks[detail] = gtk_snapshot_free_to_node (look);
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
draw_back (const WbInk *ink, const WbCard *card, WbBox box, WbDetail detail)
{
  WbCanvas *self = ink->canvas;
  GdkRGBA shade = wb_ink_color (ink, "shade_color", 1), ground = wb_ink_color (ink, "window_bg_color", 1);
  gboolean far = detail == WB_DETAIL_BOXES; /* a card without words has to be seen by its colour */
  GdkRGBA color = far ? wb_ink_color (ink, "window_fg_color", 0.3) : wb_ink_color (ink, "card_bg_color", 1);
  GdkRGBA line = wb_ink_color (ink, "window_fg_color", far ? 0.4 : 0.13);
  GdkRGBA accent = wb_ink_color (ink, "accent_bg_color", 0.1);

  if (card->group != NULL) /* there is more under it */
    {
      WbBox below = {box.x + 5, box.y + 5, box.width - 10, box.height};

      wb_ink_fill (ink, below, RADIUS, &ground);
      wb_ink_outline (ink, below, RADIUS, 1, &line);
    }
  if (detail == WB_DETAIL_FULL)
    wb_ink_shadow (ink, box, RADIUS, &shade);
  wb_ink_fill (ink, box, RADIUS, &ground);
  wb_ink_fill (ink, box, RADIUS, &color);
  if (self->heaviest < self->cards->len && card == wb_canvas_card (self, self->heaviest))
    wb_ink_fill (ink, box, RADIUS, &accent);
  wb_ink_outline (ink, box, RADIUS, far ? 2 : 1, &line);
}

/* Its length is the share of the cost. */
static void
draw_stripe (const WbInk *ink, const WbCard *card, WbDetail detail)
{
  double room = ink->canvas->card_width - 2 * PADDING, thick = detail == WB_DETAIL_FULL ? STRIPE : 2 * STRIPE;
  WbBox stripe = {PADDING, ink->canvas->head - thick - 2, card->share * room, thick};
  GdkRGBA color = wb_ink_color (ink, "accent_bg_color", 1);

  if (stripe.width >= 1)
    wb_ink_fill (ink, stripe, MIN (thick, stripe.width) / 2, &color);
}

/* In the middle of the card's first line. */
static void
draw_words (const WbInk *ink, const WbText *text, double x, double scale)
{
  wb_ink_text (ink, text, (WbPoint){x, (ink->canvas->head - text->height * scale) / 2}, scale);
}

/* All of it where it is no wider than that. */
static const WbText *
fit_words (const WbInk *ink, WbTextStyle style, const char *words, double at_most)
{
  const WbText *text = wb_canvas_text (ink->canvas, style, words, 0);

  return text->width > at_most ? wb_canvas_text (ink->canvas, style, words, at_most) : text;
}

static void
draw_line_of_text (const WbInk *ink, const WbCard *card)
{
  const WbText *shape = wb_canvas_text (ink->canvas, WB_TEXT_SHAPE, card->shape, 0);
  double room = ink->canvas->card_width - 2 * PADDING - shape->width - 18;
  const WbText *title = fit_words (ink, WB_TEXT_TITLE, card->title, room);

  draw_words (ink, title, PADDING, 1);
  draw_words (ink, shape, ink->canvas->card_width - PADDING - shape->width, 1);
  room -= title->width + 8;
  if (*card->summary != '\0' && room >= 24)
    draw_words (ink, fit_words (ink, WB_TEXT_SUMMARY, card->summary, room), PADDING + title->width + 8, 1);
}

void
wb_canvas_draw_card (const WbInk *ink, const WbCard *card, double height, WbDetail detail)
{
  WbBox box = {0, 0, ink->canvas->card_width, height};
  GdkRGBA error = wb_ink_color (ink, "error_color", 1);

  draw_back (ink, card, box, detail);
  if (detail == WB_DETAIL_FULL)
    draw_line_of_text (ink, card);
  else if (detail == WB_DETAIL_TITLES)
    draw_words (
        ink,
        wb_canvas_text (ink->canvas, WB_TEXT_TITLE, card->title, (ink->canvas->card_width - 2 * PADDING) / TITLE_SCALE),
        PADDING, TITLE_SCALE);
  draw_stripe (ink, card, detail);
  if (card->broken)
    wb_ink_outline (ink, box, RADIUS, detail == WB_DETAIL_FULL ? 2 : 5, &error);
}

static GskRenderNode *
make_look (WbCanvas *self, const WbCard *card, double height, WbDetail detail)
{
  GtkSnapshot *snapshot = gtk_snapshot_new ();

  wb_canvas_draw_card (&(WbInk){self, snapshot}, card, height, detail);
  return gtk_snapshot_free_to_node (snapshot);
}

static void
draw_ring (WbCanvas *self, GtkSnapshot *snapshot, guint i, WbBox box, WbDetail detail)
{
  WbInk ink = {self, snapshot};
  GdkRGBA accent = wb_canvas_color (self, "accent_color", 1), faint = wb_canvas_color (self, "accent_color", 0.4);
  double width = detail == WB_DETAIL_FULL ? 2 : detail == WB_DETAIL_TITLES ? 4 : 9;
  gboolean cursor = wb_canvas_cursor_card (self) == (int) i && gtk_widget_has_visible_focus (GTK_WIDGET (self));

  if (wb_canvas_card_selected (self, i))
    wb_ink_outline (&ink, around (box, width / 2), RADIUS + width / 2, width, &accent);
  if (cursor)
    wb_ink_outline (&ink, around (box, 2 * width + 1), RADIUS + 2 * width + 1, width, &faint);
}

static void
draw_port (WbCanvas *self, GtkSnapshot *snapshot, WbPoint point, gboolean lit)
{
  WbInk ink = {self, snapshot};
  GdkRGBA ground = wb_canvas_color (self, "window_bg_color", 1);
  GdkRGBA color = wb_canvas_color (self, lit ? "accent_color" : "window_fg_color", lit ? 1 : 0.55);
  double radius = lit ? PORT + 2 : PORT;
  WbBox box = {point.x - radius, point.y - radius, 2 * radius, 2 * radius};

  wb_ink_fill (&ink, box, radius, lit ? &color : &ground);
  wb_ink_outline (&ink, box, radius, 1.5, &color);
}

/* They are for who comes near with the pointer, and where something is missing. */
static void
draw_ports (WbCanvas *self, GtkSnapshot *snapshot, guint i)
{
  gboolean near = self->hover.index == i && (self->hover.kind == WB_HIT_CARD || self->hover.kind == WB_HIT_INPUT ||
                                             self->hover.kind == WB_HIT_OUTPUT);

  if (self->deed == WB_DEED_MOVE || !(near || wb_canvas_card (self, i)->broken))
    return;
  draw_port (self, snapshot, wb_layout_get_output_port (self->layout, i), near && self->hover.kind == WB_HIT_OUTPUT);
  if (wb_canvas_node_of (self, i)->kind->max_inputs > 0)
    draw_port (self, snapshot, wb_layout_get_input_port (self->layout, i), near && self->hover.kind == WB_HIT_INPUT);
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
  draw_ring (self, snapshot, i, box, detail);
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

  wb_ink_fill (&(WbInk){self, snapshot}, (WbBox){PITCH / 2.0 - 1, PITCH / 2.0 - 1, 2, 2}, 1, &color);
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

void
wb_canvas_draw_frames (const WbInk *ink, WbDetail detail)
{
  GdkRGBA tint = wb_ink_color (ink, "accent_bg_color", 0.07), line = wb_ink_color (ink, "accent_color", 0.35);

  for (guint i = 0; i < ink->canvas->frames->len; i++)
    {
      const WbFrame *frame = &g_array_index (ink->canvas->frames, WbFrame, i);

      wb_ink_fill (ink, frame->box, RADIUS + 4, &tint);
      wb_ink_outline (ink, frame->box, RADIUS + 4, 1, &line);
      if (detail == WB_DETAIL_FULL)
        wb_ink_text (ink, wb_canvas_text (ink->canvas, WB_TEXT_FRAME, frame->name, 0),
                     (WbPoint){frame->box.x + FRAME_WORDS, frame->box.y + FRAME_TOP}, 1);
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
  wb_canvas_draw_frames (&(WbInk){self, snapshot}, detail);
  draw_edges (self, snapshot, around (seen, REACH), detail);
  draw_cards (self, snapshot, around (seen, 2 * RADIUS), detail);
  wb_canvas_draw_live (self, snapshot);
  gtk_snapshot_restore (snapshot);
}
