/* lathe-evaluation-file.h: an evaluation as tables, for other programs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-dataset.h"
#include "lathe-evaluation.h"

G_BEGIN_DECLS

gboolean lathe_evaluation_save_predictions (const LatheEvaluation *evaluation, LatheDataset *dataset,
                                            const char *const *labels, const char *path, GError **error);
gboolean lathe_evaluation_save_curves (const LatheEvaluation *evaluation, const char *const *labels, const char *path,
                                       GError **error);

G_END_DECLS
