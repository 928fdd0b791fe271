/* lathe-search.c: networks around one network, tried on the same images.
 *
 *   the first network ──► all epochs
 *   a bracket:   9 networks ── 1 epoch ──► 3 ── 3 epochs ──► 1 ── 9 epochs ──► finished
 *   a bracket:   9 networks around the best until now …
 *
 * A bracket is one of successive halving (Jamieson & Talwalkar 2016): all are trained a little, the best third goes on,
 * three times as long; the most eager of the brackets of Hyperband (Li et al. 2018). What is as accurate by then as the
 * first network was, for the fewest multiply-adds, goes on too: a network may be better by being as good for less. The
 * first network itself is trained like all others, but never stopped, as it is what they are compared with. Between the
 * brackets the networks evolve: see lathe-search-draw.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/lathe-error.h"
#include "base/lathe-thread.h"
#include "lathe-bench.h"
#include "lathe-search-private.h"

#define NICE 10       /* as a training */
#define BRACKET 9     /* networks at most: ETA², so that one is left on the last rung */
#define BRACKETS 2    /* that there should be time for, for so many epochs to be worth it */
#define BENCH_STEPS 2 /* by which an epoch is estimated */

/* --- Rungs --- */

static void
set_rungs (LatheSearch *search, guint epochs)
{
  guint step = LATHE_SEARCH_ETA * LATHE_SEARCH_ETA;

  search->n_rungs = 0;
  for (guint i = 0; i < LATHE_SEARCH_RUNGS; i++, step /= LATHE_SEARCH_ETA)
    {
      guint rung = (epochs + step - 1) / step;

      if (search->n_rungs == 0 || rung > search->rungs[search->n_rungs - 1])
        search->rungs[search->n_rungs++] = rung;
    }
  search->hyperparameters.epochs = epochs;
  search->hyperparameters.early_stopping = 0;
}

static guint
count_left (guint n)
{
  return (n + LATHE_SEARCH_ETA - 1) / LATHE_SEARCH_ETA;
}

/* The epochs that a bracket of n networks takes in all. */
static double
cost_of_bracket (const LatheSearch *search, guint n)
{
  double epochs = 0;

  for (guint i = 0; i < search->n_rungs; i++, n = count_left (n))
    epochs += n * (double) (search->rungs[i] - (i > 0 ? search->rungs[i - 1] : 0));
  return epochs;
}

static guint
get_epochs (const LatheSearch *search)
{
  return search->rungs[search->n_rungs - 1];
}

/* The seconds that the first network takes for an epoch, as two steps of it tell. */
static gboolean
estimate_epoch (LatheSearch *search, double *seconds, GError **error)
{
  const LatheHyperparameters *h = &search->hyperparameters;
  LatheBenchOptions options = {
      .batch = h->batch, .steps = BENCH_STEPS, .rounds = 1, .n_threads = h->threads, .brief = TRUE};
  g_auto (LatheBench) bench = {0};

  options.batch = MIN (h->batch, search->training->len);
  if (!lathe_bench (search->job->graph, &options, NULL, NULL, search->cancellable, &bench, error))
    return FALSE;
  *seconds = bench.training.seconds / options.batch * search->training->len;
  return TRUE;
}

/* As many as are asked for; or so many that the time that there is holds the first network's and two brackets', but no
 * more than the hyperparameters want. */
