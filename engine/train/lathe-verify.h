/* lathe-verify.h: trains a run anew from its seed, to see whether the same comes of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-runs.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean same;  /* the weights are, to the bit */
  char *weights;  /* SHA-256 of those that came of it now */
  char *why;      /* (nullable): what may be the cause where they are not the same, a sentence */
  guint epochs;   /* that it took */
  double seconds; /* of training */
} LatheVerdict;

void lathe_verdict_clear (LatheVerdict *verdict);

gboolean lathe_runs_verify (LatheRuns *runs, gint64 id, LatheModel *began_with, guint n_threads,
                            LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable,
                            LatheVerdict *verdict, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheVerdict, lathe_verdict_clear)

G_END_DECLS
