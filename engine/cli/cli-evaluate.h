/* cli-evaluate.h: what "lathe-cli evaluate" found out, between the file that works it out and those that print it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "cli.h"

G_BEGIN_DECLS

/* One class against the rest, where that was asked for. */
typedef struct
{
  gboolean at_threshold, with_costs; /* what was asked for */
  double false_positive, false_negative;
  guint positive;          /* the class */
  LatheThreshold at;       /* the threshold that was given */
  LatheThreshold cheapest; /* that of the least cost */
} CliDecision;

typedef struct
{
  LatheModel *model, *other; /* the other one is that of --compare, or NULL */
  const char *other_path;
  LatheDataset *dataset;
  LatheEvaluation *evaluation, *other_evaluation;
  LatheScoreSheet *sheet;
  guint k;
  LatheScore top;
  LatheMended mended;
  char **unknown; /* classes of the source that were left out; or NULL */
  CliDecision decision;
  GArray *suspects; /* (element-type LatheSuspect) */
  LatheSuspicion suspected_by;
  LatheComparison *comparison;
} CliEvaluation;

char *cli_evaluation_get_name (const CliEvaluation *found, guint image); /* to be shown. (transfer full) */
void cli_evaluation_print_json (const CliEvaluation *found);
void cli_evaluation_print_text (const CliEvaluation *found, gboolean full);

G_END_DECLS
