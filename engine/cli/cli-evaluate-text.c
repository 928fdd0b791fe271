/* cli-evaluate-text.c: what "lathe-cli evaluate" found out, for people.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-evaluate.h"

#include <glib/gi18n.h>
#include <math.h>

#define MAX_MATRIX 20 /* classes */
#define HARDLY_CHANCE 0.05
#define SUSPECTS_IN_TEXT 5

static char *
show_value (double value, gboolean is_share)
{
  if (is_share)
    return cli_percent (value);
  return isnan (value) ? g_strdup ("–") : g_strdup_printf ("%.3f", value);
}

static char *
show_interval (LatheInterval interval, gboolean is_share)
{
  if (isnan (interval.low))
    return g_strdup ("–");
  return is_share ? g_strdup_printf ("%.1f – %.1f %%", interval.low * 100, interval.high * 100)
                  : g_strdup_printf ("%.3f – %.3f", interval.low, interval.high);
}

static void
add_score (CliTable *table, const char *title, LatheScore score, gboolean is_share)
{
  cli_table_row (table, g_strdup (title), show_value (score.value, is_share), show_interval (score.interval, is_share));
}

static void
print_scores (const CliEvaluation *found, gboolean full)
{
  static const LatheScoreKind most_important[] = {LATHE_SCORE_ACCURACY, LATHE_SCORE_MACRO_F1, LATHE_SCORE_LOG_LOSS};
  g_autofree char *top = g_strdup_printf (_ ("Among the %u likeliest"), found->k);
  CliTable *table = cli_table_new ("lrr");
  guint n = full ? LATHE_N_SCORES : G_N_ELEMENTS (most_important);

  cli_table_row (table, g_strdup (_ ("Score")), g_strdup (""), g_strdup (_ ("Interval (95 %)")));
  for (guint i = 0; i < n; i++)
    {
      guint kind = full ? i : most_important[i];
      const LatheScoreInfo *info = &lathe_score_infos[kind];

      add_score (table, _ (info->title), found->sheet->scores[kind], info->is_share);
      if (full && kind == LATHE_SCORE_ACCURACY)
        add_score (table, top, found->top, TRUE);
    }
  cli_table_print (table);
  g_print (ngettext ("On %'u image\n", "On %'u images\n", found->sheet->n), found->sheet->n);
}

static void
print_unknown (const CliEvaluation *found)
{
  g_autofree char *names = found->unknown != NULL ? g_strjoinv (", ", found->unknown) : NULL;

  if (names != NULL && *names != '\0')
    g_print (_ ("Left out, as the model does not know them: %s\n"), names);
}

static void
print_temperature (const CliEvaluation *found)
{
  g_autofree char *error = cli_percent (found->mended.ece);

  if (isnan (found->mended.temperature))
    return;
  /* Translators: temperature, log loss, calibration error */
  g_print (_ ("At the best temperature, %.3f, log loss is %.3f and calibration error %s\n"), found->mended.temperature,
           found->mended.log_loss, error);
}

static void
print_classes (const CliEvaluation *found)
{
  CliTable *table = cli_table_new ("lrrrr");

  g_print ("\n");
  cli_table_row (table, g_strdup (_ ("Class")), g_strdup (_ ("Precision")), g_strdup (_ ("Recall")),
                 g_strdup (_ ("F1")), g_strdup (_ ("Images")));
  for (guint i = 0; i < found->sheet->n_classes; i++)
    {
      const LatheClassScores *class = &found->sheet->classes[i];

      cli_table_row (table, g_strdup (found->model->labels[i]), cli_percent (class->precision.value),
                     cli_percent (class->recall.value), cli_percent (class->f1.value), cli_count (class->support));
    }
  cli_table_print (table);
}

/* What each class alone has besides: areas and intervals. */
static void
print_class_details (const CliEvaluation *found)
{
  CliTable *table = cli_table_new ("lrrrrr");

  g_print (_ ("\nOf each class, 95 %% intervals, the area under its ROC curve and its average precision\n"));
  cli_table_row (table, g_strdup (_ ("Class")), g_strdup (_ ("Precision")), g_strdup (_ ("Recall")),
                 g_strdup (_ ("F1")), g_strdup (_ ("ROC area")), g_strdup (_ ("Average precision")));
  for (guint i = 0; i < found->sheet->n_classes; i++)
    {
      const LatheClassScores *class = &found->sheet->classes[i];

      cli_table_row (table, g_strdup (found->model->labels[i]), show_interval (class->precision.interval, TRUE),
                     show_interval (class->recall.interval, TRUE), show_interval (class->f1.interval, TRUE),
                     show_value (class->roc_auc.value, FALSE), show_value (class->average_precision.value, FALSE));
    }
  cli_table_print (table);
}

static void
print_matrix (const LatheModel *model, const LatheMetrics *metrics)
{
  g_autoptr (GString) line = g_string_new (NULL);
  guint width = 4, label_width = 0;

  g_print (_ ("\nConfusion: a row for each true class, a column for what the model said\n"));
  for (guint i = 0; i < metrics->n_classes; i++)
    label_width = MAX (label_width, cli_text_width (model->labels[i]));
  for (guint i = 0; i < metrics->n_classes * metrics->n_classes; i++)
    for (guint digits = 1, n = metrics->confusion[i]; n > 9; n /= 10)
      width = MAX (width, ++digits);
  for (guint i = 0; i < metrics->n_classes; i++)
    {
      g_autofree char *label = cli_display_name (model->labels[i]);

      g_string_truncate (line, 0);
      cli_append_cell (line, label, label_width, FALSE);
      for (guint j = 0; j < metrics->n_classes; j++)
        g_string_append_printf (line, " %*u", width, metrics->confusion[i * metrics->n_classes + j]);
      g_print ("%s\n", line->str);
    }
}

