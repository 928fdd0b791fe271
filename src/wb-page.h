/* wb-page.h: what all pages have in common.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_PAGE (wb_page_get_type ())
G_DECLARE_DERIVABLE_TYPE (WbPage, wb_page, WB, PAGE, AdwBin)

/* Properties: "project" (WbProject, set once), "status" (string, read-only: where this step of the work stands, for the
 * page's tab; NULL: nothing to say). */

struct _WbPageClass
{
  AdwBinClass parent_class;
  /* The project is there: connect to it, and show what it has. */
  void (*attach) (WbPage *self, WbProject *project);
};

WbProject *wb_page_get_project (WbPage *self); /* (transfer none) (nullable) */
const char *wb_page_get_status (WbPage *self);
void wb_page_set_status (WbPage *self, const char *status);
void wb_page_toast (WbPage *self, const char *message);
void wb_page_toast_undo (WbPage *self, const char *message); /* of the project's last change, which it takes back */

G_END_DECLS
