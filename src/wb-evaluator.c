/* wb-evaluator.c: evaluates in the background, one question at a time.
 *
 * How long it takes is measured, not guessed: it begins, and where the first second says that the whole would take
 * longer than anyone who did not ask should wait, it stops and says so.
 *
 * The intervals of a thousand resamples can take longer than the answers: they come after.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-evaluator.h"

#include "wb-text.h"

#define PROBE 1.0 /* seconds until it is known how long it takes */
#define LONG 10.0 /* seconds that nobody is made to wait for */

struct _WbEvaluator
{
  GObject parent_instance;

  GCancellable *cancellable; /* of the answers, or NULL */
  WbQuestion *asked;         /* that is being answered, or NULL */
  GCancellable *intervals;   /* of the intervals, or NULL */
  WbProgressRelay *relay;
  gboolean patient;
  gint64 began; /* with the first progress; 0 until then */
  guint first, done, total;
};

G_DEFINE_FINAL_TYPE (WbEvaluator, wb_evaluator, G_TYPE_OBJECT)

enum
{
  CHANGED,
  ASSESSED,
  INTERVALS,
  LONG_WAY,
  FAILED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* --- The intervals --- */

static gpointer
refine_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const WbAssessment *assessment = data;
  LatheScoreOptions options = LATHE_SCORE_OPTIONS_DEFAULT;

  options.n_threads = assessment->question->n_threads;
  return lathe_score_sheet_new (assessment->evaluation, &options, cancellable, error);
}

typedef struct
{
  WbAssessment *assessment;
  GCancellable *cancellable;
} Refined;

static void
on_refined (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbEvaluator *self = WB_EVALUATOR (owner);
  g_autofree Refined *refined = data;
  g_autoptr (WbAssessment) assessment = refined->assessment;
  LatheScoreSheet *sheet = result;
  gboolean wanted = self->intervals == refined->cancellable;

  if (wanted)
    g_clear_object (&self->intervals);
  if (wanted && sheet != NULL)
    {
      lathe_score_sheet_free (assessment->sheet);
      assessment->sheet = g_steal_pointer (&sheet);
      g_signal_emit (self, signals[INTERVALS], 0, assessment);
    }
  else if (wanted && error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_signal_emit (self, signals[FAILED], 0, error->message);
  g_clear_pointer (&sheet, lathe_score_sheet_free);
}

static void
refine (WbEvaluator *self, WbAssessment *assessment)
{
  Refined *refined = g_new (Refined, 1);

  self->intervals = g_cancellable_new ();
  *refined = (Refined){wb_assessment_ref (assessment), self->intervals};
  wb_thread_call (G_OBJECT (self), refine_work, wb_assessment_ref (assessment), (GDestroyNotify) wb_assessment_unref,
                  (GDestroyNotify) lathe_score_sheet_free, self->intervals, on_refined, refined);
}

/* --- The answers --- */

typedef struct
{
  WbQuestion *question;
  WbProgressRelay *progress;
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  wb_question_free (work->question);
  wb_progress_relay_unref (work->progress);
  g_free (work);
}

static gpointer
assess_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Work *work = data;

  return wb_assessment_new (work->question, work->progress, cancellable, error);
}

static void
end (WbEvaluator *self)
{
  g_clear_pointer (&self->relay, wb_progress_relay_close);
  g_clear_pointer (&self->asked, wb_question_free);
  g_clear_object (&self->cancellable);
}

/* Seconds that are still to come; negative while that is not known. */
static double
find_left (WbEvaluator *self)
{
  double spent = (double) (g_get_monotonic_time () - self->began) / G_USEC_PER_SEC;

  if (self->began == 0 || self->done <= self->first || spent < PROBE)
    return -1;
  return spent / (self->done - self->first) * (self->total - self->done);
}

