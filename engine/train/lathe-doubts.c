/* lathe-doubts.c: images whose label is likely wrong, as far as the features of another model tell.
 *
 * All images are dealt out to folds; what is said of each is said by a head that has learned from the other folds, so
 * that none has learned a wrong label by heart. Whether it is doubted then is for confident learning to say. The
 * penalty is the one of a few that says best what the first fold holds back: with wrong labels among those that it
 * learns from, a head does well to believe none of them too much. All of it is done again without what was doubted
 * among what is learned from: with fewer wrong labels the heads are surer, and find more of those that are left.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-doubts.h"

#include <math.h>
#include <string.h>

#include "lathe-confident.h"
#include "lathe-transfer-private.h"

#define FOLDS 5
#define ROUNDS 3

/* From the strongest on, so that each search begins near its end. */
static const double penalties[] = {10, 3, 1, 0.3, 0.1};

typedef struct
{
  LatheDataset *dataset;
  LatheLabelledFeatures features;
  guint32 *labels;    /* of each image */
  GArray *usable;     /* (element-type guint32): images with features */
  GArray *trials;     /* (element-type LatheTrial) */
  float *answers;     /* of each image: n_classes probabilities */
  gboolean *left_out; /* of each image: it is doubted, and not learned from */
  LathePool *pool;
  GCancellable *cancellable;
} Work;

static void
work_clear (Work *work)
{
  g_clear_pointer (&work->labels, g_free);
  g_clear_pointer (&work->usable, g_array_unref);
  g_clear_pointer (&work->trials, g_array_unref);
  g_clear_pointer (&work->answers, g_free);
  g_clear_pointer (&work->left_out, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

static void
begin (Work *work, const LatheKeptFeatures *kept, guint64 seed)
{
  guint n_classes = lathe_dataset_get_n_classes (work->dataset);

  work->labels = g_new (guint32, kept->n_images);
  work->usable = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint32 i = 0; i < kept->n_images; i++)
    {
      work->labels[i] = lathe_dataset_get_image (work->dataset, i)->label;
      if (kept->ok[i])
        g_array_append_val (work->usable, i);
    }
  work->features = (LatheLabelledFeatures){kept->values, work->labels, kept->n_features, n_classes};
  work->answers = g_new0 (float, (gsize) kept->n_images *n_classes);
  work->left_out = g_new0 (gboolean, kept->n_images);
  work->trials = lathe_trials_of (work->dataset, work->usable, FOLDS, seed);
}

/* Of what one trial holds back. */
static gboolean
choose_penalty (const Work *work, const LatheTrial *trial, double *penalty, GError **error)
{
  g_autoptr (LatheHeadFitter) fitter = lathe_head_fitter_new (&work->features, trial->learned, work->pool, error);
  double least = INFINITY;

  for (guint i = 0; fitter != NULL && i < G_N_ELEMENTS (penalties); i++)
    {
      g_autoptr (LatheMetrics) metrics = lathe_metrics_new (work->features.n_classes);
      g_autoptr (LatheHead) head = NULL;

      if (g_cancellable_set_error_if_cancelled (work->cancellable, error))
        return FALSE;
      head = lathe_head_fitter_run (fitter, penalties[i]);
      lathe_head_fitter_score (fitter, head, trial->held, metrics, NULL);
      if (lathe_metrics_loss (metrics) >= least)
        continue;
      least = lathe_metrics_loss (metrics);
      *penalty = penalties[i];
    }
  return fitter != NULL;
}

/* All of them where nothing else would be left. (transfer full) (element-type guint32) */
static GArray *
list_learned (const Work *work, const LatheTrial *trial)
{
  GArray *learned = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < trial->learned->len; i++)
    if (!work->left_out[g_array_index (trial->learned, guint32, i)])
      g_array_append_val (learned, g_array_index (trial->learned, guint32, i));
  if (learned->len == 0)
    g_array_append_vals (learned, trial->learned->data, trial->learned->len);
  return learned;
}

