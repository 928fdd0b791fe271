/* wb-advice.h: a sentence about what was set, and a button that sets what would be better.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WB_TYPE_ADVICE (wb_advice_get_type ())
G_DECLARE_FINAL_TYPE (WbAdvice, wb_advice, WB, ADVICE, GtkWidget)

/* Signal: "taken": the button was pressed. */

GtkWidget *wb_advice_new (void);
/* NULL: there is none, and nothing is seen of it; or nothing that could be set, and there is no button. */
void wb_advice_show (WbAdvice *advice, const char *text, const char *button);

G_END_DECLS
