/* wb-choice-list.h: things to choose from, each with a sentence about it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WB_TYPE_CHOICE_LIST (wb_choice_list_get_type ())
G_DECLARE_FINAL_TYPE (WbChoiceList, wb_choice_list, WB, CHOICE_LIST, GtkBox)

/* Property: "draggable" (gboolean: a choice can be dragged away, as a WB_TYPE_CHOICE).
 * Signals: "chosen" (const char *id), "removed" (const char *id): one of wb_choice_list_add_own() is not wanted any
 * more, "stopped": Escape was pressed in the search. */

/* What is dragged: the id of a choice, as a string. */
#define WB_TYPE_CHOICE (wb_choice_get_type ())
GType wb_choice_get_type (void);

/* Adds a choice. Choices of one `group` (a title; NULL: none) are to be added one after another. */
void wb_choice_list_add (WbChoiceList *self, const char *group, const char *id, const char *title, const char *help);
/* One that a person made, with a button that removes it. Where it is not usable, `help` says why. */
void wb_choice_list_add_own (WbChoiceList *self, const char *group, const char *id, const char *title, const char *help,
                             gboolean usable);
void wb_choice_list_remove_group (WbChoiceList *self, const char *group);
gboolean wb_choice_list_is_empty (WbChoiceList *self);
/* Takes the focus, where the choosing begins; the search with this text in it. */
void wb_choice_list_begin (WbChoiceList *self, const char *typed);

G_END_DECLS
