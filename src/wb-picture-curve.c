/* wb-picture-curve.c: the curve of a function that is done to each number by itself.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>
#include <math.h>

#include "wb-chart-geometry.h"
#include "wb-layer-picture-private.h"

#define RANGE 5.0  /* from -RANGE on */
#define POINTS 201 /* of the curve */
#define HEIGHT 112.0
#define STEP 0.5 /* of an arrow key */

static double
most (WbLayerPicture *self)
{
  double limit = (double) self->kind->limit;

  return isfinite (limit) && limit > RANGE - 1 ? limit + 2 : RANGE;
}

static double
value_at (WbLayerPicture *self, double x)
{
  LatheReal from = (LatheReal) x, to;

  self->kind->curve (self->kind, &self->properties, &to, &from, 1);
  return (double) to;
}

static void
find_curve (WbLayerPicture *self, LatheReal x[POINTS], LatheReal y[POINTS])
{
  for (guint i = 0; i < POINTS; i++)
    x[i] = (LatheReal) (-RANGE + (most (self) + RANGE) * i / (POINTS - 1));
  self->kind->curve (self->kind, &self->properties, y, x, POINTS);
}

/* With a minus rather than a hyphen, and none before a zero. (transfer full) */
static char *
write_number (double number, int decimals)
{
  double unit = pow (10, -decimals), rounded = round (number / unit) * unit;

  return g_strdup_printf ("%s%.*f", rounded < 0 ? "−" : "", decimals, fabs (rounded));
}

static double
measure (WbLayerPicture *self, double width)
{
  return HEIGHT + WB_PICTURE_LABEL;
}

static void
prepare (WbLayerPicture *self)
{
  self->x = CLAMP (self->x, -RANGE, most (self));
}

/* --- Drawing --- */

typedef struct
{
  double left, right, top, bottom;
  double least_x, most_x, least_y, most_y;
} Plot;

static double
plot_x (const Plot *plot, double x)
{
  return plot->left + (x - plot->least_x) / (plot->most_x - plot->least_x) * (plot->right - plot->left);
}

static double
plot_y (const Plot *plot, double y)
{
  return plot->bottom - (y - plot->least_y) / (plot->most_y - plot->least_y) * (plot->bottom - plot->top);
}

/* Zero is in it, and a little room above and below. */
static Plot
find_plot (WbLayerPicture *self, const LatheReal y[POINTS], double width, double height)
{
  Plot plot = {.left = 6, .right = width - 6, .top = 6, .bottom = height - WB_PICTURE_LABEL};
  double room;

  plot.least_x = -RANGE;
  plot.most_x = most (self);
  for (guint i = 0; i < POINTS; i++)
    {
      plot.least_y = MIN (plot.least_y, (double) y[i]);
      plot.most_y = MAX (plot.most_y, (double) y[i]);
    }
  room = MAX (0.08 * (plot.most_y - plot.least_y), 1e-6);
  plot.least_y -= room;
  plot.most_y += room;
  return plot;
}

static void
draw_grid (const WbPen *pen, const Plot *plot)
{
  WbTicks across = wb_ticks (plot->least_x, plot->most_x, 7), up = wb_ticks (plot->least_y, plot->most_y, 5);

  cairo_set_line_width (pen->cr, 1);
  for (guint i = 0; i < across.n; i++)
    {
      double x = across.first + i * across.step;
      g_autofree char *text = write_number (x, (int) across.decimals);

      wb_pen_use (pen, &pen->style->foreground, fabs (x) < 1e-9 ? 0.45 : 0.12);
      cairo_move_to (pen->cr, wb_pen_crisp (plot_x (plot, x)), plot->top);
      cairo_line_to (pen->cr, wb_pen_crisp (plot_x (plot, x)), plot->bottom);
      cairo_stroke (pen->cr);
      wb_pen_use (pen, &pen->style->foreground, 0.7);
      wb_pen_write (pen, text, plot_x (plot, x), plot->bottom + WB_PICTURE_LABEL / 2, 0.5);
    }
  for (guint i = 0; i < up.n; i++)
    {
      double y = up.first + i * up.step;
      g_autofree char *text = write_number (y, (int) up.decimals);

      wb_pen_use (pen, &pen->style->foreground, fabs (y) < 1e-9 ? 0.45 : 0.12);
      cairo_move_to (pen->cr, plot->left, wb_pen_crisp (plot_y (plot, y)));
      cairo_line_to (pen->cr, plot->right, wb_pen_crisp (plot_y (plot, y)));
      cairo_stroke (pen->cr);
      wb_pen_use (pen, &pen->style->foreground, 0.7);
      if (fabs (y) > 1e-9)
        wb_pen_write (pen, text, plot_x (plot, 0) - 4, plot_y (plot, y), 1);
    }
}

