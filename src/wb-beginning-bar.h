/* wb-beginning-bar.h: a sentence on what the next training begins with, and what else it could. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_BEGINNING_BAR (wb_beginning_bar_get_type ())
G_DECLARE_DERIVABLE_TYPE (WbBeginningBar, wb_beginning_bar, WB, BEGINNING_BAR, AdwBin)

struct _WbBeginningBarClass
{
  AdwBinClass parent_class;

  /* After every change of what a training may begin with. (transfer full) (nullable): nothing needs to be said. */
  char *(*describe) (WbBeginningBar *self, WbProject *project);
};

/* In a template, children follow the sentence. */
void wb_beginning_bar_set_project (WbBeginningBar *self, WbProject *project); /* once */
WbProject *wb_beginning_bar_get_project (WbBeginningBar *self);
void wb_beginning_bar_set_details (WbBeginningBar *self, const char *details);

G_END_DECLS
