/* lathe-rng.h: random numbers that are a function of their place, not of the calls before them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "lathe-real.h"

G_BEGIN_DECLS

/* What a draw is for. Two purposes never share a stream, so that, say, turning augmentation on leaves
 * the order of the samples as it was. The numbers are part of what a seed means: never renumber. */
typedef enum
{
  LATHE_RNG_SPLIT = 1,
  LATHE_RNG_SHUFFLE = 2,
  LATHE_RNG_INITIALISE = 3,
  LATHE_RNG_DROPOUT = 4,
  LATHE_RNG_AUGMENT = 5,
  LATHE_RNG_NOISE = 6,
  LATHE_RNG_RESAMPLE = 7,
  LATHE_RNG_BOOTSTRAP = 8,
  LATHE_RNG_SEARCH = 9,
  LATHE_RNG_MAP = 10,
  LATHE_RNG_SWEEP = 11,
  LATHE_RNG_FOLDS = 12,
  LATHE_RNG_CLUSTERS = 13,
} LatheRngPurpose;

/* One stream: the draws of (seed, purpose, major, minor), each found by its index. `major` is an epoch
 * or a step, `minor` a sample or a layer. Pass it by value; it has no state. */
typedef struct
{
  guint64 seed;
  guint32 purpose;
  guint32 major;
  guint32 minor;
} LatheRng;

LatheRng lathe_rng (guint64 seed, LatheRngPurpose purpose, guint32 major, guint32 minor);
guint32 lathe_rng_uint32 (const LatheRng *rng, guint32 index);
guint32 lathe_rng_below (const LatheRng *rng, guint32 index, guint32 bound);
double lathe_rng_uniform (const LatheRng *rng, guint32 index);
void lathe_rng_block (const LatheRng *rng, guint32 block, guint32 draws[4]);
void lathe_rng_shuffle (const LatheRng *rng, guint32 *items, gsize n_items);

G_END_DECLS
