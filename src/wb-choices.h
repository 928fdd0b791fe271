/* wb-choices.h: a popover with things to choose from, each with a sentence about it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-choice-list.h"

G_BEGIN_DECLS

#define WB_TYPE_CHOICES (wb_choices_get_type ())
G_DECLARE_FINAL_TYPE (WbChoices, wb_choices, WB, CHOICES, GtkPopover)

/* Signal: "chosen" (const char *id). */

WbChoiceList *wb_choices_get_list (WbChoices *self); /* (transfer none) to add to */
/* Pops up at a place of its parent, with this text in the search. */
void wb_choices_popup_at (WbChoices *self, const GdkRectangle *place, const char *typed);

G_END_DECLS
