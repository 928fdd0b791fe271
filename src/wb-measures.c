/* wb-measures.c: what a project's images measure: sizes, brightness, sharpness, colours.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-measures.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdlib.h>

#define MOST_DOTS 500 /* more sizes are gathered, those that are close */
#define CLOSE 12.0    /* steps from one size to twice that, where they are gathered */
#define MOST_ROWS 12  /* classes; the smallest are the last one's */
#define MOST_NAMES 3  /* of what is pointed at */

/* --- Names --- */

/* A line more, while there are few. `n`: how many came before. */
static void
add_name (char **names, guint n, LatheDataset *dataset, const LatheImage *image)
{
  g_autofree char *before = NULL, *name = NULL;

  if (n > MOST_NAMES)
    return;
  before = g_steal_pointer (names);
  name = n < MOST_NAMES ? g_filename_display_name (lathe_image_get_name (dataset, image)) : g_strdup ("…");
  *names = before ? g_strconcat (before, "\n", name, NULL) : g_steal_pointer (&name);
}

/* --- Sizes --- */

typedef struct
{
  double width, height; /* sums */
  guint n;
  char *names;
} Gathered;

static void
gathered_free (gpointer data)
{
  g_free (((Gathered *) data)->names);
  g_free (data);
}

static gpointer
size_key (const LatheImage *image, gboolean gather)
{
  guint width = image->width, height = image->height;

  if (gather)
    {
      width = (guint) round (log2 (MAX (width, 1)) * CLOSE);
      height = (guint) round (log2 (MAX (height, 1)) * CLOSE);
    }
  return GUINT_TO_POINTER ((width & 0xffff) << 16 | (height & 0xffff));
}

static GHashTable *
gather_sizes (LatheDataset *dataset, gboolean gather)
{
  GHashTable *sizes = g_hash_table_new_full (NULL, NULL, NULL, gathered_free);

  for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
    {
      const LatheImage *image = lathe_dataset_get_image (dataset, i);
      gpointer key = size_key (image, gather);
      Gathered *size = g_hash_table_lookup (sizes, key);

      if (!size)
        {
          size = g_new0 (Gathered, 1);
          g_hash_table_insert (sizes, key, size);
        }
      size->width += image->width;
      size->height += image->height;
      add_name (&size->names, size->n++, dataset, image);
    }
  return sizes;
}

static int
compare_dots (gconstpointer a, gconstpointer b)
{
  const WbSizesDot *x = a, *y = b;

  if (x->width != y->width)
    return x->width < y->width ? -1 : 1;
  return (x->height > y->height) - (x->height < y->height);
}

static int
compare_guints (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *) a, y = *(const guint *) b;

  return (x > y) - (x < y);
}

static void
find_extremes (WbMeasures *measures, LatheDataset *dataset, guint side)
{
  guint n = measures->n_images;
  g_autofree guint *values = g_new (guint, n + 1);

  for (guint i = 0; i < n; i++)
    values[i] = side == 0 ? lathe_dataset_get_image (dataset, i)->width : lathe_dataset_get_image (dataset, i)->height;
  qsort (values, n, sizeof *values, compare_guints);
  measures->least[side] = n ? values[0] : 0;
  measures->median[side] = n ? values[n / 2] : 0;
  measures->most[side] = n ? values[n - 1] : 0;
}

static void
measure_sizes (WbMeasures *measures, LatheDataset *dataset)
{
  g_autoptr (GHashTable) sizes = gather_sizes (dataset, FALSE);
  GHashTableIter iterator;
  gpointer value;

  measures->n_images = lathe_dataset_get_n_images (dataset);
  measures->n_sizes = g_hash_table_size (sizes);
  if (measures->n_sizes > MOST_DOTS)
    {
      g_hash_table_unref (sizes);
      sizes = gather_sizes (dataset, TRUE);
    }
  measures->sizes = g_array_new (FALSE, FALSE, sizeof (WbSizesDot));
  g_array_set_clear_func (measures->sizes, wb_sizes_dot_clear);
  g_hash_table_iter_init (&iterator, sizes);
  while (g_hash_table_iter_next (&iterator, NULL, &value))
    {
      Gathered *size = value;
      WbSizesDot dot = {size->width / size->n, size->height / size->n, size->n, g_steal_pointer (&size->names)};

      g_array_append_val (measures->sizes, dot);
    }
  g_array_sort (measures->sizes, compare_dots);
  find_extremes (measures, dataset, 0);
  find_extremes (measures, dataset, 1);
}

/* --- Brightness and sharpness --- */

