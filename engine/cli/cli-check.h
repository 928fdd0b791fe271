/* cli-check.h: what is wrong with the images of a dataset.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "cli.h"

G_BEGIN_DECLS

GPtrArray *cli_check (LatheDataset *dataset, GError **error);
void cli_json_findings (JsonBuilder *json, LatheDataset *dataset, const GPtrArray *findings);
void cli_print_findings (LatheDataset *dataset, const GPtrArray *findings);

G_END_DECLS
