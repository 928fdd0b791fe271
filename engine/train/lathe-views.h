/* lathe-views.h: several looks at one image, whose answers are averaged.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-preprocess.h"
#include "dataset/lathe-warp.h"
#include "model/lathe-network.h"

G_BEGIN_DECLS

/* The memory that looking takes, and that augmentation has the use of while no one looks. */
typedef struct
{
  guint n;            /* views of an image */
  double temperature; /* that their mean is divided by */
  LathePreprocess preprocess;
  LatheReal *seen; /* capacity × height × width × channels: the images as they are; NULL where one view is enough */
  LatheReal *sums; /* capacity × units: of the logits */
} LatheViews;

static inline gsize
lathe_views_sample_size (const LatheViews *views)
{
  return (gsize) views->preprocess.height * views->preprocess.width * views->preprocess.channels;
}

void lathe_views_init (LatheViews *views, LatheNetwork *network, guint capacity, const LathePreprocess *preprocess,
                       gboolean augmented);
void lathe_views_clear (LatheViews *views);
void lathe_views_forward (LatheViews *views, LatheNetwork *network, guint n);

G_END_DECLS
