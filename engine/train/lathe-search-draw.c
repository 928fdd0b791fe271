/* lathe-search-draw.c: which networks are tried.
 *
 * A network is one that did well, with a change or two. As in regularised evolution (Real et al. 2019) the one that is
 * changed wins a tournament between two that are drawn at random; here they are drawn from those that no other beats in
 * accuracy for fewer multiply-adds, and the network that the search began with is always among them. Nothing that was
 * measured in milliseconds decides, so that the same seed tries the same networks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "lathe-bench.h"
#include "lathe-search-private.h"
#include "model/lathe-graph-vary.h"

#define TRIES 40 /* networks that are drawn for one that can be tried */
#define MAX_GROWTH                                                                                                     \
  8 /* times the multiply-adds of the first network: larger ones would take the time of many others                    \
     */
#define MOST_CHANGES 2

/* --- Limits --- */

/* Whether a network may be trained; if not, its state says why. Measured it is in any case. */
gboolean
lathe_search_admit (LatheSearch *search, LatheEntry *entry)
{
  const LatheSearchBounds *bounds = &search->job->bounds;
  LatheCandidate *candidate = lathe_entry_change (entry);
  g_autoptr (GError) error = NULL;
  double seconds;

  if (bounds->max_bytes > 0 && candidate->bytes > bounds->max_bytes)
    candidate->state = LATHE_CANDIDATE_TOO_LARGE;
  else if (!lathe_bench_answer (candidate->graph, search->pool, search->cancellable, &seconds, &error))
    {
      gboolean cancelled = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

      candidate->state = cancelled ? LATHE_CANDIDATE_CUT_OFF : LATHE_CANDIDATE_FAILED;
      candidate->reason = cancelled ? NULL : g_strdup (error->message);
    }
  else
    {
      candidate->milliseconds = 1000 * seconds;
      if (bounds->max_milliseconds > 0 && candidate->milliseconds > bounds->max_milliseconds)
        candidate->state = LATHE_CANDIDATE_TOO_SLOW;
    }
  return candidate->state == LATHE_CANDIDATE_WAITING;
}

/**
 * lathe_search_add:
 * @graph: (transfer full)
 */
LatheEntry *
lathe_search_add (LatheSearch *search, const LatheCandidate *parent, LatheGraph *graph, const char *change)
{
  LatheEntry *entry = g_new0 (LatheEntry, 1);

  entry->candidate = lathe_candidate_new (search->entries->len, parent, graph, change);
  g_ptr_array_add (search->entries, entry);
  return entry;
}

/* --- Parents --- */

static gboolean
is_refused (const LatheCandidate *candidate)
{
  return candidate->state == LATHE_CANDIDATE_TOO_SLOW || candidate->state == LATHE_CANDIDATE_TOO_LARGE;
}

/* Of those that were refused, the one nearest to the limits: from there a way may lead to something that is not. */
static const LatheCandidate *
find_least (const LatheSearch *search)
{
  const LatheCandidate *least = lathe_search_get (search, 0)->candidate;

  for (guint i = 1; i < search->entries->len; i++)
    {
      const LatheCandidate *candidate = lathe_search_get (search, i)->candidate;

      if (is_refused (candidate) && candidate->multiply_adds < least->multiply_adds)
        least = candidate;
    }
  return least;
}

static gboolean
is_beaten (const LatheSearch *search, const LatheCandidate *candidate)
{
  for (guint i = 0; i < search->entries->len; i++)
    {
      const LatheCandidate *other = lathe_search_get (search, i)->candidate;

      if (other->state == LATHE_CANDIDATE_FINISHED && other->accuracy > candidate->accuracy &&
          other->multiply_adds <= candidate->multiply_adds)
        return TRUE;
    }
  return FALSE;
}

static guint
draw (const LatheRng *rng, guint32 *drawn, guint bound)
{
  return lathe_rng_below (rng, (*drawn)++, bound);
}

static const LatheCandidate *
pick_parent (const LatheSearch *search, const LatheRng *rng, guint32 *drawn)
{
  g_autoptr (GPtrArray) front = g_ptr_array_new ();
  const LatheCandidate *first, *other;

  for (guint i = 0; i < search->entries->len; i++)
    {
      LatheCandidate *candidate = lathe_search_get (search, i)->candidate;

      if (candidate->state == LATHE_CANDIDATE_FINISHED && (i == 0 || !is_beaten (search, candidate)))
        g_ptr_array_add (front, candidate);
    }
  if (front->len == 0)
    return find_least (search);
  first = front->pdata[draw (rng, drawn, front->len)];
  other = front->pdata[draw (rng, drawn, front->len)];
  return other->accuracy > first->accuracy ? other : first;
}

/* --- Drawing --- */

static gboolean
is_known (const LatheSearch *search, const LatheGraph *graph)
{
  for (guint i = 0; i < search->entries->len; i++)
    if (lathe_graph_same_network (lathe_search_get (search, i)->candidate->graph, graph))
      return TRUE;
  return FALSE;
}

static gboolean
is_too_costly (const LatheSearch *search, const LatheGraph *graph)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);

  return report->multiply_adds > MAX_GROWTH * lathe_search_get (search, 0)->candidate->multiply_adds;
}

/* A change or two. NULL: none was found, or what came out is known, or costs too much. */
static LatheGraph *
vary (LatheSearch *search, const LatheCandidate **parent, char **change)
{
  LatheRng rng = lathe_rng (search->hyperparameters.seed, LATHE_RNG_SEARCH, 0, search->drawn++);
  guint32 drawn = 0;
  g_autoptr (LatheGraph) graph = NULL;
  guint n_changes;

  *parent = pick_parent (search, &rng, &drawn);
  n_changes = 1 + draw (&rng, &drawn, MOST_CHANGES);
  graph = lathe_graph_copy ((*parent)->graph);
  for (guint i = 0; i < n_changes; i++)
    {
      LatheRng of_change = lathe_rng (rng.seed, LATHE_RNG_SEARCH, i + 1, rng.minor);
      g_autofree char *done = NULL, *before = g_steal_pointer (change);
      LatheGraph *next = lathe_graph_vary (graph, &of_change, &done);

      if (next == NULL)
        return NULL;
      lathe_graph_free (graph);
      graph = next;
      /* Translators: two changes of a network */
      *change = before != NULL ? g_strdup_printf (_ ("%s; %s"), before, done) : g_steal_pointer (&done);
    }
  return is_known (search, graph) || is_too_costly (search, graph) ? NULL : g_steal_pointer (&graph);
}

/**
 * lathe_search_draw:
 *
 * Adds networks that are refused, and one that can be trained.
 *
 * Returns: (transfer none) (nullable): the latter; NULL when there is none, or the search is over
 */
LatheEntry *
lathe_search_draw (LatheSearch *search)
{
  for (guint i = 0; i < TRIES && !lathe_search_is_over (search); i++)
    {
      const LatheCandidate *parent;
      g_autofree char *change = NULL;
      LatheGraph *graph = vary (search, &parent, &change);
      LatheEntry *entry;

      if (graph == NULL)
        continue;
      entry = lathe_search_add (search, parent, graph, change);
      if (lathe_search_admit (search, entry))
        return entry;
      lathe_search_say_when_due (search);
    }
  return NULL;
}