static void
draw_point (WbLayerPicture *self, const WbPen *pen, const Plot *plot)
{
  double y = value_at (self, self->x), x = plot_x (plot, self->x);
  g_autofree char *from = write_number (self->x, 1), *to = write_number (y, 2);
  g_autofree char *text = g_strdup_printf ("%s → %s", from, to);
  gboolean right = self->x < 0;

  wb_pen_use (pen, &self->accent, 1);
  cairo_arc (pen->cr, x, plot_y (plot, y), 4, 0, 2 * G_PI);
  cairo_fill (pen->cr);
  wb_pen_use (pen, &pen->style->foreground, 0.9);
  wb_pen_write (pen, text, right ? plot->right : plot->left, plot->top + pen->text_height / 2, right ? 1 : 0);
}

static void
draw (WbLayerPicture *self, const WbPen *pen, double width, double height)
{
  LatheReal x[POINTS], y[POINTS];
  Plot plot;

  find_curve (self, x, y);
  plot = find_plot (self, y, width, height);
  draw_grid (pen, &plot);
  wb_pen_use (pen, &self->accent, 1);
  cairo_set_line_width (pen->cr, 2);
  cairo_set_line_join (pen->cr, CAIRO_LINE_JOIN_ROUND);
  cairo_new_path (pen->cr);
  for (guint i = 0; i < POINTS; i++)
    cairo_line_to (pen->cr, plot_x (&plot, (double) x[i]), plot_y (&plot, (double) y[i]));
  cairo_stroke (pen->cr);
  draw_point (self, pen, &plot);
}

/* --- Moving the point --- */

static gboolean
move_to (WbLayerPicture *self, double x)
{
  double to = CLAMP (round (x * 10) / 10, -RANGE, most (self));

  if (to == self->x)
    return FALSE;
  self->x = to;
  return TRUE;
}

static gboolean
point (WbLayerPicture *self, double x, double y)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self));

  return move_to (self, -RANGE + (x - 6) / (width - 12) * (most (self) + RANGE));
}

static gboolean
step (WbLayerPicture *self, int right, int down)
{
  return move_to (self, self->x + right * STEP);
}

/* “−5 becomes −1.25, −1 becomes −0.25, …” */
static char *
describe (WbLayerPicture *self)
{
  const double known[] = {-RANGE, -1, 0, 1, RANGE, self->x};
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    {
      gboolean shown = i + 1 == G_N_ELEMENTS (known);
      g_autofree char *from = write_number (known[i], shown ? 1 : 0), *to = write_number (value_at (self, known[i]), 2);

      if (shown)
        /* Translators: the end of a sentence: a number, and what a function makes of it */
        g_string_append_printf (text, _ ("; shown is %s, which becomes %s."), from, to);
      else
        /* Translators: a number, and what a function makes of it */
        g_string_append_printf (text, _ ("%s%s becomes %s"), i > 0 ? ", " : "", from, to);
    }
  return g_string_free (text, FALSE);
}

const WbPicture wb_picture_curve = {
    .title = N_ ("The curve of the function"),
    .prepare = prepare,
    .measure = measure,
    .draw = draw,
    .point = point,
    .step = step,
    .describe = describe,
};
