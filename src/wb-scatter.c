/* wb-scatter.c: accuracy against what it costs: a dot for each network, or for each variant of a model.
 *
 *   Accuracy against milliseconds
 *   90 % ┈┈┈┈┈┈┈┈┈┈┈●━━━━━━━━━●┈┈
 *        ┈┈┈┈┈●━━━━━┛ ┈○┈┈◆┈┈┈┈┈┈
 *   80 % ┈┈┈┈┈┃┈○┈┈┈┈┈┈┈┈┈┈┈┈┈○┈┈
 *             0.2      0.5      1 ms
 *   ● trained to the end  ○ stopped early  ◆ as it is  ━ most accurate for the cost
 *
 * What was stopped far below all others lies on the bottom line, as an arrow down: it would leave no room for them.
 * Dots that have a size show it by their area. Marks differ in shape as well as in colour. The front goes in steps: for
 * the costs between two of its networks, the cheaper one is what one can have.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-scatter.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-axis.h"
#include "wb-point.h"
#include "wb-text.h"

#define RADIUS 4.5
#define LEAST_RADIUS 3.0 /* of dots that have a size, and … */
#define MOST_RADIUS 11.0 /* … of the largest of them */
#define REACH 14.0       /* pixels from a dot's middle within which it is meant */
#define WIDE_RANGE 12    /* times as costly: from there on the axis is logarithmic */
#define LEAST_SPAN 0.02
#define DEPTH 4          /* times what the whole ones span: as far below the best the axis reaches, … */
#define LEAST_DEPTH 0.15 /* … and at least so far */
#define LEGEND_SPACE 18.0

struct _WbScatter
{
  WbFigure parent_instance;

  GArray *dots; /* (element-type WbScatterDot): by their cost; or NULL */
  WbScatterUnit unit;
  WbScatterSubject subject;
  double largest; /* of the dots' sizes */
  WbAxis x, y;    /* as last drawn: the cost, and the accuracy in percent */
  int pointed;
  guint selected; /* an id; G_MAXUINT: none */
};

G_DEFINE_FINAL_TYPE (WbScatter, wb_scatter, WB_TYPE_FIGURE)

static guint picked_signal;

void
wb_scatter_dot_clear (gpointer dot)
{
  g_free (((WbScatterDot *) dot)->name);
}

static guint
n_dots (WbScatter *self)
{
  return self->dots ? self->dots->len : 0;
}

static const WbScatterDot *
get_dot (WbScatter *self, guint i)
{
  return &g_array_index (self->dots, WbScatterDot, i);
}

static char *
write_cost (WbScatter *self, double cost)
{
  return self->unit == WB_SCATTER_BYTES ? g_format_size ((guint64) cost) : wb_text_milliseconds (cost);
}

/* --- Where dots are, and how large --- */

static double
find_radius (WbScatter *self, const WbScatterDot *dot)
{
  return dot->size > 0 ? MAX (LEAST_RADIUS, MOST_RADIUS * sqrt (dot->size / self->largest)) : RADIUS;
}

static WbPoint
place_dot (WbScatter *self, const WbScatterDot *dot)
{
  return (WbPoint){wb_axis_place (&self->x, dot->cost),
                   wb_axis_place (&self->y, MAX (100 * dot->accuracy, self->y.from))};
}

static void
find_ranges (WbScatter *self)
{
  double least = INFINITY, most = 0, low = 1, high = 0, whole = 1, span = LEAST_SPAN, margin;

  for (guint i = 0; i < n_dots (self); i++)
    {
      const WbScatterDot *dot = get_dot (self, i);

      least = MIN (least, dot->cost);
      most = MAX (most, dot->cost);
      low = MIN (low, dot->accuracy);
      high = MAX (high, dot->accuracy);
      if (dot->mark == WB_SCATTER_PART)
        continue;
      whole = MIN (whole, dot->accuracy);
      span = MAX (span, dot->high - dot->low); /* what may be chance does not fill the chart */
    }
  if (n_dots (self) == 0)
    least = most = high = 1;
  self->x.logarithmic = most > WIDE_RANGE * least;
  self->x.from = self->x.logarithmic ? least / 1.26 : 0;
  self->x.to = most * (self->x.logarithmic ? 1.26 : 1.1);
  if (whole <= high)
    low = MAX (low, MIN (whole, high - MAX (DEPTH * (high - whole), LEAST_DEPTH)));
  span = MAX (span, high - low);
  margin = 0.1 * span + (span - (high - low)) / 2;
  self->y.from = 100 * MAX (0, low - margin);
  self->y.to = 100 * MIN (1 + span / 20, high + margin);
}