static void
add_suspect (CliTable *table, const CliEvaluation *found, const LatheSuspect *suspect)
{
  const LatheOutcome *outcome = lathe_evaluation_get (found->evaluation, suspect->place);

  cli_table_row (table, cli_evaluation_get_name (found, outcome->image),
                 g_strdup (found->model->labels[outcome->truth]), g_strdup (found->model->labels[suspect->likelier]),
                 /* Translators: how often an image was recognised, of how often it was looked at */
                 suspect->times > 0 ? g_strdup_printf (_ ("%u of %u"), suspect->named, suspect->times) : g_strdup (""));
}

/* Some of them, or all. */
static void
print_suspects (const CliEvaluation *found, gboolean full)
{
  guint n = full ? found->suspects->len : MIN (found->suspects->len, SUSPECTS_IN_TEXT);
  gboolean by_epochs = found->suspected_by != LATHE_SUSPECTED_BY_ANSWERS;
  CliTable *table = cli_table_new ("lllr");

  g_print (ngettext ("\n%'u image may be labelled wrongly\n", "\n%'u images may be labelled wrongly\n",
                     found->suspects->len),
           found->suspects->len);
  cli_table_row (table, g_strdup (_ ("File")), g_strdup (_ ("Label")), g_strdup (_ ("Looks like")),
                 g_strdup (by_epochs ? _ ("Named so in training") : ""));
  for (guint i = 0; i < n; i++)
    add_suspect (table, found, &g_array_index (found->suspects, LatheSuspect, i));
  cli_table_print (table);
  if (n < found->suspects->len)
    g_print (_ ("… and %'u more: --full names them\n"), found->suspects->len - n);
}

static void
print_threshold (const CliEvaluation *found, const LatheThreshold *at)
{
  const CliDecision *decision = &found->decision;
  LatheClassScore score = lathe_threshold_score (at);
  CliTable *table = cli_table_new ("lr");

  cli_table_row (table, g_strdup (_ ("Precision")), cli_percent (score.precision));
  cli_table_row (table, g_strdup (_ ("Recall")), cli_percent (score.recall));
  cli_table_row (table, g_strdup (_ ("F1")), cli_percent (score.f1));
  cli_table_row (table, g_strdup (_ ("False positives")), cli_count (at->false_positives));
  cli_table_row (table, g_strdup (_ ("False negatives")), cli_count (at->false_negatives));
  if (decision->with_costs)
    cli_table_row (table, g_strdup (_ ("Cost of an image")),
                   cli_real (lathe_threshold_cost (at, decision->false_positive, decision->false_negative)));
  cli_table_print (table);
}

static void
print_decision (const CliEvaluation *found)
{
  const CliDecision *decision = &found->decision;
  g_autofree char *label = cli_display_name (found->model->labels[decision->positive]);

  if (decision->at_threshold)
    {
      g_print (_ ("\n“%s” said from a probability of %.6g on\n"), label, decision->at.threshold);
      print_threshold (found, &decision->at);
    }
  if (!decision->with_costs)
    return;
  if (isinf (decision->cheapest.threshold))
    g_print (_ ("\nCheapest: “%s” never said\n"), label);
  else
    g_print (_ ("\nCheapest: “%s” said from a probability of %.6g on\n"), label, decision->cheapest.threshold);
  print_threshold (found, &decision->cheapest);
}

static void
print_comparison (const CliEvaluation *found)
{
  const LatheComparison *comparison = found->comparison;
  g_autofree char *name = cli_display_name (found->other_path);
  CliTable *table = cli_table_new ("lr");

  /* Translators: the other model's file */
  g_print (_ ("\nBeside %s, on the same images\n"), name);
  cli_table_row (table, g_strdup (_ ("Both right")), cli_count (comparison->both_right));
  cli_table_row (table, g_strdup (_ ("Only this one right")), cli_count (comparison->only_first));
  cli_table_row (table, g_strdup (_ ("Only the other one right")), cli_count (comparison->only_second));
  cli_table_row (table, g_strdup (_ ("Both wrong")), cli_count (comparison->both_wrong));
  cli_table_print (table);
  /* Translators: difference in percent, its 95 % interval */
  g_print (_ ("The other one’s accuracy differs by %+.1f points (95 %% interval: %+.1f to %+.1f)\n"),
           comparison->difference * 100, comparison->interval.low * 100, comparison->interval.high * 100);
  g_print (comparison->p_value < HARDLY_CHANCE ? _ ("McNemar’s test: p = %.3g, hardly chance\n")
                                               : _ ("McNemar’s test: p = %.3g, which may be chance\n"),
           comparison->p_value);
}

/**
 * cli_evaluation_print_text:
 * @full: everything, not only what matters most
 */
void
cli_evaluation_print_text (const CliEvaluation *found, gboolean full)
{
  print_scores (found, full);
  print_unknown (found);
  if (full)
    print_temperature (found);
  print_classes (found);
  if (full)
    print_class_details (found);
  if (found->sheet->n_classes <= MAX_MATRIX)
    print_matrix (found->model, found->evaluation->metrics);
  if (found->suspects->len > 0)
    print_suspects (found, full);
  if (found->decision.at_threshold || found->decision.with_costs)
    print_decision (found);
  if (found->comparison != NULL)
    print_comparison (found);
}
