/* lathe-dataset-private.h: what the files of this room share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-dataset.h"

G_BEGIN_DECLS

struct _LatheDataset
{
  gatomicrefcount references;
  char *folder;
  LatheDatasetOptions options;
  char **classes;
  guint n_classes;
  GArray *images;                      /* (element-type LatheImage), by class, then by path */
  gboolean has_folder[LATHE_N_SPLITS]; /* the sides of the split that a folder decides */
  GPtrArray *problems;                 /* (element-type LatheProblem), by path */
};

/* (transfer full) without classes, images and problems */
LatheDataset *lathe_dataset_new (const char *folder);

LatheProblem *lathe_problem_new (const char *path, const char *reason);
void lathe_problem_free (LatheProblem *problem);

/* --- lathe-walk.c --------------------------------------------------------------------------------------------- */

/* A folder that stands for a class. */
typedef struct
{
  char *path;
  char *name;       /* of the class, UTF-8 */
  LatheSplit split; /* LATHE_SPLIT_TRAIN too where the dataset is not split into folders */
} LatheWalkFolder;

/* A file in it, at any depth. */
typedef struct
{
  char *path;
  guint folder; /* index */
} LatheWalkFile;

typedef struct
{
  GArray *folders;     /* (element-type LatheWalkFolder) */
  GArray *files;       /* (element-type LatheWalkFile) */
  GPtrArray *problems; /* (element-type LatheProblem) */
} LatheWalk;

LatheWalk *lathe_walk_new (const char *folder, GCancellable *cancellable, GError **error);
void lathe_walk_free (LatheWalk *walk);

/* --- lathe-split.c -------------------------------------------------------------------------------------------- */

gboolean lathe_split_check (const double share[LATHE_N_SPLITS], GError **error);
void lathe_split (LatheDataset *dataset, const LatheDatasetOptions *options);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheProblem, lathe_problem_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheWalk, lathe_walk_free)

G_END_DECLS