static gboolean
choose_epochs (LatheSearch *search, GError **error)
{
  static const guint choices[] = {27, 9, 3};
  const LatheSearchBounds *bounds = &search->job->bounds;
  guint wanted = search->job->hyperparameters->epochs;
  double seconds = 0;

  if (bounds->epochs > 0 || bounds->minutes == 0)
    {
      set_rungs (search, bounds->epochs > 0 ? bounds->epochs : MIN (wanted, choices[1]));
      return TRUE;
    }
  if (!estimate_epoch (search, &seconds, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (choices); i++)
    {
      set_rungs (search, MIN (choices[i], wanted));
      if (seconds * (get_epochs (search) + BRACKETS * cost_of_bracket (search, BRACKET)) <= 60 * bounds->minutes &&
          choices[i] <= MAX (wanted, choices[1]))
        return TRUE;
    }
  set_rungs (search, 1);
  return TRUE;
}

/* --- Brackets --- */

static int
compare_networks (gconstpointer a, gconstpointer b)
{
  const LatheCandidate *first = (*(LatheEntry *const *) a)->candidate, *other = (*(LatheEntry *const *) b)->candidate;

  if (first->accuracy != other->accuracy)
    return first->accuracy > other->accuracy ? -1 : 1;
  if (first->multiply_adds != other->multiply_adds)
    return first->multiply_adds < other->multiply_adds ? -1 : 1;
  return (int) first->id - (int) other->id;
}

/* Of those that would be stopped, the one of the fewest multiply-adds that does as well as the first network did on
 * this rung, for less; NULL: none. */
static LatheEntry *
find_thrifty (const LatheSearch *search, const GPtrArray *bracket, guint n_left, guint rung)
{
  guint64 fewest = lathe_search_get (search, 0)->candidate->multiply_adds;
  LatheEntry *thrifty = NULL;

  for (guint i = n_left; i < bracket->len; i++)
    {
      LatheEntry *entry = bracket->pdata[i];

      if (entry->candidate->accuracy >= search->bench[rung] && entry->candidate->multiply_adds < fewest)
        {
          fewest = entry->candidate->multiply_adds;
          thrifty = entry;
        }
    }
  return thrifty;
}

/* Those that did best stay in the bracket, and the others are stopped. */
static void
halve (LatheSearch *search, GPtrArray *bracket, guint rung)
{
  guint n_left = count_left (bracket->len);
  LatheEntry *thrifty;

  g_ptr_array_sort (bracket, compare_networks);
  thrifty = find_thrifty (search, bracket, n_left, rung);
  for (guint i = n_left; i < bracket->len; i++)
    {
      LatheEntry *entry = bracket->pdata[i];

      if (entry == thrifty)
        continue;
      lathe_entry_change (entry)->state = LATHE_CANDIDATE_STOPPED;
      lathe_search_release (search, entry);
    }
  g_ptr_array_set_size (bracket, (int) MIN (n_left, bracket->len));
  if (thrifty != NULL)
    g_ptr_array_add (bracket, thrifty);
}

/* Takes out of the bracket what has failed or was cut off. */
static void
keep_waiting (GPtrArray *bracket)
{
  for (guint i = bracket->len; i > 0; i--)
    if (((LatheEntry *) bracket->pdata[i - 1])->candidate->state != LATHE_CANDIDATE_WAITING)
      g_ptr_array_remove_index (bracket, i - 1);
}

static void
run_bracket (LatheSearch *search, GPtrArray *bracket)
{
  for (guint rung = 0; rung < search->n_rungs && bracket->len > 0; rung++)
    {
      for (guint i = 0; i < bracket->len && !lathe_search_is_over (search); i++)
        lathe_search_train (search, bracket->pdata[i], rung);
      if (lathe_search_is_over (search))
        return;
      keep_waiting (bracket);
      if (rung + 1 < search->n_rungs)
        halve (search, bracket, rung);
    }
}

/* As many as are left to try, and as there is time for, by what epochs have taken until now. 0: enough. */
static guint
size_bracket (const LatheSearch *search)
{
  guint limit = search->job->bounds.max_candidates;
  guint n = limit > 0 ? MIN (BRACKET, limit - MIN (search->n_trained, limit)) : BRACKET;
  gint64 now = g_get_monotonic_time ();
  double an_epoch = search->done > 0 ? (double) (now - search->begin) / search->done : 0;

  while (search->end > 0 && n > 0 && an_epoch * cost_of_bracket (search, n) > (double) (search->end - now))
    n = n > 1 ? count_left (n) : 0;
  return n;
}

static void
plan (LatheSearch *search, guint n)
{
  guint limit = search->job->bounds.max_candidates;
  guint left = limit > 0 ? limit - MIN (search->n_trained + n, limit) : 0;

  search->all = search->done + cost_of_bracket (search, n) + left * cost_of_bracket (search, BRACKET) / BRACKET;
}

/* FALSE: nothing more is to be tried. */
static gboolean
try_bracket (LatheSearch *search)
{
  g_autoptr (GPtrArray) bracket = g_ptr_array_new ();
  guint n = size_bracket (search), n_drawn;

  plan (search, n);
  while (bracket->len < n)
    {
      LatheEntry *entry = lathe_search_draw (search);

      if (entry == NULL)
        break;
      g_ptr_array_add (bracket, entry);
      search->n_trained++;
    }
  n_drawn = bracket->len;
  run_bracket (search, bracket);
  return n_drawn > 0;
}

/* --- The search --- */

static gboolean
check_job (const LatheSearchJob *job, GError **error)
{
  const LatheSearchBounds *bounds = &job->bounds;
  g_autoptr (LatheTrainer) trainer =
      lathe_trainer_new (job->dataset, job->graph, job->preprocess, job->hyperparameters, NULL, NULL, error);

  if (trainer == NULL)
    return FALSE;
  if (bounds->minutes < 0 || bounds->minutes > LATHE_SEARCH_MAX_MINUTES ||
      bounds->max_candidates > LATHE_SEARCH_MAX_CANDIDATES || bounds->max_milliseconds < 0 ||
      (bounds->minutes == 0 && bounds->max_candidates == 0))
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                 _ ("A search has to end: give it minutes, up to %d, or a number of networks, up to %d"),
                 LATHE_SEARCH_MAX_MINUTES, LATHE_SEARCH_MAX_CANDIDATES);
  else if (lathe_dataset_count (job->dataset, -1, LATHE_SPLIT_VALIDATION) == 0)
    g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_DATA,
                         _ ("Networks are compared by images that they did not learn from, and there are none: give "
                            "the validation side a share of the images"));
  else
    return TRUE;
  return FALSE;
}

