/* wb-matrix.c: a confusion matrix, drawn: rows are the truth, columns what the network said.
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

typedef struct
{
  int truth, said; /* -1: none */
} Cell;

struct _WbMatrix
{
  GtkWidget parent_instance;
  guint n;        /* classes */
  guint *counts;  /* n × n */
  guint *support; /* n: sums of the rows */
  char **labels;
  Cell selected, pointed;
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
  POINTED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (WbMatrix, wb_matrix, GTK_TYPE_WIDGET)

static const Cell NOWHERE = {-1, -1};

static guint
count_at (WbMatrix *self, Cell cell)
{
  return self->counts[cell.truth * self->n + cell.said];
}

static void
text_size (WbMatrix *self, const char *text, double *width, double *height)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  int w, h;

  pango_layout_get_pixel_size (layout, &w, &h);
  *width = w;
  *height = h;
}

static double
widest_label (WbMatrix *self, double *line)
{
  double widest = 0;

  *line = 0;
  for (guint i = 0; i < self->n; i++)
    {
      double width, height;

      text_size (self, self->labels[i], &width, &height);
      widest = MAX (widest, width);
      *line = MAX (*line, height);
    }
  return widest;
}

/* The grid stays square; names and the axes' titles take what they need, the names up to a third of the whole. */
static Geometry
work_out (WbMatrix *self, double width, double height)
{
  Geometry g = {.step = 1};
  double widest = widest_label (self, &g.line);
  double across = width - g.line - 2 * GAP, down = height - g.line - 2 * GAP;

  g.font_scale = CLAMP ((MIN (across, down) - 2 * g.line) / (self->n * g.line * 1.15), LEAST_FONT_SCALE, 1);
  g.names = MIN (widest * g.font_scale, 0.3 * MIN (width, height));
  g.below = g.line;
  g.cell = MAX (MIN ((across - g.names) / self->n, (down - g.below) / self->n), 1);
  g.slanted = g.names > g.cell - GAP;
  if (g.slanted)
    g.below = (g.names + g.line) * M_SQRT1_2;
  g.cell = MAX (MIN ((across - g.names) / self->n, (down - g.below) / self->n), 1);
  g.step = (int) ceil (g.line * g.font_scale / g.cell);
  if (g.cell > 8)
    g.cell = floor (g.cell);
  g.x = floor ((across - g.cell * self->n - g.names) / 2 + g.names + g.line + 2 * GAP);
  g.y = floor (MAX (0, (down - g.cell * self->n - g.below) / 2));
  return g;
}

static Geometry
current_geometry (WbMatrix *self)
{
  return work_out (self, gtk_widget_get_width (GTK_WIDGET (self)), gtk_widget_get_height (GTK_WIDGET (self)));
}

static Cell
cell_at (WbMatrix *self, double x, double y)
{
  Geometry g;
  Cell cell;

  if (self->n == 0)
    return NOWHERE;
  g = current_geometry (self);
  cell = (Cell){(int) floor ((y - g.y) / g.cell), (int) floor ((x - g.x) / g.cell)};
  if (cell.truth < 0 || cell.said < 0 || cell.truth >= (int) self->n || cell.said >= (int) self->n)
    return NOWHERE;
  return cell;
}

static GdkRGBA
theme_color (WbMatrix *self, const char *name)
{
  GdkRGBA color = {0.5f, 0.5f, 0.5f, 1};

  gtk_style_context_lookup_color (gtk_widget_get_style_context (GTK_WIDGET (self)), name, &color);
  return color;
}

static GdkRGBA
mix (const GdkRGBA *a, const GdkRGBA *b, float t)
{
  return (GdkRGBA){a->red + (b->red - a->red) * t, a->green + (b->green - a->green) * t,
                   a->blue + (b->blue - a->blue) * t, 1};
}

/* Draws text with its centre (`align` 0.5), start (0) or end (1) at x, and its middle at y. */
static void
draw_text (WbMatrix *self, cairo_t *cr, const char *text, double scale, double x, double y, double align, double limit)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  int width, height;

  if (limit > 0)
    {
      pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
      pango_layout_get_pixel_size (layout, &width, &height);
      if (width * scale > limit)
        pango_layout_set_width (layout, (int) (limit / scale * PANGO_SCALE));
    }
  pango_layout_get_pixel_size (layout, &width, &height);
  cairo_save (cr);
  cairo_translate (cr, x, y);
  cairo_scale (cr, scale, scale);
  cairo_move_to (cr, -align * width, -height / 2.0);
  pango_cairo_show_layout (cr, layout);
  cairo_restore (cr);
}

