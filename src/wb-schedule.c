/* wb-schedule.c: how the learning rate changes over a training, before it begins and while it goes on.
 *
 *   0.001 ┄┄┄╱‾‾‾‾╲┄┄┄┄┄
 *           ╱      ●__
 *         _╱          ╲___
 *         0      epochs  10
 *
 * It is drawn from the engine's own schedule, a step at every pixel or two, so that what is seen is what will happen.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-schedule.h"

#include <glib/gi18n.h>
#include <math.h>

#define N_POINTS 241
#define HEIGHT 132 /* pixels */
#define LINE_WIDTH 2.0
#define DOT_RADIUS 4.0
#define BELOW 0.12 /* opacity of what is under the line */

struct _WbSchedule
{
  WbFigure parent_instance;

  guint epochs;
  double at[N_POINTS], rates[N_POINTS]; /* epochs, and the learning rate there */
  double now, rate_now;                 /* where the training stands; NAN: there is none */
  double pointed;                       /* epochs; NAN: nowhere */
  double left, right, top, bottom;      /* of the plot, as last drawn */
};

G_DEFINE_FINAL_TYPE (WbSchedule, wb_schedule, WB_TYPE_FIGURE)

static double
find_peak (const WbSchedule *self)
{
  double peak = 0;

  for (guint i = 0; i < N_POINTS; i++)
    peak = MAX (peak, self->rates[i]);
  return peak;
}

static guint
find_point (const WbSchedule *self, double epochs)
{
  guint best = 0;

  for (guint i = 1; i < N_POINTS; i++)
    if (fabs (self->at[i] - epochs) < fabs (self->at[best] - epochs))
      best = i;
  return best;
}

/* --- Showing --- */

/* The epochs of what goes on, as the plateau wants them. (transfer full) */
static gboolean *
list_better (const LatheSnapshot *snapshot)
{
  gboolean *better = g_new0 (gboolean, snapshot->finished->len + 1);

  for (guint i = 0; i < snapshot->finished->len; i++)
    better[i] = g_array_index (snapshot->finished, LatheEpoch, i).best;
  return better;
}

static void
describe (WbSchedule *self, const LatheHyperparameters *hyperparameters, guint steps)
{
  g_autofree char *way = lathe_schedule_describe (hyperparameters, steps);
  g_autofree char *now = NULL;

  if (isfinite (self->now))
    /* Translators: how the learning rate changes in words; then what it is, and how many epochs are done */
    now = g_strdup_printf (_ ("%s. %.3g now, after %.3g epochs"), way, self->rate_now, self->now);
  wb_figure_describe (WB_FIGURE (self), now ? now : way);
}

