/* cli-check.h: what is wrong with the images of a dataset.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "cli-edits.h"

G_BEGIN_DECLS

/* What a look at each image of the dataset has found, and what has become of it. */
typedef struct
{
  LatheDataset *dataset;
  GPtrArray *findings; /* (element-type LatheFinding) */
  gboolean *cured;     /* (array length=findings->len) */
  gboolean *kept;      /* (array length=findings->len): before the check */
} CliCheck;

CliCheck *cli_check_new (LatheDataset *dataset, const LatheInsight *insight, GError **error);
void cli_check_free (CliCheck *check);
void cli_json_findings (JsonBuilder *json, const CliCheck *check);
void cli_print_findings (const CliCheck *check, const CliEdits *wanted);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliCheck, cli_check_free)

G_END_DECLS
