/* wb-watched.h: pictures that a training is asked about after each epoch.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-project.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define WB_TYPE_WATCHED (wb_watched_get_type ())
G_DECLARE_FINAL_TYPE (WbWatched, wb_watched, WB, WATCHED, AdwBin)

/* Signals: "failed" (const char *message), "removed" (const char *message: the project's last change, which can be
 * undone, was to watch a picture no more). */

void wb_watched_set_project (WbWatched *watched, WbProject *project);

G_END_DECLS
