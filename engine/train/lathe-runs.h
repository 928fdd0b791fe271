/* lathe-runs.h: all trainings of a project, in one SQLite file that several programs read and write at once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-trainer.h"

G_BEGIN_DECLS

typedef enum
{
  LATHE_RUN_UNDER_WAY,
  LATHE_RUN_PAUSED,
  LATHE_RUN_FINISHED,
  LATHE_RUN_STOPPED, /* before its last epoch, by a person */
  LATHE_RUN_FAILED,
  LATHE_RUN_BROKEN_OFF, /* its program ended before it did */
  LATHE_N_RUN_STATES
} LatheRunState;

extern const char *const lathe_run_state_names[LATHE_N_RUN_STATES + 1]; /* "under-way", …; NULL-terminated */
extern const char *const lathe_run_state_titles[LATHE_N_RUN_STATES];    /* N_(as people read them) */

/* What another program may ask of a run. */
typedef enum
{
  LATHE_RUN_ASKED_NOTHING,
  LATHE_RUN_ASKED_TO_PAUSE,
  LATHE_RUN_ASKED_TO_RESUME,
  LATHE_RUN_ASKED_TO_STOP,
} LatheRunWish;

/* One training. Texts are never NULL. Numbers that are not known are NAN, or 0 where they are whole. */
typedef struct
{
  gint64 id;         /* from 1; never given twice */
  char *name, *note; /* a person's */
  char *tags;        /* a person's, parted by commas */
  char *group;       /* of the runs of one sweep; "" */
  LatheRunState state;
  gint64 began, ended;   /* microseconds since 1970, UTC */
  char *source;          /* the dataset's folder or archive */
  char *split;           /* {"seed":"1","share":[0.7,0.2,0.1]} */
  char *network;         /* a preset's name or a file's; "" for one that was drawn */
  char *from;            /* the model that it was grown on, by its name or its file; "" for none */
  guint learning;        /* so many of that one's last layers learned on, LATHE_ALL_LAYERS: all; 0: the new one alone */
  char *hyperparameters; /* for lathe_hyperparameters_from_json() */
  guint64 parameters;
  guint epochs, epoch; /* that it is to have, and that are finished */
  double seconds;      /* of training */
  LatheScores scores;  /* of the best epoch so far */
  char *machine;       /* “AMD EPYC 7B13 × 2” */
  char *program;       /* the version of Lathe */
  char *weights;       /* SHA-256 of the best epoch's, once it has ended; "" */
  char *model;         /* path of its file; "" */
  char *checkpoint;    /* path; "" */
  char *error;         /* why it failed; "" */
  GArray *changes;     /* (element-type LatheChange): made while it went on, oldest first */
} LatheRun;

void lathe_run_free (LatheRun *run);
char *lathe_run_format_time (gint64 microseconds, GTimeZone *zone);

/* A connection. Used by one thread at a time; make one for each thread. */
typedef struct _LatheRuns LatheRuns;

char *lathe_runs_path (const char *folder);
char *lathe_runs_beside (const char *project);
char *lathe_runs_of_source (const char *source);
gboolean lathe_runs_copy (const char *from, const char *to, GError **error);
LatheRuns *lathe_runs_open (const char *path, GError **error);
void lathe_runs_close (LatheRuns *runs);
const char *lathe_runs_get_path (const LatheRuns *runs);
char *lathe_runs_folder (const LatheRuns *runs, gint64 id);
guint64 lathe_runs_version (LatheRuns *runs);

/* --- Reading */
GPtrArray *lathe_runs_list (LatheRuns *runs, GError **error);
LatheRun *lathe_runs_find (LatheRuns *runs, gint64 id, GError **error);
char *lathe_runs_find_model (LatheRuns *runs, GError **error);
LatheModel *lathe_runs_load_model (LatheRuns *runs, gint64 *id, GError **error);
gint64 lathe_runs_find_weights (LatheRuns *runs, const LatheModel *model, GError **error);
gboolean lathe_runs_settings (LatheRuns *runs, gint64 id, LatheGraph **graph, LathePreprocess *preprocess,
                              GError **error);
GArray *lathe_runs_epochs (LatheRuns *runs, gint64 id, GError **error);
GPtrArray *lathe_runs_layers (LatheRuns *runs, gint64 id, gboolean thinned, GError **error);
GArray *lathe_runs_points (LatheRuns *runs, gint64 id, GError **error);
GArray *lathe_runs_changes (LatheRuns *runs, gint64 id, GError **error);
LatheTransfer *lathe_runs_transfer (LatheRuns *runs, gint64 id, GError **error);
GPtrArray *lathe_runs_answers (LatheRuns *runs, gint64 id, GError **error);

char **lathe_runs_tell_apart (const GPtrArray *list);

/* --- What a person changes */
gboolean lathe_runs_set_name (LatheRuns *runs, gint64 id, const char *name, GError **error);
gboolean lathe_runs_set_note (LatheRuns *runs, gint64 id, const char *note, GError **error);
gboolean lathe_runs_set_tags (LatheRuns *runs, gint64 id, const char *tags, GError **error);
gboolean lathe_runs_set_deleted (LatheRuns *runs, gint64 id, gboolean deleted, GError **error);
gboolean lathe_runs_purge (LatheRuns *runs, gint64 older, GError **error);

/* --- Between programs */
gboolean lathe_runs_ask (LatheRuns *runs, gint64 id, LatheRunWish wish, GError **error);
LatheRunWish lathe_runs_take_wish (LatheRuns *runs, gint64 id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheRun, lathe_run_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheRuns, lathe_runs_close)

G_END_DECLS
