/* lathe-proof.c: asks an export and the model it was made of the same, and says how their answers differ.
 *
 * The export lies in a folder of its own meanwhile, where its readers look for it. The model is asked as a prediction
 * asks it: the same image, as bytes, goes to both, so that what an export does with an image is proved, too.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "dataset/lathe-decode.h"
#include "formats/lathe-bundle.h"
#include "lathe-predictor.h"
#include "lathe-proof-private.h"
#include "lathe-scorer.h"

#define NOISE_SEED 1
#define UNKNOWN -1

struct _LatheProbes
{
  LatheModel *model;
  gsize image_size; /* bytes */
  guint n, n_labels;
  gboolean noise;
  guint8 *pixels;
  float *probabilities;
  int *truth; /* the model's label of each, or UNKNOWN */
  double milliseconds;
};

/* --- Images --- */

void
lathe_probes_free (LatheProbes *probes)
{
  lathe_model_unref (probes->model);
  g_free (probes->pixels);
  g_free (probes->probabilities);
  g_free (probes->truth);
  g_free (probes);
}

guint
lathe_probes_get_n (const LatheProbes *probes)
{
  return probes->n;
}

const guint8 *
lathe_probes_get_pixels (const LatheProbes *probes, guint i)
{
  return probes->pixels + i * probes->image_size;
}

const float *
lathe_probes_get_probabilities (const LatheProbes *probes, guint i)
{
  return probes->probabilities + (gsize) i * probes->n_labels;
}

/**
 * lathe_probes_get_label:
 *
 * Returns: (nullable): what is on an image, where that is known
 */
const char *
lathe_probes_get_label (const LatheProbes *probes, guint i)
{
  return probes->truth[i] != UNKNOWN ? probes->model->labels[probes->truth[i]] : NULL;
}

/* Memory for so many images and what is said of them. */
static gboolean
make_room (LatheProbes *probes, guint n, GError **error)
{
  probes->pixels = g_try_malloc_n (n, probes->image_size);
  probes->probabilities = g_try_malloc_n (n, probes->n_labels * sizeof (float));
  probes->truth = g_try_malloc_n (n, sizeof *probes->truth);
  if (probes->pixels != NULL && probes->probabilities != NULL && probes->truth != NULL)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_MEMORY,
               _ ("An export cannot be proved on %u images: there is no memory for them; take fewer of them"), n);
  return FALSE;
}

static int
find_label (const LatheModel *model, const char *name)
{
  for (guint i = 0; model->labels[i] != NULL; i++)
    if (g_str_equal (model->labels[i], name))
      return (int) i;
  return UNKNOWN;
}

static gboolean
draw_noise (LatheProbes *probes, GError **error)
{
  probes->noise = TRUE;
  if (!make_room (probes, LATHE_PROOF_NOISE_IMAGES, error))
    return FALSE;
  probes->n = LATHE_PROOF_NOISE_IMAGES;
  for (guint i = 0; i < probes->n; i++)
    {
      LatheRng rng = lathe_rng (NOISE_SEED, LATHE_RNG_NOISE, i, 0);
      guint8 *pixels = probes->pixels + i * probes->image_size;

      for (gsize j = 0; j < probes->image_size; j++)
        pixels[j] = (guint8) lathe_rng_uint32 (&rng, (guint32) j);
      probes->truth[i] = UNKNOWN;
    }
  return TRUE;
}

/* Those that cannot be read are left out. */
static gboolean
read_images (LatheProbes *probes, LatheDataset *dataset, int split, GCancellable *cancellable, GError **error)
{
  g_autoptr (GArray) images = lathe_choose_images (dataset, split, error);

  if (images == NULL || !make_room (probes, images->len, error))
    return FALSE;
  for (guint i = 0; i < images->len; i++)
    {
      const LatheImage *image = lathe_dataset_get_image (dataset, g_array_index (images, guint32, i));

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (!lathe_decode_image (image, &probes->model->preprocess, probes->pixels + probes->n * probes->image_size,
                               NULL))
        continue;
      probes->truth[probes->n++] = find_label (probes->model, lathe_dataset_get_classes (dataset)[image->label]);
    }
  if (probes->n > 0)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA, _ ("%s has no image that can be read"),
               lathe_dataset_get_folder (dataset));
  return FALSE;
}

