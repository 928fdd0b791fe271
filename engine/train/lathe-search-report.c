/* lathe-search-report.c: candidates, and what a search says of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "lathe-search-private.h"

#define REPORT_INTERVAL (G_USEC_PER_SEC / 5)
#define Z95 1.959963984540054 /* standard deviations on both sides that hold 95 % */

const char *const lathe_candidate_state_names[] = {"waiting",  "training", "stopped", "too-slow", "too-large",
                                                   "finished", "cut-off",  "failed",  NULL};
const char *const lathe_candidate_state_titles[] = {N_ ("waiting"),  N_ ("training"),  N_ ("stopped early"),
                                                    N_ ("too slow"), N_ ("too large"), N_ ("finished"),
                                                    N_ ("cut off"),  N_ ("failed"),    NULL};

/* --- Candidates --- */

/**
 * lathe_candidate_new:
 * @parent: (nullable): NULL: of the first
 * @graph: (transfer full): works
 */
LatheCandidate *
lathe_candidate_new (guint id, const LatheCandidate *parent, LatheGraph *graph, const char *change)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  LatheCandidate *candidate = g_new (LatheCandidate, 1);

  *candidate = (LatheCandidate){
      .id = id,
      .parent = parent != NULL ? parent->id : 0,
      .graph = graph,
      .change = g_strdup (change),
      .parameters = report->parameters,
      .multiply_adds = report->multiply_adds,
      .bytes = report->parameters * sizeof (float),
      .milliseconds = NAN,
      .accuracy = NAN,
      .low = NAN,
      .high = NAN,
  };
  g_atomic_ref_count_init (&candidate->references);
  return candidate;
}

LatheCandidate *
lathe_candidate_ref (LatheCandidate *candidate)
{
  g_atomic_ref_count_inc (&candidate->references);
  return candidate;
}

void
lathe_candidate_unref (LatheCandidate *candidate)
{
  if (!g_atomic_ref_count_dec (&candidate->references))
    return;
  lathe_graph_free (candidate->graph);
  g_free (candidate->change);
  g_free (candidate->reason);
  g_free (candidate);
}

/* What was said of it stays as it was said: from now on there is another, which is returned to be changed. */
LatheCandidate *
lathe_entry_change (LatheEntry *entry)
{
  LatheCandidate *before = entry->candidate, *after = g_new (LatheCandidate, 1);

  *after = *before;
  after->graph = lathe_graph_copy (before->graph);
  after->change = g_strdup (before->change);
  after->reason = g_strdup (before->reason);
  g_atomic_ref_count_init (&after->references);
  lathe_candidate_unref (before);
  return entry->candidate = after;
}

/* Wilson 1927: the interval of a share of n that keeps its promise for few images, too. */
void
lathe_candidate_score (LatheCandidate *candidate, double accuracy, guint n)
{
  double z2 = Z95 * Z95, middle = (accuracy + z2 / (2 * n)) / (1 + z2 / n);
  double half = Z95 / (1 + z2 / n) * sqrt (accuracy * (1 - accuracy) / n + z2 / (4.0 * n * n));

  candidate->accuracy = accuracy;
  candidate->low = MAX (0, middle - half);
  candidate->high = MIN (1, middle + half);
}

double
lathe_candidate_cost (const LatheCandidate *candidate, LatheSearchCost cost)
{
  return cost == LATHE_SEARCH_BY_BYTES ? (double) candidate->bytes : candidate->milliseconds;
}

/* Whether nothing more will become of it. */
gboolean
lathe_candidate_is_over (const LatheCandidate *candidate)
{
  return candidate->state != LATHE_CANDIDATE_WAITING && candidate->state != LATHE_CANDIDATE_TRAINING;
}

/* --- Reports --- */

LatheSearchReport *
lathe_search_report_ref (LatheSearchReport *report)
{
  g_atomic_ref_count_inc (&report->references);
  return report;
}

