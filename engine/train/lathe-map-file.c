/* lathe-map-file.c: a map of images as a file: a table, or a drawing.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-map-file.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/lathe-error.h"
#include "base/lathe-markup.h"
#include "dataset/lathe-raster.h"
#include "formats/lathe-table.h"
#include "lathe-class-mark.h"

#define SIDE 800.0
#define MARGIN 40.0
#define RADIUS 3.0
#define RING 5.5
#define FONT_SIZE 16
#define PNG_SIDE 1600 /* pixels */

/* --- A table --- */

#define HEAD "file,truth,said,x,y\n"

/* But for its end. */
static void
add_line (LatheTable *table, const LatheMap *map, const LatheFeatures *features, LatheModel *model,
          LatheDataset *dataset, guint i)
{
  const LatheImage *image = lathe_dataset_get_image (dataset, features->images[i]);

  lathe_table_add_text (table, lathe_image_get_name (dataset, image));
  lathe_table_add_next_text (table, lathe_dataset_get_classes (dataset)[image->label]);
  lathe_table_add_next_text (table, model->labels[features->said[i]]);
  lathe_table_add_number (table, "%.9g", map->places[2 * i]);
  lathe_table_add_number (table, "%.9g", map->places[2 * i + 1]);
}

static gboolean
write_table (LatheTable *table, const LatheMap *map, const LatheFeatures *features, LatheModel *model,
             LatheDataset *dataset, GError **error)
{
  g_string_append (table->text, HEAD);
  for (guint i = 0; i < map->n; i++)
    {
      add_line (table, map, features, model, dataset, i);
      if (!lathe_table_end_line (table, error))
        return FALSE;
    }
  return lathe_table_finish (table, error);
}

/**
 * lathe_map_to_csv:
 *
 * Returns: (transfer full): what lathe_map_save_csv() writes
 */
char *
lathe_map_to_csv (const LatheMap *map, const LatheFeatures *features, LatheModel *model, LatheDataset *dataset)
{
  LatheTable table = {.file = {.fd = -1}, .text = g_string_new (HEAD)};

  for (guint i = 0; i < map->n; i++)
    {
      add_line (&table, map, features, model, dataset, i);
      g_string_append_c (table.text, '\n');
    }
  return g_string_free (table.text, FALSE);
}

/**
 * lathe_map_save_csv:
 * @model, @dataset: that the features are of
 *
 * Writes a line an image: file, truth, said, x and y. The whole file or none.
 * Errors: LATHE_ERROR_IO.
 */
gboolean
lathe_map_save_csv (const LatheMap *map, const LatheFeatures *features, LatheModel *model, LatheDataset *dataset,
                    const char *path, GError **error)
{
  g_auto (LatheTable) table = {0};
  g_autoptr (GError) reason = NULL;

  if (lathe_table_begin (&table, path, &reason) && write_table (&table, map, features, model, dataset, &reason))
    return TRUE;
  lathe_error_explain (error, reason, _ ("The map cannot be saved as “%s”: %s."), path);
  return FALSE;
}

/* --- A drawing --- */

/* How the map lies on the paper: both directions to the same scale. */
typedef struct
{
  double scale, x, y;
} Paper;

static Paper
fit (const LatheMap *map)
{
  double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY}, span;

  for (guint i = 0; i < 2 * map->n; i++)
    {
      low[i % 2] = fmin (low[i % 2], map->places[i]);
      high[i % 2] = fmax (high[i % 2], map->places[i]);
    }
  span = fmax (high[0] - low[0], high[1] - low[1]);
  span = span > 0 ? span : 1;
  return (Paper){
      .scale = (SIDE - 2 * MARGIN) / span,
      .x = SIDE / 2 - (low[0] + high[0]) / 2 * (SIDE - 2 * MARGIN) / span,
      .y = SIDE / 2 + (low[1] + high[1]) / 2 * (SIDE - 2 * MARGIN) / span,
  };
}

static void
add_place (GString *svg, const char *x_name, const char *y_name, double x, double y)
{
  g_string_append_printf (svg, " %s=\"", x_name);
  lathe_markup_append_number (svg, x, 2);
  g_string_append_printf (svg, "\" %s=\"", y_name);
  lathe_markup_append_number (svg, y, 2);
  g_string_append_c (svg, '"');
}

