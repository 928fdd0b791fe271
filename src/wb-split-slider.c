/* wb-split-slider.c: how images are divided, as a bar whose borders can be moved.
 *
 *   ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇┃▇▇▇▇▇▇▇▇▇┃▇▇▇▇▇
 *             training               validation  test
 *
 * Borders lie at whole percents, so that what is chosen can be told and typed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-split-slider.h"

#include <glib/gi18n.h>
#include <math.h>

#define BAR 12   /* pixels: how thick */
#define REACH 20 /* pixels from a border within which it is meant */
#define PAGE 5   /* percent */
#define N_BORDERS (LATHE_N_SPLITS - 1)
#define NO_BORDER -1
#define EITHER N_BORDERS /* both lie where the pointer went down; where it goes to says which is meant */

/* A border is a widget, so that it has the focus, and a screen reader finds it. */
#define WB_TYPE_SPLIT_BORDER (wb_split_border_get_type ())
G_DECLARE_FINAL_TYPE (WbSplitBorder, wb_split_border, WB, SPLIT_BORDER, GtkWidget)

struct _WbSplitBorder
{
  GtkWidget parent_instance;
};

G_DEFINE_FINAL_TYPE (WbSplitBorder, wb_split_border, GTK_TYPE_WIDGET)

static void
wb_split_border_class_init (WbSplitBorderClass *klass)
{
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "border");
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_SLIDER);
}

static void
wb_split_border_init (WbSplitBorder *self)
{
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "col-resize");
}

struct _WbSplitSlider
{
  GtkWidget parent_instance;

  GtkWidget *borders[N_BORDERS];
  int at[N_BORDERS];     /* percent: where training ends, where validation ends */
  int before[N_BORDERS]; /* when the moving began */
  gboolean fixed[LATHE_N_SPLITS];
  int dragged; /* a border, NO_BORDER or EITHER */
  double grip; /* pixels from its middle to the pointer */
};

enum
{
  MOVED,
  CHOSEN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WbSplitSlider, wb_split_slider, GTK_TYPE_WIDGET)

/* Training, validation, test: the charts' orange and blue, and a grey. */
static const GdkRGBA colors[LATHE_N_SPLITS] = {{0.902, 0.624, 0.000, 1}, {0.337, 0.706, 0.914, 1}, {0.6, 0.6, 0.6, 1}};

void
wb_split_slider_get_share (WbSplitSlider *self, double share[LATHE_N_SPLITS])
{
  g_return_if_fail (WB_IS_SPLIT_SLIDER (self));

  share[LATHE_SPLIT_TRAIN] = self->at[0] / 100.0;
  share[LATHE_SPLIT_VALIDATION] = (self->at[1] - self->at[0]) / 100.0;
  share[LATHE_SPLIT_TEST] = (100 - self->at[1]) / 100.0;
}

/* --- Moving --- */

