/* wb-heat.c: an image as the network gets it, and over it what in it speaks for a class.
 *
 *   ┌────────────────┐
 *   │                │
 *   └────────────────┘
 *   nothing ▒▒▒▒▓▓▓▓███ speaks for Boot
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-heat.h"

#include <glib/gi18n.h>
#include <math.h>

#define BAR_HEIGHT 6.0
#define BAR_WIDTH 96.0
#define ROUNDING 12.0

struct _WbHeat
{
  WbFigure parent_instance;

  guint width, height;
  cairo_surface_t *image, *grey; /* NULL: nothing */
  float *strength;               /* height × width, or NULL: no map */
  cairo_surface_t *map;          /* drawn when it is first needed, and when its opacity changes */
  char *label;
  double opacity;
  gboolean smooth;
  double x, y; /* where the pointer is, or NAN */
};

G_DEFINE_FINAL_TYPE (WbHeat, wb_heat, WB_TYPE_FIGURE)

/* --- Surfaces --- */

/* ITU-R BT.601, as an explanation that is painted has it. */
static guint32
grey_of (const guint8 *rgb)
{
  return (guint32) lround (0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]);
}

static cairo_surface_t *
surface_of (const guint8 *seen, guint width, guint height, guint channels, gboolean grey)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) width, (int) height);
  guchar *data = cairo_image_surface_get_data (surface);
  gsize stride = (gsize) cairo_image_surface_get_stride (surface);

  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      {
        const guint8 *at = seen + ((gsize) y * width + x) * channels;
        guint8 rgb[3] = {at[0], at[MIN (1, channels - 1)], at[MIN (2, channels - 1)]};
        guint32 value = grey_of (rgb);

        if (!grey)
          value = (guint32) rgb[0] << 16 | (guint32) rgb[1] << 8 | rgb[2];
        else
          value = value << 16 | value << 8 | value;
        ((guint32 *) (gpointer) (data + y * stride))[x] = value;
      }
  cairo_surface_mark_dirty (surface);
  return surface;
}

static guint32
premultiplied (const guint8 colour[3], double alpha)
{
  guint32 a = (guint32) lround (255 * alpha);

  return a << 24 | (colour[0] * a / 255) << 16 | (colour[1] * a / 255) << 8 | colour[2] * a / 255;
}

static cairo_surface_t *
draw_map (WbHeat *self)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, (int) self->width, (int) self->height);
  guchar *data = cairo_image_surface_get_data (surface);
  gsize stride = (gsize) cairo_image_surface_get_stride (surface);
  guint8 colours[LATHE_EXPLANATION_COLOURS][3];

  lathe_explanation_colours (colours);
  for (guint y = 0; y < self->height; y++)
    for (guint x = 0; x < self->width; x++)
      {
        double strength = (double) self->strength[y * self->width + x];
        const guint8 *colour = colours[lround (strength * (LATHE_EXPLANATION_COLOURS - 1))];

        ((guint32 *) (gpointer) (data + y * stride))[x] = premultiplied (colour, strength * self->opacity);
      }
  cairo_surface_mark_dirty (surface);
  return surface;
}

/* --- Drawing --- */

static void
rounded (cairo_t *cr, const graphene_rect_t *box, double radius)
{
  double x = (double) box->origin.x, y = (double) box->origin.y;
  double right = x + (double) box->size.width, bottom = y + (double) box->size.height;

  cairo_new_sub_path (cr);
  cairo_arc (cr, right - radius, y + radius, radius, -G_PI_2, 0);
  cairo_arc (cr, right - radius, bottom - radius, radius, 0, G_PI_2);
  cairo_arc (cr, x + radius, bottom - radius, radius, G_PI_2, G_PI);
  cairo_arc (cr, x + radius, y + radius, radius, G_PI, 3 * G_PI_2);
  cairo_close_path (cr);
}

/* Where the image lies in a figure of that size. */
static graphene_rect_t
place_of (WbHeat *self, double width, double height)
{
  double scale = MIN (width / self->width, height / self->height);
  double w = floor (self->width * scale), h = floor (self->height * scale);

  return GRAPHENE_RECT_INIT ((float) floor ((width - w) / 2), (float) floor ((height - h) / 2), (float) w, (float) h);
}

static double
legend_height (WbHeat *self, double text_height)
{
  return self->strength ? text_height + 2 * WB_GAP : 0;
}