void
lathe_search_report_unref (LatheSearchReport *report)
{
  if (!g_atomic_ref_count_dec (&report->references))
    return;
  g_ptr_array_unref (report->candidates);
  g_free (report);
}

static int
compare_costs (gconstpointer a, gconstpointer b, gpointer cost)
{
  const LatheCandidate *first = *(LatheCandidate *const *) a, *other = *(LatheCandidate *const *) b;
  double difference =
      lathe_candidate_cost (first, *(LatheSearchCost *) cost) - lathe_candidate_cost (other, *(LatheSearchCost *) cost);

  if (difference != 0)
    return difference < 0 ? -1 : 1;
  if (first->accuracy != other->accuracy)
    return first->accuracy > other->accuracy ? -1 : 1;
  return (int) first->id - (int) other->id;
}

/**
 * lathe_search_report_front:
 *
 * The Pareto front of those that were trained for all epochs: for less of this cost none is as accurate.
 *
 * Returns: (transfer container) (element-type LatheCandidate): by their cost, and by their accuracy; they live as long
 * as the report
 */
GPtrArray *
lathe_search_report_front (const LatheSearchReport *report, LatheSearchCost cost)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  GPtrArray *front = g_ptr_array_new ();

  for (guint i = 0; i < report->candidates->len; i++)
    {
      LatheCandidate *candidate = report->candidates->pdata[i];

      if (candidate->state == LATHE_CANDIDATE_FINISHED && !isnan (lathe_candidate_cost (candidate, cost)))
        g_ptr_array_add (sorted, candidate);
    }
  g_ptr_array_sort_with_data (sorted, compare_costs, &cost);
  for (guint i = 0; i < sorted->len; i++)
    {
      const LatheCandidate *best = front->len > 0 ? front->pdata[front->len - 1] : NULL;

      if (best == NULL || ((LatheCandidate *) sorted->pdata[i])->accuracy > best->accuracy)
        g_ptr_array_add (front, sorted->pdata[i]);
    }
  return front;
}

static LatheSearchReport *
make_report (LatheSearch *search)
{
  LatheSearchReport *report = g_new (LatheSearchReport, 1);
  gint64 now = g_get_monotonic_time ();
  double elapsed = (double) (now - search->begin) / G_USEC_PER_SEC;
  double trained = search->all > 0 ? MIN (search->done / search->all, 1) : 0;
  double left = trained > 0 ? elapsed * (1 - trained) / trained : NAN;
  double timed = search->end > 0 ? (double) (now - search->begin) / (double) (search->end - search->begin) : 0;

  if (search->end > 0)
    left = fmin (left, MAX (0, (double) (search->end - now) / G_USEC_PER_SEC));
  *report = (LatheSearchReport){
      .state = search->state,
      .candidates = g_ptr_array_new_full (search->entries->len, (GDestroyNotify) lathe_candidate_unref),
      .epochs = search->n_rungs > 0 ? search->rungs[search->n_rungs - 1] : 0,
      .elapsed = elapsed,
      .seconds_left = search->state >= LATHE_SEARCH_FINISHED ? 0 : left,
      .fraction = search->state >= LATHE_SEARCH_FINISHED ? 1 : CLAMP (MAX (timed, trained), 0, 1),
  };
  g_atomic_ref_count_init (&report->references);
  for (guint i = 0; i < search->entries->len; i++)
    g_ptr_array_add (report->candidates, lathe_candidate_ref (lathe_search_get (search, i)->candidate));
  return report;
}

void
lathe_search_say (LatheSearch *search)
{
  g_autoptr (LatheSearchReport) report = NULL;

  search->last_report = g_get_monotonic_time ();
  if (search->observer == NULL)
    return;
  report = make_report (search);
  search->observer (report, search->observer_data);
}

void
lathe_search_say_when_due (LatheSearch *search)
{
  if (g_get_monotonic_time () - search->last_report >= REPORT_INTERVAL)
    lathe_search_say (search);
}

/* (transfer full): how it ended */
LatheSearchReport *
lathe_search_last_report (LatheSearch *search)
{
  return make_report (search);
}
