/* wb-picture-windows.c: how windows move over an image: kernel, stride, padding and dilation on a grid.
 *
 * On the left is the layer's input, on the right its output: the image, padding around it, a window and the next one,
 * and the numbers that they give. In a transposed layer it is the numbers that lie on the left.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>
#include <math.h>

#include "wb-layer-picture-private.h"
#include "wb-text.h"

#define MOST_CELLS 20 /* of one side of the image */
#define LARGEST_CELL 14.0
#define SMALLEST_CELL 5.0
#define TALLEST 190.0 /* of the grids */
#define BETWEEN 30.0  /* the grids */
#define MARGIN 8.0    /* for what is drawn on the edge */

typedef struct
{
  double cell;
  double image_x, image_y, image_width, image_height;
  double numbers_x, numbers_y, numbers_width, numbers_height;
  double top, height; /* of the grids */
} Places;

static void
prepare (WbLayerPicture *self)
{
  self->kind->windows (&self->properties, &self->input, &self->windows);
  self->across = wb_kernel_side (&self->windows.x, MOST_CELLS);
  self->down = wb_kernel_side (&self->windows.y, MOST_CELLS);
  self->column = MIN (self->column, wb_kernel_side_n_windows (&self->across) - 1);
  self->row = MIN (self->row, wb_kernel_side_n_windows (&self->down) - 1);
}

/* --- Where things are --- */

static Places
find_places (WbLayerPicture *self, double width)
{
  double image = wb_kernel_side_length (&self->across), numbers = wb_kernel_side_numbers_length (&self->across);
  double rows = MAX (wb_kernel_side_length (&self->down), wb_kernel_side_numbers_length (&self->down));
  double left, first;
  Places p = {.top = MARGIN};

  p.cell = floor (MIN ((width - BETWEEN - 2 * MARGIN) / (image + numbers), TALLEST / rows));
  p.cell = CLAMP (p.cell, SMALLEST_CELL, LARGEST_CELL);
  p.height = ceil (rows * p.cell);
  p.image_width = image * p.cell;
  p.image_height = wb_kernel_side_length (&self->down) * p.cell;
  p.numbers_width = numbers * p.cell;
  p.numbers_height = wb_kernel_side_numbers_length (&self->down) * p.cell;
  left = MAX (MARGIN, floor ((width - p.image_width - p.numbers_width - BETWEEN) / 2));
  first = self->windows.transposed ? p.numbers_width : p.image_width;
  p.image_x = self->windows.transposed ? left + ceil (first + BETWEEN) : left;
  p.numbers_x = self->windows.transposed ? left : left + ceil (first + BETWEEN);
  p.image_y = p.top + floor ((p.height - p.image_height) / 2);
  p.numbers_y = p.top + floor ((p.height - p.numbers_height) / 2);
  return p;
}

static double
measure (WbLayerPicture *self, double width)
{
  return find_places (self, width).height + 2 * MARGIN + WB_PICTURE_LABEL;
}

static cairo_rectangle_t
window_box (WbLayerPicture *self, const Places *p, guint column, guint row)
{
  double left, right, top, bottom;

  wb_kernel_side_span (&self->across, column, &left, &right);
  wb_kernel_side_span (&self->down, row, &top, &bottom);
  return (cairo_rectangle_t){p->image_x + left * p->cell, p->image_y + top * p->cell, (right - left) * p->cell - 1,
                             (bottom - top) * p->cell - 1};
}

static cairo_rectangle_t
number_box (WbLayerPicture *self, const Places *p, guint column, guint row)
{
  return (cairo_rectangle_t){p->numbers_x + wb_kernel_side_number_place (&self->across, column) * p->cell,
                             p->numbers_y + wb_kernel_side_number_place (&self->down, row) * p->cell, p->cell - 1,
                             p->cell - 1};
}

static gboolean
has_next (const WbKernelSide *side, guint shown)
{
  return shown + 1 < wb_kernel_side_n_windows (side) &&
         wb_kernel_side_window (side, shown + 1) == wb_kernel_side_window (side, shown) + 1;
}

static gboolean
is_of_height (LatheWindowPart part)
{
  return part == LATHE_PART_KERNEL_HEIGHT || part == LATHE_PART_STRIDE_HEIGHT || part == LATHE_PART_DILATION_HEIGHT;
}

