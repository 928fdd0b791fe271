/* wb-sizes.c: how wide and how high pictures are: a dot a size, the larger the more of them have it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-sizes.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-chart-geometry.h"
#include "wb-text.h"

#define LEAST_RADIUS 3.0
#define MOST_RADIUS 18.0
#define REACH 12.0    /* pixels from a dot's rim within which it is meant */
#define WIDE_RANGE 12 /* times as large: from there on, axes are logarithmic */

typedef struct
{
  double from, to; /* pixels of a picture, or logarithms of them */
  double a, b;     /* where that is drawn */
} Axis;

struct _WbSizes
{
  WbFigure parent_instance;

  GArray *dots; /* (element-type WbSizesDot), or NULL */
  guint asked_width, asked_height;
  guint most; /* images of one dot */
  gboolean logarithmic;
  Axis x, y;   /* as last drawn */
  int pointed; /* a dot, or -1 */
};

G_DEFINE_FINAL_TYPE (WbSizes, wb_sizes, WB_TYPE_FIGURE)

void
wb_sizes_dot_clear (gpointer dot)
{
  g_free (((WbSizesDot *) dot)->names);
}

static guint
n_dots (WbSizes *self)
{
  return self->dots ? self->dots->len : 0;
}

static const WbSizesDot *
get_dot (WbSizes *self, guint i)
{
  return &g_array_index (self->dots, WbSizesDot, i);
}

/* --- Where dots are --- */

static double
place (WbSizes *self, const Axis *axis, double pixels)
{
  double value = self->logarithmic ? log2 (pixels) : pixels;

  return axis->a + (value - axis->from) / (axis->to - axis->from) * (axis->b - axis->a);
}

/* The area says how many. */
static double
radius_of (WbSizes *self, const WbSizesDot *dot)
{
  double of_one = MIN (MOST_RADIUS / sqrt (self->most), LEAST_RADIUS + 1);

  return MAX (LEAST_RADIUS, of_one * sqrt (dot->n_images));
}

static void
find_range (WbSizes *self, double *least, double *most)
{
  *least = MIN (self->asked_width, self->asked_height);
  *most = MAX (self->asked_width, self->asked_height);
  for (guint i = 0; i < n_dots (self); i++)
    {
      const WbSizesDot *dot = get_dot (self, i);

      *least = MIN (*least, MIN (dot->width, dot->height));
      *most = MAX (*most, MAX (dot->width, dot->height));
    }
  *least = MAX (*least, 1);
}

/* Both axes have one range, so that squares lie on the diagonal. */
static void
lay_out (WbSizes *self, const WbPen *pen, double width, double height)
{
  double least, most, tick = wb_pen_measure (pen, "10000", FALSE);

  find_range (self, &least, &most);
  self->logarithmic = most > WIDE_RANGE * least;
  self->x.from = self->logarithmic ? log2 (least) - 0.3 : 0;
  self->x.to = self->logarithmic ? log2 (most) + 0.3 : most * 1.15;
  self->y.from = self->x.from;
  self->y.to = self->x.to;
  self->x.a = tick + 2 * WB_GAP;
  self->x.b = width - MOST_RADIUS - WB_GAP;
  self->y.a = height - 2 * pen->text_height - 2 * WB_GAP;
  self->y.b = pen->text_height * 2.5 + 2 * WB_GAP;
}

/* --- Drawing --- */

static void
draw_tick (WbSizes *self, const WbPen *pen, double pixels)
{
  const GdkRGBA *foreground = &pen->style->foreground;
  double x = place (self, &self->x, pixels), y = place (self, &self->y, pixels);
  g_autofree char *label = g_strdup_printf ("%.0f", pixels);

  wb_pen_use (pen, foreground, 0.1);
  cairo_set_line_width (pen->cr, 1);
  cairo_move_to (pen->cr, self->x.a, wb_pen_crisp (y));
  cairo_line_to (pen->cr, self->x.b, wb_pen_crisp (y));
  cairo_move_to (pen->cr, wb_pen_crisp (x), self->y.a);
  cairo_line_to (pen->cr, wb_pen_crisp (x), self->y.b);
  cairo_stroke (pen->cr);
  wb_pen_use (pen, foreground, 0.6);
  wb_pen_write (pen, label, self->x.a - WB_GAP, y, 1);
  wb_pen_write (pen, label, x, self->y.a + WB_GAP + pen->text_height / 2, 0.5);
}