/* Which row a class is counted in: its own, or of many classes the last one. (transfer full) */
static guint *
assign_rows (LatheDataset *dataset, guint *n_rows)
{
  guint n = lathe_dataset_get_n_classes (dataset);
  guint *rows = g_new (guint, n);
  g_autofree guint *counts = g_new (guint, n);
  guint least = 0, next = 0;

  for (guint i = 0; i < n; i++)
    counts[i] = lathe_dataset_count (dataset, (int) i, -1);
  if (n > MOST_ROWS)
    {
      g_autofree guint *sorted = g_memdup2 (counts, n * sizeof *counts);

      qsort (sorted, n, sizeof *sorted, compare_guints);
      least = sorted[n - (MOST_ROWS - 1)];
    }
  for (guint i = 0; i < n; i++)
    rows[i] = counts[i] >= least && (n <= MOST_ROWS || next < MOST_ROWS - 1) ? next++ : MOST_ROWS - 1;
  *n_rows = MIN (n, MOST_ROWS);
  return rows;
}

static GArray *
make_rows (LatheDataset *dataset, const guint *row_of, guint n_rows)
{
  guint n_classes = lathe_dataset_get_n_classes (dataset);
  GArray *rows = g_array_sized_new (FALSE, TRUE, sizeof (WbHistogramRow), n_rows);

  g_array_set_clear_func (rows, wb_histogram_row_clear);
  g_array_set_size (rows, n_rows);
  for (guint i = 0; i < n_classes; i++)
    if (!g_array_index (rows, WbHistogramRow, row_of[i]).name)
      g_array_index (rows, WbHistogramRow, row_of[i]).name = g_strdup (
          n_classes > MOST_ROWS && row_of[i] == MOST_ROWS - 1 ? _ ("others") : lathe_dataset_get_classes (dataset)[i]);
  return rows;
}

static void
count (WbHistogramRow *row, double value, double most, LatheDataset *dataset, const LatheImage *image)
{
  guint bin = (guint) CLAMP (value / most * WB_HISTOGRAM_BINS, 0, WB_HISTOGRAM_BINS - 1);

  add_name (&row->names[bin], row->counts[bin]++, dataset, image);
  row->mean += (value - row->mean) / ++row->n_images;
}

/* A round number that few are above. */
static double
find_most_sharpness (WbVerdict *verdict)
{
  guint n = lathe_dataset_get_n_images (verdict->dataset), above = 0;
  double most = 0.05;

  do
    {
      above = 0;
      for (guint i = 0; i < n; i++)
        {
          const LatheLook *look = lathe_survey_get_look (verdict->survey, i);

          above += look && look->seen && look->sharpness > most;
        }
      most *= above * 100 > n ? 2 : 1;
    }
  while (above * 100 > n);
  return most;
}

static void
measure_looks (WbMeasures *measures, WbVerdict *verdict)
{
  LatheDataset *dataset = verdict->dataset;
  guint n_rows;
  g_autofree guint *row_of = assign_rows (dataset, &n_rows);
  double mean[3] = {0}, square[3] = {0};

  measures->brightness = make_rows (dataset, row_of, n_rows);
  measures->sharpness = make_rows (dataset, row_of, n_rows);
  measures->most_sharpness = find_most_sharpness (verdict);
  measures->grey = TRUE;
  for (guint i = 0; i < measures->n_images; i++)
    {
      const LatheImage *image = lathe_dataset_get_image (dataset, i);
      const LatheLook *look = lathe_survey_get_look (verdict->survey, i);
      guint row = row_of[image->label];

      if (!look || !look->seen)
        continue;
      count (&g_array_index (measures->brightness, WbHistogramRow, row), look->brightness, 1, dataset, image);
      count (&g_array_index (measures->sharpness, WbHistogramRow, row), look->sharpness, measures->most_sharpness,
             dataset, image);
      measures->n_looked++;
      measures->grey = measures->grey && image->grey;
      for (guint c = 0; c < 3; c++)
        {
          mean[c] += look->mean[c];
          square[c] += look->deviation[c] * look->deviation[c] + look->mean[c] * look->mean[c];
        }
    }
  for (guint c = 0; c < 3 && measures->n_looked > 0; c++)
    {
      measures->mean[c] = mean[c] / measures->n_looked;
      measures->deviation[c] = sqrt (MAX (square[c] / measures->n_looked - measures->mean[c] * measures->mean[c], 0));
    }
}

WbMeasures *
wb_measures_new (WbVerdict *verdict)
{
  WbMeasures *measures = g_new0 (WbMeasures, 1);

  measure_sizes (measures, verdict->dataset);
  if (verdict->looked)
    measure_looks (measures, verdict);
  return measures;
}

void
wb_measures_free (WbMeasures *measures)
{
  g_clear_pointer (&measures->sizes, g_array_unref);
  g_clear_pointer (&measures->brightness, g_array_unref);
  g_clear_pointer (&measures->sharpness, g_array_unref);
  g_free (measures);
}
