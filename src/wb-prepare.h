/* wb-prepare.h: how a dataset is split, and what becomes of an image before the network sees it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_PREPARE (wb_prepare_get_type ())
G_DECLARE_FINAL_TYPE (WbPrepare, wb_prepare, WB, PREPARE, AdwBin)

void wb_prepare_set_project (WbPrepare *prepare, WbProject *project);

G_END_DECLS
