/* lathe-neighbours.c: the images of a dataset that look alike to a model.
 *
 * The features of a dataset may be more than memory holds: those of a batch are compared as soon as they are there, and
 * only the nearest images are kept. Who has more than one question keeps the features instead, of as many images as
 * there is room for: a gallery.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-neighbours.h"

#include <math.h>

#include "dataset/lathe-decode.h"
#include "lathe-features.h"

/* One question. */
typedef struct
{
  LatheReal *features; /* of the image that is asked about */
  gsize n_features;
  GArray *nearest;
  guint n;
} Search;

static void
search_clear (Search *s)
{
  g_clear_pointer (&s->nearest, g_array_unref);
  g_clear_pointer (&s->features, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Search, search_clear)

static void
search_begin (Search *s, LatheFeatureReader *reader, const LathePreprocess *preprocess, const guint8 *seen)
{
  LatheByteTable table;
  const LatheReal *features;

  lathe_preprocess_tabulate (preprocess, table);
  lathe_preprocess_apply (preprocess, table, seen, 1, lathe_network_get_input (reader->network));
  features = lathe_feature_reader_find (reader, 1, &s->n_features);
  s->features = g_memdup2 (features, s->n_features * sizeof (LatheReal));
  s->nearest = g_array_new (FALSE, FALSE, sizeof (LatheNeighbour));
}

/* What is nothing at all is near to nothing. */
static double
cosine (const LatheReal *a, const LatheReal *b, gsize n)
{
  double product = 0, a_squares = 0, b_squares = 0;

  for (gsize i = 0; i < n; i++)
    {
      product += (double) a[i] * (double) b[i];
      a_squares += (double) a[i] * (double) a[i];
      b_squares += (double) b[i] * (double) b[i];
    }
  return a_squares > 0 && b_squares > 0 ? product / sqrt (a_squares) / sqrt (b_squares) : 0;
}

static gboolean
is_nearer (const LatheNeighbour *a, const LatheNeighbour *b)
{
  return a->similarity > b->similarity || (a->similarity == b->similarity && a->image < b->image);
}

static void
consider (Search *s, guint32 image, const LatheReal *features)
{
  LatheNeighbour neighbour = {image, cosine (features, s->features, s->n_features)};
  guint at = s->nearest->len;

  while (at > 0 && is_nearer (&neighbour, &g_array_index (s->nearest, LatheNeighbour, at - 1)))
    at--;
  if (at >= s->n)
    return;
  g_array_insert_val (s->nearest, at, neighbour);
  if (s->nearest->len > s->n)
    g_array_set_size (s->nearest, s->n);
}

static void
consider_batch (LatheFeatureReader *reader, const LatheReal *features, gsize n_features, gpointer data)
{
  for (guint i = 0; i < reader->batch.n; i++)
    consider (data, reader->batch.images[i], features + i * n_features);
}

GArray *
lathe_find_neighbours (LatheModel *model, const guint8 *seen, LatheDataset *dataset, int split, guint n,
                       guint n_threads, LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable,
                       GError **error)
{
  g_auto (LatheFeatureReader) reader = {0};
  g_auto (Search) s = {.n = n};

  if (!lathe_feature_reader_begin (&reader, model, dataset, split, n_threads, error))
    return NULL;
  search_begin (&s, &reader, &model->preprocess, seen);
  if (!lathe_feature_reader_go (&reader, consider_batch, &s, progress, progress_data, cancellable, error))
    return NULL;
  return g_steal_pointer (&s.nearest);
}

/* --- A gallery --- */

struct _LatheGallery
{
  LatheModel *model;
  LatheFeatureReader reader; /* of the images that are asked about, once all others are read */
  gsize n_features;
  guint n_asked;
  GArray *images, *features; /* (element-type guint32, and n_features LatheReal of each) */
};

static void
keep_batch (LatheFeatureReader *reader, const LatheReal *features, gsize n_features, gpointer data)
{
  LatheGallery *gallery = data;

  g_array_append_vals (gallery->images, reader->batch.images, reader->batch.n);
  g_array_append_vals (gallery->features, features, (guint) (reader->batch.n * n_features));
}

/* Every second image, or third, … where all would take more than that. */
static void
thin_out (GArray *images, gsize n_features, guint64 limit)
{
  guint64 size = n_features * sizeof (LatheReal) * images->len;
  guint64 step = limit > 0 ? (size + limit - 1) / limit : images->len;
  guint n = 0;

  for (guint64 i = 0; i < images->len; i += MAX (step, 1))
    g_array_index (images, guint32, n++) = g_array_index (images, guint32, i);
  g_array_set_size (images, n);
}

LatheGallery *
lathe_gallery_new (LatheModel *model, LatheDataset *dataset, int split, guint64 limit, guint n_threads,
                   LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable, GError **error)
{
  g_autoptr (LatheGallery) gallery = g_new0 (LatheGallery, 1);
  LatheFeatureReader *reader = &gallery->reader;

  gallery->model = lathe_model_ref (model);
  if (!lathe_feature_reader_begin (reader, model, dataset, split, n_threads, error))
    return NULL;
  gallery->n_asked = reader->images->len;
  lathe_feature_reader_find (reader, 1, &gallery->n_features); /* only how many there are */
  thin_out (reader->images, gallery->n_features, limit);
  gallery->images = g_array_sized_new (FALSE, FALSE, sizeof (guint32), reader->images->len);
  gallery->features =
      g_array_sized_new (FALSE, FALSE, sizeof (LatheReal), (guint) (gallery->n_features * reader->images->len));
  if (!lathe_feature_reader_go (reader, keep_batch, gallery, progress, progress_data, cancellable, error))
    return NULL;
  g_clear_pointer (&reader->store, lathe_store_free);
  reader->dataset = NULL; /* it need not live any longer */
  return g_steal_pointer (&gallery);
}

void
lathe_gallery_free (LatheGallery *gallery)
{
  lathe_feature_reader_clear (&gallery->reader);
  g_clear_pointer (&gallery->images, g_array_unref);
  g_clear_pointer (&gallery->features, g_array_unref);
  lathe_model_unref (gallery->model);
  g_free (gallery);
}

guint
lathe_gallery_get_n_images (const LatheGallery *gallery, guint *n_asked)
{
  if (n_asked != NULL)
    *n_asked = gallery->n_asked;
  return gallery->images->len;
}

GArray *
lathe_gallery_find (LatheGallery *gallery, const guint8 *seen, guint n)
{
  g_auto (Search) s = {.n = n};

  search_begin (&s, &gallery->reader, &gallery->model->preprocess, seen);
  for (guint i = 0; i < gallery->images->len; i++)
    consider (&s, g_array_index (gallery->images, guint32, i),
              &g_array_index (gallery->features, LatheReal, i * gallery->n_features));
  return g_steal_pointer (&s.nearest);
}
