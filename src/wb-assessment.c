/* wb-assessment.c: what an evaluation came to: all that the Evaluate page shows, worked out once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-assessment.h"

#include <string.h>

/* --- What is asked --- */

WbQuestion *
wb_question_new (LatheModel *model, LatheDataset *dataset, const LatheEdits *edits, int split, const char *runs,
                 guint n_threads)
{
  WbQuestion *question = g_new0 (WbQuestion, 1);

  question->model = lathe_model_ref (model);
  question->dataset = lathe_dataset_ref (dataset);
  question->edits = edits != NULL ? lathe_edits_copy (edits) : NULL;
  question->split = split;
  question->runs = g_strdup (runs);
  question->n_threads = n_threads;
  return question;
}

WbQuestion *
wb_question_copy (const WbQuestion *question)
{
  return wb_question_new (question->model, question->dataset, question->edits, question->split, question->runs,
                          question->n_threads);
}

void
wb_question_free (WbQuestion *question)
{
  lathe_model_unref (question->model);
  lathe_dataset_unref (question->dataset);
  g_clear_pointer (&question->edits, lathe_edits_free);
  g_free (question->runs);
  g_free (question);
}

gboolean
wb_question_equal (const WbQuestion *a, const WbQuestion *b)
{
  return a->model == b->model && a->dataset == b->dataset && a->split == b->split &&
         (a->edits == b->edits || (a->edits != NULL && b->edits != NULL && lathe_edits_equal (a->edits, b->edits)));
}

/* --- What is found --- */

static gboolean
find_bins (WbAssessment *assessment, GError **error)
{
  g_autofree LatheBin *bins =
      lathe_calibration_bins (assessment->evaluation, LATHE_BINS_EQUAL_WIDTH, LATHE_CALIBRATION_BINS);

  memcpy (assessment->bins, bins, sizeof assessment->bins);
  assessment->places =
      lathe_calibration_places (assessment->evaluation, LATHE_BINS_EQUAL_WIDTH, LATHE_CALIBRATION_BINS);
  return lathe_temperature_try (assessment->evaluation, &assessment->mended, error);
}

static void
find_suspects (WbAssessment *assessment)
{
  const WbQuestion *question = assessment->question;
  g_autoptr (GArray) dynamics =
      question->runs != NULL ? lathe_dynamics_of_model (question->model, question->runs) : NULL;

  assessment->suspects = lathe_suspects (assessment->evaluation, assessment->dataset, dynamics);
  assessment->suspected_by = lathe_suspicion (assessment->evaluation, assessment->dataset, dynamics);
}

static gboolean
find_scores (WbAssessment *assessment, GCancellable *cancellable, GError **error)
{
  const LatheScoreOptions options = {.n_threads = assessment->question->n_threads};

  assessment->sheet = lathe_score_sheet_new (assessment->evaluation, &options, cancellable, error);
  if (assessment->sheet == NULL)
    return FALSE;
  assessment->k = lathe_score_usual_top (assessment->evaluation->n_classes);
  assessment->top = lathe_score_top (assessment->evaluation, assessment->k);
  find_suspects (assessment);
  assessment->curves = wb_curve_set_new (assessment->evaluation);
  return TRUE;
}

WbAssessment *
wb_assessment_new (const WbQuestion *question, WbProgressRelay *progress, GCancellable *cancellable, GError **error)
{
  g_autoptr (WbAssessment) assessment = g_new0 (WbAssessment, 1);

  g_atomic_ref_count_init (&assessment->references);
  assessment->question = wb_question_copy (question);
  assessment->dataset = question->edits != NULL
                            ? lathe_dataset_edit (question->dataset, question->edits, cancellable, error)
                            : lathe_dataset_ref (question->dataset);
  if (assessment->dataset == NULL)
    return NULL;
  assessment->evaluation = lathe_evaluate_known (
      question->model, assessment->dataset, question->split, question->n_threads,
      progress != NULL ? wb_progress_relay_report : NULL, progress, &assessment->unknown, cancellable, error);
  if (assessment->evaluation == NULL || !find_scores (assessment, cancellable, error) || !find_bins (assessment, error))
    return NULL;
  return g_steal_pointer (&assessment);
}

WbAssessment *
wb_assessment_ref (WbAssessment *assessment)
{
  g_atomic_ref_count_inc (&assessment->references);
  return assessment;
}

static void
assessment_free (WbAssessment *assessment)
{
  wb_question_free (assessment->question);
  g_clear_pointer (&assessment->dataset, lathe_dataset_unref);
  g_clear_pointer (&assessment->evaluation, lathe_evaluation_unref);
  g_clear_pointer (&assessment->sheet, lathe_score_sheet_free);
  g_clear_pointer (&assessment->curves, wb_curve_set_free);
  g_clear_pointer (&assessment->suspects, g_array_unref);
  g_free (assessment->places);
  g_strfreev (assessment->unknown);
  g_free (assessment);
}

static gpointer
drop_work (gpointer assessment, GCancellable *cancellable, GError **error)
{
  assessment_free (assessment);
  return NULL;
}

/* What was said of many images, and a name of each, take a while to be freed. */
void
wb_assessment_unref (WbAssessment *assessment)
{
  if (g_atomic_ref_count_dec (&assessment->references))
    wb_thread_call (NULL, drop_work, assessment, NULL, NULL, NULL, NULL, NULL);
}

const char *const *
wb_assessment_get_labels (const WbAssessment *assessment)
{
  return (const char *const *) assessment->question->model->labels;
}

guint
wb_assessment_count_mistakes (const WbAssessment *assessment)
{
  return assessment->sheet->n - lathe_metrics_count_right (assessment->evaluation->metrics);
}
