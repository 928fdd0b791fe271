/* lathe-export-training.h: hyperparameters, as an export tells of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "formats/lathe-export.h"
#include "lathe-hyperparameters.h"

G_BEGIN_DECLS

LatheExportTraining lathe_export_training (const LatheHyperparameters *values);

G_END_DECLS
