/* wb-canvas-live.c: what is drawn of a deed while it is done: lines that follow the pointer, the rubber band, guides.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-canvas-ink.h"

#include <math.h>

#define RADIUS 10
#define BUBBLE 8 /* pixels around its words */

/* Out of one port into the other, half the way each. */
static void
draw_line (WbCanvas *self, GtkSnapshot *snapshot, WbPoint from, WbPoint to, const GdkRGBA *color)
{
  double width = 1.5 * wb_canvas_line_width (wb_canvas_get_detail (self));
  gboolean down = self->direction == WB_LAYOUT_DOWN;
  WbPoint half = {(from.x + to.x) / 2, (from.y + to.y) / 2};
  WbPoint points[] = {from, down ? (WbPoint){from.x, half.y} : (WbPoint){half.x, from.y},
                      down ? (WbPoint){to.x, half.y} : (WbPoint){half.x, to.y}, to};

  wb_ink_route (&(WbInk){self, snapshot}, (WbRoute){G_N_ELEMENTS (points), points}, width, color);
}

static WbPoint
shifted (WbCanvas *self, guint card, WbPoint point)
{
  if (wb_canvas_card_selected (self, card))
    return (WbPoint){point.x + self->moved.x, point.y + self->moved.y};
  return point;
}

static void
draw_moved_edges (WbCanvas *self, GtkSnapshot *snapshot)
{
  GdkRGBA color = wb_canvas_color (self, "accent_color", 0.7);

  for (guint i = 0; i < self->edges->len; i++)
    {
      const WbEdge *edge = wb_canvas_edge (self, i);
      guint from = self->card_of[edge->from], to = self->card_of[edge->to];

      if (wb_canvas_card_selected (self, from) || wb_canvas_card_selected (self, to))
        draw_line (self, snapshot, shifted (self, from, wb_layout_get_output_port (self->layout, from)),
                   shifted (self, to, wb_layout_get_input_port (self->layout, to)), &color);
    }
}

static void
draw_guides (WbCanvas *self, GtkSnapshot *snapshot)
{
  GdkRGBA color = wb_canvas_color (self, "accent_color", 0.6);
  float thick = (float) (1 / self->view.zoom);

  for (guint i = 0; i < self->snap.n_guides; i++)
    {
      WbPoint a = self->snap.guides[i].from, b = self->snap.guides[i].to;

      gtk_snapshot_append_color (snapshot, &color,
                                 &GRAPHENE_RECT_INIT ((float) MIN (a.x, b.x), (float) MIN (a.y, b.y),
                                                      MAX ((float) fabs (a.x - b.x), thick),
                                                      MAX ((float) fabs (a.y - b.y), thick)));
    }
}

static void
draw_target (WbCanvas *self, GtkSnapshot *snapshot)
{
  GdkRGBA color = wb_canvas_color (self, self->refusal != NULL ? "error_color" : "success_color", 1);
  WbBox box;

  if (self->target < 0)
    return;
  box = wb_layout_get_box (self->layout, (guint) self->target);
  wb_ink_outline (&(WbInk){self, snapshot}, (WbBox){box.x - 4, box.y - 4, box.width + 8, box.height + 8}, RADIUS + 4, 3,
                  &color);
}

/* From the card to the target, where there is one; otherwise to the pointer. */
static void
draw_connection (WbCanvas *self, GtkSnapshot *snapshot)
{
  GdkRGBA color = wb_canvas_color (self, self->refusal != NULL ? "error_color" : "accent_color", 1);
  WbPoint free = wb_viewport_to_canvas (&self->view, self->pointer), from, to;

  if (self->backwards)
    {
      to = wb_layout_get_input_port (self->layout, self->grip);
      from = self->target >= 0 ? wb_layout_get_output_port (self->layout, (guint) self->target) : free;
    }
  else
    {
      from = wb_layout_get_output_port (self->layout, self->grip);
      to = self->target >= 0 ? wb_layout_get_input_port (self->layout, (guint) self->target) : free;
    }
  draw_line (self, snapshot, from, to, &color);
  draw_target (self, snapshot);
}

static void
draw_band (WbCanvas *self, GtkSnapshot *snapshot)
{
  WbPoint a = wb_viewport_to_canvas (&self->view, self->start), b = wb_viewport_to_canvas (&self->view, self->pointer);
  WbBox box = {MIN (a.x, b.x), MIN (a.y, b.y), fabs (a.x - b.x), fabs (a.y - b.y)};
  GdkRGBA tint = wb_canvas_color (self, "accent_bg_color", 0.15), line = wb_canvas_color (self, "accent_color", 0.8);

  gtk_snapshot_append_color (snapshot, &tint, WB_RECT (box));
  wb_ink_outline (&(WbInk){self, snapshot}, box, 0, 1 / self->view.zoom, &line);
}

/* Why not, below the card that it is about, as large as the rest of the window's text. */
static void
draw_refusal (WbCanvas *self, GtkSnapshot *snapshot)
{
  const WbText *text = wb_canvas_text (self, WB_TEXT_BUBBLE, self->refusal, MAX (self->view.width - 40, 100));
  WbBox card = wb_layout_get_box (self->layout, (guint) self->target);
  WbPoint below = {card.x + card.width / 2, card.y + card.height};
  GdkRGBA color = {0.15f, 0.15f, 0.15f, 0.95f}, line = {1, 1, 1, 0.25f};
  double scale = 1 / self->view.zoom, width = text->width + 2 * BUBBLE;
  WbBox box = {below.x - width * scale / 2, below.y + 10 * scale, width * scale, (text->height + 2 * BUBBLE) * scale};
  GskRoundedRect round;

  gsk_rounded_rect_init_from_rect (&round, WB_RECT (box), (float) (BUBBLE * scale));
  gtk_snapshot_push_rounded_clip (snapshot, &round);
  gtk_snapshot_append_color (snapshot, &color, &round.bounds);
  gtk_snapshot_pop (snapshot);
  wb_ink_outline (&(WbInk){self, snapshot}, box, BUBBLE * scale, scale, &line);
  gtk_snapshot_translate (snapshot,
                          &GRAPHENE_POINT_INIT ((float) (box.x + BUBBLE * scale), (float) (box.y + BUBBLE * scale)));
  gtk_snapshot_scale (snapshot, (float) scale, (float) scale);
  gtk_snapshot_append_node (snapshot, text->node);
}

void
wb_canvas_draw_live (WbCanvas *self, GtkSnapshot *snapshot)
{
  if (self->linking && self->target >= 0)
    draw_connection (self, snapshot);
  else if (self->under_way && self->deed == WB_DEED_MOVE)
    {
      draw_moved_edges (self, snapshot);
      draw_guides (self, snapshot);
    }
  else if (self->under_way && self->deed == WB_DEED_CONNECT)
    draw_connection (self, snapshot);
  else if (self->under_way && self->deed == WB_DEED_BAND)
    draw_band (self, snapshot);
  if (self->refusal != NULL && self->target >= 0)
    draw_refusal (self, snapshot);
}
