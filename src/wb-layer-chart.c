/* wb-layer-chart.c: how the numbers of each layer are distributed, from epoch to epoch.
 *
 *   Outputs
 *   conv2d-1                     0 … 3.21 · 2 of 32 dead
 *   ░░░░▒▒▒▒▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓
 *   dense-1                      …
 *
 * A strip a layer: epochs from left to right, values from below to above, the darker the more numbers have the value.
 * The line is their mean.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-layer-chart.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-text.h"

#define STRIP 40         /* pixels of a row, besides its line of text */
#define MOST_COLUMNS 256 /* epochs that are drawn apart; of more, some are left out */

struct _WbLayerChart
{
  WbFigure parent_instance;

  gboolean outputs;
  GPtrArray *looks;              /* (element-type LatheLayerLooks) */
  GArray *rows;                  /* (element-type guint): places of the layers that have such numbers */
  int row, epoch;                /* that is pointed at: places in `rows` and in `looks`; -1: none */
  double top, row_height, width; /* as last drawn */
};

G_DEFINE_FINAL_TYPE (WbLayerChart, wb_layer_chart, WB_TYPE_FIGURE)

enum
{
  PROP_OUTPUTS = 1,
  N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];

/* --- What is there --- */

static const LatheLayerLook *
look_at (WbLayerChart *self, guint row, guint epoch)
{
  const LatheLayerLooks *looks = self->looks->pdata[epoch];

  return &g_array_index (looks->layers, LatheLayerLook, g_array_index (self->rows, guint, row));
}

static const LatheDistribution *
distribution_of (WbLayerChart *self, const LatheLayerLook *look)
{
  return self->outputs ? &look->activations : &look->weights;
}

static const LatheDistribution *
distribution_at (WbLayerChart *self, guint row, guint epoch)
{
  return distribution_of (self, look_at (self, row, epoch));
}

static void
find_rows (WbLayerChart *self)
{
  const LatheLayerLooks *last = self->looks->len > 0 ? self->looks->pdata[self->looks->len - 1] : NULL;

  g_array_set_size (self->rows, 0);
  for (guint i = 0; last && i < last->layers->len; i++)
    if (distribution_of (self, &g_array_index (last->layers, LatheLayerLook, i))->n > 0)
      g_array_append_val (self->rows, i);
}

/* Between which values all epochs of a row lie. */
static void
find_extremes (WbLayerChart *self, guint row, double *low, double *high)
{
  *low = INFINITY;
  *high = -INFINITY;
  for (guint e = 0; e < self->looks->len; e++)
    {
      const LatheDistribution *d = distribution_at (self, row, e);

      if (d->n > 0)
        {
          *low = MIN (*low, d->minimum);
          *high = MAX (*high, d->maximum);
        }
    }
  if (!(*high > *low))
    *high = *low + 1;
}

/* --- In words --- */

static char *
describe_dead (const LatheLayerLook *look)
{
  /* Translators: units of a layer that say nothing any more: “3 of 128 dead” */
  return g_strdup_printf (_ ("%u of %u dead"), look->dead, look->units);
}

/* “−0.21 … 0.35 · 3 of 128 dead”, of the last epoch */
static char *
describe_row (WbLayerChart *self, guint row, guint epoch)
{
  const LatheLayerLook *look = look_at (self, row, epoch);
  const LatheDistribution *d = distribution_of (self, look);
  g_autofree char *dead = self->outputs && look->units > 0 ? describe_dead (look) : NULL;

  return g_strdup_printf ("%.3g … %.3g%s%s", d->minimum, d->maximum, dead ? " · " : "", dead ? dead : "");
}

static void
describe (WbLayerChart *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint last = self->looks->len - 1;

  for (guint row = 0; row < self->rows->len; row++)
    {
      const LatheLayerLook *look = look_at (self, row, last);
      const LatheDistribution *d = distribution_of (self, look);
      g_autofree char *dead = self->outputs && look->units > 0 ? describe_dead (look) : NULL;

      /* Translators: a layer, and the mean and the standard deviation of its numbers */
      g_string_append_printf (text, _ ("%s%s: mean %.3g, deviation %.3g"), row > 0 ? "; " : "", look->name, d->mean,
                              d->deviation);
      if (dead)
        g_string_append_printf (text, ", %s", dead);
    }
  wb_figure_describe (WB_FIGURE (self), text->str);
}

