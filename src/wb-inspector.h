/* wb-inspector.h: what can be set on one layer, and what comes of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_INSPECTOR (wb_inspector_get_type ())
G_DECLARE_FINAL_TYPE (WbInspector, wb_inspector, WB, INSPECTOR, AdwBin)

/* Signals: "changed" (const char *property, double value), "kept" (gboolean: the layer goes on with what it learned),
 * "close" (the user is done with it). Property "closable"
 * (gboolean): it lies over something else. */

/* Rows stay as they are, focus included, when the layer is still of the same kind. `node` may be NULL. */
void wb_inspector_show (WbInspector *self, const LatheNode *node, const LatheNodeReport *report, double share);
/* What it computes; of the same layer, by its index. */
void wb_inspector_show_formula (WbInspector *self, const LatheGraph *graph, const LatheGraphReport *report, guint node);
/* Whether the layer that is shown can go on with what it learned, and does. */
void wb_inspector_show_learned (WbInspector *self, gboolean possible, gboolean kept);

G_END_DECLS
