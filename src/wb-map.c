/* wb-map.c: images as points of a plane.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>
#include <math.h>

#include "wb-map-private.h"
#include "wb-text.h"

#define REACH 12.0    /* pixels from a point's middle within which it is meant */
#define MOST_NAMES 40 /* of classes: more would hide the points */

enum
{
  POINTED,
  PICKED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WbMap, wb_map, WB_TYPE_FIGURE)

/* --- What is laid out --- */

WbMapping *
wb_mapping_new (LatheModel *model, LatheDataset *dataset)
{
  WbMapping *mapping = g_atomic_rc_box_new0 (WbMapping);

  mapping->model = lathe_model_ref (model);
  mapping->dataset = lathe_dataset_ref (dataset);
  return mapping;
}

WbMapping *
wb_mapping_ref (WbMapping *mapping)
{
  return g_atomic_rc_box_acquire (mapping);
}

static void
clear_mapping (gpointer data)
{
  WbMapping *mapping = data;

  lathe_model_unref (mapping->model);
  lathe_dataset_unref (mapping->dataset);
  g_clear_pointer (&mapping->features, lathe_features_free);
  for (guint i = 0; i < LATHE_N_MAP_METHODS; i++)
    g_clear_pointer (&mapping->maps[i], lathe_map_free);
  g_free (mapping->labels);
}

void
wb_mapping_unref (WbMapping *mapping)
{
  g_atomic_rc_box_release_full (mapping, clear_mapping);
}

const LatheImage *
wb_mapping_get_image (const WbMapping *mapping, guint point)
{
  return lathe_dataset_get_image (mapping->dataset, mapping->features->images[point]);
}

/* --- What is seen of it --- */

void
wb_map_fit (WbMap *self)
{
  self->whole = TRUE;
  wb_viewport_fit (&self->viewport, (WbBox){0, 0, WB_MAP_SIDE, WB_MAP_SIDE}, WB_MAP_MARGIN, WB_ZOOM_MOST);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* After the person has moved or zoomed it. */
void
wb_map_clamp (WbMap *self)
{
  self->whole = FALSE;
  wb_viewport_clamp (&self->viewport, (WbBox){0, 0, WB_MAP_SIDE, WB_MAP_SIDE}, 4 * WB_MAP_MARGIN);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
describe (WbMap *self)
{
  g_autofree char *count = wb_text_count (self->n), *text = NULL;
  guint wrong = 0;

  for (guint i = 0; i < self->n; i++)
    wrong += !self->mapping->features->right[i];
  if (self->mapping == NULL)
    text = g_strdup (_ ("No map yet"));
  else if (self->pointed >= 0)
    {
      guint at = (guint) self->pointed;

      /* Translators: a class, and what the model takes an image of it for */
      text = g_strdup_printf (_ ("An image of %s, taken for %s"),
                              lathe_dataset_get_classes (self->mapping->dataset)[self->mapping->labels[at]],
                              self->mapping->model->labels[self->mapping->features->said[at]]);
    }
  else
    text = g_strdup_printf (_ ("%s images of %u classes; %u have a ring, as they are taken for another class"), count,
                            lathe_dataset_get_n_classes (self->mapping->dataset), wrong);
  wb_figure_describe (WB_FIGURE (self), text);
}

/* --- Points --- */

/* The nearest within reach; -1: none. */
int
wb_map_find (WbMap *self, WbPoint pixel)
{
  double nearest = REACH;
  int found = -1;

  for (guint i = 0; i < self->n && isfinite (pixel.x); i++)
    {
      WbPoint at = wb_viewport_from_canvas (&self->viewport, self->places[i]);
      double distance = hypot (at.x - pixel.x, at.y - pixel.y);

      if (distance < nearest)
        {
          found = (int) i;
          nearest = distance;
        }
    }
  return found;
}

void
wb_map_point_at (WbMap *self, int point)
{
  if (point == self->pointed)
    return;
  self->pointed = point;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[POINTED], 0, point);
}

/* points: (element-type guint): none of them: all are shown alike again */
void
wb_map_choose (WbMap *self, GArray *points)
{
  for (guint i = 0; i < self->n; i++)
    self->chosen[i] = FALSE;
  for (guint i = 0; i < points->len; i++)
    self->chosen[g_array_index (points, guint, i)] = TRUE;
  self->n_chosen = points->len;
  self->serial++;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (points->len > 0)
    g_signal_emit (self, signals[PICKED], 0, points);
}

static void
wb_map_point (WbFigure *figure, double x, double y)
{
  WbMap *self = WB_MAP (figure);

  if (self->outline->len == 0)
    wb_map_point_at (self, wb_map_find (self, (WbPoint){x, y}));
}

/* --- Use --- */

/* The canvas has the map in its middle, as large as it fits, the same scale in both directions and y upwards. */
static void
place_points (WbMap *self)
{
  const LatheMap *map = self->mapping->maps[self->method];
  guint n_classes = lathe_dataset_get_n_classes (self->mapping->dataset);
  double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY}, span, scale;

  for (guint i = 0; i < 2 * map->n; i++)
    {
      low[i % 2] = fmin (low[i % 2], map->places[i]);
      high[i % 2] = fmax (high[i % 2], map->places[i]);
    }
  span = fmax (high[0] - low[0], high[1] - low[1]);
  scale = span > 0 ? WB_MAP_SIDE / span : 1;
  for (guint i = 0; i < map->n; i++)
    self->places[i] = (WbPoint){WB_MAP_SIDE / 2 + scale * (map->places[2 * i] - (low[0] + high[0]) / 2),
                                WB_MAP_SIDE / 2 - scale * (map->places[2 * i + 1] - (low[1] + high[1]) / 2)};
  for (guint k = 0; k < n_classes && n_classes <= MOST_NAMES; k++)
    {
      double at[2];
      WbMapName name = {.label = k};

      if (!lathe_map_find_middle (map, self->mapping->labels, k, at))
        continue;
      name.at = (WbPoint){WB_MAP_SIDE / 2 + scale * (at[0] - (low[0] + high[0]) / 2),
                          WB_MAP_SIDE / 2 - scale * (at[1] - (low[1] + high[1]) / 2)};
      g_array_append_val (self->names, name);
    }
}

