/* wb-map.h: images as points of a plane, those that look alike to a model together.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"
#include "wb-figure.h"

G_BEGIN_DECLS

#define WB_TYPE_MAP (wb_map_get_type ())
G_DECLARE_FINAL_TYPE (WbMap, wb_map, WB, MAP, WbFigure)

/* Signals: "pointed" (int point): one has the pointer or the keys' attention, -1: none has; "picked" (GArray *points,
 * element-type guint): these were chosen, by a click, by a line drawn around them, or by Enter. */

/* What there is to be laid out, and how it was. Immutable, shared by reference (on any thread). */
typedef struct
{
  LatheModel *model;
  LatheDataset *dataset;
  LatheFeatures *features;
  guint *labels; /* of each image, its class in the dataset */
  LatheMap *maps[LATHE_N_MAP_METHODS];
  double agreements[LATHE_N_MAP_METHODS]; /* of the WB_MAP_NEAREST nearest */
} WbMapping;

#define WB_MAP_NEAREST 10

WbMapping *wb_mapping_new (LatheModel *model, LatheDataset *dataset); /* to be filled by who makes it */
WbMapping *wb_mapping_ref (WbMapping *mapping);
void wb_mapping_unref (WbMapping *mapping);
const LatheImage *wb_mapping_get_image (const WbMapping *mapping, guint point);

/* (nullable): a reference is taken */
void wb_map_show (WbMap *map, WbMapping *mapping, LatheMapMethod method);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WbMapping, wb_mapping_unref)

G_END_DECLS