void
wb_schedule_show (WbSchedule *self, const LatheHyperparameters *hyperparameters, guint steps,
                  const LatheSnapshot *snapshot)
{
  gboolean begun = snapshot && snapshot->steps > 0 && snapshot->learning_rate > 0;
  g_autofree gboolean *better =
      begun && hyperparameters->schedule == LATHE_SCHEDULE_PLATEAU ? list_better (snapshot) : NULL;

  g_return_if_fail (WB_IS_SCHEDULE (self));
  g_return_if_fail (steps > 0);

  self->epochs = hyperparameters->epochs;
  lathe_schedule_trace (hyperparameters, steps, better, better ? snapshot->finished->len : 0, N_POINTS, self->at,
                        self->rates);
  self->now = begun ? snapshot->epoch - 1 + (double) snapshot->step / snapshot->steps : NAN;
  self->rate_now = begun ? snapshot->learning_rate : NAN;
  describe (self, hyperparameters, steps);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- Drawing --- */

static double
plot_x (const WbSchedule *self, double epochs)
{
  return self->left + epochs / self->epochs * (self->right - self->left);
}

static double
plot_y (const WbSchedule *self, double rate, double peak)
{
  return self->bottom - rate / peak * (self->bottom - self->top);
}

/* The peak's rate is written beside its hairline, the epochs below. */
static void
draw_axes (const WbSchedule *self, const WbPen *pen, const char *peak)
{
  g_autofree char *epochs = g_strdup_printf (ngettext ("%u epoch", "%u epochs", self->epochs), self->epochs);
  const GdkRGBA *foreground = &pen->style->foreground;

  cairo_set_line_width (pen->cr, 1);
  wb_pen_use (pen, foreground, 0.1);
  cairo_move_to (pen->cr, self->left, wb_pen_crisp (self->top));
  cairo_line_to (pen->cr, self->right, wb_pen_crisp (self->top));
  cairo_move_to (pen->cr, self->left, wb_pen_crisp (self->bottom));
  cairo_line_to (pen->cr, self->right, wb_pen_crisp (self->bottom));
  cairo_stroke (pen->cr);
  wb_pen_use (pen, foreground, 0.6);
  wb_pen_write (pen, peak, self->left - WB_GAP, self->top, 1);
  wb_pen_write (pen, "0", self->left - WB_GAP, self->bottom, 1);
  wb_pen_write (pen, epochs, self->right, self->bottom + pen->text_height, 1);
}

static void
draw_line (const WbSchedule *self, const WbPen *pen, double peak)
{
  const GdkRGBA *color = wb_pen_color (pen, WB_CHART_BLUE);

  cairo_new_path (pen->cr); /* a text leaves its point behind */
  for (guint i = 0; i < N_POINTS; i++)
    cairo_line_to (pen->cr, plot_x (self, self->at[i]), plot_y (self, self->rates[i], peak));
  cairo_line_to (pen->cr, self->right, plot_y (self, self->rates[N_POINTS - 1], peak));
  cairo_set_line_join (pen->cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_width (pen->cr, LINE_WIDTH);
  wb_pen_use (pen, color, 1);
  cairo_stroke_preserve (pen->cr);
  cairo_line_to (pen->cr, self->right, self->bottom);
  cairo_line_to (pen->cr, self->left, self->bottom);
  wb_pen_use (pen, color, BELOW);
  cairo_fill (pen->cr);
}

static void
draw_dot (const WbSchedule *self, const WbPen *pen, double x, double y)
{
  cairo_new_path (pen->cr);
  wb_pen_use (pen, &pen->style->background, 1);
  cairo_arc (pen->cr, x, y, DOT_RADIUS + 2, 0, 2 * G_PI);
  cairo_fill (pen->cr);
  wb_pen_use (pen, wb_pen_color (pen, WB_CHART_ORANGE), 1);
  cairo_arc (pen->cr, x, y, DOT_RADIUS, 0, 2 * G_PI);
  cairo_fill (pen->cr);
}

static void
draw_pointed (const WbSchedule *self, const WbPen *pen)
{
  guint i = find_point (self, self->pointed);
  g_autofree char *rate = g_strdup_printf ("%.3g", self->rates[i]);
  /* Translators: “epoch 3.25” */
  g_autofree char *epoch = g_strdup_printf (_ ("epoch %.3g"), self->at[i]);
  double x = plot_x (self, self->at[i]);

  wb_pen_use (pen, &pen->style->foreground, 0.4);
  cairo_set_line_width (pen->cr, 1);
  cairo_move_to (pen->cr, wb_pen_crisp (x), self->top);
  cairo_line_to (pen->cr, wb_pen_crisp (x), self->bottom);
  cairo_stroke (pen->cr);
  wb_pen_write_box (pen, (const char *[]){rate, epoch, NULL}, NULL, x, self->top, self->left, self->right);
}

static void
wb_schedule_draw (WbFigure *figure, const WbChartStyle *style, cairo_t *cr, double width, double height,
                  gboolean on_paper)
{
  WbSchedule *self = WB_SCHEDULE (figure);
  double peak = find_peak (self);
  g_autofree char *text = g_strdup_printf ("%.3g", peak);
  g_auto (WbPen) pen;

  if (peak <= 0)
    return;
  wb_pen_init (&pen, cr, style);
  self->left = wb_pen_measure (&pen, text, FALSE) + WB_GAP + 1;
  self->right = width - DOT_RADIUS - 2;
  self->top = pen.text_height * 2;
  self->bottom = height - pen.text_height * 1.5;
  wb_pen_use (&pen, &style->foreground, 1);
  wb_pen_write_title (&pen, wb_figure_get_title (figure), 0, pen.text_height * 0.8);
  draw_axes (self, &pen, text);
  draw_line (self, &pen, peak);
  if (isfinite (self->now))
    draw_dot (self, &pen, plot_x (self, self->now), plot_y (self, self->rate_now, peak));
  if (isfinite (self->pointed) && !on_paper)
    draw_pointed (self, &pen);
}

/* --- A figure's doings --- */

static char *
wb_schedule_to_csv (WbFigure *figure)
{
  WbSchedule *self = WB_SCHEDULE (figure);
  GString *csv = g_string_new ("epoch,learning-rate\n");

  for (guint i = 0; i < N_POINTS; i++)
    {
      char epoch[G_ASCII_DTOSTR_BUF_SIZE], rate[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append_printf (csv, "%s,%s\n", g_ascii_dtostr (epoch, sizeof epoch, self->at[i]),
                              g_ascii_dtostr (rate, sizeof rate, self->rates[i]));
    }
  return g_string_free (csv, FALSE);
}

static void
set_pointed (WbSchedule *self, double epochs)
{
  self->pointed = epochs;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
wb_schedule_point (WbFigure *figure, double x, double y)
{
  WbSchedule *self = WB_SCHEDULE (figure);
  gboolean inside = x >= self->left && x <= self->right;

  set_pointed (self, inside ? (x - self->left) / (self->right - self->left) * self->epochs : NAN);
}

/* Left and right go through the epochs' beginnings. */
static gboolean
wb_schedule_key (WbFigure *figure, guint key)
{
  WbSchedule *self = WB_SCHEDULE (figure);
  double from = isfinite (self->pointed) ? round (self->pointed) : 0;

  if (key == GDK_KEY_Escape)
    set_pointed (self, NAN);
  else if (key == GDK_KEY_Left || key == GDK_KEY_Right)
    set_pointed (self, CLAMP (from + (key == GDK_KEY_Left ? -1 : 1), 0, self->epochs));
  else if (key == GDK_KEY_Home || key == GDK_KEY_End)
    set_pointed (self, key == GDK_KEY_Home ? 0 : self->epochs);
  else
    return FALSE;
  return TRUE;
}

static void
wb_schedule_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                     int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 200 : HEIGHT;
}

static void
wb_schedule_class_init (WbScheduleClass *klass)
{
  WbFigureClass *figure_class = WB_FIGURE_CLASS (klass);

  figure_class->draw = wb_schedule_draw;
  figure_class->to_csv = wb_schedule_to_csv;
  figure_class->point = wb_schedule_point;
  figure_class->key = wb_schedule_key;
  GTK_WIDGET_CLASS (klass)->measure = wb_schedule_measure;
}

static void
wb_schedule_init (WbSchedule *self)
{
  self->now = self->rate_now = self->pointed = NAN;
  self->epochs = 1;
}

GtkWidget *
wb_schedule_new (void)
{
  return g_object_new (WB_TYPE_SCHEDULE, "title", _ ("Learning rate"), NULL);
}
