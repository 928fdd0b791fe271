/* wb-layout-index.c: which boxes are near, without looking at all of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "wb-layout-private.h"

/* Canvas units: a cell holds a card or two. */
#define CELL_WIDTH 256.0
#define CELL_HEIGHT 128.0

/* A box over more cells than this is looked at always. */
#define MOST_CELLS 1024

struct _WbIndex
{
  GHashTable *cells; /* of key_of () → (element-type guint) */
  GArray *large;     /* (element-type guint) */
  GArray *found;     /* (element-type guint): of the last question */
  guint *asked;      /* of each box: the question to which it was found last */
  guint question;
  guint n_boxes;
};

typedef struct
{
  int left, right, top, bottom; /* the last ones too */
} Cells;

static int
cell_at (double at, double size)
{
  return (int) CLAMP (floor (at / size), -1e9, 1e9);
}

static Cells
cells_of (WbBox box)
{
  return (Cells){cell_at (box.x, CELL_WIDTH), cell_at (box.x + box.width, CELL_WIDTH), cell_at (box.y, CELL_HEIGHT),
                 cell_at (box.y + box.height, CELL_HEIGHT)};
}

static gboolean
are_many (Cells cells)
{
  double n = ((double) cells.right - cells.left + 1) * ((double) cells.bottom - cells.top + 1);

  return n > MOST_CELLS;
}

/* Cells that get the same key are one: boxes of either are found in both. Primes after Teschner et al. 2003, "Optimized
 * Spatial Hashing for Collision Detection of Deformable Objects". */
static gpointer
key_of (int x, int y)
{
  return GUINT_TO_POINTER ((guint) x * 73856093u ^ (guint) y * 19349663u);
}

static void
add_to_cell (WbIndex *index, gpointer key, guint box)
{
  GArray *cell = g_hash_table_lookup (index->cells, key);

  if (cell == NULL)
    {
      cell = g_array_new (FALSE, FALSE, sizeof (guint));
      g_hash_table_insert (index->cells, key, cell);
    }
  g_array_append_val (cell, box);
}

WbIndex *
wb_index_new (const WbBox *boxes, guint n_boxes)
{
  WbIndex *index = g_new0 (WbIndex, 1);

  index->cells = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_array_unref);
  index->large = g_array_new (FALSE, FALSE, sizeof (guint));
  index->found = g_array_new (FALSE, FALSE, sizeof (guint));
  index->asked = g_new0 (guint, n_boxes);
  index->n_boxes = n_boxes;
  for (guint i = 0; i < n_boxes; i++)
    {
      Cells cells = cells_of (boxes[i]);

      if (are_many (cells))
        {
          g_array_append_val (index->large, i);
          continue;
        }
      for (int x = cells.left; x <= cells.right; x++)
        for (int y = cells.top; y <= cells.bottom; y++)
          add_to_cell (index, key_of (x, y), i);
    }
  return index;
}

void
wb_index_free (WbIndex *index)
{
  g_hash_table_unref (index->cells);
  g_array_unref (index->large);
  g_array_unref (index->found);
  g_free (index->asked);
  g_free (index);
}

/* A box in several cells counts once. */
static void
add_found (WbIndex *index, const GArray *boxes)
{
  for (guint i = 0; i < boxes->len; i++)
    {
      guint box = g_array_index (boxes, guint, i);

      if (index->asked[box] == index->question)
        continue;
      index->asked[box] = index->question;
      g_array_append_val (index->found, box);
    }
}

const guint *
wb_index_near (WbIndex *index, WbBox area, guint *n)
{
  Cells cells = cells_of (area);

  g_array_set_size (index->found, 0);
  index->question++;
  if (are_many (cells))
    for (guint i = 0; i < index->n_boxes; i++)
      g_array_append_val (index->found, i);
  else
    {
      add_found (index, index->large);
      for (int x = cells.left; x <= cells.right; x++)
        for (int y = cells.top; y <= cells.bottom; y++)
          {
            const GArray *cell = g_hash_table_lookup (index->cells, key_of (x, y));

            if (cell != NULL)
              add_found (index, cell);
          }
    }
  *n = index->found->len;
  return (const guint *) index->found->data;
}
