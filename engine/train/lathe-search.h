/* lathe-search.h: networks around one network, tried on the same images.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-dataset.h"
#include "lathe-hyperparameters.h"
#include "model/lathe-graph.h"

G_BEGIN_DECLS

#define LATHE_SEARCH_MAX_MINUTES (7 * 24 * 60)
#define LATHE_SEARCH_MAX_CANDIDATES 10000

typedef enum
{
  LATHE_CANDIDATE_WAITING,
  LATHE_CANDIDATE_TRAINING,
  LATHE_CANDIDATE_STOPPED,   /* early, as others did better in as many epochs */
  LATHE_CANDIDATE_TOO_SLOW,  /* for the milliseconds that an answer may take: not trained */
  LATHE_CANDIDATE_TOO_LARGE, /* for the bytes that a model may take: not trained */
  LATHE_CANDIDATE_FINISHED,  /* trained for all epochs */
  LATHE_CANDIDATE_CUT_OFF,   /* by the end of the search */
  LATHE_CANDIDATE_FAILED,
  LATHE_N_CANDIDATE_STATES
} LatheCandidateState;

extern const char *const lathe_candidate_state_names[];  /* as in files: "too-slow" */
extern const char *const lathe_candidate_state_titles[]; /* N_(as people read them) */

/* A network that is tried. Immutable; reference counted, atomically. */
typedef struct
{
  gatomicrefcount references;
  guint id;          /* in the order of trying; 0: the network that the search began with */
  guint parent;      /* the id of the one that it was made from; of 0: 0 */
  LatheGraph *graph; /* not to be changed */
  char *change;      /* what is another than in its parent, in words */
  guint64 parameters, multiply_adds;
  guint64 bytes;       /* of the weights in a model file */
  double milliseconds; /* that an answer to one image alone takes on this machine, measured; NAN: not measured */
  guint epochs;        /* trained until now */
  guint64 learned;     /* images, in all of these epochs */
  double accuracy;     /* of the best of these epochs, on the validation images; NAN: none yet */
  double low, high;    /* between which it is with 95 % (Wilson 1927) */
  LatheCandidateState state;
  char *reason; /* why it failed, a sentence; else NULL */
} LatheCandidate;

typedef enum
{
  LATHE_SEARCH_PREPARING,
  LATHE_SEARCH_RUNNING,
  LATHE_SEARCH_FINISHED, /* time is over, all candidates are tried, or there is nothing more to try */
  LATHE_SEARCH_STOPPED,  /* by its cancellable */
} LatheSearchState;

/* How a search stands. Immutable; reference counted, atomically. */
typedef struct
{
  gatomicrefcount references;
  LatheSearchState state;
  GPtrArray *candidates; /* (element-type LatheCandidate): by id */
  guint epochs;          /* that those train which are not stopped early; 0: not known yet */
  double elapsed;        /* seconds */
  double seconds_left;   /* NAN while unknown */
  double fraction;       /* of time, or of what there is to train: 0 … 1 */
} LatheSearchReport;

/* What costs there are to hold against accuracy. */
typedef enum
{
  LATHE_SEARCH_BY_MILLISECONDS,
  LATHE_SEARCH_BY_BYTES,
} LatheSearchCost;

/* What bounds a search. 0: nothing does; minutes or candidates have to be given. */
typedef struct
{
  double minutes;
  double max_milliseconds; /* that an answer to one image alone may take on this machine */
  guint64 max_bytes;       /* that the weights may take in a model file */
  guint max_candidates;    /* that are trained, the first one among them */
  guint epochs;            /* that the best train; 0: as time and the hyperparameters' own number allow */
} LatheSearchBounds;

/* What is searched. Nothing of it is owned; it stays as it is for as long as the search goes on. */
typedef struct
{
  LatheDataset *dataset; /* has validation images: only they are scored on, and the test side is never looked at */
  const LatheGraph *graph;
  const LathePreprocess *preprocess;
  const LatheHyperparameters *hyperparameters; /* of every candidate; their seed is the search's, too */
  LatheSearchBounds bounds;
} LatheSearchJob;

/* Called on a thread of the search: some times a second, and at every change of a candidate. (transfer none); keep a
 * reference to use it later. */
typedef void (*LatheSearchObserver) (LatheSearchReport *report, gpointer data);

LatheSearchReport *lathe_search (const LatheSearchJob *job, LatheSearchObserver observer, gpointer observer_data,
                                 GCancellable *cancellable, GError **error);

LatheCandidate *lathe_candidate_ref (LatheCandidate *candidate);
void lathe_candidate_unref (LatheCandidate *candidate);
double lathe_candidate_cost (const LatheCandidate *candidate, LatheSearchCost cost);
gboolean lathe_candidate_is_over (const LatheCandidate *candidate);

LatheSearchReport *lathe_search_report_ref (LatheSearchReport *report);
void lathe_search_report_unref (LatheSearchReport *report);
GPtrArray *lathe_search_report_front (const LatheSearchReport *report, LatheSearchCost cost);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheCandidate, lathe_candidate_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheSearchReport, lathe_search_report_unref)

G_END_DECLS
