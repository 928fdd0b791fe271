/* wb-formula.h: what a layer computes, set in type.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_FORMULA (wb_formula_get_type ())
G_DECLARE_FINAL_TYPE (WbFormula, wb_formula, WB, FORMULA, AdwBin)

void wb_formula_show (WbFormula *formula, const char *title, const LatheGraph *graph, const LatheGraphReport *report,
                      guint node);

G_END_DECLS
