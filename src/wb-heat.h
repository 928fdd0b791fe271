/* wb-heat.h: an image as the network gets it, and over it what in it speaks for a class.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-figure.h"

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_HEAT (wb_heat_get_type ())
G_DECLARE_FINAL_TYPE (WbHeat, wb_heat, WB, HEAT, WbFigure)

/* Height × width × channels bytes, which are copied. NULL: nothing. There is no map over it then. */
void wb_heat_set_image (WbHeat *heat, const guint8 *seen, const LathePreprocess *preprocess);
/* Copied; of the image. NULL: none. `label` is the class that it speaks for. */
void wb_heat_set_map (WbHeat *heat, const LatheExplanation *map, const char *label);
void wb_heat_set_opacity (WbHeat *heat, double opacity);
void wb_heat_set_smooth (WbHeat *heat, gboolean smooth); /* or a square for each pixel */

G_END_DECLS
