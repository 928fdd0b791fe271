/* wb-pixels.h: small images of numbers as textures whose pixels stay squares.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Of height × width × channels bytes, of which 1 is grey and 3 are colours: enlarged by a whole number, to at most
 * `side` pixels where it is not larger anyway. (transfer full) */
GdkTexture *wb_pixels_texture (const guint8 *pixels, guint width, guint height, guint channels, guint side);

G_END_DECLS
