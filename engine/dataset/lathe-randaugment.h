/* lathe-randaugment.h: two changes of an image out of fourteen, all as strong as one number says.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-augment.h"

G_BEGIN_DECLS

void lathe_randaugment_warp (const LatheDraw *draw, double strength, const LatheImageSize *size, LatheWarp *warp);
void lathe_randaugment_colour (const LatheDraw *draw, double strength, LatheColour *colour);
void lathe_randaugment_paint (const LatheDraw *draw, double strength, const LatheCanvas *canvas);

G_END_DECLS
