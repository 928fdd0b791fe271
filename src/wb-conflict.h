/* wb-conflict.h: says that another window has changed the project, and asks which of the two stays.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_CONFLICT (wb_conflict_get_type ())
G_DECLARE_FINAL_TYPE (WbConflict, wb_conflict, WB, CONFLICT, AdwBin)

void wb_conflict_set_project (WbConflict *conflict, WbProject *project); /* once */

G_END_DECLS
