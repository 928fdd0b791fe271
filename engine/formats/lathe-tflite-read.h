/* lathe-tflite-read.h: a TensorFlow Lite file as a model.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-import.h"

G_BEGIN_DECLS

extern const LatheImportFormat lathe_import_tflite;

LatheModel *lathe_tflite_read (const guint8 *bytes, gsize n, GError **error);

G_END_DECLS
