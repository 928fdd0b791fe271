/* lathe-delivery.h: takes a network away: makes the export, proves it, and puts it where it is to be.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-proof.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean bundle;       /* the path is a folder, which gets the export with all that uses it */
  gboolean unproved;     /* it is not proved */
  LatheDataset *dataset; /* (nullable): whose images it is proved on; NULL: noise */
  int split;             /* a side of it, or -1 for all */
  const char *python;    /* (nullable): a Python that has what uses the format, to prove it by */
  guint n_threads;       /* 0: as many as the machine has cores */
} LatheDeliveryOptions;

gboolean lathe_delivery_can (const LatheExportFormat *format, const LatheModel *model, gboolean bundle, GError **error);
gboolean lathe_deliver (const LatheExportFormat *format, const LatheExport *export, const char *path,
                        const LatheDeliveryOptions *options, GArray **proofs, LatheProgressFunc progress,
                        gpointer progress_data, GCancellable *cancellable, GError **error);

G_END_DECLS
