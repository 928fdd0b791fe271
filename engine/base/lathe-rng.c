/* lathe-rng.c: Philox 4×32-10, a counter-based generator.
 *
 * Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC'11. The key is the seed; the counter is
 * (block, minor, major, purpose). So any draw can be made by any thread, at any time, and comes out the same.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-rng.h"

#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u
#define PHILOX_ROUNDS 10

LatheRng
lathe_rng (guint64 seed, LatheRngPurpose purpose, guint32 major, guint32 minor)
{
  return (LatheRng){.seed = seed, .purpose = purpose, .major = major, .minor = minor};
}

/**
 * lathe_rng_block:
 * @block: which four draws
 * @draws: (out caller-allocates): draws 4 × block … 4 × block + 3 of the stream
 */
void
lathe_rng_block (const LatheRng *rng, guint32 block, guint32 draws[4])
{
  guint32 c0 = block, c1 = rng->minor, c2 = rng->major, c3 = rng->purpose;
  guint32 k0 = (guint32) rng->seed, k1 = (guint32) (rng->seed >> 32);

  for (int round = 0; round < PHILOX_ROUNDS; round++)
    {
      guint64 p0 = (guint64) PHILOX_M0 * c0;
      guint64 p1 = (guint64) PHILOX_M1 * c2;

      c0 = (guint32) (p1 >> 32) ^ c1 ^ k0;
      c1 = (guint32) p1;
      c2 = (guint32) (p0 >> 32) ^ c3 ^ k1;
      c3 = (guint32) p0;
      k0 += PHILOX_W0;
      k1 += PHILOX_W1;
    }
  draws[0] = c0;
  draws[1] = c1;
  draws[2] = c2;
  draws[3] = c3;
}

guint32
lathe_rng_uint32 (const LatheRng *rng, guint32 index)
{
  guint32 draws[4];

  lathe_rng_block (rng, index / 4, draws);
  return draws[index % 4];
}

/**
 * lathe_rng_below:
 *
 * Returns: a number in 0 … bound - 1; its bias is below bound / 2³²
 */
guint32
lathe_rng_below (const LatheRng *rng, guint32 index, guint32 bound)
{
  return (guint32) (((guint64) lathe_rng_uint32 (rng, index) * bound) >> 32);
}

/**
 * lathe_rng_uniform:
 *
 * Returns: a number in [0, 1), a multiple of 2⁻³²
 */
double
lathe_rng_uniform (const LatheRng *rng, guint32 index)
{
  return lathe_rng_uint32 (rng, index) * 0x1p-32;
}

/**
 * lathe_rng_shuffle:
 *
 * Puts the items into a random order (Fisher and Yates).
 */
void
lathe_rng_shuffle (const LatheRng *rng, guint32 *items, gsize n_items)
{
  for (gsize i = n_items; i > 1; i--)
    {
      guint32 j = lathe_rng_below (rng, i, i);
      guint32 swap = items[i - 1];

      items[i - 1] = items[j];
      items[j] = swap;
    }
}
