/* lathe-map-file.h: a map of images as a file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-map.h"

G_BEGIN_DECLS

char *lathe_map_to_csv (const LatheMap *map, const LatheFeatures *features, LatheModel *model, LatheDataset *dataset);
gboolean lathe_map_save_csv (const LatheMap *map, const LatheFeatures *features, LatheModel *model,
                             LatheDataset *dataset, const char *path, GError **error);
gboolean lathe_map_save_svg (const LatheMap *map, const LatheFeatures *features, LatheDataset *dataset,
                             const char *path, GError **error);
gboolean lathe_map_save_png (const LatheMap *map, const LatheFeatures *features, LatheDataset *dataset,
                             const char *path, GError **error);

G_END_DECLS
