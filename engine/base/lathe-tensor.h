/* lathe-tensor.h: shapes, and arrays of numbers that have one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "lathe-real.h"

G_BEGIN_DECLS

#define LATHE_MAX_RANK 4

/* The shape of one sample, without the batch: an image is height × width × channels (rank 3), a vector
 * is its length (rank 1). A weight may use all four: kernel height × kernel width × in × out. */
typedef struct
{
  guint rank;
  guint dim[LATHE_MAX_RANK];
} LatheShape;

#define LATHE_SHAPE_VECTOR(n) ((LatheShape){1, {(n)}})
#define LATHE_SHAPE_IMAGE(h, w, c) ((LatheShape){3, {(h), (w), (c)}})

gsize lathe_shape_size (const LatheShape *shape);
gboolean lathe_shape_equal (const LatheShape *a, const LatheShape *b);
char *lathe_shape_to_string (const LatheShape *shape);

/* Numbers with a shape, row-major, 64-byte aligned, owned. */
typedef struct
{
  LatheShape shape;
  LatheReal *data;
} LatheTensor;

LatheTensor *lathe_tensor_new (const LatheShape *shape);
void lathe_tensor_free (LatheTensor *tensor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheTensor, lathe_tensor_free)

G_END_DECLS