/* --- The legend --- */

static void
trace_mark (const WbPen *pen, WbScatterMark mark, WbPoint at, double radius)
{
  cairo_new_sub_path (pen->cr);
  if (mark != WB_SCATTER_FIRST)
    {
      cairo_arc (pen->cr, at.x, at.y, radius, 0, 2 * G_PI);
      return;
    }
  cairo_move_to (pen->cr, at.x, at.y - 1.5 * radius);
  cairo_line_to (pen->cr, at.x + 1.5 * radius, at.y);
  cairo_line_to (pen->cr, at.x, at.y + 1.5 * radius);
  cairo_line_to (pen->cr, at.x - 1.5 * radius, at.y);
  cairo_close_path (pen->cr);
}

/* Down to where it would be. */
static void
draw_arrow (const WbPen *pen, WbPoint at)
{
  cairo_move_to (pen->cr, at.x - RADIUS, at.y - RADIUS);
  cairo_line_to (pen->cr, at.x, at.y + 1);
  cairo_line_to (pen->cr, at.x + RADIUS, at.y - RADIUS);
  wb_pen_use (pen, &pen->style->foreground, 0.5);
  cairo_set_line_width (pen->cr, 1.5);
  cairo_stroke (pen->cr);
}

static void
draw_mark (const WbPen *pen, WbScatterMark mark, WbPoint at, double radius)
{
  const GdkRGBA *color = mark == WB_SCATTER_PART
                             ? &pen->style->foreground
                             : wb_pen_color (pen, mark == WB_SCATTER_FIRST ? WB_CHART_ORANGE : WB_CHART_BLUE);

  trace_mark (pen, mark, at, mark == WB_SCATTER_PART ? radius - 1 : radius);
  wb_pen_use (pen, color, mark == WB_SCATTER_PART ? 0.5 : 1);
  cairo_set_line_width (pen->cr, 1.5);
  if (mark == WB_SCATTER_PART)
    cairo_stroke (pen->cr);
  else
    cairo_fill (pen->cr);
}

typedef struct
{
  int mark; /* WbScatterMark; -1: the front's line */
  const char *text;
} LegendItem;

#define MOST_ITEMS 4

static const struct
{
  LegendItem legend[MOST_ITEMS]; /* ends early with a text of NULL */
  const char *none;
} subjects[] = {
    [WB_SCATTER_OF_NETWORKS] = {{{WB_SCATTER_WHOLE, N_ ("trained to the end")},
                                 {WB_SCATTER_PART, N_ ("stopped early")},
                                 {WB_SCATTER_FIRST, N_ ("the network as it is")},
                                 {-1, N_ ("most accurate for the cost")}},
                                N_ ("No network was trained to the end yet")},
    [WB_SCATTER_OF_VARIANTS] = {{{WB_SCATTER_FIRST, N_ ("as trained")},
                                 {WB_SCATTER_WHOLE, N_ ("made smaller; the larger, the larger its file")},
                                 {-1, N_ ("most accurate for the time")}},
                                N_ ("No variant was measured yet")},
};

static void
draw_legend_item (const WbPen *pen, const LegendItem *item, double x, double y)
{
  if (item->mark >= 0)
    draw_mark (pen, (WbScatterMark) item->mark, (WbPoint){x + RADIUS, y}, RADIUS);
  else
    {
      wb_pen_use (pen, wb_pen_color (pen, WB_CHART_GREEN), 1);
      cairo_set_line_width (pen->cr, 2);
      cairo_move_to (pen->cr, x - 2, y);
      cairo_line_to (pen->cr, x + 2 * RADIUS + 2, y);
      cairo_stroke (pen->cr);
    }
  wb_pen_use (pen, &pen->style->foreground, 0.6);
  wb_pen_write (pen, _ (item->text), x + 2 * RADIUS + WB_GAP, y, 0);
}

