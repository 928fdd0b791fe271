/* lathe-epochs.h: the finished epochs of a training, one list for its trainer and all of its snapshots.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the seconds of a training go to. */
typedef enum
{
  LATHE_PHASE_READING, /* waiting for images, and drawing what augmentation makes of them */
  LATHE_PHASE_FORWARD, /* and the loss */
  LATHE_PHASE_BACKWARD,
  LATHE_PHASE_OPTIMIZER,
  LATHE_PHASE_VALIDATION,
  LATHE_N_PHASES
} LatheTrainingPhase;

extern const char *const lathe_phase_names[LATHE_N_PHASES];  /* in files: "reading", … */
extern const char *const lathe_phase_titles[LATHE_N_PHASES]; /* for people, to be translated */

/* The scores at the end of one epoch. NAN where a set is empty. A loss is the one that is learned by, of every side,
 * with the weights of the classes where they have some: so those of the sides can be compared, but not those of two
 * trainings that are balanced otherwise; accuracy and macro F1 can. */
typedef struct
{
  guint epoch;   /* from 1 */
  gboolean best; /* so far, by what the hyperparameters say; by training scores where there is no validation set */
  double loss, accuracy;                       /* mean over the epoch's training samples, as they were learned */
  double validation_loss, validation_accuracy; /* after the epoch */
  double validation_macro_f1;
  double learning_rate;          /* of its last step */
  double seconds;                /* training and validation together; NAN: see lathe_epoch_is_known() */
  double images_per_second;      /* training alone */
  double step;                   /* steps done since the start, at its end; NAN: an earlier version wrote it down */
  double elapsed;                /* seconds of training since the start, at its end, pauses left out; NAN likewise */
  double phases[LATHE_N_PHASES]; /* what its seconds went to; NAN likewise */
} LatheEpoch;

/* Of a run that was taken up, an epoch that neither the checkpoint nor a list of runs tells more of than its number and
 * whether it was the best so far. */
LatheEpoch lathe_epoch_unknown (guint epoch, gboolean best);
gboolean lathe_epoch_is_known (const LatheEpoch *epoch);

/* Epochs of which some part is shared. `list` is to be read alone: its data and its len. All zero: an empty one. */
typedef struct
{
  GArray list; /* (element-type LatheEpoch) */
  struct _LatheEpochBlock *block;
} LatheEpochs;

void lathe_epochs_append (LatheEpochs *epochs, const LatheEpoch *epoch);
void lathe_epochs_truncate (LatheEpochs *epochs, guint n);
void lathe_epochs_share (LatheEpochs *epochs, const LatheEpochs *others);
void lathe_epochs_clear (LatheEpochs *epochs);

G_END_DECLS
