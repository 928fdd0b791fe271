/* lathe-mix.h: mixup and CutMix: two images of a batch in one, and which of them counts how much.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-augment.h"

G_BEGIN_DECLS

/* What a sample of a batch takes from another. The image that counts more is always its own. */
typedef struct
{
  guint other;                    /* its place in the batch */
  double share;                   /* of the other, 0 … 0.5; the labels are mixed as the images are */
  guint top, left, height, width; /* of the other's part; of height 0 the images are blended instead */
} LatheMix;

gboolean lathe_augmentation_mixes (const LatheAugmentation *augmentation);
LatheMix lathe_mix_draw (const LatheAugmentation *augmentation, const LatheDraw *draw, const LatheImageSize *size,
                         guint sample, guint n_samples);
void lathe_mix_apply (const LatheMix *mix, const LatheImageSize *size, const LatheReal *other, LatheReal *x);
double lathe_beta (double alpha, double u, double v);

G_END_DECLS
