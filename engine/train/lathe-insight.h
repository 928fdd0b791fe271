/* lathe-insight.h: what a network that knows many images tells of those of a dataset, without any training of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-survey.h"
#include "lathe-descriptors.h"

G_BEGIN_DECLS

/* Two images that show the same. */
typedef struct
{
  guint32 first, second; /* indices into the dataset, first < second */
  double similarity;     /* the cosine: -1 … 1 */
} LatheCopies;

typedef struct
{
  guint64 seed;    /* of the folds, by which labels are doubted */
  gboolean doubts; /* whether to look for labels that are wrong: what takes the longest once there are features */
  guint n_threads; /* 0 for as many as the machine has cores; changes no bit */
} LatheInsightOptions;

/* Immutable. */
typedef struct
{
  LatheDataset *dataset;
  LatheTrunk *trunk;
  LatheDescriptors *descriptors;
  guint n_found, n_computed; /* images whose features were kept, or worked out now */
  GArray *copies;            /* (element-type LatheCopies): by their first, then by their second */
  GArray *doubts;            /* (element-type LatheDoubt): none where nobody asked */
  GArray *unlike;            /* (element-type guint32): images that are like none of the others */
  double unknown;            /* the cosine to the fifth nearest image below which one is unlike all of them; NAN: they
                                are too few to say */
} LatheInsight;

/* Of one image, which need not be in the dataset. */
typedef struct
{
  GArray *nearest; /* (element-type LatheNeighbour) */
  double nearness; /* the cosine to the fifth nearest, or to the last there is */
  gboolean known;  /* whether that is as much as of the images themselves; TRUE too where nobody can say */
} LatheLikeness;

LatheInsight *lathe_insight_new (LatheModel *from, LatheDataset *dataset, const LatheInsightOptions *options,
                                 LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable,
                                 GError **error);
LatheInsight *lathe_insight_ref (LatheInsight *insight);
void lathe_insight_unref (LatheInsight *insight);
void lathe_insight_tell (const LatheInsight *insight, LatheSurvey *survey, LatheDataset *dataset);
LatheLikeness *lathe_insight_find_like (const LatheInsight *insight, guint32 image, guint n);
LatheLikeness *lathe_insight_find_like_file (const LatheInsight *insight, const char *path, guint n, GError **error);
void lathe_likeness_free (LatheLikeness *likeness);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheInsight, lathe_insight_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheLikeness, lathe_likeness_free)

G_END_DECLS
