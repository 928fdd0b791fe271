/* wb-formulas.h: what every layer of a network computes, in a window of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_FORMULAS (wb_formulas_get_type ())
G_DECLARE_FINAL_TYPE (WbFormulas, wb_formulas, WB, FORMULAS, AdwWindow)

/* Of the network as it is now. */
void wb_formulas_present (GtkWidget *parent, const LatheGraph *graph);

G_END_DECLS
