/* wb-kept-run.h: the run of a folder that is kept on the disk, so that no crash can lose it. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-thread.h"

G_BEGIN_DECLS

#define WB_TYPE_KEPT_RUN (wb_kept_run_get_type ())
G_DECLARE_FINAL_TYPE (WbKeptRun, wb_kept_run, WB, KEPT_RUN, GObject)

typedef struct
{
  guint epoch;  /* in which it ended, from 1; above the number of epochs: it was finished */
  guint epochs; /* that it was to have */
} WbKept;

/* Signal: "changed": there is another run to go on with, or none. */

WbKeptRun *wb_kept_run_new (void);

/* Where the run of this dataset's folder has its checkpoint. The place for it is made. (transfer full) */
char *wb_kept_run_path (LatheDataset *dataset);

/* Looks in the background for a run of this source's images, however it edited and divided them; it is there when
 * wb_kept_run_get() is not NULL. */
void wb_kept_run_look (WbKeptRun *self, LatheDataset *dataset);
const WbKept *wb_kept_run_get (WbKeptRun *self);
LatheDataset *wb_kept_run_get_dataset (WbKeptRun *self); /* (transfer none) as that run saw them */

/* On a thread: the images as a run saw them, edited and divided. (transfer full) (nullable) */
LatheDataset *wb_kept_run_find_images (LatheDataset *dataset, const LatheUnfinished *unfinished);

/* Reads it in the background; `done` gets a LatheUnfinished. */
void wb_kept_run_read (WbKeptRun *self, GObject *owner, WbDone done);

/* The last state of a run that came to its end is kept, so that it can be given more epochs, until another run of this
 * dataset begins; wb_kept_run_read_end() reads it as wb_kept_run_read() does. */
void wb_kept_run_keep_end (WbKeptRun *self, LatheDataset *dataset);
void wb_kept_run_read_end (WbKeptRun *self, LatheDataset *dataset, GObject *owner, WbDone done, gpointer data);

/* Puts it away until it is taken back or settled: then it is removed. */
void wb_kept_run_discard (WbKeptRun *self);
void wb_kept_run_take_back (WbKeptRun *self);
void wb_kept_run_settle (WbKeptRun *self);

/* Another run of this dataset begins in its place; its files are that one's now. */
void wb_kept_run_replace (WbKeptRun *self, LatheDataset *dataset);
/* The run of this dataset is needed no longer. */
void wb_kept_run_remove (WbKeptRun *self, LatheDataset *dataset);

G_END_DECLS
