/* wb-matrix.c: a confusion matrix, drawn: rows are the truth, columns what the model said.
 *
 * A cell's colour is its share of its row, so that a small class shows its mistakes as well as a large one. The square
 * root of the share is what is drawn: one image in a hundred should be seen.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-matrix.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-text.h"

#define LEAST_SIDE 220
#define NATURAL_SIDE 460
#define GAP 6                /* between the names and the grid */
#define LEAST_FONT_SCALE 0.6 /* smaller than this is not read */
#define TITLE_SCALE 0.9
#define GAP_FROM 12 /* pixels of a cell, from which on there is a gap between them */

typedef struct
{
  int truth, said; /* -1: none */
} Cell;

struct _WbMatrix
{
  WbFigure parent_instance;
  guint n;        /* classes */
  guint *counts;  /* n × n */
  guint *support; /* n: sums of the rows */
  char **labels;
  double widest; /* of the names, in ems of the font that they were measured in; 0: to be measured */
  gboolean shares;
  Cell selected, pointed;
  double line; /* height of one of text, as last drawn */
};

/* Where things are, in pixels. */
typedef struct
{
  double x, y, cell;   /* of the grid */
  double names, below; /* the room for the names of the rows, and of the columns */
  double line;         /* height of a line of text */
  double font_scale;   /* of the names */
  gboolean slanted;    /* names of the columns */
  int step;            /* every how many classes have their name */
} Geometry;

enum
{
  SELECTED,
  ACTIVATED,
  POINTED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WbMatrix, wb_matrix, WB_TYPE_FIGURE)

static const Cell NOWHERE = {-1, -1};

static guint
count_at (WbMatrix *self, Cell cell)
{
  return self->counts[cell.truth * self->n + cell.said];
}

static double
share_of (WbMatrix *self, Cell cell)
{
  return self->support[cell.truth] > 0 ? (double) count_at (self, cell) / self->support[cell.truth] : 0;
}

/* --- Where things are --- */

static void
measure_labels (WbMatrix *self, const WbPen *pen)
{
  if (self->widest > 0)
    return;
  for (guint i = 0; i < self->n; i++)
    self->widest = MAX (self->widest, wb_pen_measure (pen, self->labels[i], FALSE) / pen->text_height);
}

/* The grid stays square; names and the axes' titles take what they need, the names up to a third of the whole. Above it
 * is the figure's title. */
static Geometry
work_out (WbMatrix *self, double line, double width, double height)
{
  Geometry g = {.step = 1, .line = line};
  double head = 2 * line, across = width - line - 2 * GAP, down = height - head - line - 2 * GAP;

  g.font_scale = CLAMP ((MIN (across, down) - 2 * line) / (self->n * line * 1.15), LEAST_FONT_SCALE, 1);
  g.names = MIN (self->widest * line * g.font_scale, 0.3 * MIN (width, height));
  g.below = line;
  g.cell = MAX (MIN ((across - g.names) / self->n, (down - g.below) / self->n), 1);
  g.slanted = g.names > g.cell - GAP;
  if (g.slanted)
    g.below = (g.names + line) * M_SQRT1_2;
  g.cell = MAX (MIN ((across - g.names) / self->n, (down - g.below) / self->n), 1);
  g.step = (int) ceil (line * g.font_scale / g.cell);
  if (g.cell > 8)
    g.cell = floor (g.cell);
  g.x = floor ((across - g.cell * self->n - g.names) / 2 + g.names + line + 2 * GAP);
  g.y = floor (head + MAX (0, (down - g.cell * self->n - g.below) / 2));
  return g;
}

static Cell
cell_at (WbMatrix *self, double x, double y)
{
  Geometry g;
  Cell cell;

  if (self->n == 0 || self->line <= 0 || isnan (x))
    return NOWHERE;
  g = work_out (self, self->line, gtk_widget_get_width (GTK_WIDGET (self)), gtk_widget_get_height (GTK_WIDGET (self)));
  cell = (Cell){(int) floor ((y - g.y) / g.cell), (int) floor ((x - g.x) / g.cell)};
  if (cell.truth < 0 || cell.said < 0 || cell.truth >= (int) self->n || cell.said >= (int) self->n)
    return NOWHERE;
  return cell;
}