static void
update_accessible (WbSplitSlider *self)
{
  /* Translators: how images are divided, in percent */
  g_autofree char *text = g_strdup_printf (_ ("%d %% training, %d %% validation, %d %% test"), self->at[0],
                                           self->at[1] - self->at[0], 100 - self->at[1]);

  for (guint i = 0; i < N_BORDERS; i++)
    gtk_accessible_update_property (
        GTK_ACCESSIBLE (self->borders[i]), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, i == 0 ? 1.0 : self->at[0],
        GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, i == 0 ? self->at[1] : 100.0, GTK_ACCESSIBLE_PROPERTY_VALUE_NOW,
        (double) self->at[i], GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

/* A border does not go past the other; training always has something. */
static void
move (WbSplitSlider *self, int border, int percent)
{
  int least = border == 0 || self->fixed[LATHE_SPLIT_VALIDATION] ? 1 : self->at[0];
  int most = border == 0 ? self->at[1] : 100;
  int to = CLAMP (percent, least, most);

  if (to == self->at[border])
    return;
  self->at[border] = to;
  if (self->fixed[LATHE_SPLIT_VALIDATION])
    self->at[0] = to;
  update_accessible (self);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  g_signal_emit (self, signals[MOVED], 0);
}

static void
begin (WbSplitSlider *self)
{
  memcpy (self->before, self->at, sizeof self->at);
}

static void
settle (WbSplitSlider *self)
{
  if (memcmp (self->before, self->at, sizeof self->at) == 0)
    return;
  begin (self);
  g_signal_emit (self, signals[CHOSEN], 0);
}

static gboolean
on_key (GtkEventController *controller, guint key, guint code, GdkModifierType modifiers, WbSplitSlider *self)
{
  GtkWidget *widget = gtk_event_controller_get_widget (controller);
  int border = widget == self->borders[0] ? 0 : 1;
  int to = self->at[border];

  if (modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK))
    return GDK_EVENT_PROPAGATE;
  switch (key)
    {
    case GDK_KEY_Left:
    case GDK_KEY_Down:
      to--;
      break;
    case GDK_KEY_Right:
    case GDK_KEY_Up:
      to++;
      break;
    case GDK_KEY_Page_Down:
      to -= PAGE;
      break;
    case GDK_KEY_Page_Up:
      to += PAGE;
      break;
    case GDK_KEY_Home:
      to = 0;
      break;
    case GDK_KEY_End:
      to = 100;
      break;
    default:
      return GDK_EVENT_PROPAGATE;
    }
  move (self, border, to);
  return GDK_EVENT_STOP;
}

/* The room in which borders move: half of one sticks out at each end. */
static void
find_track (WbSplitSlider *self, double *left, double *length)
{
  int width;

  gtk_widget_measure (self->borders[0], GTK_ORIENTATION_HORIZONTAL, -1, NULL, &width, NULL, NULL);
  *left = width / 2.0;
  *length = MAX (gtk_widget_get_width (GTK_WIDGET (self)) - width, 1);
}

static void
on_drag_begin (WbSplitSlider *self, double x, double y, GtkGesture *gesture)
{
  double left, length, nearest = REACH;

  find_track (self, &left, &length);
  self->dragged = NO_BORDER;
  for (int i = 0; i < N_BORDERS; i++)
    {
      double grip = x - left - self->at[i] / 100.0 * length;

      if (!gtk_widget_get_visible (self->borders[i]) || fabs (grip) > nearest)
        continue;
      self->dragged = fabs (grip) == nearest && self->dragged != NO_BORDER ? EITHER : i;
      self->grip = grip;
      nearest = fabs (grip);
    }
  if (self->dragged == NO_BORDER)
    {
      gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  begin (self);
  gtk_widget_grab_focus (self->borders[self->dragged % N_BORDERS]);
}

static void
on_drag_update (WbSplitSlider *self, double dx, double dy, GtkGestureDrag *gesture)
{
  double left, length, x, y;

  if (self->dragged == NO_BORDER)
    return;
  if (self->dragged == EITHER)
    {
      if (dx == 0)
        return;
      self->dragged = dx < 0 ? 0 : 1;
    }
  find_track (self, &left, &length);
  gtk_gesture_drag_get_start_point (gesture, &x, &y);
  move (self, self->dragged, (int) round ((x + dx - self->grip - left) / length * 100));
}

static void
on_drag_end (WbSplitSlider *self)
{
  self->dragged = NO_BORDER;
  settle (self);
}

/* --- Showing --- */

void
wb_split_slider_show (WbSplitSlider *self, const double share[LATHE_N_SPLITS], const gboolean fixed[LATHE_N_SPLITS])
{
  int percent[LATHE_N_SPLITS];

  g_return_if_fail (WB_IS_SPLIT_SLIDER (self));

  memcpy (self->fixed, fixed, sizeof self->fixed);
  for (guint side = 1; side < LATHE_N_SPLITS; side++)
    percent[side] = fixed[side] ? 0 : (int) round (share[side] * 100);
  self->at[1] = 100 - percent[LATHE_SPLIT_TEST];
  self->at[0] = self->at[1] - percent[LATHE_SPLIT_VALIDATION];
  begin (self);
  gtk_widget_set_visible (self->borders[0], !fixed[LATHE_SPLIT_VALIDATION]);
  gtk_widget_set_visible (self->borders[1], !fixed[LATHE_SPLIT_TEST]);
  update_accessible (self);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

static void
wb_split_slider_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WbSplitSlider *self = WB_SPLIT_SLIDER (widget);
  int ends[LATHE_N_SPLITS] = {self->at[0], self->at[1], 100};
  double left, length, top = floor ((gtk_widget_get_height (widget) - BAR) / 2.0), from = 0;
  GskRoundedRect outline;

  find_track (self, &left, &length);
  gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (left, top, length, BAR), BAR / 2.0);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  for (guint side = 0; side < LATHE_N_SPLITS; side++)
    {
      double to = ends[side] / 100.0 * length;

      gtk_snapshot_append_color (snapshot, &colors[side], &GRAPHENE_RECT_INIT (left + from, top, to - from, BAR));
      from = to;
    }
  gtk_snapshot_pop (snapshot);
  for (guint i = 0; i < N_BORDERS; i++)
    gtk_widget_snapshot_child (widget, self->borders[i], snapshot);
}

static void
wb_split_slider_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                         int *minimum_baseline, int *natural_baseline)
{
  int size;

  gtk_widget_measure (WB_SPLIT_SLIDER (widget)->borders[0], orientation, -1, NULL, &size, NULL, NULL);
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 6 * size : MAX (size, BAR);
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 20 * size : MAX (size, BAR);
}

