/* wb-class-bar.h: a class: its name, how many images it has, and a bar of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_CLASS_BAR (wb_class_bar_get_type ())
G_DECLARE_FINAL_TYPE (WbClassBar, wb_class_bar, WB, CLASS_BAR, GtkWidget)

GtkWidget *wb_class_bar_new (void);

/* `most`: images that fill the width; 0: no bar. */
void wb_class_bar_set (WbClassBar *bar, const char *name, const guint counts[LATHE_N_SPLITS], guint most);

/* “cats, 2,000 images: 1,400 training, 400 validation, 200 test”. (transfer full) */
char *wb_class_bar_describe (WbClassBar *bar);

G_END_DECLS
