/* lathe-balance.h: what an epoch learns from, and how much of each class.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-real.h"
#include "dataset/lathe-dataset.h"

G_BEGIN_DECLS

#define LATHE_UNEQUAL 3 /* times as many images in one class as in another: then balance helps */

/* The images of one epoch in its own order. */
typedef struct
{
  GArray *images; /* (element-type guint32): indices into the dataset */
  GArray *turns; /* (element-type guint32): how often each will have been learned from by then, in the whole training */
} LatheOrder;

LatheOrder *lathe_order_new (LatheDataset *dataset, const GArray *images, gboolean equal, guint64 seed, guint32 epoch);
void lathe_order_free (LatheOrder *order);

void lathe_balance_weights (LatheDataset *dataset, const GArray *images, LatheReal *weights);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheOrder, lathe_order_free)

G_END_DECLS
