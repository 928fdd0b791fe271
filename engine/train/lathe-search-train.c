/* lathe-search-train.c: trains a candidate from one rung to the next.
 *
 * A candidate is trained as anyone would train it: all layers begin anew, with the same seed, images and
 * hyperparameters, on a schedule that is laid out for all epochs. What its parent learned is not handed on: that would
 * favour small changes, and an accuracy would be of a training that no one could repeat. Between two rungs it waits as
 * it is. Where memory for that is short it is let go of, and trained again from the start when it goes on: the same
 * seed gives the same weights.
 *
 * Many images are not all looked at by those that are stopped early: on the last rung but one a third of them are
 * learned from, on the one before a ninth, but never fewer than LEAST_SHARE.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "lathe-memory.h"
#include "lathe-search-private.h"

#define LEAST_SHARE 10000     /* images */
#define MAX_HELD (2ull << 30) /* bytes of trainers that wait */

/* Its time is over, or someone has cancelled it. */
gboolean
lathe_search_is_over (const LatheSearch *search)
{
  return g_cancellable_is_cancelled (search->cancellable) ||
         (search->end > 0 && g_get_monotonic_time () >= search->end);
}

/* Called on this thread, while a trainer runs its epochs. */
static void
on_snapshot (LatheSnapshot *snapshot, gpointer data)
{
  LatheSearch *search = data;

  if (lathe_search_is_over (search))
    lathe_trainer_stop (search->running);
  lathe_search_say_when_due (search);
}

static void
set_running (LatheSearch *search, LatheTrainer *trainer)
{
  g_mutex_lock (&search->lock);
  search->running = trainer;
  g_mutex_unlock (&search->lock);
}

/* How many images a candidate learns from on its way to a rung. */
static guint
count_share (const LatheSearch *search, guint rung)
{
  guint all = search->training->len, share = all;

  for (guint i = rung + 1; i < search->n_rungs; i++)
    share /= LATHE_SEARCH_ETA;
  return MIN (all, MAX (share, LEAST_SHARE));
}

static guint
count_epochs (const LatheTrainer *trainer)
{
  return trainer->finished.list.len;
}

/* From its next epoch on it learns from this rung's share. As the schedule counts, the epochs that are behind it had as
 * many steps as those that come. */
static void
take_share (LatheSearch *search, LatheTrainer *trainer, guint rung)
{
  guint n = count_share (search, rung), batch = trainer->batch.capacity;
  GArray **images = &trainer->images[LATHE_SPLIT_TRAIN];

  g_array_unref (*images);
  *images = lathe_dataset_get_split (search->job->dataset, LATHE_SPLIT_TRAIN);
  if (n < (*images)->len)
    {
      g_array_set_size (*images, 0);
      g_array_append_vals (*images, search->training->data, n);
    }
  trainer->steps = (n + batch - 1) / batch;
  trainer->at.total_steps = (guint64) count_epochs (trainer) * trainer->steps;
  lathe_optimizer_set_end (trainer->optimizer,
                           lathe_optimizer_get_steps (trainer->optimizer) +
                               (guint64) (trainer->hyperparameters.epochs - count_epochs (trainer)) * trainer->steps);
}

static gboolean
make_trainer (LatheSearch *search, LatheEntry *entry, GError **error)
{
  const LatheGraph *graph = entry->candidate->graph;
  LatheMemory memory;

  entry->trainer = lathe_trainer_new (search->job->dataset, graph, &search->preprocess, &search->hyperparameters,
                                      on_snapshot, search, error);
  if (entry->trainer == NULL || !lathe_memory_of_training (graph, &search->hyperparameters, &memory, error))
    return FALSE;
  entry->held = memory.total;
  search->held += entry->held;
  lathe_trainer_lend (entry->trainer, search->store, search->pool);
  set_running (search, entry->trainer);
  return lathe_trainer_prepare (entry->trainer, error);
}

/* Lets go of what was made for it. */
void
lathe_search_release (LatheSearch *search, LatheEntry *entry)
{
  set_running (search, NULL);
  g_clear_pointer (&entry->trainer, lathe_trainer_free);
  search->held -= entry->held;
  entry->held = 0;
}

static double
find_best_accuracy (const LatheTrainer *trainer)
{
  double best = NAN;

  for (guint i = 0; i < trainer->finished.list.len; i++)
    best = fmax (best, g_array_index (&trainer->finished.list, LatheEpoch, i).validation_accuracy);
  return best;
}

/* FALSE: it was stopped, or with an error has failed. */
static gboolean
run_to (LatheSearch *search, LatheEntry *entry, guint rung, GError **error)
{
  if (entry->trainer == NULL && !make_trainer (search, entry, error))
    return FALSE;
  set_running (search, entry->trainer);
  for (guint i = 0; i <= rung; i++)
    {
      if (count_epochs (entry->trainer) < search->rungs[i])
        take_share (search, entry->trainer, i);
      while (count_epochs (entry->trainer) < search->rungs[i])
        {
          if (!lathe_trainer_run_epoch (entry->trainer, error))
            return FALSE;
          if (count_epochs (entry->trainer) <= entry->candidate->epochs)
            continue;
          search->done++;
          entry->learned += entry->trainer->images[LATHE_SPLIT_TRAIN]->len;
        }
    }
  return TRUE;
}

static void
fail (LatheSearch *search, LatheEntry *entry, const char *reason)
{
  LatheCandidate *candidate = lathe_entry_change (entry);

  candidate->state = LATHE_CANDIDATE_FAILED;
  candidate->reason = g_strdup (reason);
  lathe_search_release (search, entry);
}

static void
note_score (LatheSearch *search, LatheEntry *entry, guint rung)
{
  double accuracy = find_best_accuracy (entry->trainer);
  LatheCandidate *candidate;

  if (isnan (accuracy))
    {
      fail (search, entry, _ ("None of the validation images can be read"));
      return;
    }
  candidate = lathe_entry_change (entry);
  candidate->epochs = search->rungs[rung];
  candidate->learned = entry->learned;
  lathe_candidate_score (candidate, accuracy, search->n_validation);
  if (candidate->id == 0)
    search->bench[rung] = candidate->accuracy;
  candidate->state = rung + 1 == search->n_rungs ? LATHE_CANDIDATE_FINISHED : LATHE_CANDIDATE_WAITING;
  if (candidate->state == LATHE_CANDIDATE_FINISHED || search->held > MAX_HELD)
    lathe_search_release (search, entry);
}

/**
 * lathe_search_train:
 * @entry: waits
 *
 * Trains it until it has as many epochs as this rung asks for. It waits again then; or has finished, or failed. When
 * the search is over meanwhile, it is cut off.
 */
void
lathe_search_train (LatheSearch *search, LatheEntry *entry, guint rung)
{
  g_autoptr (GError) error = NULL;

  lathe_entry_change (entry)->state = LATHE_CANDIDATE_TRAINING;
  lathe_search_say (search);
  if (run_to (search, entry, rung, &error))
    note_score (search, entry, rung);
  else if (error != NULL)
    fail (search, entry, error->message);
  else
    {
      lathe_entry_change (entry)->state = LATHE_CANDIDATE_CUT_OFF;
      lathe_search_release (search, entry);
    }
  set_running (search, NULL);
  lathe_search_say (search);
}
