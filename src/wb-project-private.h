/* wb-project-private.h: what the files of the project share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-project-file.h"
#include "wb-project.h"
#include "wb-settings.h"
#include "wb-thread.h"

G_BEGIN_DECLS

struct _WbProject
{
  GObject parent_instance;

  LatheDataset *trained_on; /* by the newest run */
  char *checkpoint;         /* where that one has its state; NULL: nowhere */
  gboolean left_behind;     /* another folder was opened since: a model of other classes is not taken */
  LatheModel *model;
  LatheDataset *model_dataset;  /* of the run that made it, or NULL */
  struct _WbModelCopy *to_copy; /* what waits to be written of it, or NULL */
  gboolean has_copy;            /* of a model that is in no run's folder, with the project */
  gboolean model_held;          /* the program, until it is written */
  GCancellable *finding;        /* the copy of a project that was just opened; or NULL */
  WbRun *run;
  WbSearch *search;
  WbSweep *sweep;
  WbKeptRun *kept_run;
  WbRuns *runs;
  char *list_from, *list_to; /* of a list of runs that waits to be taken along; or NULL */
  WbVariants *variants;      /* of the model */
  WbHistory history;
  WbSettings *told; /* what the run that goes on goes by; NULL: none does, or it is not of these images */
  guint telling;    /* the source that waits for the next change, or 0 */

  char *name;
  WbProjectFile *file; /* NULL until a source is open */
  gboolean chosen;     /* by a person; else it is in the user's data folder */
  WbProjectFile *next; /* that takes its place once it is saved; not owned, or NULL */
  guint opened;        /* so many sources were: an answer that was asked for of an earlier one is passed over */
  GCancellable *scan;  /* NULL unless scanning */
  WbProgressRelay *scan_progress;

  GPtrArray *points; /* (element-type LatheStartingPoint) that were found; NULL until they were looked for */
  gboolean loading;  /* what the next training grows on */

  GQueue decisions;     /* (element-type Decision), the first is being made */
  LatheEdits *no_edits; /* those of whoever has decided nothing */
  gboolean held;        /* the program, until all decisions are made */
};

/* wb-project.c */
void wb_project_notify_undo (WbProject *self);
void wb_project_fail (WbProject *self, const char *message);
void wb_project_keep_model (WbProject *self, LatheModel *model, LatheDataset *dataset);
void wb_project_change (WbProject *self, WbSettings *settings); /* (transfer full) */
void wb_project_set_name (WbProject *self, const char *name);

/* wb-project-images.c */
void wb_project_init_images (WbProject *self);
void wb_project_dispose_images (WbProject *self);
void wb_project_drop_decisions (WbProject *self);

/* wb-project-open.c */
void wb_project_dispose_source (WbProject *self);

/* wb-project-keep.c */
void wb_project_keep (WbProject *self); /* on the disk, what is set now */
void wb_project_set_file (WbProject *self, const WbReadProject *read, gboolean chosen);
void wb_project_leave_file (WbProject *self);
void wb_project_update_name (WbProject *self);

/* wb-project-model.c */
void wb_project_keep_opened (WbProject *self);
void wb_project_find_model (WbProject *self);
void wb_project_forget_found (WbProject *self);

/* wb-project-train.c */
char *wb_project_list_path (WbProject *self); /* (transfer full): where the project's runs are listed */
void wb_project_follow_run (WbProject *self);
void wb_project_dispose_list (WbProject *self);    /* once nothing trains */
gboolean wb_project_is_occupied (WbProject *self); /* which is told: nothing can be trained just now */
void wb_project_set_trained_on (WbProject *self);
void wb_project_put_aside (WbProject *self, const char *checkpoint);
void wb_project_set_checkpoint (WbProject *self, const char *path); /* of the run that has begun, or NULL */

/* wb-project-grow.c */
void wb_project_init_growth (WbProject *self);
void wb_project_grow (WbProject *self); /* in place of an ordinary training */

/* wb-project-live.c */
void wb_project_init_live (WbProject *self);
void wb_project_dispose_live (WbProject *self);
gboolean wb_project_undo_live (WbProject *self);
void wb_project_go_back (WbProject *self);

G_END_DECLS
