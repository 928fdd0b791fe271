/* wb-threshold.c: from which probability on a class is said, and what that costs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-threshold.h"

#define USUAL 0.5

struct _WbThreshold
{
  GObject parent_instance;

  WbAssessment *assessment; /* or NULL */
  int label;                /* -1: all classes */
  GArray *all;              /* (element-type LatheThreshold): of the class; NULL until they are there */
  double value, costs[2];   /* costs: of a false positive, of a false negative */
  LatheThreshold set;
  const LatheThreshold *cheapest; /* in `all` */
  GCancellable *cancellable;      /* of what is being worked out, or NULL */
};

G_DEFINE_FINAL_TYPE (WbThreshold, wb_threshold, G_TYPE_OBJECT)

enum
{
  CLASS_CHANGED,
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* --- Working out --- */

typedef struct
{
  WbAssessment *assessment;
  guint label;
} Ranking;

static void
ranking_free (gpointer data)
{
  Ranking *ranking = data;

  wb_assessment_unref (ranking->assessment);
  g_free (ranking);
}

static gpointer
rank_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Ranking *ranking = data;

  return lathe_thresholds (ranking->assessment->evaluation, ranking->label);
}

static void
work_out (WbThreshold *self)
{
  self->cheapest = NULL;
  if (self->all != NULL)
    {
      self->set = lathe_threshold_at (self->assessment->evaluation, (guint) self->label, self->value);
      self->cheapest = lathe_thresholds_cheapest (self->all, self->costs[0], self->costs[1]);
    }
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_ranked (GObject *owner, gpointer result, const GError *error, gpointer cancellable)
{
  WbThreshold *self = WB_THRESHOLD (owner);

  if (self->cancellable != cancellable || result == NULL)
    {
      g_clear_pointer (&result, g_array_unref);
      return;
    }
  g_clear_object (&self->cancellable);
  self->all = result;
  g_signal_emit (self, signals[CLASS_CHANGED], 0);
  work_out (self);
}

static void
forget (WbThreshold *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->all, g_array_unref);
  self->cheapest = NULL;
}

static void
begin (WbThreshold *self)
{
  Ranking *ranking;

  forget (self);
  if (self->assessment == NULL || self->label < 0)
    {
      g_signal_emit (self, signals[CLASS_CHANGED], 0);
      g_signal_emit (self, signals[CHANGED], 0);
      return;
    }
  ranking = g_new (Ranking, 1);
  *ranking = (Ranking){wb_assessment_ref (self->assessment), (guint) self->label};
  self->cancellable = g_cancellable_new ();
  wb_thread_call (G_OBJECT (self), rank_work, ranking, ranking_free, (GDestroyNotify) g_array_unref, self->cancellable,
                  on_ranked, self->cancellable);
}

/* --- Use --- */

static gboolean
same_labels (const WbAssessment *a, const WbAssessment *b)
{
  return a != NULL && b != NULL && g_strv_equal (wb_assessment_get_labels (a), wb_assessment_get_labels (b));
}

void
wb_threshold_set_assessment (WbThreshold *self, WbAssessment *assessment)
{
  WbAssessment *before;

  g_return_if_fail (WB_IS_THRESHOLD (self));

  before = self->assessment;
  /* Of two classes one curve says all, and it is the second that is said or not. */
  if (!same_labels (before, assessment))
    self->label = assessment != NULL && assessment->evaluation->n_classes == 2 ? 1 : -1;
  self->assessment = assessment != NULL ? wb_assessment_ref (assessment) : NULL;
  g_clear_pointer (&before, wb_assessment_unref);
  begin (self);
}

WbAssessment *
wb_threshold_get_assessment (WbThreshold *self)
{
  g_return_val_if_fail (WB_IS_THRESHOLD (self), NULL);

  return self->assessment;
}

void
wb_threshold_set_class (WbThreshold *self, int label)
{
  g_return_if_fail (WB_IS_THRESHOLD (self));

  if (self->label == label)
    return;
  self->label = label;
  begin (self);
}

int
wb_threshold_get_class (WbThreshold *self)
{
  g_return_val_if_fail (WB_IS_THRESHOLD (self), -1);

  return self->label;
}

GArray *
wb_threshold_get_all (WbThreshold *self)
{
  g_return_val_if_fail (WB_IS_THRESHOLD (self), NULL);

  return self->all;
}

void
wb_threshold_set_value (WbThreshold *self, double value)
{
  g_return_if_fail (WB_IS_THRESHOLD (self));

  if (self->value == value)
    return;
  self->value = value;
  work_out (self);
}

double
wb_threshold_get_value (WbThreshold *self)
{
  g_return_val_if_fail (WB_IS_THRESHOLD (self), 0);

  return self->value;
}

void
wb_threshold_set_costs (WbThreshold *self, double false_positive, double false_negative)
{
  g_return_if_fail (WB_IS_THRESHOLD (self));

  if (self->costs[0] == false_positive && self->costs[1] == false_negative)
    return;
  self->costs[0] = false_positive;
  self->costs[1] = false_negative;
  work_out (self);
}

void
wb_threshold_get_costs (WbThreshold *self, double *false_positive, double *false_negative)
{
  g_return_if_fail (WB_IS_THRESHOLD (self));

  *false_positive = self->costs[0];
  *false_negative = self->costs[1];
}

const LatheThreshold *
wb_threshold_get_set (WbThreshold *self)
{
  g_return_val_if_fail (WB_IS_THRESHOLD (self), NULL);

  return self->all != NULL ? &self->set : NULL;
}

const LatheThreshold *
wb_threshold_get_cheapest (WbThreshold *self)
{
  g_return_val_if_fail (WB_IS_THRESHOLD (self), NULL);

  return self->cheapest;
}

/* --- Life --- */

static void
wb_threshold_dispose (GObject *object)
{
  WbThreshold *self = WB_THRESHOLD (object);

  forget (self);
  g_clear_pointer (&self->assessment, wb_assessment_unref);
  G_OBJECT_CLASS (wb_threshold_parent_class)->dispose (object);
}

static void
wb_threshold_class_init (WbThresholdClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_threshold_dispose;
  signals[CLASS_CHANGED] =
      g_signal_new ("class-changed", WB_TYPE_THRESHOLD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[CHANGED] =
      g_signal_new ("changed", WB_TYPE_THRESHOLD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wb_threshold_init (WbThreshold *self)
{
  self->label = -1;
  self->value = USUAL;
  self->costs[0] = self->costs[1] = 1;
}

WbThreshold *
wb_threshold_new (void)
{
  return g_object_new (WB_TYPE_THRESHOLD, NULL);
}
