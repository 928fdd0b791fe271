/* wb-class-curve.c: a ROC or precision–recall curve, of one class or of all.
 *
 *   1 ┈┈┈┈┈┈┈┈┈╭━━━━━━
 *     ┈┈┈┈╭━●━━╯┈┈┈┈┈┈
 *     ┈┈╭━╯┈┈┈┈┈┈┈┈┈┈┈
 *   0 ━━╯┈┈┈┈┈ Area 0.934
 *     0        0.5       1
 *
 * Of all classes each has a faint line, and their mean a strong one. A class's own line is drawn from all its
 * thresholds, and what is set is marked on it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-class-curve.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-chart-geometry.h"
#include "wb-text.h"

#define REACH 40.0     /* pixels from a curve within which it is meant */
#define LEAST_STEP 0.7 /* pixels between points that are drawn */
#define KEY_STEP 0.02  /* of an axis that a key moves on */
#define MARK 5.0

struct _WbClassCurve
{
  WbFigure parent_instance;

  WbCurveKind kind;
  WbAssessment *assessment; /* or NULL */
  guint label;
  GArray *points;                /* (element-type LatheCurvePoint): of the class; NULL: all classes */
  LatheCurvePoint set, cheapest; /* marked; NAN: nothing */
  double left, top, side;        /* as last drawn */
  int line, point;               /* that is pointed at: class, or -1 for the strong line; -1: none */
};

G_DEFINE_FINAL_TYPE (WbClassCurve, wb_class_curve, WB_TYPE_FIGURE)

