/* wb-take-model.h: a model of a file becomes what the next training goes on from. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-project.h"

G_BEGIN_DECLS

/* Takes it, and tells in a dialog over the widget's window what is kept and what is not, with Undo. */
void wb_take_model (GtkWidget *widget, WbProject *project, LatheModel *model, const char *heading);

G_END_DECLS
