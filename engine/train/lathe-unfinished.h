/* lathe-unfinished.h: a run that ended before its time, as its checkpoint tells it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-edits.h"
#include "formats/lathe-checkpoint.h"
#include "lathe-hyperparameters.h"
#include "model/lathe-graph.h"

G_BEGIN_DECLS

/* All that it takes to make the same trainer again. */
typedef struct
{
  char *path; /* of the checkpoint */
  LatheCheckpoint *checkpoint;
  LatheGraph *graph;
  LathePreprocess preprocess;
  LatheHyperparameters hyperparameters;
  char *folder;                        /* where the dataset was */
  LatheDatasetOptions dataset_options; /* owns its texts */
  LatheEdits *edits;                   /* NULL: none */
  guint epoch;                         /* where it stands: in this epoch … */
  guint step;                          /* … so many steps are done */
  GArray *changes;                     /* (element-type LatheChange): that were made until there */
  gint64 run;                          /* its number in the list of runs that it is written down in; 0: in none */
} LatheUnfinished;

/**
 * lathe_unfinished_read:
 *
 * Errors: as lathe_checkpoint_read(). When the newest checkpoint is damaged and the one before it is not, that one is
 * taken, and checkpoint->damage says so.
 */
LatheUnfinished *lathe_unfinished_read (const char *path, GError **error);
void lathe_unfinished_free (LatheUnfinished *unfinished);

/* That the dataset is, to the byte, the one that the run saw. Errors: LATHE_ERROR_DATA. */
gboolean lathe_unfinished_check (const LatheUnfinished *unfinished, LatheDataset *dataset, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheUnfinished, lathe_unfinished_free)

G_END_DECLS
