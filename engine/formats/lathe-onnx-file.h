/* lathe-onnx-file.h: the messages of an ONNX file, within bounds.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "lathe-onnx.h"
#include "lathe-span.h"

G_BEGIN_DECLS

/* The messages of a file, and how much memory they take and may take. The numbers of large tensors stay in the file. */
typedef struct
{
  LatheSpan span; /* its descriptor is closed in the end */
  Onnx__ModelProto *model;
  ProtobufCAllocator allocator;
  gsize used, most; /* bytes */
} LatheOnnxFile;

#define LATHE_ONNX_ROOM ((gsize) 64 << 20) /* bytes beyond those of the file that reading may take */

gboolean lathe_onnx_file_load (LatheOnnxFile *file, const char *path, GError **error);
gboolean lathe_onnx_file_unpack (LatheOnnxFile *file, GError **error);
void lathe_onnx_file_clear (LatheOnnxFile *file);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheOnnxFile, lathe_onnx_file_clear)

G_END_DECLS
