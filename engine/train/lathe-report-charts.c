/* lathe-report-charts.c: the curves of a report, as SVG within it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "lathe-class-mark.h"
#include "lathe-curves.h"
#include "lathe-report-private.h"

#define WIDTH 360.0
#define HEIGHT 280.0
#define LEFT 48.0
#define RIGHT 12.0
#define TOP 28.0
#define BOTTOM 36.0
#define TICKS 4
#define MOST_LINES 28 /* that look different: lathe-class-mark.h */
#define NEARLY 0.25   /* pixels: what moves less is no point of a line */

/* What the two axes hold. */
typedef struct
{
  double x0, x1, y0, y1;
  const char *x_title;
  guint x_decimals, y_decimals;
} Axes;

static double
place_x (const Axes *axes, double x)
{
  return LEFT + (x - axes->x0) / (axes->x1 - axes->x0) * (WIDTH - LEFT - RIGHT);
}

static double
place_y (const Axes *axes, double y)
{
  return HEIGHT - BOTTOM - (y - axes->y0) / (axes->y1 - axes->y0) * (HEIGHT - TOP - BOTTOM);
}

static void
add_attribute (GString *svg, const char *name, double value)
{
  g_string_append_printf (svg, " %s=\"", name);
  lathe_markup_append_number (svg, value, 2);
  g_string_append_c (svg, '"');
}

static void
add_label (GString *svg, double x, double y, const char *anchor, const char *class, const char *text)
{
  g_string_append (svg, "<text");
  add_attribute (svg, "x", x);
  add_attribute (svg, "y", y);
  g_string_append_printf (svg, " text-anchor=\"%s\" font-size=\"11\" class=\"%s\">", anchor, class);
  lathe_markup_append_text (svg, text);
  g_string_append (svg, "</text>");
}

static void
add_line (GString *svg, double x1, double y1, double x2, double y2, const char *class)
{
  g_string_append (svg, "<line");
  add_attribute (svg, "x1", x1);
  add_attribute (svg, "y1", y1);
  add_attribute (svg, "x2", x2);
  add_attribute (svg, "y2", y2);
  g_string_append_printf (svg, " stroke=\"#999\" class=\"%s\"/>", class);
}

static void
begin_chart (GString *svg, const Axes *axes, const char *title)
{
  g_string_append_printf (svg, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" class=\"chart\"><title>", WIDTH, HEIGHT);
  lathe_markup_append_text (svg, title);
  g_string_append (svg, "</title>");
  add_label (svg, LEFT, 16, "start", "title", title);
  for (guint i = 0; i <= TICKS; i++)
    {
      double x = axes->x0 + i * (axes->x1 - axes->x0) / TICKS, y = axes->y0 + i * (axes->y1 - axes->y0) / TICKS;
      g_autoptr (GString) x_text = g_string_new (NULL), y_text = g_string_new (NULL);

      lathe_markup_append_number (x_text, x, axes->x_decimals);
      lathe_markup_append_number (y_text, y, axes->y_decimals);
      add_line (svg, LEFT, place_y (axes, y), WIDTH - RIGHT, place_y (axes, y), "grid");
      add_label (svg, LEFT - 6, place_y (axes, y) + 4, "end", "tick", y_text->str);
      add_label (svg, place_x (axes, x), HEIGHT - BOTTOM + 15, "middle", "tick", x_text->str);
    }
  add_label (svg, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, "middle", "tick", axes->x_title);
}

static void
end_chart (GString *svg)
{
  g_string_append (svg, "</svg>\n");
}

/* A line through points that are given one at a time. */
typedef struct
{
  GString *svg;
  const Axes *axes;
  double x, y; /* of the last one written; NAN: there is none */
} Trace;

static Trace
begin_trace (GString *svg, const Axes *axes, guint32 color, gboolean dashed)
{
  g_string_append_printf (svg, "<polyline class=\"line\" fill=\"none\" stroke=\"#%06x\"%s points=\"", color,
                          dashed ? " stroke-dasharray=\"5 3\"" : "");
  return (Trace){svg, axes, NAN, NAN};
}

