/* test-chart-drawing.c: what a chart draws, says and costs, whatever is in it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <time.h>

#include "wb-chart-private.h"

#define WIDTH 1000
#define HEIGHT 300
#define MANY 10000000
#define LONGEST 8.0 /* milliseconds */

/* Whether time says anything: not of code that watches over itself, or that is to be stepped through. */
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define COUNTS 1
#else
#define COUNTS 0
#endif

typedef struct
{
  WbChartData data;
  cairo_surface_t *surface;
  cairo_t *cr;
  WbChartStyle style;
  double left, right; /* of the plot */
} Drawing;

static void
line_clear (gpointer line)
{
  wb_chart_line_clear (line);
}

static void
set_up (Drawing *drawing, gconstpointer unused)
{
  drawing->data = (WbChartData){.x_title = (char *) "step", .smoothed = TRUE, .whole = {0, 1}, .range = {0, 1}};
  drawing->data.marks = wb_chart_marks_new ();
  drawing->data.lines = g_array_new (FALSE, TRUE, sizeof (WbChartLine));
  g_array_set_clear_func (drawing->data.lines, line_clear);
  drawing->surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, WIDTH, HEIGHT);
  drawing->cr = cairo_create (drawing->surface);
  drawing->style = (WbChartStyle){.foreground = {0, 0, 0, 1},
                                  .background = {1, 1, 1, 1},
                                  .font = pango_font_description_from_string ("Sans 10"),
                                  .resolution = 96};
}

static void
tear_down (Drawing *drawing, gconstpointer unused)
{
  pango_font_description_free ((PangoFontDescription *) drawing->style.font);
  cairo_destroy (drawing->cr);
  cairo_surface_destroy (drawing->surface);
  g_array_unref (drawing->data.lines);
  g_array_unref (drawing->data.marks);
}

static void
set_line (Drawing *drawing, const double *x, const double *y, gsize n, gboolean smoothed)
{
  const WbChartSeries series = {.name = "training",
                                .title = "Training loss",
                                .color = WB_CHART_ORANGE,
                                .smoothed = smoothed,
                                .n = n,
                                .x = x,
                                .y = y,
                                .mark = -1};
  WbChartLine *line;

  g_array_set_size (drawing->data.lines, 1);
  line = &g_array_index (drawing->data.lines, WbChartLine, 0);
  wb_chart_line_set (line, &series);
  wb_chart_line_set_positive (line, drawing->data.logarithmic);
}

static double
processor_time (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return (double) time.tv_sec * 1e3 + (double) time.tv_nsec * 1e-6;
}

static void
draw (Drawing *drawing)
{
  cairo_set_source_rgb (drawing->cr, 1, 1, 1);
  cairo_paint (drawing->cr);
  wb_chart_draw (&drawing->data, "Loss", &drawing->style, drawing->cr, WIDTH, HEIGHT, NULL, &drawing->left,
                 &drawing->right);
  cairo_surface_flush (drawing->surface);
}

/* Milliseconds of the processor for the quickest of a few drawings of a part of the axis. */
static double
time_drawing (Drawing *drawing, WbRange range)
{
  double quickest = INFINITY;

  drawing->data.range = range;
  for (guint i = 0; i < 8; i++)
    {
      double before = processor_time ();

      draw (drawing);
      quickest = MIN (quickest, processor_time () - before);
    }
  return quickest;
}

/* The topmost pixel of a column that has the line's colour; HEIGHT: there is none. */
static guint
find_orange (const Drawing *drawing, double at)
{
  const WbRange *range = &drawing->data.range;
  double share = (at - range->from) / (range->to - range->from);
  guint column = (guint) (drawing->left + share * (drawing->right - drawing->left));

  for (guint y = 0; y < HEIGHT; y++)
    {
      const guint8 *row = cairo_image_surface_get_data (drawing->surface) +
                          (gsize) y * (gsize) cairo_image_surface_get_stride (drawing->surface);
      guint32 pixel = ((const guint32 *) (gconstpointer) row)[column];

      if ((pixel >> 16 & 255) > 200 && (pixel & 255) < 128)
        return y;
    }
  return HEIGHT;
}

