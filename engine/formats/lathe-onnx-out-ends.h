/* lathe-onnx-out-ends.h: what comes in front of the network's layers and behind them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-onnx-out.h"

G_BEGIN_DECLS

void lathe_onnx_out_begin (LatheOnnxOut *out, const char *images);
void lathe_onnx_out_end (LatheOnnxOut *out, const char *probabilities);

G_END_DECLS