static void
draw_cells (WbMatrix *self, cairo_t *cr, const Geometry *g)
{
  GdkRGBA low = theme_color (self, "view_bg_color"), high = theme_color (self, "accent_bg_color");
  double gap = g->cell >= 12 ? 1 : 0;

  for (int truth = 0; truth < (int) self->n; truth++)
    for (int said = 0; said < (int) self->n; said++)
      {
        double share =
            self->support[truth] > 0 ? (double) count_at (self, (Cell){truth, said}) / self->support[truth] : 0;
        GdkRGBA color = mix (&low, &high, (float) sqrt (share));

        gdk_cairo_set_source_rgba (cr, &color);
        cairo_rectangle (cr, g->x + said * g->cell + gap / 2, g->y + truth * g->cell + gap / 2, g->cell - gap,
                         g->cell - gap);
        cairo_fill (cr);
      }
}

/* Numbers appear only when the longest one fits its cell at a size that can be read. */
static void
draw_numbers (WbMatrix *self, cairo_t *cr, const Geometry *g)
{
  GdkRGBA dark = theme_color (self, "view_fg_color"), light = theme_color (self, "accent_fg_color");
  double width, height, scale;
  g_autofree char *longest = NULL;
  guint most = 0;

  for (guint i = 0; i < self->n * self->n; i++)
    most = MAX (most, self->counts[i]);
  longest = g_strdup_printf ("%u", most);
  text_size (self, longest, &width, &height);
  scale = MIN (1, MIN (0.8 * g->cell / width, 0.8 * g->cell / height));
  if (scale < LEAST_FONT_SCALE)
    return;
  for (guint i = 0; i < self->n * self->n; i++)
    {
      guint truth = i / self->n, said = i % self->n;
      g_autofree char *text = g_strdup_printf ("%u", self->counts[i]);

      if (self->counts[i] == 0)
        continue;
      gdk_cairo_set_source_rgba (cr, 4 * self->counts[i] > self->support[truth] ? &light : &dark);
      draw_text (self, cr, text, scale, g->x + (said + 0.5) * g->cell, g->y + (truth + 0.5) * g->cell, 0.5, 0);
    }
}

static void
draw_names (WbMatrix *self, cairo_t *cr, const Geometry *g)
{
  GdkRGBA color = theme_color (self, "view_fg_color");
  double bottom = g->y + g->cell * self->n + GAP;

  gdk_cairo_set_source_rgba (cr, &color);
  for (guint i = 0; i < self->n; i += (guint) g->step)
    {
      double middle = (i + 0.5) * g->cell;

      draw_text (self, cr, self->labels[i], g->font_scale, g->x - GAP, g->y + middle, 1, g->names);
      cairo_save (cr);
      cairo_translate (cr, g->x + middle, bottom + g->line * (g->slanted ? 0.25 : 0.5));
      if (g->slanted)
        cairo_rotate (cr, -G_PI_4);
      draw_text (self, cr, self->labels[i], g->font_scale, 0, 0, g->slanted ? 1 : 0.5, g->names);
      cairo_restore (cr);
    }
}

static void
draw_titles (WbMatrix *self, cairo_t *cr, const Geometry *g)
{
  GdkRGBA color = theme_color (self, "view_fg_color");
  double side = g->cell * self->n;

  color.alpha = 0.55f;
  gdk_cairo_set_source_rgba (cr, &color);
  draw_text (self, cr, _ ("What the network said"), TITLE_SCALE, g->x + side / 2,
             g->y + side + 2 * GAP + g->below + g->line / 2, 0.5, 0);
  cairo_save (cr);
  cairo_translate (cr, g->x - 2 * GAP - g->names - g->line / 2, g->y + side / 2);
  cairo_rotate (cr, -G_PI_2);
  draw_text (self, cr, _ ("Truth"), TITLE_SCALE, 0, 0, 0.5, 0);
  cairo_restore (cr);
}

static void
draw_ring (WbMatrix *self, cairo_t *cr, const Geometry *g, Cell cell, double alpha)
{
  GdkRGBA color = theme_color (self, "view_fg_color");

  if (cell.truth < 0)
    return;
  color.alpha = (float) alpha;
  gdk_cairo_set_source_rgba (cr, &color);
  cairo_set_line_width (cr, 2);
  cairo_rectangle (cr, g->x + cell.said * g->cell, g->y + cell.truth * g->cell, g->cell, g->cell);
  cairo_stroke (cr);
}

