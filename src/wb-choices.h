/* wb-choices.h: a popover with things to choose from, each with a sentence about it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WB_TYPE_CHOICES (wb_choices_get_type ())
G_DECLARE_FINAL_TYPE (WbChoices, wb_choices, WB, CHOICES, GtkPopover)

/* Property: "searchable" (gboolean). Signal: "chosen" (const char *id). */

/* Adds a choice. Choices of one `group` (a title; NULL: none) are to be added one after another. */
void wb_choices_add (WbChoices *self, const char *group, const char *id, const char *title, const char *help);

G_END_DECLS