enum
{
  PICKED,
  CLASS_PICKED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static const LatheCurvePoint NOTHING = {NAN, NAN, NAN};

static const LatheCurvePoint *
get_point (const GArray *points, guint i)
{
  return &g_array_index (points, LatheCurvePoint, i);
}

/* The strong line. */
static const GArray *
get_main (WbClassCurve *self)
{
  if (self->points != NULL)
    return self->points;
  return self->assessment != NULL ? self->assessment->curves->mean[self->kind] : NULL;
}

/* (nullable): a faint one */
static const GArray *
get_line (WbClassCurve *self, guint label)
{
  return self->points == NULL && self->assessment != NULL ? self->assessment->curves->classes[self->kind]->pdata[label]
                                                          : NULL;
}

static guint
n_lines (WbClassCurve *self)
{
  return self->assessment != NULL && self->points == NULL ? self->assessment->curves->n_classes : 0;
}

static const LatheCurvePoint *
get_pointed (WbClassCurve *self)
{
  const GArray *points = self->line >= 0 ? get_line (self, (guint) self->line) : get_main (self);

  return self->point >= 0 && points != NULL && (guint) self->point < points->len
             ? get_point (points, (guint) self->point)
             : NULL;
}

static LatheScore
get_area (WbClassCurve *self)
{
  const LatheScoreSheet *sheet = self->assessment->sheet;
  gboolean roc = self->kind == WB_CURVE_ROC;

  if (self->points == NULL)
    return sheet->scores[roc ? LATHE_SCORE_ROC_AUC : LATHE_SCORE_AVERAGE_PRECISION];
  return roc ? sheet->classes[self->label].roc_auc : sheet->classes[self->label].average_precision;
}

/* --- Drawing --- */

static void
lay_out (WbClassCurve *self, const WbPen *pen, double width, double height)
{
  double left = wb_pen_measure (pen, "0.0", FALSE) + pen->text_height + 4 * WB_GAP, top = 2 * pen->text_height;
  double below = 2 * pen->text_height + 3 * WB_GAP;

  self->side = MAX (MIN (width - left - 2 * WB_GAP, height - top - below), 1);
  self->left = left + MAX (0, (width - left - 2 * WB_GAP - self->side) / 2);
  self->top = top + MAX (0, (height - top - below - self->side) / 2);
}

static double
place_x (WbClassCurve *self, double x)
{
  return self->left + x * self->side;
}

static double
place_y (WbClassCurve *self, double y)
{
  return self->top + (1 - y) * self->side;
}

static void
draw_tick (WbClassCurve *self, const WbPen *pen, double value)
{
  g_autofree char *label = g_strdup_printf ("%.1f", value);
  double x = wb_pen_crisp (place_x (self, value)), y = wb_pen_crisp (place_y (self, value));

  wb_pen_use (pen, &pen->style->foreground, 0.1);
  cairo_move_to (pen->cr, x, self->top);
  cairo_line_to (pen->cr, x, self->top + self->side);
  cairo_move_to (pen->cr, self->left, y);
  cairo_line_to (pen->cr, self->left + self->side, y);
  cairo_stroke (pen->cr);
  wb_pen_use (pen, &pen->style->foreground, 0.6);
  wb_pen_write (pen, label, x, self->top + self->side + WB_GAP + pen->text_height / 2, 0.5);
  wb_pen_write (pen, label, self->left - WB_GAP, y, 1);
}

static const char *
get_axis (WbClassCurve *self, gboolean vertical)
{
  if (self->kind == WB_CURVE_ROC)
    return vertical ? _ ("Recall") : _ ("False positive rate");
  return vertical ? _ ("Precision") : _ ("Recall");
}

static void
draw_axes (WbClassCurve *self, const WbPen *pen)
{
  WbTicks ticks = wb_ticks (0, 1, self->side < 240 ? 3 : 6);

  cairo_set_line_width (pen->cr, 1);
  for (guint i = 0; i < ticks.n; i++)
    draw_tick (self, pen, ticks.first + i * ticks.step);
  wb_pen_use (pen, &pen->style->foreground, 0.6);
  wb_pen_write (pen, get_axis (self, FALSE), self->left + self->side / 2,
                self->top + self->side + 2 * WB_GAP + 1.5 * pen->text_height, 0.5);
  cairo_save (pen->cr);
  cairo_translate (pen->cr, self->left - wb_pen_measure (pen, "0.0", FALSE) - 3 * WB_GAP, self->top + self->side / 2);
  cairo_rotate (pen->cr, -G_PI_2);
  wb_pen_write (pen, get_axis (self, TRUE), 0, 0, 0.5);
  cairo_restore (pen->cr);
}

/* What a model would give that knows nothing: the diagonal, or the class's share of the images. */
static void
draw_chance (WbClassCurve *self, const WbPen *pen)
{
  static const double dashes[] = {4, 4};
  double share = self->points != NULL ? self->assessment->curves->shares[self->label] : NAN;

  if (self->kind == WB_CURVE_PRECISION_RECALL && isnan (share))
    return;
  cairo_move_to (pen->cr, self->left, self->kind == WB_CURVE_ROC ? place_y (self, 0) : place_y (self, share));
  cairo_line_to (pen->cr, self->left + self->side, self->kind == WB_CURVE_ROC ? self->top : place_y (self, share));
  wb_pen_use (pen, &pen->style->foreground, 0.35);
  cairo_set_dash (pen->cr, dashes, G_N_ELEMENTS (dashes), 0);
  cairo_stroke (pen->cr);
  cairo_set_dash (pen->cr, NULL, 0, 0);
}

static void
trace (WbClassCurve *self, const WbPen *pen, const GArray *points)
{
  double last_x = -1, last_y = -1;

  cairo_new_path (pen->cr); /* text leaves a point behind */
  for (guint i = 0; i < points->len; i++)
    {
      double x = place_x (self, get_point (points, i)->x), y = place_y (self, get_point (points, i)->y);

      if (i > 0 && i + 1 < points->len && fabs (x - last_x) + fabs (y - last_y) < LEAST_STEP)
        continue;
      cairo_line_to (pen->cr, x, y);
      last_x = x;
      last_y = y;
    }
}

static void
draw_lines (WbClassCurve *self, const WbPen *pen, gboolean on_paper)
{
  const GArray *main_line = get_main (self);

  cairo_set_line_join (pen->cr, CAIRO_LINE_JOIN_ROUND);
  for (guint i = 0; i < n_lines (self); i++)
    if (get_line (self, i) != NULL)
      {
        gboolean meant = (int) i == self->line && !on_paper;

        trace (self, pen, get_line (self, i));
        wb_pen_use (pen, &pen->style->foreground, meant ? 0.8 : 0.18);
        cairo_set_line_width (pen->cr, meant ? 2 : 1);
        cairo_stroke (pen->cr);
      }
  trace (self, pen, main_line);
  wb_pen_use (pen, wb_pen_color (pen, WB_CHART_BLUE), 1);
  cairo_set_line_width (pen->cr, 2);
  cairo_stroke (pen->cr);
}

static void
draw_marks (WbClassCurve *self, const WbPen *pen)
{
  if (!isnan (self->cheapest.x))
    {
      double x = place_x (self, self->cheapest.x), y = place_y (self, self->cheapest.y), r = 1.7 * MARK;

      cairo_move_to (pen->cr, x, y - r);
      cairo_line_to (pen->cr, x + r, y);
      cairo_line_to (pen->cr, x, y + r);
      cairo_line_to (pen->cr, x - r, y);
      cairo_close_path (pen->cr);
      wb_pen_use (pen, wb_pen_color (pen, WB_CHART_ORANGE), 1);
      cairo_fill (pen->cr);
    }
  if (isnan (self->set.x))
    return;
  cairo_new_sub_path (pen->cr);
  cairo_arc (pen->cr, place_x (self, self->set.x), place_y (self, self->set.y), MARK, 0, 2 * G_PI);
  wb_pen_use (pen, &pen->style->background, 1);
  cairo_fill_preserve (pen->cr);
  wb_pen_use (pen, &pen->style->foreground, 1);
  cairo_set_line_width (pen->cr, 2);
  cairo_stroke (pen->cr);
}

static char *
write_area (WbClassCurve *self)
{
  g_autofree char *value = wb_text_number (get_area (self).value, 3);

  return g_strdup_printf (self->kind == WB_CURVE_ROC ? _ ("Area %s") : _ ("Average precision %s"), value);
}

/* Where the curve seldom is: under it. */
static void
draw_area (WbClassCurve *self, const WbPen *pen)
{
  g_autofree char *area = write_area (self), *interval = wb_text_interval (get_area (self).interval, FALSE);
  gboolean roc = self->kind == WB_CURVE_ROC;
  double x = roc ? self->left + self->side - WB_GAP : self->left + WB_GAP;
  double y = self->top + self->side - WB_GAP - 2 * pen->text_height;

  wb_pen_use (pen, &pen->style->foreground, 1);
  wb_pen_write (pen, area, x, y, roc ? 1 : 0);
  wb_pen_use (pen, &pen->style->foreground, 0.6);
  wb_pen_write (pen, interval, x, y + 1.2 * pen->text_height, roc ? 1 : 0);
}

static char *
describe_point (WbClassCurve *self, const LatheCurvePoint *point, const char *separator)
{
  g_autofree char *x = wb_text_number (point->x, 3), *y = wb_text_number (point->y, 3);
  g_autofree char *threshold = isfinite (point->threshold) && self->points != NULL
                                   ? g_strdup_printf (_ ("Threshold %.3f"), point->threshold)
                                   : g_strdup (self->line >= 0 ? wb_assessment_get_labels (self->assessment)[self->line]
                                               : self->points != NULL ? _ ("Never said")
                                                                      : _ ("Mean of the classes"));

  return g_strdup_printf ("%s%s%s %s%s%s %s", threshold, separator, get_axis (self, FALSE), x, separator,
                          get_axis (self, TRUE), y);
}

static void
draw_crosshair (WbClassCurve *self, const WbPen *pen, const LatheCurvePoint *point)
{
  double x = place_x (self, point->x), y = place_y (self, point->y), top;
  g_autofree char *text = describe_point (self, point, "\n");
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  wb_pen_use (pen, &pen->style->foreground, 0.3);
  cairo_set_line_width (pen->cr, 1);
  cairo_move_to (pen->cr, wb_pen_crisp (x), self->top);
  cairo_line_to (pen->cr, wb_pen_crisp (x), self->top + self->side);
  cairo_move_to (pen->cr, self->left, wb_pen_crisp (y));
  cairo_line_to (pen->cr, self->left + self->side, wb_pen_crisp (y));
  cairo_stroke (pen->cr);
  top = CLAMP (y + 2 * WB_GAP, self->top, self->top + self->side - 4 * pen->text_height);
  wb_pen_write_box (pen, (const char *const *) lines, NULL, x, top, self->left, self->left + self->side);
}

static void
draw_title (WbClassCurve *self, const WbPen *pen)
{
  g_autofree char *title = self->points != NULL
                               /* Translators: the name of a curve, and of a class */
                               ? g_strdup_printf (_ ("%s: %s"), wb_figure_get_title (WB_FIGURE (self)),
                                                  wb_assessment_get_labels (self->assessment)[self->label])
                               : g_strdup (wb_figure_get_title (WB_FIGURE (self)));

  wb_pen_use (pen, &pen->style->foreground, 1);
  wb_pen_write_title (pen, title, WB_GAP, pen->text_height);
}

static void
wb_class_curve_draw (WbFigure *figure, const WbChartStyle *style, cairo_t *cr, double width, double height,
                     gboolean on_paper)
{
  WbClassCurve *self = WB_CLASS_CURVE (figure);
  g_auto (WbPen) pen = {0};

  if (self->assessment == NULL)
    return;
  wb_pen_init (&pen, cr, style);
  lay_out (self, &pen, width, height);
  draw_title (self, &pen);
  draw_axes (self, &pen);
  draw_chance (self, &pen);
  draw_lines (self, &pen, on_paper);
  draw_area (self, &pen);
  draw_marks (self, &pen);
  if (get_pointed (self) != NULL && !on_paper)
    draw_crosshair (self, &pen, get_pointed (self));
}

static void
wb_class_curve_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                        int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 220 : 280;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 460 : MAX (280, MIN (for_size, 520));
}

