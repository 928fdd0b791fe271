/* wb-beginning.h: what the next training begins with: a model that knows many images, or nothing; and the other ways.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-beginning-bar.h"

G_BEGIN_DECLS

#define WB_TYPE_BEGINNING (wb_beginning_get_type ())
G_DECLARE_FINAL_TYPE (WbBeginning, wb_beginning, WB, BEGINNING, WbBeginningBar)

/* A file of weights that is dropped anywhere comes here: the starting points are shown, and it is taken. */
void wb_beginning_take (WbBeginning *beginning, const char *path);
void wb_beginning_set_project (WbBeginning *beginning, WbProject *project); /* once */

G_END_DECLS
