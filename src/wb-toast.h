/* wb-toast.h: a toast that says a whole sentence.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* (transfer full) for a window of that width in pixels */
AdwToast *wb_toast_new (const char *message, int width);
/* With a button that undoes what the message tells of, by an action with its target. */
AdwToast *wb_toast_new_with_undo (const char *message, int width, const char *action);

G_END_DECLS
