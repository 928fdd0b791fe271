/* lathe-cure.h: what edits can do about what is wrong with a dataset's images.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-edits.h"
#include "lathe-survey.h"

G_BEGIN_DECLS

gboolean lathe_flaw_is_curable (LatheFlaw flaw);
gboolean lathe_flaw_is_joinable (LatheFlaw flaw);

gboolean lathe_finding_is_joinable (const LatheFinding *finding, LatheDataset *dataset);
void lathe_finding_cure (const LatheFinding *finding, LatheDataset *dataset, LatheEdits *edits);
void lathe_finding_join (const LatheFinding *finding, LatheDataset *dataset, LatheEdits *edits);
void lathe_finding_keep (const LatheFinding *finding, LatheDataset *dataset, LatheEdits *edits, gboolean kept);
gboolean lathe_finding_is_kept (const LatheFinding *finding, LatheDataset *dataset);

G_END_DECLS