static gboolean
go_on (guint done, gpointer data)
{
  lathe_search_say_when_due (data);
  return !lathe_search_is_over (data);
}

/* FALSE without an error: the search is over. */
static gboolean
prepare (LatheSearch *search, GError **error)
{
  const LatheHyperparameters *h = search->job->hyperparameters;
  guint n_threads = h->threads > 0 ? h->threads : lathe_default_threads ();
  LatheRng rng = lathe_rng (h->seed, LATHE_RNG_SEARCH, 0, G_MAXUINT32);

  search->pool = lathe_pool_new (n_threads);
  search->store = lathe_store_new (search->job->dataset, &search->preprocess, n_threads, 0);
  search->training = lathe_dataset_get_split (search->job->dataset, LATHE_SPLIT_TRAIN);
  search->n_validation = lathe_dataset_count (search->job->dataset, -1, LATHE_SPLIT_VALIDATION);
  lathe_rng_shuffle (&rng, (guint32 *) search->training->data, search->training->len);
  if (search->preprocess.measured && !lathe_store_measure (search->store, (const guint32 *) search->training->data,
                                                           search->training->len, &search->preprocess, go_on, search))
    return FALSE;
  search->preprocess.measured = FALSE;
  return choose_epochs (search, error);
}

static void
try_first (LatheSearch *search)
{
  LatheEntry *first =
      lathe_search_add (search, NULL, lathe_graph_copy (search->job->graph), _ ("the network as it is"));

  search->all = get_epochs (search);
  if (!lathe_search_admit (search, first))
    return;
  search->n_trained++;
  for (guint rung = 0; rung < search->n_rungs && first->candidate->state == LATHE_CANDIDATE_WAITING; rung++)
    lathe_search_train (search, first, rung);
}

