/* wb-page-deploy.h: the page where the model is taken away.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-page.h"

G_BEGIN_DECLS

#define WB_TYPE_PAGE_DEPLOY (wb_page_deploy_get_type ())
G_DECLARE_FINAL_TYPE (WbPageDeploy, wb_page_deploy, WB, PAGE_DEPLOY, WbPage)

G_END_DECLS
