/* lathe-model-halves.h: what a model file holds of a model in bfloat16.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-safetensors.h"
#include "model/lathe-model.h"

G_BEGIN_DECLS

/* The file's tensors: those of the model, with what it multiplies by in 16 bits. What is in 32 is where the model has
 * it. (transfer full) (element-type LatheWeight) */
GArray *lathe_model_halves_tensors (const LatheModel *model);

/* Fills in the weights of a model that is in bfloat16 from then on. Errors: those of lathe_safetensors_read(). */
gboolean lathe_model_halves_read (const LatheSafetensors *file, LatheModel *model, GError **error);

G_END_DECLS
