/* wb-suspect-list.h: images whose label may be wrong, each with what can be done about it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-assessment.h"

G_BEGIN_DECLS

#define WB_TYPE_SUSPECT_LIST (wb_suspect_list_get_type ())
G_DECLARE_FINAL_TYPE (WbSuspectList, wb_suspect_list, WB, SUSPECT_LIST, AdwBin)

/* Signals: "relabel" (guint image, guint label): the image, by its place in the dataset, shows this class; "leave-out"
 * (guint image). */

/* @can_edit: the images are the project's own */
void wb_suspect_list_set (WbSuspectList *list, WbAssessment *assessment, gboolean can_edit);

G_END_DECLS
