/* run.h: a training from its beginning to its end, where its weights matter and not its course.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"

G_BEGIN_DECLS

/* The samples, with such a share to train on and the rest to test with. */
LatheDataset *run_samples (double training);

/* (transfer full): the best epoch's */
LatheModel *run_to_end (LatheDataset *dataset, const LatheGraph *graph, const LathePreprocess *preprocess,
                        const LatheHyperparameters *hyperparameters);
/* The same, beginning with what was learned before. */
LatheModel *run_on (const LatheInheritance *inheritance, LatheDataset *dataset, const LatheGraph *graph,
                    const LathePreprocess *preprocess, const LatheHyperparameters *hyperparameters);

G_END_DECLS