/* Whether it says what something means that is drawn. A front of one network is no line. */
static gboolean
is_seen (WbScatter *self, const LegendItem *item)
{
  guint n = 0;

  for (guint i = 0; i < n_dots (self); i++)
    n += item->mark < 0 ? get_dot (self, i)->front : get_dot (self, i)->mark == (WbScatterMark) item->mark;
  return n > (item->mark < 0);
}

/* In as many lines as the width asks for. Returns them; with `y` NAN nothing is drawn. */
static guint
lay_out_legend (WbScatter *self, const WbPen *pen, double width, double y)
{
  const LegendItem *legend = subjects[self->subject].legend;
  double x = WB_GAP;
  guint n_lines = 1;

  for (guint i = 0; i < MOST_ITEMS && legend[i].text != NULL; i++)
    {
      double wide = 2 * RADIUS + WB_GAP + wb_pen_measure (pen, _ (legend[i].text), FALSE);

      if (!is_seen (self, &legend[i]))
        continue;
      if (x > WB_GAP && x + wide > width - WB_GAP)
        {
          x = WB_GAP;
          n_lines++;
        }
      if (!isnan (y))
        draw_legend_item (pen, &legend[i], x, y + (n_lines - 1) * 1.3 * pen->text_height);
      x += wide + LEGEND_SPACE;
    }
  return n_lines;
}

/* --- Drawing --- */

static void
lay_out (WbScatter *self, const WbPen *pen, double width, double height, double *legend_y)
{
  double legend_height = lay_out_legend (self, pen, width, NAN) * 1.3 * pen->text_height;

  find_ranges (self);
  *legend_y = height - legend_height + 0.3 * pen->text_height;
  self->x.a = wb_pen_measure (pen, "100.0 %", FALSE) + 2 * WB_GAP;
  self->x.b = width - 3 * WB_GAP;
  self->y.a = height - legend_height - 1.5 * pen->text_height - 2 * WB_GAP;
  self->y.b = pen->text_height * 1.5 + 2 * WB_GAP;
}

static char *
write_percent (double value, guint decimals, gpointer data)
{
  return g_strdup_printf (_ ("%.*f %%"), (int) decimals, value);
}

static char *
write_tick (double cost, guint decimals, gpointer self)
{
  return cost > 0 ? write_cost (self, cost) : g_strdup ("0");
}

static void
draw_front (WbScatter *self, const WbPen *pen)
{
  gboolean begun = FALSE;
  WbPoint before = {0, 0};

  for (guint i = 0; i < n_dots (self); i++)
    {
      WbPoint at = place_dot (self, get_dot (self, i));

      if (!get_dot (self, i)->front)
        continue;
      if (begun)
        cairo_line_to (pen->cr, at.x, before.y);
      else
        cairo_move_to (pen->cr, at.x, at.y);
      cairo_line_to (pen->cr, at.x, at.y);
      before = at;
      begun = TRUE;
    }
  wb_pen_use (pen, wb_pen_color (pen, WB_CHART_GREEN), 1);
  cairo_set_line_width (pen->cr, 2);
  cairo_stroke (pen->cr);
}

/* What was stopped lies at the bottom, and what all are compared with on top. */
static void
draw_dots (WbScatter *self, const WbPen *pen, gboolean on_paper)
{
  static const WbScatterMark marks[] = {WB_SCATTER_PART, WB_SCATTER_WHOLE, WB_SCATTER_FIRST};

  for (guint m = 0; m < G_N_ELEMENTS (marks); m++)
    for (guint i = 0; i < n_dots (self); i++)
      {
        const WbScatterDot *dot = get_dot (self, i);
        WbPoint at = place_dot (self, dot);

        if (dot->mark != marks[m])
          continue;
        if (100 * dot->accuracy < self->y.from)
          draw_arrow (pen, at);
        else
          draw_mark (pen, dot->mark, at, find_radius (self, dot));
        if (on_paper || (dot->id != self->selected && (int) i != self->pointed))
          continue;
        trace_mark (pen, dot->mark, at, find_radius (self, dot) + 4);
        wb_pen_use (pen, &pen->style->foreground, dot->id == self->selected ? 0.9 : 0.4);
        cairo_set_line_width (pen->cr, 2);
        cairo_stroke (pen->cr);
      }
}

