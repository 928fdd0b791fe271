/* lathe-report-network.c: the network of a report, drawn as SVG within it.
 *
 *   ┌ input 28×28×1 ┐        a row is as far from the input as the longest way to it; a layer is in the column of
 *   └───────┬───────┘        what feeds it, where that is free. An edge to the next row goes straight down, a longer
 *   ┌ conv2d-1      ├─┐      one around the columns. Paper ends: after ROWS rows the drawing goes on beside it, as
 *   └───────┬───────┘ │      the same drawing seen through another window.
 *   ┌ add-1         ├─┘
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>

#include "lathe-report-private.h"

#define ROWS 16 /* that a sheet of paper has room for */
#define MOST_COLUMNS 8
#define MOST_NODES 1000 /* who draws more than that looks at none of them */
#define BOX_WIDTH 150
#define BOX_HEIGHT 34
#define COLUMN 166 /* from one to the next */
#define ROW 48
#define MARGIN 2
#define LANE 9 /* between edges that go around */
#define MOST_LANES 6
#define MOST_CHARS 20 /* of a name, in a box */

typedef struct
{
  const LatheGraph *graph;
  const LatheGraphReport *check;
  guint *rows, *columns; /* where each node is */
  guint *taken;          /* of each row its columns, a bit each */
  guint n_rows, n_columns;
} Drawing;

static void
drawing_free (Drawing *drawing)
{
  g_free (drawing->rows);
  g_free (drawing->columns);
  g_free (drawing->taken);
  g_free (drawing);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Drawing, drawing_free)

static const LatheNode *
get_feeding (const LatheNode *node, guint i)
{
  return node->inputs->pdata[i];
}

/* MOST_COLUMNS: there is none. */
static guint
find_column (guint taken, guint wanted)
{
  guint column = 0;

  if (!(taken & (1u << wanted)))
    return wanted;
  while (column < MOST_COLUMNS && taken & (1u << column))
    column++;
  return column;
}

/* (nullable): it is too wide to be looked at */
static Drawing *
lay_out (const LatheGraph *graph, const LatheGraphReport *check)
{
  g_autoptr (Drawing) drawing = g_new0 (Drawing, 1);
  guint n = check->n_nodes;

  *drawing = (Drawing){graph, check, g_new0 (guint, n), g_new0 (guint, n), g_new0 (guint, n), 0, 0};
  for (guint i = 0; i < n; i++)
    {
      guint index = check->order[i], row = 0, column;
      const LatheNode *node = lathe_graph_get_node (graph, index);

      for (guint k = 0; k < node->inputs->len; k++)
        row = MAX (row, drawing->rows[get_feeding (node, k)->index] + 1);
      column =
          find_column (drawing->taken[row], node->inputs->len > 0 ? drawing->columns[get_feeding (node, 0)->index] : 0);
      if (column == MOST_COLUMNS)
        return NULL;
      drawing->taken[row] |= 1u << column;
      drawing->rows[index] = row;
      drawing->columns[index] = column;
      drawing->n_rows = MAX (drawing->n_rows, row + 1);
      drawing->n_columns = MAX (drawing->n_columns, column + 1);
    }
  return g_steal_pointer (&drawing);
}

static guint
get_left (const Drawing *drawing, guint node)
{
  return MARGIN + drawing->columns[node] * COLUMN;
}

static guint
get_top (const Drawing *drawing, guint node)
{
  return MARGIN + drawing->rows[node] * ROW;
}

/* Beside all that is between the two. */
static guint
find_lane (const Drawing *drawing, guint from, guint to)
{
  guint taken = 0, length = drawing->rows[to] - drawing->rows[from];

  for (guint row = drawing->rows[from]; row <= drawing->rows[to]; row++)
    taken |= drawing->taken[row];
  return MARGIN + (g_bit_storage (taken) - 1) * COLUMN + BOX_WIDTH + LANE * MIN (length - 1, MOST_LANES);
}

