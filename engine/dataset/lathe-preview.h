/* lathe-preview.h: augmented images for the eye.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-augment.h"

G_BEGIN_DECLS

void lathe_augment_preview (const LatheAugmentation *augmentation, guint64 seed, guint32 epoch,
                            const LathePreprocess *preprocess, const guint32 *images, guint n_images,
                            const guint8 *bytes, guint8 *drawn);

G_END_DECLS
