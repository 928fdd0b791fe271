/* wb-stack-choice.h: which page of a stack is shown: a row of buttons, or a list where there is no room for one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define WB_TYPE_STACK_CHOICE (wb_stack_choice_get_type ())
G_DECLARE_FINAL_TYPE (WbStackChoice, wb_stack_choice, WB, STACK_CHOICE, AdwBin)

/* @label: what is chosen, for those who do not see it. Pages may come and go. */
GtkWidget *wb_stack_choice_new (GtkStack *stack, const char *label);

G_END_DECLS