static char *
wb_layer_chart_to_csv (WbFigure *figure)
{
  WbLayerChart *self = WB_LAYER_CHART (figure);
  g_autoptr (GString) csv = g_string_new ("epoch,layer,n,minimum,maximum,mean,deviation,units,dead");

  for (guint bin = 0; bin < LATHE_N_BINS; bin++)
    g_string_append_printf (csv, ",bin%u", bin + 1);
  g_string_append_c (csv, '\n');
  for (guint e = 0; e < self->looks->len; e++)
    for (guint row = 0; row < self->rows->len; row++)
      {
        const LatheLayerLook *look = look_at (self, row, e);
        const LatheDistribution *d = distribution_of (self, look);
        const double numbers[] = {d->n, d->minimum, d->maximum, d->mean, d->deviation};

        g_string_append_printf (csv, "%u", ((const LatheLayerLooks *) self->looks->pdata[e])->epoch);
        lathe_csv_append (csv, look->name);
        for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
          {
            char number[G_ASCII_DTOSTR_BUF_SIZE];

            g_string_append_printf (csv, ",%s", g_ascii_dtostr (number, sizeof number, numbers[i]));
          }
        g_string_append_printf (csv, ",%u,%u", look->units, look->dead);
        for (guint bin = 0; bin < LATHE_N_BINS; bin++)
          g_string_append_printf (csv, ",%u", d->bins[bin]);
        g_string_append_c (csv, '\n');
      }
  return g_string_free (g_steal_pointer (&csv), FALSE);
}

/* --- Drawing --- */

static guint
count_columns (WbLayerChart *self)
{
  return MIN (self->looks->len, MOST_COLUMNS);
}

/* The epoch that a column shows: the last one is always there. */
static guint
epoch_of_column (WbLayerChart *self, guint column)
{
  guint n = count_columns (self);

  return n > 1 ? (guint) ((guint64) column * (self->looks->len - 1) / (n - 1)) : 0;
}

/* How many numbers there are at each of LATHE_N_BINS values from `high` down to `low`, the most of them being 255. The
 * root lets what is rare be seen beside what is not. */
static void
fill_column (const LatheDistribution *d, double low, double high, guint8 *column, int stride)
{
  guint32 most = 1;

  for (guint bin = 0; bin < LATHE_N_BINS; bin++)
    most = MAX (most, d->bins[bin]);
  for (guint i = 0; i < LATHE_N_BINS && d->n > 0; i++)
    {
      double value = high - (i + 0.5) / LATHE_N_BINS * (high - low);
      double bin = (value - d->minimum) / MAX (d->maximum - d->minimum, 1e-30) * LATHE_N_BINS;

      if (bin >= 0 && bin < LATHE_N_BINS)
        column[i * stride] = (guint8) (255 * sqrt ((double) d->bins[(guint) bin] / most));
    }
}

static cairo_surface_t *
make_strip (WbLayerChart *self, guint row, double low, double high)
{
  guint n = count_columns (self);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, (int) n, LATHE_N_BINS);
  int stride = cairo_image_surface_get_stride (surface);

  for (guint column = 0; column < n; column++)
    fill_column (distribution_at (self, row, epoch_of_column (self, column)), low, high,
                 cairo_image_surface_get_data (surface) + column, stride);
  cairo_surface_mark_dirty (surface);
  return surface;
}

static double
column_x (WbLayerChart *self, double column)
{
  return WB_GAP + column / count_columns (self) * (self->width - 2 * WB_GAP);
}

static void
draw_mean (WbLayerChart *self, const WbPen *pen, guint row, double low, double high, double top)
{
  for (guint column = 0; column < count_columns (self); column++)
    {
      const LatheDistribution *d = distribution_at (self, row, epoch_of_column (self, column));
      double y = top + STRIP - (d->mean - low) / (high - low) * STRIP;

      if (d->n > 0)
        {
          cairo_line_to (pen->cr, column_x (self, column), y);
          cairo_line_to (pen->cr, column_x (self, column + 1.0), y);
        }
    }
  wb_pen_use (pen, wb_pen_color (pen, WB_CHART_ORANGE), 1);
  cairo_set_line_width (pen->cr, 2);
  cairo_stroke (pen->cr);
}

