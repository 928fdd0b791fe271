/* cli-evaluate-json.c: what "lathe-cli evaluate" found out, for programs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-evaluate.h"

#include <math.h>

static void
json_interval (JsonBuilder *json, const char *name, LatheInterval interval)
{
  json_builder_set_member_name (json, name);
  if (!isfinite (interval.low) || !isfinite (interval.high))
    {
      json_builder_add_null_value (json);
      return;
    }
  json_builder_begin_array (json);
  json_builder_add_double_value (json, interval.low);
  json_builder_add_double_value (json, interval.high);
  json_builder_end_array (json);
}

static void
json_begin (JsonBuilder *json, const char *name)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_object (json);
}

static void
json_scores (JsonBuilder *json, const CliEvaluation *found)
{
  const LatheScore *scores = found->sheet->scores;

  cli_json_real (json, "accuracy", scores[LATHE_SCORE_ACCURACY].value);
  cli_json_real (json, "loss", lathe_metrics_loss (found->evaluation->metrics));
  cli_json_real (json, "macro_f1", scores[LATHE_SCORE_MACRO_F1].value);
  cli_json_int (json, "images", found->sheet->n);
  for (guint i = 0; i < LATHE_N_SCORES; i++)
    if (i != LATHE_SCORE_ACCURACY && i != LATHE_SCORE_MACRO_F1)
      cli_json_real (json, lathe_score_infos[i].name, scores[i].value);
  json_begin (json, "top_k");
  cli_json_int (json, "k", found->k);
  cli_json_real (json, "accuracy", found->top.value);
  json_interval (json, "interval", found->top.interval);
  json_builder_end_object (json);
  cli_json_real (json, "temperature", found->mended.temperature);
  cli_json_real (json, "log_loss_at_temperature", found->mended.log_loss);
  cli_json_real (json, "ece_at_temperature", found->mended.ece);
  json_begin (json, "intervals");
  for (guint i = 0; i < LATHE_N_SCORES; i++)
    json_interval (json, lathe_score_infos[i].name, scores[i].interval);
  json_builder_end_object (json);
}

static void
json_class (JsonBuilder *json, const char *name, const LatheClassScores *class)
{
  const LatheScore *scores[] = {&class->precision, &class->recall, &class->f1, &class->roc_auc,
                                &class->average_precision};
  static const char *const names[] = {"precision", "recall", "f1", "roc_auc", "average_precision"};

  json_builder_begin_object (json);
  cli_json_string (json, "name", name);
  for (guint i = 0; i < G_N_ELEMENTS (scores); i++)
    cli_json_real (json, names[i], scores[i]->value);
  cli_json_int (json, "support", class->support);
  json_begin (json, "intervals");
  for (guint i = 0; i < G_N_ELEMENTS (scores); i++)
    json_interval (json, names[i], scores[i]->interval);
  json_builder_end_object (json);
  json_builder_end_object (json);
}

static void
json_confusion (JsonBuilder *json, const LatheMetrics *metrics)
{
  json_builder_set_member_name (json, "confusion");
  json_builder_begin_array (json);
  for (guint i = 0; i < metrics->n_classes; i++)
    {
      json_builder_begin_array (json);
      for (guint j = 0; j < metrics->n_classes; j++)
        json_builder_add_int_value (json, metrics->confusion[(gsize) i * metrics->n_classes + j]);
      json_builder_end_array (json);
    }
  json_builder_end_array (json);
}

static void
json_threshold (JsonBuilder *json, const char *name, const CliEvaluation *found, const LatheThreshold *at)
{
  const CliDecision *decision = &found->decision;
  LatheClassScore score = lathe_threshold_score (at);

  json_begin (json, name);
  cli_json_string (json, "positive", found->model->labels[decision->positive]);
  cli_json_real (json, "threshold", at->threshold);
  cli_json_real (json, "accuracy", lathe_threshold_accuracy (at));
  cli_json_real (json, "precision", score.precision);
  cli_json_real (json, "recall", score.recall);
  cli_json_real (json, "f1", score.f1);
  cli_json_int (json, "true_positives", at->true_positives);
  cli_json_int (json, "false_positives", at->false_positives);
  cli_json_int (json, "false_negatives", at->false_negatives);
  cli_json_int (json, "true_negatives", at->true_negatives);
  if (decision->with_costs)
    cli_json_real (json, "cost", lathe_threshold_cost (at, decision->false_positive, decision->false_negative));
  json_builder_end_object (json);
}

static void
json_disagreement (JsonBuilder *json, const CliEvaluation *found, const LatheDisagreement *at)
{
  const LatheOutcome *outcome = lathe_evaluation_get (found->evaluation, at->first);
  const LatheOutcome *other = lathe_evaluation_get (found->other_evaluation, at->second);
  g_autofree char *file = cli_evaluation_get_name (found, at->image);

  json_builder_begin_object (json);
  cli_json_string (json, "file", file);
  cli_json_string (json, "truth", found->model->labels[outcome->truth]);
  cli_json_string (json, "said", found->model->labels[outcome->said]);
  cli_json_string (json, "other_said", found->other->labels[other->said]);
  json_builder_end_object (json);
}

static void
json_comparison (JsonBuilder *json, const CliEvaluation *found)
{
  const LatheComparison *comparison = found->comparison;
  g_autofree char *name = g_filename_display_name (found->other_path);

  json_begin (json, "comparison");
  cli_json_string (json, "other", name);
  cli_json_int (json, "images", comparison->n);
  cli_json_int (json, "both_right", comparison->both_right);
  cli_json_int (json, "only_this_right", comparison->only_first);
  cli_json_int (json, "only_other_right", comparison->only_second);
  cli_json_int (json, "both_wrong", comparison->both_wrong);
  cli_json_real (json, "difference", comparison->difference);
  json_interval (json, "interval", comparison->interval);
  cli_json_real (json, "p_value", comparison->p_value);
  cli_json_string (json, "test", comparison->exact ? "mcnemar-exact" : "mcnemar-corrected");
  json_builder_set_member_name (json, "disagreements");
  json_builder_begin_array (json);
  for (guint i = 0; i < comparison->disagreements->len; i++)
    json_disagreement (json, found, &g_array_index (comparison->disagreements, LatheDisagreement, i));
  json_builder_end_array (json);
  json_builder_end_object (json);
}

static void
json_suspect (JsonBuilder *json, const CliEvaluation *found, const LatheSuspect *suspect)
{
  const LatheOutcome *outcome = lathe_evaluation_get (found->evaluation, suspect->place);
  g_autofree char *file = cli_evaluation_get_name (found, outcome->image);

  json_builder_begin_object (json);
  cli_json_string (json, "file", file);
  cli_json_string (json, "truth", found->model->labels[outcome->truth]);
  cli_json_string (json, "likelier", found->model->labels[suspect->likelier]);
  cli_json_real (json, "margin", suspect->margin);
  cli_json_int (json, "times", suspect->times);
  cli_json_int (json, "named", suspect->named);
  json_builder_end_object (json);
}

static void
json_suspects (JsonBuilder *json, const CliEvaluation *found)
{
  cli_json_string (json, "suspects_by", lathe_suspicion_names[found->suspected_by]);
  json_builder_set_member_name (json, "suspects");
  json_builder_begin_array (json);
  for (guint i = 0; i < found->suspects->len; i++)
    json_suspect (json, found, &g_array_index (found->suspects, LatheSuspect, i));
  json_builder_end_array (json);
}

static void
json_unknown (JsonBuilder *json, const CliEvaluation *found)
{
  json_builder_set_member_name (json, "unknown_classes");
  json_builder_begin_array (json);
  for (guint i = 0; found->unknown != NULL && found->unknown[i] != NULL; i++)
    json_builder_add_string_value (json, found->unknown[i]);
  json_builder_end_array (json);
}

void
cli_evaluation_print_json (const CliEvaluation *found)
{
  JsonBuilder *json = cli_json_begin (NULL);

  json_scores (json, found);
  json_builder_set_member_name (json, "classes");
  json_builder_begin_array (json);
  for (guint i = 0; i < found->sheet->n_classes; i++)
    json_class (json, found->model->labels[i], &found->sheet->classes[i]);
  json_builder_end_array (json);
  json_confusion (json, found->evaluation->metrics);
  json_unknown (json, found);
  json_suspects (json, found);
  if (found->decision.at_threshold)
    json_threshold (json, "at_threshold", found, &found->decision.at);
  if (found->decision.with_costs)
    json_threshold (json, "cheapest", found, &found->decision.cheapest);
  if (found->comparison != NULL)
    json_comparison (json, found);
  cli_json_end (json);
}
