/* wb-project-private.h: what the files of the project share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-project.h"
#include "wb-settings.h"
#include "wb-thread.h"

G_BEGIN_DECLS

struct _WbProject
{
  GObject parent_instance;

  LatheDataset *trained_on; /* by the newest run */
  gboolean left_behind;     /* another folder was opened since: a model of other classes is not taken */
  LatheModel *model;
  LatheDataset *model_dataset; /* of the run that made it, or NULL */
  WbRun *run;
  WbKeptRun *kept_run;
  WbHistory history;

  char *name;
  GCancellable *scan; /* NULL unless scanning */
  WbProgressRelay *scan_progress;

  GQueue decisions;      /* (element-type Decision), the first is being made */
  LatheEdits *no_edits;  /* those of whoever has decided nothing */
  LatheDataset *unsaved; /* whose edits are not on the disk yet, or NULL */
  gboolean saving;
  gboolean held; /* the program, until what was decided is on the disk */
};

/* wb-project.c */
void wb_project_notify_undo (WbProject *self);
void wb_project_fail (WbProject *self, const char *message);
void wb_project_keep_model (WbProject *self, LatheModel *model, LatheDataset *dataset);
void wb_project_change (WbProject *self, WbSettings *settings); /* (transfer full) */

/* wb-project-images.c */
void wb_project_init_images (WbProject *self);
void wb_project_dispose_images (WbProject *self);
void wb_project_keep_edits (WbProject *self); /* on the disk */

/* wb-project-train.c */
void wb_project_follow_run (WbProject *self);

G_END_DECLS