static void
cut_off (LatheSearch *search)
{
  for (guint i = 0; i < search->entries->len; i++)
    {
      LatheEntry *entry = lathe_search_get (search, i);

      if (!lathe_candidate_is_over (entry->candidate))
        lathe_entry_change (entry)->state = LATHE_CANDIDATE_CUT_OFF;
      lathe_search_release (search, entry);
    }
}

static void
run (LatheSearch *search, GError **error)
{
  if (prepare (search, error))
    {
      search->state = LATHE_SEARCH_RUNNING;
      try_first (search);
      while (!lathe_search_is_over (search) && try_bracket (search))
        ;
    }
  else if (*error != NULL)
    return;
  cut_off (search);
  search->state = g_cancellable_is_cancelled (search->cancellable) ? LATHE_SEARCH_STOPPED : LATHE_SEARCH_FINISHED;
  lathe_search_say (search);
}

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  LatheSearch *search = data;

  g_mutex_lock (&search->lock);
  if (search->running != NULL)
    lathe_trainer_stop (search->running);
  g_mutex_unlock (&search->lock);
}

static void
entry_free (gpointer data)
{
  LatheEntry *entry = data;

  g_clear_pointer (&entry->trainer, lathe_trainer_free);
  lathe_candidate_unref (entry->candidate);
  g_free (entry);
}

static void
search_clear (LatheSearch *search)
{
  g_clear_pointer (&search->entries, g_ptr_array_unref);
  g_clear_pointer (&search->store, lathe_store_free);
  g_clear_pointer (&search->pool, lathe_pool_free);
  g_clear_pointer (&search->training, g_array_unref);
  g_mutex_clear (&search->lock);
}

typedef struct
{
  LatheSearch search;
  GError *error;
} Run;

/* At a lower priority, which a thread that was lent to us would never be rid of again. */
static gpointer
search_main (gpointer data)
{
  Run *whole = data;

  setpriority (PRIO_PROCESS, (id_t) syscall (SYS_gettid), NICE);
  run (&whole->search, &whole->error);
  return NULL;
}

/**
 * lathe_search:
 * @job: the graph's input must be what `preprocess` makes and its outputs must fit the dataset's classes
 * @observer: (nullable)
 *
 * Tries networks around a network until a bound is reached, or someone cancels: then it ends with what there is. Does
 * not return before that. With a number of candidates as the bound and neither minutes nor milliseconds, the same seed
 * gives the same candidates with the same accuracies, on any number of threads.
 *
 * Returns: (transfer full): how it ended
 * Errors: those of lathe_trainer_new() for the network itself; LATHE_ERROR_INVALID (bounds), LATHE_ERROR_DATA (no
 * validation images), G_IO_ERROR_CANCELLED before the first network was tried.
 */
LatheSearchReport *
lathe_search (const LatheSearchJob *job, LatheSearchObserver observer, gpointer observer_data,
              GCancellable *cancellable, GError **error)
{
  Run whole = {.search = {
                   .job = job,
                   .hyperparameters = *job->hyperparameters,
                   .preprocess = *job->preprocess,
                   .observer = observer,
                   .observer_data = observer_data,
                   .cancellable = cancellable,
                   .bench = {NAN, NAN, NAN},
                   .begin = g_get_monotonic_time (),
               }};
  LatheSearch *search = &whole.search;
  LatheSearchReport *report = NULL;
  gulong handler = 0;

  if (!check_job (job, error))
    return NULL;
  if (job->bounds.minutes > 0)
    search->end = search->begin + (gint64) (job->bounds.minutes * 60 * G_USEC_PER_SEC);
  g_mutex_init (&search->lock);
  search->entries = g_ptr_array_new_with_free_func (entry_free);
  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), search, NULL);
  g_thread_join (lathe_thread_new ("lathe-search", search_main, &whole));
  g_cancellable_disconnect (cancellable, handler);
  if (whole.error != NULL)
    g_propagate_error (error, whole.error);
  else
    report = lathe_search_last_report (search);
  search_clear (search);
  return report;
}