static void
draw_strip (WbLayerChart *self, const WbPen *pen, guint row, double top)
{
  double low, high, length = self->width - 2 * WB_GAP;
  cairo_surface_t *strip;
  cairo_pattern_t *pattern;

  find_extremes (self, row, &low, &high);
  strip = make_strip (self, row, low, high);
  pattern = cairo_pattern_create_for_surface (strip);
  cairo_pattern_set_filter (pattern, CAIRO_FILTER_NEAREST);
  cairo_save (pen->cr);
  cairo_rectangle (pen->cr, WB_GAP, top, length, STRIP);
  cairo_clip (pen->cr);
  wb_pen_use (pen, &pen->style->foreground, 0.05);
  cairo_paint (pen->cr);
  wb_pen_use (pen, wb_pen_color (pen, WB_CHART_BLUE), 1);
  cairo_translate (pen->cr, WB_GAP, top);
  cairo_scale (pen->cr, length / count_columns (self), (double) STRIP / LATHE_N_BINS);
  cairo_mask (pen->cr, pattern);
  cairo_restore (pen->cr);
  cairo_pattern_destroy (pattern);
  cairo_surface_destroy (strip);
  draw_mean (self, pen, row, low, high, top);
}

static void
draw_row (WbLayerChart *self, const WbPen *pen, guint row)
{
  double top = self->top + row * self->row_height, y = top + pen->text_height / 2;
  guint last = self->looks->len - 1;
  g_autofree char *text = describe_row (self, row, last);
  double right = wb_pen_measure (pen, text, FALSE);

  cairo_save (pen->cr);
  cairo_rectangle (pen->cr, 0, top, MAX (self->width - right - 3 * WB_GAP, 0), pen->text_height);
  cairo_clip (pen->cr);
  wb_pen_use (pen, &pen->style->foreground, 0.9);
  wb_pen_write (pen, look_at (self, row, last)->name, WB_GAP, y, 0);
  cairo_restore (pen->cr);
  wb_pen_use (pen, &pen->style->foreground, 0.6);
  wb_pen_write (pen, text, self->width - WB_GAP, y, 1);
  draw_strip (self, pen, row, top + pen->text_height + 2);
}

static void
draw_readout (WbLayerChart *self, const WbPen *pen)
{
  guint row = (guint) self->row, epoch = (guint) self->epoch;
  const LatheLayerLook *look = look_at (self, row, epoch);
  const LatheDistribution *d = distribution_of (self, look);
  g_autofree char *title =
      g_strdup_printf (_ ("epoch %u"), ((const LatheLayerLooks *) self->looks->pdata[epoch])->epoch);
  g_autofree char *range = describe_row (self, row, epoch);
  g_autofree char *mean = g_strdup_printf (_ ("mean %.3g, deviation %.3g"), d->mean, d->deviation);
  const char *lines[] = {title, range, mean, NULL};
  double x = WB_GAP + (epoch + 0.5) / self->looks->len * (self->width - 2 * WB_GAP);
  double top = self->top + row * self->row_height + pen->text_height + 2;

  cairo_set_line_width (pen->cr, 1);
  wb_pen_use (pen, &pen->style->foreground, 0.5);
  cairo_move_to (pen->cr, wb_pen_crisp (x), top);
  cairo_line_to (pen->cr, wb_pen_crisp (x), top + STRIP);
  cairo_stroke (pen->cr);
  wb_pen_write_box (pen, lines, NULL, x, top, 0, self->width);
}

static void
wb_layer_chart_draw (WbFigure *figure, const WbChartStyle *style, cairo_t *cr, double width, double height,
                     gboolean on_paper)
{
  WbLayerChart *self = WB_LAYER_CHART (figure);
  WbPen pen;

  wb_pen_init (&pen, cr, style);
  self->width = width;
  self->top = pen.text_height * 1.5 + 2 * WB_GAP;
  self->row_height = pen.text_height + STRIP + 2 * WB_GAP;
  wb_pen_use (&pen, &style->foreground, 1);
  wb_pen_write_title (&pen, wb_figure_get_title (figure), WB_GAP, pen.text_height);
  for (guint row = 0; row < self->rows->len; row++)
    draw_row (self, &pen, row);
  if (!on_paper && self->row >= 0)
    draw_readout (self, &pen);
  wb_pen_clear (&pen);
}

/* Each layer has its row, however many there are: whoever shows it scrolls. */
static void
wb_layer_chart_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                        int *minimum_baseline, int *natural_baseline)
{
  WbLayerChart *self = WB_LAYER_CHART (widget);
  PangoLayout *layout = gtk_widget_create_pango_layout (widget, "0");
  int text;

  pango_layout_get_pixel_size (layout, NULL, &text);
  g_object_unref (layout);
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL
                 ? 200
                 : (int) (text * 1.5 + 3 * WB_GAP + self->rows->len * (text + STRIP + 2 * WB_GAP));
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 640 : *minimum;
}

