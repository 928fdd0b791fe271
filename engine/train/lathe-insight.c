/* lathe-insight.c: what a network that knows many images tells of those of a dataset, without any training of it.
 *
 *   images ──► trunk, once ──► features, kept ──► rows of length 1 ──► copies; what is like nothing; what is like one
 *                                             └─► heads, in folds  ──► labels that look wrong
 *
 * Two images are copies where they are much nearer to each other than other images are to either: the test by which
 * Lowe 2004, "Distinctive image features from scale-invariant keypoints", section 7.1, tells a match from what is
 * merely alike. In a set of which all images are alike no threshold alone could.
 *
 * What is unlike all others: Sun, Ming, Zhu & Li 2022, "Out-of-distribution detection with deep nearest neighbors",
 * ICML, take the distance to the k-th nearest of features of length 1, and a threshold that 95 % of the known images
 * keep. So a new image is told. Of the images of the dataset themselves that would be one in twenty, always: these have
 * to lie out of Tukey's fence (Exploratory Data Analysis, 1977), one and a half times the interquartile range below the
 * first quartile.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-insight.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "base/lathe-quantile.h"
#include "dataset/lathe-decode.h"
#include "lathe-doubts.h"
#include "lathe-intervals.h"
#include "model/lathe-known.h"

#define NEIGHBOURS LATHE_KNOWN_NEIGHBOURS
#define FENCE 1.5 /* interquartile ranges */

/* Of 4,000 photographs, 8 million pairs, none that were no copies passed both; of copies 0.96 did that were compressed
 * to JPEG's quality 30, all that were mirrored, turned by 5° or cut to 0.9 of their sides, 0.86 cut to 0.8. A threshold
 * alone that lets none pass, 0.88, finds 0.86, 1 and 0.79 of these. */
#define LEAST_ALIKE 0.84
#define MOST_OF_DISTANCE 0.55

static void
insight_clear (gpointer data)
{
  LatheInsight *insight = data;

  g_clear_pointer (&insight->dataset, lathe_dataset_unref);
  g_clear_pointer (&insight->trunk, lathe_trunk_free);
  g_clear_pointer (&insight->descriptors, lathe_descriptors_free);
  g_clear_pointer (&insight->copies, g_array_unref);
  g_clear_pointer (&insight->doubts, g_array_unref);
  g_clear_pointer (&insight->unlike, g_array_unref);
}

LatheInsight *
lathe_insight_ref (LatheInsight *insight)
{
  return g_atomic_rc_box_acquire (insight);
}

void
lathe_insight_unref (LatheInsight *insight)
{
  g_atomic_rc_box_release_full (insight, insight_clear);
}

/* --- What is like nothing --- */

static void
find_unlike (LatheInsight *insight, const double *nearness)
{
  guint n = insight->descriptors->n;
  g_autofree double *sorted = g_memdup2 (nearness, n * sizeof *nearness);
  double first, third;

  insight->unlike = g_array_new (FALSE, FALSE, sizeof (guint32));
  insight->unknown = NAN;
  if (n < LATHE_FEWEST_TO_KNOW)
    return;
  insight->unknown = lathe_known_find_least (sorted, n);
  first = lathe_quantile (sorted, n, 0.25);
  third = lathe_quantile (sorted, n, 0.75);
  for (guint i = 0; i < n; i++)
    if (nearness[i] < first - FENCE * (third - first))
      g_array_append_val (insight->unlike, insight->descriptors->images[i]);
}

/* --- Copies --- */

static int
compare_copies (gconstpointer a, gconstpointer b)
{
  const LatheCopies *x = a, *y = b;

  if (x->first != y->first)
    return x->first < y->first ? -1 : 1;
  return (x->second > y->second) - (x->second < y->second);
}

/* Whether two are much nearer to each other than the last of its neighbours is to either. */
static gboolean
are_copies (double similarity, const double *nearness, guint row, guint other)
{
  double far = 1 - fmax (nearness[row], nearness[other]);

  return similarity >= LEAST_ALIKE && 1 - similarity <= MOST_OF_DISTANCE * far;
}

static GArray *
find_copies (const LatheDescriptors *descriptors, const LatheNeighbour *nearest, guint k, const double *nearness)
{
  GArray *copies = g_array_new (FALSE, FALSE, sizeof (LatheCopies));

  for (guint row = 0; row < descriptors->n; row++)
    for (guint j = 0; j < k; j++)
      {
        LatheNeighbour neighbour = nearest[(gsize) row * k + j];
        LatheCopies pair = {MIN (descriptors->images[row], neighbour.image),
                            MAX (descriptors->images[row], neighbour.image), neighbour.similarity};

        if (neighbour.image != LATHE_NO_IMAGE &&
            are_copies (neighbour.similarity, nearness, row, (guint) descriptors->rows[neighbour.image]))
          g_array_append_val (copies, pair);
      }
  g_array_sort (copies, compare_copies);
  return copies;
}