static char *
describe_dot (WbScatter *self, const WbScatterDot *dot)
{
  g_autofree char *accuracy = wb_text_percent (dot->accuracy), *low = wb_text_percent (dot->low);
  g_autofree char *high = wb_text_percent (dot->high), *cost = write_cost (self, dot->cost);
  g_autofree char *size = dot->size > 0 ? g_format_size ((guint64) dot->size) : NULL;

  if (size)
    /* Translators: the same, and the size of a file */
    return g_strdup_printf (_ ("%s (%s – %s), %s, %s"), accuracy, low, high, cost, size);
  /* Translators: an accuracy, between which two it is with 95 %, and the milliseconds or the size that it costs */
  return g_strdup_printf (_ ("%s (%s – %s), %s"), accuracy, low, high, cost);
}

static void
draw_readout (WbScatter *self, const WbPen *pen)
{
  const WbScatterDot *dot = get_dot (self, (guint) self->pointed);
  g_autofree char *said = describe_dot (self, dot);
  const char *const lines[] = {said, dot->name, dot->mark == WB_SCATTER_PART ? _ ("stopped early") : NULL, NULL};

  wb_pen_write_box (pen, lines, NULL, place_dot (self, dot).x, self->y.b, self->x.a, self->x.b);
}

static void
wb_scatter_draw (WbFigure *figure, const WbChartStyle *style, cairo_t *cr, double width, double height,
                 gboolean on_paper)
{
  WbScatter *self = WB_SCATTER (figure);
  g_auto (WbPen) pen = {0};
  double legend_y;

  wb_pen_init (&pen, cr, style);
  lay_out (self, &pen, width, height, &legend_y);
  wb_pen_use (&pen, &style->foreground, 1);
  wb_pen_write_title (&pen, wb_figure_get_title (figure), WB_GAP, pen.text_height);
  if (n_dots (self) > 0)
    {
      wb_axis_draw_up (&self->y, &pen, self->x.a, self->x.b, write_percent, NULL);
      wb_axis_draw_right (&self->x, &pen, self->y.a, self->y.b, write_tick, self);
    }
  draw_front (self, &pen);
  draw_dots (self, &pen, on_paper);
  lay_out_legend (self, &pen, width, legend_y);
  if (self->pointed >= 0 && !on_paper)
    draw_readout (self, &pen);
}

static void
wb_scatter_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                    int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 240 : 260;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 640 : 320;
}

/* --- Acting --- */

static const WbScatterDot *
find_best (WbScatter *self)
{
  const WbScatterDot *best = NULL;

  for (guint i = 0; i < n_dots (self); i++)
    if (get_dot (self, i)->mark != WB_SCATTER_PART && (!best || get_dot (self, i)->accuracy > best->accuracy))
      best = get_dot (self, i);
  return best;
}

static void
describe (WbScatter *self)
{
  const WbScatterDot *best = self->pointed >= 0 ? get_dot (self, (guint) self->pointed) : find_best (self);
  g_autofree char *said = best ? describe_dot (self, best) : NULL;
  g_autofree char *text = NULL;

  if (!best)
    text = g_strdup (_ (subjects[self->subject].none));
  else if (self->pointed >= 0)
    text = g_strdup_printf ("%s: %s", said, best->name);
  else
    /* Translators: number of networks; an accuracy and its cost; what was changed */
    text = g_strdup_printf (
        ngettext ("%u network. The most accurate: %s: %s", "%u networks. The most accurate: %s: %s", n_dots (self)),
        n_dots (self), said, best->name);
  wb_figure_describe (WB_FIGURE (self), text);
}

static void
point_at (WbScatter *self, int dot)
{
  if (dot == self->pointed)
    return;
  self->pointed = dot;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static int
find_dot (WbScatter *self, double x, double y)
{
  double nearest = REACH;
  int found = -1;

  for (guint i = 0; i < n_dots (self) && isfinite (x); i++)
    {
      WbPoint at = place_dot (self, get_dot (self, i));
      double distance = hypot (at.x - x, at.y - y);

      if (distance < nearest)
        {
          found = (int) i;
          nearest = distance;
        }
    }
  return found;
}

static void
wb_scatter_point (WbFigure *figure, double x, double y)
{
  point_at (WB_SCATTER (figure), find_dot (WB_SCATTER (figure), x, y));
}

static void
pick (WbScatter *self, int dot)
{
  if (dot >= 0)
    g_signal_emit (self, picked_signal, 0, get_dot (self, (guint) dot)->id);
}

static void
on_click (WbScatter *self, int n_press, double x, double y)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  pick (self, find_dot (self, x, y));
}

