/* wb-beginning-choice.h: a popover in which it is chosen what a training begins with.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_BEGINNING_CHOICE (wb_beginning_choice_get_type ())
G_DECLARE_FINAL_TYPE (WbBeginningChoice, wb_beginning_choice, WB, BEGINNING_CHOICE, GtkPopover)

/* Signal: "points-wanted": all starting points are to be shown. */

void wb_beginning_choice_set_project (WbBeginningChoice *choice, WbProject *project); /* once */

const char *wb_beginning_title (const LatheStartingPoint *point); /* as people call it */

G_END_DECLS
