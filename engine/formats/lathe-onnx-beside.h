/* lathe-onnx-beside.h: weights that lie in a file beside the model.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-onnx.h"

G_BEGIN_DECLS

/* The folder of a model, and what was read there. */
typedef struct
{
  int folder;        /* -1: nothing is read */
  guint64 read;      /* bytes */
  GPtrArray *memory; /* that they are in */
} LatheOnnxBeside;

gboolean lathe_onnx_is_beside (const Onnx__TensorProto *tensor);
const guint8 *lathe_onnx_beside_read (LatheOnnxBeside *beside, const Onnx__TensorProto *tensor, gsize n,
                                      const char **flaw);

G_END_DECLS