static void
wb_matrix_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WbMatrix *self = WB_MATRIX (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  Geometry g;
  cairo_t *cr;

  if (self->n == 0)
    return;
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  g = current_geometry (self);
  draw_cells (self, cr, &g);
  draw_numbers (self, cr, &g);
  draw_ring (self, cr, &g, self->pointed, 0.4);
  draw_ring (self, cr, &g, self->selected, gtk_widget_has_visible_focus (widget) ? 1 : 0.75);
  draw_names (self, cr, &g);
  draw_titles (self, cr, &g);
  cairo_destroy (cr);
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

static char *
describe_cell (WbMatrix *self, Cell cell)
{
  guint count = count_at (self, cell);
  g_autofree char *number = wb_text_count (count);

  /* Translators: a cell of the confusion matrix: true class, what the network said, number of images */
  return g_strdup_printf (ngettext ("Truth: %s, said: %s, %s image", "Truth: %s, said: %s, %s images", count),
                          self->labels[cell.truth], self->labels[cell.said], number);
}

static void
update_accessible (WbMatrix *self)
{
  g_autofree char *text = self->selected.truth >= 0 ? describe_cell (self, self->selected) : NULL;

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  text != NULL ? text : _ ("Empty"), -1);
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
on_motion (GtkEventControllerMotion *controller, double x, double y, WbMatrix *self)
{
  point_at (self, cell_at (self, x, y));
}

static void
on_leave (GtkEventControllerMotion *controller, WbMatrix *self)
{
  point_at (self, NOWHERE);
}

static void
on_pressed (GtkGestureClick *gesture, int n_press, double x, double y, WbMatrix *self)
{
  Cell cell = cell_at (self, x, y);

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (cell.truth >= 0)
    select_cell (self, cell);
}

static gboolean
on_move (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  WbMatrix *self = WB_MATRIX (widget);
  int down, right;

  if (self->n == 0)
    return FALSE;
  g_variant_get (arguments, "(ii)", &down, &right);
  select_cell (self, (Cell){CLAMP (self->selected.truth + down, 0, (int) self->n - 1),
                            CLAMP (self->selected.said + right, 0, (int) self->n - 1)});
  return TRUE;
}

static void
forget (WbMatrix *self)
{
  g_clear_pointer (&self->counts, g_free);
  g_clear_pointer (&self->support, g_free);
  g_clear_pointer (&self->labels, g_strfreev);
  self->n = 0;
  self->selected = self->pointed = NOWHERE;
}

/* The commonest mistake, or the first cell when there is none. */
static Cell
worst_cell (WbMatrix *self)
{
  Cell worst = {0, 0};

  for (int truth = 0; truth < (int) self->n; truth++)
    for (int said = 0; said < (int) self->n; said++)
      {
        Cell cell = {truth, said};

        if (truth != said && count_at (self, cell) > (worst.truth == worst.said ? 0 : count_at (self, worst)))
          worst = cell;
      }
  return worst;
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
      select_cell (self, worst_cell (self));
    }
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
wb_matrix_select (WbMatrix *self, guint truth, guint said)
{
  g_return_if_fail (WB_IS_MATRIX (self));
  g_return_if_fail (truth < self->n && said < self->n);

  select_cell (self, (Cell){(int) truth, (int) said});
}

gboolean
wb_matrix_get_selected (WbMatrix *self, guint *truth, guint *said)
{
  g_return_val_if_fail (WB_IS_MATRIX (self), FALSE);

  if (self->selected.truth < 0)
    return FALSE;
  *truth = (guint) self->selected.truth;
  *said = (guint) self->selected.said;
  return TRUE;
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

  G_OBJECT_CLASS (klass)->finalize = wb_matrix_finalize;
  widget_class->snapshot = wb_matrix_snapshot;
  widget_class->measure = wb_matrix_measure;
  widget_class->get_request_mode = wb_matrix_get_request_mode;
  gtk_widget_class_set_css_name (widget_class, "matrix");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Up, 0, on_move, "(ii)", -1, 0);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Down, 0, on_move, "(ii)", 1, 0);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Left, 0, on_move, "(ii)", 0, -1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Right, 0, on_move, "(ii)", 0, 1);
  signals[SELECTED] = g_signal_new ("selected", WB_TYPE_MATRIX, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                    G_TYPE_UINT, G_TYPE_UINT);
  signals[POINTED] = g_signal_new ("pointed", WB_TYPE_MATRIX, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wb_matrix_init (WbMatrix *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  self->selected = self->pointed = NOWHERE;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Confusion matrix"), -1);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), self);
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

GtkWidget *
wb_matrix_new (void)
{
  return g_object_new (WB_TYPE_MATRIX, NULL);
}
