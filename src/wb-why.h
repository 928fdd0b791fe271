/* wb-why.h: asks what in an image speaks for a class, and lays the answer over it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-attempt.h"
#include "wb-explainer.h"
#include "wb-heat.h"

G_BEGIN_DECLS

#define WB_TYPE_WHY (wb_why_get_type ())
G_DECLARE_FINAL_TYPE (WbWhy, wb_why, WB, WHY, AdwBin)

/* Property: "active" (gboolean): whether it asks at all. */

void wb_why_set_heat (WbWhy *why, WbHeat *heat); /* not owned: it must live as long */
/* NULL: there is no model. */
void wb_why_set_explainer (WbWhy *why, WbExplainer *explainer);
/* One that the explainer's model has answered, or NULL. What was being asked about another is let go. */
void wb_why_show (WbWhy *why, WbAttempt *attempt);

G_END_DECLS
