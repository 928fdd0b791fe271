/* lathe-origin.h: all that decides what comes of a run, besides its network and its settings.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-edits.h"
#include "lathe-runs.h"

G_BEGIN_DECLS

/* Owns its texts, which are never NULL. */
typedef struct
{
  char *fingerprint; /* of the dataset: lathe_dataset_fingerprint() */
  char *counts;      /* {"class":[to train, to validate, to test]} */
  char *edits;       /* SHA-256 of what was decided about the images; "" */
  char *model;       /* SHA-256 of the weights that it began with; "": of none */
  char **layers;     /* that went on with them */
  char *kernels;     /* that worked it out: other ones may round otherwise */
  char *teacher;     /* what it learned from besides the images: lathe_trainer_describe_teacher(); "": of none */
  gboolean changed;  /* it was taken up again with other settings than it began with */
} LatheOrigin;

void lathe_origin_free (LatheOrigin *origin);

gboolean lathe_origin_write (LatheRuns *runs, gint64 id, const LatheTrainer *trainer, GError **error);
gboolean lathe_origin_take_up (LatheRuns *runs, gint64 id, const LatheTrainer *trainer, GError **error);
LatheOrigin *lathe_origin_read (LatheRuns *runs, gint64 id, GError **error);
LatheEdits *lathe_origin_read_edits (LatheRuns *runs, const LatheOrigin *origin, GError **error);
LatheDataset *lathe_origin_find_images (LatheRuns *runs, gint64 id, LatheDataset *dataset, GCancellable *cancellable,
                                        GError **error);
char *lathe_dataset_count_json (LatheDataset *dataset);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheOrigin, lathe_origin_free)

G_END_DECLS
