/* lathe-augment.h: images as they might have been: what training sees is never twice the same.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "base/lathe-real.h"

G_BEGIN_DECLS

/* The numbers are those of the row's choices: new ones go to the end. */
typedef enum
{
  LATHE_FLIP_NONE,
  LATHE_FLIP_RANDOM,
  LATHE_FLIP_ALTERNATE, /* Jordan 2024, arXiv 2404.00498, section 3.6 */
  LATHE_N_FLIPS
} LatheFlip;

typedef struct
{
  guint flip;  /* LatheFlip */
  guint shift; /* pixels at most, each way; 0: none */
} LatheAugmentation;

/* Height × width × channels numbers; kept by whoever holds the batch. */
typedef struct
{
  guint height, width, channels;
} LatheImageSize;

/* One kind of augmentation, as a list of them names it. */
typedef struct
{
  const char *name;  /* of the hyperparameter that says how much */
  const char *usual; /* its value where a list only names it */
  gboolean (*wanted) (const LatheAugmentation *augmentation);
  void (*apply) (const LatheAugmentation *augmentation, guint64 seed, guint32 epoch, guint32 image,
                 const LatheImageSize *size, const LatheReal *x, LatheReal *y);
} LatheAugmentationRow;

const LatheAugmentationRow *lathe_augmentations (guint *n_rows);
gboolean lathe_augmentation_is_wanted (const LatheAugmentation *augmentation);
void lathe_augment (const LatheAugmentation *augmentation, guint64 seed, guint32 epoch, guint32 image,
                    const LatheImageSize *size, LatheReal *x, LatheReal *scratch);

void lathe_image_move (const LatheImageSize *size, gboolean mirror, int down, int right, const LatheReal *x,
                       LatheReal *y);

G_END_DECLS
