/* lathe-raster.h: a drawing in pixels.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

GBytes *lathe_raster_png (GBytes *svg, guint side, GError **error);

G_END_DECLS