static void
wb_split_slider_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  WbSplitSlider *self = WB_SPLIT_SLIDER (widget);
  double left, length;

  find_track (self, &left, &length);
  for (guint i = 0; i < N_BORDERS; i++)
    {
      GtkRequisition size;

      if (!gtk_widget_should_layout (self->borders[i]))
        continue;
      gtk_widget_get_preferred_size (self->borders[i], NULL, &size);
      gtk_widget_size_allocate (self->borders[i],
                                &(GtkAllocation){(int) round (self->at[i] / 100.0 * length), (height - size.height) / 2,
                                                 size.width, size.height},
                                -1);
    }
}

static void
wb_split_slider_dispose (GObject *object)
{
  for (guint i = 0; i < N_BORDERS; i++)
    g_clear_pointer (&WB_SPLIT_SLIDER (object)->borders[i], gtk_widget_unparent);
  G_OBJECT_CLASS (wb_split_slider_parent_class)->dispose (object);
}

static void
wb_split_slider_class_init (WbSplitSliderClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_split_slider_dispose;
  widget_class->snapshot = wb_split_slider_snapshot;
  widget_class->measure = wb_split_slider_measure;
  widget_class->size_allocate = wb_split_slider_size_allocate;
  signals[MOVED] = g_signal_new ("moved", WB_TYPE_SPLIT_SLIDER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[CHOSEN] =
      g_signal_new ("chosen", WB_TYPE_SPLIT_SLIDER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_css_name (widget_class, "splitslider");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
wb_split_slider_init (WbSplitSlider *self)
{
  static const char *const names[N_BORDERS] = {N_ ("Where training ends"), N_ ("Where validation ends")};
  GtkGesture *drag = gtk_gesture_drag_new ();

  self->dragged = NO_BORDER;
  self->at[0] = self->at[1] = 100;
  for (guint i = 0; i < N_BORDERS; i++)
    {
      GtkEventController *key = gtk_event_controller_key_new ();
      GtkEventController *focus = gtk_event_controller_focus_new ();

      self->borders[i] = g_object_new (WB_TYPE_SPLIT_BORDER, "tooltip-text", _ (names[i]), NULL);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self->borders[i]), GTK_ACCESSIBLE_PROPERTY_LABEL, _ (names[i]),
                                      -1);
      g_signal_connect (key, "key-pressed", G_CALLBACK (on_key), self);
      g_signal_connect_swapped (key, "key-released", G_CALLBACK (settle), self);
      g_signal_connect_swapped (focus, "leave", G_CALLBACK (settle), self);
      gtk_widget_add_controller (self->borders[i], key);
      gtk_widget_add_controller (self->borders[i], focus);
      gtk_widget_set_parent (self->borders[i], GTK_WIDGET (self));
    }
  g_signal_connect_swapped (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect_swapped (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  g_signal_connect_swapped (drag, "drag-end", G_CALLBACK (on_drag_end), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
}