/* --- Drawing --- */

/* Draws text with its centre (`align` 0.5), start (0) or end (1) at x, and its middle at y. */
static void
draw_text (const WbPen *pen, const char *text, double scale, double x, double y, double align, double limit)
{
  double width = wb_pen_measure (pen, text, FALSE);

  if (limit > 0 && width * scale > limit)
    {
      pango_layout_set_ellipsize (pen->layout, PANGO_ELLIPSIZE_END);
      pango_layout_set_width (pen->layout, (int) (limit / scale * PANGO_SCALE));
      width = limit / scale;
    }
  cairo_save (pen->cr);
  cairo_translate (pen->cr, x, y);
  cairo_scale (pen->cr, scale, scale);
  cairo_move_to (pen->cr, -align * width, -pen->text_height / 2.0);
  pango_cairo_show_layout (pen->cr, pen->layout);
  cairo_restore (pen->cr);
  pango_layout_set_ellipsize (pen->layout, PANGO_ELLIPSIZE_NONE);
  pango_layout_set_width (pen->layout, -1);
}

static GdkRGBA
color_of (WbMatrix *self, const WbPen *pen, Cell cell)
{
  const GdkRGBA *low = &pen->style->background, *high = wb_pen_color (pen, WB_CHART_BLUE);
  float t = (float) sqrt (share_of (self, cell));

  return (GdkRGBA){low->red + (high->red - low->red) * t, low->green + (high->green - low->green) * t,
                   low->blue + (high->blue - low->blue) * t, 1};
}

/* Small cells are the pixels of an image: thousands of rectangles take too long. */
static void
draw_small_cells (WbMatrix *self, const WbPen *pen, const Geometry *g)
{
  cairo_surface_t *image = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) self->n, (int) self->n);
  guint8 *pixels = cairo_image_surface_get_data (image);
  int stride = cairo_image_surface_get_stride (image);

  for (int truth = 0; truth < (int) self->n; truth++)
    for (int said = 0; said < (int) self->n; said++)
      {
        GdkRGBA color = color_of (self, pen, (Cell){truth, said});
        guint32 *pixel = (guint32 *) (pixels + (gsize) truth * stride) + said;

        *pixel = (guint32) (color.red * 255) << 16 | (guint32) (color.green * 255) << 8 | (guint32) (color.blue * 255);
      }
  cairo_surface_mark_dirty (image);
  cairo_save (pen->cr);
  cairo_translate (pen->cr, g->x, g->y);
  cairo_scale (pen->cr, g->cell, g->cell);
  cairo_set_source_surface (pen->cr, image, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (pen->cr), CAIRO_FILTER_NEAREST);
  cairo_paint (pen->cr);
  cairo_restore (pen->cr);
  cairo_surface_destroy (image);
}

static void
draw_cells (WbMatrix *self, const WbPen *pen, const Geometry *g)
{
  if (g->cell < GAP_FROM)
    {
      draw_small_cells (self, pen, g);
      return;
    }
  for (int truth = 0; truth < (int) self->n; truth++)
    for (int said = 0; said < (int) self->n; said++)
      {
        GdkRGBA color = color_of (self, pen, (Cell){truth, said});

        wb_pen_use (pen, &color, 1);
        cairo_rectangle (pen->cr, g->x + said * g->cell + 0.5, g->y + truth * g->cell + 0.5, g->cell - 1, g->cell - 1);
        cairo_fill (pen->cr);
      }
}

static char *
write_number (WbMatrix *self, Cell cell)
{
  return self->shares ? g_strdup_printf ("%.0f", 100 * share_of (self, cell))
                      : g_strdup_printf ("%u", count_at (self, cell));
}

