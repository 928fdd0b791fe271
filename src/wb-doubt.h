/* wb-doubt.h: how sure a model must be for its answer to count: a button, and behind it what comes of each threshold.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_DOUBT (wb_doubt_get_type ())
G_DECLARE_FINAL_TYPE (WbDoubt, wb_doubt, WB, DOUBT, AdwBin)

/* Signal: "changed". */

void wb_doubt_set_project (WbDoubt *doubt, WbProject *project); /* once */
/* Asks the validation images what they make of it, where that is not known yet; so does the button when it is seen. */
void wb_doubt_ask (WbDoubt *doubt);
/* Less sure than this it does not know; 0: it always answers. */
double wb_doubt_get_threshold (WbDoubt *doubt);

G_END_DECLS
