/* lathe-dataset.h: a folder of images: classes, what cannot be used and why, and the split.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "base/lathe-preprocess.h"
#include "base/lathe-pool.h"

G_BEGIN_DECLS

typedef enum
{
  LATHE_SPLIT_TRAIN,
  LATHE_SPLIT_VALIDATION,
  LATHE_SPLIT_TEST,
} LatheSplit;
#define LATHE_N_SPLITS 3

typedef struct
{
  char *path;  /* absolute */
  guint label; /* index into the classes */
  LatheSplit split;
  guint width, height; /* pixels, after the orientation tag */
  gboolean grey;       /* the file holds no colour (its format says so, not its pixels) */
  guint64 hash;        /* of the file's bytes: equal files have equal hashes */
} LatheImage;

typedef struct
{
  char *path;
  char *reason; /* translated, one phrase: "truncated", "60,000×60,000 pixels is more than …" */
} LatheProblem;

typedef struct
{
  guint64 seed;                 /* of the split */
  double share[LATHE_N_SPLITS]; /* sums to 1; 0.7, 0.2, 0.1 by default */
} LatheDatasetOptions;
#define LATHE_DATASET_OPTIONS_DEFAULT ((LatheDatasetOptions){.seed = 1, .share = {0.7, 0.2, 0.1}})

/* done and total count files; called from the scanning thread, at most 30 times a second. */
typedef void (*LatheProgressFunc) (guint done, guint total, gpointer data);

/* Immutable once scanned (share it by reference between threads). */
typedef struct _LatheDataset LatheDataset;

/**
 * lathe_dataset_scan:
 *
 * Reads the folder: one sub-folder a class (any depth below it), or train/ validation/ test/ with one sub-folder
 * a class each (val/, valid/, training/ and testing/ mean the same, in any case); where validation/ or test/ is missing
 * its share is taken from train/. Every regular file that is neither hidden nor a file manager's is looked at (header
 * and hash); whatever cannot be an image is a problem with its reason, never an error, and so is a class without
 * images. Files that are no regular files (FIFO, device, socket) are not opened. Errors: LATHE_ERROR_IO (no such
 * folder, not a folder), LATHE_ERROR_DATA (no images, fewer than two classes, a class that has none for training),
 * LATHE_ERROR_INVALID (shares), G_IO_ERROR_CANCELLED.
 */
LatheDataset *lathe_dataset_scan (const char *folder, const LatheDatasetOptions *options, LatheProgressFunc progress,
                                  gpointer progress_data, GCancellable *cancellable, GError **error);
/**
 * lathe_dataset_resplit:
 *
 * Returns: (transfer full): the same images, without another look at them, divided as a scan with these options would
 * divide them; the same dataset where it is divided so. Errors: LATHE_ERROR_INVALID (shares).
 */
LatheDataset *lathe_dataset_resplit (LatheDataset *dataset, const LatheDatasetOptions *options, GError **error);

LatheDataset *lathe_dataset_ref (LatheDataset *dataset);
void lathe_dataset_unref (LatheDataset *dataset);

const char *lathe_dataset_get_folder (LatheDataset *dataset);
const LatheDatasetOptions *lathe_dataset_get_options (LatheDataset *dataset); /* as it was scanned with */
/* SHA-256 of the classes' names, and of each image's bytes, class and side: equal when a run sees the same.
 * (transfer full) */
char *lathe_dataset_fingerprint (LatheDataset *dataset);
const char *const *lathe_dataset_get_classes (LatheDataset *dataset); /* NULL-terminated, sorted by name */
guint lathe_dataset_get_n_classes (LatheDataset *dataset);
guint lathe_dataset_get_n_images (LatheDataset *dataset);
const LatheImage *lathe_dataset_get_image (LatheDataset *dataset, guint index);
guint lathe_dataset_count (LatheDataset *dataset, int label, int split); /* -1: any */
guint lathe_dataset_get_n_problems (LatheDataset *dataset);
const LatheProblem *lathe_dataset_get_problem (LatheDataset *dataset, guint index);
/* Groups of images with the same bytes: (element-type GArray(guint)) of image indices, each of two or more. */
GPtrArray *lathe_dataset_get_duplicates (LatheDataset *dataset);

/* Indices of the images of one side of the split, in a fixed order. (transfer full) (element-type guint32) */
GArray *lathe_dataset_get_split (LatheDataset *dataset, LatheSplit split);

/* A preprocessing that suits: the given size, or when 0 the images' median size within 16 … 128; grey when every
 * image is grey. Mean 0 and deviation 1. */
void lathe_dataset_suggest (LatheDataset *dataset, guint width, guint height, LathePreprocess *preprocess);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheDataset, lathe_dataset_unref)

G_END_DECLS
