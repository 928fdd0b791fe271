/* lathe-find-images.h: the image files of a folder, whatever they show.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * lathe_find_images:
 * @folder: on the disk
 *
 * Nothing is opened but folders: a file is taken where its name is that of an image, or says nothing. Hidden files are
 * left out, links are followed, and no folder is entered twice.
 * Errors: LATHE_ERROR_IO when the folder cannot be opened, LATHE_ERROR_DATA when there is no image in it;
 * G_IO_ERROR_CANCELLED. Folders below it that cannot be opened are passed over.
 *
 * Returns: (transfer full) (element-type filename): paths, sorted within each folder, files before folders
 */
GPtrArray *lathe_find_images (const char *folder, GCancellable *cancellable, GError **error);

G_END_DECLS
