/* wb-block-actions.h: a selection is kept as a block, a block is removed, and both can be undone.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-canvas.h"

G_BEGIN_DECLS

/* "win.remove-block" and "win.put-back-block", each with the block's name. They tell by "win.toast". */
void wb_block_actions_install (GtkWidgetClass *window_class);
/* "block.save", of what is selected on a canvas, for what is around it. */
void wb_block_actions_add (GtkWidget *around, WbCanvas *canvas);

G_END_DECLS
