/* lathe-kinds.h: the rows of the layer table, each defined by its own file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-axis.h"
#include "lathe-layer.h"

G_BEGIN_DECLS

extern const LatheLayerKind lathe_layer_input;
extern const LatheLayerKind lathe_layer_conv2d;
extern const LatheLayerKind lathe_layer_transposed_conv2d;
extern const LatheLayerKind lathe_layer_max_pool;
extern const LatheLayerKind lathe_layer_average_pool;
extern const LatheLayerKind lathe_layer_global_average_pool;
extern const LatheLayerKind lathe_layer_global_max_pool;
extern const LatheLayerKind lathe_layer_flatten;
extern const LatheLayerKind lathe_layer_dense;
extern const LatheLayerKind lathe_layer_embedding;
extern const LatheLayerKind lathe_layer_prelu;
extern const LatheLayerKind lathe_layer_dropout;
extern const LatheLayerKind lathe_layer_spatial_dropout;
extern const LatheLayerKind lathe_layer_add;
extern const LatheLayerKind lathe_layer_batch_norm;
extern const LatheLayerKind lathe_layer_layer_norm;
extern const LatheLayerKind lathe_layer_group_norm;
extern const LatheLayerKind lathe_layer_rescale;
extern const LatheLayerKind lathe_layer_up_sampling;
extern const LatheLayerKind lathe_layer_reshape;
extern const LatheLayerKind lathe_layer_permute;
extern const LatheLayerKind lathe_layer_concatenate;
extern const LatheLayerKind lathe_layer_multiply;

/* What several shape rules ask. */
gboolean lathe_layer_needs_image (const LatheShape *input, GError **error);

G_END_DECLS
