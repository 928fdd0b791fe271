/* lathe-proof.h: asks an export and the model it was made of the same, and says how their answers differ.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-dataset.h"
#include "formats/lathe-export.h"

G_BEGIN_DECLS

/* By how much a probability of an export may differ from the model's. */
#define LATHE_PROOF_TOLERANCE 1e-4
#define LATHE_PROOF_NOISE_IMAGES 32

/* What one reader made of an export. */
typedef struct
{
  const char *reader; /* untranslated: lathe, cc, onnxruntime, keras, torch */
  guint images;
  gboolean noise;                             /* they are drawn from a seed, for want of others */
  double largest_difference;                  /* of a probability */
  double equal_top1;                          /* the share of images of which both find the same label the likeliest */
  double accuracy, accuracy_exported;         /* NAN: of no image is known what is on it */
  guint64 bytes;                              /* of the export */
  double milliseconds, milliseconds_exported; /* an image, asked about by itself */
} LatheProof;

/* Images with the model's answers. */
typedef struct _LatheProbes LatheProbes;

LatheProbes *lathe_probes_new (LatheModel *model, LatheDataset *dataset, int split, guint n_threads,
                               LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable,
                               GError **error);
void lathe_probes_free (LatheProbes *probes);
guint lathe_probes_get_n (const LatheProbes *probes);
const guint8 *lathe_probes_get_pixels (const LatheProbes *probes, guint i);
const float *lathe_probes_get_probabilities (const LatheProbes *probes, guint i);
const char *lathe_probes_get_label (const LatheProbes *probes, guint i);

GArray *lathe_prove (const LatheExportFormat *format, const LatheExport *export, const GPtrArray *files,
                     const LatheProbes *probes, const char *python, guint n_threads, GCancellable *cancellable,
                     GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheProbes, lathe_probes_free)

G_END_DECLS
