/* lathe-transfer-curve.c: how the accuracy grows with the number of images, and whether more would help.
 *
 * The trials by which the penalty was chosen, again, with half of the images to learn from, a quarter, and so on: in
 * each the same share of every class, and each within the next larger one. What is penalised is one set of weights
 * beside n images, so the penalty of fewer images is as much larger.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "lathe-transfer-private.h"

#define MOST_POINTS 8
#define FEWEST_IMAGES 8  /* and two a class */
#define SIGNIFICANT 0.05 /* what chance alone does in so many cases */

/* Of one point, while it is worked out. */
typedef struct
{
  LatheMetrics *metrics;
  gboolean *right; /* each image that was held back, in the order of the trials */
  guint n_right;
  guint n_learned; /* in all trials */
} Point;

static GArray *
take_share (const LatheTrials *trials, const LatheTrial *trial, double share)
{
  GArray *some = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < trial->learned->len; i++)
    {
      guint32 image = g_array_index (trial->learned, guint32, i);

      if (trials->places[image] < share)
        g_array_append_val (some, image);
    }
  return some;
}

static gboolean
try_share (Point *point, const LatheTrials *trials, const LatheTrial *trial, double share, double l2,
           const LatheLabelledFeatures *features, LathePool *pool, GError **error)
{
  g_autoptr (GArray) some = take_share (trials, trial, share);
  g_autoptr (LatheHeadFitter) fitter = NULL;
  g_autoptr (LatheHead) head = NULL;

  if (some->len > 0)
    {
      fitter = lathe_head_fitter_new (features, some, pool, error);
      if (fitter == NULL)
        return FALSE;
      head = lathe_head_fitter_run (fitter, l2 * trial->learned->len / some->len);
      lathe_head_fitter_score (fitter, head, trial->held, point->metrics, point->right + point->n_right);
    }
  point->n_right += trial->held->len;
  point->n_learned += some->len;
  return TRUE;
}

/* Whether more images are right than were, of those of which one of both is right, by more than chance: McNemar 1947.
 */
static gboolean
has_risen (const gboolean *before, const gboolean *after, guint n)
{
  guint won = 0, lost = 0;
  double chance = 0;

  for (guint i = 0; i < n; i++)
    {
      won += after[i] && !before[i];
      lost += before[i] && !after[i];
    }
  for (guint k = won; k <= won + lost; k++)
    chance += exp (lgamma (won + lost + 1.) - lgamma (k + 1.) - lgamma (won + lost - k + 1.) - (won + lost) * G_LN2);
  return chance < SIGNIFICANT;
}

static guint
count_points (const LatheTrials *trials, guint n_classes)
{
  guint least = MAX (FEWEST_IMAGES, 2 * n_classes), n = 1;

  while (n < MOST_POINTS && (trials->all->len >> n) >= least)
    n++;
  return n;
}

/**
 * lathe_transfer_draw_curve:
 * @transfer: gets its curve, and whether that is rising
 *
 * Errors: LATHE_ERROR_MEMORY; G_IO_ERROR_CANCELLED.
 */
gboolean
lathe_transfer_draw_curve (LatheTransfer *transfer, const LatheTrials *trials, const LatheLabelledFeatures *features,
                           LathePool *pool, GCancellable *cancellable, GError **error)
{
  guint n_points = count_points (trials, features->n_classes), n_trials = trials->trials->len, n_held = 0;
  g_autofree gboolean *before = NULL;

  for (guint i = 0; i < n_trials; i++)
    n_held += g_array_index (trials->trials, LatheTrial, i).held->len;
  transfer->curve = g_array_new (FALSE, FALSE, sizeof (LatheTransferPoint));
  for (guint k = n_points; n_trials > 0 && k-- > 0;)
    {
      g_autoptr (LatheMetrics) metrics = lathe_metrics_new (features->n_classes);
      g_autofree gboolean *right = g_new0 (gboolean, n_held);
      Point point = {metrics, right, 0, 0};
      LatheTransferPoint result;

      for (guint i = 0; i < n_trials; i++)
        if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
            !try_share (&point, trials, &g_array_index (trials->trials, LatheTrial, i), ldexp (1, -(int) k),
                        transfer->l2, features, pool, error))
          return FALSE;
      result = (LatheTransferPoint){point.n_learned / n_trials, lathe_transfer_score (metrics)};
      g_array_append_val (transfer->curve, result);
      transfer->rising = before != NULL && has_risen (before, right, n_held);
      g_free (before);
      before = g_steal_pointer (&right);
    }
  return TRUE;
}