static void
lay (WbHeat *self, cairo_t *cr, cairo_surface_t *surface, const graphene_rect_t *place, gboolean smooth)
{
  cairo_save (cr);
  cairo_translate (cr, (double) place->origin.x, (double) place->origin.y);
  cairo_scale (cr, (double) place->size.width / self->width, (double) place->size.height / self->height);
  cairo_set_source_surface (cr, surface, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), smooth ? CAIRO_FILTER_BILINEAR : CAIRO_FILTER_NEAREST);
  /* A smooth one fades into nothing at its edge otherwise. */
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_rectangle (cr, 0, 0, self->width, self->height);
  cairo_fill (cr);
  cairo_restore (cr);
}

static void
draw_bar (const WbPen *pen, double x, double y, double width)
{
  cairo_pattern_t *gradient = cairo_pattern_create_linear (x, 0, x + width, 0);
  guint8 colours[LATHE_EXPLANATION_COLOURS][3];

  lathe_explanation_colours (colours);
  for (guint i = 0; i < LATHE_EXPLANATION_COLOURS; i += 15)
    cairo_pattern_add_color_stop_rgb (gradient, (double) i / (LATHE_EXPLANATION_COLOURS - 1), colours[i][0] / 255.0,
                                      colours[i][1] / 255.0, colours[i][2] / 255.0);
  rounded (pen->cr, &GRAPHENE_RECT_INIT ((float) x, (float) (y - BAR_HEIGHT / 2), (float) width, (float) BAR_HEIGHT),
           BAR_HEIGHT / 2);
  cairo_set_source (pen->cr, gradient);
  cairo_fill (pen->cr);
  cairo_pattern_destroy (gradient);
}

/* Where there is little room, only the bar and the class. */
static void
draw_legend (WbHeat *self, const WbPen *pen, double width, double y)
{
  g_autofree char *whole = g_strdup_printf (_ ("speaks for %s"), self->label);
  const char *nothing = _ ("nothing"), *most = whole;
  double before = wb_pen_measure (pen, nothing, FALSE) + WB_GAP, after = wb_pen_measure (pen, most, FALSE) + WB_GAP;
  double bar = MIN (BAR_WIDTH, width - before - after), x;

  if (bar < BAR_WIDTH / 2)
    {
      nothing = "";
      most = self->label;
      before = 0;
      after = wb_pen_measure (pen, most, FALSE) + WB_GAP;
      bar = CLAMP (width - after, BAR_WIDTH / 4, BAR_WIDTH / 2);
    }
  x = MAX (floor ((width - before - bar - after) / 2), 0);
  wb_pen_use (pen, &pen->style->foreground, 0.7);
  wb_pen_write (pen, nothing, x, y, 0);
  wb_pen_write (pen, most, x + before + bar + WB_GAP, y, 0);
  draw_bar (pen, x + before, y, bar);
}

/* What the pointer is at. Returns: FALSE: nothing */
static gboolean
find_pixel (WbHeat *self, const graphene_rect_t *place, guint *x, guint *y)
{
  double across = (self->x - (double) place->origin.x) / (double) place->size.width;
  double down = (self->y - (double) place->origin.y) / (double) place->size.height;

  if (!(across >= 0 && across < 1 && down >= 0 && down < 1))
    return FALSE;
  *x = (guint) (across * self->width);
  *y = (guint) (down * self->height);
  return TRUE;
}

static void
draw_pointer (WbHeat *self, const WbPen *pen, const graphene_rect_t *place)
{
  g_autofree char *where = NULL, *strength = NULL;
  double left = (double) place->origin.x, right = left + (double) place->size.width;
  guint x, y;

  if (!self->strength || !find_pixel (self, place, &x, &y))
    return;
  /* Translators: a pixel: its column and its row */
  where = g_strdup_printf (_ ("column %u, row %u"), x, y);
  strength = g_strdup_printf (_ ("%.0f %% of the most"), 100 * (double) self->strength[y * self->width + x]);
  wb_pen_write_box (pen, (const char *const[]){where, strength, NULL}, NULL, self->x, MAX (self->y - 60, 0), left,
                    right);
}