static GtkSizeRequestMode
wb_class_curve_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

/* --- Acting --- */

static void
describe (WbClassCurve *self)
{
  const LatheCurvePoint *point = self->assessment != NULL ? get_pointed (self) : NULL;
  g_autofree char *text = self->assessment == NULL ? g_strdup ("")
                          : point != NULL          ? describe_point (self, point, ", ")
                                                   : write_area (self);

  wb_figure_describe (WB_FIGURE (self), text);
}

static void
point_at (WbClassCurve *self, int line, int point)
{
  if (self->line == line && self->point == point)
    return;
  self->line = line;
  self->point = point;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* Looks for a point that is nearer than what was found. */
static void
look_along (WbClassCurve *self, const GArray *points, int line, double x, double y, double *nearest, int found[2])
{
  for (guint i = 0; points != NULL && i < points->len; i++)
    {
      double distance =
          hypot (place_x (self, get_point (points, i)->x) - x, place_y (self, get_point (points, i)->y) - y);

      if (distance >= *nearest)
        continue;
      *nearest = distance;
      found[0] = line;
      found[1] = (int) i;
    }
}

static void
wb_class_curve_point (WbFigure *figure, double x, double y)
{
  WbClassCurve *self = WB_CLASS_CURVE (figure);
  double nearest = REACH;
  int found[2] = {-1, -1};

  if (isfinite (x) && self->assessment != NULL)
    {
      for (guint i = 0; i < n_lines (self); i++)
        look_along (self, get_line (self, i), (int) i, x, y, &nearest, found);
      look_along (self, get_main (self), -1, x, y, &nearest, found);
    }
  point_at (self, found[0], found[1]);
}

static void
pick (WbClassCurve *self)
{
  const LatheCurvePoint *point = self->assessment != NULL ? get_pointed (self) : NULL;

  if (point == NULL)
    return;
  if (self->points != NULL)
    g_signal_emit (self, signals[PICKED], 0, point->threshold);
  else if (self->line >= 0)
    g_signal_emit (self, signals[CLASS_PICKED], 0, (guint) self->line);
}

static void
on_click (WbClassCurve *self, int n_press, double x, double y)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  wb_class_curve_point (WB_FIGURE (self), x, y);
  pick (self);
}