static void
clear (WbMap *self)
{
  g_clear_pointer (&self->mapping, wb_mapping_unref);
  g_clear_pointer (&self->places, g_free);
  g_clear_pointer (&self->chosen, g_free);
  g_clear_pointer (&self->points, cairo_surface_destroy);
  g_array_set_size (self->names, 0);
  g_array_set_size (self->outline, 0);
  self->n = self->n_chosen = 0;
}

void
wb_map_show (WbMap *self, WbMapping *mapping, LatheMapMethod method)
{
  g_return_if_fail (WB_IS_MAP (self));

  if (mapping != NULL)
    wb_mapping_ref (mapping);
  wb_map_point_at (self, -1);
  clear (self);
  self->mapping = mapping;
  self->method = method;
  self->serial++;
  if (mapping != NULL)
    {
      self->n = mapping->features->n;
      self->places = g_new (WbPoint, self->n);
      self->chosen = g_new0 (gboolean, self->n);
      place_points (self);
    }
  wb_map_fit (self);
  describe (self);
}

static char *
wb_map_to_csv (WbFigure *figure)
{
  const WbMapping *mapping = WB_MAP (figure)->mapping;

  if (mapping == NULL)
    return g_strdup ("");
  return lathe_map_to_csv (mapping->maps[WB_MAP (figure)->method], mapping->features, mapping->model, mapping->dataset);
}

/* --- Life --- */

static void
wb_map_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 200 : 260;
  *natural = 420;
}

static void
wb_map_finalize (GObject *object)
{
  WbMap *self = WB_MAP (object);

  clear (self);
  g_array_unref (self->names);
  g_array_unref (self->outline);
  G_OBJECT_CLASS (wb_map_parent_class)->finalize (object);
}

static void
wb_map_class_init (WbMapClass *klass)
{
  WbFigureClass *figure_class = WB_FIGURE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = wb_map_finalize;
  GTK_WIDGET_CLASS (klass)->measure = wb_map_measure;
  figure_class->draw = wb_map_draw;
  figure_class->to_csv = wb_map_to_csv;
  figure_class->point = wb_map_point;
  figure_class->key = wb_map_key;
  signals[POINTED] =
      g_signal_new ("pointed", WB_TYPE_MAP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  signals[PICKED] =
      g_signal_new ("picked", WB_TYPE_MAP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ARRAY);
}

static void
wb_map_init (WbMap *self)
{
  self->pointed = -1;
  self->names = g_array_new (FALSE, FALSE, sizeof (WbMapName));
  self->outline = g_array_new (FALSE, FALSE, sizeof (WbPoint));
  self->viewport = (WbViewport){.zoom = 1};
  wb_map_add_gestures (self);
}