/* The place after this one: across, unless what is set is about the way down. */
static gboolean
find_next (WbLayerPicture *self, guint *column, guint *row)
{
  gboolean across = has_next (&self->across, self->column), down = has_next (&self->down, self->row);

  if (down && (is_of_height (self->part) || !across))
    across = FALSE;
  *column = self->column + (across ? 1 : 0);
  *row = self->row + (!across && down ? 1 : 0);
  return across || down;
}

/* --- The image --- */

static gboolean
is_set (LatheWindowPart part, const WbKernelSide *across, guint column, const WbKernelSide *down, guint row)
{
  switch (part)
    {
    case LATHE_PART_PADDING:
      return TRUE;
    case LATHE_PART_PADDING_TOP:
      return row < down->axis.before;
    case LATHE_PART_PADDING_BOTTOM:
      return row >= down->axis.before + down->axis.in;
    case LATHE_PART_PADDING_LEFT:
      return column < across->axis.before;
    case LATHE_PART_PADDING_RIGHT:
      return column >= across->axis.before + across->axis.in;
    default:
      return FALSE;
    }
}

/* Padding is empty, and crossed out by a line. */
static void
draw_padding (const WbPen *pen, const GdkRGBA *color, double opacity, double x, double y, double cell)
{
  wb_pen_use (pen, color, opacity);
  cairo_set_line_width (pen->cr, 1);
  cairo_rectangle (pen->cr, x + 0.5, y + 0.5, cell - 2, cell - 2);
  cairo_move_to (pen->cr, x + 1, y + cell - 2);
  cairo_line_to (pen->cr, x + cell - 2, y + 1);
  cairo_stroke (pen->cr);
}

static void
draw_image (WbLayerPicture *self, const WbPen *pen, const Places *p)
{
  const WbKernelSide *across = &self->across, *down = &self->down;

  for (guint row = 0; row < down->n_cells; row++)
    {
      double y = p->image_y + wb_kernel_side_place (down, row) * p->cell;

      for (guint column = 0; column < across->n_cells && !isnan (y); column++)
        {
          double x = p->image_x + wb_kernel_side_place (across, column) * p->cell;

          if (isnan (x))
            column = MAX (column, across->n_cells - across->tail - 1); /* on to the end */
          else if (!wb_kernel_side_is_padding (across, column) && !wb_kernel_side_is_padding (down, row))
            wb_picture_cell (pen, &pen->style->foreground, 0.12, x, y, p->cell);
          else if (is_set (self->part, across, column, down, row))
            draw_padding (pen, wb_pen_color (pen, WB_CHART_ORANGE), 1, x, y, p->cell);
          else
            draw_padding (pen, &pen->style->foreground, 0.3, x, y, p->cell);
        }
      if (isnan (y))
        row = MAX (row, down->n_cells - down->tail - 1);
    }
}

static void
draw_taps (WbLayerPicture *self, const WbPen *pen, const Places *p)
{
  for (guint i = 0; i < self->down.axis.kernel; i++)
    {
      double y =
          p->image_y + wb_kernel_side_place (&self->down, wb_kernel_side_tap (&self->down, self->row, i)) * p->cell;

      for (guint j = 0; j < self->across.axis.kernel && !isnan (y); j++)
        {
          guint cell = wb_kernel_side_tap (&self->across, self->column, j);
          double x = p->image_x + wb_kernel_side_place (&self->across, cell) * p->cell;

          if (!isnan (x))
            wb_picture_cell (pen, &self->accent, 0.55, x, y, p->cell);
        }
    }
}

static void
draw_frame (const WbPen *pen, const GdkRGBA *color, const cairo_rectangle_t *box, gboolean dashed)
{
  const double dashes[] = {3, 2};

  wb_pen_use (pen, color, dashed ? 0.8 : 1);
  cairo_set_line_width (pen->cr, dashed ? 1 : 2);
  if (dashed)
    cairo_set_dash (pen->cr, dashes, 2, 0);
  cairo_rectangle (pen->cr, box->x - 0.5, box->y - 0.5, box->width + 1, box->height + 1);
  cairo_stroke (pen->cr);
  cairo_set_dash (pen->cr, NULL, 0, 0);
}