static void
on_progress (guint done, guint total, gpointer data)
{
  WbEvaluator *self = data;
  double left;

  if (self->began == 0)
    {
      self->began = g_get_monotonic_time ();
      self->first = done;
    }
  self->done = done;
  self->total = total;
  left = find_left (self);
  if (!self->patient && left > LONG)
    {
      wb_evaluator_stop (self);
      g_signal_emit (self, signals[LONG_WAY], 0, left);
      return;
    }
  self->patient = self->patient || left >= 0;
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_assessed (GObject *owner, gpointer result, const GError *error, gpointer cancellable)
{
  WbEvaluator *self = WB_EVALUATOR (owner);
  g_autoptr (WbAssessment) assessment = result;

  if (self->cancellable != cancellable)
    return;
  end (self);
  g_signal_emit (self, signals[CHANGED], 0);
  if (assessment != NULL)
    {
      refine (self, assessment);
      g_signal_emit (self, signals[ASSESSED], 0, assessment);
    }
  else if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_signal_emit (self, signals[FAILED], 0, error->message);
}

static void
cancel (WbEvaluator *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  if (self->intervals != NULL)
    g_cancellable_cancel (self->intervals);
  g_clear_object (&self->intervals);
  end (self);
}

/* --- Use --- */

void
wb_evaluator_ask (WbEvaluator *self, const WbQuestion *question, gboolean patient)
{
  Work *work = g_new (Work, 1);

  g_return_if_fail (WB_IS_EVALUATOR (self));

  cancel (self);
  self->cancellable = g_cancellable_new ();
  self->asked = wb_question_copy (question);
  self->relay = wb_progress_relay_new (on_progress, self);
  self->patient = patient;
  self->began = 0;
  self->first = self->done = self->total = 0;
  *work = (Work){wb_question_copy (question), wb_progress_relay_ref (self->relay)};
  wb_thread_call (G_OBJECT (self), assess_work, work, work_free, (GDestroyNotify) wb_assessment_unref,
                  self->cancellable, on_assessed, self->cancellable);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
wb_evaluator_follow (WbEvaluator *self, const WbQuestion *question, gboolean answered)
{
  g_return_if_fail (WB_IS_EVALUATOR (self));

  if (self->asked != NULL ? !wb_question_equal (self->asked, question) : !answered)
    wb_evaluator_ask (self, question, FALSE);
}

void
wb_evaluator_stop (WbEvaluator *self)
{
  g_return_if_fail (WB_IS_EVALUATOR (self));

  if (self->cancellable == NULL && self->intervals == NULL)
    return;
  cancel (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

gboolean
wb_evaluator_get_busy (WbEvaluator *self)
{
  g_return_val_if_fail (WB_IS_EVALUATOR (self), FALSE);

  return self->cancellable != NULL;
}

double
wb_evaluator_get_fraction (WbEvaluator *self)
{
  g_return_val_if_fail (WB_IS_EVALUATOR (self), 0);

  return self->total > 0 ? (double) self->done / self->total : 0;
}

char *
wb_evaluator_get_left (WbEvaluator *self)
{
  double left;

  g_return_val_if_fail (WB_IS_EVALUATOR (self), NULL);

  left = find_left (self);
  return left >= 0 ? wb_text_left (left) : g_strdup ("");
}

/* --- Life --- */

static void
wb_evaluator_dispose (GObject *object)
{
  cancel (WB_EVALUATOR (object));
  G_OBJECT_CLASS (wb_evaluator_parent_class)->dispose (object);
}

static void
wb_evaluator_class_init (WbEvaluatorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_evaluator_dispose;
  signals[CHANGED] =
      g_signal_new ("changed", WB_TYPE_EVALUATOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[ASSESSED] = g_signal_new ("assessed", WB_TYPE_EVALUATOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                    1, G_TYPE_POINTER);
  signals[INTERVALS] = g_signal_new ("intervals", WB_TYPE_EVALUATOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[LONG_WAY] =
      g_signal_new ("long", WB_TYPE_EVALUATOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
  signals[FAILED] =
      g_signal_new ("failed", WB_TYPE_EVALUATOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
wb_evaluator_init (WbEvaluator *self)
{
}

WbEvaluator *
wb_evaluator_new (void)
{
  return g_object_new (WB_TYPE_EVALUATOR, NULL);
}
