/* wb-map-draw.c: how a map of images is drawn.
 *
 * Ten thousand points are more than a path can be filled for in the time of a frame. Each kind of mark is drawn once,
 * and its pixels are laid over one another; the whole of them stays until something about it changes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "wb-map-private.h"

#define RADIUS 3.0
#define RING 5.5
#define REACH 7    /* pixels from a mark's middle that it may cover */
#define N_LOOKS 28 /* of classes: lathe-class-mark.h */
#define FAINT 0.2

/* --- One mark --- */

static void
trace_mark (cairo_t *cr, LatheMark mark, WbPoint at)
{
  cairo_new_sub_path (cr);
  switch (mark)
    {
    case LATHE_MARK_SQUARE:
      cairo_rectangle (cr, at.x - 0.9 * RADIUS, at.y - 0.9 * RADIUS, 1.8 * RADIUS, 1.8 * RADIUS);
      break;
    case LATHE_MARK_TRIANGLE:
      cairo_move_to (cr, at.x, at.y - 1.2 * RADIUS);
      cairo_line_to (cr, at.x + 1.1 * RADIUS, at.y + 0.8 * RADIUS);
      cairo_line_to (cr, at.x - 1.1 * RADIUS, at.y + 0.8 * RADIUS);
      cairo_close_path (cr);
      break;
    case LATHE_MARK_DIAMOND:
      cairo_move_to (cr, at.x, at.y - 1.27 * RADIUS);
      cairo_line_to (cr, at.x + 1.27 * RADIUS, at.y);
      cairo_line_to (cr, at.x, at.y + 1.27 * RADIUS);
      cairo_line_to (cr, at.x - 1.27 * RADIUS, at.y);
      cairo_close_path (cr);
      break;
    default:
      cairo_arc (cr, at.x, at.y, RADIUS, 0, 2 * G_PI);
    }
}

static void
draw_mark (cairo_t *cr, const WbChartStyle *style, guint look, gboolean right, gboolean faint, WbPoint at)
{
  guint32 color = lathe_class_color (look);
  double opacity = faint ? FAINT : 1;

  trace_mark (cr, lathe_class_mark (look), at);
  cairo_set_source_rgba (cr, (color >> 16) / 255.0, (color >> 8 & 255) / 255.0, (color & 255) / 255.0, opacity);
  cairo_fill (cr);
  if (right)
    return;
  cairo_new_sub_path (cr);
  cairo_arc (cr, at.x, at.y, RING, 0, 2 * G_PI);
  cairo_set_source_rgba (cr, style->foreground.red, style->foreground.green, style->foreground.blue, 0.8 * opacity);
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
}

/* --- All of them, as pixels --- */

/* ARGB32, with the colours multiplied by their opacity. */
typedef struct
{
  guint8 *data;
  int width, height, stride;
} Pixels;

static Pixels
get_pixels (cairo_surface_t *surface)
{
  cairo_surface_flush (surface);
  return (Pixels){cairo_image_surface_get_data (surface), cairo_image_surface_get_width (surface),
                  cairo_image_surface_get_height (surface), cairo_image_surface_get_stride (surface)};
}

/* Every look, right and wrong, plain and faint, side by side. */
static cairo_surface_t *
draw_marks (const WbChartStyle *style, int scale)
{
  int side = 2 * REACH * scale;
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, side * N_LOOKS, side * 4);
  cairo_t *cr = cairo_create (surface);

  cairo_scale (cr, scale, scale);
  for (guint look = 0; look < N_LOOKS; look++)
    for (guint row = 0; row < 4; row++)
      draw_mark (cr, style, look, row % 2 == 0, row >= 2, (WbPoint){(2 * look + 1) * REACH, (2 * row + 1) * REACH});
  cairo_destroy (cr);
  return surface;
}

static void
lay_over (const Pixels *to, int x, int y, const Pixels *from, int from_x, int from_y, int side)
{
  int first_row = MAX (0, -y), last_row = MIN (side, to->height - y);
  int first = MAX (0, -x), last = MIN (side, to->width - x);

  for (int row = first_row; row < last_row; row++)
    {
      guint8 *a = to->data + (gsize) (y + row) * (gsize) to->stride + 4 * (x + first);
      const guint8 *b = from->data + (gsize) (from_y + row) * (gsize) from->stride + 4 * (from_x + first);
      guint32 under, over;

      for (int i = first; i < last; i++, a += 4, b += 4)
        {
          guint keep;

          memcpy (&over, b, sizeof over);
          if (over == 0)
            continue;
          memcpy (&under, a, sizeof under);
          keep = 256 - (over >> 24) - (over >> 31); /* of 256 */
          over += ((under & 0xff00ff) * keep >> 8 & 0xff00ff) + ((under >> 8 & 0xff00ff) * keep & 0xff00ff00);
          memcpy (a, &over, sizeof over);
        }
    }
}

static void
paint_points (WbMap *self, const WbChartStyle *style, cairo_surface_t *surface, int scale)
{
  cairo_surface_t *marks = draw_marks (style, scale);
  Pixels from = get_pixels (marks), to = get_pixels (surface);
  int side = 2 * REACH * scale;

  /* What is right at the bottom, then what is wrong: a mistake is what one looks for. */
  for (int wrong = 0; wrong < 2; wrong++)
    for (guint i = 0; i < self->n; i++)
      {
        gboolean faint = self->n_chosen > 0 && !self->chosen[i];
        WbPoint at = wb_viewport_from_canvas (&self->viewport, self->places[i]);
        int row = wrong + (faint ? 2 : 0);

        if (self->mapping->features->right[i] != (wrong == 0) || at.x < -REACH || at.y < -REACH ||
            at.x > self->viewport.width + REACH || at.y > self->viewport.height + REACH)
          continue;
        lay_over (&to, (int) lround ((at.x - REACH) * scale), (int) lround ((at.y - REACH) * scale), &from,
                  (int) (self->mapping->labels[i] % N_LOOKS) * side, row * side, side);
      }
  cairo_surface_mark_dirty (surface);
  cairo_surface_destroy (marks);
}