/* Three dots where cells are left out. */
static void
draw_dots (const WbPen *pen, double x, double y, gboolean upright, double cell)
{
  double apart = MIN (3.5, (WB_KERNEL_GAP * cell - 3) / 2);

  wb_pen_use (pen, &pen->style->foreground, 0.6);
  for (int i = -1; i <= 1; i++)
    {
      cairo_new_sub_path (pen->cr);
      cairo_arc (pen->cr, x + (upright ? 0 : apart * i), y + (upright ? apart * i : 0), 1, 0, 2 * G_PI);
    }
  cairo_fill (pen->cr);
}

/* Between the ends of the first rows, and of the first columns. */
static void
draw_left_out (WbLayerPicture *self, const WbPen *pen, const Places *p)
{
  const WbKernelSide *across = &self->across, *down = &self->down;
  double half = WB_KERNEL_GAP / 2;

  if (across->head < across->n_cells)
    draw_dots (pen, p->image_x + (across->head + half) * p->cell - 0.5, p->image_y + down->head * p->cell / 2, FALSE,
               p->cell);
  if (down->head < down->n_cells)
    draw_dots (pen, p->image_x + across->head * p->cell / 2, p->image_y + (down->head + half) * p->cell - 0.5, TRUE,
               p->cell);
  if (wb_kernel_side_n_windows (across) < across->axis.out)
    draw_dots (pen, p->numbers_x + (across->first + half) * p->cell - 0.5, p->numbers_y + down->first * p->cell / 2,
               FALSE, p->cell);
  if (wb_kernel_side_n_windows (down) < down->axis.out)
    draw_dots (pen, p->numbers_x + across->first * p->cell / 2, p->numbers_y + (down->first + half) * p->cell - 0.5,
               TRUE, p->cell);
}

/* --- The numbers --- */

static void
draw_numbers (WbLayerPicture *self, const WbPen *pen, const Places *p)
{
  for (guint row = 0; row < wb_kernel_side_n_windows (&self->down); row++)
    for (guint column = 0; column < wb_kernel_side_n_windows (&self->across); column++)
      {
        cairo_rectangle_t box = number_box (self, p, column, row);

        wb_picture_cell (pen, &pen->style->foreground, 0.12, box.x, box.y, p->cell);
      }
}

static void
draw_arrow (WbLayerPicture *self, const WbPen *pen, const Places *p)
{
  double from = self->windows.transposed ? p->numbers_x + p->numbers_width : p->image_x + p->image_width;
  double x = round (from + BETWEEN / 2), y = wb_pen_crisp (p->top + p->height / 2);

  wb_pen_use (pen, &pen->style->foreground, 0.55);
  cairo_set_line_width (pen->cr, 1);
  cairo_move_to (pen->cr, x - 7, y);
  cairo_line_to (pen->cr, x + 7, y);
  cairo_move_to (pen->cr, x + 3, y - 4);
  cairo_line_to (pen->cr, x + 7, y);
  cairo_line_to (pen->cr, x + 3, y + 4);
  cairo_stroke (pen->cr);
}

static void
write_size (const WbPen *pen, guint height, guint width, double middle, double y)
{
  g_autofree char *text = g_strdup_printf ("%u × %u", height, width);

  wb_pen_use (pen, &pen->style->foreground, 0.7);
  wb_pen_write (pen, text, middle, y, 0.5);
}

/* --- What is being set --- */

/* A length: a line with an end mark on each side, upright or level. */
static void
draw_ends (const WbPen *pen, double x, double y, double length, gboolean upright)
{
  cairo_set_line_width (pen->cr, 2);
  cairo_move_to (pen->cr, x, y);
  cairo_rel_line_to (pen->cr, upright ? 0 : length, upright ? length : 0);
  for (int end = 0; end < 2; end++)
    {
      cairo_move_to (pen->cr, x + (upright ? -4 : end * length), y + (upright ? end * length : -4));
      cairo_rel_line_to (pen->cr, upright ? 8 : 0, upright ? 0 : 8);
    }
  cairo_stroke (pen->cr);
}

