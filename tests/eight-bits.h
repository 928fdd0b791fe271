/* eight-bits.h: models in 8 bits, for tests.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"
#include "model/lathe-network.h"

G_BEGIN_DECLS

#define EIGHT_BITS_BATCH 3 /* samples of noise that networks are asked about */

extern const char eight_bits_chain[];
extern const char eight_bits_branches[];

/* (transfer full): with weights from -1 to 1 */
LatheModel *eight_bits_model (LatheGraph *graph, guint n_labels, guint64 seed);
void eight_bits_round (LatheModel *model);
float *eight_bits_ask (LatheNetwork *network, guint n_samples, gsize *n);
float *eight_bits_answer (const LatheModel *model, guint n_threads, gsize *n);
double eight_bits_difference (const float *a, const float *b, gsize n);

/* (transfer full): trained for two epochs */
LatheModel *eight_bits_lenet (LatheDataset *samples);
LatheModel *eight_bits_uneven_lenet (LatheDataset *samples, float factor);

G_END_DECLS
