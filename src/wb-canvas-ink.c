/* wb-canvas-ink.c: what a network is drawn with: on the screen in the colours of the theme, on a sheet in paper's.
 *
 * On the screen lines are made of rectangles and of quarters of rounded borders, which the renderer draws at any zoom
 * without a texture; on a sheet they are paths.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-canvas-ink.h"

#include <math.h>

#define BEND 9 /* radius of a line's corners */
#define ARROW_WIDTH 9
#define ARROW_LENGTH 8
#define QUARTER 0.5523 /* where a quarter of a circle, as a curve, has its control points: of the radius */

/* --- Colours --- */

/* Paper is light, whatever the theme: the named colours of libadwaita's light style. */
static const struct
{
  const char *name;
  GdkRGBA color;
} paper[] = {
    {"window_bg_color", {1, 1, 1, 1}},
    {"window_fg_color", {0, 0, 0, 0.8f}},
    {"card_bg_color", {1, 1, 1, 1}},
    {"card_fg_color", {0, 0, 0, 0.8f}},
    {"shade_color", {0, 0, 0, 0.07f}},
    {"accent_bg_color", {0.208f, 0.518f, 0.894f, 1}},
    {"accent_color", {0.110f, 0.443f, 0.847f, 1}},
    {"error_color", {0.753f, 0.110f, 0.157f, 1}},
};

GdkRGBA
wb_ink_color (const WbInk *ink, const char *name, double opacity)
{
  GdkRGBA color = {0, 0, 0, 1};

  if (ink->snapshot != NULL)
    return wb_canvas_color (ink->canvas, name, opacity);
  for (guint i = 0; i < G_N_ELEMENTS (paper); i++)
    if (g_str_equal (paper[i].name, name))
      color = paper[i].color;
  color.alpha *= (float) opacity;
  return color;
}

/* --- Boxes and words --- */

static WbPoint
on_sheet (const WbInk *ink, WbPoint point)
{
  return (WbPoint){point.x + ink->origin.x, point.y + ink->origin.y};
}

static WbBox
box_on_sheet (const WbInk *ink, WbBox box)
{
  return (WbBox){box.x + ink->origin.x, box.y + ink->origin.y, box.width, box.height};
}

void
wb_ink_fill (const WbInk *ink, WbBox box, double radius, const GdkRGBA *color)
{
  GskRoundedRect round;

  if (ink->snapshot == NULL)
    {
      wb_sheet_fill (ink->sheet, box_on_sheet (ink, box), radius, color);
      return;
    }
  gsk_rounded_rect_init_from_rect (&round, WB_RECT (box), (float) radius);
  if (radius > 0)
    gtk_snapshot_push_rounded_clip (ink->snapshot, &round);
  gtk_snapshot_append_color (ink->snapshot, color, WB_RECT (box));
  if (radius > 0)
    gtk_snapshot_pop (ink->snapshot);
}

void
wb_ink_outline (const WbInk *ink, WbBox box, double radius, double width, const GdkRGBA *color)
{
  GskRoundedRect round;
  float w = (float) width;

  if (ink->snapshot == NULL)
    {
      wb_sheet_outline (ink->sheet, box_on_sheet (ink, box), radius, width, color);
      return;
    }
  gsk_rounded_rect_init_from_rect (&round, WB_RECT (box), (float) radius);
  gtk_snapshot_append_border (ink->snapshot, &round, (float[4]){w, w, w, w},
                              (GdkRGBA[4]){*color, *color, *color, *color});
}

/* On paper there is no blur: the shadow's middle stands for it. */
void
wb_ink_shadow (const WbInk *ink, WbBox box, double radius, const GdkRGBA *color)
{
  GskRoundedRect round;

  if (ink->snapshot == NULL)
    {
      wb_sheet_fill (ink->sheet, box_on_sheet (ink, (WbBox){box.x - 1, box.y, box.width + 2, box.height + 2}),
                     radius + 1, color);
      return;
    }
  gsk_rounded_rect_init_from_rect (&round, WB_RECT (box), (float) radius);
  gtk_snapshot_append_outset_shadow (ink->snapshot, &round, color, 0, 1, 0, 4);
}

static void
write_on_sheet (const WbInk *ink, const WbText *text, WbPoint at, double scale)
{
  double opacity;
  const char *color = wb_text_style_color (text->style, &opacity);
  WbBox box = {at.x, at.y, text->width * scale, text->height * scale};
  WbSheetText how = {.bold = wb_text_style_is_bold (text->style),
                     .ends = text->style == WB_TEXT_SHAPE,
                     .size = wb_text_style_size (text->style) * scale,
                     .color = wb_ink_color (ink, color, opacity)};

  wb_sheet_write (ink->sheet, text->shortened != NULL ? text->shortened : text->words, box_on_sheet (ink, box), &how);
}

void
wb_ink_text (const WbInk *ink, const WbText *text, WbPoint at, double scale)
{
  if (text->node == NULL)
    return;
  if (ink->snapshot == NULL)
    {
      write_on_sheet (ink, text, at, scale);
      return;
    }
  gtk_snapshot_save (ink->snapshot);
  gtk_snapshot_translate (ink->snapshot, &GRAPHENE_POINT_INIT ((float) at.x, (float) at.y));
  gtk_snapshot_scale (ink->snapshot, (float) scale, (float) scale);
  gtk_snapshot_append_node (ink->snapshot, text->node);
  gtk_snapshot_restore (ink->snapshot);
}

