/* wb-layer-chart.h: how the numbers of each layer are distributed, from epoch to epoch.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"
#include "wb-figure.h"

G_BEGIN_DECLS

#define WB_TYPE_LAYER_CHART (wb_layer_chart_get_type ())
G_DECLARE_FINAL_TYPE (WbLayerChart, wb_layer_chart, WB, LAYER_CHART, WbFigure)

/* Property, besides the figure's: "outputs" (gboolean: of what the layers give, and not of their weights). */

/* (element-type LatheLayerLooks): all of one network, in order; references are taken. */
void wb_layer_chart_show (WbLayerChart *chart, const GPtrArray *looks);

G_END_DECLS
