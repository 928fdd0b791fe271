/* lathe-trash.c: the one place that touches a person's files, when asked to.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>

#include "base/lathe-error.h"
#include "lathe-edits.h"

/**
 * lathe_dataset_trash:
 * @image: of the dataset, or left out of it
 *
 * Puts the file itself into the desktop's trash, from where a person can take it back. The dataset does not notice:
 * scan its source again. Errors: LATHE_ERROR_UNSUPPORTED (it is a piece of another file), LATHE_ERROR_IO.
 */
gboolean
lathe_dataset_trash (LatheDataset *dataset, const LatheImage *image, GError **error)
{
  g_autoptr (GFile) file = NULL;
  g_autoptr (GError) reason = NULL;
  g_autofree char *name = NULL, *source = NULL;

  g_return_val_if_fail (dataset != NULL && image != NULL, FALSE);

  name = g_filename_display_name (lathe_image_get_name (dataset, image));
  if (image->piece.kind != LATHE_PIECE_FILE)
    {
      source = g_filename_display_name (lathe_dataset_get_folder (dataset));
      g_set_error (
          error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
          _ ("“%s” cannot go into the trash: it is no file of its own, but a piece of one. Leave it excluded, or "
             "unpack “%s” first."),
          name, source);
      return FALSE;
    }
  file = g_file_new_for_path (image->path);
  if (g_file_trash (file, NULL, &reason))
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO,
               _ ("“%s” cannot go into the trash: %s. It stays where it is; leave it excluded, or delete it yourself."),
               name, reason->message);
  return FALSE;
}