static void
draw_grid (WbSizes *self, const WbPen *pen)
{
  if (self->logarithmic)
    {
      guint step = self->x.to - self->x.from > 8 ? 2 : 1;

      for (double power = ceil (self->x.from); power <= self->x.to; power += step)
        draw_tick (self, pen, exp2 (power));
    }
  else
    {
      WbTicks ticks =
          wb_ticks (self->x.from, self->x.to, (guint) CLAMP ((self->y.a - self->y.b) / (2 * pen->text_height), 2, 8));

      for (guint i = 0; i < ticks.n; i++)
        draw_tick (self, pen, ticks.first + i * ticks.step);
    }
  wb_pen_use (pen, &pen->style->foreground, 0.6);
  wb_pen_write (pen, _ ("width in pixels"), (self->x.a + self->x.b) / 2,
                self->y.a + 2 * WB_GAP + pen->text_height * 1.5, 0.5);
  wb_pen_write (pen, _ ("height"), self->x.a - WB_GAP, self->y.b - pen->text_height * 0.75, 0.5);
}

/* What the network will see: a cross, with its name. */
static void
draw_asked (WbSizes *self, const WbPen *pen)
{
  double x = place (self, &self->x, self->asked_width), y = place (self, &self->y, self->asked_height);
  g_autofree char *text = g_strdup_printf (_ ("for the network: %u × %u"), self->asked_width, self->asked_height);
  double width = wb_pen_measure (pen, text, FALSE);

  wb_pen_use (pen, wb_pen_color (pen, WB_CHART_ORANGE), 1);
  cairo_set_line_width (pen->cr, 2);
  cairo_move_to (pen->cr, x - 8, y);
  cairo_line_to (pen->cr, x + 8, y);
  cairo_move_to (pen->cr, x, y - 8);
  cairo_line_to (pen->cr, x, y + 8);
  cairo_stroke (pen->cr);
  wb_pen_write (pen, text, MIN (x + WB_GAP, self->x.b - width), y + MOST_RADIUS + pen->text_height / 2, 0);
}

static void
draw_dots (WbSizes *self, const WbPen *pen, gboolean on_paper)
{
  for (guint i = 0; i < n_dots (self); i++)
    {
      const WbSizesDot *dot = get_dot (self, i);
      gboolean pointed = !on_paper && (int) i == self->pointed;

      cairo_new_sub_path (pen->cr);
      cairo_arc (pen->cr, place (self, &self->x, dot->width), place (self, &self->y, dot->height),
                 radius_of (self, dot), 0, 2 * G_PI);
      wb_pen_use (pen, wb_pen_color (pen, WB_CHART_BLUE), pointed ? 0.9 : 0.45);
      cairo_fill_preserve (pen->cr);
      wb_pen_use (pen, wb_pen_color (pen, WB_CHART_BLUE), 1);
      cairo_set_line_width (pen->cr, 1);
      cairo_stroke (pen->cr);
    }
}

static char *
describe_dot (const WbSizesDot *dot)
{
  g_autofree char *count = wb_text_count (dot->n_images);

  /* Translators: width, height, number of images */
  return g_strdup_printf (ngettext ("%.0f × %.0f: %s image", "%.0f × %.0f: %s images", dot->n_images), dot->width,
                          dot->height, count);
}

static void
draw_readout (WbSizes *self, const WbPen *pen)
{
  const WbSizesDot *dot = get_dot (self, self->pointed);
  g_autofree char *said = describe_dot (dot);
  g_autofree char *text = g_strconcat (said, "\n", dot->names, NULL);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  wb_pen_write_box (pen, (const char *const *) lines, NULL, place (self, &self->x, dot->width), self->y.b, self->x.a,
                    self->x.b);
}