static void
add_edge (GString *svg, const Drawing *drawing, guint from, guint to)
{
  guint x0 = get_left (drawing, from), y0 = get_top (drawing, from), x1 = get_left (drawing, to);
  guint y1 = get_top (drawing, to);

  g_string_append (svg, "<path class=\"edge\" fill=\"none\" stroke=\"#999\" d=\"");
  if (drawing->rows[to] == drawing->rows[from] + 1)
    g_string_append_printf (svg, "M%u %uL%u %u", x0 + BOX_WIDTH / 2, y0 + BOX_HEIGHT, x1 + BOX_WIDTH / 2, y1);
  else
    g_string_append_printf (svg, "M%u %uH%uV%uH%u", x0 + BOX_WIDTH, y0 + BOX_HEIGHT / 2, find_lane (drawing, from, to),
                            y1 + BOX_HEIGHT / 2, x1 + BOX_WIDTH);
  g_string_append (svg, "\"/>\n");
}

static void
add_text (GString *svg, guint x, guint y, const char *class, const char *text)
{
  g_string_append_printf (svg, "<text x=\"%u\" y=\"%u\" text-anchor=\"middle\" font-size=\"11\" class=\"%s\">", x, y,
                          class);
  lathe_markup_append_text (svg, text);
  g_string_append (svg, "</text>");
}

static void
add_box (GString *svg, const Drawing *drawing, guint node)
{
  guint x = get_left (drawing, node), y = get_top (drawing, node);
  const char *name = lathe_graph_get_node (drawing->graph, node)->name;
  g_autofree char *shape = lathe_shape_to_string (&drawing->check->nodes[node].output);
  g_autofree char *start = g_utf8_substring (name, 0, MIN (g_utf8_strlen (name, -1), MOST_CHARS - 1));
  g_autofree char *cut = g_strconcat (start, "…", NULL);

  g_string_append_printf (svg,
                          "<rect class=\"box\" fill=\"#fff\" stroke=\"#999\" x=\"%u\" y=\"%u\" width=\"%d\" "
                          "height=\"%d\" rx=\"5\"/>",
                          x, y, BOX_WIDTH, BOX_HEIGHT);
  add_text (svg, x + BOX_WIDTH / 2, y + 14, "name", g_utf8_strlen (name, -1) > MOST_CHARS ? cut : name);
  add_text (svg, x + BOX_WIDTH / 2, y + 27, "shape", shape);
  g_string_append_c (svg, '\n');
}

/* What reaches into the rows from `first` on. */
static void
add_part (GString *svg, const Drawing *drawing, guint first)
{
  guint end = MIN (first + ROWS, drawing->n_rows);

  for (guint i = 0; i < drawing->check->n_nodes; i++)
    {
      const LatheNode *node = lathe_graph_get_node (drawing->graph, i);

      for (guint k = 0; k < node->inputs->len && drawing->rows[i] >= first; k++)
        if (drawing->rows[get_feeding (node, k)->index] < end)
          add_edge (svg, drawing, get_feeding (node, k)->index, i);
    }
  for (guint i = 0; i < drawing->check->n_nodes; i++)
    if (drawing->rows[i] >= first && drawing->rows[i] < end)
      add_box (svg, drawing, i);
}

static void
begin_part (GString *svg, const Drawing *drawing, guint first)
{
  guint width = 2 * MARGIN + (drawing->n_columns - 1) * COLUMN + BOX_WIDTH + LANE * MOST_LANES;
  guint end = MIN (first + ROWS, drawing->n_rows), height = (end - first) * ROW;
  /* Translators: what a drawing shows: the first and the last of so many rows of layers, the network's input on top */
  g_autofree char *title =
      g_strdup_printf (_ ("The network from its input down: rows %u to %u of %u"), first + 1, end, drawing->n_rows);

  g_string_append_printf (svg, "<svg viewBox=\"0 %u %u %u\" width=\"%u\" role=\"img\" class=\"layers\"><title>",
                          first * ROW, width, height, width);
  lathe_markup_append_text (svg, title);
  g_string_append (svg, "</title>\n");
}

void
lathe_report_add_drawing (GString *html, const LatheGraph *graph, const LatheGraphReport *check)
{
  g_autoptr (Drawing) drawing = check->works && check->n_nodes <= MOST_NODES ? lay_out (graph, check) : NULL;

  if (drawing == NULL)
    return;
  g_string_append (html, "<div class=\"charts\">\n");
  for (guint first = 0; first < drawing->n_rows; first += ROWS)
    {
      begin_part (html, drawing, first);
      add_part (html, drawing, first);
      g_string_append (html, "</svg>\n");
    }
  g_string_append (html, "</div>\n");
}