/* Each is the other's neighbour, as a rule, and then it is there twice. */
static void
drop_repeated (GArray *copies)
{
  guint n = 0;

  for (guint i = 0; i < copies->len; i++)
    if (n == 0 ||
        compare_copies (&g_array_index (copies, LatheCopies, n - 1), &g_array_index (copies, LatheCopies, i)) != 0)
      g_array_index (copies, LatheCopies, n++) = g_array_index (copies, LatheCopies, i);
  g_array_set_size (copies, n);
}

static gboolean
compare (LatheInsight *insight, LathePool *pool, GCancellable *cancellable, GError **error)
{
  const LatheDescriptors *descriptors = insight->descriptors;
  g_autofree LatheNeighbour *nearest =
      lathe_descriptors_find_neighbours (descriptors, NEIGHBOURS, pool, cancellable, error);
  g_autofree double *nearness = g_new (double, descriptors->n);

  if (nearest == NULL)
    return FALSE;
  for (guint i = 0; i < descriptors->n; i++)
    nearness[i] = nearest[(gsize) i * NEIGHBOURS + NEIGHBOURS - 1].similarity;
  insight->copies = find_copies (descriptors, nearest, NEIGHBOURS, nearness);
  drop_repeated (insight->copies);
  find_unlike (insight, nearness);
  return TRUE;
}

/* --- All of it --- */

/**
 * lathe_insight_new:
 * @from: whose last layer is a dense one
 * @progress: (nullable): told of the images whose features have to be worked out
 *
 * Errors: LATHE_ERROR_UNSUPPORTED (the model does not end in a dense layer, or in too large a one), LATHE_ERROR_DATA
 * (no image can be read), LATHE_ERROR_MEMORY, G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): the same with the same seed, images and model, on any number of threads
 */
LatheInsight *
lathe_insight_new (LatheModel *from, LatheDataset *dataset, const LatheInsightOptions *options,
                   LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable, GError **error)
{
  g_autoptr (LatheInsight) insight = g_atomic_rc_box_new0 (LatheInsight);
  g_autoptr (LatheKeptFeatures) kept = NULL;
  g_autoptr (LathePool) pool = NULL;

  insight->dataset = lathe_dataset_ref (dataset);
  insight->trunk = lathe_trunk_new (from, error);
  if (insight->trunk == NULL)
    return NULL;
  kept = lathe_kept_features_new (insight->trunk, dataset, options->n_threads, progress, progress_data, cancellable,
                                  error);
  if (kept == NULL)
    return NULL;
  insight->n_found = kept->n_found;
  insight->n_computed = kept->n_computed;
  insight->descriptors = lathe_descriptors_new (kept, error);
  if (insight->descriptors == NULL)
    return NULL;
  pool = lathe_pool_new (options->n_threads > 0 ? options->n_threads : lathe_default_threads ());
  if (!compare (insight, pool, cancellable, error))
    return NULL;
  insight->doubts = options->doubts ? lathe_doubts_new (dataset, kept, options->seed, pool, cancellable, error)
                                    : g_array_new (FALSE, FALSE, sizeof (LatheDoubt));
  return insight->doubts != NULL ? g_steal_pointer (&insight) : NULL;
}

/* --- For a survey --- */

/* The class of the same name; -1: there is none any more. */
static int
find_class (LatheDataset *dataset, const char *name)
{
  const char *const *classes = lathe_dataset_get_classes (dataset);

  for (guint i = 0; classes[i] != NULL; i++)
    if (g_str_equal (classes[i], name))
      return (int) i;
  return -1;
}

/* As long as the image still has the label that was doubted. */
static void
tell_doubt (const LatheInsight *insight, const LatheDoubt *doubt, LatheSurvey *survey, LatheDataset *dataset,
            guint there)
{
  const char *const *before = lathe_dataset_get_classes (insight->dataset);
  const LatheImage *image = lathe_dataset_get_image (dataset, there);
  guint label = lathe_dataset_get_image (insight->dataset, doubt->image)->label;
  int likelier = find_class (dataset, before[doubt->likelier]);

  if (likelier >= 0 && g_str_equal (lathe_dataset_get_classes (dataset)[image->label], before[label]))
    lathe_survey_tell_doubt (survey, there, (guint) likelier, doubt->probability);
}

/**
 * lathe_insight_tell:
 * @survey: that is to say it among its findings
 * @dataset: of the survey: the one that the insight is of, edited or divided in another way
 */
