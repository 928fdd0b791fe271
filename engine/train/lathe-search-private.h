/* lathe-search-private.h: what the files of the search share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-search.h"
#include "lathe-trainer-private.h"

G_BEGIN_DECLS

#define LATHE_SEARCH_ETA 3   /* of those that were trained alike, one in so many goes on */
#define LATHE_SEARCH_RUNGS 3 /* at most: after a ninth of the epochs, a third, and all */

/* A candidate, and what has been made for it. */
typedef struct
{
  LatheCandidate *candidate; /* as it stands; replaced whenever it changes */
  LatheTrainer *trainer;     /* NULL: not trained yet, over, or let go of for its memory */
  guint64 held;              /* bytes that the trainer takes */
  guint64 learned;           /* images, in all its epochs */
} LatheEntry;

typedef struct
{
  const LatheSearchJob *job;
  LatheHyperparameters hyperparameters; /* of every candidate */
  LathePreprocess preprocess;           /* measured */
  LatheSearchObserver observer;
  gpointer observer_data;
  GCancellable *cancellable;

  GMutex lock;           /* guards: */
  LatheTrainer *running; /* that is to be stopped when someone cancels; or NULL */

  LatheStore *store;
  LathePool *pool;
  GArray *training; /* (element-type guint32): all images to learn from, in the order in which a share takes them */
  guint n_validation;
  guint rungs[LATHE_SEARCH_RUNGS]; /* epochs, ascending */
  guint n_rungs;

  GPtrArray *entries;               /* (element-type LatheEntry): by id */
  guint n_trained;                  /* candidates that are trained or are about to be */
  guint32 drawn;                    /* networks */
  guint64 held;                     /* bytes of all trainers */
  double bench[LATHE_SEARCH_RUNGS]; /* the first network's accuracy on each rung; NAN: it was not trained */

  LatheSearchState state;
  gint64 begin, end; /* monotonic microseconds; end 0: no time is set */
  double done, all;  /* epochs of candidates: trained, and that are to be, as far as is known */
  gint64 last_report;
} LatheSearch;

/* lathe-search-report.c */
LatheCandidate *lathe_candidate_new (guint id, const LatheCandidate *parent, LatheGraph *graph, const char *change);
LatheCandidate *lathe_entry_change (LatheEntry *entry);
void lathe_candidate_score (LatheCandidate *candidate, double accuracy, guint n);
void lathe_search_say (LatheSearch *search);
void lathe_search_say_when_due (LatheSearch *search);
LatheSearchReport *lathe_search_last_report (LatheSearch *search);

/* lathe-search-train.c */
gboolean lathe_search_is_over (const LatheSearch *search);
void lathe_search_train (LatheSearch *search, LatheEntry *entry, guint rung);
void lathe_search_release (LatheSearch *search, LatheEntry *entry);

/* lathe-search-draw.c */
gboolean lathe_search_admit (LatheSearch *search, LatheEntry *entry);
LatheEntry *lathe_search_add (LatheSearch *search, const LatheCandidate *parent, LatheGraph *graph, const char *change);
LatheEntry *lathe_search_draw (LatheSearch *search);

static inline LatheEntry *
lathe_search_get (const LatheSearch *search, guint id)
{
  return search->entries->pdata[id];
}

G_END_DECLS
