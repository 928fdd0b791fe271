/* wb-map-view.h: the images that were evaluated, in a plane, by what the model sees in them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-assessment.h"

G_BEGIN_DECLS

#define WB_TYPE_MAP_VIEW (wb_map_view_get_type ())
G_DECLARE_FINAL_TYPE (WbMapView, wb_map_view, WB, MAP_VIEW, AdwBin)

/* Signals: "wanted" (GArray *images, element-type guint32, const char *title): these images of the dataset that was
 * evaluated; "failed" (const char *message). */

GtkWidget *wb_map_view_new (void);
/* Laid out when it is seen. */
void wb_map_view_set (WbMapView *view, WbAssessment *assessment);

G_END_DECLS