static void
test_many_points_are_drawn_at_once (Drawing *drawing, gconstpointer unused)
{
  static const double parts[] = {1, 0.5, 0.1, 0.01, 1e-3, 1e-4, 1e-6};
  g_autofree double *x = g_new (double, MANY);
  g_autofree double *y = g_new (double, MANY);
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  double before, time;

  for (gsize i = 0; i < MANY; i++)
    {
      x[i] = (double) i;
      y[i] = exp (-3.0 * (double) i / MANY) + 0.3 * g_rand_double (random);
    }
  drawing->data.whole = (WbRange){0, MANY};
  set_line (drawing, x, y, MANY - 1000, TRUE);
  before = processor_time ();
  set_line (drawing, x, y, MANY, TRUE);
  time = processor_time () - before;
  g_test_message ("a thousand points more: %.2f ms", time);
  if (COUNTS)
    g_assert_cmpfloat (time, <, LONGEST);
  for (guint i = 0; i < 2 * G_N_ELEMENTS (parts); i++)
    {
      double part = parts[i / 2], from = 0.3 * MANY * (1 - part);

      drawing->data.logarithmic = i % 2;
      time = time_drawing (drawing, (WbRange){from, from + part * MANY});
      g_test_message ("%g of the axis%s: %.2f ms", part, i % 2 ? ", logarithmic" : "", time);
      if (COUNTS)
        g_assert_cmpfloat (time, <, LONGEST);
    }
}

/* Between waves that are drawn as what they cover, and between points that are drawn as a line. */
static void
test_a_spike_is_seen (Drawing *drawing, gconstpointer unused)
{
  static const gsize lengths[] = {100, 1000000};
  static const double waves[] = {0, 0.02, 1};

  for (guint i = 0; i < G_N_ELEMENTS (lengths) * G_N_ELEMENTS (waves); i++)
    {
      gsize n = lengths[i / G_N_ELEMENTS (waves)], spike = n / 3;
      g_autofree double *x = g_new (double, n);
      g_autofree double *y = g_new (double, n);

      for (gsize k = 0; k < n; k++)
        {
          x[k] = (double) k;
          y[k] = 1 + waves[i % G_N_ELEMENTS (waves)] * sin ((double) k);
        }
      y[spike] = 40;
      drawing->data.whole = drawing->data.range = (WbRange){0, (double) n};
      set_line (drawing, x, y, n, FALSE);
      draw (drawing);
      g_assert_cmpuint (find_orange (drawing, (double) spike), <, HEIGHT / 4);
      g_assert_cmpuint (find_orange (drawing, (double) spike * 2), >, HEIGHT * 3 / 4);
      g_assert_cmpuint (find_orange (drawing, (double) spike * 2), <, HEIGHT);
    }
}

/* A line that grew must look and be described as one that was there from the beginning. */
static void
test_a_line_that_grew_is_the_same (Drawing *drawing, gconstpointer unused)
{
  double x[3000], y[3000];
  gsize size = (gsize) cairo_image_surface_get_stride (drawing->surface) * HEIGHT;
  g_autofree guint8 *grown = NULL;
  g_autofree char *said = NULL, *expected = NULL;

  drawing->data.whole = drawing->data.range = (WbRange){0, 3000};
  for (gsize i = 0; i < 3000; i++)
    {
      x[i] = (double) i;
      y[i] = 1 + sin ((double) i * (double) i / 7000);
    }
  for (gsize n = 0; n <= 3000; n += 30)
    set_line (drawing, x, y, n, TRUE);
  draw (drawing);
  grown = g_memdup2 (cairo_image_surface_get_data (drawing->surface), size);
  said = wb_chart_describe (&drawing->data, NAN);

  g_array_set_size (drawing->data.lines, 0);
  set_line (drawing, x, y, 3000, TRUE);
  draw (drawing);
  expected = wb_chart_describe (&drawing->data, NAN);
  g_assert_cmpmem (grown, size, cairo_image_surface_get_data (drawing->surface), size);
  g_assert_cmpstr (said, ==, expected);
}

