/* lathe-dataset.h: labelled images: classes, what cannot be used and why, and the split.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "base/lathe-preprocess.h"
#include "base/lathe-pool.h"
#include "lathe-piece.h"

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
  char *path;       /* absolute; inside an archive: the archive's, a slash, and its name in there */
  LathePiece piece; /* where its bytes lie */
  guint label;      /* index into the classes */
  LatheSplit split;
  guint64 group;       /* images of one group share a side: a hash of the name that the list of labels has; 0: none */
  guint width, height; /* pixels, after the orientation tag */
  gboolean grey;       /* the file holds no colour (its format says so, not its pixels) */
  guint64 hash;        /* of the image's bytes: equal ones have equal hashes */
} LatheImage;

/* What outlives its dataset. (transfer full) */
LatheImage *lathe_image_copy (const LatheImage *image);
void lathe_image_free (LatheImage *image);

typedef struct
{
  char *path;
  char *reason; /* translated, one phrase: "truncated", "60,000×60,000 pixels is more than …" */
} LatheProblem;

LatheProblem *lathe_problem_new (const char *path, const char *reason);
void lathe_problem_free (LatheProblem *problem);

typedef struct
{
  guint64 seed;                 /* of the split */
  double share[LATHE_N_SPLITS]; /* sums to 1; 0.7, 0.2, 0.1 by default */

  /* Where classes are no folders: a table, or a regular expression whose first group is the label in a file's name.
   * NULL: a table “labels.csv” is taken where there is one. */
  const char *labels, *label_pattern;
} LatheDatasetOptions;
#define LATHE_DATASET_OPTIONS_DEFAULT ((LatheDatasetOptions){.seed = 1, .share = {0.7, 0.2, 0.1}})

/* done and total count files; called from the scanning thread, at most 30 times a second. */
typedef void (*LatheProgressFunc) (guint done, guint total, gpointer data);

/* Immutable once scanned (share it by reference between threads). */
typedef struct _LatheDataset LatheDataset;
typedef struct _LatheEdits LatheEdits;

/**
 * lathe_dataset_scan:
 *
 * Reads the source, a folder or an archive (.zip; .tar, also .tar.gz, .tar.zst, .tar.xz, .tar.bz2) of one: one
 * sub-folder a class (any depth below it), or train/ validation/ test/ with one sub-folder a class each (val/, valid/,
 * training/ and testing/ mean the same, in any case); where validation/ or test/ is missing its share is taken from
 * train/. Images alone, without any sub-folder, are one class, which is named as what they lie in.
 *
 * Where the source's top holds a table labels.csv, or one is given, its rows say which images there are, in any folder:
 * file (its path below the top), label, and as far as they are known side and group; the first row may name the
 * columns, in any order. A row whose file is missing, without a label, or of an unknown side is a problem, and so is a
 * file without a row. IDX files (…images-idx3-ubyte with …labels-idx1-ubyte, also .gz; train, t10k or test, val) and
 * CIFAR's (data_batch_*.bin, test_batch.bin; train.bin, test.bin with fine_label_names.txt) at the top are sets of
 * images too; one of these files can be the source. Their classes are numbers, or named by labels.txt, classes.txt,
 * batches.meta.txt or fine_label_names.txt.
 *
 * What is not decided so is shared out by the images' bytes and the seed: each keeps its side when others come or go,
 * and moves as little as can be when the shares change; copies and images of one group stay together. The shares are
 * nearly kept: of n images, but for about √n / 2.
 *
 * Every regular file that is neither hidden nor a file manager's nor a project is looked at (header and hash), unless
 * an earlier scan did and it has not changed since; whatever cannot be an image is a problem with its reason, never an
 * error, and so is a class without images, and an archive's entry that climbs out of it, is a link, is encrypted or a
 * bomb. Files that are no regular files (FIFO, device, socket) are not opened. Archives are read in place; only a .tar
 * that is compressed is kept in memory. Errors: LATHE_ERROR_IO (no such source, no source), LATHE_ERROR_FORMAT (a
 * damaged archive, IDX or CIFAR file), LATHE_ERROR_UNSUPPORTED (a compressed .tar that is more than
 * LATHE_MAX_UNPACKED), LATHE_ERROR_DATA (no images, a class that has none for training), LATHE_ERROR_INVALID (shares,
 * pattern), G_IO_ERROR_CANCELLED. One class alone is a dataset too, to look at and to add to: it is training that takes
 * two.
 */
