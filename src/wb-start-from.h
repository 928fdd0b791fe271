/* wb-start-from.h: a popover with networks to start from: what suits the images, what was trained before, a file's, and
 * the known ones.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_START_FROM (wb_start_from_get_type ())
G_DECLARE_FINAL_TYPE (WbStartFrom, wb_start_from, WB, START_FROM, GtkPopover)

/* Signals: "taken" (const char *message): the project has another network, as one step that can be undone; `message`
 * says what was replaced, and is NULL where that was a known network, which is soon chosen again; "failed" (const char
 * *message). */

void wb_start_from_set_project (WbStartFrom *self, WbProject *project); /* once */

/* Takes the network of a network file or a model file, as far as it can be read, and gives an account of what could
 * not. */
void wb_start_from_open (WbStartFrom *self, const char *path);
gboolean wb_start_from_can_open (const char *path); /* by its name */

G_END_DECLS