/* The next point of the strong line that is far enough away to be seen. */
static void
move (WbClassCurve *self, int step)
{
  const GArray *points = get_main (self);
  int i = self->line < 0 ? MAX (self->point, 0) : 0, last = (int) points->len - 1;
  const LatheCurvePoint *from = get_point (points, (guint) i);

  while (i + step >= 0 && i + step <= last)
    {
      const LatheCurvePoint *point = get_point (points, (guint) (i += step));

      if (fabs (point->x - from->x) + fabs (point->y - from->y) >= KEY_STEP)
        break;
    }
  point_at (self, -1, i);
}

static gboolean
wb_class_curve_key (WbFigure *figure, guint key)
{
  WbClassCurve *self = WB_CLASS_CURVE (figure);

  if (self->assessment == NULL || get_main (self)->len == 0)
    return FALSE;
  if (key == GDK_KEY_Left)
    move (self, -1);
  else if (key == GDK_KEY_Right)
    move (self, 1);
  else if (key == GDK_KEY_Return || key == GDK_KEY_KP_Enter || key == GDK_KEY_space)
    pick (self);
  else if (key == GDK_KEY_Escape && self->point >= 0)
    point_at (self, -1, -1);
  else
    return FALSE;
  return TRUE;
}

static char *
wb_class_curve_to_csv (WbFigure *figure)
{
  WbClassCurve *self = WB_CLASS_CURVE (figure);
  gboolean roc = self->kind == WB_CURVE_ROC;
  GString *csv = g_string_new (roc ? "threshold,false_positive_rate,recall\n" : "threshold,recall,precision\n");
  const GArray *points = get_main (self);

  for (guint i = 0; points != NULL && i < points->len; i++)
    {
      const double values[] = {get_point (points, i)->threshold, get_point (points, i)->x, get_point (points, i)->y};

      wb_text_append_numbers (csv, values, G_N_ELEMENTS (values));
    }
  return g_string_free (csv, FALSE);
}