LatheDataset *lathe_dataset_scan (const char *source, const LatheDatasetOptions *options, LatheProgressFunc progress,
                                  gpointer progress_data, GCancellable *cancellable, GError **error);

/**
 * lathe_dataset_resplit:
 *
 * Returns: (transfer full): the same images, without another look at them, divided as a scan with these options would
 * divide them; the same dataset where it is divided so. Errors: LATHE_ERROR_INVALID (shares).
 */
LatheDataset *lathe_dataset_resplit (LatheDataset *dataset, const LatheDatasetOptions *options, GError **error);

/* Whether a name is one of what can be scanned: a folder, an archive or a file of a set. */
gboolean lathe_dataset_is_source (const char *path);

LatheDataset *lathe_dataset_ref (LatheDataset *dataset);
void lathe_dataset_unref (LatheDataset *dataset);

const char *lathe_dataset_get_folder (LatheDataset *dataset);                 /* or the archive */
const LatheDatasetOptions *lathe_dataset_get_options (LatheDataset *dataset); /* as it was scanned with */
/* SHA-256 of the classes' names, and of each image's bytes, class and side: equal when a run sees the same. Every
 * image is looked at when it is asked for first, from any thread, and none from then on. (transfer full) */
char *lathe_dataset_fingerprint (LatheDataset *dataset);
const char *const *lathe_dataset_get_classes (LatheDataset *dataset); /* NULL-terminated, sorted by name */
guint lathe_dataset_get_n_classes (LatheDataset *dataset);
guint lathe_dataset_get_n_images (LatheDataset *dataset);
const LatheImage *lathe_dataset_get_image (LatheDataset *dataset, guint index);
/* Where the images of a dataset are in another one, by path and bytes: of each its index there, or LATHE_NO_IMAGE.
 * (transfer full) */
#define LATHE_NO_IMAGE G_MAXUINT
guint *lathe_dataset_find_images (LatheDataset *of, LatheDataset *in);
/* What an image is called in edits: its path below the source, or all of it for one that was added from elsewhere.
 * (transfer none), as long as the image lives */
const char *lathe_image_get_name (LatheDataset *dataset, const LatheImage *image);
/* What edits have made of it, in lathe-edits.h. (nullable) */
const LatheEdits *lathe_dataset_get_edits (LatheDataset *dataset);
LatheDataset *lathe_dataset_get_scanned (LatheDataset *dataset); /* (transfer none) as it was before any edits */
/* Images that edits leave out. Their label is the one they would have; G_MAXUINT where that class has no images. */
guint lathe_dataset_get_n_excluded (LatheDataset *dataset);
const LatheImage *lathe_dataset_get_excluded (LatheDataset *dataset, guint index);
guint lathe_dataset_count (LatheDataset *dataset, int label, int split); /* -1: any */
/* Whether the source itself says which images are on this side, so that no share and no seed changes it. */
gboolean lathe_dataset_side_is_fixed (LatheDataset *dataset, LatheSplit split);
guint lathe_dataset_get_n_problems (LatheDataset *dataset);
const LatheProblem *lathe_dataset_get_problem (LatheDataset *dataset, guint index);
/* Groups of images with the same bytes: (element-type GArray(guint)) of image indices, each of two or more. */
GPtrArray *lathe_dataset_get_duplicates (LatheDataset *dataset);

/* Indices of the images of one side of the split, in a fixed order. (transfer full) (element-type guint32) */
GArray *lathe_dataset_get_split (LatheDataset *dataset, LatheSplit split);

/* Pixels: the middle one of all widths, and of all heights. */
void lathe_dataset_get_median_size (LatheDataset *dataset, guint *width, guint *height);

/* A preprocessing that suits: the given size, or when 0 the images' median size within 16 … 128; grey when every
 * image is grey. Mean 0 and deviation 1. */
void lathe_dataset_suggest (LatheDataset *dataset, guint width, guint height, LathePreprocess *preprocess);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheDataset, lathe_dataset_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheImage, lathe_image_free)

G_END_DECLS
