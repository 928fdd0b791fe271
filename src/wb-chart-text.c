/* wb-chart-text.c: a chart in words and as numbers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>
#include <math.h>

#include "wb-chart-private.h"
#include "wb-text.h"

char *
wb_chart_format (const WbChartData *data, double value)
{
  if (!isfinite (value))
    return g_strdup ("–");
  if (data->percent)
    return g_strdup_printf ("%.1f %%", value * 100);
  return g_strdup_printf (fabs (value) < 0.01 && value != 0 ? "%.2g" : "%.3f", value);
}

/* Steps and seconds grow long, and are not to be read as powers of ten. */
static char *
format_x (double x)
{
  return g_strdup_printf (fabs (x) < 10000 ? "%.4g" : "%.0f", x);
}

/* The values at the cursor, or the newest ones. NULL: there are none. */
static char *
describe_values (const WbChartData *data, double cursor)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *at = NULL;
  double x = cursor;

  for (guint l = 0; l < data->lines->len; l++)
    {
      const WbChartLine *line = &g_array_index (data->lines, WbChartLine, l);
      gsize i = line->n ? isfinite (cursor) ? wb_nearest (line->x, line->n, cursor) : line->n - 1 : 0;
      g_autofree char *value = line->n ? wb_chart_format (data, wb_chart_line_values (data, line)[i]) : NULL;

      if (!line->n)
        continue;
      if (!isfinite (cursor))
        x = isfinite (x) ? MAX (x, line->x[i]) : line->x[i];
      g_string_append_printf (text, "%s%s %s", text->len ? ", " : "", line->title, value);
    }
  if (!text->len)
    return NULL;
  at = format_x (x);
  /* Translators: “Training loss 0.201, validation loss 0.412” at “epoch” 7 */
  return g_strdup_printf (_ ("%s at %s %s"), text->str, data->x_title, at);
}

static gsize
count_left_out (const WbChartData *data)
{
  gsize n = 0;

  for (guint l = 0; l < data->lines->len; l++)
    n += wb_pyramid_count_left_out (g_array_index (data->lines, WbChartLine, l).pyramid);
  return n;
}

char *
wb_chart_describe (const WbChartData *data, double cursor)
{
  g_autofree char *values = describe_values (data, cursor);
  g_autoptr (GString) text = g_string_new (values ? values : _ ("No values yet"));
  gsize left_out = count_left_out (data);

  if (wb_chart_is_zoomed (data))
    {
      g_autofree char *from = format_x (data->range.from), *to = format_x (data->range.to);

      /* Translators: “; shown from epoch 2 to 4” */
      g_string_append_printf (text, _ ("; shown from %s %s to %s"), data->x_title, from, to);
    }
  if (data->logarithmic)
    g_string_append (text, _ ("; on a logarithmic axis"));
  wb_chart_marks_describe (data, text);
  if (left_out)
    {
      g_autofree char *count = wb_text_count (left_out);

      g_string_append_printf (
          text, ngettext ("; %s value of 0 or below is left out", "; %s values of 0 or below are left out", left_out),
          count);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
