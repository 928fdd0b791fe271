/* wb-grown.h: what came of growing a model on another one: its scores, and whether more images would help.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_GROWN (wb_grown_get_type ())
G_DECLARE_FINAL_TYPE (WbGrown, wb_grown, WB, GROWN, AdwBin)

/* Property: "alone" (gboolean, read-only: of the run that is shown there is no other course to look at). Signal:
 * "failed" (const char *message). */

void wb_grown_set_project (WbGrown *grown, WbProject *project); /* once */
/* What came of this listed run; 0: of the present one. It is hidden where nothing was grown. */
void wb_grown_choose (WbGrown *grown, gint64 run);

G_END_DECLS
