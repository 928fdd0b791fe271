/* lathe-checkpoint.h: what a run must keep in order to go on after a crash.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-pool.h"
#include "model/lathe-model.h"

G_BEGIN_DECLS

/* Facts, which are texts under a name, and tensors. What they mean is up to the run. */
typedef struct
{
  GHashTable *facts; /* (element-type utf8 utf8) */
  GArray *tensors;   /* (element-type LatheWeight) */
  float *block;      /* where their numbers lie */
  GError *damage;    /* why the newest one was passed over, when this is the one before it; or NULL */
} LatheCheckpoint;

/**
 * lathe_checkpoint_read:
 *
 * Reads the newest checkpoint of this name, or, where it is missing or damaged, the one before it. Length, place and
 * shape of every tensor and a checksum over everything are checked before anything is believed.
 * Errors: LATHE_ERROR_IO, LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED, LATHE_ERROR_MEMORY, of the newest; each names
 * the file.
 */
LatheCheckpoint *lathe_checkpoint_read (const char *path, GError **error);
void lathe_checkpoint_free (LatheCheckpoint *checkpoint);
const char *lathe_checkpoint_get (const LatheCheckpoint *checkpoint, const char *fact);
/* The numbers of a tensor that must have `n` of them; NULL: it is not there, or is another. */
const float *lathe_checkpoint_tensor (const LatheCheckpoint *checkpoint, const char *name, gsize n);

/* Where the one before is kept; where a model's run keeps them. Returns: (transfer full) */
char *lathe_checkpoint_previous (const char *path);
char *lathe_checkpoint_beside (const char *model_path);
/* A new run of the same name does not bury an unfinished one, which may be hours of work: that is renamed.
 * Returns: (transfer full) (nullable): its new name; NULL: there was none */
char *lathe_checkpoint_put_aside (const char *path);
/* Both are of no more use. */
void lathe_checkpoint_remove (const char *path);

/* Writes one checkpoint after another to the same name. Used by one thread. */
typedef struct _LatheCheckpointWriter LatheCheckpointWriter;

LatheCheckpointWriter *lathe_checkpoint_writer_new (const char *path);
/* Waits until what was begun is on the disk. */
void lathe_checkpoint_writer_free (LatheCheckpointWriter *writer);

/**
 * lathe_checkpoint_writer_write:
 * @facts: keys and values by turns, NULL-terminated
 * @tensors: (element-type LatheWeight): without empty ones
 * @pool: its threads carry the bytes
 *
 * When it returns, the operating system has the bytes, and the tensors may change; to flush and rename them is left to
 * a thread of its own, as a disk takes its time. What went wrong there is told by the next call, or by wait(). Errors:
 * LATHE_ERROR_IO; the message names the file. The checkpoints that are there stay.
 */
gboolean lathe_checkpoint_writer_write (LatheCheckpointWriter *writer, const char *const *facts, const GArray *tensors,
                                        LathePool *pool, GError **error);
gboolean lathe_checkpoint_writer_wait (LatheCheckpointWriter *writer, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheCheckpoint, lathe_checkpoint_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheCheckpointWriter, lathe_checkpoint_writer_free)

G_END_DECLS
