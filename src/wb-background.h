/* wb-background.h: what becomes of a training whose window is closed, and of the computer's sleep meanwhile.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "wb-project.h"

G_BEGIN_DECLS

/* From now on, for as long as the window lives: a training goes on without it, or at the next start, as the person
 * chooses; the computer does not sleep under it unless that is allowed; and its end is told where nobody looks. */
void wb_background_attach (GtkWindow *window, WbProject *project);

/* The actions "app.when-closed" ("ask", "go-on", "stop") and "app.allow-sleep". */
void wb_background_add_actions (GApplication *application);

/* (transfer full) (nullable): what is to be opened at a start, as a training of it was to go on then. */
GFile *wb_background_get_place (void);

G_END_DECLS
