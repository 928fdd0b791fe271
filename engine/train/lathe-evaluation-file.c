/* lathe-evaluation-file.c: an evaluation as tables, for other programs.
 *
 * Numbers have as many digits as it takes to read the same number again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-evaluation-file.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/lathe-error.h"
#include "formats/lathe-table.h"
#include "lathe-curves.h"

/* --- Predictions --- */

static gboolean
write_predictions (LatheTable *table, const LatheEvaluation *evaluation, LatheDataset *dataset,
                   const char *const *labels, GError **error)
{
  g_string_append (table->text, "file,truth,said");
  for (guint k = 0; k < evaluation->n_classes; k++)
    lathe_table_add_next_text (table, labels[k]);
  if (!lathe_table_end_line (table, error))
    return FALSE;
  for (guint i = 0; i < lathe_evaluation_get_n (evaluation); i++)
    {
      const LatheOutcome *outcome = lathe_evaluation_get (evaluation, i);

      lathe_table_add_text (table, lathe_image_get_name (dataset, lathe_dataset_get_image (dataset, outcome->image)));
      lathe_table_add_next_text (table, labels[outcome->truth]);
      lathe_table_add_next_text (table, labels[outcome->said]);
      for (guint k = 0; k < evaluation->n_classes; k++)
        lathe_table_add_number (table, "%.9g", (double) lathe_evaluation_get_probabilities (evaluation, i)[k]);
      if (!lathe_table_end_line (table, error))
        return FALSE;
    }
  return lathe_table_finish (table, error);
}

/**
 * lathe_evaluation_save_predictions:
 * @labels: n_classes names
 *
 * Writes a line an image: file, truth, said, and then each class's probability under its name. The whole file or none:
 * on failure what stood under the name stands there still.
 * Errors: LATHE_ERROR_IO.
 */
gboolean
lathe_evaluation_save_predictions (const LatheEvaluation *evaluation, LatheDataset *dataset, const char *const *labels,
                                   const char *path, GError **error)
{
  g_auto (LatheTable) table = {0};
  g_autoptr (GError) reason = NULL;

  if (lathe_table_begin (&table, path, &reason) && write_predictions (&table, evaluation, dataset, labels, &reason))
    return TRUE;
  lathe_error_explain (error, reason, _ ("The predictions cannot be saved as “%s”: %s."), path);
  return FALSE;
}

/* --- Curves --- */

static gboolean
write_class (LatheTable *table, const LatheEvaluation *evaluation, guint positive, const char *label, GError **error)
{
  g_autoptr (GArray) thresholds = lathe_thresholds (evaluation, positive);
  g_autoptr (GArray) roc = lathe_roc_curve (thresholds, FALSE);
  g_autoptr (GArray) precision_recall = lathe_precision_recall_curve (thresholds);

  for (guint i = 0; i < thresholds->len; i++)
    {
      const LatheThreshold *at = &g_array_index (thresholds, LatheThreshold, i);

      lathe_table_add_text (table, label);
      lathe_table_add_number (table, "%.9g", at->threshold);
      lathe_table_add_number (table, "%.0f", at->true_positives);
      lathe_table_add_number (table, "%.0f", at->false_positives);
      lathe_table_add_number (table, "%.17g", g_array_index (roc, LatheCurvePoint, i).x);
      lathe_table_add_number (table, "%.17g", g_array_index (precision_recall, LatheCurvePoint, i).x);
      lathe_table_add_number (table, "%.17g", g_array_index (precision_recall, LatheCurvePoint, i).y);
      if (!lathe_table_end_line (table, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_curves (LatheTable *table, const LatheEvaluation *evaluation, const char *const *labels, GError **error)
{
  g_string_append (table->text,
                   "class,threshold,true_positives,false_positives,false_positive_rate,recall,precision\n");
  for (guint k = 0; k < evaluation->n_classes; k++)
    if (!write_class (table, evaluation, k, labels[k], error))
      return FALSE;
  return lathe_table_finish (table, error);
}

/**
 * lathe_evaluation_save_curves:
 * @labels: n_classes names
 *
 * Writes a line for each class and threshold: false positive rate and recall are a point of its ROC curve, recall and
 * precision one of its precision–recall curve. The whole file or none.
 * Errors: LATHE_ERROR_IO.
 */
gboolean
lathe_evaluation_save_curves (const LatheEvaluation *evaluation, const char *const *labels, const char *path,
                              GError **error)
{
  g_auto (LatheTable) table = {0};
  g_autoptr (GError) reason = NULL;

  if (lathe_table_begin (&table, path, &reason) && write_curves (&table, evaluation, labels, &reason))
    return TRUE;
  lathe_error_explain (error, reason, _ ("The curves cannot be saved as “%s”: %s."), path);
  return FALSE;
}