static void
test_another_line_takes_its_place (Drawing *drawing, gconstpointer unused)
{
  const double x[] = {0, 1, 2, 3}, y[] = {4, 3, 2, 1}, other[] = {4, 3, 2.5, 1};
  const WbChartLine *line;

  set_line (drawing, x, y, 3, FALSE);
  set_line (drawing, x, other, 4, FALSE);
  line = &g_array_index (drawing->data.lines, WbChartLine, 0);
  g_assert_cmpmem (line->y, line->n * sizeof (double), other, sizeof other);
  set_line (drawing, x, y, 2, FALSE);
  line = &g_array_index (drawing->data.lines, WbChartLine, 0);
  g_assert_cmpmem (line->y, line->n * sizeof (double), y, 2 * sizeof (double));
}

static void
test_says_what_is_shown_otherwise (Drawing *drawing, gconstpointer unused)
{
  const double x[] = {0, 1, 2, 20000}, y[] = {4, 0, -2, 0.5};
  g_autofree char *usual = NULL, *zoomed = NULL, *logarithmic = NULL;

  drawing->data.whole = drawing->data.range = (WbRange){0, 20000};
  set_line (drawing, x, y, 4, FALSE);
  usual = wb_chart_describe (&drawing->data, NAN);
  g_assert_cmpstr (usual, ==, "Training loss 0.500 at step 20000");
  drawing->data.range = (WbRange){1.5, 15000};
  zoomed = wb_chart_describe (&drawing->data, 1.2);
  g_assert_cmpstr (zoomed, ==, "Training loss 0.000 at step 1.2; shown from step 1.5 to 15000");
  drawing->data.range = drawing->data.whole;
  drawing->data.logarithmic = TRUE;
  set_line (drawing, x, y, 4, FALSE);
  logarithmic = wb_chart_describe (&drawing->data, NAN);
  g_assert_cmpstr (logarithmic, ==,
                   "Training loss 0.500 at step 20000; on a logarithmic axis; 2 values of 0 or below are left out");
}

static void
test_nothing_to_draw_is_drawn (Drawing *drawing, gconstpointer unused)
{
  const double x[] = {0, 0.5, 1}, y[] = {0, NAN, -1};

  for (guint i = 0; i < 8; i++)
    {
      drawing->data.logarithmic = i & 1;
      drawing->data.range = (WbRange){0.6, i & 2 ? 0.7 : 1};
      set_line (drawing, x, y, i & 4 ? 3 : 0, TRUE);
      draw (drawing);
      g_assert_cmpint (cairo_status (drawing->cr), ==, CAIRO_STATUS_SUCCESS);
    }
}

/* A run has the name that a person gave it. */
static void
test_values_are_a_line_each_with_their_series_quoted (Drawing *drawing, gconstpointer unused)
{
  const double x[] = {1, 2}, y[] = {0.5, 0.25};
  WbChartSeries series = {.name = "0", .title = "64, not \"32\"", .n = 2, .x = x, .y = y, .mark = -1};
  g_autofree char *none = wb_chart_lines_to_csv (drawing->data.lines), *table = NULL;

  g_assert_cmpstr (none, ==, "series,x,y\n");
  g_array_set_size (drawing->data.lines, 2);
  wb_chart_line_set (&g_array_index (drawing->data.lines, WbChartLine, 0), &series);
  series.name = "1";
  series.title = "Run 4";
  series.n = 1;
  wb_chart_line_set (&g_array_index (drawing->data.lines, WbChartLine, 1), &series);
  table = wb_chart_lines_to_csv (drawing->data.lines);
  g_assert_cmpstr (table, ==,
                   "series,x,y\n"
                   "\"64, not \"\"32\"\"\",1,0.5\n"
                   "\"64, not \"\"32\"\"\",2,0.25\n"
                   "Run 4,1,0.5\n");
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const char *path;
    void (*test) (Drawing *drawing, gconstpointer unused);
  } tests[] = {
      {"/chart-drawing/many-points-are-drawn-at-once", test_many_points_are_drawn_at_once},
      {"/chart-drawing/a-spike-is-seen", test_a_spike_is_seen},
      {"/chart-drawing/a-line-that-grew-is-the-same", test_a_line_that_grew_is_the_same},
      {"/chart-drawing/another-line-takes-its-place", test_another_line_takes_its_place},
      {"/chart-drawing/says-what-is-shown-otherwise", test_says_what_is_shown_otherwise},
      {"/chart-drawing/nothing-to-draw-is-drawn", test_nothing_to_draw_is_drawn},
      {"/chart-drawing/values-are-a-table", test_values_are_a_line_each_with_their_series_quoted},
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Drawing, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
