/* lathe-onnx-numbers.h: weights that are left in their file until they are wanted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-onnx.h"
#include "lathe-span.h"

G_BEGIN_DECLS

/* Where they can be: in the model's own file, and in those beside it. */
typedef struct
{
  LatheSpan own;
  int folder;      /* the model's; -1: nothing is read there */
  guint64 claimed; /* bytes beside the model that tensors said were theirs */
  guint8 *window;  /* what was looked at last, and where it lies */
  const char *window_of;
  guint64 window_at;
  gsize window_size;
  gboolean failed; /* something could not be read after all */
} LatheOnnxNumbers;

/* The place of a tensor's. */
typedef struct
{
  LatheOnnxNumbers *in;
  const char *location; /* of a file beside the model; NULL: the model's own */
  guint64 begin;
} LatheOnnxPlace;

gboolean lathe_onnx_is_placed (const Onnx__TensorProto *tensor);
const char *lathe_onnx_numbers_find (LatheOnnxNumbers *numbers, const Onnx__TensorProto *tensor, gsize n,
                                     LatheOnnxPlace *place);
const guint8 *lathe_onnx_place_look (const LatheOnnxPlace *place, guint64 at, gsize n);
void lathe_onnx_numbers_clear (LatheOnnxNumbers *numbers);

G_END_DECLS