/* Black or white, whichever is read on this colour. */
static double
ink_on (const GdkRGBA *color)
{
  return 0.3 * (double) color->red + 0.59 * (double) color->green + 0.11 * (double) color->blue > 0.55 ? 0 : 1;
}

/* Numbers appear only when the longest one fits its cell at a size that can be read. */
static void
draw_numbers (WbMatrix *self, const WbPen *pen, const Geometry *g)
{
  g_autofree char *longest = NULL;
  double scale;
  guint most = 100;

  for (guint i = 0; i < self->n * self->n && !self->shares; i++)
    most = MAX (most, self->counts[i]);
  longest = g_strdup_printf ("%u", most);
  scale = MIN (1, MIN (0.8 * g->cell / wb_pen_measure (pen, longest, FALSE), 0.8 * g->cell / g->line));
  if (scale < LEAST_FONT_SCALE)
    return;
  for (guint i = 0; i < self->n * self->n; i++)
    {
      Cell cell = {(int) (i / self->n), (int) (i % self->n)};
      GdkRGBA color = color_of (self, pen, cell);
      g_autofree char *text = write_number (self, cell);
      double ink = ink_on (&color);

      if (count_at (self, cell) == 0)
        continue;
      cairo_set_source_rgb (pen->cr, ink, ink, ink);
      draw_text (pen, text, scale, g->x + (cell.said + 0.5) * g->cell, g->y + (cell.truth + 0.5) * g->cell, 0.5, 0);
    }
}

static void
draw_names (WbMatrix *self, const WbPen *pen, const Geometry *g)
{
  double bottom = g->y + g->cell * self->n + GAP;

  wb_pen_use (pen, &pen->style->foreground, 0.9);
  for (guint i = 0; i < self->n; i += (guint) g->step)
    {
      double middle = (i + 0.5) * g->cell;

      draw_text (pen, self->labels[i], g->font_scale, g->x - GAP, g->y + middle, 1, g->names);
      cairo_save (pen->cr);
      cairo_translate (pen->cr, g->x + middle, bottom + g->line * (g->slanted ? 0.25 : 0.5));
      if (g->slanted)
        cairo_rotate (pen->cr, -G_PI_4);
      draw_text (pen, self->labels[i], g->font_scale, 0, 0, g->slanted ? 1 : 0.5, g->names);
      cairo_restore (pen->cr);
    }
}

static void
draw_titles (WbMatrix *self, const WbPen *pen, const Geometry *g)
{
  double side = g->cell * self->n;

  wb_pen_use (pen, &pen->style->foreground, 1);
  wb_pen_write_title (pen, wb_figure_get_title (WB_FIGURE (self)), WB_GAP, g->line);
  wb_pen_use (pen, &pen->style->foreground, 0.6);
  draw_text (pen, _ ("What the model said"), TITLE_SCALE, g->x + side / 2,
             g->y + side + 2 * GAP + g->below + g->line / 2, 0.5, 0);
  cairo_save (pen->cr);
  cairo_translate (pen->cr, g->x - 2 * GAP - g->names - g->line / 2, g->y + side / 2);
  cairo_rotate (pen->cr, -G_PI_2);
  draw_text (pen, _ ("Truth"), TITLE_SCALE, 0, 0, 0.5, 0);
  cairo_restore (pen->cr);
}

static void
draw_ring (const WbPen *pen, const Geometry *g, Cell cell, double alpha)
{
  if (cell.truth < 0)
    return;
  wb_pen_use (pen, &pen->style->foreground, alpha);
  cairo_set_line_width (pen->cr, 2);
  cairo_rectangle (pen->cr, g->x + cell.said * g->cell, g->y + cell.truth * g->cell, g->cell, g->cell);
  cairo_stroke (pen->cr);
}

