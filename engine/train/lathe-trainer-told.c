/* lathe-trainer-told.c: what a training is told before it starts.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-trainer-private.h"

/**
 * lathe_trainer_lend:
 * @store, @pool: live longer than the trainer, which uses them instead of its own
 *
 * Before it is prepared. For whoever makes many trainers, of which one runs at a time: images are decoded once.
 */
void
lathe_trainer_lend (LatheTrainer *trainer, LatheStore *store, LathePool *pool)
{
  trainer->lent = TRUE;
  trainer->store = store;
  trainer->pool = pool;
}

/**
 * lathe_trainer_record:
 * @record: is copied
 *
 * Before the start: all that happens is written down before the observer is told of it, and what others ask of the run
 * is done. What cannot be written is a warning; the training goes on.
 */
void
lathe_trainer_record (LatheTrainer *trainer, const LatheRecord *record)
{
  g_return_if_fail (trainer->thread == NULL && trainer->record.path == NULL);

  trainer->record.path = g_strdup (record->path);
  trainer->record.name = g_strdup (record->name);
  trainer->record.group = g_strdup (record->group);
  trainer->record.network = g_strdup (record->network);
  trainer->record.model = record->model != NULL ? g_canonicalize_filename (record->model, NULL) : NULL;
}

/**
 * lathe_trainer_set_checkpoint:
 *
 * Before the start: where to keep checkpoints.
 */
void
lathe_trainer_set_checkpoint (LatheTrainer *trainer, const char *path)
{
  g_return_if_fail (trainer->thread == NULL);

  g_free (trainer->checkpoint_path);
  trainer->checkpoint_path = g_strdup (path);
}

/**
 * lathe_trainer_begin_with:
 * @inheritance: of the trainer's graph and the dataset's classes; is copied
 *
 * Before the start: layers begin with what they learned before. All else, such as the optimizer, begins anew.
 */
void
lathe_trainer_begin_with (LatheTrainer *trainer, const LatheInheritance *inheritance)
{
  g_return_if_fail (trainer->thread == NULL);

  g_clear_pointer (&trainer->inheritance, lathe_inheritance_free);
  trainer->inheritance = lathe_inheritance_copy (inheritance);
}

/**
 * lathe_trainer_keep_zeros:
 *
 * Before the start: weights that are 0 in what it begins with stay 0. It is not for a run that is to be taken up again,
 * which would not know of it.
 */
void
lathe_trainer_keep_zeros (LatheTrainer *trainer)
{
  g_return_if_fail (trainer->thread == NULL);

  trainer->keeps_zeros = TRUE;
}

/**
 * lathe_trainer_round:
 * @quantisation: of the trainer's graph; is copied
 *
 * Before the start: it learns, with weights in full precision, while it answers as in 8 bits. As with
 * lathe_trainer_keep_zeros(), it is not for a run that is to be taken up again.
 */
void
lathe_trainer_round (LatheTrainer *trainer, const LatheQuantisation *quantisation)
{
  g_return_if_fail (trainer->thread == NULL);

  g_clear_pointer (&trainer->rounding, lathe_quantisation_free);
  trainer->rounding = lathe_quantisation_copy (quantisation);
}

/**
 * lathe_trainer_take_up:
 * @unfinished: (transfer full): of which the trainer was made, too
 *
 * Before the start: go on where that run was left.
 * Errors: LATHE_ERROR_DATA when the dataset is another.
 */
gboolean
lathe_trainer_take_up (LatheTrainer *trainer, LatheUnfinished *unfinished, GError **error)
{
  g_return_val_if_fail (trainer->thread == NULL, FALSE);

  g_clear_pointer (&trainer->unfinished, lathe_unfinished_free);
  trainer->unfinished = unfinished;
  trainer->taking_up = TRUE;
  return lathe_unfinished_check (unfinished, trainer->dataset, error);
}