static void
add_point (Trace *trace, double x, double y, gboolean last)
{
  double at_x = place_x (trace->axes, x), at_y = place_y (trace->axes, y);

  if (!isfinite (at_x) || !isfinite (at_y) || (!last && hypot (at_x - trace->x, at_y - trace->y) < NEARLY))
    return;
  lathe_markup_append_number (trace->svg, at_x, 2);
  g_string_append_c (trace->svg, ',');
  lathe_markup_append_number (trace->svg, at_y, 2);
  g_string_append_c (trace->svg, ' ');
  trace->x = at_x;
  trace->y = at_y;
}

static void
end_trace (Trace *trace)
{
  g_string_append (trace->svg, "\"/>");
}

/* --- Training --- */

typedef double (*EpochValue) (const LatheEpoch *epoch);

static double
loss (const LatheEpoch *epoch)
{
  return epoch->loss;
}

static double
validation_loss (const LatheEpoch *epoch)
{
  return epoch->validation_loss;
}

static double
accuracy (const LatheEpoch *epoch)
{
  return epoch->accuracy;
}

static double
validation_accuracy (const LatheEpoch *epoch)
{
  return epoch->validation_accuracy;
}

static double
find_most (const GArray *epochs, const EpochValue *values)
{
  double most = 0;

  for (guint i = 0; i < epochs->len; i++)
    for (guint j = 0; j < 2; j++)
      {
        double value = values[j](&g_array_index (epochs, LatheEpoch, i));

        most = isfinite (value) ? fmax (most, value) : most;
      }
  return most > 0 ? most : 1;
}

/* Training, and dashed validation. */
static void
add_training_chart (GString *html, const GArray *epochs, const char *title, const EpochValue *values, double most)
{
  static const guint32 colors[] = {0xe69f00, 0x0072b2};
  Axes axes = {0, fmax (epochs->len, 1), 0, most, _ ("epoch"), epochs->len % TICKS == 0 ? 0 : 1, most >= 10 ? 0 : 2};

  begin_chart (html, &axes, title);
  for (guint j = 0; j < 2; j++)
    {
      Trace trace = begin_trace (html, &axes, colors[j], j == 1);

      for (guint i = 0; i < epochs->len; i++)
        {
          const LatheEpoch *epoch = &g_array_index (epochs, LatheEpoch, i);

          add_point (&trace, epoch->epoch, values[j](epoch), i + 1 == epochs->len);
        }
      end_trace (&trace);
    }
  end_chart (html);
}

void
lathe_report_add_training_curves (GString *html, const LatheReport *report)
{
  static const EpochValue losses[] = {loss, validation_loss}, accuracies[] = {accuracy, validation_accuracy};

  if (report->epochs == NULL || report->epochs->len == 0)
    return;
  g_string_append (html, "<div class=\"charts\">\n");
  add_training_chart (html, report->epochs, _ ("Loss"), losses, find_most (report->epochs, losses));
  add_training_chart (html, report->epochs, _ ("Accuracy"), accuracies, 1);
  g_string_append (html, "</div>\n<p class=\"note\">");
  lathe_markup_append_text (html, _ ("Orange: as it learned; blue and dashed: on the validation images."));
  g_string_append (html, "</p>\n");
}

/* --- Classes --- */

static void
add_legend (GString *html, const LatheReport *report, guint n)
{
  g_string_append (html, "<p class=\"legend\">");
  for (guint k = 0; k < n; k++)
    {
      g_string_append_printf (html, "<span><i style=\"background:#%06x\"></i>", lathe_class_color (k));
      lathe_markup_append_text (html, lathe_report_class (report, k));
      g_string_append (html, "</span> ");
    }
  g_string_append (html, "</p>\n");
}