/* Every class's mark once, to be used at each of its places. */
static void
define_marks (GString *svg, guint n_classes)
{
  static const char *const paths[LATHE_N_MARKS] = {
      [LATHE_MARK_CIRCLE] = "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z",
      [LATHE_MARK_SQUARE] = "M-2.7 -2.7h5.4v5.4h-5.4z",
      [LATHE_MARK_TRIANGLE] = "M0 -3.6L3.3 2.4H-3.3z",
      [LATHE_MARK_DIAMOND] = "M0 -3.8L3.8 0L0 3.8L-3.8 0z",
  };

  g_string_append (svg, "<defs>\n");
  for (guint i = 0; i < n_classes; i++)
    g_string_append_printf (svg, "<path id=\"c%u\" fill=\"#%06x\" d=\"%s\"/>\n", i, lathe_class_color (i),
                            paths[lathe_class_mark (i)]);
  g_string_append (svg, "</defs>\n");
}

static void
draw_points (GString *svg, const LatheMap *map, const LatheFeatures *features, const guint *labels, const Paper *paper)
{
  for (guint i = 0; i < map->n; i++)
    {
      double x = paper->x + paper->scale * map->places[2 * i], y = paper->y - paper->scale * map->places[2 * i + 1];

      g_string_append_printf (svg, "<use href=\"#c%u\"", labels[i]);
      add_place (svg, "x", "y", x, y);
      g_string_append (svg, "/>\n");
      if (features->right[i])
        continue;
      g_string_append (svg, "<circle class=\"wrong\" r=\"");
      lathe_markup_append_number (svg, RING, 2);
      g_string_append_c (svg, '"');
      add_place (svg, "cx", "cy", x, y);
      g_string_append (svg, " fill=\"none\" stroke=\"black\"/>\n");
    }
}

static void
write_names (GString *svg, const LatheMap *map, const guint *labels, const char *const *classes, const Paper *paper)
{
  g_string_append_printf (svg,
                          "<g font-family=\"sans-serif\" font-size=\"%d\" text-anchor=\"middle\" stroke=\"white\" "
                          "stroke-width=\"4\" stroke-linejoin=\"round\" paint-order=\"stroke\">\n",
                          FONT_SIZE);
  for (guint k = 0; classes[k] != NULL; k++)
    {
      double middle[2];

      if (!lathe_map_find_middle (map, labels, k, middle))
        continue;
      g_string_append (svg, "<text");
      add_place (svg, "x", "y", paper->x + paper->scale * middle[0], paper->y - paper->scale * middle[1]);
      g_string_append_c (svg, '>');
      lathe_markup_append_text (svg, classes[k]);
      g_string_append (svg, "</text>\n");
    }
  g_string_append (svg, "</g>\n");
}

static GBytes *
draw (const LatheMap *map, const LatheFeatures *features, LatheDataset *dataset)
{
  g_autofree guint *labels = lathe_features_get_labels (features, dataset);
  GString *svg = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  Paper paper = fit (map);

  g_string_append_printf (svg,
                          "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n"
                          "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n<title>",
                          SIDE, SIDE);
  lathe_markup_append_text (svg, _ (lathe_map_titles[map->method]));
  g_string_append (svg, "</title>\n");
  define_marks (svg, lathe_dataset_get_n_classes (dataset));
  draw_points (svg, map, features, labels, &paper);
  write_names (svg, map, labels, lathe_dataset_get_classes (dataset), &paper);
  g_string_append (svg, "</svg>\n");
  return g_string_free_to_bytes (svg);
}

/**
 * lathe_map_save_svg:
 * @dataset: that the features are of
 *
 * Draws each image as the mark of its class, with a ring around those that are taken for another, and each class's name
 * in the middle of its images. The whole file or none.
 * Errors: LATHE_ERROR_IO.
 */
gboolean
lathe_map_save_svg (const LatheMap *map, const LatheFeatures *features, LatheDataset *dataset, const char *path,
                    GError **error)
{
  g_autoptr (GBytes) bytes = draw (map, features, dataset);
  g_autoptr (GError) reason = NULL;

  if (lathe_whole_file_put (path, bytes, &reason))
    return TRUE;
  lathe_error_explain (error, reason, _ ("The map cannot be saved as “%s”: %s."), path);
  return FALSE;
}

/**
 * lathe_map_save_png:
 * @dataset: that the features are of
 *
 * What lathe_map_save_svg() draws, in pixels. The whole file or none.
 * Errors: LATHE_ERROR_IO.
 */
gboolean
lathe_map_save_png (const LatheMap *map, const LatheFeatures *features, LatheDataset *dataset, const char *path,
                    GError **error)
{
  g_autoptr (GBytes) svg = draw (map, features, dataset), png = NULL;
  g_autoptr (GError) reason = NULL;

  png = lathe_raster_png (svg, PNG_SIDE, &reason);
  if (png != NULL && lathe_whole_file_put (path, png, &reason))
    return TRUE;
  lathe_error_explain (error, reason, _ ("The map cannot be saved as “%s”: %s."), path);
  return FALSE;
}
