/* wb-run-plot.c: many runs by their settings and scores: dots on two axes, or lines across all of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>

#include "wb-run-plot-private.h"

#define REACH 14.0 /* pixels from a dot, a line or an axis within which it is meant */
#define CLICK 3.0  /* pixels that are no drag yet */

G_DEFINE_FINAL_TYPE (WbRunPlot, wb_run_plot, WB_TYPE_FIGURE)

enum
{
  PICKED,
  FILTERED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* --- What is said of it --- */

guint
wb_run_plot_count (WbRunPlot *self)
{
  guint n = 0;

  g_return_val_if_fail (WB_IS_RUN_PLOT (self), 0);

  for (guint i = 0; self->values && i < self->values->n_runs; i++)
    n += wb_run_plot_passes (self, i) ? 1 : 0;
  return n;
}

/* Of those within what was chosen, the one of the best accuracy; -1: none */
static int
find_best (WbRunPlot *self)
{
  int best = -1;

  for (guint i = 0; i < self->values->n_runs; i++)
    if (wb_run_plot_passes (self, i) && !isnan (wb_run_values_get (self->values, i, 0)) &&
        (best < 0 || wb_run_values_get (self->values, i, 0) > wb_run_values_get (self->values, (guint) best, 0)))
      best = (int) i;
  return best;
}

static void
describe (WbRunPlot *self)
{
  guint n = wb_run_plot_count (self);
  int run = !self->values ? -1 : self->pointed >= 0 ? self->pointed : find_best (self);
  g_autofree char *said = run >= 0 ? wb_run_plot_describe_run (self, (guint) run) : NULL;
  g_autofree char *text = NULL;

  if (!said)
    text = g_strdup (_ ("No run has a score yet"));
  else if (self->pointed >= 0)
    text = g_strdup (said);
  else
    /* Translators: number of runs; the best one’s title, accuracy and settings */
    text = g_strdup_printf (ngettext ("%u run. The best: %s", "%u runs. The best: %s", n), n, said);
  wb_figure_describe (WB_FIGURE (self), text);
}

static void
show (WbRunPlot *self)
{
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- What is shown --- */

/* What was set, and at the right end what came of it. */
static void
order_axes (WbRunPlot *self)
{
  g_array_set_size (self->order, 0);
  for (guint i = 0; i < self->values->axes->len && self->order->len + 1 < WB_RUN_PLOT_MOST; i++)
    if (!wb_run_values_get_axis (self->values, i)->score)
      g_array_append_val (self->order, i);
  g_array_append_val (self->order, self->colour);
}

static gboolean
same_axes (const WbRunValues *a, const WbRunValues *b)
{
  if (!a || a->axes->len != b->axes->len)
    return FALSE;
  for (guint i = 0; i < a->axes->len; i++)
    if (!g_str_equal (wb_run_values_get_axis (a, i)->title, wb_run_values_get_axis (b, i)->title))
      return FALSE;
  return TRUE;
}

void
wb_run_plot_take (WbRunPlot *self, WbRunValues *values)
{
  g_return_if_fail (WB_IS_RUN_PLOT (self));

  if (!same_axes (self->values, values))
    {
      g_free (self->brushes);
      self->brushes = g_new (WbBrush, values->axes->len);
      for (guint i = 0; i < values->axes->len; i++)
        self->brushes[i] = (WbBrush){NAN, NAN};
      self->across = self->up = self->colour = 0;
    }
  g_free (self->axes);
  self->axes = g_new0 (WbAxis, values->axes->len);
  g_clear_pointer (&self->values, wb_run_values_free);
  self->values = values;
  self->pointed = -1;
  order_axes (self);
  show (self);
}

const WbRunValues *
wb_run_plot_get_values (WbRunPlot *self)
{
  g_return_val_if_fail (WB_IS_RUN_PLOT (self), NULL);

  return self->values;
}

void
wb_run_plot_set_parallel (WbRunPlot *self, gboolean parallel)
{
  g_return_if_fail (WB_IS_RUN_PLOT (self));

  self->parallel = parallel;
  show (self);
}

void
wb_run_plot_set_axes (WbRunPlot *self, guint across, guint up, guint colour)
{
  g_return_if_fail (WB_IS_RUN_PLOT (self));

  if (!self->values || MAX (MAX (across, up), colour) >= self->values->axes->len)
    return;
  self->across = across;
  self->up = up;
  self->colour = colour;
  order_axes (self);
  show (self);
}

void
wb_run_plot_select (WbRunPlot *self, gint64 id)
{
  g_return_if_fail (WB_IS_RUN_PLOT (self));

  self->selected = id;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
wb_run_plot_choose (WbRunPlot *self, guint axis, double low, double high)
{
  g_return_if_fail (WB_IS_RUN_PLOT (self));
  g_return_if_fail (self->values && axis < self->values->axes->len);

  self->brushes[axis] = (WbBrush){low, high};
  show (self);
  g_signal_emit (self, signals[FILTERED], 0);
}

/* --- Pointing --- */

static double
distance_to_dot (WbRunPlot *self, guint run, double x, double y)
{
  double at_x = wb_axis_place (&self->axes[self->across], wb_run_values_get (self->values, run, self->across));
  double at_y = wb_axis_place (&self->axes[self->up], wb_run_values_get (self->values, run, self->up));

  return hypot (at_x - x, at_y - y);
}

/* Up or down to the line, where it passes. */
static double
distance_to_line (WbRunPlot *self, guint run, double x, double y)
{
  for (guint i = 0; i + 1 < self->order->len; i++)
    {
      double left = wb_run_plot_place (self, i), right = wb_run_plot_place (self, i + 1), a, b;
      guint from = g_array_index (self->order, guint, i), to = g_array_index (self->order, guint, i + 1);

      if (x < left || x > right)
        continue;
      a = wb_axis_place (&self->axes[from], wb_run_values_get (self->values, run, from));
      b = wb_axis_place (&self->axes[to], wb_run_values_get (self->values, run, to));
      return fabs (a + (x - left) / (right - left) * (b - a) - y);
    }
  return NAN;
}

/* Of those within what was chosen; -1: none is near. */
static int
find_run (WbRunPlot *self, double x, double y)
{
  double nearest = REACH;
  int found = -1;

  for (guint i = 0; self->values && i < self->values->n_runs && isfinite (x); i++)
    {
      double distance = self->parallel ? distance_to_line (self, i, x, y) : distance_to_dot (self, i, x, y);

      if (!(distance < nearest) || !wb_run_plot_passes (self, i))
        continue;
      nearest = distance;
      found = (int) i;
    }
  return found;
}

static void
point_at (WbRunPlot *self, int run)
{
  if (run == self->pointed)
    return;
  self->pointed = run;
  show (self);
}

static void
wb_run_plot_point (WbFigure *figure, double x, double y)
{
  WbRunPlot *self = WB_RUN_PLOT (figure);

  if (self->dragged < 0)
    point_at (self, find_run (self, x, y));
}

static void
pick (WbRunPlot *self, int run)
{
  if (run >= 0)
    g_signal_emit (self, signals[PICKED], 0, self->values->ids[run]);
}

/* The next one that is within what was chosen. */
static int
find_next (WbRunPlot *self, int from, int step)
{
  for (int i = from + step; i >= 0 && i < (int) self->values->n_runs; i += step)
    if (wb_run_plot_passes (self, (guint) i))
      return i;
  return from;
}

static gboolean
wb_run_plot_key (WbFigure *figure, guint key)
{
  WbRunPlot *self = WB_RUN_PLOT (figure);

  if (!self->values || self->values->n_runs == 0)
    return FALSE;
  if (key == GDK_KEY_Return || key == GDK_KEY_KP_Enter || key == GDK_KEY_space)
    pick (self, self->pointed);
  else if (key == GDK_KEY_Escape && self->pointed >= 0)
    point_at (self, -1);
  else if (key == GDK_KEY_Left || key == GDK_KEY_Right)
    point_at (self, find_next (self, self->pointed, key == GDK_KEY_Left && self->pointed >= 0 ? -1 : 1));
  else if (key == GDK_KEY_Home)
    point_at (self, find_best (self));
  else
    return FALSE;
  return TRUE;
}

/* --- Choosing a part of an axis --- */

static int
find_axis (WbRunPlot *self, double x, double y)
{
  for (guint i = 0; self->parallel && i < self->order->len; i++)
    if (fabs (wb_run_plot_place (self, i) - x) < REACH && y > self->top - REACH)
      return (int) g_array_index (self->order, guint, i);
  if (self->parallel)
    return -1;
  if (y > self->bottom)
    return (int) self->across;
  return x < self->left + REACH && y > self->top ? (int) self->up : -1;
}

static double
get_position (WbRunPlot *self, double x, double y)
{
  return !self->parallel && self->dragged == (int) self->across && self->across != self->up ? x : y;
}

static void
on_drag_begin (WbRunPlot *self, double x, double y)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->dragged = self->values ? find_axis (self, x, y) : -1;
  self->drag_from = get_position (self, x, y);
}

static void
get_point (GtkGestureDrag *drag, double dx, double dy, double *x, double *y)
{
  gtk_gesture_drag_get_start_point (drag, x, y);
  *x += dx;
  *y += dy;
}

static void
on_drag_update (WbRunPlot *self, double dx, double dy, GtkGestureDrag *drag)
{
  const WbAxis *axis;
  double x, y, to, a, b;

  if (self->dragged < 0)
    return;
  get_point (drag, dx, dy, &x, &y);
  to = get_position (self, x, y);
  if (fabs (to - self->drag_from) < CLICK)
    return;
  axis = &self->axes[self->dragged];
  a = wb_axis_find (axis, self->drag_from);
  b = wb_axis_find (axis, to);
  wb_run_plot_choose (self, (guint) self->dragged, MIN (a, b), MAX (a, b));
}

/* A click on an axis takes back what was chosen of it; one elsewhere is for the run there. */
static void
on_drag_end (WbRunPlot *self, double dx, double dy, GtkGestureDrag *drag)
{
  double x, y;

  get_point (drag, dx, dy, &x, &y);
  if (hypot (dx, dy) < CLICK && self->dragged >= 0)
    wb_run_plot_choose (self, (guint) self->dragged, NAN, NAN);
  else if (hypot (dx, dy) < CLICK)
    pick (self, find_run (self, x, y));
  self->dragged = -1;
}

/* --- As numbers --- */

static char *
wb_run_plot_to_csv (WbFigure *figure)
{
  const WbRunValues *values = WB_RUN_PLOT (figure)->values;

  return values ? wb_run_values_to_csv (values) : g_strdup ("run\n");
}

/* --- Life --- */

static void
wb_run_plot_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                     int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 240 : 220;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 640 : 360;
}

static void
wb_run_plot_finalize (GObject *object)
{
  WbRunPlot *self = WB_RUN_PLOT (object);

  g_clear_pointer (&self->values, wb_run_values_free);
  g_free (self->brushes);
  g_free (self->axes);
  g_array_unref (self->order);
  G_OBJECT_CLASS (wb_run_plot_parent_class)->finalize (object);
}

static void
wb_run_plot_class_init (WbRunPlotClass *klass)
{
  WbFigureClass *figure_class = WB_FIGURE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = wb_run_plot_finalize;
  GTK_WIDGET_CLASS (klass)->measure = wb_run_plot_measure;
  figure_class->draw = wb_run_plot_draw;
  figure_class->to_csv = wb_run_plot_to_csv;
  figure_class->point = wb_run_plot_point;
  figure_class->key = wb_run_plot_key;
  signals[PICKED] =
      g_signal_new ("picked", WB_TYPE_RUN_PLOT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT64);
  signals[FILTERED] =
      g_signal_new ("filtered", WB_TYPE_RUN_PLOT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wb_run_plot_init (WbRunPlot *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();

  self->pointed = self->dragged = -1;
  self->order = g_array_new (FALSE, FALSE, sizeof (guint));
  g_signal_connect_swapped (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect_swapped (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  g_signal_connect_swapped (drag, "drag-end", G_CALLBACK (on_drag_end), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
}
