/* wb-reliability.h: how often a model is right, by how sure it was.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"
#include "wb-figure.h"

G_BEGIN_DECLS

#define WB_TYPE_RELIABILITY (wb_reliability_get_type ())
G_DECLARE_FINAL_TYPE (WbReliability, wb_reliability, WB, RELIABILITY, WbFigure)

/* Signal: "picked" (guint bin): a bar was chosen. */

/* @bins: (nullable): LATHE_CALIBRATION_BINS of equal width, which are copied */
void wb_reliability_set (WbReliability *reliability, const LatheBin *bins);

G_END_DECLS
