/* wb-belongings.c: where the program keeps what belongs to a dataset's folder.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-belongings.h"

char *
wb_belonging (LatheDataset *dataset, const char *kind, const char *suffix)
{
  char *path = lathe_belonging (lathe_dataset_get_folder (dataset), kind, suffix);
  g_autofree char *folder = g_path_get_dirname (path);

  g_mkdir_with_parents (folder, 0700);
  return path;
}