/* With its number in the middle; or behind it, when it is short. */
static void
draw_length (const WbPen *pen, double x, double y, double length, gboolean upright, guint number)
{
  const GdkRGBA *orange = wb_pen_color (pen, WB_CHART_ORANGE);
  g_autofree char *text = g_strdup_printf ("%u", number);
  double width = wb_pen_measure (pen, text, TRUE) + 6, height = pen->text_height, own = upright ? height : width;
  double at = length >= own + 12 ? length / 2 : length + own / 2 + 3;
  double middle_x = MAX (x + (upright ? 0 : at), width / 2), middle_y = MAX (y + (upright ? at : 0), height / 2);

  wb_pen_use (pen, orange, 1);
  draw_ends (pen, x, y, length, upright);
  wb_pen_use (pen, &pen->style->background, 1);
  cairo_rectangle (pen->cr, middle_x - width / 2, middle_y - height / 2, width, height);
  cairo_fill (pen->cr);
  wb_pen_use (pen, orange, 1);
  wb_pen_write_title (pen, text, floor (middle_x - width / 2 + 3), middle_y);
}

static void
draw_part (WbLayerPicture *self, const WbPen *pen, const Places *p, const cairo_rectangle_t *now,
           const cairo_rectangle_t *next)
{
  const LatheAxis *y = &self->windows.y, *x = &self->windows.x;

  switch (self->part)
    {
    case LATHE_PART_KERNEL_HEIGHT:
      draw_length (pen, now->x, now->y, now->height, TRUE, y->kernel);
      break;
    case LATHE_PART_KERNEL_WIDTH:
      draw_length (pen, now->x, now->y, now->width, FALSE, x->kernel);
      break;
    case LATHE_PART_STRIDE_HEIGHT:
      if (next != NULL && next->y > now->y)
        draw_length (pen, now->x, now->y, next->y - now->y, TRUE, y->stride);
      break;
    case LATHE_PART_STRIDE_WIDTH:
      if (next != NULL && next->x > now->x)
        draw_length (pen, now->x, now->y, next->x - now->x, FALSE, x->stride);
      break;
    case LATHE_PART_DILATION_HEIGHT:
      if (y->kernel > 1)
        draw_length (pen, now->x + p->cell / 2, now->y + p->cell / 2, y->dilation * p->cell, TRUE, y->dilation);
      break;
    case LATHE_PART_DILATION_WIDTH:
      if (x->kernel > 1)
        draw_length (pen, now->x + p->cell / 2, now->y + p->cell / 2, x->dilation * p->cell, FALSE, x->dilation);
      break;
    default:
      break;
    }
}

static void
draw (WbLayerPicture *self, const WbPen *pen, double width, double height)
{
  Places p = find_places (self, width);
  cairo_rectangle_t now = window_box (self, &p, self->column, self->row), next, number;
  double label = p.top + p.height + MARGIN + WB_PICTURE_LABEL / 2;
  guint column, row;
  gboolean goes_on = find_next (self, &column, &row);

  draw_image (self, pen, &p);
  draw_numbers (self, pen, &p);
  draw_arrow (self, pen, &p);
  draw_taps (self, pen, &p);
  number = number_box (self, &p, self->column, self->row);
  wb_picture_cell (pen, &self->accent, 1, number.x, number.y, p.cell);
  draw_frame (pen, &self->accent, &now, FALSE);
  if (goes_on)
    {
      next = window_box (self, &p, column, row);
      number = number_box (self, &p, column, row);
      draw_frame (pen, &self->accent, &next, TRUE);
      draw_frame (pen, &self->accent, &number, TRUE);
    }
  draw_left_out (self, pen, &p);
  draw_part (self, pen, &p, &now, goes_on ? &next : NULL);
  write_size (pen, self->windows.y.in, self->windows.x.in, p.image_x + p.image_width / 2, label);
  write_size (pen, self->windows.y.out, self->windows.x.out, p.numbers_x + p.numbers_width / 2, label);
}

/* --- Moving the window --- */

static gboolean
move_to (WbLayerPicture *self, guint column, guint row)
{
  if (column == self->column && row == self->row)
    return FALSE;
  self->column = column;
  self->row = row;
  return TRUE;
}

static gboolean
point (WbLayerPicture *self, double x, double y)
{
  Places p = find_places (self, gtk_widget_get_width (GTK_WIDGET (self)));
  double image_x = (x - p.image_x) / p.cell, image_y = (y - p.image_y) / p.cell;
  double numbers_x = (x - p.numbers_x) / p.cell, numbers_y = (y - p.numbers_y) / p.cell;

  if (image_x >= 0 && image_y >= 0 && image_x < p.image_width / p.cell && image_y < p.image_height / p.cell)
    return move_to (self, wb_kernel_side_nearest (&self->across, image_x),
                    wb_kernel_side_nearest (&self->down, image_y));
  if (numbers_x >= 0 && numbers_y >= 0 && numbers_x < p.numbers_width / p.cell && numbers_y < p.numbers_height / p.cell)
    return move_to (self, wb_kernel_side_nearest_number (&self->across, numbers_x),
                    wb_kernel_side_nearest_number (&self->down, numbers_y));
  return FALSE;
}

