/* lathe-model-bytes.h: what a model file holds of a model in 8 bits.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/lathe-model.h"

G_BEGIN_DECLS

/* Text: {"method", "images", "layers": {name: {"scale", "zero", "weights"}}}. Errors of reading: LATHE_ERROR_FORMAT, a
 * reason. (transfer full) */
char *lathe_quantisation_to_json (const LatheQuantisation *quantisation, const LatheGraph *graph);
LatheQuantisation *lathe_quantisation_from_json (const char *text, const LatheGraph *graph, GError **error);

/* The file's tensors: those of the model, of which some are whole numbers, each with a tensor of scales behind it. What
 * is real is where the model has it. (transfer full) (element-type LatheWeight) */
GArray *lathe_model_bytes_tensors (const LatheModel *model);

/* Whole numbers and scales, read from a file, become the model's weights. Errors: LATHE_ERROR_FORMAT, a reason. */
gboolean lathe_model_bytes_take (const LatheModel *model, const GArray *tensors, GError **error);

G_END_DECLS
