/* cli-check.h: what is wrong with the images of a dataset.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "cli-edits.h"

G_BEGIN_DECLS

GPtrArray *cli_check (LatheDataset *dataset, GError **error);
/* @dataset: in which they were found */
void cli_json_findings (JsonBuilder *json, LatheDataset *dataset, const GPtrArray *findings,
                        const CliCure cure[LATHE_N_FLAWS]);
void cli_print_findings (LatheDataset *dataset, const GPtrArray *findings, const CliCure cure[LATHE_N_FLAWS]);

G_END_DECLS
