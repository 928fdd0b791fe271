/* lathe-dataset-private.h: what the files of this room share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-dataset.h"
#include "lathe-tree.h"

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
  guint (*counts)[LATHE_N_SPLITS];     /* images of each class on each side, once it is divided */
  GPtrArray *problems;                 /* (element-type LatheProblem), by path */
  char *fingerprint;                   /* atomically set, by whoever asks for it first; NULL: nobody has */

  /* Of one that was edited: */
  LatheDataset *scanned; /* NULL: this is as it was scanned */
  LatheEdits *edits;     /* NULL: none */
  GArray *excluded;      /* (element-type LatheImage), as images */
  GHashTable *known;     /* path that was added → LatheAddition */
};

/* (transfer full) without classes, images and problems */
LatheDataset *lathe_dataset_new (const char *folder);
/* (transfer full) of the same source, with the same problems, without classes and images */
LatheDataset *lathe_dataset_new_like (LatheDataset *dataset);
void lathe_dataset_sort (LatheDataset *dataset);

/* A copy of its own; and one on the side that a folder decides, or in training until it is divided. */
LatheImage lathe_image_duplicate (const LatheImage *image);
LatheImage lathe_image_undivided (const LatheDataset *dataset, const LatheImage *image);

int lathe_compare_names (gconstpointer a, gconstpointer b); /* of two places that hold strings, byte by byte */

/* --- lathe-walk.c --------------------------------------------------------------------------------------------- */

/* Folders inside one another, at most. */
#define LATHE_MAX_DEPTH 32

/* A folder that stands for a class; where classes have no folders, what stands for one. */
typedef struct
{
  char *path;
  char *name;       /* of the class, UTF-8 */
  LatheSplit split; /* LATHE_SPLIT_TRAIN too where the dataset is not split already */
} LatheWalkFolder;

/* An image of it, or what may be one. */
typedef struct
{
  char *path;
  guint folder;  /* index */
  guint64 group; /* as in LatheImage */
  LathePiece piece;
} LatheWalkFile;

typedef struct
{
  GArray *folders;     /* (element-type LatheWalkFolder) */
  GArray *files;       /* (element-type LatheWalkFile) */
  GPtrArray *problems; /* (element-type LatheProblem) */
} LatheWalk;

LatheWalk *lathe_walk_new (const char *source, const LatheDatasetOptions *options, GCancellable *cancellable,
                           GError **error);
void lathe_walk_free (LatheWalk *walk);

/* An image that is added from elsewhere, or all that a folder or an archive holds, as of one class without a name. */
LatheWalk *lathe_walk_added (const char *path, GCancellable *cancellable);

/* What the files that fill a walk share. */
void lathe_walk_add_problem (LatheWalk *walk, const char *path, const char *reason);
/* FALSE. sentence: as of lathe_error_explain(). */
gboolean lathe_walk_refuse (int code, const char *sentence, const char *path, const char *reason, GError **error);
guint lathe_walk_add_folder (LatheWalk *walk, const char *path, const char *name, LatheSplit split);
void lathe_walk_add_file (LatheWalk *walk, const char *path, guint folder, const LathePiece *piece);

/* A folder that cannot be opened becomes a problem. */
gboolean lathe_walk_list (LatheWalk *walk, const LatheTree *tree, const char *path, LatheListing *listing);

/* FALSE for a folder that was visited already, by whatever path. */
gboolean lathe_walk_is_new (GHashTable *visited, const char *path);

/* A file's or a folder's name for people. (transfer full) */
char *lathe_walk_name (const char *path);

/* The side of the split that a name stands for, or -1. */
int lathe_split_of (const char *path);

/* --- lathe-labels.c, lathe-idx.c, lathe-cifar.c: sources that are not folders of classes ------------------------ */

char *lathe_labels_find (const LatheListing *top);
gboolean lathe_labels_walk (LatheWalk *walk, const LatheTree *tree, const char *list, const char *pattern,
                            GError **error);

gboolean lathe_idx_is_name (const char *path);
gboolean lathe_idx_is_in (const LatheListing *top);
gboolean lathe_idx_walk (LatheWalk *walk, const LatheTree *tree, const LatheListing *top,
                         const char *chosen /* NULL: all of them */, GError **error);

gboolean lathe_cifar_is_name (const char *path);
gboolean lathe_cifar_is_in (const LatheListing *top);
gboolean lathe_cifar_walk (LatheWalk *walk, const LatheTree *tree, const LatheListing *top, GError **error);

/* --- lathe-names.c ---------------------------------------------------------------------------------------------- */

/* Names for numbers, from a text with one a line; or the numbers, of as many digits as the highest one has. */
typedef struct
{
  char *path; /* of the text */
  char **lines;
  guint n;
  guint most; /* the highest number so far */
  char number[16];
} LatheNames;

/* From a file of this name in the listing, unless one was read already. What is no such text becomes a problem. */
void lathe_names_read (LatheNames *names, LatheWalk *walk, const LatheTree *tree, const LatheListing *top,
                       const char *name);
void lathe_names_want (LatheNames *names, guint label);
const char *lathe_names_get (LatheNames *names, guint label); /* until the next call */
void lathe_names_check (const LatheNames *names, LatheWalk *walk);
void lathe_names_clear (LatheNames *names);

/* --- lathe-scan.c ------------------------------------------------------------------------------------------------ */

/* What a look at a file found out. */
typedef struct
{
  guint width, height;
  gboolean grey;
  guint64 hash;
  char *reason; /* NULL: it can be used */
} LatheFacts;

/**
 * lathe_inspect:
 * @source: (nullable): whose files all of these are: what has not changed since the last look at it is not opened again
 * @files: (element-type LatheWalkFile)
 *
 * Returns: (transfer full) (array length=files->len): as far as it got until it was cancelled
 */
LatheFacts *lathe_inspect (const char *source, GArray *files, LatheProgressFunc progress, gpointer progress_data,
                           GCancellable *cancellable);
void lathe_facts_free (LatheFacts *facts, guint n);
void lathe_facts_tell (const LatheFacts *facts, LatheImage *image);

/* --- lathe-dataset-edit.c ---------------------------------------------------------------------------------------- */

void lathe_dataset_copy_edits (LatheDataset *dataset, LatheDataset *other);

/* --- lathe-split.c -------------------------------------------------------------------------------------------- */

gboolean lathe_split_check (const double share[LATHE_N_SPLITS], GError **error);
void lathe_split (LatheDataset *dataset, const LatheDatasetOptions *options);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheProblem, lathe_problem_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheWalk, lathe_walk_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheNames, lathe_names_clear)

G_END_DECLS