/* --- Use --- */

void
wb_class_curve_set_assessment (WbClassCurve *self, WbAssessment *assessment)
{
  g_return_if_fail (WB_IS_CLASS_CURVE (self));

  g_clear_pointer (&self->points, g_array_unref);
  g_clear_pointer (&self->assessment, wb_assessment_unref);
  self->assessment = assessment != NULL ? wb_assessment_ref (assessment) : NULL;
  self->set = self->cheapest = NOTHING;
  self->line = self->point = -1;
  wb_class_curve_update (self);
}

void
wb_class_curve_set_class (WbClassCurve *self, guint label, GArray *thresholds)
{
  g_return_if_fail (WB_IS_CLASS_CURVE (self));

  g_clear_pointer (&self->points, g_array_unref);
  self->label = label;
  self->points = thresholds != NULL ? wb_curve_new (thresholds, self->kind) : NULL;
  self->set = self->cheapest = NOTHING;
  self->line = self->point = -1;
  wb_class_curve_update (self);
}

static LatheCurvePoint
find_place (WbClassCurve *self, const LatheThreshold *at)
{
  LatheClassScore score;

  if (at == NULL)
    return NOTHING;
  score = lathe_threshold_score (at);
  if (self->kind == WB_CURVE_ROC)
    return (LatheCurvePoint){at->threshold, lathe_threshold_false_positive_rate (at), score.recall};
  return (LatheCurvePoint){at->threshold, score.recall,
                           at->true_positives + at->false_positives > 0 ? score.precision : 1};
}

void
wb_class_curve_mark (WbClassCurve *self, const LatheThreshold *set, const LatheThreshold *cheapest)
{
  g_return_if_fail (WB_IS_CLASS_CURVE (self));

  self->set = find_place (self, set);
  self->cheapest = find_place (self, cheapest);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
wb_class_curve_update (WbClassCurve *self)
{
  g_return_if_fail (WB_IS_CLASS_CURVE (self));

  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- Life --- */

static void
wb_class_curve_finalize (GObject *object)
{
  WbClassCurve *self = WB_CLASS_CURVE (object);

  g_clear_pointer (&self->points, g_array_unref);
  g_clear_pointer (&self->assessment, wb_assessment_unref);
  G_OBJECT_CLASS (wb_class_curve_parent_class)->finalize (object);
}

static void
wb_class_curve_class_init (WbClassCurveClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  WbFigureClass *figure_class = WB_FIGURE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = wb_class_curve_finalize;
  widget_class->measure = wb_class_curve_measure;
  widget_class->get_request_mode = wb_class_curve_get_request_mode;
  figure_class->draw = wb_class_curve_draw;
  figure_class->to_csv = wb_class_curve_to_csv;
  figure_class->point = wb_class_curve_point;
  figure_class->key = wb_class_curve_key;
  signals[PICKED] = g_signal_new ("picked", WB_TYPE_CLASS_CURVE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                  G_TYPE_DOUBLE);
  signals[CLASS_PICKED] = g_signal_new ("class-picked", WB_TYPE_CLASS_CURVE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
wb_class_curve_init (WbClassCurve *self)
{
  GtkGesture *click = gtk_gesture_click_new ();

  self->line = self->point = -1;
  self->set = self->cheapest = NOTHING;
  g_signal_connect_swapped (click, "released", G_CALLBACK (on_click), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

GtkWidget *
wb_class_curve_new (WbCurveKind kind)
{
  WbClassCurve *self =
      g_object_new (WB_TYPE_CLASS_CURVE, "title", kind == WB_CURVE_ROC ? _ ("ROC") : _ ("Precision and recall"), NULL);

  self->kind = kind;
  return GTK_WIDGET (self);
}
