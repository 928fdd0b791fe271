/* lathe-neighbours.h: the images of a dataset that look alike to a model.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-dataset.h"
#include "model/lathe-model.h"

G_BEGIN_DECLS

typedef struct
{
  guint32 image;     /* index into the dataset */
  double similarity; /* the cosine of the angle between what the model makes of both: -1 … 1 */
} LatheNeighbour;

/**
 * lathe_find_neighbours:
 * @seen: height × width × channels: an image as the network gets it, as a LathePrediction has it
 * @split: a side, or -1 for all
 * @n: how many at most
 *
 * Compares what the last weights of the network read: the features by which it decides. The dataset's classes need not
 * be the model's. Images that cannot be decoded are left out. The same bits on any number of threads.
 * Errors: LATHE_ERROR_DATA when no image is on that side; LATHE_ERROR_MEMORY; G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full) (element-type LatheNeighbour): the nearest first; of those that are as near the one that the
 * dataset has first
 */
GArray *lathe_find_neighbours (LatheModel *model, const guint8 *seen, LatheDataset *dataset, int split, guint n,
                               guint n_threads, LatheProgressFunc progress, gpointer progress_data,
                               GCancellable *cancellable, GError **error);

/* What a model makes of a dataset's images, kept: a question costs one image alone. Used by one thread at a time. */
typedef struct _LatheGallery LatheGallery;

/**
 * lathe_gallery_new:
 * @split: a side, or -1 for all
 * @limit: bytes that the features may take; where those of all images are more, every second, third, … image is left
 *
 * Errors: as lathe_find_neighbours().
 */
LatheGallery *lathe_gallery_new (LatheModel *model, LatheDataset *dataset, int split, guint64 limit, guint n_threads,
                                 LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable,
                                 GError **error);
void lathe_gallery_free (LatheGallery *gallery);
guint lathe_gallery_get_n_images (const LatheGallery *gallery, guint *n_asked); /* kept, of so many on that side */

/* As lathe_find_neighbours() has them, to the bit, among the images that are kept. (transfer full) (element-type
 * LatheNeighbour) */
GArray *lathe_gallery_find (LatheGallery *gallery, const guint8 *seen, guint n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheGallery, lathe_gallery_free)

G_END_DECLS