static gboolean
step (WbLayerPicture *self, int right, int down)
{
  int column = (int) self->column + right, row = (int) self->row + down;

  return move_to (self, (guint) CLAMP (column, 0, (int) wb_kernel_side_n_windows (&self->across) - 1),
                  (guint) CLAMP (row, 0, (int) wb_kernel_side_n_windows (&self->down) - 1));
}

/* --- In words --- */

static char *
describe_window (const LatheWindows *windows)
{
  const LatheAxis *y = &windows->y, *x = &windows->x;

  if (windows->transposed)
    return g_strdup_printf (_ ("Each number lays down a %u × %u window, %u down and %u across from the last."),
                            y->kernel, x->kernel, y->stride, x->stride);
  if (y->out == 1 && x->out == 1 && y->kernel == y->in && x->kernel == x->in)
    return g_strdup_printf (_ ("One window sees all %u × %u pixels."), y->in, x->in);
  if (y->stride == x->stride)
    /* Translators: the window's height and width, and the stride */
    return g_strdup_printf (
        ngettext ("A %u × %u window moves by %u pixel.", "A %u × %u window moves by %u pixels.", y->stride), y->kernel,
        x->kernel, y->stride);
  return g_strdup_printf (_ ("A %u × %u window moves down by %u and across by %u pixels."), y->kernel, x->kernel,
                          y->stride, x->stride);
}

static char *
describe_dilation (const LatheWindows *windows)
{
  const LatheAxis *y = &windows->y, *x = &windows->x;

  if (y->dilation == 1 && x->dilation == 1)
    return NULL;
  return g_strdup_printf (_ ("It looks at a pixel in every %u down and %u across, and spans %u × %u."), y->dilation,
                          x->dilation, lathe_axis_window (y), lathe_axis_window (x));
}

static char *
describe_padding (const LatheWindows *windows)
{
  const LatheAxis *y = &windows->y, *x = &windows->x;
  gboolean even = y->before == y->after && x->before == x->after && y->before == x->before;

  if (even && y->before == 0)
    return windows->transposed ? NULL : g_strdup (_ ("No padding."));
  if (windows->transposed)
    return g_strdup_printf (_ ("Cut off: %u above, %u below, %u left, %u right."), y->before, y->after, x->before,
                            x->after);
  if (even)
    return g_strdup_printf (
        ngettext ("%u pixel of padding on each side.", "%u pixels of padding on each side.", y->before), y->before);
  return g_strdup_printf (_ ("Padding: %u above, %u below, %u left, %u right."), y->before, y->after, x->before,
                          x->after);
}

static char *
describe_place (WbLayerPicture *self)
{
  const LatheAxis *y = &self->windows.y, *x = &self->windows.x;
  gboolean transposed = self->windows.transposed;

  /* Translators: heights and widths of two images; where the window is */
  return g_strdup_printf (_ ("%u × %u pixels become %u × %u; shown is the window of row %u, column %u."),
                          transposed ? y->out : y->in, transposed ? x->out : x->in, transposed ? y->in : y->out,
                          transposed ? x->in : x->out, wb_kernel_side_window (&self->down, self->row) + 1,
                          wb_kernel_side_window (&self->across, self->column) + 1);
}

static char *
describe (WbLayerPicture *self)
{
  char *sentences[] = {describe_window (&self->windows), describe_dilation (&self->windows),
                       describe_padding (&self->windows), describe_place (self)};
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (sentences); i++)
    {
      if (sentences[i] != NULL)
        g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", sentences[i]);
      g_free (sentences[i]);
    }
  return g_string_free (text, FALSE);
}

const WbPicture wb_picture_windows = {
    .title = N_ ("How the window moves"),
    .prepare = prepare,
    .measure = measure,
    .draw = draw,
    .point = point,
    .step = step,
    .describe = describe,
};
