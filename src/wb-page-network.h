/* wb-page-network.h: the page where a network is put together.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-page.h"

G_BEGIN_DECLS

#define WB_TYPE_PAGE_NETWORK (wb_page_network_get_type ())
G_DECLARE_FINAL_TYPE (WbPageNetwork, wb_page_network, WB, PAGE_NETWORK, WbPage)

G_END_DECLS