static gboolean
answer (Work *work, const LatheTrial *trial, double penalty, GError **error)
{
  guint n_classes = work->features.n_classes;
  g_autoptr (GArray) learned = list_learned (work, trial);
  g_autoptr (LatheHeadFitter) fitter = NULL;
  g_autoptr (LatheHead) head = NULL;
  g_autofree float *found = g_new (float, (gsize) trial->held->len *n_classes);

  if (g_cancellable_set_error_if_cancelled (work->cancellable, error))
    return FALSE;
  fitter = lathe_head_fitter_new (&work->features, learned, work->pool, error);
  if (fitter == NULL)
    return FALSE;
  head = lathe_head_fitter_run (fitter, penalty);
  lathe_head_fitter_answer (fitter, head, trial->held, found);
  for (guint i = 0; i < trial->held->len; i++)
    memcpy (work->answers + (gsize) g_array_index (trial->held, guint32, i) * n_classes, found + (gsize) i * n_classes,
            n_classes * sizeof *found);
  return TRUE;
}

static int
compare_doubts (gconstpointer a, gconstpointer b)
{
  const LatheDoubt *x = a, *y = b;

  if (x->margin != y->margin)
    return x->margin < y->margin ? -1 : 1;
  return (x->image > y->image) - (x->image < y->image);
}

static GArray *
judge (const Work *work)
{
  GArray *doubts = g_array_new (FALSE, FALSE, sizeof (LatheDoubt));
  guint n_classes = work->features.n_classes;
  g_autoptr (LatheConfidence) confidence = lathe_confidence_new (n_classes);

  for (guint i = 0; i < work->usable->len; i++)
    {
      guint32 image = g_array_index (work->usable, guint32, i);

      lathe_confidence_add (confidence, work->answers + (gsize) image * n_classes, work->labels[image]);
    }
  for (guint i = 0; i < work->usable->len; i++)
    {
      guint32 image = g_array_index (work->usable, guint32, i), label = work->labels[image];
      const float *answers = work->answers + (gsize) image * n_classes;
      guint likelier = lathe_confidence_find_class (confidence, answers, label);
      LatheDoubt doubt = {image, likelier, (double) answers[likelier],
                          lathe_confidence_find_margin (confidence, answers, label)};

      if (likelier != label && doubt.margin < 0)
        g_array_append_val (doubts, doubt);
    }
  g_array_sort (doubts, compare_doubts);
  return doubts;
}

/* Where every other label is doubted it is the heads that know nothing. */
static void
leave_out (Work *work, const GArray *doubts, guint n_images)
{
  memset (work->left_out, 0, n_images * sizeof *work->left_out);
  for (guint i = 0; i < doubts->len && 2 * doubts->len < work->usable->len; i++)
    work->left_out[g_array_index (doubts, LatheDoubt, i).image] = TRUE;
}

/**
 * lathe_doubts_new:
 *
 * Copies of an image, and images of one group, are in one fold.
 * Errors: LATHE_ERROR_UNSUPPORTED (too many features), LATHE_ERROR_MEMORY, G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full) (element-type LatheDoubt): the furthest from their label first; none where there is but one
 * class, or too few images for folds. The same with the same seed, on any number of threads
 */
GArray *
lathe_doubts_new (LatheDataset *dataset, const LatheKeptFeatures *features, guint64 seed, LathePool *pool,
                  GCancellable *cancellable, GError **error)
{
  g_auto (Work) work = {.dataset = dataset, .pool = pool, .cancellable = cancellable};
  g_autoptr (GArray) doubts = NULL;
  double penalty = penalties[0];

  begin (&work, features, seed);
  if (work.features.n_classes < 2 || work.trials->len < FOLDS)
    return g_array_new (FALSE, FALSE, sizeof (LatheDoubt));
  if (!choose_penalty (&work, &g_array_index (work.trials, LatheTrial, 0), &penalty, error))
    return NULL;
  for (guint round = 0; round < ROUNDS; round++)
    {
      for (guint i = 0; i < work.trials->len; i++)
        if (!answer (&work, &g_array_index (work.trials, LatheTrial, i), penalty, error))
          return NULL;
      g_clear_pointer (&doubts, g_array_unref);
      doubts = judge (&work);
      leave_out (&work, doubts, features->n_images);
    }
  return g_steal_pointer (&doubts);
}