/* of: lathe_roc_curve () or that of precision and recall */
static void
add_curve_chart (GString *html, const LatheReport *report, gboolean roc, guint n)
{
  Axes axes = {0, 1, 0, 1, roc ? _ ("false positive rate") : _ ("recall"), 2, 2};

  begin_chart (html, &axes, roc ? _ ("Recall against false positive rate (ROC)") : _ ("Precision against recall"));
  for (guint k = 0; k < n; k++)
    {
      g_autoptr (GArray) thresholds = lathe_thresholds (report->evaluation, k);
      g_autoptr (GArray) curve = roc ? lathe_roc_curve (thresholds, TRUE) : lathe_precision_recall_curve (thresholds);
      Trace trace = begin_trace (html, &axes, lathe_class_color (k), k / 7 % 2 == 1);

      for (guint i = 0; i < curve->len; i++)
        {
          const LatheCurvePoint *point = &g_array_index (curve, LatheCurvePoint, i);

          add_point (&trace, point->x, point->y, i + 1 == curve->len);
        }
      end_trace (&trace);
    }
  end_chart (html);
}

void
lathe_report_add_class_curves (GString *html, const LatheReport *report)
{
  guint n = MIN (report->evaluation->n_classes, MOST_LINES);

  lathe_report_add_heading (html, _ ("Curves"));
  g_string_append (html, "<div class=\"charts\">\n");
  add_curve_chart (html, report, TRUE, n);
  add_curve_chart (html, report, FALSE, n);
  g_string_append (html, "</div>\n");
  add_legend (html, report, n);
  if (n == report->evaluation->n_classes)
    return;
  g_string_append (html, "<p class=\"note\">");
  lathe_markup_append_text (html, _ ("Of the first classes: more lines could not be told apart."));
  g_string_append (html, "</p>\n");
}

/* --- Calibration --- */

static void
add_bar (GString *html, const Axes *axes, const LatheBin *bin)
{
  double left = place_x (axes, bin->low), right = place_x (axes, bin->high), top = place_y (axes, bin->accuracy);

  g_string_append (html, "<rect fill=\"#0072b2\"");
  add_attribute (html, "x", left + 1);
  add_attribute (html, "y", top);
  add_attribute (html, "width", fmax (right - left - 2, 1));
  add_attribute (html, "height", fmax (place_y (axes, 0) - top, 0));
  g_string_append (html, "/>");
}

static void
add_number_row (GString *html, const char *name, double value, gboolean is_share)
{
  g_string_append (html, "<tr><th scope=\"row\">");
  lathe_markup_append_text (html, name);
  g_string_append (html, "</th><td>");
  if (is_share)
    lathe_report_add_share (html, value);
  else
    lathe_report_add_value (html, value, 4);
  g_string_append (html, "</td></tr>\n");
}

void
lathe_report_add_calibration (GString *html, const LatheReport *report)
{
  Axes axes = {0, 1, 0, 1, _ ("how sure the model was"), 2, 2};
  g_autofree LatheBin *bins =
      lathe_calibration_bins (report->evaluation, LATHE_BINS_EQUAL_WIDTH, LATHE_CALIBRATION_BINS);

  lathe_report_add_heading (html, _ ("Calibration"));
  g_string_append (html, "<div class=\"charts\">\n");
  begin_chart (html, &axes, _ ("How often it was right"));
  for (guint i = 0; i < LATHE_CALIBRATION_BINS; i++)
    if (bins[i].n > 0)
      add_bar (html, &axes, &bins[i]);
  add_line (html, place_x (&axes, 0), place_y (&axes, 0), place_x (&axes, 1), place_y (&axes, 1), "ideal");
  end_chart (html);
  g_string_append (html, "</div>\n");
  if (!isfinite (report->mended.temperature))
    return;
  g_string_append (html, "<table>\n");
  add_number_row (html, _ ("Best temperature"), report->mended.temperature, FALSE);
  add_number_row (html, _ ("Log loss at it"), report->mended.log_loss, FALSE);
  add_number_row (html, _ ("Calibration error at it"), report->mended.ece, TRUE);
  g_string_append (html, "</table>\n");
}
