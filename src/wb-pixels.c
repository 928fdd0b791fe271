/* wb-pixels.c: small images of numbers as textures whose pixels stay squares.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-pixels.h"

GdkTexture *
wb_pixels_texture (const guint8 *pixels, guint width, guint height, guint channels, guint side)
{
  guint factor = MAX (1, side / MAX (1, MAX (width, height)));
  gsize stride = (gsize) 3 * width * factor;
  guint8 *large = g_malloc (stride * height * factor), *at = large;
  g_autoptr (GBytes) bytes = g_bytes_new_take (large, stride * height * factor);

  for (guint y = 0; y < height * factor; y++)
    for (guint x = 0; x < width * factor; x++)
      for (guint c = 0; c < 3; c++)
        *at++ = pixels[((gsize) (y / factor) * width + x / factor) * channels + MIN (c, channels - 1)];
  return gdk_memory_texture_new ((int) (width * factor), (int) (height * factor), GDK_MEMORY_R8G8B8, bytes, stride);
}
