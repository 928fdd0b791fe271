/* lathe-prune-time.c: a trained network made so much smaller that it answers in a given time.
 *
 * How long a network takes is measured, not worked out: what a layer costs depends on the machine, on its kernels, and
 * on how many channels fit into their vectors. So a share is tried, the smaller network timed, and the share halved in
 * towards the one that is wanted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-prune-time.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/lathe-error.h"
#include "lathe-bench.h"

#define TRIES 12
#define LEAST_STEP 0.004 /* of the share: less changes no layer by a channel */

static gboolean
measure (const LatheModel *model, LathePool *pool, GCancellable *cancellable, double *milliseconds, GError **error)
{
  double seconds;

  if (!lathe_bench_model (model, pool, cancellable, &seconds, error))
    return FALSE;
  *milliseconds = 1000 * seconds;
  return TRUE;
}

/* What is known while the share is looked for. */
typedef struct
{
  const LatheModel *model;
  LathePruning pruning;
  double wanted;         /* milliseconds */
  double low, high;      /* shares: at which it takes too long, and at which it does not, or no more can go */
  double fastest;        /* milliseconds of what was tried */
  LatheModel *best;      /* the slowest that is fast enough; NULL: none yet */
  LathePruneTimes times; /* its */
} Search;

static gboolean
is_near (const Search *s)
{
  return s->best != NULL && s->times.milliseconds >= s->wanted * (1 - LATHE_PRUNE_TOLERANCE);
}

static void
judge (Search *s, LatheModel *candidate, double share, double milliseconds)
{
  s->fastest = MIN (s->fastest, milliseconds);
  if (milliseconds > s->wanted * (1 + LATHE_PRUNE_TOLERANCE))
    {
      s->low = share;
      return;
    }
  s->high = share;
  if (s->best != NULL && milliseconds <= s->times.milliseconds)
    return;
  g_clear_pointer (&s->best, lathe_model_unref);
  s->best = lathe_model_ref (candidate);
  s->times.share = share;
  s->times.milliseconds = milliseconds;
}

/* FALSE: an error, and not just that so much cannot go. */
static gboolean
try_share (Search *s, double share, LathePool *pool, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (LatheModel) candidate = NULL;
  double milliseconds;

  s->pruning.share = share;
  candidate = lathe_prune (s->model, &s->pruning, &reason);
  if (candidate == NULL && g_error_matches (reason, LATHE_ERROR, LATHE_ERROR_INVALID))
    {
      s->high = share;
      return TRUE;
    }
  if (candidate == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  if (!measure (candidate, pool, cancellable, &milliseconds, error))
    return FALSE;
  judge (s, candidate, share, milliseconds);
  return TRUE;
}

static gboolean
refuse (double milliseconds, const char *format, GError **error)
{
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, format, milliseconds);
  return FALSE;
}

static gboolean
look (Search *s, LathePool *pool, GCancellable *cancellable, GError **error)
{
  double share;

  if (!measure (s->model, pool, cancellable, &s->times.milliseconds_before, error))
    return FALSE;
  if (s->times.milliseconds_before <= s->wanted * (1 + LATHE_PRUNE_TOLERANCE))
    return refuse (s->times.milliseconds_before,
                   _ ("On this machine the model takes %.3g milliseconds an image as it is: ask for less time"), error);
  s->fastest = s->times.milliseconds_before;
  share = 1 - s->wanted / s->times.milliseconds_before; /* were time as multiply-adds are */
  for (guint i = 0; i < TRIES && s->high - s->low > LEAST_STEP && !is_near (s); i++)
    {
      if (!try_share (s, share, pool, cancellable, error))
        return FALSE;
      share = (s->low + s->high) / 2;
    }
  return s->best != NULL ||
         refuse (s->fastest,
                 _ ("Made as small as pruning can, the model takes %.3g milliseconds an image on this machine: ask for "
                    "more time, or train a smaller network"),
                 error);
}

/**
 * lathe_prune_to_time:
 * @pruning: all but the share
 * @milliseconds: in which one image is to be answered, on this machine
 * @n_threads: by so many threads; 0: as many as the machine has cores
 * @times: (out): what became of them
 *
 * What is left takes up to LATHE_PRUNE_TOLERANCE longer than that, and no more of it went than that takes; where layers
 * lose several channels at a time it may take less. The share depends on the machine and on what else that does: the
 * same bits come of lathe_prune() with the share that is found.
 * Errors: LATHE_ERROR_INVALID when it is as fast already, or cannot be; as lathe_prune() and lathe_bench_model().
 *
 * Returns: (transfer full): the smaller model
 */
LatheModel *
lathe_prune_to_time (const LatheModel *model, const LathePruning *pruning, double milliseconds, guint n_threads,
                     GCancellable *cancellable, LathePruneTimes *times, GError **error)
{
  g_autoptr (LathePool) pool = lathe_pool_new (n_threads > 0 ? n_threads : lathe_default_threads ());
  Search search = {.model = model, .pruning = *pruning, .wanted = milliseconds, .high = 1};

  if (!look (&search, pool, cancellable, error))
    g_clear_pointer (&search.best, lathe_model_unref);
  *times = search.times;
  return search.best;
}
