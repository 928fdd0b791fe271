/* wb-window.h: the window: six pages, Start, and what is dropped on it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-application.h"

G_BEGIN_DECLS

#define WB_TYPE_WINDOW (wb_window_get_type ())
G_DECLARE_FINAL_TYPE (WbWindow, wb_window, WB, WINDOW, AdwApplicationWindow)

/* Actions for the pages: "win.toast" (s: a sentence for the user), "win.page" (i: 0 … 5), "win.open-folder",
 * "win.open-archive", "win.open-project", "win.open-sample", "win.save-as", "win.open-recent" (ay: path),
 * "win.open-model" (s: path), "win.run" (start, pause or resume, whichever is next), "win.step", "win.stop",
 * "win.continue-run", "win.discard-run", "win.take-back-run" (of a kept run, see wb-kept-run.h), "win.undo",
 * "win.redo", "win.help". */

WbWindow *wb_window_new (WbApplication *application);

/* A folder or an archive becomes the dataset, a .lathe file the project, a file of a model the model, any other file
 * goes to the Try page. */
void wb_window_open (WbWindow *window, GFile *file);

G_END_DECLS