/* --- Pointing --- */

static void
point_to (WbLayerChart *self, int row, int epoch)
{
  if (row == self->row && epoch == self->epoch)
    return;
  self->row = row;
  self->epoch = epoch;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
wb_layer_chart_point (WbFigure *figure, double x, double y)
{
  WbLayerChart *self = WB_LAYER_CHART (figure);
  double row = (y - self->top) / self->row_height;
  double share = (x - WB_GAP) / MAX (self->width - 2 * WB_GAP, 1);

  if (!(row >= 0 && row < self->rows->len && share >= 0 && share < 1))
    point_to (self, -1, -1);
  else
    point_to (self, (int) row, (int) (share * self->looks->len));
}

static gboolean
wb_layer_chart_key (WbFigure *figure, guint key)
{
  WbLayerChart *self = WB_LAYER_CHART (figure);
  int last = (int) self->looks->len - 1, row = MAX (self->row, 0), epoch = self->row < 0 ? last : self->epoch;

  if (self->rows->len == 0)
    return FALSE;
  switch (key)
    {
    case GDK_KEY_Left:
      epoch--;
      break;
    case GDK_KEY_Right:
      epoch++;
      break;
    case GDK_KEY_Up:
      row--;
      break;
    case GDK_KEY_Down:
      row += self->row >= 0;
      break;
    case GDK_KEY_Escape:
      point_to (self, -1, -1);
      return TRUE;
    default:
      return FALSE;
    }
  point_to (self, CLAMP (row, 0, (int) self->rows->len - 1), CLAMP (epoch, 0, last));
  return TRUE;
}

/* --- Life --- */

/* A list on the disk may say anything: only epochs with as many layers as the last one can be of one network. */
static void
take_looks (WbLayerChart *self, const GPtrArray *looks)
{
  const LatheLayerLooks *last = looks->len > 0 ? looks->pdata[looks->len - 1] : NULL;

  g_ptr_array_set_size (self->looks, 0);
  for (guint i = 0; i < looks->len; i++)
    if (((const LatheLayerLooks *) looks->pdata[i])->layers->len == last->layers->len)
      g_ptr_array_add (self->looks, lathe_layer_looks_ref (looks->pdata[i]));
}

void
wb_layer_chart_show (WbLayerChart *self, const GPtrArray *looks)
{
  guint n_rows;

  g_return_if_fail (WB_IS_LAYER_CHART (self));

  if (looks->len == self->looks->len &&
      (looks->len == 0 || looks->pdata[looks->len - 1] == self->looks->pdata[self->looks->len - 1]))
    return;
  n_rows = self->rows->len;
  point_to (self, -1, -1);
  take_looks (self, looks);
  find_rows (self);
  describe (self);
  if (self->rows->len != n_rows)
    gtk_widget_queue_resize (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
wb_layer_chart_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  if (property_id == PROP_OUTPUTS)
    g_value_set_boolean (value, WB_LAYER_CHART (object)->outputs);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
wb_layer_chart_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  if (property_id == PROP_OUTPUTS)
    WB_LAYER_CHART (object)->outputs = g_value_get_boolean (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
wb_layer_chart_finalize (GObject *object)
{
  WbLayerChart *self = WB_LAYER_CHART (object);

  g_ptr_array_unref (self->looks);
  g_array_unref (self->rows);
  G_OBJECT_CLASS (wb_layer_chart_parent_class)->finalize (object);
}

static void
wb_layer_chart_class_init (WbLayerChartClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  WbFigureClass *figure_class = WB_FIGURE_CLASS (klass);

  object_class->finalize = wb_layer_chart_finalize;
  object_class->get_property = wb_layer_chart_get_property;
  object_class->set_property = wb_layer_chart_set_property;
  GTK_WIDGET_CLASS (klass)->measure = wb_layer_chart_measure;
  figure_class->draw = wb_layer_chart_draw;
  figure_class->to_csv = wb_layer_chart_to_csv;
  figure_class->point = wb_layer_chart_point;
  figure_class->key = wb_layer_chart_key;
  properties[PROP_OUTPUTS] =
      g_param_spec_boolean ("outputs", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
wb_layer_chart_init (WbLayerChart *self)
{
  self->looks = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_layer_looks_unref);
  self->rows = g_array_new (FALSE, FALSE, sizeof (guint));
  self->row = self->epoch = -1;
}
