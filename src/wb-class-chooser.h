/* wb-class-chooser.h: a popover that asks for a class: one that there is, or a new one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WB_TYPE_CLASS_CHOOSER (wb_class_chooser_get_type ())
G_DECLARE_FINAL_TYPE (WbClassChooser, wb_class_chooser, WB, CLASS_CHOOSER, GtkPopover)

/* Signal: "chosen" (const char *name): a class that there is, or a name for a new one. */

GtkWidget *wb_class_chooser_new (void);
/* NULL: none are offered, and only a name is asked for. */
void wb_class_chooser_set_classes (WbClassChooser *chooser, const char *const *classes);

G_END_DECLS
