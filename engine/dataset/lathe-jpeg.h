/* lathe-jpeg.h: JPEG files, decoded at a reduced size where that is enough.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-image-file.h"

G_BEGIN_DECLS

/* As lathe_image_file_load(), for a file whose `jpeg` is set. */
GdkPixbuf *lathe_jpeg_load (const LatheImageFile *file, guint width, guint height, guint *reduction, GError **error);

G_END_DECLS