void
lathe_insight_tell (const LatheInsight *insight, LatheSurvey *survey, LatheDataset *dataset)
{
  g_autofree guint *there = lathe_dataset_find_images (insight->dataset, dataset);

  for (guint i = 0; i < insight->copies->len; i++)
    {
      const LatheCopies *pair = &g_array_index (insight->copies, LatheCopies, i);

      if (there[pair->first] != LATHE_NO_IMAGE && there[pair->second] != LATHE_NO_IMAGE)
        lathe_survey_tell_alike (survey, there[pair->first], there[pair->second]);
    }
  for (guint i = 0; i < insight->doubts->len; i++)
    {
      const LatheDoubt *doubt = &g_array_index (insight->doubts, LatheDoubt, i);

      if (there[doubt->image] != LATHE_NO_IMAGE)
        tell_doubt (insight, doubt, survey, dataset, there[doubt->image]);
    }
  for (guint i = 0; i < insight->unlike->len; i++)
    if (there[g_array_index (insight->unlike, guint32, i)] != LATHE_NO_IMAGE)
      lathe_survey_tell_unlike (survey, there[g_array_index (insight->unlike, guint32, i)]);
}

/* --- What is like one --- */

static LatheLikeness *
find_like (const LatheInsight *insight, const LatheReal *row, guint32 but, guint n)
{
  g_autoptr (GArray) nearest = lathe_descriptors_find_nearest (insight->descriptors, row, but, MAX (n, NEIGHBOURS));
  LatheLikeness *likeness = g_new0 (LatheLikeness, 1);
  guint last = MIN (nearest->len, NEIGHBOURS);

  likeness->nearness = last > 0 ? g_array_index (nearest, LatheNeighbour, last - 1).similarity : -1;
  likeness->known = !(likeness->nearness < insight->unknown);
  g_array_set_size (nearest, MIN (n, nearest->len));
  likeness->nearest = g_steal_pointer (&nearest);
  return likeness;
}

/**
 * lathe_insight_find_like:
 * @image: of the dataset
 * @n: how many at most
 *
 * Returns: (transfer full) (nullable): NULL where the image has no features: it cannot be read
 */
LatheLikeness *
lathe_insight_find_like (const LatheInsight *insight, guint32 image, guint n)
{
  const LatheDescriptors *descriptors = insight->descriptors;

  g_return_val_if_fail (image < descriptors->n_images, NULL);

  return descriptors->rows[image] < 0
             ? NULL
             : find_like (insight, descriptors->values + (gsize) descriptors->rows[image] * descriptors->n_features,
                          image, n);
}

/* What the trunk makes of one image. Errors are a reason. row: (out caller-allocates): n_features */
static gboolean
look_at (const LatheTrunk *trunk, const char *path, LatheReal *row, GError **error)
{
  const LathePreprocess *p = &trunk->model->preprocess;
  g_autofree guint8 *bytes = g_malloc ((gsize) p->width * p->height * p->channels);
  g_autofree float *features = g_new (float, trunk->n_features);
  g_autoptr (LathePool) pool = lathe_pool_new (lathe_default_threads ());
  g_autoptr (LatheNetwork) network = NULL;
  LatheByteTable table;

  if (!lathe_decode_file (path, p, bytes, error) || (network = lathe_trunk_compile (trunk, 1, pool, error)) == NULL)
    return FALSE;
  lathe_preprocess_tabulate (p, table);
  lathe_preprocess_apply (p, table, bytes, 1, lathe_network_get_input (network));
  lathe_network_forward (network, 1, FALSE, 0, 0);
  for (guint i = 0; i < trunk->n_features; i++)
    features[i] = (float) lathe_network_get_logits (network)[i];
  lathe_features_to_row (features, trunk->n_features, row);
  return TRUE;
}

/**
 * lathe_insight_find_like_file:
 * @n: how many at most
 *
 * Errors: LATHE_ERROR_IO, LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED (too large), LATHE_ERROR_MEMORY; the message
 * names the file.
 *
 * Returns: (transfer full)
 */
LatheLikeness *
lathe_insight_find_like_file (const LatheInsight *insight, const char *path, guint n, GError **error)
{
  g_autofree LatheReal *row = g_new (LatheReal, insight->descriptors->n_features);
  g_autoptr (GError) reason = NULL;

  if (look_at (insight->trunk, path, row, &reason))
    return find_like (insight, row, G_MAXUINT32, n);
  lathe_error_explain (error, reason, _ ("“%s” cannot be looked at: %s."), path);
  return NULL;
}

void
lathe_likeness_free (LatheLikeness *likeness)
{
  g_array_unref (likeness->nearest);
  g_free (likeness);
}
