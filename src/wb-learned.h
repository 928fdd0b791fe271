/* wb-learned.h: whether the next training goes on from what was learned, and in which layers. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-beginning-bar.h"

G_BEGIN_DECLS

#define WB_TYPE_LEARNED (wb_learned_get_type ())
G_DECLARE_FINAL_TYPE (WbLearned, wb_learned, WB, LEARNED, WbBeginningBar)

G_END_DECLS