static gboolean
ask_model (LatheProbes *probes, guint n_threads, LatheProgressFunc progress, gpointer progress_data,
           GCancellable *cancellable, GError **error)
{
  g_autoptr (LathePredictor) predictor = lathe_predictor_new (probes->model, n_threads, error);

  if (predictor == NULL)
    return FALSE;
  for (guint i = 0; i < probes->n; i++)
    {
      LathePrediction *prediction = NULL;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (progress != NULL)
        progress (i, probes->n, progress_data);
      prediction = lathe_predictor_bytes (predictor, lathe_probes_get_pixels (probes, i));
      memcpy (probes->probabilities + (gsize) i * probes->n_labels, prediction->probability,
              probes->n_labels * sizeof (float));
      probes->milliseconds += prediction->milliseconds / probes->n;
      lathe_prediction_free (prediction);
    }
  return TRUE;
}

/**
 * lathe_probes_new:
 * @dataset: (nullable): whose images are asked about; NULL: noise that a seed makes
 * @split: a side of it, or -1 for all
 * @n_threads: 0 for as many as the machine has cores
 *
 * Asks a model about images, each by itself.
 *
 * Errors: LATHE_ERROR_DATA where there are none, LATHE_ERROR_MEMORY, G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full)
 */
LatheProbes *
lathe_probes_new (LatheModel *model, LatheDataset *dataset, int split, guint n_threads, LatheProgressFunc progress,
                  gpointer progress_data, GCancellable *cancellable, GError **error)
{
  g_autoptr (LatheProbes) probes = g_new0 (LatheProbes, 1);
  const LathePreprocess *p = &model->preprocess;

  probes->model = lathe_model_ref (model);
  probes->image_size = (gsize) p->width * p->height * p->channels;
  probes->n_labels = lathe_model_get_n_labels (model);
  if (!(dataset != NULL ? read_images (probes, dataset, split, cancellable, error) : draw_noise (probes, error)) ||
      !ask_model (probes, n_threads, progress, progress_data, cancellable, error))
    return NULL;
  return g_steal_pointer (&probes);
}

/* --- Comparing --- */

/* The answer that differs most. */
typedef struct
{
  guint image, label;
  float ours, theirs;
} Worst;

static guint
likeliest (const float *probabilities, guint n)
{
  guint best = 0;

  for (guint i = 1; i < n; i++)
    if (probabilities[i] > probabilities[best])
      best = i;
  return best;
}

/* What is no number differs more than anything. */
static double
difference (float a, float b)
{
  return isfinite (a) && isfinite (b) ? fabs ((double) a - (double) b) : INFINITY;
}

static void
compare (const LatheProbes *probes, const float *answers, LatheProof *proof, Worst *worst)
{
  guint n = probes->n_labels, equal = 0, known = 0, right = 0, right_exported = 0;

  for (guint i = 0; i < probes->n; i++)
    {
      const float *ours = lathe_probes_get_probabilities (probes, i), *theirs = answers + (gsize) i * n;
      guint said = likeliest (ours, n), said_exported = likeliest (theirs, n);

      equal += said == said_exported;
      known += probes->truth[i] != UNKNOWN;
      right += (int) said == probes->truth[i];
      right_exported += (int) said_exported == probes->truth[i];
      for (guint k = 0; k < n; k++)
        if (difference (ours[k], theirs[k]) > proof->largest_difference)
          {
            proof->largest_difference = difference (ours[k], theirs[k]);
            *worst = (Worst){i, k, ours[k], theirs[k]};
          }
    }
  proof->equal_top1 = (double) equal / probes->n;
  proof->accuracy = known > 0 ? (double) right / known : NAN;
  proof->accuracy_exported = known > 0 ? (double) right_exported / known : NAN;
}

static gboolean
refuse (const LatheProbes *probes, const LatheProof *proof, const Worst *worst, double most, const char *file,
        GError **error)
{
  g_set_error (
      error, LATHE_ERROR, LATHE_ERROR_DATA,
      _ ("“%s” is not kept, as it would answer differently: read by %s, it gives “%s” the probability %.6f where "
         "the model gives %.6f (image %u of %u), and %g is the most that may be; take another format"),
      file, proof->reader, probes->model->labels[worst->label], (double) worst->theirs, (double) worst->ours,
      worst->image + 1, probes->n, most);
  return FALSE;
}

/* --- The folder --- */

static void
remove_folder (char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        remove_folder (g_steal_pointer (&path)); /* a Python keeps what it has compiled */
      else
        g_unlink (path);
    }
  g_clear_pointer (&dir, g_dir_close);
  g_rmdir (folder);
  g_free (folder);
}

typedef char ProofFolder;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ProofFolder, remove_folder)

static const char *
reader_name (const LatheProofReader *reader, const LatheExportFormat *format)
{
  return reader->name != NULL ? reader->name : lathe_bundle_get_reader (format);
}