static void
wb_matrix_draw (WbFigure *figure, const WbChartStyle *style, cairo_t *cr, double width, double height,
                gboolean on_paper)
{
  WbMatrix *self = WB_MATRIX (figure);
  g_auto (WbPen) pen = {0};
  Geometry g;

  if (self->n == 0)
    return;
  wb_pen_init (&pen, cr, style);
  measure_labels (self, &pen);
  if (!on_paper)
    self->line = pen.text_height;
  g = work_out (self, pen.text_height, width, height);
  draw_cells (self, &pen, &g);
  draw_numbers (self, &pen, &g);
  draw_names (self, &pen, &g);
  draw_titles (self, &pen, &g);
  if (on_paper)
    return;
  draw_ring (&pen, &g, self->pointed, 0.4);
  draw_ring (&pen, &g, self->selected, gtk_widget_has_visible_focus (GTK_WIDGET (self)) ? 1 : 0.75);
}

static void
wb_matrix_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                   int *minimum_baseline, int *natural_baseline)
{
  *minimum = LEAST_SIDE;
  *natural = orientation == GTK_ORIENTATION_VERTICAL && for_size > 0 ? CLAMP (for_size, LEAST_SIDE, 2 * NATURAL_SIDE)
                                                                     : NATURAL_SIDE;
}

static GtkSizeRequestMode
wb_matrix_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

/* --- Acting --- */

static char *
describe_cell (WbMatrix *self, Cell cell)
{
  guint count = count_at (self, cell);
  g_autofree char *number = wb_text_count (count), *share = wb_text_percent (share_of (self, cell));

  /* Translators: a cell of the confusion matrix: true class, what the model said, number of images, their share of the
   * class */
  return g_strdup_printf (ngettext ("Truth: %s, said: %s, %s image, %s of the class",
                                    "Truth: %s, said: %s, %s images, %s of the class", count),
                          self->labels[cell.truth], self->labels[cell.said], number, share);
}

static void
update_accessible (WbMatrix *self)
{
  g_autofree char *text = self->selected.truth >= 0 ? describe_cell (self, self->selected) : NULL;

  wb_figure_describe (WB_FIGURE (self), text != NULL ? text : self->n > 0 ? _ ("No cell is selected") : _ ("Empty"));
}

static void
select_cell (WbMatrix *self, Cell cell)
{
  self->selected = cell;
  update_accessible (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (cell.truth >= 0)
    g_signal_emit (self, signals[SELECTED], 0, (guint) cell.truth, (guint) cell.said);
}

static void
point_at (WbMatrix *self, Cell cell)
{
  if (cell.truth == self->pointed.truth && cell.said == self->pointed.said)
    return;
  self->pointed = cell;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[POINTED], 0);
}

static void
wb_matrix_point (WbFigure *figure, double x, double y)
{
  point_at (WB_MATRIX (figure), cell_at (WB_MATRIX (figure), x, y));
}

static void
on_pressed (WbMatrix *self, int n_press, double x, double y)
{
  Cell cell = cell_at (self, x, y);

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (cell.truth >= 0)
    select_cell (self, cell);
}

/* The first key selects the cell in the corner. */
static gboolean
move (WbMatrix *self, int down, int right)
{
  Cell now = self->selected.truth >= 0 ? self->selected : (Cell){-down, -right};

  select_cell (self,
               (Cell){CLAMP (now.truth + down, 0, (int) self->n - 1), CLAMP (now.said + right, 0, (int) self->n - 1)});
  return TRUE;
}

static gboolean
wb_matrix_key (WbFigure *figure, guint key)
{
  WbMatrix *self = WB_MATRIX (figure);

  if (self->n == 0)
    return FALSE;
  switch (key)
    {
    case GDK_KEY_Up:
      return move (self, -1, 0);
    case GDK_KEY_Down:
      return move (self, 1, 0);
    case GDK_KEY_Left:
      return move (self, 0, -1);
    case GDK_KEY_Right:
      return move (self, 0, 1);
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
    case GDK_KEY_space:
      if (self->selected.truth >= 0)
        g_signal_emit (self, signals[ACTIVATED], 0);
      return self->selected.truth >= 0;
    default:
      return FALSE;
    }
}