/* --- Lines --- */

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

/* So far from one point on the way to another. */
static WbPoint
towards (WbPoint from, WbPoint to, double distance)
{
  return (WbPoint){from.x + sign (to.x - from.x) * distance, from.y + sign (to.y - from.y) * distance};
}

static void
append_straight (GtkSnapshot *snapshot, WbRoute route, guint i, double width, const GdkRGBA *color)
{
  WbPoint a = route.points[i], b = route.points[i + 1];
  WbPoint p = towards (a, b, bend_at (route, i)), q = towards (b, a, bend_at (route, i + 1));
  WbBox box = {MIN (p.x, q.x), MIN (p.y, q.y), fabs (p.x - q.x), fabs (p.y - q.y)};

  if (a.x != b.x)
    box = (WbBox){box.x, box.y - width / 2, box.width, width};
  else
    box = (WbBox){box.x - width / 2, box.y, width, box.height};
  gtk_snapshot_append_color (snapshot, color, WB_RECT (box));
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

/* With its tip at 0, 0, pointing down. */
static const WbPoint arrow[] = {{0, 0}, {-ARROW_WIDTH / 2.0, -ARROW_LENGTH}, {ARROW_WIDTH / 2.0, -ARROW_LENGTH}};

static WbPoint
arrow_point (const WbInk *ink, guint i, double scale)
{
  WbPoint point = {arrow[i].x * scale, arrow[i].y * scale};

  return ink->canvas->direction == WB_LAYOUT_RIGHT ? (WbPoint){point.y, -point.x} : point;
}

static void
append_arrow (const WbInk *ink, WbPoint tip, double scale, const GdkRGBA *color)
{
  float reach = (float) (ARROW_LENGTH * scale);
  g_autoptr (GskRenderNode) node = gsk_cairo_node_new (&GRAPHENE_RECT_INIT (-reach, -reach, 2 * reach, 2 * reach));
  cairo_t *cr = gsk_cairo_node_get_draw_context (node);

  for (guint i = 0; i < G_N_ELEMENTS (arrow); i++)
    cairo_line_to (cr, arrow_point (ink, i, scale).x, arrow_point (ink, i, scale).y);
  gdk_cairo_set_source_rgba (cr, color);
  cairo_fill (cr);
  cairo_destroy (cr);
  gtk_snapshot_save (ink->snapshot);
  gtk_snapshot_translate (ink->snapshot, &GRAPHENE_POINT_INIT ((float) tip.x, (float) tip.y));
  gtk_snapshot_append_node (ink->snapshot, node);
  gtk_snapshot_restore (ink->snapshot);
}

static void
turn_corner (const WbInk *ink, WbRoute route, guint i)
{
  WbPoint at = route.points[i];
  double bend = bend_at (route, i), control = bend * (1 - QUARTER);

  wb_sheet_line_to (ink->sheet, on_sheet (ink, towards (at, route.points[i - 1], bend)));
  wb_sheet_curve_to (ink->sheet, on_sheet (ink, towards (at, route.points[i - 1], control)),
                     on_sheet (ink, towards (at, route.points[i + 1], control)),
                     on_sheet (ink, towards (at, route.points[i + 1], bend)));
}

/* What it looks like on white, so that lines that lie on one another are no darker. */
static GdkRGBA
on_white (const GdkRGBA *color)
{
  float white = 1 - color->alpha;

  return (GdkRGBA){color->red * color->alpha + white, color->green * color->alpha + white,
                   color->blue * color->alpha + white, 1};
}

static void
draw_on_sheet (const WbInk *ink, WbRoute route, double width, double scale, const GdkRGBA *color)
{
  WbPoint tip = route.points[route.n - 1];
  GdkRGBA opaque = on_white (color);

  wb_sheet_move_to (ink->sheet, on_sheet (ink, route.points[0]));
  for (guint i = 1; i + 1 < route.n; i++)
    turn_corner (ink, route, i);
  wb_sheet_line_to (ink->sheet, on_sheet (ink, tip));
  wb_sheet_draw_path (ink->sheet, width, &opaque);
  for (guint i = 0; i < G_N_ELEMENTS (arrow); i++)
    {
      WbPoint at = arrow_point (ink, i, scale);

      (i == 0 ? wb_sheet_move_to : wb_sheet_line_to) (ink->sheet,
                                                      on_sheet (ink, (WbPoint){tip.x + at.x, tip.y + at.y}));
    }
  wb_sheet_draw_path (ink->sheet, 0, &opaque);
}

void
wb_ink_route (const WbInk *ink, WbRoute route, double width, const GdkRGBA *color)
{
  double scale = MAX (1, width / 2.2);

  if (route.n == 0)
    return;
  if (ink->snapshot == NULL)
    {
      draw_on_sheet (ink, route, width, scale, color);
      return;
    }
  for (guint i = 0; i + 1 < route.n; i++)
    append_straight (ink->snapshot, route, i, width, color);
  for (guint i = 1; i + 1 < route.n; i++)
    append_bend (ink->snapshot, route, i, width, color);
  append_arrow (ink, route.points[route.n - 1], scale, color);
}
