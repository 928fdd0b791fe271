/* lathe-split-json.h: how images are labelled and divided, as JSON.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <json-glib/json-glib.h>

#include "dataset/lathe-dataset.h"

G_BEGIN_DECLS

void lathe_split_write (JsonBuilder *json, const LatheDatasetOptions *options, const char *labels);
char *lathe_split_to_json (const LatheDatasetOptions *options);
gboolean lathe_split_read (JsonNode *node, LatheDatasetOptions *options);

G_END_DECLS
