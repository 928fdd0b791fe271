/* wb-outcomes.c: the images behind a number: of a cell, a bar, a point.
 *
 * What is the worst is what the model was the surest of, and wrong: the least probability of the truth. Of a threshold
 * it is what is the furthest on the wrong side of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-outcomes.h"

#include <stdlib.h>

/* --- Which they are --- */

typedef struct
{
  double badness;
  guint32 place;
} Found;

static gboolean
is_judged_so (const WbOutcomesQuery *query, gboolean shows, gboolean reaches)
{
  switch (query->kind)
    {
    case WB_OUTCOMES_TRUE_POSITIVES:
      return shows && reaches;
    case WB_OUTCOMES_FALSE_POSITIVES:
      return !shows && reaches;
    case WB_OUTCOMES_FALSE_NEGATIVES:
      return shows && !reaches;
    case WB_OUTCOMES_TRUE_NEGATIVES:
      return !shows && !reaches;
    default:
      return shows != reaches;
    }
}

/* By its probability for one class, as lathe_threshold_at() counts it. */
static gboolean
find_judged (const WbAssessment *assessment, const WbOutcomesQuery *query, guint i, double *badness)
{
  gboolean shows = lathe_evaluation_get (assessment->evaluation, i)->truth == query->truth;
  double p = (double) lathe_evaluation_get_probabilities (assessment->evaluation, i)[query->truth];

  *badness = shows ? -p : p;
  return is_judged_so (query, shows, p >= query->threshold);
}

static gboolean
find (const WbAssessment *assessment, const WbOutcomesQuery *query, GHashTable *images, guint i, double *badness)
{
  const LatheOutcome *outcome = lathe_evaluation_get (assessment->evaluation, i);

  *badness = (double) outcome->loss;
  switch (query->kind)
    {
    case WB_OUTCOMES_MISTAKES:
      return outcome->said != outcome->truth;
    case WB_OUTCOMES_CELL:
      return outcome->truth == query->truth && outcome->said == query->said;
    case WB_OUTCOMES_BIN:
      return assessment->places[i] == query->bin;
    case WB_OUTCOMES_IMAGES:
      return g_hash_table_contains (images, GUINT_TO_POINTER (outcome->image));
    default:
      return find_judged (assessment, query, i, badness);
    }
}

static int
worst_first (gconstpointer a, gconstpointer b)
{
  const Found *x = a, *y = b;

  return x->badness != y->badness ? (x->badness < y->badness ? 1 : -1) : (x->place > y->place) - (x->place < y->place);
}

GArray *
wb_outcomes_find (const WbAssessment *assessment, const WbOutcomesQuery *query)
{
  guint n = lathe_evaluation_get_n (assessment->evaluation), n_found = 0;
  g_autofree Found *found = g_new (Found, MAX (n, 1));
  g_autoptr (GHashTable) images = g_hash_table_new (NULL, NULL);
  GArray *places = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; query->images != NULL && i < query->images->len; i++)
    g_hash_table_add (images, GUINT_TO_POINTER (g_array_index (query->images, guint32, i)));
  for (guint i = 0; i < n; i++)
    {
      Found *next = &found[n_found];

      next->place = i;
      n_found += find (assessment, query, images, i, &next->badness);
    }
  qsort (found, n_found, sizeof *found, worst_first);
  for (guint i = 0; i < n_found; i++)
    g_array_append_val (places, found[i].place);
  return places;
}

/* --- One of them --- */

struct _WbOutcome
{
  GObject parent_instance;
  WbAssessment *assessment;
  guint32 place;
};

G_DEFINE_FINAL_TYPE (WbOutcome, wb_outcome, G_TYPE_OBJECT)

static void
wb_outcome_finalize (GObject *object)
{
  wb_assessment_unref (WB_OUTCOME (object)->assessment);
  G_OBJECT_CLASS (wb_outcome_parent_class)->finalize (object);
}

static void
wb_outcome_class_init (WbOutcomeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_outcome_finalize;
}

static void
wb_outcome_init (WbOutcome *self)
{
}

const LatheOutcome *
wb_outcome_get (WbOutcome *self)
{
  g_return_val_if_fail (WB_IS_OUTCOME (self), NULL);

  return lathe_evaluation_get (self->assessment->evaluation, self->place);
}

const LatheImage *
wb_outcome_get_image (WbOutcome *self)
{
  g_return_val_if_fail (WB_IS_OUTCOME (self), NULL);

  return lathe_dataset_get_image (self->assessment->dataset, wb_outcome_get (self)->image);
}

double
wb_outcome_get_probability (WbOutcome *self, guint label)
{
  g_return_val_if_fail (WB_IS_OUTCOME (self), 0);

  return (double) lathe_evaluation_get_probabilities (self->assessment->evaluation, self->place)[label];
}

WbAssessment *
wb_outcome_get_assessment (WbOutcome *self)
{
  g_return_val_if_fail (WB_IS_OUTCOME (self), NULL);

  return self->assessment;
}

/* --- All of them: each is made when it is asked for --- */

#define WB_TYPE_OUTCOMES (wb_outcomes_get_type ())
G_DECLARE_FINAL_TYPE (WbOutcomes, wb_outcomes, WB, OUTCOMES, GObject)

struct _WbOutcomes
{
  GObject parent_instance;
  WbAssessment *assessment;
  GArray *places; /* (element-type guint32) */
};

static GType
wb_outcomes_get_item_type (GListModel *model)
{
  return WB_TYPE_OUTCOME;
}

static guint
wb_outcomes_get_n_items (GListModel *model)
{
  return WB_OUTCOMES (model)->places->len;
}

static gpointer
wb_outcomes_get_item (GListModel *model, guint position)
{
  WbOutcomes *self = WB_OUTCOMES (model);
  WbOutcome *outcome;

  if (position >= self->places->len)
    return NULL;
  outcome = g_object_new (WB_TYPE_OUTCOME, NULL);
  outcome->assessment = wb_assessment_ref (self->assessment);
  outcome->place = g_array_index (self->places, guint32, position);
  return outcome;
}

static void
list_model_init (GListModelInterface *interface)
{
  interface->get_item_type = wb_outcomes_get_item_type;
  interface->get_n_items = wb_outcomes_get_n_items;
  interface->get_item = wb_outcomes_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (WbOutcomes, wb_outcomes, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
wb_outcomes_finalize (GObject *object)
{
  WbOutcomes *self = WB_OUTCOMES (object);

  wb_assessment_unref (self->assessment);
  g_array_unref (self->places);
  G_OBJECT_CLASS (wb_outcomes_parent_class)->finalize (object);
}

static void
wb_outcomes_class_init (WbOutcomesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_outcomes_finalize;
}

static void
wb_outcomes_init (WbOutcomes *self)
{
}

GListModel *
wb_outcomes_new (WbAssessment *assessment, GArray *places)
{
  WbOutcomes *self = g_object_new (WB_TYPE_OUTCOMES, NULL);

  self->assessment = wb_assessment_ref (assessment);
  self->places = places;
  return G_LIST_MODEL (self);
}
