/* wb-cost-chart.h: which layers of a network cost what.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-figure.h"

G_BEGIN_DECLS

#define WB_TYPE_COST_CHART (wb_cost_chart_get_type ())
G_DECLARE_FINAL_TYPE (WbCostChart, wb_cost_chart, WB, COST_CHART, WbFigure)

typedef struct
{
  char *name;               /* of the layer; owned */
  double forward, backward; /* in the chart's unit */
} WbCostBar;

typedef enum
{
  WB_COST_MULTIPLY_ADDS, /* of one image, forward */
  WB_COST_MILLISECONDS,  /* of a batch */
} WbCostUnit;

void wb_cost_bar_clear (gpointer bar); /* a GDestroyNotify for an array of them */

/* `bars` (element-type WbCostBar): in the network's order; a reference is taken. */
void wb_cost_chart_show (WbCostChart *chart, GArray *bars, WbCostUnit unit);

G_END_DECLS
