/* wb-remarks.h: what the course of a training shows, and what helps, as a letter.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_REMARKS (wb_remarks_get_type ())
G_DECLARE_FINAL_TYPE (WbRemarks, wb_remarks, WB, REMARKS, AdwBin)

/* A paragraph each; without any it is not to be seen. (element-type LatheRemark) */
void wb_remarks_show (WbRemarks *self, const GPtrArray *remarks);

G_END_DECLS