static gboolean
is_painted (const WbMap *self, const WbMapPainted *now)
{
  const WbViewport *a = &self->painted.viewport, *b = &now->viewport;

  return self->points != NULL && a->x == b->x && a->y == b->y && a->zoom == b->zoom && a->width == b->width &&
         a->height == b->height && self->painted.scale == now->scale && self->painted.serial == now->serial &&
         self->painted.dark == now->dark;
}

static void
show_points (WbMap *self, const WbChartStyle *style, cairo_t *cr)
{
  int scale = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  WbMapPainted now = {self->viewport, scale, self->serial, style->dark};

  if (!is_painted (self, &now))
    {
      g_clear_pointer (&self->points, cairo_surface_destroy);
      self->points = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, (int) ceil (now.viewport.width) * scale,
                                                 (int) ceil (now.viewport.height) * scale);
      paint_points (self, style, self->points, scale);
      cairo_surface_set_device_scale (self->points, scale, scale);
      self->painted = now;
    }
  cairo_set_source_surface (cr, self->points, 0, 0);
  cairo_paint (cr);
}

/* --- On paper they are shapes --- */

static void
trace_points (WbMap *self, const WbViewport *viewport, const WbChartStyle *style, cairo_t *cr)
{
  for (int wrong = 0; wrong < 2; wrong++)
    for (guint i = 0; i < self->n; i++)
      if (self->mapping->features->right[i] == (wrong == 0))
        draw_mark (cr, style, self->mapping->labels[i], wrong == 0, self->n_chosen > 0 && !self->chosen[i],
                   wb_viewport_from_canvas (viewport, self->places[i]));
}

/* --- Names, and what is pointed at --- */

/* Above the middle of its images, the only one of which it would hide. */
static void
write_name (const WbPen *pen, const char *name, WbPoint at)
{
  double width = wb_pen_measure (pen, name, TRUE);

  cairo_move_to (pen->cr, floor (at.x - width / 2), floor (at.y - REACH - pen->text_height));
  pango_cairo_layout_path (pen->cr, pen->layout);
  wb_pen_use (pen, &pen->style->background, 0.85);
  cairo_set_line_width (pen->cr, 4);
  cairo_set_line_join (pen->cr, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke_preserve (pen->cr);
  wb_pen_use (pen, &pen->style->foreground, 1);
  cairo_fill (pen->cr);
}

static void
write_names (WbMap *self, const WbViewport *viewport, const WbPen *pen)
{
  const char *const *classes = lathe_dataset_get_classes (self->mapping->dataset);

  for (guint i = 0; i < self->names->len; i++)
    {
      const WbMapName *name = &g_array_index (self->names, WbMapName, i);

      write_name (pen, classes[name->label], wb_viewport_from_canvas (viewport, name->at));
    }
}

static void
draw_pointed (WbMap *self, const WbPen *pen)
{
  WbPoint at = wb_viewport_from_canvas (&self->viewport, self->places[self->pointed]);

  cairo_new_sub_path (pen->cr);
  cairo_arc (pen->cr, at.x, at.y, RING + 3, 0, 2 * G_PI);
  wb_pen_use (pen, &pen->style->foreground, 1);
  cairo_set_line_width (pen->cr, 2);
  cairo_stroke (pen->cr);
}

static void
draw_outline (WbMap *self, const WbPen *pen)
{
  for (guint i = 0; i < self->outline->len; i++)
    {
      WbPoint at = g_array_index (self->outline, WbPoint, i);

      cairo_line_to (pen->cr, at.x, at.y);
    }
  cairo_close_path (pen->cr);
  wb_pen_use (pen, wb_pen_color (pen, WB_CHART_BLUE), 0.15);
  cairo_fill_preserve (pen->cr);
  wb_pen_use (pen, wb_pen_color (pen, WB_CHART_BLUE), 1);
  cairo_set_line_width (pen->cr, 1.5);
  cairo_stroke (pen->cr);
}

void
wb_map_draw (WbFigure *figure, const WbChartStyle *style, cairo_t *cr, double width, double height, gboolean on_paper)
{
  WbMap *self = WB_MAP (figure);
  g_auto (WbPen) pen = {0};
  WbViewport paper = {.width = width, .height = height};

  if (self->mapping == NULL)
    return;
  wb_pen_init (&pen, cr, style);
  if (on_paper)
    {
      wb_viewport_fit (&paper, (WbBox){0, 0, WB_MAP_SIDE, WB_MAP_SIDE}, WB_MAP_MARGIN, WB_ZOOM_MOST);
      trace_points (self, &paper, style, cr);
      write_names (self, &paper, &pen);
      return;
    }
  if (self->viewport.width != width || self->viewport.height != height)
    {
      self->viewport.width = width;
      self->viewport.height = height;
      if (self->whole)
        wb_map_fit (self);
    }
  show_points (self, style, cr);
  write_names (self, &self->viewport, &pen);
  if (self->pointed >= 0)
    draw_pointed (self, &pen);
  if (self->outline->len > 1)
    draw_outline (self, &pen);
}