/* Whether all layers of a model in 8 bits come back so: TensorFlow Lite has the weights of those that give real numbers
 * as such. */
static gboolean
holds_all_bytes (const LatheExportFormat *format)
{
  return !g_str_equal (format->name, "tflite");
}

/* One reader's proof, added to `proofs`. */
static gboolean
prove_by (const LatheProofReader *reader, const LatheProofCase *c, const LatheProbes *probes, GArray *proofs,
          GError **error)
{
  g_autofree float *answers = g_new0 (float, (gsize) probes->n * probes->n_labels);
  g_autoptr (GError) reason = NULL;
  LatheProof proof = {
      .reader = reader_name (reader, c->format),
      .images = probes->n,
      .noise = probes->noise,
      .milliseconds = probes->milliseconds,
  };
  Worst worst = {0};
  double most;

  if (!reader->ask (c, answers, &proof.milliseconds_exported, &reason))
    {
      if (g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_propagate_error (error, g_steal_pointer (&reason));
      else
        g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA, _ ("“%s” is not kept, as %s cannot use it: %s"), c->file,
                     proof.reader, reason->message);
      return FALSE;
    }
  compare (probes, answers, &proof, &worst);
  most = c->export->model->quantisation == NULL || (reader->ours && holds_all_bytes (c->format))
             ? LATHE_PROOF_TOLERANCE
             : LATHE_PROOF_TOLERANCE_BYTES;
  if (!(proof.largest_difference <= most))
    return refuse (probes, &proof, &worst, most, c->file, error);
  g_array_append_val (proofs, proof);
  return TRUE;
}

static guint64
count_bytes (const GPtrArray *files)
{
  guint64 n = 0;

  for (guint i = 0; i < files->len; i++)
    n += g_bytes_get_size (((const LatheExportFile *) files->pdata[i])->bytes);
  return n;
}

static gboolean
prove_all (const LatheProofCase *c, const LatheProbes *probes, guint64 bytes, GArray *proofs, GError **error)
{
  for (guint i = 0; i < LATHE_PROOF_N_READERS; i++)
    if (lathe_proof_readers[i].can (c) && !prove_by (&lathe_proof_readers[i], c, probes, proofs, error))
      return FALSE;
  for (guint i = 0; i < proofs->len; i++)
    g_array_index (proofs, LatheProof, i).bytes = bytes;
  return TRUE;
}

/* It is started in another folder. */
static char *
find_program (const char *name)
{
  return name != NULL && strchr (name, G_DIR_SEPARATOR) != NULL ? g_canonicalize_filename (name, NULL)
                                                                : g_strdup (name);
}

/**
 * lathe_prove:
 * @files: (element-type LatheExportFile): the export, the file that was asked for first
 * @python: (nullable): a Python that has what uses the format; NULL: none is asked
 * @n_threads: of this program, where it reads the export itself; 0 for as many as the machine has cores
 *
 * Has every reader that there is read the export, and answer: this program where it can, a C compiler for C source, and
 * the Python.
 *
 * Errors: LATHE_ERROR_DATA where one of them cannot, or answers differently by more than LATHE_PROOF_TOLERANCE,
 * LATHE_ERROR_IO, G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full) (element-type LatheProof): one of each reader, the last one knowing the least of this
 * program; empty where there is none
 */
GArray *
lathe_prove (const LatheExportFormat *format, const LatheExport *export, const GPtrArray *files,
             const LatheProbes *probes, const char *python, guint n_threads, GCancellable *cancellable, GError **error)
{
  g_autoptr (GArray) proofs = g_array_new (FALSE, TRUE, sizeof (LatheProof));
  g_autoptr (GError) reason = NULL;
  g_autofree char *absolute = find_program (python);
  g_autoptr (ProofFolder) folder = g_dir_make_tmp ("lathe-proof-XXXXXX", &reason);
  LatheProofCase c = {
      .format = format,
      .export = export,
      .files = files,
      .folder = folder,
      .file = ((const LatheExportFile *) files->pdata[0])->name,
      .python = absolute,
      .pixels = probes->pixels,
      .n_images = probes->n,
      .n_labels = probes->n_labels,
      .image_size = probes->image_size,
      .n_threads = n_threads,
      .cancellable = cancellable,
  };

  if (folder == NULL)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("The export cannot be proved: %s"), reason->message);
      return NULL;
    }
  if (!lathe_export_put (files, folder, error) || !prove_all (&c, probes, count_bytes (files), proofs, error))
    return NULL;
  return g_steal_pointer (&proofs);
}