static void
wb_heat_draw (WbFigure *figure, const WbChartStyle *style, cairo_t *cr, double width, double height, gboolean on_paper)
{
  WbHeat *self = WB_HEAT (figure);
  graphene_rect_t place;
  double legend;
  WbPen pen;

  if (!self->image || width < 1 || height < 1)
    return;
  wb_pen_init (&pen, cr, style);
  legend = legend_height (self, pen.text_height);
  place = place_of (self, width, MAX (height - legend, 1));
  cairo_save (cr);
  rounded (cr, &place, MIN (ROUNDING, (double) MIN (place.size.width, place.size.height) / 2));
  cairo_clip (cr);
  lay (self, cr, self->strength ? self->grey : self->image, &place, FALSE);
  if (self->strength && !self->map)
    self->map = draw_map (self);
  if (self->map)
    lay (self, cr, self->map, &place, self->smooth);
  cairo_restore (cr);
  if (self->strength)
    draw_legend (self, &pen, width, height - legend / 2);
  if (!on_paper)
    draw_pointer (self, &pen, &place);
  wb_pen_clear (&pen);
}

static char *
wb_heat_to_csv (WbFigure *figure)
{
  WbHeat *self = WB_HEAT (figure);
  GString *csv = g_string_new ("column,row,strength\n");
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  for (guint i = 0; self->strength && i < self->width * self->height; i++)
    g_string_append_printf (csv, "%u,%u,%s\n", i % self->width, i / self->width,
                            g_ascii_formatd (text, sizeof text, "%.6g", (double) self->strength[i]));
  return g_string_free (csv, FALSE);
}

static void
wb_heat_point (WbFigure *figure, double x, double y)
{
  WbHeat *self = WB_HEAT (figure);

  self->x = x;
  self->y = y;
  if (self->strength)
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
wb_heat_key (WbFigure *figure, guint key)
{
  return FALSE;
}

/* --- What it shows --- */

static void
drop_map (WbHeat *self)
{
  g_clear_pointer (&self->strength, g_free);
  g_clear_pointer (&self->map, cairo_surface_destroy);
  g_clear_pointer (&self->label, g_free);
  wb_figure_describe (WB_FIGURE (self), "");
}

static void
drop_image (WbHeat *self)
{
  drop_map (self);
  g_clear_pointer (&self->image, cairo_surface_destroy);
  g_clear_pointer (&self->grey, cairo_surface_destroy);
}

void
wb_heat_set_image (WbHeat *self, const guint8 *seen, const LathePreprocess *preprocess)
{
  g_return_if_fail (WB_IS_HEAT (self));

  drop_image (self);
  if (seen)
    {
      self->width = preprocess->width;
      self->height = preprocess->height;
      self->image = surface_of (seen, self->width, self->height, preprocess->channels, FALSE);
      self->grey = surface_of (seen, self->width, self->height, preprocess->channels, TRUE);
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
wb_heat_set_map (WbHeat *self, const LatheExplanation *map, const char *label)
{
  g_return_if_fail (WB_IS_HEAT (self));

  drop_map (self);
  if (map && self->image && map->width == self->width && map->height == self->height)
    {
      g_autofree char *text = g_strdup_printf (_ ("What in the image speaks for %s"), label);

      self->strength = g_memdup2 (map->strength, (gsize) map->width * map->height * sizeof *map->strength);
      self->label = g_strdup (label);
      wb_figure_describe (WB_FIGURE (self), text);
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
wb_heat_set_opacity (WbHeat *self, double opacity)
{
  g_return_if_fail (WB_IS_HEAT (self));

  self->opacity = CLAMP (opacity, 0, 1);
  g_clear_pointer (&self->map, cairo_surface_destroy);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
wb_heat_set_smooth (WbHeat *self, gboolean smooth)
{
  g_return_if_fail (WB_IS_HEAT (self));

  self->smooth = smooth;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- Life --- */

static void
wb_heat_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                 int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 120 : 240;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 320 : 280;
}

static void
wb_heat_finalize (GObject *object)
{
  WbHeat *self = WB_HEAT (object);

  g_free (self->strength);
  g_free (self->label);
  g_clear_pointer (&self->map, cairo_surface_destroy);
  g_clear_pointer (&self->image, cairo_surface_destroy);
  g_clear_pointer (&self->grey, cairo_surface_destroy);
  G_OBJECT_CLASS (wb_heat_parent_class)->finalize (object);
}

static void
wb_heat_class_init (WbHeatClass *klass)
{
  WbFigureClass *figure_class = WB_FIGURE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = wb_heat_finalize;
  GTK_WIDGET_CLASS (klass)->measure = wb_heat_measure;
  figure_class->draw = wb_heat_draw;
  figure_class->to_csv = wb_heat_to_csv;
  figure_class->point = wb_heat_point;
  figure_class->key = wb_heat_key;
}

static void
wb_heat_init (WbHeat *self)
{
  self->opacity = 0.8;
  self->x = self->y = NAN;
}
