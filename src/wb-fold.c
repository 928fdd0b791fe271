/* wb-fold.c: side by side where there is room, one below the other where there is not.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-fold.h"

struct _WbFold
{
  GtkWidget parent_instance;
  int threshold;
  int spacing;
  gboolean folded;
};

enum
{
  PROP_0,
  PROP_THRESHOLD,
  PROP_SPACING,
  PROP_FOLDED,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

G_DEFINE_TYPE (WbFold, wb_fold, GTK_TYPE_WIDGET)

/* The visible children, in order. */
static GPtrArray *
children_of (WbFold *self)
{
  GPtrArray *children = g_ptr_array_new ();

  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self)); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_should_layout (child))
      g_ptr_array_add (children, child);
  return children;
}

static gboolean
is_wide (WbFold *self, int width)
{
  return width < 0 || width >= self->threshold;
}

/* Widths side by side: at least the minimum, then towards the natural width, then the rest to those that expand. */
static GtkRequestedSize *
share_width (WbFold *self, GPtrArray *children, int width)
{
  GtkRequestedSize *sizes = g_new0 (GtkRequestedSize, children->len + 1);
  int rest = width - self->spacing * MAX ((int) children->len - 1, 0);
  int n_expand = 0;

  for (guint i = 0; i < children->len; i++)
    {
      GtkWidget *child = children->pdata[i];

      gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &sizes[i].minimum_size, &sizes[i].natural_size, NULL,
                          NULL);
      rest -= sizes[i].minimum_size;
      n_expand += gtk_widget_compute_expand (child, GTK_ORIENTATION_HORIZONTAL);
    }
  rest = gtk_distribute_natural_allocation (MAX (rest, 0), children->len, sizes);
  for (guint i = 0; i < children->len && n_expand > 0; i++)
    if (gtk_widget_compute_expand (children->pdata[i], GTK_ORIENTATION_HORIZONTAL))
      {
        sizes[i].minimum_size += rest / n_expand;
        rest -= rest / n_expand--;
      }
  return sizes;
}

static void
measure_width (WbFold *self, GPtrArray *children, int *minimum, int *natural)
{
  for (guint i = 0; i < children->len; i++)
    {
      int child_minimum, child_natural;

      gtk_widget_measure (children->pdata[i], GTK_ORIENTATION_HORIZONTAL, -1, &child_minimum, &child_natural, NULL,
                          NULL);
      *minimum = MAX (*minimum, child_minimum);
      *natural += child_natural + (i > 0 ? self->spacing : 0);
    }
}

/* Stacked, the least height is the natural one: a list that could scroll shows all that it has. */
static void
measure_height (WbFold *self, GPtrArray *children, int width, int *minimum, int *natural)
{
  gboolean wide = is_wide (self, width);
  g_autofree GtkRequestedSize *sizes = width >= 0 && wide ? share_width (self, children, width) : NULL;

  for (guint i = 0; i < children->len; i++)
    {
      int child_minimum, child_natural;

      gtk_widget_measure (children->pdata[i], GTK_ORIENTATION_VERTICAL, sizes != NULL ? sizes[i].minimum_size : width,
                          &child_minimum, &child_natural, NULL, NULL);
      if (wide)
        {
          *minimum = MAX (*minimum, child_minimum);
          *natural = MAX (*natural, child_natural);
        }
      else
        {
          *natural += child_natural + (i > 0 ? self->spacing : 0);
          *minimum = *natural;
        }
    }
}

static void
wb_fold_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                 int *minimum_baseline, int *natural_baseline)
{
  WbFold *self = WB_FOLD (widget);
  g_autoptr (GPtrArray) children = children_of (self);

  *minimum = *natural = 0;
  *minimum_baseline = *natural_baseline = -1;
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    measure_width (self, children, minimum, natural);
  else
    measure_height (self, children, for_size, minimum, natural);
}

/* While sizes are handed out nothing may change: so it is told in the frame after. */
static gboolean
tell_folded (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  g_object_notify_by_pspec (G_OBJECT (widget), properties[PROP_FOLDED]);
  return G_SOURCE_REMOVE;
}

static void
wb_fold_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  WbFold *self = WB_FOLD (widget);
  g_autoptr (GPtrArray) children = children_of (self);
  gboolean wide = is_wide (self, width);
  g_autofree GtkRequestedSize *sizes = wide ? share_width (self, children, width) : NULL;
  gboolean from_right = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int offset = 0;

  for (guint i = 0; i < children->len; i++)
    {
      GtkAllocation at = {0, offset, width, height};

      if (wide)
        {
          at.width = sizes[i].minimum_size;
          at.x = from_right ? width - offset - at.width : offset;
          at.y = 0;
          offset += at.width + self->spacing;
        }
      else
        {
          gtk_widget_measure (children->pdata[i], GTK_ORIENTATION_VERTICAL, width, NULL, &at.height, NULL, NULL);
          offset += at.height + self->spacing;
        }
      gtk_widget_size_allocate (children->pdata[i], &at, -1);
    }
  if (self->folded == wide)
    gtk_widget_add_tick_callback (widget, tell_folded, NULL, NULL);
  self->folded = !wide;
}

static GtkSizeRequestMode
wb_fold_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
wb_fold_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  WbFold *self = WB_FOLD (object);

  if (id == PROP_THRESHOLD)
    g_value_set_int (value, self->threshold);
  else if (id == PROP_SPACING)
    g_value_set_int (value, self->spacing);
  else if (id == PROP_FOLDED)
    g_value_set_boolean (value, self->folded);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wb_fold_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  WbFold *self = WB_FOLD (object);

  if (id == PROP_THRESHOLD)
    self->threshold = g_value_get_int (value);
  else if (id == PROP_SPACING)
    self->spacing = g_value_get_int (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static void
wb_fold_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (wb_fold_parent_class)->dispose (object);
}

static void
wb_fold_class_init (WbFoldClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = wb_fold_get_property;
  object_class->set_property = wb_fold_set_property;
  object_class->dispose = wb_fold_dispose;
  widget_class->measure = wb_fold_measure;
  widget_class->size_allocate = wb_fold_size_allocate;
  widget_class->get_request_mode = wb_fold_get_request_mode;
  properties[PROP_THRESHOLD] =
      g_param_spec_int ("threshold", NULL, NULL, 0, G_MAXINT, 0, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SPACING] =
      g_param_spec_int ("spacing", NULL, NULL, 0, G_MAXINT, 0, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_FOLDED] =
      g_param_spec_boolean ("folded", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
wb_fold_init (WbFold *self)
{
}