static char *
wb_matrix_to_csv (WbFigure *figure)
{
  WbMatrix *self = WB_MATRIX (figure);
  GString *csv = g_string_new (NULL);

  lathe_csv_append (csv, _ ("Truth"));
  for (guint i = 0; i < self->n; i++)
    lathe_csv_append (csv, self->labels[i]);
  for (guint i = 0; i < self->n * self->n; i++)
    {
      Cell cell = {(int) (i / self->n), (int) (i % self->n)};
      char share[G_ASCII_DTOSTR_BUF_SIZE];

      if (cell.said == 0)
        {
          g_string_append_c (csv, '\n');
          lathe_csv_append (csv, self->labels[cell.truth]);
        }
      if (self->shares)
        g_string_append_printf (csv, ",%s", g_ascii_formatd (share, sizeof share, "%.6g", share_of (self, cell)));
      else
        g_string_append_printf (csv, ",%u", count_at (self, cell));
    }
  return g_string_free (g_string_append_c (csv, '\n'), FALSE);
}

/* --- Use --- */

static void
forget (WbMatrix *self)
{
  g_clear_pointer (&self->counts, g_free);
  g_clear_pointer (&self->support, g_free);
  g_clear_pointer (&self->labels, g_strfreev);
  self->n = 0;
  self->widest = 0;
  self->selected = self->pointed = NOWHERE;
}

void
wb_matrix_set (WbMatrix *self, const LatheMetrics *metrics, const char *const *labels)
{
  g_return_if_fail (WB_IS_MATRIX (self));

  forget (self);
  if (metrics != NULL)
    {
      self->n = metrics->n_classes;
      self->counts = g_memdup2 (metrics->confusion, sizeof (guint) * self->n * self->n);
      self->support = g_new0 (guint, self->n);
      for (guint i = 0; i < self->n * self->n; i++)
        self->support[i / self->n] += self->counts[i];
      self->labels = g_strdupv ((char **) labels);
    }
  update_accessible (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
wb_matrix_set_shares (WbMatrix *self, gboolean shares)
{
  g_return_if_fail (WB_IS_MATRIX (self));

  self->shares = shares;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
wb_matrix_select (WbMatrix *self, guint truth, guint said)
{
  g_return_if_fail (WB_IS_MATRIX (self));
  g_return_if_fail (truth < self->n && said < self->n);

  select_cell (self, (Cell){(int) truth, (int) said});
}

char *
wb_matrix_describe (WbMatrix *self)
{
  g_return_val_if_fail (WB_IS_MATRIX (self), NULL);

  if (self->pointed.truth >= 0)
    return describe_cell (self, self->pointed);
  return self->selected.truth >= 0 ? describe_cell (self, self->selected) : NULL;
}

static void
wb_matrix_finalize (GObject *object)
{
  forget (WB_MATRIX (object));
  G_OBJECT_CLASS (wb_matrix_parent_class)->finalize (object);
}

static void
wb_matrix_class_init (WbMatrixClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  WbFigureClass *figure_class = WB_FIGURE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = wb_matrix_finalize;
  widget_class->measure = wb_matrix_measure;
  widget_class->get_request_mode = wb_matrix_get_request_mode;
  figure_class->draw = wb_matrix_draw;
  figure_class->to_csv = wb_matrix_to_csv;
  figure_class->point = wb_matrix_point;
  figure_class->key = wb_matrix_key;
  signals[SELECTED] = g_signal_new ("selected", WB_TYPE_MATRIX, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                    G_TYPE_UINT, G_TYPE_UINT);
  signals[ACTIVATED] =
      g_signal_new ("activated", WB_TYPE_MATRIX, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[POINTED] = g_signal_new ("pointed", WB_TYPE_MATRIX, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wb_matrix_init (WbMatrix *self)
{
  GtkGesture *click = gtk_gesture_click_new ();

  self->selected = self->pointed = NOWHERE;
  g_signal_connect_swapped (click, "pressed", G_CALLBACK (on_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}
