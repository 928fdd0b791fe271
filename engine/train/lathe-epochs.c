/* lathe-epochs.c: the finished epochs of a training, one list for its trainer and all of its snapshots.
 *
 * A snapshot of the 20,000th epoch costs what one of the first does: it holds the block in which the epochs lie, and
 * how many there were. What was shared is never written again. A trainer that goes back goes on in a new block, and so
 * does one whose block is full, which is twice as large: as many epochs are copied as are added, all in all.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-epochs.h"

#include <math.h>
#include <string.h>

#define FIRST_CAPACITY 32

typedef struct _LatheEpochBlock
{
  gatomicrefcount references;
  guint capacity, used; /* the one that appends alone looks at `used` */
  LatheEpoch epochs[];
} LatheEpochBlock;

LatheEpoch
lathe_epoch_unknown (guint epoch, gboolean best)
{
  LatheEpoch unknown = {
      .epoch = epoch,
      .loss = NAN,
      .accuracy = NAN,
      .validation_loss = NAN,
      .validation_accuracy = NAN,
      .validation_macro_f1 = NAN,
      .learning_rate = NAN,
      .seconds = NAN,
      .images_per_second = NAN,
      .step = NAN,
      .elapsed = NAN,
      .best = best,
  };

  for (guint i = 0; i < LATHE_N_PHASES; i++)
    unknown.phases[i] = NAN;
  return unknown;
}

gboolean
lathe_epoch_is_known (const LatheEpoch *epoch)
{
  return !isnan (epoch->seconds);
}

static LatheEpochBlock *
block_new (guint capacity, const GArray *epochs)
{
  LatheEpochBlock *block = g_malloc (sizeof *block + capacity * sizeof (LatheEpoch));

  g_atomic_ref_count_init (&block->references);
  block->capacity = capacity;
  block->used = epochs->len;
  if (epochs->len > 0)
    memcpy (block->epochs, epochs->data, epochs->len * sizeof (LatheEpoch));
  return block;
}

static void
block_unref (LatheEpochBlock *block)
{
  if (g_atomic_ref_count_dec (&block->references))
    g_free (block);
}

static void
take_block (LatheEpochs *epochs, LatheEpochBlock *block)
{
  g_clear_pointer (&epochs->block, block_unref);
  epochs->block = block;
  epochs->list.data = (char *) block->epochs;
}

/**
 * lathe_epochs_append:
 *
 * By the one thread that does so. What others share of it stays as it is.
 */
void
lathe_epochs_append (LatheEpochs *epochs, const LatheEpoch *epoch)
{
  guint n = epochs->list.len;

  if (epochs->block == NULL || n < epochs->block->used || n == epochs->block->capacity)
    take_block (epochs, block_new (MAX (2 * n, FIRST_CAPACITY), &epochs->list));
  epochs->block->epochs[n] = *epoch;
  epochs->block->used = epochs->list.len = n + 1;
}

/* Leaves the first n. */
void
lathe_epochs_truncate (LatheEpochs *epochs, guint n)
{
  g_assert (n <= epochs->list.len);
  epochs->list.len = n;
}

/**
 * lathe_epochs_share:
 * @epochs: (out caller-allocates): those that @others has now, whatever becomes of it; to be cleared, on any thread
 */
void
lathe_epochs_share (LatheEpochs *epochs, const LatheEpochs *others)
{
  *epochs = *others;
  if (epochs->block != NULL)
    g_atomic_ref_count_inc (&epochs->block->references);
}

void
lathe_epochs_clear (LatheEpochs *epochs)
{
  g_clear_pointer (&epochs->block, block_unref);
  epochs->list = (GArray){0};
}
