/* cli-search.h: what the files of "lathe-cli search" share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "cli-train.h"

G_BEGIN_DECLS

typedef struct
{
  CliRun run;
  LatheSearchBounds bounds;
  char *folder;        /* where the networks go */
  GPtrArray *said;     /* (element-type LatheCandidate): as it was last told of them, by id */
  gboolean has_header; /* of the lines for people */
} CliSearch;

void cli_search_print_start (const CliSearch *search);
void cli_search_print_report (CliSearch *search, const LatheSearchReport *report);
/* `files` (element-type char): of the networks on the front, in its order */
void cli_search_print_end (const CliSearch *search, const LatheSearchReport *report, const GPtrArray *front,
                           const GPtrArray *files);

G_END_DECLS
