/* wb-chart-marks.c: where something was changed, as upright lines through a chart.
 *
 *        ┆0.001 → 0.0005
 *     ╲__┆      ┆conv2d-1 frozen
 *        ╲__    ┆
 *           ╲___┆________
 *
 * A text that another would run into goes to the next row, and one without room to its right stands on the left. Losses
 * fall, so the texts are at the top; shares rise, so there they are at the bottom. In a narrow chart there are the
 * lines alone.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-chart-private.h"

#include <string.h>

#define NARROW 480 /* pixels */
#define MOST_ROWS 4

typedef struct
{
  double x;
  char *text;
} Mark;

static void
mark_clear (gpointer data)
{
  g_free (((Mark *) data)->text);
}

GArray *
wb_chart_marks_new (void)
{
  GArray *marks = g_array_new (FALSE, FALSE, sizeof (Mark));

  g_array_set_clear_func (marks, mark_clear);
  return marks;
}

static gboolean
are_same (const GArray *marks, const WbChartMark *others, guint n_others)
{
  gboolean same = marks->len == n_others;

  for (guint i = 0; same && i < n_others; i++)
    {
      const Mark *mark = &g_array_index (marks, Mark, i);

      same = mark->x == others[i].x && strcmp (mark->text, others[i].text) == 0;
    }
  return same;
}

/* Returns: whether they are others now */
gboolean
wb_chart_marks_set (GArray *self, const WbChartMark *marks, guint n_marks)
{
  if (are_same (self, marks, n_marks))
    return FALSE;
  g_array_set_size (self, 0);
  for (guint i = 0; i < n_marks; i++)
    {
      Mark mark = {marks[i].x, g_strdup (marks[i].text)};

      g_array_append_val (self, mark);
    }
  return TRUE;
}

/* For those who do not see them. */
void
wb_chart_marks_describe (const WbChartData *data, GString *text)
{
  for (guint i = 0; i < data->marks->len; i++)
    {
      const Mark *mark = &g_array_index (data->marks, Mark, i);

      g_string_append_printf (text, "; %s %.4g: %s", data->x_title, mark->x, mark->text);
    }
}

/* The row in which the text has room behind those that are there, from the top; or none. */
static int
find_row (const double ends[MOST_ROWS], double left)
{
  for (int row = 0; row < MOST_ROWS; row++)
    if (left >= ends[row])
      return row;
  return -1;
}

static void
write_text (const WbChartArea *area, const WbPen *pen, const Mark *mark, double x, gboolean low, double ends[MOST_ROWS])
{
  double width = wb_pen_measure (pen, mark->text, FALSE);
  double left = x + WB_GAP + width > area->right ? x - WB_GAP - width : x + WB_GAP;
  int row = find_row (ends, left);

  if (row < 0 || left < area->left)
    return;
  wb_pen_use (pen, &pen->style->foreground, 0.7);
  wb_pen_write (pen, mark->text, left,
                low ? area->bottom - (row + 0.5) * pen->text_height : area->top + (row + 0.5) * pen->text_height, 0);
  ends[row] = left + width + 2 * WB_GAP;
}

void
wb_chart_marks_draw (const WbChartData *data, const WbChartArea *area, const WbPen *pen)
{
  static const double dashes[] = {2, 3};
  const WbRange *range = &data->range;
  double ends[MOST_ROWS] = {0};

  for (guint i = 0; i < data->marks->len; i++)
    {
      const Mark *mark = &g_array_index (data->marks, Mark, i);
      double x = area->left + (mark->x - range->from) / (range->to - range->from) * (area->right - area->left);

      if (mark->x < range->from || mark->x > range->to)
        continue;
      cairo_save (pen->cr);
      cairo_set_line_width (pen->cr, 1);
      cairo_set_dash (pen->cr, dashes, G_N_ELEMENTS (dashes), 0);
      wb_pen_use (pen, &pen->style->foreground, 0.5);
      cairo_move_to (pen->cr, wb_pen_crisp (x), area->top);
      cairo_line_to (pen->cr, wb_pen_crisp (x), area->bottom);
      cairo_stroke (pen->cr);
      cairo_restore (pen->cr);
      if (area->width >= NARROW)
        write_text (area, pen, mark, x, data->percent, ends);
    }
}