/* Left and right go by cost. */
static gboolean
wb_scatter_key (WbFigure *figure, guint key)
{
  WbScatter *self = WB_SCATTER (figure);
  int last = (int) n_dots (self) - 1;

  if (last < 0)
    return FALSE;
  if (key == GDK_KEY_Return || key == GDK_KEY_KP_Enter || key == GDK_KEY_space)
    pick (self, self->pointed);
  else if (key == GDK_KEY_Escape && self->pointed >= 0)
    point_at (self, -1);
  else if (key == GDK_KEY_Left)
    point_at (self, self->pointed < 0 ? last : MAX (self->pointed - 1, 0));
  else if (key == GDK_KEY_Right)
    point_at (self, MIN (self->pointed + 1, last));
  else if (key == GDK_KEY_Home)
    point_at (self, 0);
  else if (key == GDK_KEY_End)
    point_at (self, last);
  else
    return FALSE;
  return TRUE;
}

static char *
wb_scatter_to_csv (WbFigure *figure)
{
  WbScatter *self = WB_SCATTER (figure);

  return wb_scatter_dots_to_csv (self->dots, self->unit);
}

/* --- Use --- */

static int
compare_dots (gconstpointer a, gconstpointer b)
{
  const WbScatterDot *first = a, *other = b;

  if (first->cost != other->cost)
    return first->cost < other->cost ? -1 : 1;
  return first->accuracy < other->accuracy ? -1 : first->accuracy > other->accuracy;
}

void
wb_scatter_show (WbScatter *self, GArray *dots, WbScatterUnit unit)
{
  guint pointed;

  g_return_if_fail (WB_IS_SCATTER (self));

  pointed = self->pointed >= 0 ? get_dot (self, (guint) self->pointed)->id : G_MAXUINT;
  g_array_ref (dots);
  g_clear_pointer (&self->dots, g_array_unref);
  self->dots = dots;
  self->unit = unit;
  self->pointed = -1;
  self->largest = 0;
  for (guint i = 0; i < n_dots (self); i++)
    self->largest = MAX (self->largest, get_dot (self, i)->size);
  g_array_sort (self->dots, compare_dots);
  for (guint i = 0; i < n_dots (self); i++)
    if (get_dot (self, i)->id == pointed)
      self->pointed = (int) i;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
wb_scatter_set_subject (WbScatter *self, WbScatterSubject subject)
{
  g_return_if_fail (WB_IS_SCATTER (self));

  self->subject = subject;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
wb_scatter_select (WbScatter *self, guint id)
{
  g_return_if_fail (WB_IS_SCATTER (self));

  if (self->selected == id)
    return;
  self->selected = id;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- Life --- */

static void
wb_scatter_finalize (GObject *object)
{
  g_clear_pointer (&WB_SCATTER (object)->dots, g_array_unref);
  G_OBJECT_CLASS (wb_scatter_parent_class)->finalize (object);
}

static void
wb_scatter_class_init (WbScatterClass *klass)
{
  WbFigureClass *figure_class = WB_FIGURE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = wb_scatter_finalize;
  GTK_WIDGET_CLASS (klass)->measure = wb_scatter_measure;
  figure_class->draw = wb_scatter_draw;
  figure_class->to_csv = wb_scatter_to_csv;
  figure_class->point = wb_scatter_point;
  figure_class->key = wb_scatter_key;
  picked_signal =
      g_signal_new ("picked", WB_TYPE_SCATTER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
wb_scatter_init (WbScatter *self)
{
  GtkGesture *click = gtk_gesture_click_new ();

  self->pointed = -1;
  self->selected = G_MAXUINT;
  g_signal_connect_swapped (click, "released", G_CALLBACK (on_click), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}
