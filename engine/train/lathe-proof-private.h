/* lathe-proof-private.h: what reads an export, to prove it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-proof.h"

G_BEGIN_DECLS

/* The same of a model in 8 bits that another program runs, or a file whose layers are not all in 8 bits: where a sum of
 * branches, a mean or what such a layer gives is rounded to the other side there, one byte is one more or less. */
#define LATHE_PROOF_TOLERANCE_BYTES 0.05

/* An export that lies in a folder of its own, and the images in there that are asked about. */
typedef struct
{
  const LatheExportFormat *format;
  const LatheExport *export;
  const GPtrArray *files; /* (element-type LatheExportFile) */
  const char *folder;
  const char *file;   /* in there, the one that was asked for */
  const char *python; /* a Python that has what reads the format */
  const guint8 *pixels;
  guint n_images, n_labels;
  gsize image_size; /* bytes */
  guint n_threads;
  GCancellable *cancellable;
} LatheProofCase;

/* One file each; the names are those of the folder. */
#define LATHE_PROOF_IMAGES "lathe-probe-images.bin"
#define LATHE_PROOF_ANSWERS "lathe-probe-answers.bin"
#define LATHE_PROOF_SECONDS "lathe-probe-seconds.txt"
#define LATHE_PROOF_PYTHON "lathe_probe_program.py"

typedef struct
{
  const char *name; /* NULL: as the format's Python program has it */
  gboolean ours;    /* it is this program, and works out the same in 8 bits, too */
  gboolean (*can) (const LatheProofCase *c);
  /* @answers: images × labels; @milliseconds: (out): an image. Errors: a reason, to be put into a sentence. */
  gboolean (*ask) (const LatheProofCase *c, float *answers, double *milliseconds, GError **error);
} LatheProofReader;

#define LATHE_PROOF_N_READERS 3
extern const LatheProofReader lathe_proof_readers[LATHE_PROOF_N_READERS];

G_END_DECLS
