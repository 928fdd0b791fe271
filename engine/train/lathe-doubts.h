/* lathe-doubts.h: images whose label is likely wrong, as far as the features of another model tell.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-kept-features.h"

G_BEGIN_DECLS

typedef struct
{
  guint32 image;      /* index into the dataset */
  guint likelier;     /* the class that it rather shows */
  double probability; /* of that class, by a head that has not learned from the image */
  double margin;      /* the probability of its label less that of the likeliest other: below 0 */
} LatheDoubt;

GArray *lathe_doubts_new (LatheDataset *dataset, const LatheKeptFeatures *features, guint64 seed, LathePool *pool,
                          GCancellable *cancellable, GError **error);

G_END_DECLS
