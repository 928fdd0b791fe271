/* lathe-onnx.h: numbers of ONNX's public schema that both ways need.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "formats/lathe-onnx.pb-c.h"

G_BEGIN_DECLS

/* TensorProto.DataType */
enum
{
  LATHE_ONNX_FLOAT = 1,
  LATHE_ONNX_UINT8 = 2,
  LATHE_ONNX_INT8 = 3,
  LATHE_ONNX_INT32 = 6,
  LATHE_ONNX_INT64 = 7,
  LATHE_ONNX_BOOL = 9,
  LATHE_ONNX_FLOAT16 = 10,
  LATHE_ONNX_DOUBLE = 11,
  LATHE_ONNX_BFLOAT16 = 16,
};

/* AttributeProto.AttributeType */
enum
{
  LATHE_ONNX_ATTRIBUTE_FLOAT = 1,
  LATHE_ONNX_ATTRIBUTE_INT = 2,
  LATHE_ONNX_ATTRIBUTE_STRING = 3,
  LATHE_ONNX_ATTRIBUTE_INTS = 7,
};

/* Where the metadata of a model says what a network alone cannot. */
#define LATHE_ONNX_KEY_LABELS "labels"               /* a JSON list, in the order of the probabilities */
#define LATHE_ONNX_KEY_PREPROCESSING "preprocessing" /* as in a model file: see lathe_preprocess_to_json() */

#define LATHE_ONNX_KEY_LAYOUT "layout" /* of the images that it takes: */
#define LATHE_ONNX_CHANNELS_LAST_NAME "NHWC"

/* What says in a file of ours that some nodes are the views of an image, and others the mean of their answers. */
#define LATHE_ONNX_PRODUCER "Lathe"
#define LATHE_ONNX_VIEWS "views"
#define LATHE_ONNX_MEAN "mean-of-views"

G_END_DECLS
