/* lathe-keras-archive.h: what is in a .keras file, and what it is called there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-archive.h"

G_BEGIN_DECLS

#define LATHE_KERAS_METADATA "metadata.json"
#define LATHE_KERAS_CONFIG "config.json"
#define LATHE_KERAS_WEIGHTS "model.weights.h5"

char *lathe_keras_archive_name (GHashTable *classes, const char *class);
gboolean lathe_archive_is_keras (const guint8 *head, gsize n);

G_END_DECLS