static void
wb_sizes_draw (WbFigure *figure, const WbChartStyle *style, cairo_t *cr, double width, double height, gboolean on_paper)
{
  WbSizes *self = WB_SIZES (figure);
  g_auto (WbPen) pen = {0};

  wb_pen_init (&pen, cr, style);
  lay_out (self, &pen, width, height);
  wb_pen_use (&pen, &style->foreground, 1);
  wb_pen_write_title (&pen, wb_figure_get_title (figure), WB_GAP, pen.text_height);
  draw_grid (self, &pen);
  draw_dots (self, &pen, on_paper);
  if (self->asked_width > 0)
    draw_asked (self, &pen);
  if (self->pointed >= 0 && !on_paper)
    draw_readout (self, &pen);
}

/* --- Acting --- */

static void
describe (WbSizes *self)
{
  const WbSizesDot *most = NULL;
  g_autofree char *said = NULL, *text = NULL;

  for (guint i = 0; i < n_dots (self); i++)
    if (!most || get_dot (self, i)->n_images > most->n_images)
      most = get_dot (self, i);
  if (self->pointed >= 0)
    most = get_dot (self, self->pointed);
  said = most ? describe_dot (most) : g_strdup ("");
  text = self->pointed >= 0 || !most
             ? g_strdup (said)
             : g_strdup_printf (ngettext ("%u size. Most have %s", "%u sizes. Most have %s", n_dots (self)),
                                n_dots (self), said);
  wb_figure_describe (WB_FIGURE (self), text);
}

static void
point_at (WbSizes *self, int dot)
{
  if (dot == self->pointed)
    return;
  self->pointed = dot;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
wb_sizes_point (WbFigure *figure, double x, double y)
{
  WbSizes *self = WB_SIZES (figure);
  double nearest = REACH;
  int found = -1;

  for (guint i = 0; i < n_dots (self) && isfinite (x); i++)
    {
      const WbSizesDot *dot = get_dot (self, i);
      double distance = hypot (place (self, &self->x, dot->width) - x, place (self, &self->y, dot->height) - y) -
                        radius_of (self, dot);

      if (distance < nearest)
        {
          found = (int) i;
          nearest = distance;
        }
    }
  point_at (self, found);
}

static gboolean
wb_sizes_key (WbFigure *figure, guint key)
{
  WbSizes *self = WB_SIZES (figure);
  int last = (int) n_dots (self) - 1;

  if (last < 0)
    return FALSE;
  if (key == GDK_KEY_Escape)
    point_at (self, -1);
  else if (key == GDK_KEY_Right)
    point_at (self, MIN (self->pointed + 1, last));
  else if (key == GDK_KEY_Left)
    point_at (self, self->pointed < 0 ? last : MAX (self->pointed - 1, 0));
  else
    return FALSE;
  return TRUE;
}

static char *
wb_sizes_to_csv (WbFigure *figure)
{
  WbSizes *self = WB_SIZES (figure);
  GString *csv = g_string_new ("width,height,images\n");

  for (guint i = 0; i < n_dots (self); i++)
    {
      const WbSizesDot *dot = get_dot (self, i);

      g_string_append_printf (csv, "%.0f,%.0f,%u\n", dot->width, dot->height, dot->n_images);
    }
  return g_string_free (csv, FALSE);
}

void
wb_sizes_show (WbSizes *self, GArray *dots, guint asked_width, guint asked_height)
{
  g_return_if_fail (WB_IS_SIZES (self));

  g_array_ref (dots);
  g_clear_pointer (&self->dots, g_array_unref);
  self->dots = dots;
  self->asked_width = asked_width;
  self->asked_height = asked_height;
  self->pointed = -1;
  self->most = 1;
  for (guint i = 0; i < dots->len; i++)
    self->most = MAX (self->most, get_dot (self, i)->n_images);
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
wb_sizes_finalize (GObject *object)
{
  g_clear_pointer (&WB_SIZES (object)->dots, g_array_unref);
  G_OBJECT_CLASS (wb_sizes_parent_class)->finalize (object);
}

static void
wb_sizes_class_init (WbSizesClass *klass)
{
  WbFigureClass *figure_class = WB_FIGURE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = wb_sizes_finalize;
  figure_class->draw = wb_sizes_draw;
  figure_class->to_csv = wb_sizes_to_csv;
  figure_class->point = wb_sizes_point;
  figure_class->key = wb_sizes_key;
}

static void
wb_sizes_init (WbSizes *self)
{
  self->pointed = -1;
}
