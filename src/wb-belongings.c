/* wb-belongings.c: where the program keeps what belongs to a dataset's folder.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-belongings.h"

char *
wb_belonging (LatheDataset *dataset, const char *kind, const char *suffix)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "lathe", kind, NULL);
  g_autofree char *checksum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, lathe_dataset_get_folder (dataset), -1);
  g_autofree char *name = g_strconcat (checksum, suffix, NULL);

  g_mkdir_with_parents (folder, 0700);
  return g_build_filename (folder, name, NULL);
}
